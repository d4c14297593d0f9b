//! Passes for Google Wallet: objects that Google keeps, and the signed link by which a customer saves one (M08, M09).
//!
//! **Invariant:** a link is never longer than what browsers and Google take: it leaves things out instead. What it
//! leaves out comes by the REST API, which has the whole object. **Invariant:** a pass has one object id for its life.
//!
//! Design: appointments and memberships are generic passes, the kind that needs no approval for each event. Here are the
//! values and the signatures (RS256, RFC 7515); who sends them is the server.
//!
//! Source: Google's "Google Wallet API" reference for `genericObject` and "JWT web tokens"; RFC 7523 for the assertion.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::{Business, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};

pub use crate::key::KeyError;
use crate::{
    colour::Colour,
    key::Key,
    pass::{Shows, joined, status},
};

/// Longer tokens are cut off on the way (Google's reference).
const LONGEST: usize = 1_800;
/// Most characters of a text in a link that would be too long otherwise.
const SHORT: usize = 40;
/// Most characters of any text.
const WHOLE: usize = 1_000;

/// Where a token is saved.
const SAVE: &str = "https://pay.google.com/gp/v/save/";
/// What the server asks access for.
const SCOPE: &str = "https://www.googleapis.com/auth/wallet_object.issuer";

/// Why a file is not a service account's key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AccountError {
    /// It is not the JSON file that Google gives.
    #[error("it is not the JSON key file of a service account: {0}")]
    NotAccount(String),
    /// Its key cannot be used.
    #[error("its private_key cannot be used: {0}")]
    Key(#[from] KeyError),
    /// The number Google gives an issuer has digits only.
    #[error("an issuer id has digits only")]
    Issuer,
}

/// A service account that may write passes of an issuer.
#[derive(Debug)]
pub struct Account {
    issuer: String,
    email: String,
    token_uri: String,
    key: Key,
    key_id: String,
}

/// What is read of the file.
#[derive(Deserialize)]
struct File {
    client_email: String,
    private_key: String,
    token_uri: String,
    #[serde(default)]
    private_key_id: String,
}

impl Account {
    /// Reads a service account's JSON key file.
    ///
    /// # Errors
    /// See [`AccountError`].
    pub fn new(issuer: &str, file: &[u8]) -> Result<Self, AccountError> {
        if issuer.is_empty() || issuer.len() > 40 || !issuer.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(AccountError::Issuer);
        }
        // What the reader says names fields and places, never the key.
        let File { client_email, private_key, token_uri, private_key_id } =
            serde_json::from_slice(file).map_err(|error| AccountError::NotAccount(error.to_string()))?;
        let key = Key::from_pem(private_key.as_bytes())?;
        Ok(Self { issuer: issuer.to_owned(), email: client_email, token_uri, key, key_id: private_key_id })
    }

    /// Where an [`assertion`](Self::assertion) is exchanged for a token.
    pub fn token_uri(&self) -> &str {
        &self.token_uri
    }

    /// Asks for access for an hour (RFC 7523, section 2.1).
    pub fn assertion(&self, now: Timestamp) -> String {
        let at = now.as_second();
        self.signed(&json!({
            "iss": self.email, "scope": SCOPE, "aud": self.token_uri, "iat": at, "exp": at + 3_600,
        }))
    }

    /// The class and the object of a pass. `suffix` names it among all of the issuer's: letters, digits, `.`, `_`, `-`.
    pub fn object(&self, class: &str, suffix: &str, business: &Business, shows: &Shows<'_>) -> Object {
        let class = format!("{}.{class}", self.issuer);
        let id = format!("{}.{suffix}", self.issuer);
        let body = described(&id, &class, business, shows, WHOLE);
        let short = described(&id, &class, business, shows, SHORT);
        Object { class, id, body, short }
    }

    /// The address at which a customer saves an object. `origin` is the page with the button.
    pub fn save_link(&self, object: &Object, origin: &str, now: Timestamp) -> String {
        let token = |body: &Value| {
            self.signed(&json!({
                "iss": self.email, "aud": "google", "typ": "savetowallet", "iat": now.as_second(), "origins": [origin],
                "payload": { "genericClasses": [{ "id": object.class }], "genericObjects": [body] },
            }))
        };
        // The last one always fits: names of things have a bounded length.
        let bare = json!({ "id": object.id, "classId": object.class });
        let mut candidates = [&object.body, &object.short, &bare].into_iter().map(token);
        let fits = candidates.find(|token| token.len() <= LONGEST).unwrap_or_else(|| token(&bare));
        format!("{SAVE}{fits}")
    }

    /// A JSON web token (RFC 7519), signed with RS256.
    fn signed(&self, claims: &Value) -> String {
        let mut header = json!({ "alg": "RS256", "typ": "JWT" });
        if !self.key_id.is_empty() {
            header["kid"] = json!(self.key_id);
        }
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(&header), part(claims));
        let signature = URL_SAFE_NO_PAD.encode(self.key.sign(signed.as_bytes()));
        format!("{signed}.{signature}")
    }
}

