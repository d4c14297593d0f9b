//! The counter: opened by a link, fed with the day, settled later; and everything that must not check anybody in.

mod app;
mod code;
mod day;
mod operator;
mod person;

use std::process;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::{
    Booking, BookingId, CommandId, Timestamp,
    check_in::token::{CONTEXT, Token},
};
use jiff::SignedDuration;
use protocol::{CounterDay, Finding, Settled, SettledAs};
use reqwest::{Method, Response, StatusCode, header};
use ring::{
    rand::SystemRandom,
    signature::{Ed25519KeyPair, KeyPair as _},
};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use store::{Batch, Key, Read as _, Store as _, Write};
use uuid::Uuid;

use crate::support::{BUSINESS, Customer, Server, book};

/// Check-in is open for a day around the start, so that a test may run at any hour.
fn wide() -> String {
    BUSINESS.replace("notice = 0,", "notice = 0, check_in_from = 1440, check_in_until = 1440,")
}

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
