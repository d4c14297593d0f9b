//! A server, its customers and what they do.

use std::{future::Future, path::PathBuf, time::Duration};

use domain::{BookingId, CommandId, CustomerId, DeviceId, Profile, Timestamp};
use jiff::SignedDuration;
use portal::{AgendaPage, DayView, Screen, documents, spaces};
use protocol::{Code, LinkSent, Problem, Proof, SignedIn, Verdict};
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};
use server::{Running, Settings};
use sha2::{Digest as _, Sha256};
use store::{AnyStore, Batch, Key, Read as _, Store as _, UniqueKey, Write};

pub(crate) const BUSINESS: &str = include_str!("business.toml");
/// RFC 7636, appendix B.
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub(crate) const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

pub(crate) struct Server {
    pub(crate) running: Running,
    pub(crate) http: reqwest::Client,
    folder: tempfile::TempDir,
}

/// Whoever is signed in on a device.
#[derive(Debug, Clone)]
pub(crate) struct Customer {
    pub(crate) id: CustomerId,
    pub(crate) device: DeviceId,
    pub(crate) token: String,
}

impl Server {
    /// A demonstration with the test business.
    pub(crate) async fn start() -> Self {
        Self::with(BUSINESS, |settings| settings).await
    }

    pub(crate) async fn with(business: &str, change: impl FnOnce(Settings) -> Settings) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let folder = tempfile::tempdir().unwrap();
        let settings = Settings {
            data: folder.path().to_owned(),
            listen: "127.0.0.1:0".parse().unwrap(),
            demo: true,
            attempts_per_client: 10_000,
            ..Settings::default()
        };
        let running = server::serve(change(settings)).await.unwrap();
        server::apply(&running.engine(), "main", business).await.unwrap();
        Self { running, http: reqwest::Client::new(), folder }
    }

    /// The file that holds everything.
    pub(crate) fn file(&self) -> PathBuf {
        self.folder.path().join("datebook.sqlite")
    }

    pub(crate) fn store(&self) -> AnyStore {
        self.running.engine().realm("business/main")
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.running.url))
    }

    pub(crate) async fn get(&self, path: &str) -> Response {
        self.request(Method::GET, path).send().await.unwrap()
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Response {
        self.request(Method::POST, path).json(body).send().await.unwrap()
    }

    pub(crate) async fn post_as(&self, who: &Customer, path: &str, body: &Value) -> Response {
        self.request(Method::POST, path).bearer_auth(&who.token).json(body).send().await.unwrap()
    }

    /// The letters to somebody, once there are as many as wanted. The newest is first.
    pub(crate) async fn letters(&self, to: &str, wanted: usize) -> Vec<Value> {
        // Watch first, then look: what arrives in between is not missed.
        let mut touched = self.store().watch();
        soon(async {
            loop {
                let all: Vec<Value> = self.get("/api/v1/mailbox").await.json().await.unwrap();
                let theirs: Vec<Value> = all.into_iter().filter(|letter| letter["to"] == to).collect();
                if theirs.len() >= wanted {
                    return theirs;
                }
                while touched.recv().await.unwrap().space.as_str() != "mailbox" {}
            }
        })
        .await
    }

    pub(crate) async fn ask_link(&self, email: &str) -> LinkSent {
        let response = self.post("/api/v1/sign-in/link", &json!({"email": email, "challenge": CHALLENGE})).await;
        assert_eq!(response.status(), StatusCode::OK, "a link can be asked for");
        response.json().await.unwrap()
    }

    pub(crate) async fn token(&self, sent: &LinkSent, proof: Proof, device: DeviceId) -> Response {
        let body = json!({"attempt": sent.attempt, "verifier": VERIFIER, "proof": proof, "device": device});
        self.post("/api/v1/sign-in/token", &body).await
    }

    /// Signs in by the digits of a mail.
    pub(crate) async fn sign_in(&self, email: &str) -> Customer {
        let before = self.letters(email, 0).await.len();
        let sent = self.ask_link(email).await;
        let letters = self.letters(email, before + 1).await;
        let device = DeviceId::new();
        let response = self.token(&sent, Proof::Digits(digits(&letters[0])), device).await;
        assert_eq!(response.status(), StatusCode::OK, "the digits of the mail open a session");
        let signed_in: SignedIn = response.json().await.unwrap();
        Customer { id: signed_in.customer, device, token: signed_in.token.expect("a device gets its token") }
    }

    /// A customer with a session, written beneath the API: for tests that need hundreds.
    pub(crate) async fn plant(&self, email: &str) -> Customer {
        let (id, device, token) = (CustomerId::new(), DeviceId::new(), format!("planted-{email}"));
        let now = Timestamp::now();
        let profile = Profile { id, name: String::new(), email: email.to_owned(), phone: String::new(), created: now };
        let hash = sha256(&token);
        let session = json!({
            "customer": id, "device": device, "created": now, "expires": now + SignedDuration::from_hours(1)
        });
        let write = |space, kind: &str, id: &str, body: Value, keys| Write {
            key: Key { space, kind: kind.to_owned(), id: id.to_owned() },
            sort: String::new(),
            body: Some(body.to_string().into()),
            keys,
        };
        let key = UniqueKey::new("session", hash.clone());
        let writes = vec![
            documents::write(spaces::customer(id), &profile),
            write(spaces::device(device), "device", "device", json!({"customer": id, "last": 0}), Vec::new()),
            write(spaces::identity(id), "session", &hash, session, vec![key]),
        ];
        self.store().commit(Batch { writes, ..Batch::default() }).await.unwrap();
        Customer { id, device, token }
    }

    /// Changes what is kept of something beneath the API, as time would have. Its unique keys are those given here.
    pub(crate) async fn rewrite(&self, key: &Key, keys: &[UniqueKey], change: impl FnOnce(&mut Value)) {
        let found = self.store().snapshot().await.unwrap().get(key).await.unwrap().expect("it is there");
        let mut kept: Value = serde_json::from_str(&found.body).unwrap();
        change(&mut kept);
        let body = Some(kept.to_string().into());
        let write = Write { key: key.clone(), sort: found.sort, body, keys: keys.to_vec() };
        self.store().commit(Batch { writes: vec![write], ..Batch::default() }).await.unwrap();
    }

    /// What somebody still expects.
    pub(crate) async fn upcoming(&self, who: &Customer) -> AgendaPage {
        let response = self.post_as(who, "/api/v1/view", &json!({"view": "agenda", "tab": "upcoming"})).await;
        let Screen::Agenda(page) = response.json().await.unwrap() else { panic!("an agenda was asked for") };
        page
    }

    /// The free starts two days from now.
    pub(crate) async fn starts(&self) -> Vec<Timestamp> {
        let date = domain::calendar::utc_date(Timestamp::now() + SignedDuration::from_hours(48));
        let of = json!({"service": "cut", "variant": "short", "place": "mitte"});
        let response = self.post("/api/v1/view", &json!({"view": "day", "of": of, "date": date})).await;
        let screen: Screen = response.json().await.unwrap();
        let Screen::Day(DayView { times, .. }) = screen else { panic!("a day was asked for") };
        times.into_iter().map(|time| time.start.at).collect()
    }

    pub(crate) async fn execute(&self, who: &Customer, id: CommandId, command: &Value) -> Verdict {
        let response = self.post_as(who, "/api/v1/execute", &json!({"id": id, "command": command})).await;
        assert_eq!(response.status(), StatusCode::OK, "a command gets a verdict");
        response.json().await.unwrap()
    }
}

