//! Where documents live.
//!
//! | space | holds | who reads it |
//! |---|---|---|
//! | `catalogue` | business, categories, services, staff, places, resources | everybody |
//! | `calendar/<staff or resource>` | one document a UTC day: claims without names | everybody |
//! | `customer/<id>` | profile, bookings and calendar feed of one customer | that customer |
//! | `identity/<id>` | password and sessions of one customer | the server |
//! | `device/<id>` | verdicts of one device | the server |
//! | `sign-in/<id>` | one attempt to sign in | the server |
//! | `wallet/<id>` | passes in the wallets of one customer's phones | the server |
//! | `wallet-phone/<hash>` | which passes one phone holds | the server |
//! | `counter/<id>` | one machine where customers are checked in, and what it did | the server |
//! | `guesses/<hash>` | when digits were wrong for one email address | the server |

use std::sync::{Arc, LazyLock};

use domain::{BookingId, CalendarId, CustomerId, Date, DeviceId};
use store::{Glance, Key, Read, Space, StoreError};

use crate::{
    Actor,
    documents::{self, Kind},
};

/// The public catalogue.
pub fn catalogue() -> Space {
    CATALOGUE.clone()
}

/// One person's or resource's calendar.
pub fn calendar(id: &CalendarId) -> Space {
    // A catalogue with ids that are too long for it is not taken ([`domain::Catalogue::check`]).
    space(format!("calendar/{id}"))
}

/// A customer's own space.
pub fn customer(id: CustomerId) -> Space {
    space(format!("customer/{id}"))
}

/// What the server knows to let a customer in.
pub fn identity(id: CustomerId) -> Space {
    space(format!("identity/{id}"))
}

/// What the server said to a device.
pub fn device(id: DeviceId) -> Space {
    space(format!("device/{id}"))
}

/// How often digits were wrong for an email address, given by its SHA-256 in hexadecimal: the address itself is not kept.
pub fn guesses(hash: &str) -> Space {
    space(format!("guesses/{hash}"))
}

/// The passes of a customer in the wallets of phones.
pub fn wallet(id: CustomerId) -> Space {
    space(format!("wallet/{id}"))
}

/// Which passes a phone holds, given by the SHA-256 of the name its wallet goes by, in hexadecimal.
pub fn wallet_phone(hash: &str) -> Space {
    space(format!("wallet-phone/{hash}"))
}

/// The key of a booking.
pub fn booking(customer_id: CustomerId, id: BookingId) -> Key {
    Key { space: customer(customer_id), kind: domain::Booking::KIND.to_owned(), id: id.to_string() }
}

/// The key of a calendar day.
pub fn calendar_day(id: &CalendarId, day: Date) -> Key {
    Key { space: calendar(id), kind: documents::CALENDAR_DAY.to_owned(), id: day.to_string() }
}

/// The spaces a person may read, whole. Whatever is not listed here does not exist for them.
pub struct Readable {
    calendars: Arc<[Space]>,
    own: Option<Space>,
}

impl Readable {
    /// Asks which they are.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn ask<R: Read>(read: &R, actor: Actor) -> Result<Self, StoreError> {
        Ok(Self::with(read.spaces(CALENDARS).await?.into(), actor))
    }

    /// As [`Readable::ask`], if it is known without a read.
    pub fn known(glance: &Glance, actor: Actor) -> Option<Self> {
        Some(Self::with(glance.spaces(CALENDARS)?, actor))
    }

    fn with(calendars: Arc<[Space]>, actor: Actor) -> Self {
        let own = match actor {
            Actor::Customer(id) => Some(customer(id)),
            Actor::Anyone => None,
        };
        Self { calendars, own }
    }

    /// All of them, the catalogue first.
    pub fn iter(&self) -> impl Iterator<Item = &Space> {
        std::iter::once(&*CATALOGUE).chain(self.calendars.iter()).chain(&self.own)
    }

    /// The same as a list.
    pub fn to_vec(&self) -> Vec<Space> {
        self.iter().cloned().collect()
    }
}

/// How the names of all calendars begin.
const CALENDARS: &str = "calendar/";

static CATALOGUE: LazyLock<Space> = LazyLock::new(|| space("catalogue".to_owned()));

fn space(name: String) -> Space {
    name.parse().expect("ids are made of characters that names of spaces allow")
}
