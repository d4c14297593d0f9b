//! Google Wallet's link: who signed it, what it says and how long it is.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::{Booking, BookingState, booking::Names};
use paper::{
    google_wallet::{Account, AccountError},
    pass::Shows,
};
use serde_json::{Value, json};

use testkit::Authority;

use crate::sample::{CODE, LINK, booking, business, now, profile};

const ISSUER: &str = "3388000000012345678";
const ORIGIN: &str = "https://salon.example";

fn account_file(authority: &Authority) -> Vec<u8> {
    let key = String::from_utf8(authority.read("pass.key")).unwrap();
    let file = json!({
        "type": "service_account", "private_key_id": "k1", "private_key": key,
        "client_email": "passes@salon.iam.gserviceaccount.com", "token_uri": "https://oauth2.googleapis.com/token",
    });
    file.to_string().into_bytes()
}

fn shows(booking: &Booking) -> Shows<'_> {
    Shows::Appointment { booking, link: LINK, code: CODE }
}

/// Header and claims of a token, once OpenSSL has found the account's signature right.
fn opened(authority: &Authority, token: &str) -> (Value, Value) {
    let parts: Vec<&str> = token.split('.').collect();
    let [header, claims, signature] = parts[..] else { panic!("a token has three parts") };
    std::fs::write(authority.path("signed"), format!("{header}.{claims}")).unwrap();
    std::fs::write(authority.path("signature"), URL_SAFE_NO_PAD.decode(signature).unwrap()).unwrap();
    authority.openssl(&["rsa", "-in", "pass.key", "-pubout", "-out", "public.pem"]);
    authority.openssl(&["dgst", "-sha256", "-verify", "public.pem", "-signature", "signature", "signed"]);
    let read = |part: &str| serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap();
    (read(header), read(claims))
}

#[test]
fn a_link_saves_an_object_of_this_issuer() {
    let authority = Authority::new();
    let account = Account::new(ISSUER, &account_file(&authority)).unwrap();
    let booking = booking();
    let object = account.object("salon-appointment", "salon-1", &business(), &shows(&booking));
    let link = account.save_link(&object, ORIGIN, now());
    let token = link.strip_prefix("https://pay.google.com/gp/v/save/").expect("Google's address");
    let (header, claims) = opened(&authority, token);
    assert_eq!((&header["alg"], &header["kid"]), (&"RS256".into(), &"k1".into()), "as Google asks for it");
    assert_eq!((&claims["aud"], &claims["typ"]), (&"google".into(), &"savetowallet".into()));
    assert_eq!(claims["iss"], "passes@salon.iam.gserviceaccount.com", "the account vouches");
    assert_eq!(claims["iat"], now().as_second(), "now");
    assert_eq!(claims["origins"], json!([ORIGIN]), "from this page");
    let saved = &claims["payload"]["genericObjects"][0];
    assert_eq!(saved["id"], format!("{ISSUER}.salon-1"), "named for its whole life");
    assert_eq!(saved["classId"], claims["payload"]["genericClasses"][0]["id"], "its class comes with it");
    assert_eq!(saved["barcode"]["value"], CODE, "the counter reads it");
    assert_eq!(saved["validTimeInterval"]["start"]["date"], "2026-11-27T14:00:00+01:00", "the venue's time");
    assert!(token.len() <= 1_800, "{} characters fit into a link", token.len());
}

#[test]
fn a_link_is_never_too_long() {
    let authority = Authority::new();
    let account = Account::new(ISSUER, &account_file(&authority)).unwrap();
    let (mut booking, mut business) = (booking(), business());
    for long in [100, 1_000, 10_000] {
        booking.names.service = "Ü".repeat(long);
        booking.names.address = "ß".repeat(long);
        business.name = "Salon ".repeat(long);
        let object = account.object("salon-appointment", "salon-1", &business, &shows(&booking));
        let link = account.save_link(&object, ORIGIN, now());
        let token = link.rsplit('/').next().unwrap();
        assert!(token.len() <= 1_800, "{} characters with names of {long}", token.len());
        let (_, claims) = opened(&authority, token);
        assert_eq!(claims["payload"]["genericObjects"][0]["id"], object.id, "what is left out, Google has by its id");
    }
}

#[test]
fn a_cancelled_appointment_is_over() {
    let authority = Authority::new();
    let account = Account::new(ISSUER, &account_file(&authority)).unwrap();
    let cancelled = Booking { state: BookingState::Cancelled, ..booking() };
    let object = account.object("salon-appointment", "salon-1", &business(), &shows(&cancelled));
    assert_eq!(object.body["state"], "EXPIRED", "it leaves the front of the wallet");
    let (business, profile) = (business(), profile());
    let shows = Shows::Membership { profile: &profile, link: LINK };
    let member = account.object("salon-membership", "salon-2", &business, &shows);
    assert_eq!(member.body["state"], "ACTIVE", "a membership goes on");
    assert_eq!(member.body["header"]["defaultValue"]["value"], "Ada Winter", "and is somebody's");
    assert!(member.body.get("barcode").is_none(), "it opens nothing");
}

#[test]
fn an_appointment_is_near_its_place() {
    let authority = Authority::new();
    let account = Account::new(ISSUER, &account_file(&authority)).unwrap();
    let (business, profile) = (business(), profile());
    let body = |shows: &Shows<'_>| account.object("salon-appointment", "salon-1", &business, shows).body;
    let there = body(&shows(&booking()));
    assert_eq!(there["merchantLocations"], json!([{ "latitude": 52.52805, "longitude": 13.41053 }]));
    assert!(there.get("locations").is_none(), "Google's former field is not asked for any more");
    let nowhere = Booking { names: Names { location: None, ..booking().names }, ..booking() };
    for (why, booking) in [
        ("no place that we do not know", nowhere),
        ("nobody is expected there", Booking { state: BookingState::Cancelled, ..booking() }),
    ] {
        let none = &body(&shows(&booking))["merchantLocations"];
        assert_eq!(none, &json!([]), "{why}; and what was said before is taken back");
    }
    let member = body(&Shows::Membership { profile: &profile, link: LINK });
    assert!(member.get("merchantLocations").is_none(), "a membership is at home everywhere");
}

#[test]
fn files_that_are_no_account_are_named() {
    let authority = Authority::new();
    let file = account_file(&authority);
    let why = |issuer: &str, file: &[u8]| Account::new(issuer, file).map(|_| ()).unwrap_err();
    assert!(matches!(why(ISSUER, b"{}"), AccountError::NotAccount(_)), "not the file that Google gives");
    for issuer in ["", "salon", "33.88", "3388 "] {
        assert_eq!(why(issuer, &file), AccountError::Issuer, "{issuer:?} is no issuer");
    }
    let mut broken: Value = serde_json::from_slice(&file).unwrap();
    broken["private_key"] = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n".into();
    assert!(matches!(why(ISSUER, broken.to_string().as_bytes()), AccountError::Key(_)), "a key that is none");
}
