//! Signing in: by link, by digits, by password; and everything that must not open.

use domain::{DeviceId, Timestamp};
use jiff::SignedDuration;
use portal::{AgendaPage, spaces};
use protocol::{Code, LinkOpened, LinkSent, Proof, SignedIn};
use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};
use store::{Key, Read as _, Store as _, UniqueKey};

use crate::support::{BUSINESS, CHALLENGE, Customer, Server, VERIFIER, code, digits, link_token, sha256};

#[tokio::test]
async fn the_link_opens_once_and_its_code_works_once() {
    let server = Server::start().await;
    let sent = server.ask_link("ada@example.org").await;
    let letter = server.letters("ada@example.org", 1).await.remove(0);
    let token = json!({"token": link_token(&letter)});
    let opened: LinkOpened = server.post("/api/v1/sign-in/open", &token).await.json().await.unwrap();
    assert_eq!(opened.attempt, sent.attempt, "the code belongs to the attempt");
    let again = server.post("/api/v1/sign-in/open", &token).await;
    assert_eq!(code(again).await, Code::WrongCredentials, "a link that was used opens nothing");
    let device = DeviceId::new();
    let signed_in = server.token(&sent, Proof::Code(opened.code.clone()), device).await;
    let signed_in: SignedIn = signed_in.json().await.unwrap();
    assert_eq!(signed_in.last, 0, "a new device has sent nothing");
    let token = signed_in.token.expect("a device gets its token");
    let agenda = server.upcoming(&Customer { id: signed_in.customer, device, token }).await;
    assert_eq!(agenda, AgendaPage { tickets: Vec::new(), next: None }, "there is nothing to set up");
    let again = server.token(&sent, Proof::Code(opened.code), device).await;
    assert_eq!(code(again).await, Code::WrongCredentials, "a code that was used opens nothing");
}

#[tokio::test]
async fn a_customer_from_before_domains_were_kept_in_ascii_is_found() {
    let server = Server::start().await;
    let email = "Ada@bücher.example";
    let ada = server.plant(email).await;
    let key = Key { space: spaces::customer(ada.id), kind: "profile".to_owned(), id: "profile".to_owned() };
    server.rewrite(&key, &[UniqueKey::new("email", "ada@bücher.example")], |_| {}).await;
    assert_eq!(server.sign_in(email).await.id, ada.id, "nobody else begins anew in their name");
}

#[tokio::test]
async fn a_link_opens_nothing_on_a_device_that_did_not_ask() {
    let server = Server::start().await;
    let sent = server.ask_link("ada@example.org").await;
    let letter = server.letters("ada@example.org", 1).await.remove(0);
    let token = json!({"token": link_token(&letter)});
    let opened: LinkOpened = server.post("/api/v1/sign-in/open", &token).await.json().await.unwrap();
    let thief = "x".repeat(43);
    for proof in [Proof::Code(opened.code.clone()), Proof::Digits(digits(&letter))] {
        let body = json!({"attempt": sent.attempt, "verifier": thief, "proof": proof, "device": DeviceId::new()});
        let response = server.post("/api/v1/sign-in/token", &body).await;
        assert_eq!(code(response).await, Code::WrongCredentials, "without the verifier nothing of the mail opens");
    }
    let owner = server.token(&sent, Proof::Code(opened.code), DeviceId::new()).await;
    assert_eq!(owner.status(), StatusCode::OK, "and who asked is not locked out by it");
}

#[tokio::test]
async fn digits_can_be_typed_five_times() {
    let server = Server::start().await;
    let sent = server.ask_link("ada@example.org").await;
    let right = digits(&server.letters("ada@example.org", 1).await[0]);
    let wrong = if right == "000 000" { "000001" } else { "000000" };
    for _ in 0..5 {
        let response = server.token(&sent, Proof::Digits(wrong.to_owned()), DeviceId::new()).await;
        assert_eq!(code(response).await, Code::WrongCredentials, "wrong digits open nothing");
    }
    let response = server.token(&sent, Proof::Digits(right), DeviceId::new()).await;
    assert_eq!(code(response).await, Code::WrongCredentials, "after five tries the right ones open nothing either");
}

