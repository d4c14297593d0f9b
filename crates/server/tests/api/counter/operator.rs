//! What an operator says about counters: which links they make and end, and what a file that is applied does to them.

use domain::Timestamp;
use jiff::SignedDuration;
use protocol::Code;
use reqwest::{Method, StatusCode, header};
use serde_json::json;
use store::{Key, Read as _, Store as _, UniqueKey};
use uuid::Uuid;

use super::{Counter, link, plant_unreadable, program, wide};
use crate::support::{Server, code, sha256};

#[tokio::test]
async fn a_link_opens_one_counter_once() {
    let server = Server::with(&wide(), |settings| settings).await;
    let token = link(&server, "mitte");
    let opened = server.post("/api/v1/counter/open", &json!({"token": token})).await;
    assert_eq!(opened.status(), StatusCode::NO_CONTENT, "the first one");
    let again = server.post("/api/v1/counter/open", &json!({"token": token})).await;
    assert_eq!(code(again).await, Code::WrongCredentials, "a link that was used opens nothing");
    let guessed = server.post("/api/v1/counter/open", &json!({"token": "x".repeat(43)})).await;
    assert_eq!(code(guessed).await, Code::WrongCredentials, "nor does a guess");
    assert_eq!(code(server.get("/api/v1/counter/day").await).await, Code::NotSignedIn, "nobody else sees the day");
}

#[tokio::test]
async fn a_link_waits_for_a_day() {
    let server = Server::with(&wide(), |settings| settings).await;
    let token = link(&server, "mitte");
    let space = server.store().snapshot().await.unwrap().spaces("counter/").await.unwrap().remove(0);
    let key = Key { space, kind: "counter".to_owned(), id: "counter".to_owned() };
    let open_after = async |hours| {
        let made = Timestamp::now() - SignedDuration::from_hours(hours);
        let keys = [UniqueKey::new("counter-link", sha256(&token))];
        server.rewrite(&key, &keys, |counter| counter["made"] = json!(made)).await;
        server.post("/api/v1/counter/open", &json!({"token": token})).await
    };
    assert_eq!(code(open_after(25).await).await, Code::WrongCredentials, "then it was not for this machine");
    assert_eq!(open_after(23).await.status(), StatusCode::NO_CONTENT, "until then it opens");
}

#[tokio::test]
async fn a_counter_that_was_taken_back_sees_nobody() {
    let server = Server::with(&wide(), |settings| settings).await;
    let counter = Counter::open(&server).await;
    assert_eq!(counter.day().await.counter, "Front desk", "it is open");
    let listed = program(&server, &["counter", "list"]);
    assert!(listed.contains("mitte  Front desk  opened"), "the operator sees it: {listed}");
    program(&server, &["counter", "revoke", listed.split(' ').next().unwrap()]);
    let request = server.request(Method::GET, "/api/v1/counter/day").header(header::COOKIE, &counter.cookie);
    assert_eq!(code(request.send().await.unwrap()).await, Code::NotSignedIn, "from one moment to the next");
}

#[tokio::test]
async fn a_counter_whose_place_is_gone_is_named() {
    let server = Server::with(&wide(), |settings| settings).await;
    let counter = Counter::open(&server).await;
    let file = server.file().with_file_name("business.toml");
    for (business, lost) in [(wide(), false), (wide().replace("\"mitte\"", "\"centre\""), true)] {
        std::fs::write(&file, business).unwrap();
        let said = program(&server, &["apply", file.to_str().unwrap()]);
        let named = said.contains("the counter Front desk (") && said.ends_with("has no place: there is no mitte");
        assert_eq!(named, lost, "whoever applies the file is told whom it shuts out: {said}");
    }
    let request = server.request(Method::GET, "/api/v1/counter/day").header(header::COOKIE, &counter.cookie);
    assert_eq!(code(request.send().await.unwrap()).await, Code::NotFound, "its page is told as well");
}

#[tokio::test]
async fn a_file_that_was_applied_is_not_said_to_have_failed_because_a_counter_cannot_be_read() {
    let server = Server::with(&wide(), |settings| settings).await;
    plant_unreadable(&server, &format!("counter/{}", Uuid::now_v7()), "counter").await;
    let file = server.file().with_file_name("business.toml");
    std::fs::write(&file, wide()).unwrap();
    let said = program(&server, &["apply", file.to_str().unwrap()]);
    assert!(said.starts_with("Test & Co: 0 written"), "it is in force: {said}");
}

#[tokio::test]
async fn a_door_has_a_link() {
    let server = Server::with(&wide(), |settings| settings).await;
    let line = program(&server, &["counter", "door", "--place", "mitte"]);
    assert!(line.ends_with("/open/check-in#token=at_mitte"), "for paper: {line}");
}
