//! Passes: a scripted Wallet walks through Apple's web service, and Google's REST API is played by a server of the test's
//! own, which checks who comes. Nobody of theirs can be reached from a test.

mod keys;
mod outside;
mod phone;
mod trouble;

use std::{
    collections::BTreeMap,
    fs,
    io::{Cursor, Read as _},
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use axum::{
    Json, Router,
    body::Bytes,
    extract::{Request, State},
    http::{HeaderMap, StatusCode, header},
    response::IntoResponse as _,
    routing::any,
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::{BookingId, CommandId, Timestamp};
use protocol::{Code, Hello, PassLink};
use reqwest::Method;
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use serde_json::{Value, json};
use server::Settings;
use store::Store as _;
use testkit::PASS_TYPE;
use tokio::sync::{Semaphore, watch};

use self::{
    keys::Keys,
    outside::{Heard, Outside},
    phone::Phone,
};
use crate::support::{BUSINESS, Customer, Server, book, code, soon};

const ISSUER: &str = "3388000000012345678";

/// What Apple calls a phone.
fn push(name: &str) -> String {
    name.bytes().map(|byte| format!("{byte:02x}")).collect()
}

fn parts(file: &[u8]) -> BTreeMap<String, Vec<u8>> {
    let mut archive = zip::ZipArchive::new(Cursor::new(file)).unwrap();
    let mut parts = BTreeMap::new();
    for at in 0..archive.len() {
        let mut part = archive.by_index(at).unwrap();
        let mut bytes = Vec::new();
        part.read_to_end(&mut bytes).unwrap();
        parts.insert(part.name().unwrap().into_owned(), bytes);
    }
    parts
}

fn described(file: &[u8]) -> Value {
    serde_json::from_slice(&parts(file)["pass.json"]).unwrap()
}

fn fine(_: &Heard) -> (StatusCode, Value) {
    (StatusCode::OK, json!({}))
}

async fn booked(server: &Server, who: &Customer) -> (BookingId, Vec<Timestamp>) {
    let (booking, starts) = (BookingId::new(), server.starts().await);
    server.execute(who, CommandId::new(), &book(booking, starts[0])).await;
    (booking, starts)
}

async fn link(server: &Server, who: &Customer, wallet: &str, of: &Value) -> String {
    let answer = server.post_as(who, "/api/v1/passes", &json!({ "wallet": wallet, "of": of })).await;
    assert_eq!(answer.status(), 200, "the customer's own pass is made");
    answer.json::<PassLink>().await.unwrap().url
}

fn moved(booking: BookingId, start: Timestamp) -> Value {
    json!({ "type": "reschedule@1", "booking": booking, "start": start })
}

fn berlin(at: Timestamp) -> String {
    at.to_zoned(jiff::tz::TimeZone::get("Europe/Berlin").unwrap()).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

#[tokio::test]
async fn a_wallet_registers_hears_of_a_move_fetches_it_and_lets_go() {
    let (keys, apple) = (Keys::new(), Outside::start(fine).await);
    let server = Server::with(BUSINESS, |settings| keys.apple(settings, &apple.url)).await;
    let ada = server.plant("ada@example.org").await;
    let (booking, starts) = booked(&server, &ada).await;
    let url = link(&server, &ada, "apple", &json!({ "pass": "booking", "booking": booking })).await;
    let phone = Phone::take(&server, "phone-1", &url).await;
    assert_eq!(phone.pass["relevantDate"], berlin(starts[0]), "the venue's time");
    assert_eq!(phone.pass["barcodes"][0]["message"], format!("{}/open/booking/{booking}", server.running.url));

    let there = &phone.pass["locations"][0];
    assert_eq!(
        (&there["latitude"], &there["longitude"]),
        (&52.52805.into(), &13.41053.into()),
        "where the business says"
    );

    assert_eq!(phone.register().await, 201, "a new one");
    assert_eq!(phone.register().await, 200, "the same again");
    let (serials, since) = phone.changed(None).await.expect("a phone that knows nothing is told of everything");
    assert_eq!(serials, [booking.to_string()], "of its own passes");
    let (same, last) = phone.fetch(None).await.unwrap();
    assert_eq!(same["relevantDate"], phone.pass["relevantDate"], "nothing has changed");
    assert!(phone.fetch(Some(&last)).await.is_none(), "what is known is not sent again");

    server.execute(&ada, CommandId::new(), &moved(booking, starts[6])).await;
    let push = apple.heard(&format!("POST /3/device/{}", push("phone-1")), 1).await.remove(0);
    assert_eq!(push.headers["apns-topic"], PASS_TYPE, "for the passes of this type");
    assert_eq!(push.json(), json!({}), "a push says nothing of anybody");
    let name = |push: &Heard, header: &str| push.headers[header].to_str().unwrap().parse::<uuid::Uuid>().unwrap();
    let (first, pass) = (name(&push, "apns-id"), name(&push, "apns-collapse-id"));
    assert_eq!((first.get_version_num(), pass.get_version_num()), (5, 5), "computed names, the same at each attempt");
    assert!(![ada.id.0, booking.0].contains(&pass), "they say nothing of anybody either");
    let (serials, _) = phone.changed(Some(&since)).await.expect("the moved one is named");
    assert_eq!(serials, [booking.to_string()]);
    let (now, later) = phone.fetch(Some(&last)).await.expect("a moved pass is another one");
    assert_eq!(now["relevantDate"], berlin(starts[6]), "with its new time");
    assert_eq!(now["authenticationToken"], phone.pass["authenticationToken"], "and still the phone's token");
    assert_ne!(last, later, "also when both were in the same second");

    let cancel = json!({ "type": "cancel@1", "booking": booking });
    server.execute(&ada, CommandId::new(), &cancel).await;
    let push = apple.heard("POST /3/device/", 2).await.remove(1);
    assert_eq!(name(&push, "apns-collapse-id"), pass, "of what waits for a phone, the last news of a pass are enough");
    assert_ne!(name(&push, "apns-id"), first, "other news have another name");
    let (gone, _) = phone.fetch(Some(&later)).await.expect("a cancelled pass is another one");
    assert_eq!((&gone["voided"], gone.get("relevantDate")), (&true.into(), None), "it is void");
    assert!(gone.get("locations").is_none(), "and does not come up where nobody is expected");

    let let_go = phone.request(Method::DELETE, &phone.registration()).send().await.unwrap();
    assert_eq!(let_go.status(), 200, "the pass was removed from the phone");
    assert!(phone.changed(None).await.is_none(), "then there is nothing to tell it");
    let words = json!({ "logs": ["it did not work"] });
    let log = phone.request(Method::POST, "/v1/log").json(&words).send().await.unwrap();
    assert_eq!(log.status(), 200, "what a phone says is taken");
}

#[tokio::test]
async fn a_pass_opens_to_its_token_alone() {
    let (keys, apple) = (Keys::new(), Outside::start(fine).await);
    let server = Server::with(BUSINESS, |settings| keys.apple(settings, &apple.url)).await;
    let (ada, eve) = (server.plant("ada@example.org").await, server.plant("eve@example.org").await);
    let (booking, _) = booked(&server, &ada).await;
    let of = json!({ "pass": "booking", "booking": booking });
    let hers = server.post_as(&eve, "/api/v1/passes", &json!({ "wallet": "apple", "of": of })).await;
    assert_eq!(hers.status(), 422, "somebody else's appointment does not exist");
    let nobody = server.post("/api/v1/passes", &json!({ "wallet": "apple", "of": of })).await;
    assert_eq!(code(nobody).await, Code::NotSignedIn, "nor to nobody");

    let mut phone = Phone::take(&server, "phone-1", &link(&server, &ada, "apple", &of).await).await;
    let other =
        Phone::take(&server, "phone-2", &link(&server, &eve, "apple", &json!({ "pass": "membership" })).await).await;
    let right = phone.pass["authenticationToken"].clone();
    for wrong in [other.pass["authenticationToken"].clone(), json!(""), json!("x".repeat(43))] {
        phone.pass["authenticationToken"] = wrong;
        assert_eq!(phone.register().await, 401, "another's token registers nothing");
        let path = format!("/v1/passes/{PASS_TYPE}/{booking}");
        assert_eq!(phone.request(Method::GET, &path).send().await.unwrap().status(), 401, "fetches nothing");
        let delete = phone.request(Method::DELETE, &phone.registration()).send().await.unwrap();
        assert_eq!(delete.status(), 401, "and removes nothing");
    }
    phone.pass["authenticationToken"] = right;
    assert_eq!(phone.register().await, 201, "the right one does");
    let other_type = format!("/v1/passes/pass.example.other/{booking}");
    assert_eq!(phone.request(Method::GET, &other_type).send().await.unwrap().status(), 404, "of another type");
    for evil in ["phone%2F..%2Fx", "a".repeat(200).as_str(), "%0d%0a"] {
        let path = format!("/v1/devices/{evil}/registrations/{PASS_TYPE}/{booking}");
        let answer = phone.request(Method::POST, &path).json(&json!({ "pushToken": "aa" })).send().await.unwrap();
        assert!(answer.status().is_client_error(), "{evil}: {}", answer.status());
    }
    for evil in ["../../x", "phone", "0a 0b", "", &"a".repeat(201)] {
        assert_eq!(phone.register_as(evil).await, 400, "a push token is hexadecimal, unlike {evil:?}");
    }
    assert_eq!(phone.register_as(&"a".repeat(200)).await, 200, "and may be longer than today's");

    let token = phone.text("authenticationToken").as_bytes();
    for file in fs::read_dir(server.file().parent().unwrap()).unwrap() {
        let file = file.unwrap().path();
        let stored = fs::read(&file).unwrap();
        let found = stored.windows(token.len()).any(|part| part == token);
        assert!(!found, "only its hash is kept, not in {}", file.display());
    }
}

#[tokio::test]
async fn the_link_ends_and_the_pass_goes_on() {
    let (keys, apple) = (Keys::new(), Outside::start(fine).await);
    let server = Server::with(BUSINESS, |settings| keys.apple(settings, &apple.url)).await;
    let ada = server.plant("ada@example.org").await;
    let of = json!({ "pass": "membership" });
    let url = link(&server, &ada, "apple", &of).await;
    let before = versions(&server).await;
    let phone = Phone::take(&server, "phone-1", &url).await;
    assert!(phone.pass.get("storeCard").is_some(), "a membership is a card");
    assert_eq!(versions(&server).await, before, "fetching a pass changes nothing");

    let wrong = url.replace("token=", "token=x");
    assert_eq!(server.http.get(wrong).send().await.unwrap().status(), 401, "another token opens nothing");
    // Some quarter of an hour later, as far as the store knows.
    let key = portal::pass_at(ada.id, portal::PassOf::Membership);
    let document = store::Read::get(&server.store().snapshot().await.unwrap(), &key).await.unwrap().unwrap();
    let mut pass: portal::Pass = portal::documents::decode(&document).unwrap();
    pass.tokens[0].link_until = Timestamp::now();
    let write = portal::documents::write(key.space.clone(), &pass);
    server.store().commit(store::Batch { writes: vec![write], ..store::Batch::default() }).await.unwrap();
    assert_eq!(server.http.get(&url).send().await.unwrap().status(), 401, "an old link opens nothing");
    assert!(phone.fetch(None).await.is_some(), "the phone's pass is kept up to date");

    assert_eq!(phone.register().await, 201);
    let name = json!({ "type": "update_profile@1", "name": "Ada Winter" });
    server.execute(&ada, CommandId::new(), &name).await;
    apple.heard("POST /3/device/", 1).await;
    let (now, _) = phone.fetch(None).await.unwrap();
    assert_eq!(now["storeCard"]["secondaryFields"][0]["value"], "Ada Winter", "a new name comes to the card");

    // Whoever adds it on a second phone keeps the first.
    let second = Phone::take(&server, "phone-2", &link(&server, &ada, "apple", &of).await).await;
    assert_eq!(second.register().await, 201);
    assert!(phone.fetch(None).await.is_some(), "the first phone's token goes on");
}

#[tokio::test]
async fn a_link_and_its_pass_have_two_secrets() {
    let (keys, apple) = (Keys::new(), Outside::start(fine).await);
    let server = Server::with(BUSINESS, |settings| keys.apple(settings, &apple.url)).await;
    let ada = server.plant("ada@example.org").await;
    let of = json!({ "pass": "membership" });
    let url = link(&server, &ada, "apple", &of).await;
    let (page, of_link) = url.split_once("?token=").unwrap();
    let mut phone = Phone::take(&server, "phone-1", &url).await;
    let of_pass = phone.text("authenticationToken").to_owned();
    assert_ne!(of_pass, of_link, "an address is seen by many on its way");
    let again = Phone::take(&server, "phone-1", &url).await;
    assert_eq!(again.text("authenticationToken"), of_pass, "a link hands out one pass, however often it is fetched");
    let other = Phone::take(&server, "phone-2", &link(&server, &ada, "apple", &of).await).await;
    assert_ne!(other.text("authenticationToken"), of_pass, "another link another");

    let answer = server.http.get(format!("{page}?token={of_pass}")).send().await.unwrap();
    assert_eq!(answer.status(), 401, "what is in the pass is no link");
    phone.pass["authenticationToken"] = of_link.into();
    let path = format!("/v1/passes/{PASS_TYPE}/{}", phone.text("serialNumber"));
    assert_eq!(phone.request(Method::GET, &path).send().await.unwrap().status(), 401, "and the link's fetches nothing");
    assert_eq!(phone.register().await, 401, "nor registers");
    for file in fs::read_dir(server.file().parent().unwrap()).unwrap() {
        let (file, token) = (fs::read(file.unwrap().path()).unwrap(), of_link.as_bytes());
        assert!(!file.windows(token.len()).any(|part| part == token), "only the hash of the link's is kept");
    }
}

async fn versions(server: &Server) -> Vec<u64> {
    let read = server.store().snapshot().await.unwrap();
    let spaces = store::Read::spaces(&read, "").await.unwrap();
    store::Read::versions(&read, &spaces).await.unwrap()
}

#[tokio::test]
async fn a_phone_that_is_gone_is_not_told_again() {
    let keys = Keys::new();
    let apple = Outside::start(|heard| match heard.line.contains(&push("phone-1")) {
        true => (StatusCode::GONE, json!({ "reason": "Unregistered" })),
        false => (StatusCode::OK, json!({})),
    })
    .await;
    let server = Server::with(BUSINESS, |settings| keys.apple(settings, &apple.url)).await;
    let ada = server.plant("ada@example.org").await;
    let (booking, starts) = booked(&server, &ada).await;
    let of = json!({ "pass": "booking", "booking": booking });
    let (lost, kept) = (
        Phone::take(&server, "phone-1", &link(&server, &ada, "apple", &of).await).await,
        Phone::take(&server, "phone-2", &link(&server, &ada, "apple", &of).await).await,
    );
    assert_eq!((lost.register().await, kept.register().await), (201, 201));
    server.execute(&ada, CommandId::new(), &moved(booking, starts[4])).await;
    apple.heard(&push("phone-2"), 1).await;
    server.execute(&ada, CommandId::new(), &moved(booking, starts[6])).await;
    apple.heard(&push("phone-2"), 2).await;
    assert_eq!(apple.heard(&push("phone-1"), 1).await.len(), 1, "told once, and gone");
    assert!(lost.changed(None).await.is_none(), "it holds nothing any more");
}

#[tokio::test]
async fn google_gets_the_pass_and_its_changes() {
    let keys = Arc::new(Keys::new());
    let known = Mutex::new(false);
    let google = Outside::start(move |heard| {
        let bearer = heard.headers.get(header::AUTHORIZATION).map(|value| value.to_str().unwrap().to_owned());
        let mut known = known.lock().unwrap();
        match heard.line.split_once(' ').unwrap() {
            ("POST", "/token") => (StatusCode::OK, json!({ "access_token": "google-token", "expires_in": 3600 })),
            _ if bearer.as_deref() != Some("Bearer google-token") => (StatusCode::UNAUTHORIZED, json!({})),
            ("PATCH", path) if path.starts_with("/walletobjects/v1/genericObject/") => match *known {
                true => (StatusCode::OK, json!({})),
                false => (StatusCode::NOT_FOUND, json!({})),
            },
            ("POST", "/walletobjects/v1/genericClass") => (StatusCode::CONFLICT, json!({})),
            ("POST", "/walletobjects/v1/genericObject") => {
                *known = true;
                (StatusCode::OK, json!({}))
            }
            _ => (StatusCode::NOT_IMPLEMENTED, json!({})),
        }
    })
    .await;
    let server = Server::with(BUSINESS, |settings| keys.google(settings, &google.url)).await;
    let ada = server.plant("ada@example.org").await;
    let (booking, starts) = booked(&server, &ada).await;
    let url = link(&server, &ada, "google", &json!({ "pass": "booking", "booking": booking })).await;
    let token = url.strip_prefix("https://pay.google.com/gp/v/save/").expect("Google's address");
    let claims = keys.claims(token);
    let id = format!("{ISSUER}.main-{booking}");
    assert_eq!(claims["payload"]["genericObjects"][0]["id"], id, "one id for its whole life");
    assert!(token.len() <= 1_800, "Google takes no longer link: {}", token.len());

    let inserted = google.heard("POST /walletobjects/v1/genericObject", 1).await.remove(0).json();
    assert_eq!(inserted["validTimeInterval"]["start"]["date"], berlin(starts[0]), "all of it comes by the API");
    let there = json!([{ "latitude": 52.52805, "longitude": 13.41053 }]);
    assert_eq!(inserted["merchantLocations"], there, "where the business says that the place lies");
    let form = google.heard("POST /token", 1).await.remove(0).body;
    let form: BTreeMap<String, String> = url::form_urlencoded::parse(&form).into_owned().collect();
    assert_eq!(form["grant_type"], "urn:ietf:params:oauth:grant-type:jwt-bearer", "RFC 7523");
    let assertion = keys.claims(&form["assertion"]);
    assert_eq!(assertion["aud"], format!("{}/token", google.url), "for this token service alone");
    assert_eq!(assertion["scope"], "https://www.googleapis.com/auth/wallet_object.issuer", "and no more than passes");

    server.execute(&ada, CommandId::new(), &moved(booking, starts[6])).await;
    let patched = google.heard(&format!("PATCH /walletobjects/v1/genericObject/{id}"), 2).await.remove(1).json();
    assert_eq!(patched["validTimeInterval"]["start"]["date"], berlin(starts[6]), "a move comes to the pass");
    server.execute(&ada, CommandId::new(), &json!({ "type": "cancel@1", "booking": booking })).await;
    let patched = google.heard("PATCH ", 3).await.remove(2).json();
    assert_eq!(patched["state"], "EXPIRED", "and a cancellation too");
    assert_eq!(google.heard("POST /token", 1).await.len(), 1, "one token does for an hour");
}

#[tokio::test]
async fn nobody_takes_a_pass_of_what_will_not_take_place() {
    let keys = Keys::new();
    let both = |settings| keys.google(keys.apple(settings, "http://127.0.0.1:9"), "http://127.0.0.1:9");
    let server = Server::with(BUSINESS, both).await;
    let ada = server.plant("ada@example.org").await;
    let (booking, _) = booked(&server, &ada).await;
    let of = json!({ "pass": "booking", "booking": booking });
    link(&server, &ada, "apple", &of).await;
    server.execute(&ada, CommandId::new(), &json!({ "type": "cancel@1", "booking": booking })).await;
    for wallet in ["apple", "google"] {
        let ask = json!({ "wallet": wallet, "of": of });
        let answer = server.post_as(&ada, "/api/v1/passes", &ask).await;
        assert_eq!(code(answer).await, Code::Refused, "{wallet}: it was cancelled");
    }
}

#[tokio::test]
async fn without_keys_there_is_no_button() {
    let server = Server::start().await;
    let hello: Hello = server.get("/api/v1/hello").await.json().await.unwrap();
    assert!(hello.wallets.is_empty(), "nothing is promised");
    let ada = server.plant("ada@example.org").await;
    for wallet in ["apple", "google"] {
        let ask = json!({ "wallet": wallet, "of": { "pass": "membership" } });
        assert_eq!(code(server.post_as(&ada, "/api/v1/passes", &ask).await).await, Code::NotFound, "nor given");
    }
    let keys = Keys::new();
    let both = |settings| keys.google(keys.apple(settings, "http://127.0.0.1:9"), "http://127.0.0.1:9");
    let server = Server::with(BUSINESS, both).await;
    let hello: Value = server.get("/api/v1/hello").await.json().await.unwrap();
    assert_eq!(hello["wallets"], json!(["apple", "google"]), "with keys there are both");
}

#[tokio::test]
async fn a_server_with_wrong_files_does_not_start() {
    let keys = Keys::new();
    let wrong = |change: &dyn Fn(Settings) -> Settings| {
        let folder = tempfile::tempdir().unwrap();
        let settings =
            Settings { data: folder.path().to_owned(), listen: "127.0.0.1:0".parse().unwrap(), ..Settings::default() };
        let settings = change(settings);
        async move {
            let error = server::serve(settings).await.err().expect("such a server starts no business");
            drop(folder);
            format!("{error:#}")
        }
    };
    let apple = |settings| keys.apple(settings, "https://api.push.apple.com");
    let half = wrong(&|settings| Settings { apple_wwdr: Path::new("").to_owned(), ..apple(settings) }).await;
    assert!(half.contains("go together"), "{half}");
    let missing = wrong(&|settings| Settings { apple_pass_cert: keys.path("none.pem"), ..apple(settings) }).await;
    assert!(missing.contains("cannot read") && missing.contains("none.pem"), "the file is named: {missing}");
    let other = wrong(&|settings| Settings { apple_pass_key: keys.path("ca.key"), ..apple(settings) }).await;
    assert!(other.contains("belongs to another key"), "{other}");
    let open = wrong(&|settings| keys.apple(settings, "http://push.example")).await;
    assert!(open.contains("--apple-push"), "nothing goes out in the clear: {open}");
    let google = wrong(&|settings| {
        let settings = keys.google(settings, "https://walletobjects.googleapis.com");
        Settings { google_wallet_key: keys.path("pass.key"), ..settings }
    })
    .await;
    assert!(google.contains("service account"), "{google}");
    assert!(!google.contains("PRIVATE"), "an error says nothing of a key: {google}");
}
