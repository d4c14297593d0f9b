//! Loading a business.

use protocol::{Code, Hello};
use server::NotApplied;

use crate::support::{BUSINESS, Server, code};

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
async fn several_businesses_are_told_apart_by_host() {
    let server = Server::start().await;
    let engine = &server.running.engine();
    let at = |hosts: &str, name: &str| format!("hosts = [{hosts}]\n{}", BUSINESS.replace("Test & Co", name));
    server::apply(engine, "two", &at("\"two.example\", \"www.two.example\"", "Two")).await.unwrap();
    let name = async |host: &str| {
        let request = server.request(reqwest::Method::GET, "/api/v1/hello").header("host", host);
        request.send().await.unwrap()
    };
    let hello: Hello = name("WWW.two.example:8787").await.json().await.unwrap();
    assert_eq!(hello.name, "Two", "whatever the port and the case");
    assert_eq!(code(name("127.0.0.1").await).await, Code::NotFound, "with two, nobody is guessed");
    let taken = server::apply(engine, "three", &at("\"two.example\"", "Three")).await;
    assert!(matches!(taken, Err(NotApplied::HostTaken(_))), "a host belongs to one business: {taken:?}");
    server::apply(engine, "main", &at("\"one.example\"", "One")).await.unwrap();
    let hello: Hello = name("one.example").await.json().await.unwrap();
    assert_eq!(hello.name, "One");
}
