//! Whom a counter expects: the day that it is fed with, and who comes on another one or to another place.

use domain::{BookingState, Timestamp};
use jiff::SignedDuration;
use protocol::{Finding, SettledAs};
use reqwest::{Method, StatusCode};
use serde_json::json;
use uuid::Uuid;

use super::{Counter, Device, change, document, enrol, found, visiting, wide};
use crate::support::Server;

/// Another place, for the end of the business's file.
const ISLAND: &str = r#"
[[places]]
id = "island"
name = "Island"
address = ["2 Shore Road"]
zone = "Europe/Berlin"
"#;

#[tokio::test]
async fn the_day_has_what_it_takes_and_nothing_more() {
    let server = Server::with(&wide(), |settings| settings).await;
    let (ada, id) = visiting(&server, "ada@example.org").await;
    let device = Device::new();
    assert_eq!(enrol(&server, &ada, &device).await.status(), StatusCode::NO_CONTENT, "a key is taken");
    assert_eq!(enrol(&server, &ada, &device).await.status(), StatusCode::NO_CONTENT, "and again");
    let counter = Counter::open(&server).await;
    let day = counter.day().await;
    let expected = day.bookings.iter().find(|one| one.booking == id).expect("Ada is expected");
    assert_eq!(expected.keys, [device.public()], "with the key of her device");
    assert_eq!(day.addresses, std::slice::from_ref(&server.running.url), "codes name this server");
    let text = serde_json::to_string(&day).unwrap();
    assert!(!text.contains("ada@example.org"), "no address of a customer lies on the counter");
    let out = server.request(Method::POST, "/api/v1/sign-out").bearer_auth(&ada.token).send().await.unwrap();
    assert_eq!(out.status(), StatusCode::NO_CONTENT, "she signs out");
    let day = counter.day().await;
    let expected = day.bookings.iter().find(|one| one.booking == id).expect("Ada is still expected");
    assert!(expected.keys.is_empty(), "the session's end is the key's end");
}

#[tokio::test]
async fn whoever_comes_to_another_place_is_told_which_is_theirs() {
    let server = Server::with(&(wide() + ISLAND), |settings| settings).await;
    let (ada, id) = visiting(&server, "ada@example.org").await;
    let device = Device::new();
    enrol(&server, &ada, &device).await;
    let (mitte, island) = (Counter::open(&server).await, Counter::open_at(&server, "island").await);
    let shown = device.code(&server, id, |_| {});
    let elsewhere = found(Finding::WrongPlace { place: "Mitte".to_owned() });
    assert_eq!(island.by_person(id).await, elsewhere, "nobody expects her here");
    assert_eq!(island.by_code(id, &shown).await, elsewhere, "whatever she shows");
    let (_, booking) = document(&server, &ada, id).await;
    assert_eq!(booking.state, BookingState::Confirmed, "nothing changed");
    assert_eq!(mitte.by_code(id, &shown).await, SettledAs::Done, "nor is her code used up");
}

#[tokio::test]
async fn around_midnight_the_night_and_the_visit_count_and_not_the_date() {
    let server = Server::with(&wide(), |settings| settings).await;
    let counter = Counter::open(&server).await;
    // In a zone without clock changes, and over for certain: a counter may say later whom it checked in.
    let zone: domain::Zone = "Etc/UTC".parse().unwrap();
    let (hour, minutes) = (SignedDuration::from_hours, SignedDuration::from_mins);
    let midnight = zone.day(zone.date(Timestamp::now())).from - hour(24);
    for (email, from, at, expected, why) in [
        ("ada@example.org", minutes(15), minutes(-5), true, "before midnight, for a visit after it"),
        ("ben@example.org", minutes(-15), minutes(5), true, "after midnight, for a visit that began before it"),
        ("cleo@example.org", hour(9), hour(-14), false, "at ten in the morning, for a visit at nine the next day"),
    ] {
        let (customer, id) = visiting(&server, email).await;
        change(&server, &customer, id, |booking| {
            booking.zone = zone.clone();
            booking.span.from = midnight + from;
            booking.span.to = midnight + from + hour(1);
        })
        .await;
        let became = counter.settle(Uuid::now_v7(), id, midnight + at, json!({"how": "person"})).await;
        let agreed = match became {
            SettledAs::Done => true,
            SettledAs::Found { finding: Finding::WrongDay { .. } } => false,
            SettledAs::Found { .. } => panic!("{why}: {became:?}"),
        };
        assert_eq!(agreed, expected, "{why}");
    }
}
