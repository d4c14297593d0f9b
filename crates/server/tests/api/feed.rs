//! The calendar feed (Y12) and the calendar file of one appointment (E17).

use domain::{Booking, BookingId, CommandId, Refusal, Span, Timestamp, refusal::Noun};
use jiff::SignedDuration;
use portal::{documents, spaces};
use protocol::{Code, Verdict};
use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};
use store::{Batch, Read as _, Store as _};

use crate::support::{BUSINESS, Customer, Server, book, code, problem};

/// RFC 7636, appendix B: two texts of 32 bytes each.
const ONE: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const OTHER: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

async fn run(server: &Server, who: &Customer, command: Value) -> Verdict {
    server.execute(who, CommandId::new(), &command).await
}

fn on(secret: &str) -> Value {
    json!({"type": "turn_feed_on@1", "secret": secret})
}

async fn accepted(server: &Server, who: &Customer, command: Value) {
    let verdict = run(server, who, command.clone()).await;
    assert!(matches!(verdict, Verdict::Accepted { .. }), "{command}: {verdict:?}");
}

async fn feed(server: &Server, secret: &str) -> Response {
    server.get(&format!("/feed/{secret}.ics")).await
}

/// What an appointment is called in calendars.
fn uid(booking: BookingId) -> String {
    format!("{booking}@datebook")
}

/// The summaries or other values in a calendar.
fn values(text: &str, name: &str) -> Vec<String> {
    let text = text.replace("\r\n ", "");
    let lines = text.split("\r\n").filter_map(|line| line.split_once(':'));
    lines.filter(|(head, _)| head.split(';').next() == Some(name)).map(|(_, value)| value.to_owned()).collect()
}

#[tokio::test]
async fn a_feed_is_there_from_turning_on_to_turning_off() {
    let server = Server::start().await;
    let ada = server.plant("ada@example.org").await;
    assert_eq!(code(feed(&server, ONE).await).await, Code::NotFound, "off until it is turned on");
    accepted(&server, &ada, on(ONE)).await;
    let answer = feed(&server, ONE).await;
    assert_eq!(answer.status(), StatusCode::OK, "no session is needed");
    let header = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
    assert_eq!(header("content-type"), "text/calendar; charset=utf-8");
    assert_eq!(header("cache-control"), "private, no-cache", "nobody between keeps it, and its reader asks again");
    assert_eq!(header("x-robots-tag"), "noindex, nofollow", "a link that got out is not found by searching");
    let text = answer.text().await.unwrap();
    assert_eq!(values(&text, "X-WR-CALNAME"), ["Test & Co"], "named after the business: {text}");
    assert!(values(&text, "UID").is_empty(), "there is nothing in it yet");

    accepted(&server, &ada, json!({"type": "turn_feed_off@1"})).await;
    assert_eq!(code(feed(&server, ONE).await).await, Code::NotFound, "revoked at once");
    accepted(&server, &ada, json!({"type": "turn_feed_off@1"})).await;
}

#[tokio::test]
async fn a_feed_follows_what_the_customer_does() {
    let server = Server::start().await;
    let (ada, bob) = (server.plant("ada@example.org").await, server.plant("bob@example.org").await);
    accepted(&server, &ada, on(ONE)).await;
    let starts = server.starts().await;
    let (first, second) = (BookingId::new(), BookingId::new());
    accepted(&server, &ada, book(first, starts[0])).await;
    accepted(&server, &ada, book(second, starts[4])).await;
    accepted(&server, &bob, book(BookingId::new(), starts[8])).await;
    let text = feed(&server, ONE).await.text().await.unwrap();
    assert_eq!(values(&text, "UID"), [uid(first), uid(second)], "the customer's own, and nobody else's");
    assert_eq!(values(&text, "GEO"), ["52.528050;13.410530"; 2], "where the business says that the place lies");
    assert!(!text.contains("ada@example.org"), "the link may be passed on, the address is not in it");

    let letters = server.letters("ada@example.org", 2).await;
    let mailed =
        |letter: &Value, name: &str| values(letter["attachments"][0]["text"].as_str().unwrap(), name).pop().unwrap();
    let letter =
        letters.iter().find(|letter| mailed(letter, "UID") == uid(first)).expect("mail and feed name one event");
    let link = &values(&text, "URL")[0];
    assert!(
        letter["text"].as_str().unwrap().contains(link),
        "the mail's own way back to the appointment (B02): {link}"
    );
    assert_eq!(&mailed(letter, "URL"), link, "in the mail's calendar file, too");
    assert_eq!(mailed(letter, "GEO"), "52.528050;13.410530", "and there is the place");
    assert!(values(&text, "DESCRIPTION")[0].ends_with(link), "also for calendars that show no URL");

    accepted(&server, &ada, json!({"type": "reschedule@1", "booking": first, "start": starts[12]})).await;
    accepted(&server, &ada, json!({"type": "cancel@1", "booking": second})).await;
    let text = feed(&server, ONE).await.text().await.unwrap();
    assert_eq!(values(&text, "UID"), [uid(first)], "what is cancelled disappears, what moved stays the same event");
    assert_eq!(values(&text, "SEQUENCE"), ["1"], "and has risen");
}

