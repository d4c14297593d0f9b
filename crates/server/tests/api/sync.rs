//! Pulls, and the pokes that say when.

use domain::{BookingId, CommandId};
use eventsource_stream::Eventsource as _;
use futures_util::StreamExt as _;
use protocol::{Code, Poke, Pulled};
use reqwest::Method;
use serde_json::json;

use crate::support::{Customer, Server, book, code, soon};

async fn pull(server: &Server, who: Option<&Customer>, have: serde_json::Value) -> Pulled {
    let body = json!({"have": have});
    let response = match who {
        Some(who) => server.post_as(who, "/api/v1/pull", &body).await,
        None => server.post("/api/v1/pull", &body).await,
    };
    response.json().await.unwrap()
}

fn have(pulled: &Pulled) -> serde_json::Value {
    pulled
        .spaces
        .iter()
        .map(|space| (space.space.clone(), json!(space.version)))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

#[tokio::test]
async fn a_pull_brings_what_is_new_and_nothing_of_others() {
    let server = Server::start().await;
    let (ada, bob) = (server.plant("ada@example.org").await, server.plant("bob@example.org").await);
    let first = pull(&server, Some(&ada), json!({})).await;
    assert!(!first.more && first.spaces.iter().any(|space| space.space == "catalogue"), "the first pull brings all");
    let known = have(&first);
    assert!(pull(&server, Some(&ada), known.clone()).await.spaces.is_empty(), "nothing is new");

    server.execute(&ada, CommandId::new(), &book(BookingId::new(), server.starts().await[0])).await;
    let names = |pulled: &Pulled| pulled.spaces.iter().map(|space| space.space.clone()).collect::<Vec<_>>();
    let news = pull(&server, Some(&ada), known.clone()).await;
    assert_eq!(names(&news), ["calendar/staff.anna".to_owned(), format!("customer/{}", ada.id)]);

    let mut asked = known;
    asked["identity/x"] = json!(1);
    asked["Not a space"] = json!(1);
    let theirs = pull(&server, Some(&bob), asked).await;
    assert!(!names(&theirs).contains(&format!("customer/{}", ada.id)), "ada's space is not bob's to read");
    let mut gone = theirs.gone.clone();
    gone.sort();
    let wanted = ["Not a space".to_owned(), format!("customer/{}", ada.id), "identity/x".to_owned()];
    assert_eq!(gone, wanted, "what bob's device may not have it forgets");
    let text = serde_json::to_string(&theirs).unwrap();
    assert!(!text.contains("ada@example.org"), "calendars say nothing about customers");

    let nobody = pull(&server, None, json!({})).await;
    assert_eq!(names(&nobody), ["catalogue", "calendar/staff.anna"], "browsing needs no session");
}

#[tokio::test]
async fn versions_of_another_epoch_count_for_nothing() {
    let server = Server::start().await;
    let ada = server.plant("ada@example.org").await;
    let first = pull(&server, Some(&ada), json!({})).await;
    assert_eq!(first.epoch, server.running.engine().epoch(), "the server says which history it tells");
    let ask = async |epoch: &str| {
        let mut known = have(&first);
        known["identity/x"] = json!(1);
        let body = json!({"have": known, "epoch": epoch});
        server.post_as(&ada, "/api/v1/pull", &body).await.json::<Pulled>().await.unwrap()
    };
    let same = ask(&first.epoch).await;
    assert!(same.spaces.is_empty(), "nothing is new to a device of this very history");
    let other = ask("0123456789abcdef").await;
    assert_eq!(other.spaces, first.spaces, "to a device of another one everything is, though the versions are equal");
    assert_eq!(
        (other.epoch, other.gone),
        (same.epoch, same.gone),
        "it learns of this one, and what is not its to read"
    );
}

#[tokio::test]
async fn pokes_tell_of_readable_spaces_until_the_session_ends() {
    let server = Server::start().await;
    let (ada, bob) = (server.plant("ada@example.org").await, server.plant("bob@example.org").await);
    let response = server.request(Method::GET, "/api/v1/pokes").bearer_auth(&ada.token).send().await.unwrap();
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let mut events = response.bytes_stream().eventsource();
    let starts = server.starts().await;
    server.execute(&bob, CommandId::new(), &book(BookingId::new(), starts[0])).await;
    server.execute(&ada, CommandId::new(), &book(BookingId::new(), starts[2])).await;
    let mut heard = Vec::new();
    while !heard.contains(&format!("customer/{}", ada.id)) {
        let event = soon(events.next()).await.expect("the stream goes on").unwrap();
        assert_eq!(event.event, "poke");
        heard.push(serde_json::from_str::<Poke>(&event.data).unwrap().space);
    }
    let calendar = heard.iter().filter(|space| *space == "calendar/staff.anna").count();
    assert!(
        (1..=2).contains(&calendar),
        "of both bookings in the calendar, together or one after the other: {heard:?}"
    );
    assert!(
        heard.iter().all(|space| !space.contains(&bob.id.to_string())),
        "of bob's space nothing is heard: {heard:?}"
    );
    assert!(heard.iter().all(|space| !space.starts_with("device/")), "nor of the server's own: {heard:?}");

    server.request(Method::POST, "/api/v1/sign-out").bearer_auth(&ada.token).send().await.unwrap();
    assert!(soon(events.next()).await.is_none(), "who signed out hears nothing more");
}

#[tokio::test]
async fn a_server_that_stops_ends_its_streams() {
    let server = Server::start().await;
    let response = server.get("/api/v1/pokes").await;
    let mut events = response.bytes_stream().eventsource();
    soon(server.running.stop()).await;
    assert!(soon(events.next()).await.is_none(), "a stream that never ended would keep the server from stopping");
}

#[tokio::test]
async fn a_session_has_eight_listeners_and_no_more() {
    let server = Server::start().await;
    let (ada, bob) = (server.plant("ada@example.org").await, server.plant("bob@example.org").await);
    let listen = async |who: &Customer| {
        server.request(Method::GET, "/api/v1/pokes").bearer_auth(&who.token).send().await.unwrap()
    };
    let mut streams = Vec::new();
    for _ in 0..8 {
        streams.push(listen(&ada).await);
    }
    let refused = listen(&ada).await;
    assert_eq!(refused.headers()["retry-after"], "15", "by then a listener that is gone was noticed");
    assert_eq!(code(refused).await, Code::TooManyAttempts, "a ninth would help nobody");
    assert_eq!(listen(&bob).await.status(), 200, "bob has his own");
    drop(streams);
}

#[tokio::test]
async fn what_another_program_applies_is_heard() {
    let server = Server::start().await;
    let mut events = server.get("/api/v1/pokes").await.bytes_stream().eventsource();
    let other = store::Engine::open(&format!("sqlite:{}", server.file().display())).await.unwrap();
    let changed = crate::support::BUSINESS.replace("Test & Co", "Test & Daughters");
    server::apply(&other, "main", &changed).await.unwrap();
    let heard: Poke = serde_json::from_str(&soon(events.next()).await.unwrap().unwrap().data).unwrap();
    assert_eq!(heard.space, "catalogue", "whoever looks at the old prices is told");
}