#[tokio::test]
async fn an_expired_attempt_opens_nothing() {
    let server = Server::start().await;
    let sent = server.ask_link("ada@example.org").await;
    let letter = server.letters("ada@example.org", 1).await.remove(0);
    // A quarter of an hour passes: the stored end moves into the past.
    let space = format!("sign-in/{}", sent.attempt).parse().unwrap();
    let key = Key { space, kind: "attempt".to_owned(), id: "attempt".to_owned() };
    let found = server.store().snapshot().await.unwrap().get(&key).await.unwrap().unwrap();
    assert!(!found.body.contains(&link_token(&letter)), "only a hash of the token is kept");
    server.rewrite(&key, &[], |attempt| attempt["expires"] = json!("2020-01-01T00:00:00Z")).await;
    let link = server.post("/api/v1/sign-in/open", &json!({"token": link_token(&letter)})).await;
    assert_eq!(code(link).await, Code::WrongCredentials, "an expired link opens nothing");
    let response = server.token(&sent, Proof::Digits(digits(&letter)), DeviceId::new()).await;
    assert_eq!(code(response).await, Code::WrongCredentials, "nor do its digits");
}

#[tokio::test]
async fn a_session_that_has_expired_opens_nothing() {
    let server = Server::start().await;
    let ada = server.sign_in("ada@example.org").await;
    let hash = sha256(&ada.token);
    let key = Key { space: spaces::identity(ada.id), kind: "session".to_owned(), id: hash.clone() };
    let end_in = async |hours| {
        let expires = Timestamp::now() + SignedDuration::from_hours(hours);
        let keys = [UniqueKey::new("session", hash.clone())];
        server.rewrite(&key, &keys, |session| session["expires"] = json!(expires)).await;
    };
    let profile = async || server.post_as(&ada, "/api/v1/view", &json!({"view": "profile"})).await;
    end_in(1).await;
    assert_eq!(profile().await.status(), StatusCode::OK, "it has an hour left");
    end_in(0).await;
    assert_eq!(code(profile().await).await, Code::NotSignedIn, "it is over");
}

#[tokio::test]
async fn two_first_sign_ins_at_once_make_one_customer() {
    let server = Server::start().await;
    let (one, two) = (server.ask_link("ada@example.org").await, server.ask_link("ADA@example.org").await);
    let (a, b) = (server.letters("ada@example.org", 1).await, server.letters("ADA@example.org", 1).await);
    let (a, b) = tokio::join!(
        server.token(&one, Proof::Digits(digits(&a[0])), DeviceId::new()),
        server.token(&two, Proof::Digits(digits(&b[0])), DeviceId::new()),
    );
    let (a, b): (SignedIn, SignedIn) = (a.json().await.unwrap(), b.json().await.unwrap());
    assert_eq!(a.customer, b.customer, "addresses that differ in case are one customer's");
}

/// The test business, for customers it has already.
fn closed() -> String {
    BUSINESS.replace("terms = {", "open_sign_up = false\nterms = {")
}

#[tokio::test]
async fn a_business_without_sign_up_sends_strangers_no_mail() {
    let server = Server::with(&closed(), |settings| settings).await;
    server.plant("known@example.org").await;
    server.ask_link("stranger@example.org").await;
    server.ask_link("known@example.org").await;
    assert_eq!(server.letters("known@example.org", 1).await.len(), 1, "a customer gets the mail");
    assert!(server.letters("stranger@example.org", 0).await.is_empty(), "a stranger, asked before, got none");
}

