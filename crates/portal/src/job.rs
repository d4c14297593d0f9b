//! What is to be done outside once a commit is durable.

use domain::{Booking, CustomerId, Timestamp};
use serde::{Deserialize, Serialize};
use store::NewJob;

use crate::PassOf;

/// The kind of the jobs that send a mail.
pub const MAIL: &str = "mail";

/// The kind of the jobs that tell the wallets of phones.
pub const WALLET: &str = "wallet";

/// A job's body. What it needs is in it: the documents may have changed when it is carried out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "job", rename_all = "snake_case")]
pub enum Job {
    /// Tell a customer by mail what became of a booking.
    BookingMail {
        /// Where to.
        to: String,
        /// The customer's name; may be empty.
        name: String,
        /// What there is to tell.
        news: BookingNews,
        /// The booking after the change.
        booking: Box<Booking>,
    },
    /// Tell the wallets that hold a pass that it has changed. What it shows is read when that is done: wallets want the
    /// latest.
    PassChanged {
        /// Whose.
        customer: CustomerId,
        /// Which.
        of: PassOf,
    },
}

impl Job {
    /// The job as the store keeps it, due at once.
    pub fn due(&self, now: Timestamp) -> NewJob {
        let body = serde_json::to_string(self).expect("jobs are made of maps with text keys");
        let kind = match self {
            Self::BookingMail { .. } => MAIL,
            Self::PassChanged { .. } => WALLET,
        };
        NewJob { kind: kind.to_owned(), body, due: now }
    }
}

/// What a mail tells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum BookingNews {
    /// It will take place (C04).
    Confirmed,
    /// The business has to say yes first.
    Requested,
    /// It has another time (F16).
    Rescheduled {
        /// The former start.
        from: Timestamp,
    },
    /// It will not take place.
    Cancelled,
}
