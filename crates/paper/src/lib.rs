//! What leaves as a file: the calendar file of an appointment, and its passes for the wallets of phones.
//!
//! Nothing here knows a store or a network: values go in, text or bytes come out.

#[cfg(feature = "passes")]
mod colour;
#[cfg(feature = "passes")]
pub mod google_wallet;
pub mod icalendar;
#[cfg(feature = "passes")]
mod key;
#[cfg(feature = "passes")]
pub mod pass;
