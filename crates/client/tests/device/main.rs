//! The device as its screens see it, with a server at the end of a line that the test holds.

#![allow(clippy::unwrap_used)] // a test that cannot go on has failed

mod check_in;
mod faults;
mod newer;
mod own_calendar;
mod phone;
mod restored;
mod script;
mod session;
mod shop;
mod sync;
mod waiting;
