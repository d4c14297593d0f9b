//! Loading a business.

use domain::{BookingId, CommandId};
use protocol::{Code, Hello, Verdict};
use serde_json::{Value, json};
use server::NotApplied;
use store::{Batch, Key, Store as _, Write};

use crate::support::{BUSINESS, Server, book, code};

#[tokio::test]
async fn a_second_time_changes_nothing_and_what_is_gone_is_deleted() {
    let server = Server::start().await;
    let engine = &server.running.engine();
    let again = server::apply(engine, "main", BUSINESS).await.unwrap();
    assert_eq!((again.written, again.deleted, again.unchanged), (0, 0, 5), "no device pulls what it has");
    let fewer = BUSINESS.replace("name = \"Cut\"", "name = \"Haircut\"");
    let fewer = format!("{fewer}\n[[categories]]\nid = \"skin\"\nname = \"Skin\"\n");
    let applied = server::apply(engine, "main", &fewer).await.unwrap();
    assert_eq!((applied.written, applied.deleted, applied.unchanged), (2, 0, 4), "only what differs is written");
    let applied = server::apply(engine, "main", BUSINESS).await.unwrap();
    assert_eq!((applied.written, applied.deleted, applied.unchanged), (1, 1, 4), "what is gone is deleted");
}

#[tokio::test]
async fn a_faulty_business_changes_nothing_and_says_everything() {
    let server = Server::start().await;
    let faulty = BUSINESS.replace("skills = [\"cut\"]", "skills = [\"cup\"]").replace("minutes = 30", "minutes = 0");
    match server::apply(&server.running.engine(), "main", &faulty.replace("Test & Co", "Other")).await {
        Err(NotApplied::Faults(faults)) => assert!(faults.len() >= 2, "all faults at once: {faults:?}"),
        other => panic!("faults were expected, not {other:?}"),
    }
    let hello: Hello = server.get("/api/v1/hello").await.json().await.unwrap();
    assert_eq!(hello.name, "Test & Co", "nothing was changed");
    let nowhere = BUSINESS.replace("Test & Co", "Other").replace("latitude = 52", "latitude = 152");
    match server::apply(&server.running.engine(), "main", &nowhere).await {
        Err(NotApplied::Unreadable(why)) => {
            assert!(why.starts_with("places[0].location (mitte): "), "the place is named: {why}");
            assert!(why.contains("the latitude is 152.52805, but must be -90 to 90 degrees"), "and why: {why}");
        }
        other => panic!("no place lies there: {other:?}"),
    }
    let hello: Hello = server.get("/api/v1/hello").await.json().await.unwrap();
    assert_eq!(hello.name, "Test & Co", "nothing was changed by that either");
    let more = BUSINESS.replace("minutes = 30", "minutes = 30, seconds = 10");
    match server::apply(&server.running.engine(), "main", &more).await {
        Err(NotApplied::Faults(faults)) => {
            let said: Vec<String> = faults.iter().map(ToString::to_string).collect();
            assert_eq!(said, ["services[0].variants[0].seconds: is not known here"], "by its path");
        }
        other => panic!("a key that means nothing is no business: {other:?}"),
    }
    let misspelt = BUSINESS.replace("colour", "color");
    let answer = server::apply(&server.running.engine(), "main", &misspelt).await;
    assert!(matches!(answer, Err(NotApplied::Unreadable(_))), "a misspelt field is refused: {answer:?}");
    let answer = server::apply(&server.running.engine(), "../main", BUSINESS).await;
    assert!(matches!(answer, Err(NotApplied::Unreadable(_))), "a name is a slug: {answer:?}");
}

#[tokio::test]
async fn nobody_reads_of_people_who_give_nothing() {
    let with_cara = |skills: &str| {
        format!("{BUSINESS}\n[[staff]]\nid = \"cara\"\nname = \"Cara\"\nskills = [{skills}]\nshifts = []\n")
    };
    let server = Server::with(&with_cara(""), |settings| settings).await;
    let engine = &server.running.engine();
    let pulled = async || server.post("/api/v1/pull", &json!({})).await.text().await.unwrap();
    let all = pulled().await;
    assert!(all.contains("Anna"), "without her nobody could look for a time: {all}");
    assert!(!all.contains("Cara"), "she is no customer's business: {all}");
    let applied = server::apply(engine, "main", &with_cara("\"cut\"")).await.unwrap();
    assert_eq!((applied.written, applied.deleted, applied.unchanged), (1, 0, 5), "now she can be booked");
    assert!(pulled().await.contains("Cara"), "and everybody may know");
    let applied = server::apply(engine, "main", &with_cara("")).await.unwrap();
    assert_eq!((applied.written, applied.deleted, applied.unchanged), (0, 1, 5), "as if the file had lost her");
    let all = pulled().await;
    assert!(!all.contains("Cara"), "what is left does not say her name: {all}");
}

