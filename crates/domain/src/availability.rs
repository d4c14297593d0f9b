//! Which times are free.
//!
//! **Invariant:** every time offered can be booked when nothing changes in between, and no time offered overlaps a claim
//! beyond capacity. [`Offer::check`] and [`Offer::day`] share the code that decides, so they cannot disagree.

use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

use crate::{
    BookingId, CalendarId, Calendars, Place, Resource, Service, Span, Staff, StaffId, Terms, Variant, calendar::Session,
};

/// One service at one place, and everything that decides when it can be had.
#[derive(Debug, Clone)]
pub struct Offer<'a> {
    /// What.
    pub service: &'a Service,
    /// In which length or kind.
    pub variant: &'a Variant,
    /// Where.
    pub place: &'a Place,
    /// The service's terms.
    pub terms: &'a Terms,
    /// Who may give it: all who can, or the one who was asked for. In order of preference.
    pub staff: Vec<&'a Staff>,
    /// Rooms or machines of the needed kind at this place. Unused when the service needs none.
    pub resources: Vec<&'a Resource>,
    /// For how many people.
    pub party: u16,
    /// A booking whose own claims do not count: the one that is being moved.
    pub moving: Option<BookingId>,
}

/// A start that can be booked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slot {
    /// The visit, without buffers.
    pub span: Span,
    /// Who is free, in the offer's order; never empty.
    pub staff: Vec<StaffId>,
    /// Free seats for a service with a capacity above one: the most that any of the people has left.
    pub seats: Option<u16>,
}

/// What taking a slot takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taking {
    /// With whom.
    pub staff: StaffId,
    /// The visit, without buffers.
    pub span: Span,
    /// The calendars to take time from.
    pub calendars: Vec<CalendarId>,
    /// The time to take, buffers included.
    pub claim: Span,
    /// What the claim shares with others, for a capacity above one.
    pub session: Option<Session>,
}

/// Why a day has no times, or how many it has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum DayState {
    /// There are free times.
    Free {
        /// How many.
        times: u16,
    },
    /// People work, but all time is taken.
    Full,
    /// Nobody who gives the service works here on that day.
    NobodyWorks,
    /// The place is closed.
    Closed {
        /// What customers read; may be empty.
        reason: String,
    },
    /// The day is over, or too near.
    TooSoon,
    /// Further ahead than the business plans.
    TooFar,
}

/// Why a start cannot be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotFree {
    /// Earlier than the notice allows; the earliest start.
    TooSoon(Timestamp),
    /// Later than the horizon allows; the latest start.
    TooFar(Timestamp),
    /// Taken, closed, off the grid, or nobody works.
    Taken,
}

impl Offer<'_> {
    /// The times of one civil date at the place, in order of time. `calendars` holds the claims of
    /// [`Offer::days_to_load`].
    pub fn day(&self, calendars: &Calendars, date: Date, now: Timestamp) -> (DayState, Vec<Slot>) {
        let _ = (calendars, date, now);
        todo!()
    }

    /// Whether a start can be had, and what it takes. Chooses the first free person and resource.
    ///
    /// # Errors
    /// Why not.
    pub fn check(&self, calendars: &Calendars, start: Timestamp, now: Timestamp) -> Result<Taking, NotFree> {
        let _ = (calendars, start, now);
        todo!()
    }

    /// The free times nearest to `around`, at most `most`, among the civil dates `from` to `to`.
    pub fn nearest(
        &self,
        calendars: &Calendars,
        around: Timestamp,
        (from, to): (Date, Date),
        now: Timestamp,
        most: usize,
    ) -> Vec<Slot> {
        let _ = (calendars, around, from, to, now, most);
        todo!()
    }

    /// Earliest and latest start that can be booked now (notice and horizon).
    pub fn window(&self, now: Timestamp) -> (Timestamp, Timestamp) {
        let _ = now;
        todo!()
    }

    /// The UTC days whose claims decide about the civil dates `from` to `to` (both included). Load these into
    /// [`Calendars`] before asking; the stretch has a day's margin on both sides.
    pub fn days_to_load(&self, from: Date, to: Date) -> (Date, Date) {
        (from.yesterday().unwrap_or(from), to.tomorrow().unwrap_or(to))
    }
}
