//! Which domain values are documents, and under which names they are kept.
//!
//! **Invariant:** a document is read whatever fields a newer program has added to it: an app that was not updated, and a
//! server that was put back, go on with what they know of it (`docs/adr/0024-newer-documents.md`).

use domain::{
    Booking, Business, CalendarDay, Category, Date, Feed, FeedSecret, Place, Profile, Resource, Service, Staff,
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use sha2::{Digest as _, Sha256};
use store::{Document, Key, Space, UniqueKey, Write};

use crate::Failure;

/// The kind of a [`CalendarDay`]; its id is the UTC date, which the value itself does not carry.
pub const CALENDAR_DAY: &str = "day";

/// A value that is a document of its own.
pub trait Kind: Serialize + DeserializeOwned {
    /// The kind's name.
    const KIND: &'static str;

    /// The document's id.
    fn id(&self) -> String;

    /// Its place among its kind.
    fn sort(&self) -> String {
        String::new()
    }

    /// The unique keys it holds.
    fn keys(&self) -> Vec<UniqueKey> {
        Vec::new()
    }
}

impl Kind for Business {
    const KIND: &'static str = "business";
    fn id(&self) -> String {
        "business".to_owned()
    }
}

impl Kind for Category {
    const KIND: &'static str = "category";
    fn id(&self) -> String {
        self.id.to_string()
    }
    fn sort(&self) -> String {
        format!("{:05}", self.order)
    }
}

impl Kind for Service {
    const KIND: &'static str = "service";
    fn id(&self) -> String {
        self.id.to_string()
    }
}

impl Kind for Staff {
    const KIND: &'static str = "staff";
    fn id(&self) -> String {
        self.id.to_string()
    }
}

impl Kind for Place {
    const KIND: &'static str = "place";
    fn id(&self) -> String {
        self.id.to_string()
    }
}

impl Kind for Resource {
    const KIND: &'static str = "resource";
    fn id(&self) -> String {
        self.id.to_string()
    }
}

impl Kind for Profile {
    const KIND: &'static str = "profile";
    fn id(&self) -> String {
        "profile".to_owned()
    }
    fn keys(&self) -> Vec<UniqueKey> {
        vec![email_key(&self.email)]
    }
}

impl Kind for Booking {
    const KIND: &'static str = "booking";
    fn id(&self) -> String {
        self.id.to_string()
    }
    fn sort(&self) -> String {
        time_sort(self.span.from)
    }
    fn keys(&self) -> Vec<UniqueKey> {
        vec![UniqueKey::new("booking", self.id.to_string()), UniqueKey::new("reference", self.reference.to_string())]
    }
}

impl Kind for Feed {
    const KIND: &'static str = "feed";
    fn id(&self) -> String {
        Self::KIND.to_owned()
    }
    fn keys(&self) -> Vec<UniqueKey> {
        vec![feed_key(&self.secret)]
    }
}

/// The unique key of a feed: the SHA-256 of its secret in hexadecimal, so that how long a search takes says nothing of
/// any secret.
pub fn feed_key(secret: &FeedSecret) -> UniqueKey {
    let digest = Sha256::digest(secret.as_str());
    UniqueKey::new("feed", digest.iter().map(|byte| format!("{byte:02x}")).collect::<String>())
}

/// The unique key of an email address: addresses that differ only in case, or in how their domain is written, are one
/// customer's.
pub fn email_key(email: &str) -> UniqueKey {
    UniqueKey::new("email", ascii_domain(email.trim()).to_lowercase())
}

/// An email address with its domain in ASCII (RFC 5890), as every mail server takes it. What has no domain that can be
/// written so stays as it is.
pub fn ascii_domain(email: &str) -> String {
    if let Some((local, domain)) = email.rsplit_once('@')
        && !domain.is_ascii()
        && let Ok(domain) = idna::domain_to_ascii(domain)
    {
        return format!("{local}@{domain}");
    }
    email.to_owned()
}

/// An instant as a text that sorts by time.
pub fn time_sort(at: domain::Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// The beginning of a UTC day among instants.
pub fn day_sort(day: Date) -> String {
    format!("{day}T00:00:00Z")
}

/// Reads a document's body.
///
/// # Errors
/// [`Failure::Unreadable`] when a newer or broken program wrote it.
pub fn decode<'a, T: Deserialize<'a>>(document: &'a Document) -> Result<T, Failure> {
    parse(&document.key.kind, &document.key.id, &document.body)
}

/// Reads the body of the document of that kind and id.
pub(crate) fn parse<'a, T: Deserialize<'a>>(kind: &str, id: &str, body: &'a str) -> Result<T, Failure> {
    serde_json::from_str(body).map_err(|error| Failure::Unreadable {
        kind: kind.to_owned(),
        id: id.to_owned(),
        error: error.to_string(),
    })
}

/// The write that stores a value in a space.
pub fn write<T: Kind>(space: Space, value: &T) -> Write {
    Write {
        key: Key { space, kind: T::KIND.to_owned(), id: value.id() },
        sort: value.sort(),
        body: Some(json(value)),
        keys: value.keys(),
    }
}

/// The write that stores one day of a calendar.
pub fn write_day(key: Key, day: &CalendarDay) -> Write {
    Write { sort: key.id.clone(), body: Some(json(day)), keys: Vec::new(), key }
}

fn json<T: Serialize>(value: &T) -> std::sync::Arc<str> {
    serde_json::to_string(value).expect("documents are made of maps with text keys").into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_one_key_however_it_is_written() {
        for (written, key) in [
            ("ada@example.org", "ada@example.org"),
            (" Ada@Example.org ", "ada@example.org"),
            ("ada@[192.0.2.1]", "ada@[192.0.2.1]"),
            ("ada@xn--bcher-kva.example", "ada@xn--bcher-kva.example"),
            ("Ada@BÜCHER.example", "ada@xn--bcher-kva.example"),
            ("jörg@example.org", "jörg@example.org"),
        ] {
            assert_eq!(email_key(written), UniqueKey::new("email", key), "{written}");
        }
    }
}
