//! Reminders: what to remind of, when, and until when it still matters (Z05, Z15, Y07).
//!
//! **Invariant:** a reminder is made from what this device shows (the mirror with what waits over it), never stored and
//! never edited: a booking that is cancelled, moved or over has none from that moment on, sent or not.
//! **Invariant:** a reminder that was shown is not shown again, whatever the clock does: the log knows it by booking,
//! kind and due instant, not by the time of showing. One that was left with an operating system beforehand and has other
//! words by now, also because the device is in another zone, takes its own place there, unseen.
//! **Invariant:** when it is due depends on the booking and on the settings alone. The device's zone changes the words.
//!
//! Design. [`plan`] is a pure function of bookings, settings, log and moment; whoever shows reminders asks for a plan
//! after everything that may change it, shows what is due, and says so ([`App::reminder_shown`](crate::App)). Reminders
//! of one booking take over from each other: each matters until the next is due, the last until the start. So a device
//! that slept through two of them shows the one that still helps.
//!
//! **A reminder is logged after it was shown, not before.** A program that ends between the two shows it once more at
//! its next start; the other way round it would never show it, and a missed visit costs more than a second glance.
//!
//! A reminder whose moment had passed when its customer chose the time is left out: they know. After a move by the
//! business it is not.

mod bookings;
mod log;
mod places;
mod plan;
mod settings;

use domain::{BookingId, Timestamp, Zone};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use log::{Grounds, ShownLog, ShownReminder};
pub use places::Placed;
pub use plan::{RemindedBooking, ReminderPlan, plan};
pub use settings::ReminderSettings;

/// Which of a booking's reminders.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReminderKind {
    /// The day before, at the same time on the venue's clock.
    DayBefore,
    /// Some hours before.
    HoursBefore,
    /// When it is time to leave (Z15).
    LeaveBy,
}

/// Names a reminder for ever: the same booking at another time has other reminders.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ReminderKey {
    /// Of which booking.
    pub booking: BookingId,
    /// Which of them.
    pub kind: ReminderKind,
    /// When it is due.
    pub due: Timestamp,
}

/// How reminding stands on a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
pub struct Reminding {
    /// Why nothing is shown at present.
    pub problem: Option<ReminderProblem>,
    /// Whether it goes on when the window is closed.
    pub stays: bool,
    /// Whether the events that are kept in the customer's own calendar remind by themselves.
    pub events_ring: bool,
}

/// Why reminders cannot be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "snake_case")]
pub enum ReminderProblem {
    /// The device's owner does not allow notifications. They can change that in the system's settings.
    Refused,
    /// Nothing here shows notifications, or it fails. The app tries again.
    Unshown,
}

/// What a reminder offers to do. Opening the booking is always possible.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReminderAct {
    /// Show the booking.
    Open,
    /// "I'm coming" (Y07).
    Coming,
    /// Check in, inside the business's window (Y10).
    CheckIn,
    /// Say that it gets late: opens the booking, where the minutes are asked for (Y09).
    Late,
}

/// One reminder, with the facts that its words are made of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reminder {
    /// Which.
    pub key: ReminderKey,
    /// The business, as this device knows it.
    pub business: Uuid,
    /// The booking's revision that it was made from.
    pub revision: u32,
    /// From this moment on it does not matter any more: another has taken over, or the visit has begun.
    pub until: Timestamp,
    /// When the visit begins.
    pub start: Timestamp,
    /// The venue's zone.
    pub zone: Zone,
    /// What.
    pub service: String,
    /// With whom.
    pub staff: String,
    /// Where.
    pub place: String,
    /// The postal address of that; may be empty.
    pub address: String,
    /// Whether the booking shows something that the server has not confirmed yet.
    pub waiting: bool,
    /// Whether the business has yet to say yes, or to be paid.
    pub unconfirmed: bool,
    /// The device's own offset from UTC at the start, in seconds.
    #[serde(default)]
    pub offset: i32,
    /// What it offers beside opening the booking.
    pub acts: Vec<ReminderAct>,
}
