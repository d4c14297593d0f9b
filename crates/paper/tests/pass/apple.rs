//! `.pkpass`: what OpenSSL and Apple's reference say of it.

use std::{
    collections::BTreeMap,
    fs,
    io::{Cursor, Read as _},
};

use domain::{Booking, BookingState, booking::Names};
use paper::pass::{self, KeyError, Pass, Shows, Signer, SignerError, Updates};
use ring::digest;
use serde_json::{Value, json};

use testkit::{Authority, PASS_TYPE, TEAM};

use crate::sample::{CODE, LINK, booking, business, now, profile};

type Parts = BTreeMap<String, Vec<u8>>;

fn signer(authority: &Authority) -> Result<Signer, SignerError> {
    Signer::new(&authority.read("pass.pem"), &authority.read("pass.key"), &authority.read("ca.pem"))
}

fn file(signer: &Signer, booking: &Booking) -> Vec<u8> {
    let business = business();
    let updates = Some(Updates { service: "https://salon.example/passkit", token: "a-token-of-some-length" });
    let shows = Shows::Appointment { booking, link: LINK, code: CODE };
    pass::write(&Pass { serial: "01990000", business: &business, shows, updates }, signer, now()).unwrap()
}

fn unpacked(file: &[u8]) -> Parts {
    let mut archive = zip::ZipArchive::new(Cursor::new(file)).unwrap();
    (0..archive.len())
        .map(|at| {
            let mut part = archive.by_index(at).unwrap();
            let mut bytes = Vec::new();
            part.read_to_end(&mut bytes).unwrap();
            (part.name().unwrap().into_owned(), bytes)
        })
        .collect()
}

fn described(file: &[u8]) -> Value {
    serde_json::from_slice(&unpacked(file)["pass.json"]).unwrap()
}

/// The fields of a pass by their keys, wherever they stand.
fn fields(json: &Value) -> BTreeMap<String, Value> {
    let style = json.get("eventTicket").or(json.get("storeCard")).unwrap();
    let all = style.as_object().unwrap().values().filter_map(Value::as_array).flatten();
    all.map(|field| (field["key"].as_str().unwrap().to_owned(), field.clone())).collect()
}

/// What OpenSSL says of a signature over a manifest.
fn verified(authority: &Authority, parts: &Parts) -> Result<String, String> {
    fs::write(authority.path("signature"), &parts["signature"]).unwrap();
    fs::write(authority.path("manifest.json"), &parts["manifest.json"]).unwrap();
    authority.try_openssl(&[
        "cms",
        "-verify",
        "-inform",
        "DER",
        "-in",
        "signature",
        "-content",
        "manifest.json",
        "-binary",
        "-CAfile",
        "ca.pem",
        "-purpose",
        "any",
        "-signer",
        "signer.pem",
        "-out",
        "verified",
    ])
}

#[test]
fn openssl_and_the_manifest_vouch_for_a_pass() {
    let authority = Authority::new();
    let parts = unpacked(&file(&signer(&authority).unwrap(), &booking()));
    verified(&authority, &parts).expect("the signature is the pass certificate's, under its authority");
    let subject = authority.openssl(&["x509", "-in", "signer.pem", "-noout", "-subject", "-nameopt", "RFC2253"]);
    assert!(subject.contains(&format!("UID={PASS_TYPE}")), "signed by the certificate of the pass type: {subject}");
    let printed = authority.openssl(&["cms", "-cmsout", "-print", "-noout", "-inform", "DER", "-in", "signature"]);
    assert!(printed.contains("signingTime"), "Wallet wants to know when it was signed");
    assert!(printed.contains("Nov 20 09:00:00 2026 GMT"), "and that is the moment passed in: {printed}");

    let manifest: BTreeMap<String, String> = serde_json::from_slice(&parts["manifest.json"]).unwrap();
    let sum = |part: &[u8]| -> String {
        let digest = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, part);
        digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
    };
    let sums: BTreeMap<String, String> = parts
        .iter()
        .filter(|(name, _)| !matches!(name.as_str(), "manifest.json" | "signature"))
        .map(|(name, part)| (name.clone(), sum(part)))
        .collect();
    assert_eq!(manifest, sums, "every part is in the manifest, and nothing else");
    for name in ["icon.png", "icon@2x.png", "icon@3x.png", "logo.png", "en.lproj/pass.strings", "pass.json"] {
        assert!(parts.contains_key(name), "{name} belongs into a pass");
    }
}

#[test]
fn a_signature_is_for_one_manifest_and_one_authority() {
    let authority = Authority::new();
    let mut parts = unpacked(&file(&signer(&authority).unwrap(), &booking()));
    parts.get_mut("manifest.json").unwrap().push(b' ');
    assert!(verified(&authority, &parts).is_err(), "one byte more is another manifest");
    parts.get_mut("manifest.json").unwrap().pop();
    assert!(verified(&Authority::new(), &parts).is_err(), "another authority vouches for nothing");
    assert!(verified(&authority, &parts).is_ok(), "and the unchanged one is fine");
}

