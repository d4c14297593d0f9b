//! What `apply` accepts, and everything it finds wrong.

#![allow(clippy::unwrap_used, reason = "a test that cannot be built should panic, its builders included")]

use std::collections::BTreeSet;

use domain::{Catalogue, catalogue::Fault};
use serde_json::{Value, json};

const GOOD: &str = r##"
[business]
name = "Studio Linde"
colour = "#2f6f5e"
currency = "EUR"
contact = { email = "hello@linde.example", phone = "+49 30 1234567" }
logo = "data:image/svg+xml,%3Csvg/%3E"
policies = [{ title = "Being late", text = "Call us.\n\nWe wait ten minutes." }]

[business.terms]
cancel_until = 720

[[categories]]
id = "body"
name = "Body"

[[places]]
id = "berlin"
name = "Linde Berlin"
address = ["Hauptstraße 1", "10827 Berlin"]
zone = "Europe/Berlin"
closed = [{ from = "2026-12-24", to = "2026-12-26", reason = "Christmas" }]

[[resources]]
id = "room-1"
name = "Room 1"
kind = "room"
place = "berlin"

[[staff]]
id = "anna"
name = "Anna"
skills = ["massage"]
shifts = [{ place = "berlin", days = ["mon", "tue"], hours = ["09:00-12:30", "13:00-17:00"] }]
exceptions = [
    { date = "2026-08-03" },
    { date = "2026-08-04", place = "berlin", hours = ["10:00-12:00"] },
]

[[services]]
id = "massage"
category = "body"
name = "Massage"
places = ["berlin"]
buffer_after = 10
needs = "room"
terms = { notice = 120 }
variants = [
    { id = "half", name = "Half an hour", minutes = 30, price = { minor = 3500, currency = "EUR" } },
    { id = "full", name = "An hour", minutes = 60, price = { minor = 6000, currency = "EUR" } },
]
"##;

fn good() -> Catalogue {
    toml::from_str(GOOD).unwrap()
}

/// The faults after one value of the good catalogue was replaced.
fn faults_with(pointer: &str, value: Value) -> Vec<Fault> {
    let mut document = serde_json::to_value(good()).unwrap();
    *document.pointer_mut(pointer).unwrap_or_else(|| panic!("{pointer} is in the good catalogue")) = value;
    serde_json::from_value::<Catalogue>(document)
        .unwrap_or_else(|error| panic!("{pointer} can be read: {error}"))
        .check()
}

fn written(faults: &[Fault]) -> Vec<String> {
    faults.iter().map(ToString::to_string).collect()
}

#[test]
fn a_good_catalogue_reads_the_same_from_toml_and_json() {
    let catalogue = good();
    assert_eq!(written(&catalogue.check()), Vec::<String>::new(), "nothing is wrong with it");
    let again: Catalogue = toml::from_str(&toml::to_string(&catalogue).unwrap()).unwrap();
    assert_eq!(again, catalogue, "what is written as TOML reads back");
    let again: Catalogue = serde_json::from_str(&serde_json::to_string(&catalogue).unwrap()).unwrap();
    assert_eq!(again, catalogue, "and so as JSON");
}

