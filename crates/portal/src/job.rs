//! What is to be done outside once a commit is durable.

use domain::{Booking, Timestamp};
use serde::{Deserialize, Serialize};
use store::NewJob;

/// The kind of the jobs that send a mail.
pub const MAIL: &str = "mail";

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
}

impl Job {
    /// The job as the store keeps it, due at once.
    pub(crate) fn due(&self, now: Timestamp) -> NewJob {
        let body = serde_json::to_string(self).expect("jobs are made of maps with text keys");
        NewJob { kind: MAIL.to_owned(), body, due: now }
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