#[test]
fn the_same_pass_is_the_same_file() {
    let signer = signer(&Authority::new()).unwrap();
    assert_eq!(file(&signer, &booking()), file(&signer, &booking()), "nothing in it is by chance");
}

#[test]
fn an_appointment_says_what_apple_asks_for() {
    let authority = Authority::new();
    let json = described(&file(&signer(&authority).unwrap(), &booking()));
    for (name, wanted) in [
        ("formatVersion", Value::from(1)),
        ("passTypeIdentifier", PASS_TYPE.into()),
        ("teamIdentifier", TEAM.into()),
        ("organizationName", "Salon Ada".into()),
        ("description", "Haircut · Salon Ada".into()),
        ("serialNumber", "01990000".into()),
        ("webServiceURL", "https://salon.example/passkit".into()),
        ("authenticationToken", "a-token-of-some-length".into()),
        ("relevantDate", "2026-11-27T14:00:00+01:00".into()),
        ("expirationDate", "2026-11-28T00:00:00+01:00".into()),
        ("voided", false.into()),
        ("backgroundColor", "rgb(47, 107, 79)".into()),
        ("foregroundColor", "rgb(255, 255, 255)".into()),
    ] {
        assert_eq!(json[name], wanted, "{name}");
    }
    let dates = &json["relevantDates"][0];
    assert_eq!(dates["startDate"], "2026-11-27T14:00:00+01:00", "from the start");
    assert_eq!(dates["endDate"], "2026-11-27T15:00:00+01:00", "to the end it is on the lock screen");
    let code = &json["barcodes"][0];
    assert_eq!(
        (&code["message"], &code["format"]),
        (&CODE.into(), &"PKBarcodeFormatQR".into()),
        "the counter reads it"
    );
    assert_eq!(code["altText"], booking().reference.to_string(), "and a person can type it");
    let fields = fields(&json);
    assert_eq!(fields["when"]["value"], "2026-11-27T14:00:00+01:00", "the venue's time");
    assert_eq!(fields["when"]["ignoresTimeZone"], true, "wherever the phone is");
    let news = fields["when"]["changeMessage"].as_str().unwrap();
    assert!(news.contains("%@"), "a moved appointment says its new time: {news}");
    assert_eq!(fields["zone"]["value"], "Europe/Berlin", "the zone is named");
}

#[test]
fn an_appointment_comes_to_the_lock_screen_at_its_place() {
    let authority = Authority::new();
    let signer = signer(&authority).unwrap();
    let file_of = |booking: &Booking| file(&signer, booking);
    let parts = unpacked(&file_of(&booking()));
    let json: Value = serde_json::from_slice(&parts["pass.json"]).unwrap();
    let text = "Your appointment is close by";
    let there = json!([{ "latitude": 52.52805, "longitude": 13.41053, "relevantText": text }]);
    assert_eq!(json["locations"], there, "where the business says that it is");
    let all: Vec<_> = parts.iter().filter(|(name, _)| name.ends_with(".lproj/pass.strings")).collect();
    assert!(!all.is_empty(), "a pass has a language");
    for (language, strings) in all {
        let strings = String::from_utf8_lossy(strings);
        assert!(strings.contains(&format!("\"{text}\" = \"")), "{language} has the sentence, too");
    }

    let names = |location| Names { location, ..booking().names };
    let nowhere = Booking { names: names(None), ..booking() };
    assert!(described(&file_of(&nowhere)).get("locations").is_none(), "no place that we do not know");
    for state in [BookingState::Cancelled, BookingState::Completed, BookingState::NoShow, BookingState::Postponed] {
        let json = described(&file_of(&Booking { state, ..booking() }));
        assert_eq!(
            (json.get("locations"), &json["voided"]),
            (None, &true.into()),
            "{state:?}: nobody is expected there"
        );
    }
}

#[test]
fn every_label_has_its_word() {
    let authority = Authority::new();
    let file = file(&signer(&authority).unwrap(), &Booking { party: 3, ..booking() });
    let strings = String::from_utf8(unpacked(&file)["en.lproj/pass.strings"].clone()).unwrap();
    for (key, field) in fields(&described(&file)) {
        for text in [field.get("label"), field.get("changeMessage")].into_iter().flatten() {
            let line = format!("\"{}\" = ", text.as_str().unwrap());
            assert!(strings.contains(&line), "{key}: {text} can be translated");
        }
    }
}

