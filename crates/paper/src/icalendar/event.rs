//! One appointment as a VEVENT (RFC 5545, section 3.6.1).

use domain::{Booking, BookingState};

use super::{
    Entry, Head,
    lines::{Lines, mailto, one_line, parameter, utc},
    uid, zone,
};

/// How long before the appointment a calendar rings: time enough to set out.
const ALARM: &str = "-PT2H";

/// For whom an event is written.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kind<'a> {
    /// For one customer, who is invited under an address.
    Invitation {
        /// The address.
        attendee: &'a str,
    },
    /// For whoever reads it.
    Publication,
}

pub(super) fn write(lines: &mut Lines, entry: &Entry<'_>, head: &Head<'_>, kind: Kind<'_>) {
    let Entry { booking, link } = entry;
    let changed = booking.ledger.last().map_or(head.now, |last| last.at);
    let summary = format!("{} · {}", booking.names.service, head.business);
    lines.component("VEVENT", |lines| {
        lines.put("UID", &uid(booking));
        lines.put("SEQUENCE", &booking.revision.to_string());
        match kind {
            Kind::Invitation { .. } => lines.put("DTSTAMP", &utc(head.now)),
            // When a feed is made says nothing, and would make another feed of it each time it is read.
            Kind::Publication => lines.put("DTSTAMP", &utc(changed)),
        }
        lines.put("LAST-MODIFIED", &utc(changed));
        match local(booking) {
            Some((from, to)) => {
                lines.put(&format!("DTSTART;TZID={}", booking.zone), &from);
                lines.put(&format!("DTEND;TZID={}", booking.zone), &to);
            }
            None => {
                lines.put("DTSTART", &utc(booking.span.from));
                lines.put("DTEND", &utc(booking.span.to));
            }
        }
        lines.text("SUMMARY", &summary);
        lines.text("LOCATION", &joined(&[&booking.names.place, &booking.names.address], ", "));
        if let Some(location) = booking.names.location {
            // Six places, which the standard asks for (section 3.8.1.6).
            lines.put("GEO", &format!("{:.6};{:.6}", location.latitude(), location.longitude()));
        }
        lines.text("DESCRIPTION", &description(booking, link));
        lines.put("URL", &one_line(link));
        lines.put("STATUS", status(booking.state));
        lines.put("TRANSP", if booking.state == BookingState::Cancelled { "TRANSPARENT" } else { "OPAQUE" });
        if !head.organizer.is_empty() {
            lines.put(&format!("ORGANIZER;CN={}", parameter(head.business)), &mailto(head.organizer));
        }
        match kind {
            Kind::Invitation { attendee } => {
                let role = "ROLE=REQ-PARTICIPANT;PARTSTAT=ACCEPTED;RSVP=FALSE";
                lines.put(&format!("ATTENDEE;{role}"), &mailto(attendee));
            }
            // An alarm for what has begun would ring the moment it is read.
            Kind::Publication if booking.state.is_live() && head.now < booking.span.from => {
                lines.component("VALARM", |lines| {
                    lines.put("ACTION", "DISPLAY");
                    lines.text("DESCRIPTION", &summary);
                    lines.put("TRIGGER", ALARM);
                });
            }
            Kind::Publication => {}
        }
    });
}

/// Beginning and end on the venue's clock; nothing when one of them comes twice: then both are written in UTC.
pub(super) fn local(booking: &Booking) -> Option<(String, String)> {
    Some((zone::local(booking.span.from, &booking.zone)?, zone::local(booking.span.to, &booking.zone)?))
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

fn description(booking: &Booking, link: &str) -> String {
    let what = joined(&[&booking.names.service, &booking.names.variant], ", ");
    let with = if booking.names.staff.is_empty() { String::new() } else { format!("With {}", booking.names.staff) };
    let reference = format!("Reference {}", booking.reference);
    joined(&[&what, &with, &reference, &one_line(link)], "\n")
}

fn joined(parts: &[&str], between: &str) -> String {
    let parts: Vec<&str> = parts.iter().copied().filter(|part| !part.is_empty()).collect();
    parts.join(between)
}
