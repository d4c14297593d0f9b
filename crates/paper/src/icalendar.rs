//! One appointment as an iCalendar object (RFC 5545) that schedules (RFC 5546).
//!
//! **Invariant:** an appointment has one UID for its whole life and its SEQUENCE rises with every change, so a calendar
//! moves or removes the event it has and never makes a second one. **Invariant:** no text from outside can add a line.
//!
//! Design: times are written in UTC, which every calendar shows in its own zone and which no change of a zone's law
//! makes ambiguous. Not done yet: VTIMEZONE, so that a reader in another zone also sees the venue's clock.

use domain::{Booking, BookingState, Timestamp};

/// What the calendar is to do with the appointment.
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

/// What the file says besides the booking.
#[derive(Debug, Clone, Copy)]
pub struct Event<'a> {
    /// The business's name.
    pub business: &'a str,
    /// The business's email address.
    pub organizer: &'a str,
    /// The customer's email address.
    pub attendee: &'a str,
    /// Where the customer sees and changes the appointment.
    pub link: &'a str,
    /// When the file is made (DTSTAMP).
    pub now: Timestamp,
}

/// The file: UTF-8, lines ended by CRLF and folded at 75 octets.
pub fn write(booking: &Booking, event: &Event<'_>) -> String {
    let method = Method::of(booking);
    let mut lines = Lines::default();
    lines.put("BEGIN", "VCALENDAR");
    lines.put("PRODID", "-//Datebook//Datebook//EN");
    lines.put("VERSION", "2.0");
    lines.put("CALSCALE", "GREGORIAN");
    lines.put("METHOD", method.name());
    lines.put("BEGIN", "VEVENT");
    lines.put("UID", &uid(booking));
    lines.put("SEQUENCE", &booking.revision.to_string());
    lines.put("DTSTAMP", &utc(event.now));
    lines.put("DTSTART", &utc(booking.span.from));
    lines.put("DTEND", &utc(booking.span.to));
    lines.put("SUMMARY", &escaped(&format!("{} · {}", booking.names.service, event.business)));
    let place = [booking.names.place.as_str(), booking.names.address.as_str()];
    lines.put("LOCATION", &escaped(&joined(&place, ", ")));
    lines.put("DESCRIPTION", &escaped(&description(booking, event)));
    lines.put("URL", &one_line(event.link));
    lines.put("STATUS", status(booking.state));
    lines.put("TRANSP", "OPAQUE");
    lines.put(&format!("ORGANIZER;CN={}", parameter(event.business)), &mailto(event.organizer));
    let role = "ROLE=REQ-PARTICIPANT;PARTSTAT=ACCEPTED;RSVP=FALSE";
    lines.put(&format!("ATTENDEE;{role}"), &mailto(event.attendee));
    lines.put("END", "VEVENT");
    lines.put("END", "VCALENDAR");
    lines.text
}

/// The one name of an appointment in mail, feed, file and calendar. No host stands in it: a business that moves to
/// another address keeps its customers' events. The id alone is unique (RFC 7986, section 5.3).
pub fn uid(booking: &Booking) -> String {
    format!("{}@datebook", booking.id)
}

fn status(state: BookingState) -> &'static str {
    match state {
        BookingState::Cancelled => "CANCELLED",
        BookingState::Draft
        | BookingState::AwaitingPayment
        | BookingState::AwaitingProvider
        | BookingState::Postponed => "TENTATIVE",
        BookingState::Confirmed | BookingState::CheckedIn | BookingState::Completed | BookingState::NoShow => {
            "CONFIRMED"
        }
    }
}

fn description(booking: &Booking, event: &Event<'_>) -> String {
    let what = joined(&[&booking.names.service, &booking.names.variant], ", ");
    let with = if booking.names.staff.is_empty() { String::new() } else { format!("With {}", booking.names.staff) };
    let reference = format!("Reference {}", booking.reference);
    joined(&[&what, &with, &reference, event.link], "\n")
}

fn joined(parts: &[&str], between: &str) -> String {
    let parts: Vec<&str> = parts.iter().copied().filter(|part| !part.is_empty()).collect();
    parts.join(between)
}

/// An instant as `20261127T130000Z` (RFC 5545, section 3.3.5, form 2).
fn utc(at: Timestamp) -> String {
    at.strftime("%Y%m%dT%H%M%SZ").to_string()
}

/// A text value (RFC 5545, section 3.3.11).
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' | ';' | ',' => out.extend(['\\', c]),
            '\r' | '\n' => {
                if c == '\r' {
                    chars.next_if_eq(&'\n');
                }
                out.push_str("\\n");
            }
            c if c.is_control() && c != '\t' => {}
            c => out.push(c),
        }
    }
    out
}

/// A parameter value in quotes; quotes and controls cannot stand in one (RFC 5545, section 3.2).
fn parameter(text: &str) -> String {
    let text: String = text.chars().map(|c| if c == '"' { '\'' } else { c }).filter(|c| !c.is_control()).collect();
    format!("\"{text}\"")
}

fn mailto(address: &str) -> String {
    format!("mailto:{}", one_line(address))
}

fn one_line(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).collect()
}

/// Content lines (RFC 5545, section 3.1).
#[derive(Default)]
struct Lines {
    text: String,
}

