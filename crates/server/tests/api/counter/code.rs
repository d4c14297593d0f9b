//! Checking in by a code: who signs it, how long it counts, and that it counts once.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::{BookingId, BookingState, Timestamp, booking::By};
use jiff::SignedDuration;
use protocol::{Code, Finding, SettledAs};
use reqwest::Method;
use ring::signature::KeyPair as _;
use serde_json::json;
use store::{Key, Read as _, Store as _};
use uuid::Uuid;

use super::{Counter, Device, change, document, enrol, found, short, visiting, wide};
use crate::support::{BUSINESS, Server, code};

#[tokio::test]
async fn a_key_is_32_bytes() {
    let server = Server::start().await;
    let ada = server.sign_in("ada@example.org").await;
    for key in ["", "AAAA", "not base64!", &"A".repeat(44)] {
        let request = server.request(Method::PUT, "/api/v1/check-in-key").bearer_auth(&ada.token);
        let answer = request.json(&json!({"key": key})).send().await.unwrap();
        assert_eq!(code(answer).await, Code::BadRequest, "{key:?} is no key");
    }
    let request = server.request(Method::PUT, "/api/v1/check-in-key").json(&json!({"key": Device::new().public()}));
    assert_eq!(code(request.send().await.unwrap()).await, Code::NotSignedIn, "nobody has no key");
}

#[tokio::test]
async fn a_check_in_takes_effect_once() {
    let server = Server::with(&wide(), |settings| settings).await;
    let (ada, id) = visiting(&server, "ada@example.org").await;
    let device = Device::new();
    enrol(&server, &ada, &device).await;
    let counter = Counter::open(&server).await;
    let shown = device.code(&server, id, |_| {});
    let (event, at, how) = (Uuid::now_v7(), Timestamp::now(), json!({"how": "code", "code": shown}));
    for _ in 0..3 {
        let became = counter.settle(event, id, at, how.clone()).await;
        assert_eq!(became, SettledAs::Done, "the same check-in has the same answer, however often it comes");
    }
    let (_, booking) = document(&server, &ada, id).await;
    assert_eq!((booking.state, booking.ledger.len()), (BookingState::CheckedIn, 2), "and one effect");
    assert_eq!(booking.ledger[1].at, at, "at the moment at which she stood there");
    assert_eq!(booking.ledger[1].by, By::Business, "by those at the counter");
    let replay = counter.by_code(id, &shown).await;
    assert_eq!(replay, found(Finding::Replayed), "the same code for another check-in was used before");
    let elsewhere = Counter::open(&server).await;
    assert_eq!(elsewhere.by_code(id, &shown).await, found(Finding::Replayed), "at another counter too");
}

#[tokio::test]
async fn what_no_device_of_hers_signed_checks_nobody_in() {
    let server = Server::with(&wide(), |settings| settings).await;
    let (ada, id) = visiting(&server, "ada@example.org").await;
    let (device, thief) = (Device::new(), Device::new());
    enrol(&server, &ada, &device).await;
    let counter = Counter::open(&server).await;
    let good = device.code(&server, id, |_| {});
    let mut turned = URL_SAFE_NO_PAD.decode(&good).unwrap();
    turned[20] ^= 1;
    let nobody = BookingId(Uuid::now_v7());
    for (bad, why) in [
        (thief.code(&server, id, |_| {}), "another device's key"),
        (thief.code(&server, id, |token| token.key = short(device.0.public_key().as_ref())), "that says it is hers"),
        (device.code(&server, nobody, |_| {}), "another booking"),
        (device.code(&server, id, |token| token.place = "island".parse().unwrap()), "another place"),
        (device.code(&server, id, |token| token.business = short(b"https://other.example")), "another business"),
        (URL_SAFE_NO_PAD.encode(turned), "one bit turned"),
        ("nonsense".to_owned(), "no code at all"),
        (String::new(), "nothing"),
    ] {
        assert_eq!(counter.by_code(id, &bad).await, found(Finding::Forged), "{why}");
    }
    for seconds in [-121_i64, 121] {
        let issued = Timestamp::now() + SignedDuration::from_secs(seconds + seconds.signum() * 60);
        let stale = device.code(&server, id, |token| token.issued = issued);
        assert_eq!(counter.by_code(id, &stale).await, found(Finding::Expired), "{seconds} seconds off");
    }
    let (_, booking) = document(&server, &ada, id).await;
    assert_eq!((booking.state, booking.ledger.len()), (BookingState::Confirmed, 1), "and nothing changed");
}

#[tokio::test]
async fn a_code_counts_inside_the_window_and_a_person_always() {
    let narrow = BUSINESS.replace("notice = 0,", "notice = 0, check_in_from = 5, check_in_until = 5,");
    for (shift, reason) in [(-20_i64, "too_late"), (20, "too_early")] {
        let server = Server::with(&narrow, |settings| settings).await;
        let (ada, id) = visiting(&server, "ada@example.org").await;
        // The visit is today at the place, whenever the test runs: it is long enough not to be over.
        let shift = SignedDuration::from_mins(shift);
        let now = Timestamp::now();
        let (_, booking) = document(&server, &ada, id).await;
        if booking.zone.date(now) != booking.zone.date(now + shift) {
            continue;
        }
        change(&server, &ada, id, |booking| {
            booking.span.from = now + shift;
            booking.span.to = now + SignedDuration::from_mins(60);
        })
        .await;
        let device = Device::new();
        enrol(&server, &ada, &device).await;
        let counter = Counter::open(&server).await;
        let became = counter.by_code(id, &device.code(&server, id, |_| {})).await;
        let SettledAs::Found { finding: Finding::Refused { refusal } } = &became else { panic!("{became:?}") };
        assert_eq!(refusal.code(), reason, "the counter may not know the window, or not keep to it");
        let (_, booking) = document(&server, &ada, id).await;
        assert_eq!(booking.state, BookingState::Confirmed, "nothing changed");
        assert_eq!(counter.by_person(id).await, SettledAs::Done, "staff see who stands there");
    }
}

#[tokio::test]
async fn a_code_that_is_too_long_is_forged_and_not_kept() {
    let server = Server::with(&wide(), |settings| settings).await;
    let (ada, id) = visiting(&server, "ada@example.org").await;
    let device = Device::new();
    enrol(&server, &ada, &device).await;
    let counter = Counter::open(&server).await;
    let long = format!("{}{}", device.code(&server, id, |_| {}), "A".repeat(400));
    let kept = async |event: Uuid| {
        let read = server.store().snapshot().await.unwrap();
        let space = read.spaces("counter/").await.unwrap().remove(0);
        let key = Key { space, kind: "check-in".to_owned(), id: event.to_string() };
        read.get(&key).await.unwrap().expect("what became of it is kept").body.to_string()
    };
    // It is forged for whatever booking, and whenever it is said to have been.
    for (booking, days) in [(id, 0), (BookingId(Uuid::now_v7()), 0), (id, 30)] {
        let (event, at) = (Uuid::now_v7(), Timestamp::now() - SignedDuration::from_hours(24 * days));
        for _ in 0..2 {
            let became = counter.settle(event, booking, at, json!({"how": "code", "code": long})).await;
            assert_eq!(became, found(Finding::Forged), "no code has {} characters, the second time too", long.len());
        }
        let body = kept(event).await;
        assert!(!body.contains(&long[..40]), "a counter cannot fill the store with it: {} bytes", body.len());
    }
}
