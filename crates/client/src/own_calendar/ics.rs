//! Reading events back from calendars that speak iCalendar (RFC 5545).
//!
//! What a calendar holds comes from other programs and other people: whatever cannot be read is left out.

use domain::{BookingId, Span, Timestamp};
use jiff::{civil::DateTime, tz::TimeZone};

/// The one name of an appointment in mail, feed, file and calendar: that of `paper::icalendar::uid`.
pub fn uid_of(booking: BookingId) -> String {
    format!("{booking}@datebook")
}

/// The appointment behind a UID, if it is one of ours.
pub fn booking_of(uid: &str) -> Option<BookingId> {
    uid.trim().strip_suffix("@datebook")?.parse().ok()
}

/// An event as it was read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Event {
    /// RFC 5545, section 3.8.4.7.
    pub uid: String,
    /// Set for one instance of a series that was changed (section 3.8.4.4).
    pub instance: String,
    /// Section 3.8.7.4.
    pub sequence: Option<u32>,
    /// From DTSTART to DTEND or over DURATION; nothing for whole days and for times without a zone.
    pub span: Option<Span>,
    /// Section 3.8.1.12.
    pub summary: String,
    /// Section 3.8.1.5.
    pub description: String,
    /// Section 3.8.4.6.
    pub url: String,
    /// Whether it repeats; then `span` is its first time only.
    pub repeats: bool,
    /// Whether it takes no time: cancelled, or shown as free (section 3.8.2.7).
    pub free: bool,
}

impl Event {
    /// Which of these appointments it shows: by its UID, or, for a copy that somebody made of an event, by what the
    /// copy still says.
    pub fn booking(&self, of: &[BookingId]) -> Option<BookingId> {
        booking_of(&self.uid).or_else(|| {
            of.iter().copied().find(|booking| {
                let id = booking.to_string();
                self.description.contains(&id) || self.url.contains(&id)
            })
        })
    }
}

/// The events (VEVENT) in a text, in its order.
pub fn events(text: &str) -> Vec<Event> {
    let unfolded = text.replace("\r\n ", "").replace("\r\n\t", "").replace("\n ", "").replace("\n\t", "");
    let mut events = Vec::new();
    let mut path: Vec<String> = Vec::new();
    let (mut event, mut end, mut duration) = (Event::default(), None, None::<jiff::SignedDuration>);
    let mut start: Option<Timestamp> = None;
    for line in unfolded.lines() {
        let Some((name, parameters, value)) = content(line) else { continue };
        match name.as_str() {
            "BEGIN" => {
                path.push(value.to_ascii_uppercase());
                if path.last().is_some_and(|name| name == "VEVENT") {
                    (event, start, end, duration) = (Event::default(), None, None, None);
                }
                continue;
            }
            "END" => {
                if path.pop().is_some_and(|name| name == "VEVENT") {
                    let end = end.or_else(|| start?.checked_add(duration?).ok()).or(start);
                    event.span = start.zip(end).map(|(from, to)| Span { from, to: to.max(from) });
                    events.push(std::mem::take(&mut event));
                }
                continue;
            }
            _ => {}
        }
        // Alarms within an event have properties of the same names.
        if path.last().is_none_or(|name| name != "VEVENT") {
            continue;
        }
        match name.as_str() {
            "UID" => value.clone_into(&mut event.uid),
            "RECURRENCE-ID" => value.clone_into(&mut event.instance),
            "SEQUENCE" => event.sequence = value.trim().parse().ok(),
            "DTSTART" => start = instant(&parameters, value),
            "DTEND" => end = instant(&parameters, value),
            "DURATION" => duration = value.parse::<jiff::SignedDuration>().ok(),
            "SUMMARY" => event.summary = plain(value),
            "DESCRIPTION" => event.description = plain(value),
            "URL" => value.clone_into(&mut event.url),
            "RRULE" | "RDATE" => event.repeats = true,
            "TRANSP" => event.free |= value.eq_ignore_ascii_case("TRANSPARENT"),
            "STATUS" => event.free |= value.eq_ignore_ascii_case("CANCELLED"),
            _ => {}
        }
    }
    events
}

/// Names and values.
type Parameters = Vec<(String, String)>;

/// Name, parameters and value of a content line (section 3.1).
fn content(line: &str) -> Option<(String, Parameters, &str)> {
    let mut quoted = false;
    let colon = line.char_indices().find_map(|(at, c)| {
        quoted ^= c == '"';
        (c == ':' && !quoted).then_some(at)
    })?;
    let (head, value) = (&line[..colon], &line[colon + 1..]);
    let mut parts = head.split(';');
    let name = parts.next()?.to_ascii_uppercase();
    let parameters = parts
        .filter_map(|part| part.split_once('='))
        .map(|(name, value)| (name.to_ascii_uppercase(), value.trim_matches('"').to_owned()))
        .collect();
    Some((name, parameters, value))
}