#[tokio::test]
async fn who_gives_nothing_any_more_stays_while_appointments_with_them_are_to_come() {
    let server = Server::start().await;
    let ada = server.plant("ada@example.org").await;
    let (booking, starts) = (BookingId::new(), server.starts().await);
    let accepted = async |command: Value| {
        let verdict = server.execute(&ada, CommandId::new(), &command).await;
        assert!(matches!(verdict, Verdict::Accepted { .. }), "{command}: {verdict:?}");
    };
    let applied = async || {
        let retired = BUSINESS.replace("skills = [\"cut\"]", "skills = []");
        let applied = server::apply(&server.running.engine(), "main", &retired).await.unwrap();
        (applied.written, applied.deleted, applied.unchanged)
    };
    accepted(book(booking, starts[0])).await;
    assert_eq!(applied().await, (1, 0, 4), "Anna is still expected");
    accepted(json!({"type": "reschedule@1", "booking": booking, "start": starts[6]})).await;
    accepted(json!({"type": "cancel@1", "booking": booking})).await;
    assert_eq!(applied().await, (0, 1, 4), "now she is not");
}

/// The test business under another name, at hosts.
fn at(hosts: &str, name: &str) -> String {
    format!("hosts = [{hosts}]\n{}", BUSINESS.replace("Test & Co", name))
}

/// What a server says at a host.
async fn hello(server: &Server, host: &str) -> reqwest::Response {
    server.request(reqwest::Method::GET, "/api/v1/hello").header("host", host).send().await.unwrap()
}

/// Who answers at a host.
async fn name(server: &Server, host: &str) -> String {
    let hello: Hello = hello(server, host).await.json().await.unwrap();
    hello.name
}

#[tokio::test]
async fn several_businesses_are_told_apart_by_host() {
    let server = Server::start().await;
    let engine = &server.running.engine();
    server::apply(engine, "two", &at("\"two.example\", \"www.two.example\"", "Two")).await.unwrap();
    assert_eq!(name(&server, "WWW.two.example:8787").await, "Two", "whatever the port and the case");
    assert_eq!(name(&server, "127.0.0.1").await, "Test & Co", "who names no hosts goes on answering elsewhere");
    let taken = server::apply(engine, "three", &at("\"two.example\"", "Three")).await;
    assert!(matches!(taken, Err(NotApplied::HostTaken(_))), "a host belongs to one business: {taken:?}");
    server::apply(engine, "main", &at("\"one.example\"", "One")).await.unwrap();
    assert_eq!(name(&server, "one.example").await, "One");
    let nowhere = code(hello(&server, "127.0.0.1").await).await;
    assert_eq!(nowhere, Code::NotFound, "who names hosts answers at no others");
}

#[tokio::test]
async fn the_only_business_answers_everywhere() {
    let server = Server::start().await;
    server::apply(&server.running.engine(), "main", &at("\"one.example\"", "One")).await.unwrap();
    assert_eq!(name(&server, "127.0.0.1").await, "One", "also where its file does not say so");
}

#[tokio::test]
async fn a_second_business_without_hosts_is_refused() {
    let server = Server::start().await;
    let engine = &server.running.engine();
    let misspelt = server::apply(engine, "mian", &at("", "Other")).await;
    match &misspelt {
        Err(error @ NotApplied::NoHosts(other)) => {
            assert_eq!(other, "main", "it says which one is there");
            assert!(error.to_string().contains("--name main"), "and what may have been meant: {error}");
        }
        other => panic!("two without hosts: {other:?}"),
    }
    assert!(!engine.realms().await.unwrap().contains(&"business/mian".to_owned()), "nothing was changed");
    assert_eq!(name(&server, "127.0.0.1").await, "Test & Co", "and who was there is there");
    server::apply(engine, "main", BUSINESS).await.expect("the same one as often as one likes");
    server::apply(engine, "main", &at("\"one.example\"", "One")).await.unwrap();
    server::apply(engine, "other", &at("", "Other")).await.expect("one may name none, whichever it is");
    assert_eq!(name(&server, "127.0.0.1").await, "Other", "wherever no other answers");
    let back = server::apply(engine, "main", BUSINESS).await;
    assert!(matches!(back, Err(NotApplied::NoHosts(_))), "nor may one go back to that: {back:?}");
    assert_eq!(name(&server, "one.example").await, "One", "it is as it was");
}

#[tokio::test]
async fn among_several_without_hosts_nobody_is_guessed() {
    let server = Server::start().await;
    let engine = &server.running.engine();
    server::apply(engine, "two", &at("\"two.example\"", "Two")).await.unwrap();
    // As an older program let it be.
    let key = Key { space: "hosting".parse().unwrap(), kind: "hosting".to_owned(), id: "old".to_owned() };
    let body = serde_json::json!({"slug": "old", "hosts": []}).to_string();
    let old = Write { key, sort: String::new(), body: Some(body.into()), keys: Vec::new() };
    engine.realm("operator").commit(Batch { writes: vec![old], ..Batch::default() }).await.unwrap();
    let nowhere = code(hello(&server, "127.0.0.1").await).await;
    assert_eq!(nowhere, Code::NotFound, "a session of the one is nothing to the other");
    assert_eq!(name(&server, "two.example").await, "Two", "who names a host answers there");
    let refused = server::apply(engine, "main", BUSINESS).await;
    assert!(matches!(refused, Err(NotApplied::NoHosts(_))), "it would not answer: {refused:?}");
    server::apply(engine, "old", &at("\"old.example\"", "Old")).await.expect("hosts put it right");
    assert_eq!(name(&server, "127.0.0.1").await, "Test & Co", "and the other answers again");
}