/// What a device would send.
pub(crate) fn book(booking: BookingId, start: Timestamp) -> Value {
    json!({
        "type": "book@1", "booking": booking, "service": "cut", "variant": "short", "place": "mitte", "start": start
    })
}

/// SHA-256 in hexadecimal: what the server keeps of a secret.
pub(crate) fn sha256(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The digits of a sign-in mail.
pub(crate) fn digits(letter: &Value) -> String {
    let text = letter["text"].as_str().unwrap();
    let line = text.lines().find(|line| line.len() == 7 && line.chars().all(|c| c.is_ascii_digit() || c == ' '));
    line.expect("the mail has six digits").to_owned()
}

/// The token in a sign-in mail's link.
pub(crate) fn link_token(letter: &Value) -> String {
    let text = letter["text"].as_str().unwrap();
    text.split("#token=")
        .nth(1)
        .and_then(|rest| rest.split_whitespace().next())
        .expect("the mail has a link")
        .to_owned()
}

/// An answer that is a problem, as the protocol says.
pub(crate) async fn problem(response: Response) -> Problem {
    let kind = response.headers()["content-type"].to_str().unwrap().to_owned();
    assert_eq!(kind, "application/problem+json", "every error is a problem (RFC 9457)");
    let status = response.status();
    let problem: Problem = response.json().await.unwrap();
    assert_eq!(status.as_u16(), server::status(problem.code).as_u16(), "the status is that of the code");
    problem
}

pub(crate) async fn code(response: Response) -> Code {
    problem(response).await.code
}

/// Waits for something that happens by itself; a test that hangs says nothing.
pub(crate) async fn soon<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(60), what).await.expect("it happens within a minute")
}