#[tokio::test]
async fn a_business_without_sign_up_answers_strangers_the_same_and_lets_nobody_in() {
    // Nobody takes the mails, so what is in them can be read; in a stranger's too.
    let server = Server::with(&closed(), |settings| server::Settings { demo: false, ..settings }).await;
    server.plant("known@example.org").await;
    let later = Timestamp::now() + SignedDuration::from_hours(1);
    let ask = async |email: &str| {
        let answer = server.post("/api/v1/sign-in/link", &json!({"email": email, "challenge": CHALLENGE})).await;
        assert_eq!(answer.status(), StatusCode::OK, "{email} is answered");
        let answer: Value = answer.json().await.unwrap();
        let mails = server.store().lease(portal::MAIL, later, later + SignedDuration::from_hours(1), 1).await.unwrap();
        let mail: Value = serde_json::from_str(&mails[0].job.body).unwrap();
        assert_eq!(mail["to"], email, "the mail that was asked for last");
        (answer, mail)
    };
    let (stranger, strangers) = ask("stranger@example.org").await;
    let (known, knowns) = ask("known@example.org").await;
    let names = |answer: &Value| answer.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&stranger), names(&known), "the answers say the same things");
    let sent = |answer: Value| serde_json::from_value::<LinkSent>(answer).unwrap();
    let (stranger, known) = (sent(stranger), sent(known));
    let apart = known.expires.duration_since(stranger.expires);
    assert!(apart < SignedDuration::from_mins(1), "and both attempts last as long, but for {apart}");
    let typed = |mail: &Value| Proof::Digits(mail["digits"].as_str().unwrap().to_owned());

    let refused = server.token(&stranger, typed(&strangers), DeviceId::new()).await;
    assert_eq!(code(refused).await, Code::WrongCredentials, "a stranger's digits are right and open nothing");
    let link = server.post("/api/v1/sign-in/open", &json!({"token": strangers["token"]})).await;
    let opened: LinkOpened = link.json().await.unwrap();
    let refused = server.token(&stranger, Proof::Code(opened.code), DeviceId::new()).await;
    assert_eq!(code(refused).await, Code::WrongCredentials, "nor does the link");
    let opened = server.token(&known, typed(&knowns), DeviceId::new()).await;
    assert_eq!(opened.status(), StatusCode::OK, "the same of a customer's do");
}

async fn set_password(server: &Server, who: &Customer, current: &str, new: &str) -> Response {
    let body = json!({"current": current, "new": new});
    server.request(Method::PUT, "/api/v1/password").bearer_auth(&who.token).json(&body).send().await.unwrap()
}

async fn by_password(server: &Server, email: &str, password: &str, device: DeviceId) -> Response {
    server.post("/api/v1/sign-in/password", &json!({"email": email, "password": password, "device": device})).await
}

/// Whom an answer signed in.
async fn signed_in(answer: Response, device: DeviceId) -> Customer {
    let signed_in: SignedIn = answer.json().await.unwrap();
    Customer { id: signed_in.customer, device, token: signed_in.token.expect("a device gets its token") }
}

#[tokio::test]
async fn a_password_is_set_used_and_changed() {
    let server = Server::start().await;
    let ada = server.sign_in("ada@example.org").await;
    let other = server.sign_in("ada@example.org").await;
    let short = set_password(&server, &ada, "", "too short").await;
    assert_eq!(code(short).await, Code::BadRequest, "ten characters at least");
    assert_eq!(set_password(&server, &ada, "", "correct horse").await.status(), StatusCode::NO_CONTENT);
    let view = server.post_as(&other, "/api/v1/view", &json!({"view": "profile"})).await;
    assert_eq!(code(view).await, Code::NotSignedIn, "a new password ends the other sessions");
    let wrong = by_password(&server, "ada@example.org", "wrong", DeviceId::new()).await;
    let unknown = by_password(&server, "nobody@example.org", "wrong", DeviceId::new()).await;
    assert_eq!(
        wrong.text().await.unwrap(),
        unknown.text().await.unwrap(),
        "the answer does not tell which addresses are known"
    );
    let opened = by_password(&server, "Ada@Example.org", "correct horse", ada.device).await;
    assert_eq!(opened.status(), StatusCode::OK, "address and password open a session");
    let ada = signed_in(opened, ada.device).await;
    assert_eq!(code(set_password(&server, &ada, "wrong", "battery staple").await).await, Code::WrongCredentials);
    let changed = set_password(&server, &ada, "correct horse", "battery staple").await;
    assert_eq!(changed.status(), StatusCode::NO_CONTENT, "whoever knows the present one changes it");
    let bob = server.sign_in("bob@example.org").await;
    let theft = by_password(&server, "ada@example.org", "battery staple", bob.device).await;
    assert_eq!(code(theft).await, Code::DeviceTaken, "a device belongs to one customer");
}

