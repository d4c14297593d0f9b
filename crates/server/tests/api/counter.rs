//! The counter: opened by a link, fed with the day, settled later; and everything that must not check anybody in.

mod app;

use std::process;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::{
    Booking, BookingId, BookingState, CommandId, Timestamp,
    booking::By,
    check_in::token::{CONTEXT, Token},
};
use jiff::SignedDuration;
use protocol::{Code, CounterDay, Finding, Settled, SettledAs};
use reqwest::{Method, Response, StatusCode, header};
use ring::{
    rand::SystemRandom,
    signature::{Ed25519KeyPair, KeyPair as _},
};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use store::{Batch, Key, Read as _, Store as _, UniqueKey, Write};
use uuid::Uuid;

use crate::support::{BUSINESS, Customer, Server, book, code, sha256};

/// Check-in is open for a day around the start, so that a test may run at any hour.
fn wide() -> String {
    BUSINESS.replace("notice = 0,", "notice = 0, check_in_from = 1440, check_in_until = 1440,")
}

/// Another place, for the end of the business's file.
const ISLAND: &str = r#"
[[places]]
id = "island"
name = "Island"
address = ["2 Shore Road"]
zone = "Europe/Berlin"
"#;

struct Device(Ed25519KeyPair);

impl Device {
    fn new() -> Self {
        let secret = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
        Self(Ed25519KeyPair::from_pkcs8(secret.as_ref()).unwrap())
    }

    fn public(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0.public_key())
    }

    fn code(&self, server: &Server, booking: BookingId, change: impl FnOnce(&mut Token)) -> String {
        let mut token = Token {
            business: short(server.running.url.as_bytes()),
            booking,
            key: short(self.0.public_key().as_ref()),
            issued: Timestamp::now(),
            seconds: 120,
            nonce: *Uuid::now_v7().as_bytes().last_chunk().unwrap(),
            place: "mitte".parse().unwrap(),
        };
        change(&mut token);
        let mut bytes = token.bytes();
        let signature = self.0.sign(&[CONTEXT, &bytes].concat());
        bytes.extend(signature.as_ref());
        URL_SAFE_NO_PAD.encode(bytes)
    }
}

fn short(bytes: &[u8]) -> [u8; 8] {
    *Sha256::digest(bytes).first_chunk().unwrap()
}

/// A counter that somebody opened.
struct Counter<'a> {
    server: &'a Server,
    cookie: String,
}

