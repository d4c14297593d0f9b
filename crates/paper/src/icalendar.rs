//! Appointments as iCalendar objects (RFC 5545): as a mail that schedules (RFC 5546), as a file, as a feed.
//!
//! **Invariant:** an appointment has one UID for its whole life, in mail, file, feed and the device's calendar, and its
//! SEQUENCE rises with every change, so a calendar moves or removes the event it has and never makes a second one.
//! **Invariant:** no text from outside can add a line. **Invariant:** file and feed name nobody but the business; the
//! customer's address stands only in mails to that address. **Invariant:** the same bookings at about the same time make
//! the same feed, octet for octet.
//!
//! Design:
//! - Times are written on the venue's clock with the zone's changes in the file, so that a reader elsewhere sees the
//!   venue's clock too. The hour that comes twice in an autumn night is written in UTC: readers disagree about which of
//!   the two is meant (the standard says the first).
//! - METHOD is REQUEST or CANCEL in mails and PUBLISH in file and feed, which ask nobody for an answer.
//! - An alarm is in file and feed only. A mail is an invitation: its reader's calendar gives it that reader's own
//!   reminders, and one of ours beside it would ring twice.
//! - A feed leaves cancelled appointments out. It is read as a whole, so what is not in it disappears; a cancelled one
//!   that stays would, in most calendars, go on standing there as if it took place.

mod event;
mod lines;
mod zone;

use domain::{Booking, BookingState, Timestamp, Zone};

use self::{event::Kind, lines::Lines};

/// What a calendar is to do with the appointment of a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Enter it, or bring it up to date.
    Request,
    /// Take it out.
    Cancel,
}

impl Method {
    /// As it stands in the file and in the content type (RFC 6047).
    pub fn name(self) -> &'static str {
        match self {
            Self::Request => "REQUEST",
            Self::Cancel => "CANCEL",
        }
    }

    /// What has to be said of a booking.
    pub fn of(booking: &Booking) -> Self {
        if booking.state == BookingState::Cancelled { Self::Cancel } else { Self::Request }
    }
}

/// What is said besides the bookings.
#[derive(Debug, Clone, Copy)]
pub struct Head<'a> {
    /// The business's name.
    pub business: &'a str,
    /// The business's email address; empty where there is none to name.
    pub organizer: &'a str,
    /// When the file is made.
    pub now: Timestamp,
}

/// An appointment and where its customer sees and changes it (B02).
#[derive(Debug, Clone)]
pub struct Entry<'a> {
    /// The appointment.
    pub booking: &'a Booking,
    /// An absolute URL.
    pub link: String,
}

/// The calendar part of a mail to the customer at an address: UTF-8, lines ended by CRLF and folded at 75 octets.
pub fn invitation(entry: &Entry<'_>, head: &Head<'_>, attendee: &str) -> String {
    let method = Method::of(entry.booking);
    calendar(method.name(), std::slice::from_ref(entry), head, Kind::Invitation { attendee }, |_| {})
}

/// A file that enters one appointment into a calendar, or takes it out if it is cancelled (E17).
pub fn file(entry: &Entry<'_>, head: &Head<'_>) -> String {
    calendar("PUBLISH", std::slice::from_ref(entry), head, Kind::Publication, |_| {})
}

/// A calendar to subscribe to (Y12). Calendars are asked to come again every hour. Cancelled appointments and those that
/// have no time are left out.
pub fn feed(entries: &[Entry<'_>], head: &Head<'_>) -> String {
    let entries: Vec<Entry<'_>> = entries.iter().filter(|entry| is_in_feed(entry.booking)).cloned().collect();
    calendar("PUBLISH", &entries, head, Kind::Publication, |lines| {
        // The standard's names (RFC 7986) and those that calendars had before it.
        lines.text("NAME", head.business);
        lines.text("X-WR-CALNAME", head.business);
        lines.put("REFRESH-INTERVAL;VALUE=DURATION", "PT1H");
        lines.put("X-PUBLISHED-TTL", "PT1H");
    })
}

/// The one name of an appointment in mail, feed, file and calendar. No host stands in it: a business that moves to
/// another address keeps its customers' events. The id alone is unique (RFC 7986, section 5.3).
pub fn uid(booking: &Booking) -> String {
    format!("{}@datebook", booking.id)
}

fn is_in_feed(booking: &Booking) -> bool {
    !matches!(booking.state, BookingState::Cancelled | BookingState::Postponed | BookingState::Draft)
}

fn calendar(
    method: &str,
    entries: &[Entry<'_>],
    head: &Head<'_>,
    kind: Kind<'_>,
    more: impl FnOnce(&mut Lines),
) -> String {
    let mut lines = Lines::default();
    lines.component("VCALENDAR", |lines| {
        lines.put("PRODID", "-//Datebook//Datebook//EN");
        lines.put("VERSION", "2.0");
        lines.put("CALSCALE", "GREGORIAN");
        lines.put("METHOD", method);
        more(lines);
        for (zone, span) in zones(entries) {
            zone::write(lines, zone, span);
        }
        for entry in entries {
            event::write(lines, entry, head, kind);
        }
    });
    lines.text
}

/// Every zone that is needed, once, and from when to when.
fn zones<'a>(entries: &[Entry<'a>]) -> Vec<(&'a Zone, (Timestamp, Timestamp))> {
    let mut zones: Vec<(&Zone, (Timestamp, Timestamp))> = Vec::new();
    for Entry { booking, .. } in entries.iter().filter(|entry| event::local(entry.booking).is_some()) {
        let (from, to) = (booking.span.from, booking.span.to);
        match zones.iter_mut().find(|(zone, _)| *zone == &booking.zone) {
            Some((_, span)) => *span = (span.0.min(from), span.1.max(to)),
            None => zones.push((&booking.zone, (from, to))),
        }
    }
    zones
}

#[cfg(test)]
mod tests;