#[tokio::test]
async fn a_forgotten_password_is_replaced_within_a_quarter_of_an_hour_after_a_mail() {
    let server = Server::start().await;
    let first = server.sign_in("ada@example.org").await;
    assert_eq!(set_password(&server, &first, "", "correct horse").await.status(), StatusCode::NO_CONTENT);
    let known = by_password(&server, "ada@example.org", "correct horse", first.device).await;
    let known = signed_in(known, first.device).await;
    let refused = set_password(&server, &known, "", "battery staple").await;
    assert_eq!(code(refused).await, Code::WrongCredentials, "whoever signed in by password has not forgotten it");
    let ada = server.sign_in("ada@example.org").await;
    let hash = sha256(&ada.token);
    let key = Key { space: spaces::identity(ada.id), kind: "session".to_owned(), id: hash.clone() };
    let begun_before = async |minutes| {
        let created = Timestamp::now() - SignedDuration::from_mins(minutes);
        let keys = [UniqueKey::new("session", hash.clone())];
        server.rewrite(&key, &keys, |session| session["created"] = json!(created)).await;
    };
    begun_before(16).await;
    let late = set_password(&server, &ada, "", "battery staple").await;
    assert_eq!(code(late).await, Code::WrongCredentials, "somebody else may sit at a device that was left open");
    begun_before(10).await;
    let replaced = set_password(&server, &ada, "", "battery staple").await;
    assert_eq!(replaced.status(), StatusCode::NO_CONTENT, "who reads the mail needs no present one");
    let former = by_password(&server, "ada@example.org", "correct horse", DeviceId::new()).await;
    assert_eq!(code(former).await, Code::WrongCredentials, "the former one is gone");
    let opened = by_password(&server, "ada@example.org", "battery staple", DeviceId::new()).await;
    assert_eq!(opened.status(), StatusCode::OK, "the new one opens");
}

#[tokio::test]
async fn a_browser_gets_a_cookie_that_no_script_and_no_other_site_can_use() {
    let server = Server::start().await;
    let sent = server.ask_link("ada@example.org").await;
    let proof = Proof::Digits(digits(&server.letters("ada@example.org", 1).await[0]));
    let body = json!({
        "attempt": sent.attempt, "verifier": VERIFIER, "proof": proof, "device": DeviceId::new(), "browser": true
    });
    let response = server.post("/api/v1/sign-in/token", &body).await;
    let line = response.headers()["set-cookie"].to_str().unwrap().to_owned();
    assert!(line.contains("HttpOnly") && line.contains("SameSite=Strict"), "{line}");
    let signed_in: SignedIn = response.json().await.unwrap();
    assert_eq!(signed_in.token, None, "a script never sees the token");
    let cookie = line.split(';').next().unwrap();
    let view = |name: &'static str, value: String| {
        let request = server.request(Method::POST, "/api/v1/view").header("cookie", cookie);
        request.header(name, value).json(&json!({"view": "profile"})).send()
    };
    let own = view("origin", server.running.url.clone()).await.unwrap();
    assert_eq!(own.status(), StatusCode::OK, "the business's own page may use it");
    let own = view("sec-fetch-site", "same-origin".to_owned()).await.unwrap();
    assert_eq!(own.status(), StatusCode::OK, "and says so in either way");
    for (name, value) in [("origin", "https://evil.example"), ("sec-fetch-site", "cross-site"), ("x-nothing", "")] {
        let response = view(name, value.to_owned()).await.unwrap();
        assert_eq!(code(response).await, Code::CrossSite, "{name}: {value} is not the business's own page");
    }
    let out = server.request(Method::POST, "/api/v1/sign-out").header("cookie", cookie);
    let out = out.header("origin", &server.running.url).send().await.unwrap();
    assert_eq!(out.status(), StatusCode::NO_CONTENT);
    assert_eq!(code(view("origin", server.running.url.clone()).await.unwrap()).await, Code::NotSignedIn, "it is over");
}

#[tokio::test]
async fn an_address_has_so_many_attempts() {
    let server = Server::with(BUSINESS, |settings| server::Settings { attempts_per_address: 3, ..settings }).await;
    for _ in 0..3 {
        server.ask_link("ada@example.org").await;
    }
    let body = json!({"email": "ADA@example.org ", "challenge": CHALLENGE});
    let response = server.post("/api/v1/sign-in/link", &body).await;
    let wait: u64 = response.headers()["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=300).contains(&wait), "a third of a quarter of an hour, not {wait} s");
    assert_eq!(code(response).await, Code::TooManyAttempts, "however the address is written");
    server.ask_link("bob@example.org").await;
}
