//! Names of things: catalogue ids are readable slugs, everything else is a UUID version 7 (RFC 9562).

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Why a text is not the id it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// A slug is 1 to 64 characters of `a`–`z`, `0`–`9` and `-`, and does not start or end with `-`.
    #[error("not a slug: 1 to 64 characters of a-z, 0-9 and -")]
    Slug,
    /// Not the hyphenated form of a UUID.
    #[error("not a UUID")]
    Uuid,
}

fn is_slug(text: &str) -> bool {
    let bytes = text.as_bytes();
    (1..=64).contains(&bytes.len())
        && bytes.iter().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-'))
        && bytes.first() != Some(&b'-')
        && bytes.last() != Some(&b'-')
}

macro_rules! slug {
    ($($(#[$doc:meta])* $name:ident)+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
        #[serde(try_from = "String", into = "String")]
        #[ts(as = "String")]
        #[schema(value_type = String, pattern = "^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$")]
        pub struct $name(String);

        impl $name {
            /// The text of the id.
            pub fn as_str(&self) -> &str { &self.0 }
        }
        impl TryFrom<String> for $name {
            type Error = IdError;
            fn try_from(text: String) -> Result<Self, IdError> {
                if is_slug(&text) { Ok(Self(text)) } else { Err(IdError::Slug) }
            }
        }
        impl FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> { text.to_owned().try_into() }
        }
        impl From<$name> for String {
            fn from(id: $name) -> String { id.0 }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.write_str(&self.0) }
        }
    )+};
}

macro_rules! uuid {
    ($($(#[$doc:meta])* $name:ident)+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
        #[serde(transparent)]
        #[ts(as = "String")]
        pub struct $name(pub Uuid);

        impl $name {
            /// A new id. Ids made later sort later.
            #[allow(clippy::new_without_default)]
            pub fn new() -> Self { Self(Uuid::now_v7()) }
        }
        impl FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                // The hyphenated form has 36 characters; the parser would also take others.
                match Uuid::try_parse(text) {
                    Ok(id) if text.len() == 36 => Ok(Self(id)),
                    _ => Err(IdError::Uuid),
                }
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { self.0.hyphenated().fmt(f) }
        }
    )+};
}

slug! {
    /// A service on offer.
    ServiceId
    /// One of the lengths or kinds a service comes in.
    VariantId
    /// A heading in the catalogue.
    CategoryId
    /// A person who gives services.
    StaffId
    /// A place where services are given.
    PlaceId
    /// A room, chair or machine that a service needs.
    ResourceId
}

uuid! {
    /// One appointment, for its whole life: mail, feed, file and calendar event all carry this id.
    BookingId
    /// A person who books.
    CustomerId
    /// One thing a person asked for. The same id never takes effect twice.
    CommandId
    /// One installation of the app, or one browser session.
    DeviceId
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slug_is_readable_and_safe_everywhere() {
        for good in ["a", "room-1", "0", &"a".repeat(64)] {
            assert_eq!(good.parse::<StaffId>().map(String::from).as_deref(), Ok(good), "{good:?} is a slug");
        }
        for bad in ["", "-a", "a-", "A", "a_b", "a b", "ä", "../a", "a.b", &"a".repeat(65)] {
            assert_eq!(bad.parse::<StaffId>(), Err(IdError::Slug), "{bad:?} is no slug");
        }
    }

    #[test]
    fn a_uuid_has_one_form() {
        let id = BookingId::new();
        assert_eq!(id.to_string().parse(), Ok(id), "it reads back as it was written");
        let plain = id.0.simple().to_string();
        for bad in ["", "1", plain.as_str(), &format!("{{{id}}}"), &format!("urn:uuid:{id}")] {
            assert_eq!(bad.parse::<BookingId>(), Err(IdError::Uuid), "{bad:?} is another form");
        }
        assert!(BookingId::new() > id, "ids made later sort later");
    }
}