/// What the operator types, on the same machine.
fn program(server: &Server, arguments: &[&str]) -> String {
    let mut command = process::Command::new(env!("CARGO_BIN_EXE_datebook-server"));
    let file = server.file();
    testkit::on_its_own(&mut command);
    command.env("DATEBOOK_LOG", "error").arg("--data").arg(file.parent().unwrap()).args(arguments);
    let output = command.output().expect("the program starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn link(server: &Server, place: &str) -> String {
    let line = program(server, &["counter", "link", "--place", place, "--label", "Front desk"]);
    line.rsplit_once("/counter#").expect("the token is where no server reads it").1.to_owned()
}

impl<'a> Counter<'a> {
    async fn open(server: &'a Server) -> Self {
        Self::open_at(server, "mitte").await
    }

    async fn open_at(server: &'a Server, place: &str) -> Self {
        let token = link(server, place);
        let answer = server.post("/api/v1/counter/open", &json!({"token": token})).await;
        assert_eq!(answer.status(), StatusCode::NO_CONTENT, "the link opens");
        let cookie = answer.headers()[header::SET_COOKIE].to_str().unwrap().to_owned();
        assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"), "no script reads it: {cookie}");
        Self { server, cookie: cookie.split(';').next().unwrap().to_owned() }
    }

    async fn day(&self) -> CounterDay {
        let request = self.server.request(Method::GET, "/api/v1/counter/day").header(header::COOKIE, &self.cookie);
        request.send().await.unwrap().json().await.unwrap()
    }

    async fn send(&self, seen: Value) -> Response {
        let request = self.server.request(Method::POST, "/api/v1/counter/settle").header(header::COOKIE, &self.cookie);
        let request = request.header(header::ORIGIN, &self.server.running.url);
        request.json(&json!({"seen": [seen]})).send().await.unwrap()
    }

    async fn settle(&self, id: Uuid, booking: BookingId, at: Timestamp, how: Value) -> SettledAs {
        let answer = self.send(json!({"id": id, "booking": booking, "at": at, "how": how})).await;
        assert_eq!(answer.status(), StatusCode::OK, "the counter may ask");
        let mut settled: Settled = answer.json().await.unwrap();
        settled.settled.remove(0).became
    }

    async fn by_code(&self, booking: BookingId, code: &str) -> SettledAs {
        self.settle(Uuid::now_v7(), booking, Timestamp::now(), json!({"how": "code", "code": code})).await
    }

    async fn by_person(&self, booking: BookingId) -> SettledAs {
        self.settle(Uuid::now_v7(), booking, Timestamp::now(), json!({"how": "person"})).await
    }
}

fn found(finding: Finding) -> SettledAs {
    SettledAs::Found { finding }
}

/// A document that no program can read.
async fn plant_unreadable(server: &Server, space: &str, kind: &str) {
    let key = Key { space: space.parse().unwrap(), kind: kind.to_owned(), id: kind.to_owned() };
    let write = Write { key, sort: String::new(), body: Some("{}".into()), keys: Vec::new() };
    server.store().commit(Batch { writes: vec![write], ..Batch::default() }).await.unwrap();
}

/// A customer with a booking whose visit is going on right now: it was booked for later and time passed.
async fn visiting(server: &Server, email: &str) -> (Customer, BookingId) {
    let customer = server.sign_in(email).await;
    let (id, start) = (BookingId(Uuid::now_v7()), server.starts().await[0]);
    let verdict = server.execute(&customer, CommandId(Uuid::now_v7()), &book(id, start)).await;
    assert!(matches!(verdict, protocol::Verdict::Accepted { .. }), "the time is free: {verdict:?}");
    let now = Timestamp::now();
    change(server, &customer, id, |booking| {
        booking.span.from = now - SignedDuration::from_secs(1);
        booking.span.to = now + SignedDuration::from_mins(30);
    })
    .await;
    (customer, id)
}

async fn document(server: &Server, customer: &Customer, id: BookingId) -> (Key, Booking) {
    let key = portal::spaces::booking(customer.id, id);
    let document = server.store().snapshot().await.unwrap().get(&key).await.unwrap().unwrap();
    (key, serde_json::from_str(&document.body).unwrap())
}

async fn change(server: &Server, customer: &Customer, id: BookingId, how: impl FnOnce(&mut Booking)) {
    let (key, mut booking) = document(server, customer, id).await;
    how(&mut booking);
    let write = portal::documents::write(key.space, &booking);
    // The claims' days go with it, so that the counter finds the booking.
    let mut day = domain::CalendarDay::default();
    let calendar: domain::CalendarId = "staff.anna".parse().unwrap();
    day.put(domain::Claim { id, span: booking.span, session: None });
    let dates = booking.span.days();
    let writes: Vec<Write> = std::iter::once(write)
        .chain(
            dates
                .into_iter()
                .map(|date| portal::documents::write_day(portal::spaces::calendar_day(&calendar, date), &day)),
        )
        .collect();
    server.store().commit(Batch { writes, ..Batch::default() }).await.unwrap();
}

async fn enrol(server: &Server, customer: &Customer, device: &Device) -> Response {
    let request = server.request(Method::PUT, "/api/v1/check-in-key").bearer_auth(&customer.token);
    request.json(&json!({"key": device.public()})).send().await.unwrap()
}

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
async fn a_check_in_reads_of_the_catalogue_only_what_its_booking_is_of() {
    let server = Server::with(&wide(), |settings| settings).await;
    let (_, id) = visiting(&server, "ada@example.org").await;
    let counter = Counter::open(&server).await;
    plant_unreadable(&server, "catalogue", "service").await;
    assert_eq!(counter.by_person(id).await, SettledAs::Done, "another service has no say in it");
}

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
async fn a_door_has_a_link() {
    let server = Server::with(&wide(), |settings| settings).await;
    let line = program(&server, &["counter", "door", "--place", "mitte"]);
    assert!(line.ends_with("/open/check-in#token=at_mitte"), "for paper: {line}");
}

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
