//! What comes out of a command.

use domain::{BookingId, Refusal};
use serde::{Deserialize, Serialize};
use store::{Batch, Key, StoreError};

/// The rules' answer.
#[derive(Debug, Clone)]
pub enum Decision {
    /// Do this. On a device only the writes count; guards and jobs are the server's.
    Accepted(Changes),
    /// No.
    Refused(Refusal),
}

/// What a command changes.
#[derive(Debug, Clone)]
pub struct Changes {
    /// Writes, the guards they rest on, and jobs.
    pub batch: Batch,
    /// What the asker is told.
    pub outcome: Outcome,
}

/// What an accepted command brought about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Outcome {
    /// An appointment was made.
    Booked {
        /// Which.
        booking: BookingId,
        /// Whether it is confirmed already, or waits for the business.
        confirmed: bool,
    },
    /// It has its new time.
    Rescheduled {
        /// Which.
        booking: BookingId,
    },
    /// It will not take place.
    Cancelled {
        /// Which.
        booking: BookingId,
    },
    /// The business knows that the customer is coming.
    AttendanceConfirmed {
        /// To which.
        booking: BookingId,
    },
    /// The business knows that the customer is late.
    RunningLate {
        /// For which.
        booking: BookingId,
    },
    /// The customer is there.
    CheckedIn {
        /// For which.
        booking: BookingId,
    },
    /// The profile says so now.
    ProfileUpdated,
    /// The calendar feed is on, with this command's secret.
    FeedTurnedOn,
    /// There is no calendar feed.
    FeedTurnedOff,
    /// A withdrawn command did nothing.
    Nothing,
}

/// Something broke. Trying again may help; nothing was changed.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Failure {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A stored document cannot be read by this program.
    #[error("the stored {kind} {id} cannot be read: {error}")]
    Unreadable {
        /// Of what kind.
        kind: String,
        /// Which.
        id: String,
        /// What the reader says.
        error: String,
    },
    /// No business has been loaded yet, or the device has not pulled its catalogue yet.
    #[error("there is no business yet")]
    NoBusiness,
    /// Others were faster again and again.
    #[error("too many others change the same documents")]
    Busy,
    /// What the caller of [`settle`](crate::settle) added rests on a document that has changed: the caller reads it
    /// again before asking again.
    #[error("{0:?} has changed")]
    Overtaken(Key),
}