#[test]
fn each_fault_is_found_where_it_is() {
    let long = |count: usize| json!("ä".repeat(count));
    let (name, most) = ("must not be empty", "at most 120 are possible");
    let cases: Vec<(&str, Value, String)> = vec![
        ("/business/name", json!("  "), format!("business.name: {name}")),
        ("/business/name", long(121), format!("business.name: has 121 characters, {most}")),
        (
            "/business/name",
            json!("A\nBcc: all@x.example"),
            "business.name: must be a single line without control characters".into(),
        ),
        ("/business/tagline", long(121), format!("business.tagline: has 121 characters, {most}")),
        ("/business/welcome", long(1001), "business.welcome: has 1001 characters, at most 1000 are possible".into()),
        ("/business/colour", json!("2f6f5e"), "business.colour: is not a colour of the form #rrggbb".into()),
        ("/business/colour", json!("#2f6f5"), "business.colour: is not a colour of the form #rrggbb".into()),
        ("/business/colour", json!("#2f6f5g"), "business.colour: is not a colour of the form #rrggbb".into()),
        ("/business/contact/email", json!(""), format!("business.contact.email: {name}")),
        ("/business/contact/email", json!("linde.example"), "business.contact.email: is not an email address".into()),
        (
            "/business/contact/email",
            json!("a b@linde.example"),
            "business.contact.email: is not an email address".into(),
        ),
        ("/business/policies/0/title", json!(""), format!("business.policies[0].title: {name}")),
        ("/business/policies/0/text", json!(""), format!("business.policies[0].text: {name}")),
        ("/business/terms/every", json!(4), "business.terms.every: is 4, but must be 5 to 1440".into()),
        ("/business/terms/every", json!(1441), "business.terms.every: is 1441, but must be 5 to 1440".into()),
        ("/business/terms/notice", json!(527_041), "business.terms.notice: is 527041, but must be 0 to 527040".into()),
        ("/business/terms/horizon", json!(3661), "business.terms.horizon: is 3661, but must be 0 to 3660".into()),
        (
            "/business/terms/reschedule_times",
            json!(101),
            "business.terms.reschedule_times: is 101, but must be 0 to 100".into(),
        ),
        ("/categories/0/name", json!(""), format!("categories[0].name: {name}")),
        ("/categories/0/id", json!("head"), r#"services[0].category: nothing is called "body""#.into()),
        ("/places/0/name", json!(""), format!("places[0].name: {name}")),
        ("/places/0/address", json!([]), format!("places[0].address: {name}")),
        ("/places/0/address/1", json!(""), format!("places[0].address[1]: {name}")),
        ("/places/0/closed/0/to", json!("2026-12-23"), "places[0].closed[0].to: ends before it begins".into()),
        ("/resources/0/place", json!("rome"), r#"resources[0].place: nothing is called "rome""#.into()),
        ("/resources/0/kind", json!("chair"), r#"services[0].needs: nothing is called "room""#.into()),
        (
            "/resources/0/id",
            json!("r".repeat(56)),
            "resources[0].id: has 56 characters, at most 55 are possible".into(),
        ),
        ("/staff/0/id", json!("s".repeat(59)), "staff[0].id: has 59 characters, at most 58 are possible".into()),
        ("/staff/0/name", json!(""), format!("staff[0].name: {name}")),
        ("/staff/0/skills/0", json!("yoga"), r#"staff[0].skills[0]: nothing is called "yoga""#.into()),
        ("/staff/0/shifts/0/place", json!("rome"), r#"staff[0].shifts[0].place: nothing is called "rome""#.into()),
        ("/staff/0/shifts/0/days", json!([]), format!("staff[0].shifts[0].days: {name}")),
        ("/staff/0/shifts/0/hours", json!([]), format!("staff[0].shifts[0].hours: {name}")),
        ("/staff/0/exceptions/1/place", json!(null), "staff[0].exceptions[1].place: has hours but no place".into()),
        (
            "/staff/0/exceptions/1/place",
            json!("rome"),
            r#"staff[0].exceptions[1].place: nothing is called "rome""#.into(),
        ),
        ("/services/0/name", json!(""), format!("services[0].name: {name}")),
        (
            "/services/0/description",
            long(1001),
            "services[0].description: has 1001 characters, at most 1000 are possible".into(),
        ),
        ("/services/0/variants", json!([]), format!("services[0].variants: {name}")),
        ("/services/0/variants/1/id", json!("half"), r#"services[0].variants[1].id: "half" is in use already"#.into()),
        ("/services/0/variants/1/name", json!(""), format!("services[0].variants[1].name: {name}")),
        (
            "/services/0/variants/0/minutes",
            json!(0),
            "services[0].variants[0].minutes: is 0, but must be 1 to 1440".into(),
        ),
        (
            "/services/0/variants/0/minutes",
            json!(1441),
            "services[0].variants[0].minutes: is 1441, but must be 1 to 1440".into(),
        ),
        (
            "/services/0/variants/0/price/minor",
            json!(-1),
            "services[0].variants[0].price.minor: is -1, but must be 0 to 1000000000000".into(),
        ),
        (
            "/services/0/variants/0/price/currency",
            json!("CHF"),
            "services[0].variants[0].price.currency: is in CHF, but the business's currency is EUR".into(),
        ),
        ("/services/0/places/0", json!("rome"), r#"services[0].places[0]: nothing is called "rome""#.into()),
        ("/services/0/buffer_before", json!(1441), "services[0].buffer_before: is 1441, but must be 0 to 1440".into()),
        ("/services/0/capacity", json!(0), "services[0].capacity: is 0, but must be 1 to 65535".into()),
        ("/services/0/terms", json!({ "every": 1 }), "services[0].terms.every: is 1, but must be 5 to 1440".into()),
    ];
    for (pointer, value, expected) in cases {
        assert_eq!(written(&faults_with(pointer, value)), [expected], "{pointer} has that fault and causes no other");
    }
}

#[test]
fn a_logo_is_a_small_image_in_the_document() {
    let logo = |text: String| written(&faults_with("/business/logo", json!(text)));
    for good in
        ["", "data:image/png;base64,iVBORw0KGgo=", "data:image/webp;base64,UklGRg==", "data:image/svg+xml;utf8,<svg/>"]
    {
        assert!(logo(good.to_owned()).is_empty(), "{good:?} is an image, or none");
    }
    let bad = [
        "https://linde.example/logo.png",
        "data:text/html,<script>",
        "data:image/png",
        "data:image/pngx,1",
        "data:image/gif;base64,R0lGOD",
        "javascript:alert(1)",
    ];
    for bad in bad {
        let fault = "business.logo: is not a data: URL of an SVG, PNG or WebP image";
        assert_eq!(logo(bad.to_owned()), [fault], "{bad:?} would be loaded from elsewhere, or is no image");
    }
    let head = "data:image/png;base64,";
    assert!(logo(format!("{head}{}", "A".repeat(65_536 - head.len()))).is_empty(), "64 KiB is the most");
    let large = logo(format!("{head}{}", "A".repeat(65_537 - head.len())));
    assert_eq!(large, ["business.logo: has 65537 bytes, at most 65536 are possible"], "a byte more is too large");
}

#[test]
fn an_id_is_used_once_in_its_kind() {
    for kind in ["categories", "places", "resources", "staff", "services"] {
        let mut document = serde_json::to_value(good()).unwrap();
        let list = document[kind].as_array_mut().unwrap();
        let first = list[0].clone();
        let id = first["id"].as_str().unwrap().to_owned();
        list.push(first);
        let catalogue: Catalogue = serde_json::from_value(document).unwrap();
        assert_eq!(
            written(&catalogue.check()),
            [format!("{kind}[1].id: {id:?} is in use already")],
            "the second is one too many"
        );
    }
}

#[test]
fn all_faults_are_told_at_once() {
    let mut catalogue = good();
    catalogue.business.name.clear();
    catalogue.places.clear();
    catalogue.services[0].capacity = 0;
    let faults = catalogue.check();
    let paths: Vec<&str> = faults.iter().map(|fault| fault.path.as_str()).collect();
    let expected = [
        "business.name",
        "resources[0].place",
        "staff[0].shifts[0].place",
        "staff[0].exceptions[1].place",
        "services[0].places[0]",
        "services[0].capacity",
    ];
    assert_eq!(paths, expected, "in the order of the document, every use of the missing place included");
    let unique: BTreeSet<_> = paths.iter().collect();
    assert_eq!(unique.len(), paths.len(), "nothing is told twice");
    let json = serde_json::to_value(&faults[5]).unwrap();
    let facts = json!({ "path": "services[0].capacity", "code": "out_of_range", "facts": { "value": 0, "least": 1, "most": 65535 } });
    assert_eq!(json, facts, "a fault crosses boundaries as code and facts");
}

#[test]
fn reading_refuses_what_is_no_value() {
    let cases = [
        ("colour =", "color =", "a business without a colour"),
        ("Europe/Berlin", "Europe/Bielefeld", "an unknown zone"),
        ("09:00-12:30", "9-12:30", "hours of another form"),
        ("id = \"anna\"", "id = \"Anna K.\"", "an id that is no slug"),
        ("\"mon\"", "\"monday\"", "an unknown day"),
        ("currency = \"EUR\"\n", "currency = \"euro\"\n", "a currency that is no code"),
        ("2026-12-24", "2026-02-30", "a date that does not exist"),
        ("minutes = 30", "minutes = -30", "a negative length"),
    ];
    for (from, to, why) in cases {
        let document = GOOD.replacen(from, to, 1);
        assert_ne!(document, GOOD, "{from} is in the good catalogue");
        assert!(toml::from_str::<Catalogue>(&document).is_err(), "{why} is refused");
    }
}