#[test]
fn a_moved_or_cancelled_appointment_says_so() {
    let authority = Authority::new();
    let signer = signer(&authority).unwrap();
    let mut moved = booking();
    // The night in which the clock goes back: the second 02:30 is another moment than the first.
    moved.span.from = "2026-10-25T01:30Z".parse().unwrap();
    moved.span.to = "2026-10-25T02:30Z".parse().unwrap();
    let json = described(&file(&signer, &moved));
    assert_eq!(json["relevantDate"], "2026-10-25T02:30:00+01:00", "the offset tells which of the two it is");
    assert_eq!(json["expirationDate"], "2026-10-26T00:00:00+01:00", "until the end of that day");
    let cancelled = Booking { state: BookingState::Cancelled, ..booking() };
    let json = described(&file(&signer, &cancelled));
    assert_eq!(json["voided"], true, "a cancelled appointment's pass is void");
    assert!(json.get("relevantDate").is_none(), "and does not come to the lock screen");
    assert_eq!(fields(&json)["status"]["value"], "Cancelled", "it says why");
}

#[test]
fn a_membership_claims_nothing_that_is_not_there() {
    let authority = Authority::new();
    let (business, profile) = (business(), profile());
    let shows = Shows::Membership { profile: &profile, link: "https://salon.example/agenda" };
    let pass = Pass { serial: "01990001", business: &business, shows, updates: None };
    let json = described(&pass::write(&pass, &signer(&authority).unwrap(), now()).unwrap());
    assert_eq!(fields(&json)["name"]["value"], "Ada Winter", "whose it is");
    assert_eq!(fields(&json)["since"]["value"], "2024-03-01T10:00:00Z", "since when");
    for name in ["barcodes", "webServiceURL", "locations", "relevantDate", "expirationDate", "voided"] {
        assert!(json.get(name).is_none(), "{name} would promise something");
    }
}

#[test]
fn what_people_write_stays_a_text() {
    let authority = Authority::new();
    let mut evil = booking();
    evil.names.service = "Cut\u{0}\",\"voided\":true,\"x\":\"\r\n\u{1b}[31m".to_owned();
    evil.names.staff = "x".repeat(100_000);
    let json = described(&file(&signer(&authority).unwrap(), &evil));
    assert_eq!(json["voided"], false, "a quote in a name ends nothing");
    let what = fields(&json)["what"]["value"].as_str().unwrap().to_owned();
    assert!(!what.contains(['\u{0}', '\u{1b}', '\r']), "no control characters: {what:?}");
    assert!(fields(&json)["with"]["value"].as_str().unwrap().len() <= 4_000, "and nothing without end");
}

#[test]
fn files_that_do_not_fit_together_are_named() {
    let (authority, other) = (Authority::new(), Authority::new());
    let (cert, key, ca) = (authority.read("pass.pem"), authority.read("pass.key"), authority.read("ca.pem"));
    let why = |cert: &[u8], key: &[u8], ca: &[u8]| Signer::new(cert, key, ca).map(|_| ()).unwrap_err();
    assert_eq!(why(b"x", &key, &ca), SignerError::Certificate);
    assert_eq!(why(&cert, &key, b"-----BEGIN CERTIFICATE-----\n"), SignerError::Intermediate);
    assert_eq!(why(&cert, b"x", &ca), SignerError::Key(KeyError::NoKey));
    assert_eq!(why(&cert, &other.read("pass.key"), &ca), SignerError::OtherKey, "two renewals mixed up");
    authority.openssl(&["rsa", "-aes128", "-passout", "pass:secret", "-in", "pass.key", "-out", "locked.key"]);
    assert_eq!(why(&cert, &authority.read("locked.key"), &ca), SignerError::Key(KeyError::NoKey), "a locked key");
    authority.openssl(&["ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", "ec.key"]);
    assert_eq!(why(&cert, &authority.read("ec.key"), &ca), SignerError::Key(KeyError::NotRsa), "no RSA key");
    let issuer = authority.read("pass.pem");
    assert!(
        matches!(why(&issuer, &key, &issuer), SignerError::OtherIssuer { issuer } if issuer.contains("Test WWDR CA")),
        "last year's intermediate, and which one it should be"
    );
    let plain = Authority::with("/CN=Something else/OU=TEAM123456");
    assert_eq!(signer(&plain).map(|_| ()).unwrap_err(), SignerError::NoPassType, "a certificate for something else");
    let teamless = Authority::with("/UID=pass.example.salon/CN=Something else");
    assert_eq!(signer(&teamless).map(|_| ()).unwrap_err(), SignerError::NoTeam);
    authority.openssl(&["x509", "-in", "ca.pem", "-outform", "DER", "-out", "ca.cer"]);
    let signer = Signer::new(&cert, &key, &authority.read("ca.cer")).expect("as Apple gives it, in DER");
    assert_eq!((signer.pass_type(), signer.team()), (PASS_TYPE, TEAM), "what the certificate says");
    assert!(signer.expires() > domain::Timestamp::now(), "it is new");
}
