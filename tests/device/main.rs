//! The device against the real server: without a network, killed at any moment, overtaken, beside a second device, told
//! to come later, and with a server that was put back to an older copy.
//!
//! `DEVICE_ROUNDS` sets how often the device is killed while it works (25), `DEVICE_SEED` the random moments; the seed
//! is printed.
//!
//! Design. [`phone::Phone`] is a device inside the test. [`pocket::Pocket`] is one in a process of its own, this same
//! program started again, so that it can be killed as a system kills an app. [`shop::Shop`] is the server, and
//! [`compare`] looks into the databases of both sides.

#![allow(clippy::unwrap_used)] // whatever goes wrong here is a test's end

mod busy;
mod compare;
mod killed;
mod offline;
mod phone;
mod pocket;
mod poked;
mod restored;
mod shop;
mod taken;

use domain::{BookingId, StaffId, Timestamp};
use portal::{AgendaQuery, Book, Cancel, Command, DayQuery, MonthQuery, Reschedule, Tab, View};

/// The free times of the busiest thing in the sample.
pub(crate) fn month() -> MonthQuery {
    let (service, variant, place) = datebook_tests::cut();
    MonthQuery { service, variant, place, staff: None, party: 1, moving: None, month: None }
}

pub(crate) fn day(date: domain::Date) -> View {
    View::Day(DayQuery { of: month(), date })
}

pub(crate) fn agenda(tab: Tab) -> View {
    View::Agenda(AgendaQuery { tab, text: String::new(), from: None, to: None, after: None })
}

pub(crate) fn book(start: Timestamp, staff: Option<StaffId>) -> (BookingId, Command) {
    let (service, variant, place) = datebook_tests::cut();
    let booking = BookingId::new();
    (booking, Command::Book(Book { booking, service, variant, place, staff, start, party: 1, note: String::new() }))
}

pub(crate) fn reschedule(booking: BookingId, start: Timestamp) -> Command {
    Command::Reschedule(Reschedule { booking, start })
}

pub(crate) fn cancel(booking: BookingId) -> Command {
    Command::Cancel(Cancel { booking, reason: "a test".to_owned() })
}