/// An instant (section 3.3.5): in UTC, or at a place whose zone is named.
fn instant(parameters: &[(String, String)], value: &str) -> Option<Timestamp> {
    let value = value.trim();
    let at: DateTime = DateTime::strptime("%Y%m%dT%H%M%S", value.trim_end_matches('Z')).ok()?;
    let zone = if value.ends_with('Z') {
        TimeZone::UTC
    } else {
        zone(&parameters.iter().find(|(name, _)| name == "TZID")?.1)?
    };
    zone.to_timestamp(at).ok()
}

/// A zone by its identifier. Some programs put their own name before it: `/example.org/Tzfile/Europe/Berlin`.
fn zone(identifier: &str) -> Option<TimeZone> {
    let mut rest = identifier.trim_start_matches('/');
    loop {
        if let Ok(zone) = TimeZone::get(rest) {
            return Some(zone);
        }
        rest = rest.split_once('/')?.1;
    }
}

/// A text value without its escapes (section 3.3.11).
fn plain(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    let mut chars = value.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('n' | 'N') => out.push('\n'),
                Some(other) => out.push(other),
                None => {}
            },
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(lines: &str) -> Event {
        let text = format!("BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n{}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n", lines.trim());
        let mut events = events(&text.replace("\r\n", "\n").replace('\n', "\r\n"));
        assert_eq!(events.len(), 1, "one event was written: {text}");
        events.remove(0)
    }

    fn span(from: &str, to: &str) -> Option<Span> {
        Some(Span { from: from.parse().unwrap(), to: to.parse().unwrap() })
    }

    #[test]
    fn times_are_read_in_every_form_that_has_an_instant() {
        let wanted = span("2026-11-27T13:00:00Z", "2026-11-27T14:00:00Z");
        for lines in [
            "DTSTART:20261127T130000Z\nDTEND:20261127T140000Z",
            "DTSTART:20261127T130000Z\nDURATION:PT1H",
            "DTSTART;TZID=Europe/Berlin:20261127T140000\nDTEND;TZID=Europe/Berlin:20261127T150000",
            "DTSTART;TZID=\"/freeassociation.example/Tzfile/Europe/Berlin\":20261127T140000\nDURATION:PT60M",
            "DTSTART;TZID=Europe/Ber\n lin:20261127T140000\nDURATION:PT60M",
        ] {
            assert_eq!(read(lines).span, wanted, "{lines}");
        }
        for lines in [
            "DTSTART;VALUE=DATE:20261127",
            "DTSTART:20261127T130000",
            "DTSTART;TZID=Nowhere/Atall:20261127T130000",
            "DTSTART:yesterday",
            "SUMMARY:none",
        ] {
            assert_eq!(read(lines).span, None, "{lines} is no instant");
        }
    }

    #[test]
    fn an_alarm_within_is_not_the_event() {
        let event =
            read("SUMMARY:Haircut\nBEGIN:VALARM\nSUMMARY:Bell\nDESCRIPTION:Ring\nEND:VALARM\nDESCRIPTION:a\\nb\\, c");
        assert_eq!(
            (event.summary.as_str(), event.description.as_str()),
            ("Haircut", "a\nb, c"),
            "the event's own words"
        );
    }

    #[test]
    fn ours_is_told_by_uid_and_a_copy_by_what_it_says() {
        let id: BookingId = "01990000-0000-7000-8000-00000000002a".parse().unwrap();
        let other: BookingId = "01990000-0000-7000-8000-00000000002b".parse().unwrap();
        let own = read(&format!("UID:{}\nSEQUENCE:3", uid_of(id)));
        assert_eq!((own.booking(&[]), own.sequence), (Some(id), Some(3)), "by its UID alone");
        let copy = read(&format!("UID:77\nDESCRIPTION:https://salon.example/agenda/{id}"));
        assert_eq!(copy.booking(&[other, id]), Some(id), "its link is still there");
        assert_eq!(copy.booking(&[other]), None, "nobody asked for that one");
        assert_eq!(read("UID:x@datebook").booking(&[id]), None, "not everything that ends so is ours");
    }

    #[test]
    fn nothing_that_somebody_wrote_can_break_it() {
        for text in [
            "",
            "BEGIN:VEVENT",
            "END:VEVENT\r\nEND:VEVENT",
            ":::\r\n;;;",
            "DTSTART",
            "BEGIN:VEVENT\r\nDTSTART:Z\r\nEND:VEVENT",
        ] {
            let _ = events(text);
        }
    }
}
