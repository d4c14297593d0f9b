//! Commands and views over the real SQLite engine, one file a use case.

// What the tests build on may panic as they may; only functions marked as tests are let off by the lint itself.
#![allow(clippy::unwrap_used)]

mod agenda;
mod book;
mod booking_view;
mod calendar;
mod cancel;
mod catalogue;
mod check_in;
mod contention;
mod feed;
mod memory;
mod pass;
mod profile;
mod reschedule;
mod salon;
mod wire;
