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
//! removes it.

mod interface;

pub use interface::*;
