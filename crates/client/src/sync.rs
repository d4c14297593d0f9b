//! How a device comes to agree with its server.
//!
//! **Invariant:** nothing of this is needed to show or to give a command; all of it may fail at any point and be begun
//! again. **Invariant:** what is taken over is taken over for the session that asked for it, or not at all.
//!
//! Design. [`plan`] looks at how things stand and says the next step; [`worker`] carries steps out one after the other:
//! push what waits, pull what changed, listen for pokes. `push` and `pull` can also be called on their own, for a
//! customer who wants to know now.

mod backoff;
mod failed;
mod plan;
mod pokes;
mod pull;
mod push;
mod worker;

pub(crate) use failed::{Failed, Lesson};
pub(crate) use worker::run;
