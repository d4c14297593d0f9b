//! One appointment, its states, and what its customer may do with it.

use std::fmt;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{
    BookingId, CalendarId, CustomerId, Location, Money, PlaceId, Refusal, ServiceId, Span, StaffId, Terms, VariantId,
    Zone, refusal::Act,
};

/// Where a booking stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum BookingState {
    /// A slot held while the customer finishes.
    Draft,
    /// Nothing happens until it is paid.
    AwaitingPayment,
    /// The business has not said yes yet.
    AwaitingProvider,
    /// It will take place.
    Confirmed,
    /// The customer is there.
    CheckedIn,
    /// It took place.
    Completed,
    /// The customer did not come.
    NoShow,
    /// It will not take place.
    Cancelled,
    /// It waits for a date to resume.
    Postponed,
}

impl BookingState {
    /// Whether the booking still takes time in a calendar.
    pub fn is_live(self) -> bool {
        matches!(self, Self::Draft | Self::AwaitingPayment | Self::AwaitingProvider | Self::Confirmed | Self::CheckedIn)
    }

    /// Whether `next` may follow. Everything that is not listed is impossible.
    pub fn may_become(self, next: Self) -> bool {
        use BookingState::*;
        match self {
            Draft => matches!(next, AwaitingPayment | AwaitingProvider | Confirmed | Cancelled),
            AwaitingPayment => matches!(next, AwaitingProvider | Confirmed | Cancelled),
            AwaitingProvider => matches!(next, Confirmed | Cancelled),
            Confirmed => matches!(next, CheckedIn | Completed | NoShow | Cancelled | Postponed),
            CheckedIn => matches!(next, Completed),
            Postponed => matches!(next, Confirmed | Cancelled),
            // A business may allow a cancelled booking to be resumed (contradiction 1 of the requirements).
            Cancelled => matches!(next, Confirmed | AwaitingProvider),
            Completed | NoShow => false,
        }
    }
}

/// One appointment of one customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Booking {
    /// The id for its whole life.
    pub id: BookingId,
    /// What people read to each other on the phone, for example `K7QX-2MHD`.
    pub reference: Reference,
    /// Whose.
    pub customer: CustomerId,
    /// What.
    pub service: ServiceId,
    /// In which length or kind.
    pub variant: VariantId,
    /// With whom.
    pub staff: StaffId,
    /// Whether the customer asked for that person.
    pub staff_chosen: bool,
    /// Where.
    pub place: PlaceId,
    /// The names at the time of booking, so that the booking stays readable when the catalogue changes.
    pub names: Names,
    /// When, without buffers.
    pub span: Span,
    /// The venue's zone at the time of booking.
    pub zone: Zone,
    /// The calendars it takes time from, and the time it takes, buffers included. Empty once it is not live.
    pub claims: Vec<Claimed>,
    /// For how many people.
    pub party: u16,
    /// Where it stands.
    pub state: BookingState,
    /// What it costs, for all people.
    pub price: Money,
    /// What the business has received for it.
    pub paid: Money,
    /// The customer's words to the business; may be empty.
    pub note: String,
    /// How often the customer has moved it.
    pub moves: u16,
    /// Rises by one with every change; SEQUENCE in calendars (RFC 5545, section 3.8.7.4).
    pub revision: u32,
    /// Every change since it was made, the oldest first (Z12).
    pub ledger: Vec<LedgerEntry>,
}

/// What things were called, and where the place was, at the time of booking.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
pub struct Names {
    /// The service.
    pub service: String,
    /// The variant; empty when the service has only one.
    pub variant: String,
    /// The person.
    pub staff: String,
    /// The place.
    pub place: String,
    /// The place's postal address, lines joined by `, `.
    pub address: String,
    /// Where the place lies; nothing when the business did not say. Kept like the address, so that what calendars and
    /// passes show changes with the booking only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub location: Option<Location>,
}

/// Time taken from one calendar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claimed {
    /// Whose.
    pub calendar: CalendarId,
    /// When, buffers included.
    pub span: Span,
}

/// One change of a booking.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
pub struct LedgerEntry {
    /// When it was decided.
    pub at: Timestamp,
    /// Who asked.
    pub by: By,
    /// What changed.
    pub change: Change,
}

/// Who asked for a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum By {
    Customer,
    Business,
}

