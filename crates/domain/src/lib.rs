//! The rules of booking: what can be booked, moved and cancelled, when, and why not.
//!
//! **Invariant:** nothing here knows a clock, a database, a network, a locale or a window. A value and a context go in,
//! a decision comes out. **Invariant:** a value that is kept or travels as a document is read also when it has fields that
//! this program does not know (`docs/adr/0024-newer-documents.md`).
//!
//! Start reading at [`availability`] (which times are free) and [`booking`] (what may happen to an appointment).

pub mod availability;
pub mod booking;
pub mod business;
pub mod calendar;
pub mod catalogue;
pub mod check_in;
pub mod feed;
pub mod hours;
pub mod id;
pub mod location;
pub mod money;
pub mod people;
pub mod refusal;
mod schema;
pub mod service;
pub mod terms;
pub mod zone;

pub use booking::{Booking, BookingState};
pub use business::{Business, Place};
pub use calendar::{CalendarDay, CalendarId, Calendars, Claim, Span};
pub use catalogue::Catalogue;
pub use feed::{Feed, FeedSecret};
pub use id::*;
pub use location::Location;
pub use money::{Currency, Money};
pub use people::{Profile, Staff};
pub use refusal::Refusal;
pub use service::{Category, Resource, Service, Variant};
pub use terms::{Terms, TermsPatch};
pub use zone::{Civil, Zone};

pub use jiff::{Timestamp, civil::Date};