/// A pass as Google keeps it.
#[derive(Debug, Clone, PartialEq)]
pub struct Object {
    /// Its class's id; the class itself says nothing more.
    pub class: String,
    /// Its own.
    pub id: String,
    /// All of it, for the REST API.
    pub body: Value,
    /// The same in few words.
    short: Value,
}

fn described(id: &str, class: &str, business: &Business, shows: &Shows<'_>, most: usize) -> Value {
    let text = |text: &str| translated(&said(text, most));
    let mut json = json!({
        "id": id,
        "classId": class,
        "genericType": "GENERIC_TYPE_UNSPECIFIED",
        "cardTitle": text(&business.name),
        "hexBackgroundColor": Colour::of(&business.colour).hex(),
    });
    let whole = most == WHOLE;
    let link = match shows {
        Shows::Appointment { booking, link, code } => {
            let names = &booking.names;
            json["state"] = json!(if booking.state.is_live() { "ACTIVE" } else { "EXPIRED" });
            json["header"] = text(&names.service);
            json["barcode"] = json!({
                "type": "QR_CODE", "value": code, "alternateText": booking.reference.to_string(),
            });
            let iso = |at: Timestamp| booking.zone.zoned(at).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string();
            let last = booking.zone.day(booking.zone.date(booking.span.to)).to;
            json["validTimeInterval"] =
                json!({ "start": { "date": iso(booking.span.from) }, "end": { "date": iso(last) } });
            let when = booking.zone.zoned(booking.span.from).strftime("%A %-d %B %Y, %H:%M").to_string();
            let mut modules = vec![("when", "When", format!("{when} ({})", booking.zone))];
            if whole {
                modules.push(("with", "With", names.staff.clone()));
                modules.push(("where", "Where", joined(&[&names.place, &names.address], ", ")));
                modules.push(("what", "Details", names.variant.clone()));
                modules.push(("status", "Status", status(booking.state).to_owned()));
                // Changes are merged into what Google has: a place that is not named any more would stay.
                let near = names.location.filter(|_| booking.state.is_live());
                json["merchantLocations"] = near
                    .iter()
                    .map(|near| json!({ "latitude": near.latitude(), "longitude": near.longitude() }))
                    .collect();
            }
            json["textModulesData"] = modules_of(modules);
            *link
        }
        Shows::Membership { profile, link } => {
            let name = if profile.name.is_empty() { "Member" } else { profile.name.as_str() };
            json["state"] = json!("ACTIVE");
            json["header"] = text(name);
            if whole {
                let since = profile.created.strftime("%-d %B %Y").to_string();
                json["textModulesData"] = modules_of(vec![("since", "With us since", since)]);
            }
            *link
        }
    };
    if whole {
        json["linksModuleData"] =
            json!({ "uris": [{ "id": "change", "uri": link, "description": "See or change it" }] });
    }
    json
}

fn modules_of(modules: Vec<(&str, &str, String)>) -> Value {
    let modules = modules.into_iter().map(|(id, header, body)| (id, header, said(&body, WHOLE)));
    modules
        .filter(|(.., body)| !body.is_empty())
        .map(|(id, header, body)| json!({ "id": id, "header": header, "body": body }))
        .collect()
}

fn translated(text: &str) -> Value {
    json!({ "defaultValue": { "language": "en", "value": text } })
}

/// A text that people wrote, without control characters and not longer than there is room.
fn said(text: &str, most: usize) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(most).collect::<String>().trim().to_owned()
}