impl Lines {
    fn put(&mut self, name: &str, value: &str) {
        let line = format!("{name}:{value}");
        // A folded line begins with a space, which counts.
        let (mut room, mut length) = (75, 0);
        for c in line.chars() {
            if length + c.len_utf8() > room {
                self.text.push_str("\r\n ");
                (room, length) = (74, 0);
            }
            self.text.push(c);
            length += c.len_utf8();
        }
        self.text.push_str("\r\n");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{
        BookingId, Money, Span,
        booking::{Names, Reference},
    };

    fn booking() -> Booking {
        let id: BookingId = "01990000-0000-7000-8000-00000000002a".parse().unwrap();
        Booking {
            id,
            reference: Reference::of(id, 0),
            customer: "01990000-0000-7000-8000-000000000001".parse().unwrap(),
            service: "haircut".parse().unwrap(),
            variant: "long".parse().unwrap(),
            staff: "anna".parse().unwrap(),
            staff_chosen: true,
            place: "mitte".parse().unwrap(),
            names: Names {
                service: "Haircut".to_owned(),
                variant: "Long hair".to_owned(),
                staff: "Anna".to_owned(),
                place: "Mitte".to_owned(),
                address: "Torstraße 1, 10119 Berlin".to_owned(),
            },
            span: Span { from: "2026-11-27T13:00Z".parse().unwrap(), to: "2026-11-27T14:00Z".parse().unwrap() },
            zone: "Europe/Berlin".parse().unwrap(),
            claims: Vec::new(),
            party: 1,
            state: BookingState::Confirmed,
            price: Money::new(4500, "EUR".parse().unwrap()),
            paid: Money::new(0, "EUR".parse().unwrap()),
            note: String::new(),
            moves: 0,
            revision: 0,
            ledger: Vec::new(),
        }
    }

    fn event() -> Event<'static> {
        Event {
            business: "Salon",
            organizer: "hello@salon.example",
            attendee: "ada@example.org",
            link: "https://salon.example/agenda/01990000-0000-7000-8000-00000000002a",
            now: "2026-11-20T09:00Z".parse().unwrap(),
        }
    }

    fn unfolded(text: &str) -> Vec<String> {
        text.replace("\r\n ", "").split_terminator("\r\n").map(str::to_owned).collect()
    }

    fn value(text: &str, name: &str) -> String {
        let lines = unfolded(text);
        let line = lines.iter().find(|line| line.split([':', ';']).next() == Some(name));
        line.and_then(|line| line.split_once(':')).map(|(_, value)| value.to_owned()).unwrap_or_default()
    }

    #[test]
    fn a_confirmed_booking_is_an_event_to_enter() {
        let text = write(&booking(), &event());
        for (name, wanted) in [
            ("METHOD", "REQUEST"),
            ("UID", "01990000-0000-7000-8000-00000000002a@datebook"),
            ("SEQUENCE", "0"),
            ("DTSTAMP", "20261120T090000Z"),
            ("DTSTART", "20261127T130000Z"),
            ("DTEND", "20261127T140000Z"),
            ("STATUS", "CONFIRMED"),
            ("SUMMARY", "Haircut · Salon"),
            ("LOCATION", "Mitte\\, Torstraße 1\\, 10119 Berlin"),
        ] {
            assert_eq!(value(&text, name), wanted, "{name} is what RFC 5545 and the booking say");
        }
        let reference = booking().reference.to_string();
        assert!(value(&text, "DESCRIPTION").contains(&reference), "people read the reference to each other");
    }

    #[test]
    fn a_changed_booking_keeps_its_uid_and_rises_in_sequence() {
        let first = write(&booking(), &event());
        let cancelled = Booking { state: BookingState::Cancelled, revision: 2, ..booking() };
        let last = write(&cancelled, &event());
        assert_eq!(value(&first, "UID"), value(&last, "UID"), "another UID would leave a ghost in the calendar");
        assert_eq!(value(&last, "SEQUENCE"), "2", "a calendar ignores what does not rise");
        assert_eq!((value(&last, "METHOD").as_str(), value(&last, "STATUS").as_str()), ("CANCEL", "CANCELLED"));
    }

    #[test]
    fn no_line_is_longer_than_75_octets_and_none_is_cut_inside_a_character() {
        let mut long = booking();
        long.names.service = "Schönheitsbehandlung für große Füße ✂️ ".repeat(12);
        let text = write(&long, &event());
        for line in text.split_terminator("\r\n") {
            assert!(line.len() <= 75, "{} octets: {line}", line.len());
        }
        assert!(!text.replace("\r\n", "").contains(['\r', '\n']), "every line ends with CRLF");
        let summary = value(&text, "SUMMARY");
        assert!(summary.starts_with(&long.names.service), "unfolding gives the text back");
    }

    #[test]
    fn no_text_from_outside_can_add_a_line() {
        let mut evil = booking();
        evil.names.service = "Cut\r\nATTENDEE:mailto:x@example.org\nA;B,C\\D".to_owned();
        let event = Event { business: "Sa\"lon\r\nX-EVIL:1", link: "https://x.example/\r\nX-EVIL:1", ..event() };
        let lines = unfolded(&write(&evil, &event));
        assert!(!lines.iter().any(|line| line.starts_with("X-EVIL")), "a line break in a text is no line break here");
        assert_eq!(lines.iter().filter(|line| line.starts_with("ATTENDEE")).count(), 1, "only the customer attends");
        let summary = lines.iter().find(|line| line.starts_with("SUMMARY")).unwrap();
        assert!(summary.contains(r"Cut\nATTENDEE:mailto:x@example.org\nA\;B\,C\\D"), "escaped as RFC 5545 says");
    }
}
