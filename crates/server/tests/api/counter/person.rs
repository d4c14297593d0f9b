//! Checking in by name: from the counter's own page only, once, whatever changed meanwhile, and told to the wallets.

use domain::{BookingId, BookingState, Timestamp};
use jiff::SignedDuration;
use protocol::{Code, Finding, SettledAs};
use reqwest::{Method, StatusCode, header};
use serde_json::json;
use store::{Batch, Key, Read as _, Store as _};
use uuid::Uuid;

use super::{Counter, change, document, found, plant_unreadable, visiting, wide};
use crate::support::{Server, code};

#[tokio::test]
async fn only_the_counters_own_page_checks_anybody_in() {
    let server = Server::with(&wide(), |settings| settings).await;
    let (ada, id) = visiting(&server, "ada@example.org").await;
    let counter = Counter::open(&server).await;
    let seen = json!({"id": Uuid::now_v7(), "booking": id, "at": Timestamp::now(), "how": {"how": "person"}});
    for (name, value) in [("x-nothing", ""), ("origin", "https://evil.example"), ("sec-fetch-site", "cross-site")] {
        let request = server.request(Method::POST, "/api/v1/counter/settle").header(header::COOKIE, &counter.cookie);
        let request = request.header(name, value).json(&json!({"seen": [seen]}));
        let answer = request.send().await.unwrap();
        assert_eq!(code(answer).await, Code::CrossSite, "{name}: {value} is not the counter's own page");
    }
    let (_, booking) = document(&server, &ada, id).await;
    assert_eq!(booking.state, BookingState::Confirmed, "nobody was checked in");
    assert_eq!(counter.send(seen).await.status(), StatusCode::OK, "its own page says where it is from");
}

#[tokio::test]
async fn a_check_in_reads_of_the_catalogue_only_what_its_booking_is_of() {
    let server = Server::with(&wide(), |settings| settings).await;
    let (_, id) = visiting(&server, "ada@example.org").await;
    let counter = Counter::open(&server).await;
    plant_unreadable(&server, "catalogue", "service").await;
    assert_eq!(counter.by_person(id).await, SettledAs::Done, "another service has no say in it");
}

#[tokio::test]
async fn what_changed_meanwhile_comes_back_as_a_finding() {
    let server = Server::with(&wide(), |settings| settings).await;
    let counter = Counter::open(&server).await;
    let (ada, id) = visiting(&server, "ada@example.org").await;
    change(&server, &ada, id, |booking| booking.state = BookingState::Cancelled).await;
    let became = counter.by_person(id).await;
    let SettledAs::Found { finding: Finding::Refused { refusal } } = &became else { panic!("{became:?}") };
    assert_eq!(refusal.code(), "wrong_state", "it was cancelled while the counter was alone");
    change(&server, &ada, id, |booking| {
        booking.state = BookingState::Confirmed;
        booking.span.from += SignedDuration::from_hours(72);
        booking.span.to += SignedDuration::from_hours(72);
    })
    .await;
    let became = counter.by_person(id).await;
    assert!(matches!(became, SettledAs::Found { finding: Finding::WrongDay { .. } }), "it was moved: {became:?}");
    assert_eq!(counter.by_person(BookingId(Uuid::now_v7())).await, found(Finding::NoBooking), "nobody has that");
    for hours in [1, -8 * 24] {
        let at = Timestamp::now() + SignedDuration::from_hours(hours);
        let became = counter.settle(Uuid::now_v7(), id, at, json!({"how": "person"})).await;
        assert_eq!(became, found(Finding::BadTime), "a clock that is {hours} hours off");
    }
}

#[tokio::test]
async fn whoever_pressed_the_button_as_well_is_there_once() {
    let server = Server::with(&wide(), |settings| settings).await;
    let (ada, id) = visiting(&server, "ada@example.org").await;
    let counter = Counter::open(&server).await;
    let command = json!({"id": Uuid::now_v7(), "command": {"type": "check_in@1", "booking": id}});
    let pressed = server.post_as(&ada, "/api/v1/execute", &command).await;
    assert_eq!(pressed.status(), StatusCode::OK, "in the app");
    assert_eq!(counter.by_person(id).await, SettledAs::Done, "and at the counter");
    let (_, booking) = document(&server, &ada, id).await;
    assert_eq!(booking.ledger.len(), 2, "the ledger says it once");
}

#[tokio::test]
async fn a_check_in_reaches_the_wallet_in_the_same_commit() {
    let server = Server::with(&wide(), |settings| settings).await;
    let (ada, id) = visiting(&server, "ada@example.org").await;
    let of = portal::PassOf::Booking { booking: id };
    let (at, made) = (portal::pass_at(ada.id, of), Timestamp::now() - SignedDuration::from_hours(1));
    let write = portal::documents::write(at.space.clone(), &portal::Pass::new(ada.id, of, made));
    server.store().commit(Batch { writes: vec![write], ..Batch::default() }).await.unwrap();
    let before = pass(&server, &at).await.changed;
    let counter = Counter::open(&server).await;
    let (booking_space, mut touched) = (portal::spaces::customer(ada.id), server.store().watch());
    assert_eq!(counter.by_person(id).await, SettledAs::Done, "Ada is there");
    let mut spaces = Vec::new();
    while let Ok(touch) = touched.try_recv() {
        spaces.push(touch.space);
    }
    assert!(spaces.contains(&booking_space) && spaces.contains(&at.space), "the booking and its pass: {spaces:?}");
    assert!(pass(&server, &at).await.changed > before, "the pass is newer");
    // No wallet is set up here, so nobody takes the job away.
    let (now, until) = (Timestamp::now(), Timestamp::now() + SignedDuration::from_mins(1));
    let jobs = server.store().lease(portal::WALLET, now, until, 10).await.unwrap();
    let told: Vec<portal::Job> = jobs.iter().map(|lease| serde_json::from_str(&lease.job.body).unwrap()).collect();
    assert_eq!(told, [portal::Job::PassChanged { customer: ada.id, of }], "the wallets are told, once");
}

async fn pass(server: &Server, at: &Key) -> portal::Pass {
    let document = server.store().snapshot().await.unwrap().get(at).await.unwrap().expect("the pass is there");
    portal::documents::decode(&document).unwrap()
}
