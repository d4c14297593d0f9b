//! The counter: who is expected, and who has come (Z08).
//!
//! A device tells the server the public half of its key once a session. The counter fetches the day with those keys, so
//! that it can check codes without a network, and says later whom it checked in. The server checks everything again:
//! what it cannot agree with comes back as a [`Finding`] for a person to look at.

use domain::{BookingId, BookingState, Civil, Date, PlaceId, Refusal, Timestamp, booking::Reference};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Most bytes of a code's text. A real one has at most 240; one that is longer than this is forged.
pub const LONGEST_CODE: usize = 400;

/// The key that a device signs its codes with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
pub struct CheckInKey {
    /// The public half of an Ed25519 key (RFC 8032): 32 bytes, base64url without padding.
    #[schema(min_length = 43, max_length = 43)]
    pub key: String,
}

/// Opens a counter on the machine that asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
pub struct OpenCounter {
    /// From the link that the operator made; works once.
    pub token: String,
}

/// What a counter needs to know to work without a network until it asks again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
pub struct CounterDay {
    /// What the operator calls this counter.
    pub counter: String,
    /// The business's name.
    pub business: String,
    /// `#rrggbb`.
    pub colour: String,
    /// Where the counter stands.
    pub place: PlaceId,
    /// Today there.
    pub date: Date,
    /// The server's clock.
    pub now: Timestamp,
    /// The addresses at which this business answers: codes name one of them.
    pub addresses: Vec<String>,
    /// All places, so that a code of another one can be told by its name.
    pub places: Vec<CounterPlace>,
    /// Who is expected here, from yesterday to tomorrow, the earliest first.
    pub bookings: Vec<Expected>,
}

/// A place by its name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
pub struct CounterPlace {
    /// Which.
    pub id: PlaceId,
    /// What it is called.
    pub name: String,
}

/// Somebody who is expected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
pub struct Expected {
    /// Which booking.
    pub booking: BookingId,
    /// For typing.
    pub reference: Reference,
    /// The customer's name; may be empty.
    pub customer: String,
    /// What.
    pub service: String,
    /// With whom.
    pub staff: String,
    /// From.
    pub start: Civil,
    /// To.
    pub end: Civil,
    /// For how many people.
    pub party: u16,
    /// Where it stands.
    pub state: BookingState,
    /// When check-in opens (Y10).
    pub opens: Timestamp,
    /// When it closes.
    pub closes: Timestamp,
    /// Whether the customer said that they are coming (Y07).
    pub coming: bool,
    /// By how many minutes they said they are late.
    pub late: Option<u16>,
    /// The public keys of the customer's devices, as in [`CheckInKey`].
    pub keys: Vec<String>,
}

/// Whom a counter checked in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
pub struct Settle {
    /// 1 to 100.
    #[schema(min_items = 1, max_items = 100)]
    pub seen: Vec<SeenCheckIn>,
}

/// One check-in, as the counter made it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
pub struct SeenCheckIn {
    /// Made by the counter; the same id always gets the same answer.
    pub id: Uuid,
    /// Who.
    pub booking: BookingId,
    /// When, by the counter's clock.
    pub at: Timestamp,
    /// How it was known who it is.
    pub how: HowFound,
}

/// How the counter knew who somebody is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
#[serde(tag = "how", rename_all = "snake_case")]
pub enum HowFound {
    /// By their device's code.
    Code {
        /// As it was read: the token of the link.
        // LONGEST_CODE.
        #[schema(max_length = 400)]
        code: String,
    },
    /// Somebody at the counter knew them, or typed the reference.
    Person,
}

/// What became of check-ins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
pub struct Settled {
    /// One for each, in the order in which they came.
    pub settled: Vec<OneSettled>,
}

/// What became of one check-in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
pub struct OneSettled {
    /// Which.
    pub id: Uuid,
    /// What became of it.
    #[serde(flatten)]
    pub became: SettledAs,
}

/// What became of a check-in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum SettledAs {
    /// The booking says so now, or said so already.
    Done,
    /// The server cannot agree; a person has to look at it.
    Found {
        /// Why.
        finding: Finding,
    },
}

/// Why the server cannot agree with a check-in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
#[serde(tag = "code", content = "facts", rename_all = "snake_case")]
pub enum Finding {
    /// There is no such booking.
    NoBooking,
    /// The rules say no: it was cancelled meanwhile, for example.
    Refused {
        /// Why.
        refusal: Refusal,
    },
    /// It is at another place.
    WrongPlace {
        /// What that place is called.
        place: String,
    },
    /// It is on another day.
    WrongDay {
        /// When it is.
        start: Civil,
    },
    /// The code was not signed by a device of this customer, or says something else.
    Forged,
    /// The code did not hold at that moment.
    Expired,
    /// The code was used before.
    Replayed,
    /// The counter's clock, or its memory, is too far off: from the future, or older than a week.
    BadTime,
}
