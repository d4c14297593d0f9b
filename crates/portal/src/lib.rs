//! What a person may see and do: the same functions on the device (a preview) and on the server (the verdict).
//!
//! - [`execute`] turns a [`Command`] into [`Changes`] or a refusal.
//! - [`view`] answers a [`View`] with what one screen shows.
//! - [`settle`] decides a command and commits what comes of it, again and again until nobody else was faster.
//!
//! **Invariant:** the first two read through a [`Source`] and write nothing; whoever calls them commits the changes.
//! **Invariant:** a person sees and touches only what [`spaces::Readable`] lists for them.

mod catalogue;
mod command;
mod context;
mod decision;
pub mod documents;
mod execute;
mod job;
mod memory;
mod no;
mod pass;
mod reference;
mod settle;
mod sheets;
mod shelf;
mod source;
pub mod spaces;
mod standing;
mod view;

pub use catalogue::Catalogue;
pub use command::{
    Book, Cancel, CheckIn, Command, ConfirmAttendance, RenewFeed, Reschedule, RunningLate, TurnFeedOn, UpdateProfile,
};
pub use context::{Actor, Context};
pub use decision::{Changes, Decision, Failure, Outcome};
pub use execute::execute;
pub use job::{BookingNews, Job, MAIL, WALLET};
pub use memory::{Memory, Recalled};
pub use pass::{Pass, PassOf, PassPhone, PassToken, follow, pass_at, pass_key};
pub use reference::reference;
pub use settle::{settle, settle_from};
pub use source::Source;
pub use view::*;
