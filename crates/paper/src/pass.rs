//! Passes for Apple Wallet: a signed archive (`.pkpass`) that shows an appointment or a membership (M07, M09).
//!
//! **Invariant:** the same pass at the same moment is the same bytes. **Invariant:** times are those of the venue, with
//! their offset, and are shown so wherever the phone is. **Invariant:** no text from outside becomes anything but a
//! text.
//!
//! Design: [`write`] makes `pass.json`, the words of each language and the pictures; `archive` packs them with a manifest,
//! and [`Signer`] signs that. A pass says where it can be fetched anew ([`Updates`]); its serial number never changes.
//!
//! Not done yet: other languages than English; points and tier on a membership, which Datebook does not have.
//!
//! Source: Apple's "Wallet Passes" reference for `pass.json`, and its "Wallet Passes web service".

mod archive;
mod mark;
mod signer;
mod words;

use domain::{Booking, BookingState, Business, Profile, Timestamp};
use serde_json::{Value, json};

use self::archive::Parts;
pub use self::signer::{Signer, SignerError};
use crate::colour::Colour;
pub use crate::key::KeyError;

/// The content type of a pass.
pub const CONTENT_TYPE: &str = "application/vnd.apple.pkpass";

/// Most characters of a text that is not ours: what is longer does not fit on a phone's back of a pass either.
const LONGEST: usize = 4_000;

/// A pass could not be written. Nothing that people type brings this about.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the pass cannot be written: {0}")]
pub struct PassError(pub(crate) String);

/// One pass.
#[derive(Debug, Clone, Copy)]
pub struct Pass<'a> {
    /// Its name for as long as it lives; unique within the pass type.
    pub serial: &'a str,
    /// Whose it is.
    pub business: &'a Business,
    /// What it shows.
    pub shows: Shows<'a>,
    /// How it is fetched anew; without it a pass stays as it is.
    pub updates: Option<Updates<'a>>,
}

/// What a pass shows.
#[derive(Debug, Clone, Copy)]
pub enum Shows<'a> {
    /// One appointment.
    Appointment {
        /// Which.
        booking: &'a Booking,
        /// Where it is seen and changed.
        link: &'a str,
        /// What the counter reads from the code.
        code: &'a str,
    },
    /// That somebody is a customer.
    Membership {
        /// Who.
        profile: &'a Profile,
        /// Where they see their appointments.
        link: &'a str,
    },
}

/// How a phone fetches a pass anew.
#[derive(Debug, Clone, Copy)]
pub struct Updates<'a> {
    /// The address of the web service, without `/v1`.
    pub service: &'a str,
    /// What the phone shows there; at least 16 characters.
    pub token: &'a str,
}

/// The file.
///
/// # Errors
/// See [`PassError`].
pub fn write(pass: &Pass<'_>, signer: &Signer, now: Timestamp) -> Result<Vec<u8>, PassError> {
    let colour = Colour::of(&pass.business.colour);
    let mut parts = Parts::new();
    let json = serde_json::to_vec_pretty(&described(pass, signer, colour)).map_err(|e| PassError(e.to_string()))?;
    parts.insert("pass.json".to_owned(), json);
    for (suffix, scale) in [("", 1), ("@2x", 2), ("@3x", 3)] {
        parts.insert(format!("icon{suffix}.png"), mark::icon(colour, 29 * scale)?);
        parts.insert(format!("logo{suffix}.png"), mark::logo(&pass.business.logo, colour, scale)?);
    }
    for language in words::LANGUAGES {
        parts.insert(format!("{}.lproj/pass.strings", language.code), language.strings().into_bytes());
    }
    archive::pack(parts, signer, now)
}

/// `pass.json`.
fn described(pass: &Pass<'_>, signer: &Signer, colour: Colour) -> Value {
    let Pass { serial, business, shows, updates } = pass;
    let mut json = json!({
        "formatVersion": 1,
        "passTypeIdentifier": signer.pass_type(),
        "teamIdentifier": signer.team(),
        "serialNumber": serial,
        "organizationName": said(&business.name),
        "logoText": said(&business.name),
        "backgroundColor": colour.rgb(),
        "foregroundColor": colour.ink().rgb(),
        "labelColor": colour.ink().rgb(),
    });
    if let Some(Updates { service, token }) = updates {
        json["webServiceURL"] = json!(service);
        json["authenticationToken"] = json!(token);
    }
    match shows {
        Shows::Appointment { booking, link, code } => appointment(&mut json, business, booking, link, code),
        Shows::Membership { profile, link } => membership(&mut json, business, profile, link),
    }
    json
}

