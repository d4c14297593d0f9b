//! The business: who it is, how it looks, where it is.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::{Currency, Location, PlaceId, Terms, Zone, zone};

/// What a customer sees of the business before anything else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
pub struct Business {
    /// Its name.
    pub name: String,
    /// One line under the name.
    #[serde(default)]
    pub tagline: String,
    /// An image as a `data:` URL, at most 64 KiB; SVG, PNG or WebP. Empty: the name's first letter is drawn.
    #[serde(default)]
    pub logo: String,
    /// The brand colour, `#rrggbb`.
    pub colour: String,
    /// Shown on the first screen.
    #[serde(default)]
    pub welcome: String,
    /// Shown before a booking is confirmed.
    #[serde(default)]
    pub instructions: String,
    /// House rules, shown to customers.
    #[serde(default)]
    pub policies: Vec<Policy>,
    /// How to reach the business.
    pub contact: Contact,
    /// What prices are in.
    pub currency: Currency,
    /// What holds for every service that does not say otherwise.
    #[serde(default)]
    pub terms: Terms,
    /// Whether an unknown email address that proves itself becomes a customer.
    #[serde(default = "yes")]
    pub open_sign_up: bool,
}

fn yes() -> bool {
    true
}

/// One of the house rules.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
pub struct Policy {
    /// A few words.
    pub title: String,
    /// Plain text, paragraphs separated by empty lines.
    pub text: String,
}

/// How to reach the business.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
pub struct Contact {
    /// An address that is read.
    pub email: String,
    /// A number that is answered; may be empty.
    #[serde(default)]
    pub phone: String,
}

/// Where services are given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
pub struct Place {
    /// Its id.
    pub id: PlaceId,
    /// What customers read.
    pub name: String,
    /// Lines of the postal address.
    pub address: Vec<String>,
    /// Where it lies; nothing when the business does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub location: Option<Location>,
    /// The zone its clocks show.
    pub zone: Zone,
    /// May be empty.
    #[serde(default)]
    pub phone: String,
    /// Dates on which nobody works here.
    #[serde(default)]
    pub closed: Vec<Closure>,
}

impl Place {
    /// Why the place is closed on a date, if it is.
    pub fn closure(&self, date: Date) -> Option<&Closure> {
        self.closed.iter().find(|closure| closure.from <= date && date <= closure.to)
    }

    /// The civil time of an instant at this place.
    pub fn civil(&self, at: jiff::Timestamp) -> zone::Civil {
        self.zone.civil(at)
    }
}

/// Days on which a place is closed, both included.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
pub struct Closure {
    /// First day.
    pub from: Date,
    /// Last day.
    pub to: Date,
    /// What customers read, for example "Summer holidays".
    #[serde(default)]
    pub reason: String,
}
