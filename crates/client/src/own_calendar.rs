//! The customer's own calendar: the one of this device's operating system (E17, Z06, Z07).
//!
//! **Invariant:** off until the customer turns it on. **Invariant:** what the calendar holds besides our appointments
//! never leaves the device and is never kept. **Invariant:** an event that the customer moved is asked about; no
//! appointment moves because an event did.
//!
//! Design. [`plan`](plan::plan) looks at what the device shows, what the calendar holds and what was written last, and
//! says what to do; [`carry_out`](carry_out::carry_out) does it, one step at a time, with a note in the log before and
//! after each; [`Keeper`](keeper::Keeper) says when. [`OwnCalendar`] is the calendar itself, made by the shell: Evolution
//! Data Server, EventKit or the Windows calendar. A name ties the three together, the UID of `paper::icalendar`, which
//! mails and files carry too, so that an invitation that was imported by hand is taken over and not doubled.

mod carry_out;
mod entry;
mod hand_over;
mod ics;
mod keeper;
mod log;
mod plan;
mod wanted;

use domain::{BookingId, Civil, Span, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub(crate) use entry::entry as entry_of;
pub use hand_over::{HandedOver, enter_once};
pub use ics::{Event, booking_of, events, held, uid_of};
pub(crate) use keeper::Keeper;
pub use wanted::{PLACES, Sign, Wanted, booking_at, marked, of_marked};

/// A calendar of the operating system. Calls may block, for example while it asks its owner for leave.
pub trait OwnCalendar: Send + Sync + 'static {
    /// Gets leave to use it and its name for a person, for example `Personal`. Asks the owner when they were never
    /// asked.
    ///
    /// # Errors
    /// See [`CalendarError`].
    fn open(&self) -> Result<String, CalendarError>;

    /// All events of these appointments, those too that are copies, and nothing that somebody else made
    /// ([`Wanted::made`]). What lies far outside of the span may be left out.
    ///
    /// # Errors
    /// See [`CalendarError`].
    fn held(&self, of: &[Wanted], around: Span) -> Result<Vec<Held>, CalendarError>;

    /// Enters an event.
    ///
    /// # Errors
    /// See [`CalendarError`].
    fn insert(&self, entry: &Entry) -> Result<(), CalendarError>;

    /// Brings an event up to date that is [ours](Nature::Ours).
    ///
    /// # Errors
    /// See [`CalendarError`].
    fn update(&self, handle: &str, entry: &Entry) -> Result<(), CalendarError>;

    /// Takes an event out that is not a [series](Nature::Series). Nothing happens when it is gone already.
    ///
    /// # Errors
    /// See [`CalendarError`].
    fn remove(&self, handle: &str) -> Result<(), CalendarError>;

    /// Whether the owner can move our events there. Where they cannot, nothing is said of it.
    fn lets_move(&self) -> bool {
        true
    }

    /// Whether our events remind by themselves there, when they are to ring.
    fn can_ring(&self) -> bool {
        true
    }

    /// What the owner has then, in any of their calendars that they show, our own events too. What counts as free is
    /// left out.
    ///
    /// # Errors
    /// See [`CalendarError`].
    fn busy(&self, span: Span) -> Result<Vec<Busy>, CalendarError>;
}

/// Why a calendar cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CalendarError {
    /// There is none on this device that programs can look after.
    #[error("there is no calendar")]
    Missing,
    /// The owner does not let us. They can change that in the system's settings.
    #[error("the owner said no")]
    Denied,
    /// It broke.
    #[error("the calendar failed: {0}")]
    Failed(String),
}

/// An appointment as a calendar is to show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Which appointment.
    pub booking: BookingId,
    /// Rises with every change of the appointment.
    pub revision: u32,
    /// When.
    pub span: Span,
    /// The venue's IANA zone.
    pub zone: String,
    /// One line.
    pub title: String,
    /// Where.
    pub place: String,
    /// More lines; the booking's id stands in them, so that a copy of the event can be told.
    pub notes: String,
    /// Where the customer sees and changes it.
    pub link: String,
    /// The whole as an iCalendar object (RFC 5545) without anybody invited, for calendars that read one. It has an
    /// alarm (VALARM) if [`rings`](Self::rings).
    pub ics: String,
    /// Whether the event reminds. Not where this app does: two notices of one visit in one minute are one too many.
    pub rings: bool,
}

/// An event of ours in a calendar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// The calendar's own name of the event.
    pub handle: String,
    /// Which appointment it shows.
    pub booking: BookingId,
    /// Which revision of it, if the calendar can tell.
    pub revision: Option<u32>,
    /// When; nothing for an event that has no instants, such as a whole day.
    pub span: Option<Span>,
    /// What may be done with it.
    pub nature: Nature,
}

/// What an event is to us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nature {
    /// The one that we entered, or one that cannot be told from it.
    Ours,
    /// A copy of it under a name that is not ours: never changed, and taken out since ours is there.
    Copy,
    /// It has our name, and its owner has made it repeat: it is theirs now, and never touched.
    Series,
}

/// Something the owner has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Busy {
    /// What.
    pub title: String,
    /// When, as far as the calendar can tell.
    pub span: Option<Span>,
    /// The appointment it shows, for an event of ours.
    pub booking: Option<BookingId>,
}

/// How things stand with the customer's own calendar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
pub struct OwnCalendarCard {
    /// Whether this device has a calendar that appointments can be kept in.
    pub offered: bool,
    /// Whether the customer turned it on.
    pub on: bool,
    /// What the calendar is called, once it was opened.
    pub name: Option<String>,
    /// Whether an event can be moved there, and the customer is asked then.
    pub lets_move: bool,
    /// Why it cannot be used at present.
    pub problem: Option<CalendarProblem>,
}

/// Why the customer's own calendar cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "snake_case")]
pub enum CalendarProblem {
    /// There is none here that programs can look after.
    Missing,
    /// The owner did not let us. They can change that in the system's settings.
    Denied,
    /// It broke; the app tries again.
    Failed,
}

impl From<&CalendarError> for CalendarProblem {
    fn from(error: &CalendarError) -> Self {
        match error {
            CalendarError::Missing => Self::Missing,
            CalendarError::Denied => Self::Denied,
            CalendarError::Failed(_) => Self::Failed,
        }
    }
}

/// An event was moved by the customer: does the appointment move too?
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
pub struct MovedEvent {
    /// Of which business.
    pub business: Uuid,
    /// Which appointment.
    pub booking: BookingId,
    /// A short name of it.
    pub about: String,
    /// When the appointment is.
    pub from: Civil,
    /// Where the customer drew it.
    pub to: Civil,
}

/// Something in the customer's own calendar that is at the same time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
pub struct Clash {
    /// What it is called there.
    pub title: String,
    /// From when, in the zone that was asked about; nothing when the calendar cannot tell.
    pub from: Option<Civil>,
    /// Until when.
    pub to: Option<Civil>,
}

/// How far around the appointments their events are looked for: whoever drags an event further away has lost it.
fn around(spans: impl IntoIterator<Item = Span>, now: Timestamp) -> Span {
    let year = jiff::SignedDuration::from_hours(24 * 366);
    let (mut from, mut to) = (now, now);
    for span in spans {
        from = from.min(span.from);
        to = to.max(span.to);
    }
    Span { from: from.checked_sub(year).unwrap_or(Timestamp::MIN), to: to.checked_add(year).unwrap_or(Timestamp::MAX) }
}