#[tokio::test]
async fn a_feed_goes_back_a_year() {
    let server = Server::start().await;
    let ada = server.plant("ada@example.org").await;
    accepted(&server, &ada, on(ONE)).await;
    let coming = BookingId::new();
    accepted(&server, &ada, book(coming, server.starts().await[0])).await;
    let key = spaces::booking(ada.id, coming);
    let found = server.store().snapshot().await.unwrap().get(&key).await.unwrap().expect("it was booked");
    let made: Booking = documents::decode(&found).unwrap();
    // Nobody can book the past: these are written beneath the API, so many days before the one to come.
    let visit = |days: i64| {
        let (id, ago) = (BookingId::new(), SignedDuration::from_hours(24 * days));
        let span = Span { from: made.span.from - ago, to: made.span.to - ago };
        let booking =
            Booking { id, reference: portal::reference(id, ada.id, 0), span, claims: Vec::new(), ..made.clone() };
        (id, documents::write(key.space.clone(), &booking))
    };
    let ((lately, one), (earlier, two), (_, three)) = (visit(10), visit(30), visit(400));
    server.store().commit(Batch { writes: vec![one, two, three], ..Batch::default() }).await.unwrap();
    let text = feed(&server, ONE).await.text().await.unwrap();
    let expected = [uid(earlier), uid(lately), uid(coming)];
    assert_eq!(values(&text, "UID"), expected, "what was, in order of time, but not what is long over");
}

#[tokio::test]
async fn a_calendar_that_has_it_already_is_told_so() {
    let server = Server::start().await;
    let ada = server.plant("ada@example.org").await;
    accepted(&server, &ada, on(ONE)).await;
    let tag = feed(&server, ONE).await.headers()["etag"].to_str().unwrap().to_owned();
    let path = format!("/feed/{ONE}.ics");
    let ask =
        async |method, tag: &str| server.request(method, &path).header("if-none-match", tag).send().await.unwrap();
    for known in [tag.clone(), format!("\"x\", {tag}"), tag.trim_start_matches("W/").to_owned(), "*".to_owned()] {
        let answer = ask(Method::GET, &known).await;
        assert_eq!(answer.status(), StatusCode::NOT_MODIFIED, "{known} is what is there");
        assert_eq!(answer.headers()["etag"].to_str().unwrap(), tag, "and it says what it is");
        assert_eq!(answer.headers()["cache-control"], "private, no-cache");
        assert!(answer.bytes().await.unwrap().is_empty(), "nothing is sent twice");
    }
    assert_eq!(ask(Method::GET, "\"x\"").await.status(), StatusCode::OK, "another one is not");
    let head = ask(Method::HEAD, "\"x\"").await;
    assert_eq!((head.status(), head.headers()["etag"].to_str().unwrap()), (StatusCode::OK, tag.as_str()));
    assert!(head.bytes().await.unwrap().is_empty(), "HEAD has no body");
    accepted(&server, &ada, book(BookingId::new(), server.starts().await[0])).await;
    assert_eq!(ask(Method::GET, &tag).await.status(), StatusCode::OK, "what has changed is sent");
}

#[tokio::test]
async fn another_link_ends_the_former_one() {
    let server = Server::start().await;
    let ada = server.plant("ada@example.org").await;
    let renew = |secret: &str| json!({"type": "renew_feed@1", "secret": secret});
    let none = Refusal::NotFound { what: Noun::Feed };
    assert_eq!(run(&server, &ada, renew(ONE)).await, Verdict::Refused { refusal: none }, "renewing turns nothing on");
    accepted(&server, &ada, on(ONE)).await;
    let there = Refusal::AlreadyExists { what: Noun::Feed };
    let again = run(&server, &ada, on(OTHER)).await;
    assert_eq!(again, Verdict::Refused { refusal: there }, "a second device does not end the first one's link");
    accepted(&server, &ada, renew(OTHER)).await;
    assert_eq!(code(feed(&server, ONE).await).await, Code::NotFound, "the former link opens nothing");
    assert_eq!(feed(&server, OTHER).await.status(), StatusCode::OK, "the new one does");
    let view = server.post_as(&ada, "/api/v1/view", &json!({"view": "feed"})).await;
    let view: Value = view.json().await.unwrap();
    assert_eq!(view["link"]["secret"], OTHER, "each device of the customer finds the link");
}

