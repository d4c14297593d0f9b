//! An appointment as its event shows it.

use domain::{Booking, Timestamp};

use super::{Entry, Sign, ics::REVISION, wanted::SHOWN_AT};

/// How the event of an appointment is told from others: the link of mails, feeds and passes, which opens the app where
/// the system knows that the two belong together.
pub(super) fn sign(booking: &Booking, business: &str, address: &str) -> Sign {
    let link = format!("{address}{SHOWN_AT}{}", booking.id);
    Sign { link, title: format!("{} · {business}", booking.names.service) }
}

/// The event of an appointment with a business whose server is at `address`; whether it `rings` depends on whether
/// somebody else does.
pub(crate) fn entry(booking: &Booking, business: &str, address: &str, now: Timestamp, rings: bool) -> Entry {
    let Sign { link, title } = sign(booking, business, address);
    let names = &booking.names;
    let place = joined(&[&names.place, &names.address], ", ");
    let what = joined(&[&names.service, &names.variant], ", ");
    let notes = joined(&[&what, &names.staff, &booking.reference.to_string(), &link], "\n");
    let paper = paper::icalendar::Entry { booking, link: link.clone() };
    let head = paper::icalendar::Head { business, organizer: "", now };
    let file = without_people(&paper::icalendar::file(&paper, &head));
    let file = if rings { file } else { without_alarms(&file) };
    Entry {
        booking: booking.id,
        revision: booking.revision,
        span: booking.span,
        zone: booking.zone.name().to_owned(),
        title,
        place,
        notes,
        link,
        ics: with_revision(&file, booking.revision),
        rings,
    }
}

/// The file without whom it comes from. In a calendar of one's own, an organizer would make the event somebody else's:
/// programs then offer to answer instead of to move it, and servers may send mail about it.
fn without_people(ics: &str) -> String {
    let mut out = String::with_capacity(ics.len());
    let mut left_out = false;
    for line in ics.split_inclusive("\r\n") {
        // A folded line belongs to the one before (RFC 5545, section 3.1).
        if !line.starts_with([' ', '\t']) {
            left_out = ["ORGANIZER", "ATTENDEE", "METHOD"]
                .iter()
                .any(|name| line.strip_prefix(name).is_some_and(|rest| rest.starts_with([':', ';'])));
        }
        if !left_out {
            out.push_str(line);
        }
    }
    out
}

/// The file without its alarms, for a calendar whose events ring by our own reminders.
fn without_alarms(ics: &str) -> String {
    let mut out = String::with_capacity(ics.len());
    let mut inside = false;
    // A folded line begins with a space (RFC 5545, section 3.1), so none can be taken for these two.
    for line in ics.split_inclusive("\r\n") {
        inside |= line == "BEGIN:VALARM\r\n";
        if !inside {
            out.push_str(line);
        }
        inside &= line != "END:VALARM\r\n";
    }
    out
}

/// The file with a line that says which revision it shows. SEQUENCE does not: a calendar raises it when its owner moves
/// the event, and a mail's invitation that is accepted in another program brings a higher one too.
fn with_revision(ics: &str, revision: u32) -> String {
    let begin = "BEGIN:VEVENT\r\n";
    ics.replacen(begin, &format!("{begin}{REVISION}:{revision}\r\n"), 1)
}

fn joined(parts: &[&str], between: &str) -> String {
    let parts: Vec<&str> = parts.iter().copied().filter(|part| !part.is_empty()).collect();
    parts.join(between)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_invited_to_an_event_of_ones_own() {
        let file = "BEGIN:VEVENT\r\nUID:a\r\nORGANIZER;CN=\"A long\r\n  name\":mailto:a@example.org\r\nSUMMARY:METHOD: x\r\n\
                    ATTENDEE:mailto:b@example.org\r\nEND:VEVENT\r\n";
        let wanted = "BEGIN:VEVENT\r\nUID:a\r\nSUMMARY:METHOD: x\r\nEND:VEVENT\r\n";
        assert_eq!(without_people(file), wanted, "the people are left out with all their lines, and nothing else is");
    }

    #[test]
    fn alarms_are_left_out_and_nothing_else() {
        let file = "BEGIN:VEVENT\r\nSUMMARY:a\r\n BEGIN:VALARM\r\nBEGIN:VALARM\r\nTRIGGER:-PT2H\r\nDESCRIPTION:a\r\n b\r\n\
                    END:VALARM\r\nUID:a\r\nEND:VEVENT\r\n";
        let wanted = "BEGIN:VEVENT\r\nSUMMARY:a\r\n BEGIN:VALARM\r\nUID:a\r\nEND:VEVENT\r\n";
        assert_eq!(without_alarms(file), wanted, "a title that only reads so is a title");
    }
}
