//! Who should not get in, or not any more; and who should in spite of it.

use domain::{DeviceId, Timestamp};
use futures_util::future::join_all;
use jiff::SignedDuration;
use protocol::{Code, LinkOpened, Proof, SignedIn};
use reqwest::{Method, StatusCode};
use serde_json::json;
use store::{Batch, Key, Read as _, Store as _, Write};

use crate::support::{BUSINESS, Server, code, digits, link_token};

#[tokio::test]
async fn a_device_of_somebody_else_spends_nothing() {
    let server = Server::start().await;
    let ada = server.sign_in("ada@example.org").await;
    let sent = server.ask_link("bob@example.org").await;
    let right = Proof::Digits(digits(&server.letters("bob@example.org", 1).await[0]));
    for _ in 0..2 {
        let response = server.token(&sent, right.clone(), ada.device).await;
        assert_eq!(code(response).await, Code::DeviceTaken, "the browser was Ada's before");
    }
    let response = server.token(&sent, right, DeviceId::new()).await;
    assert_eq!(response.status(), StatusCode::OK, "the same mail opens a session for a new device id");
}

#[tokio::test]
async fn no_session_of_the_old_password_outlives_its_change() {
    let many = |settings| server::Settings { attempts_per_address: 1_000, ..settings };
    let server = Server::with(BUSINESS, many).await;
    let ada = server.sign_in("ada@example.org").await;
    let set = async |current: &str, new: &str| {
        let body = json!({"current": current, "new": new});
        server.request(Method::PUT, "/api/v1/password").bearer_auth(&ada.token).json(&body).send().await.unwrap()
    };
    let sign_in = async |password: &str| {
        let body = json!({"email": "ada@example.org", "password": password, "device": DeviceId::new()});
        server.post("/api/v1/sign-in/password", &body).await
    };
    assert_eq!(set("", "correct horse").await.status(), StatusCode::NO_CONTENT, "a first password");
    // Several at once, one after the other: some begin while the change is under way, and some straddle its commit.
    let lane = async || {
        let mut answers = Vec::new();
        for _ in 0..6 {
            answers.push(sign_in("correct horse").await);
        }
        answers
    };
    let (changed, answers) = tokio::join!(set("correct horse", "battery staple"), join_all((0..6).map(|_| lane())));
    assert_eq!(changed.status(), StatusCode::NO_CONTENT, "sign-ins do not keep the change from happening");
    for answer in answers.into_iter().flatten() {
        if answer.status() != StatusCode::OK {
            assert_eq!(code(answer).await, Code::WrongCredentials, "too late for the old password");
            continue;
        }
        let signed_in: SignedIn = answer.json().await.unwrap();
        let profile = server.request(Method::POST, "/api/v1/view").json(&json!({"view": "profile"}));
        let profile = profile.bearer_auth(signed_in.token.expect("a device gets its token")).send().await.unwrap();
        assert_eq!(code(profile).await, Code::NotSignedIn, "who had the old password is out");
    }
    let own = server.post_as(&ada, "/api/v1/view", &json!({"view": "profile"})).await;
    assert_eq!(own.status(), StatusCode::OK, "who changed it stays");
    assert_eq!(sign_in("battery staple").await.status(), StatusCode::OK, "the new one opens");
}

#[tokio::test]
async fn ten_wrong_digits_close_digits_for_the_address_and_leave_the_link() {
    let server = Server::start().await;
    for email in ["ada@example.org", "ADA@example.org"] {
        let sent = server.ask_link(email).await;
        let right = digits(&server.letters(email, 1).await[0]);
        let wrong = if right == "000 000" { "000001" } else { "000000" };
        let tries = (0..5).map(|_| server.token(&sent, Proof::Digits(wrong.to_owned()), DeviceId::new()));
        for response in join_all(tries).await {
            assert_eq!(code(response).await, Code::WrongCredentials, "wrong digits open nothing");
        }
    }
    let (by_digits, by_link) = (server.ask_link("ada@example.org").await, server.ask_link("Ada@example.org").await);
    let letter = server.letters("Ada@example.org", 1).await.remove(0);
    let right = Proof::Digits(digits(&server.letters("ada@example.org", 2).await[0]));
    let response = server.token(&by_digits, right.clone(), DeviceId::new()).await;
    assert_eq!(code(response).await, Code::WrongCredentials, "a new attempt gives no new guesses");
    let token = json!({"token": link_token(&letter)});
    let opened: LinkOpened = server.post("/api/v1/sign-in/open", &token).await.json().await.unwrap();
    let response = server.token(&by_link, Proof::Code(opened.code), DeviceId::new()).await;
    assert_eq!(response.status(), StatusCode::OK, "nobody can guess a link, so it goes on working");

    // A day passes: what is kept of the guesses moves into the past.
    let space = {
        let read = server.store().snapshot().await.unwrap();
        read.spaces("guesses/").await.unwrap().remove(0)
    };
    let old = Timestamp::now() - SignedDuration::from_hours(25);
    let write = Write {
        key: Key { space, kind: "guesses".to_owned(), id: "guesses".to_owned() },
        sort: String::new(),
        body: Some(json!({"at": vec![old; 10]}).to_string().into()),
        keys: Vec::new(),
    };
    server.store().commit(Batch { writes: vec![write], ..Batch::default() }).await.unwrap();
    let response = server.token(&by_digits, right, DeviceId::new()).await;
    assert_eq!(response.status(), StatusCode::OK, "after a day digits work again");
}

#[tokio::test]
async fn the_mail_goes_where_the_customer_said() {
    let server = Server::start().await;
    server.plant("Ada@example.org").await;
    server.ask_link("aDA@example.org").await;
    server.ask_link("new@example.org").await;
    let letters = server.letters("Ada@example.org", 1).await;
    assert_eq!(letters.len(), 1, "to the address in the profile");
    assert!(server.letters("aDA@example.org", 0).await.is_empty(), "not to the one that was typed");
}