fn appointment(json: &mut Value, business: &Business, booking: &Booking, link: &str, code: &str) {
    let names = &booking.names;
    let iso = |at: Timestamp| booking.zone.zoned(at).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string();
    let (from, to) = (iso(booking.span.from), iso(booking.span.to));
    // A pass is put away when the day of the visit is over, not while somebody may still be on the way.
    let last = booking.zone.day(booking.zone.date(booking.span.to)).to;
    let reference = booking.reference.to_string();
    let (what, kind) = (said(&names.service), said(&names.variant));
    json["description"] = json!(format!("{what} · {}", said(&business.name)));
    json["expirationDate"] = json!(iso(last));
    json["voided"] = json!(!shows_up(booking.state));
    if shows_up(booking.state) {
        json["relevantDate"] = json!(from);
        json["relevantDates"] = json!([{ "startDate": from, "endDate": to }]);
        if let Some(location) = names.location {
            json["locations"] = json!([{
                "latitude": location.latitude(), "longitude": location.longitude(), "relevantText": words::NEAR,
            }]);
        }
    }
    json["barcodes"] = json!([{
        "format": "PKBarcodeFormatQR", "message": code, "messageEncoding": "iso-8859-1", "altText": reference,
    }]);
    let mut auxiliary =
        vec![field("with", words::WITH, said(&names.staff)), field("where", words::WHERE, said(&names.place))];
    let mut status = field("status", words::STATUS, status(booking.state).to_owned());
    status["changeMessage"] = json!(words::NOW_IS);
    auxiliary.push(status);
    if booking.party > 1 {
        auxiliary.push(field("party", words::PEOPLE, booking.party.to_string()));
    }
    let mut when = moment("when", words::WHEN, &from, "PKDateStyleMedium", "PKDateStyleShort");
    when["changeMessage"] = json!(words::NOW_AT);
    let mut back = vec![
        field("reference", words::REFERENCE, reference),
        moment("ends", words::LENGTH, &to, "PKDateStyleNone", "PKDateStyleShort"),
        field("zone", words::ZONE, booking.zone.to_string()),
        field("address", words::ADDRESS, said(&names.address)),
        field("change", words::CHANGE, link.to_owned()),
    ];
    back.extend(contact(business));
    json["eventTicket"] = json!({
        "headerFields": [moment("date", words::DATE, &from, "PKDateStyleShort", "PKDateStyleNone")],
        "primaryFields": [field("what", words::APPOINTMENT, joined(&[&what, &kind], ", "))],
        "secondaryFields": [when],
        "auxiliaryFields": kept(auxiliary),
        "backFields": kept(back),
    });
}

fn membership(json: &mut Value, business: &Business, profile: &Profile, link: &str) {
    json["description"] = json!(format!("{} · {}", words::MEMBER, said(&business.name)));
    let mut name = field("name", words::MEMBER, said(&profile.name));
    name["changeMessage"] = json!(words::NAME_NOW);
    let since = profile.created.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let mut back = vec![field("change", words::CHANGE, link.to_owned())];
    back.extend(contact(business));
    back.push(field("policies", words::POLICIES, policies(business)));
    json["storeCard"] = json!({
        "secondaryFields": kept(vec![name, moment("since", words::SINCE, &since, "PKDateStyleMedium", "PKDateStyleNone")]),
        "backFields": kept(back),
    });
}

/// Whether the customer is expected, or there.
fn shows_up(state: BookingState) -> bool {
    state.is_live()
}

pub(crate) fn status(state: BookingState) -> &'static str {
    match state {
        BookingState::Draft | BookingState::AwaitingProvider => words::REQUESTED,
        BookingState::AwaitingPayment => words::NOT_PAID,
        BookingState::Confirmed => words::CONFIRMED,
        BookingState::CheckedIn => words::CHECKED_IN,
        BookingState::Postponed => words::POSTPONED,
        BookingState::Cancelled => words::CANCELLED,
        BookingState::Completed | BookingState::NoShow => words::OVER,
    }
}

fn contact(business: &Business) -> Vec<Value> {
    let lines = joined(&[&said(&business.name), &said(&business.contact.phone), &said(&business.contact.email)], "\n");
    vec![field("contact", words::CONTACT, lines)]
}

fn policies(business: &Business) -> String {
    let texts: Vec<String> =
        business.policies.iter().map(|policy| format!("{}\n{}", policy.title, policy.text)).collect();
    said(&texts.join("\n\n"))
}

fn field(key: &str, label: &str, value: String) -> Value {
    json!({ "key": key, "label": label, "value": value })
}

/// A moment that is shown in the venue's time wherever the phone is.
fn moment(key: &str, label: &str, iso: &str, date: &str, time: &str) -> Value {
    json!({ "key": key, "label": label, "value": iso, "dateStyle": date, "timeStyle": time, "ignoresTimeZone": true })
}

/// Fields that say something.
fn kept(fields: Vec<Value>) -> Vec<Value> {
    fields.into_iter().filter(|field| field["value"] != "").collect()
}

pub(crate) fn joined(parts: &[&str], between: &str) -> String {
    let parts: Vec<&str> = parts.iter().copied().filter(|part| !part.is_empty()).collect();
    parts.join(between)
}

/// A text that people wrote: lines stay, other control characters go, and so does what is beyond all measure.
fn said(text: &str) -> String {
    text.chars().filter(|c| !c.is_control() || *c == '\n').take(LONGEST).collect::<String>().trim().to_owned()
}
