//! Why the rules say no. A refusal is expected, leaves everything as it was, and tells the customer what to do next.

use serde::{Deserialize, Serialize};

use crate::{BookingState, Civil, StaffId};

/// What a customer wanted to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    /// A new booking.
    Book,
    /// A booking's new time.
    Reschedule,
    /// The end of a booking.
    Cancel,
    /// "I'm coming" (Y07).
    ConfirmAttendance,
    /// "I'm late".
    RunningLate,
    /// "I'm here" (Y10).
    CheckIn,
}

/// Which thing a command names that is not there, or not this customer's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum Noun {
    Booking,
    Service,
    Variant,
    Place,
    Staff,
    Customer,
    Feed,
}

/// A time that can be booked instead.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
pub struct Alternative {
    /// When, at the venue.
    pub start: Civil,
    /// With whom.
    pub staff: StaffId,
}

/// The rules say no. On the wire: `{"code": "slot_taken", "facts": {…}}`; the sentence is made by the screen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
#[serde(tag = "code", content = "facts", rename_all = "snake_case")]
pub enum Refusal {
    /// Somebody else has that time, or nobody works then.
    SlotTaken {
        /// The time asked for.
        wanted: Civil,
        /// The next best free times, the nearest first, at most six.
        alternatives: Vec<Alternative>,
    },
    /// The start is too near for a new booking or a move.
    TooSoon {
        /// The earliest start that can be booked now.
        earliest: Civil,
        /// The next best free times, the nearest first, at most six.
        alternatives: Vec<Alternative>,
    },
    /// The start is further ahead than the business plans.
    TooFar {
        /// The last start that can be booked now.
        latest: Civil,
    },
    /// The business does not let customers do this by themselves.
    SwitchedOff {
        /// What.
        act: Act,
    },
    /// The deadline for it has passed.
    TooLate {
        /// What.
        act: Act,
        /// When it was possible for the last time.
        deadline: Civil,
    },
    /// The moment for it has not come.
    TooEarly {
        /// What.
        act: Act,
        /// From when on it is possible.
        from: Civil,
    },
    /// It was done already.
    AlreadyDone {
        /// What.
        act: Act,
    },
    /// The booking is at another place than the one the customer is at.
    WrongPlace {
        /// The name of the place where the booking is.
        place: String,
        /// When it is.
        start: Civil,
    },
    /// A booking can be moved only so often.
    MovedTooOften {
        /// The greatest number of moves.
        times: u16,
    },
    /// The booking's state does not allow it.
    WrongState {
        /// What was asked.
        act: Act,
        /// The state it is in.
        state: BookingState,
    },
    /// The person chosen does not give this service here, or customers may not choose.
    StaffNotOffered,
    /// The service is not given at this place.
    PlaceNotOffered,
    /// There are not so many seats in one session.
    PartyTooLarge {
        /// The most that one booking can hold.
        most: u16,
    },
    /// The booking is at that time already.
    NothingChanged,
    /// There is no such thing, or it is somebody else's.
    NotFound {
        /// Of what kind.
        what: Noun,
    },
    /// An id that is in use for something else.
    AlreadyExists {
        /// Of what kind.
        what: Noun,
    },
    /// A text is empty or too long.
    BadText {
        /// Which field.
        field: String,
        /// Most characters it may have.
        most: u16,
    },
    /// A number is too small or too large.
    OutOfRange {
        /// The least it may be.
        least: u16,
        /// The most it may be.
        most: u16,
    },
    /// Nobody is signed in.
    NotSignedIn,
    /// This program is too old or too new for the other side: it does not know the command.
    UnknownCommand,
}

impl Refusal {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::SlotTaken { .. } => "slot_taken",
            Self::TooSoon { .. } => "too_soon",
            Self::TooFar { .. } => "too_far",
            Self::SwitchedOff { .. } => "switched_off",
            Self::TooLate { .. } => "too_late",
            Self::TooEarly { .. } => "too_early",
            Self::AlreadyDone { .. } => "already_done",
            Self::WrongPlace { .. } => "wrong_place",
            Self::MovedTooOften { .. } => "moved_too_often",
            Self::WrongState { .. } => "wrong_state",
            Self::StaffNotOffered => "staff_not_offered",
            Self::PlaceNotOffered => "place_not_offered",
            Self::PartyTooLarge { .. } => "party_too_large",
            Self::NothingChanged => "nothing_changed",
            Self::NotFound { .. } => "not_found",
            Self::AlreadyExists { .. } => "already_exists",
            Self::BadText { .. } => "bad_text",
            Self::OutOfRange { .. } => "out_of_range",
            Self::NotSignedIn => "not_signed_in",
            Self::UnknownCommand => "unknown_command",
        }
    }
}
