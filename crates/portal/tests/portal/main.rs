//! Commands and views over the real SQLite engine, one file a use case.

mod agenda;
mod book;
mod booking_view;
mod calendar;
mod cancel;
mod catalogue;
mod contention;
mod profile;
mod reschedule;
mod salon;
mod wire;