#[tokio::test]
async fn a_secret_is_one_customers() {
    let server = Server::start().await;
    let (ada, bob) = (server.plant("ada@example.org").await, server.plant("bob@example.org").await);
    accepted(&server, &ada, on(ONE)).await;
    let refused = Verdict::Refused { refusal: Refusal::BadText { field: "secret".to_owned(), most: 43 } };
    assert_eq!(run(&server, &bob, on(ONE)).await, refused, "a copied secret does not take a feed over");
    for bad in ["", "short", &ONE[1..], &format!("{ONE}A"), "../../../../../../../../../../../etc/passwd_"] {
        let verdict = run(&server, &bob, on(bad)).await;
        assert!(matches!(verdict, Verdict::Refused { .. }), "{bad:?} is too weak or no secret: {verdict:?}");
    }
    let view = server.post_as(&bob, "/api/v1/view", &json!({"view": "feed"})).await;
    assert_eq!(view.json::<Value>().await.unwrap()["link"], Value::Null, "and nobody sees another's link");
    let pulled: Value = server.post_as(&bob, "/api/v1/pull", &json!({})).await.json().await.unwrap();
    assert!(!pulled.to_string().contains(ONE), "nor pulls it");
    let view = server.post("/api/v1/view", &json!({"view": "feed"})).await;
    assert_eq!(code(view).await, Code::NotSignedIn, "nor does a stranger");
}

#[tokio::test]
async fn what_opens_nothing_tells_nothing() {
    let server = Server::with(BUSINESS, |settings| server::Settings { attempts_per_client: 8, ..settings }).await;
    let ada = server.plant("ada@example.org").await;
    accepted(&server, &ada, on(ONE)).await;
    accepted(&server, &ada, json!({"type": "turn_feed_off@1"})).await;
    accepted(&server, &ada, on(OTHER)).await;
    let mut answers = Vec::new();
    for path in [
        &format!("/feed/{ONE}.ics"),
        "/feed/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA.ics",
        &format!("/feed/{OTHER}"),
        &format!("/feed/{OTHER}.ICS"),
        &format!("/feed/{}.ics", OTHER.to_lowercase()),
        "/feed/%FF%FE.ics",
        "/feed/..%2F..%2Fetc%2Fpasswd.ics",
        "/feed/.ics",
    ] {
        let answer = server.get(path).await;
        let mut headers: Vec<String> = answer.headers().keys().map(ToString::to_string).collect();
        headers.sort();
        answers.push((problem(answer).await, headers));
    }
    assert_eq!(answers[0].0.code, Code::NotFound);
    assert!(
        answers.iter().all(|answer| answer == &answers[0]),
        "revoked, unknown and malformed look alike: {answers:?}"
    );
    assert_eq!(code(feed(&server, ONE).await).await, Code::TooManyAttempts, "whoever goes on trying has to wait");
    assert_eq!(feed(&server, OTHER).await.status(), StatusCode::OK, "a feed that is there opens all the same");
    let post = server.post(&format!("/feed/{OTHER}.ics"), &json!({})).await;
    assert_eq!(code(post).await, Code::MethodNotAllowed, "there is nothing to write");
}

#[tokio::test]
async fn a_feed_may_be_read_four_times_a_minute() {
    let server = Server::start().await;
    let ada = server.plant("ada@example.org").await;
    accepted(&server, &ada, on(ONE)).await;
    for _ in 0..60 {
        assert_eq!(feed(&server, ONE).await.status(), StatusCode::OK, "a calendar comes every few minutes");
    }
    let answer = feed(&server, ONE).await;
    assert!(answer.headers().contains_key("retry-after"), "it is told when to come again");
    assert_eq!(code(answer).await, Code::TooManyAttempts, "sixty-one times in a moment is no calendar");
}

#[tokio::test]
async fn an_appointment_is_a_file_for_its_own_customer() {
    let server = Server::start().await;
    let (ada, bob) = (server.plant("ada@example.org").await, server.plant("bob@example.org").await);
    let booking = BookingId::new();
    let start: Timestamp = server.starts().await[0];
    accepted(&server, &ada, book(booking, start)).await;
    let path = format!("/api/v1/bookings/{booking}/calendar.ics");
    let get = async |who: &Customer, path: &str| {
        server.request(Method::GET, path).bearer_auth(&who.token).send().await.unwrap()
    };
    let answer = get(&ada, &path).await;
    assert_eq!(answer.headers()["content-type"], "text/calendar; charset=utf-8");
    assert_eq!(answer.headers()["cache-control"], "no-store", "it is behind a session");
    let name = answer.headers()["content-disposition"].to_str().unwrap().to_owned();
    assert!(name.starts_with("inline; filename=\"appointment-"), "a browser that keeps it has a name for it: {name}");
    let text = answer.text().await.unwrap();
    assert_eq!(values(&text, "UID"), [uid(booking)], "the same event as in the mail");
    assert_eq!((values(&text, "METHOD"), values(&text, "ACTION")), (vec!["PUBLISH".into()], vec!["DISPLAY".into()]));
    let civil = "Europe/Berlin".parse::<domain::Zone>().unwrap().zoned(start).strftime("%Y%m%dT%H%M%S").to_string();
    assert!(values(&text, "DTSTART").contains(&civil), "on the venue's clock: {text}");

    assert_eq!(code(get(&bob, &path).await).await, Code::NotFound, "somebody else's is not there");
    assert_eq!(code(server.get(&path).await).await, Code::NotSignedIn, "nor is it for strangers");
    for bad in ["x", "%FF", "..%2F..%2Fx"] {
        let answer = get(&ada, &format!("/api/v1/bookings/{bad}/calendar.ics")).await;
        assert_eq!(code(answer).await, Code::NotFound, "{bad} is no appointment");
    }
}
