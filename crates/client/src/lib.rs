//! The device: what the app knows and does without a network, and how it comes to agree with the server.
//!
//! ```text
//! screen ──view──▶ App ──▶ Account ──▶ layered read = mirror (what the server said) + overlay (waiting commands replayed)
//! screen ──execute─▶ App ──▶ Account ──▶ portal::execute over the layered read ──▶ outbox (one transaction) ──▶ overlay
//!                                └─ sync: push the outbox, pull what changed, rebuild the overlay, listen for pokes
//! ```
//!
//! **Invariant:** the overlay is never stored: it is the outbox replayed over the mirror, and can be thrown away at any time.
//! **Invariant:** a queued command ends as accepted, as a [`Notice`] the customer sees, or is withdrawn; nothing else
//! removes it, short of the customer's word that it may be lost.
//!
//! Start reading at [`App`] (what there is), `account` (what screens see, and when it changes) and `sync` (how a device
//! and its server come to agree). `desk` is what a device keeps of its own.

mod account;
mod address;
mod app;
mod check_in;
mod clock;
mod desk;
mod interface;
mod layered;
mod link;
pub mod own_calendar;
pub mod reminder;
mod replay;
mod sync;
pub mod transport;
mod vault;
mod wire;

pub use app::{Answered, App};
pub use check_in::{CheckInCode, door};
pub use clock::{Clock, SystemClock};
pub use domain::{BookingId, Civil, CommandId, Span, Timestamp};
pub use interface::*;
pub use link::open_link;
pub use own_calendar::{CalendarProblem, Clash, MovedEvent, OwnCalendar, OwnCalendarCard};
pub use portal::{Command, PassOf, View};
pub use protocol::{LinkSent, Wallet};
pub use vault::{FileVault, MemoryVault, Vault, VaultError};