/// What changed in a booking.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum Change {
    /// It was made.
    Booked {
        /// For when.
        start: Timestamp,
    },
    /// It has another time.
    Rescheduled {
        /// The former start.
        from: Timestamp,
        /// The new start.
        to: Timestamp,
    },
    /// It will not take place.
    Cancelled {
        /// The customer's words; may be empty.
        reason: String,
    },
    /// It is over.
    Completed,
    /// The customer said that they are coming (Y07).
    AttendanceConfirmed,
    /// The customer said that they are late.
    RunningLate {
        /// By so many minutes.
        minutes: u16,
    },
    /// The customer is there (Y10).
    CheckedIn,
}

/// A booking's short name: eight characters of Crockford's base 32, written `XXXX-XXXX`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
#[serde(transparent)]
#[ts(as = "String")]
pub struct Reference(String);

impl Reference {
    /// The name with that number, of which the last 40 bits count.
    pub fn numbered(number: u64) -> Self {
        const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
        let mut bits = number;
        let mut text = String::with_capacity(9);
        for place in 0..8 {
            if place == 4 {
                text.push('-');
            }
            text.push(char::from(ALPHABET[(bits & 31) as usize]));
            bits >>= 5;
        }
        Self(text)
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Booking {
    /// The last instant at which its customer may move it (F05).
    pub fn reschedule_deadline(&self, terms: &Terms) -> Timestamp {
        before(self.span.from, terms.reschedule_until)
    }

    /// The last instant at which its customer may cancel it (G07).
    pub fn cancel_deadline(&self, terms: &Terms) -> Timestamp {
        before(self.span.from, terms.cancel_until)
    }

    /// Whether its customer may move it now (F01, F05, F07).
    ///
    /// # Errors
    /// The refusal to show in the button's place (Y08).
    pub fn may_reschedule(&self, terms: &Terms, now: Timestamp) -> Result<(), Refusal> {
        let act = Act::Reschedule;
        self.is_open_for(act, now)?;
        if !terms.reschedule {
            return Err(Refusal::SwitchedOff { act });
        }
        let times = terms.most_moves();
        if self.moves >= times {
            return Err(Refusal::MovedTooOften { times });
        }
        self.until(act, self.reschedule_deadline(terms), now)
    }

    /// Whether its customer may cancel it now (G01, G07).
    ///
    /// # Errors
    /// The refusal to show in the button's place (Y08).
    pub fn may_cancel(&self, terms: &Terms, now: Timestamp) -> Result<(), Refusal> {
        let act = Act::Cancel;
        self.is_open_for(act, now)?;
        if !terms.cancel {
            return Err(Refusal::SwitchedOff { act });
        }
        self.until(act, self.cancel_deadline(terms), now)
    }

    /// A visit that has begun is not over: then the deadline answers, and says when it was possible for the last time.
    pub(crate) fn is_open_for(&self, act: Act, now: Timestamp) -> Result<(), Refusal> {
        let state = self.state_at(now);
        let open = match state {
            BookingState::Confirmed => true,
            BookingState::AwaitingPayment | BookingState::AwaitingProvider => {
                matches!(act, Act::Reschedule | Act::Cancel)
            }
            BookingState::Postponed => act == Act::Cancel,
            _ => false,
        };
        if open { Ok(()) } else { Err(Refusal::WrongState { act, state }) }
    }

    pub(crate) fn until(&self, act: Act, deadline: Timestamp, now: Timestamp) -> Result<(), Refusal> {
        // A postponed booking waits for a date: it has no start that a deadline could stand before.
        if now <= deadline || self.state == BookingState::Postponed {
            return Ok(());
        }
        Err(Refusal::TooLate { act, deadline: self.zone.civil(deadline) })
    }

    /// The state a person sees: a confirmed booking whose end has passed is over, also before anybody said so.
    pub fn state_at(&self, now: Timestamp) -> BookingState {
        match self.state {
            BookingState::Confirmed | BookingState::CheckedIn if self.span.to <= now => BookingState::Completed,
            state => state,
        }
    }

    /// Whether it is still to come at that moment.
    pub fn is_upcoming(&self, now: Timestamp) -> bool {
        match self.state {
            BookingState::Postponed => true,
            state => state.is_live() && now < self.span.to,
        }
    }
}

pub(crate) fn before(at: Timestamp, minutes: u32) -> Timestamp {
    at.checked_sub(SignedDuration::from_mins(i64::from(minutes))).unwrap_or(Timestamp::MIN)
}
