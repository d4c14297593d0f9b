//! Reading events back from calendars that speak iCalendar (RFC 5545).
//!
//! What a calendar holds comes from other programs and other people: whatever cannot be read is left out.

use std::collections::BTreeSet;

use domain::{BookingId, Span};
use jiff::{Zoned, civil::DateTime, tz::TimeZone};

use super::{Held, Nature, Wanted};

/// The property in which we say which revision of an appointment an event shows (section 3.8.8.2).
pub(super) const REVISION: &str = "X-DATEBOOK-REVISION";

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
    /// What we wrote into it of the appointment's revision.
    pub revision: Option<u32>,
    /// From DTSTART to DTEND or over DURATION; nothing for whole days, for times without a zone, and where the length
    /// cannot be read.
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
    /// Whether it is more than one event, or one of a series.
    pub fn is_series(&self) -> bool {
        self.repeats || !self.instance.is_empty()
    }
}

/// What these events are to these appointments: ours by their UID, copies by what they still say. The calendar's own
/// name of an event is its UID. A changed instance comes beside its series under one UID; the two are one here.
pub fn held(events: Vec<Event>, of: &[Wanted]) -> Vec<Held> {
    let series: BTreeSet<String> =
        events.iter().filter(|event| event.is_series()).map(|event| event.uid.clone()).collect();
    let mut held: Vec<Held> = Vec::new();
    for Event { uid, sequence, revision, span, summary, url, .. } in events {
        let repeats = series.contains(&uid);
        let (found, nature) = match booking_of(&uid) {
            Some(booking) => {
                let found = of.iter().find(|wanted| wanted.booking == booking);
                (found, if repeats { Nature::Series } else { Nature::Ours })
            }
            None => (of.iter().find(|wanted| !repeats && wanted.made(&url, &summary)), Nature::Copy),
        };
        let Some(Wanted { booking, .. }) = found.cloned() else { continue };
        if held.iter().all(|known| known.handle != uid) {
            // What is ours says its revision. What a mail brought has only the number that mail and calendar count.
            held.push(Held { handle: uid, booking, revision: revision.or(sequence), span, nature });
        }
    }
    held
}

/// The events (VEVENT) in a text, in its order.
pub fn events(text: &str) -> Vec<Event> {
    let unfolded = text.replace("\r\n ", "").replace("\r\n\t", "").replace("\n ", "").replace("\n\t", "");
    let mut events = Vec::new();
    let mut path: Vec<String> = Vec::new();
    let (mut event, mut start, mut end) = (Event::default(), None::<Zoned>, None::<Option<Zoned>>);
    let mut duration = None::<Option<jiff::Span>>;
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
                    event.span = start.take().and_then(|from| {
                        let to = match (end.take(), duration) {
                            (Some(end), _) => end?,
                            // Days and weeks of it are those of the start's zone (section 3.3.6).
                            (None, Some(length)) => from.checked_add(length?).ok()?,
                            (None, None) => from.clone(),
                        };
                        let (from, to) = (from.timestamp(), to.timestamp());
                        Some(Span { from, to: to.max(from) })
                    });
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
            REVISION => event.revision = value.trim().parse().ok(),
            "DTSTART" => start = instant(&parameters, value),
            "DTEND" => end = Some(instant(&parameters, value)),
            "DURATION" => duration = Some(value.trim().parse::<jiff::Span>().ok()),
            "SUMMARY" => event.summary = plain(value),
            "DESCRIPTION" => event.description = plain(value),
            "URL" => value.clone_into(&mut event.url),
            "RRULE" | "RDATE" | "EXRULE" => event.repeats = true,
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
fn instant(parameters: &[(String, String)], value: &str) -> Option<Zoned> {
    let value = value.trim();
    let at: DateTime = DateTime::strptime("%Y%m%dT%H%M%S", value.trim_end_matches('Z')).ok()?;
    let zone = if value.ends_with('Z') {
        TimeZone::UTC
    } else {
        zone(&parameters.iter().find(|(name, _)| name == "TZID")?.1)?
    };
    at.to_zoned(zone).ok()
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
        for (lines, to) in [
            ("DTSTART;TZID=Europe/Berlin:20261024T140000\nDURATION:P1D", "2026-10-25T13:00:00Z"),
            ("DTSTART;TZID=Europe/Berlin:20261024T140000\nDURATION:P1DT2H", "2026-10-25T15:00:00Z"),
            ("DTSTART:20261024T120000Z\nDURATION:P1W", "2026-10-31T12:00:00Z"),
            ("DTSTART:20261024T120000Z", "2026-10-24T12:00:00Z"),
        ] {
            assert_eq!(read(lines).span, span("2026-10-24T12:00:00Z", to), "{lines}: a day may have 25 hours");
        }
        for lines in [
            "DTSTART:20261127T130000Z\nDURATION:a while",
            "DTSTART:20261127T130000Z\nDURATION:P9999999999W",
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

    fn id(last: &str) -> BookingId {
        format!("01990000-0000-7000-8000-0000000000{last}").parse().unwrap()
    }

    fn link(of: BookingId) -> String {
        format!("https://salon.example/open/booking/{of}")
    }

    /// What a calendar with this one event holds of an appointment that is called a cut.
    fn of_cut(lines: &str) -> Vec<(BookingId, Nature, Option<u32>)> {
        let wanted = |booking| Wanted {
            booking,
            signs: vec![crate::own_calendar::Sign { link: link(booking), title: "Cut, short · Salon".to_owned() }],
        };
        let found = held(vec![read(lines)], &[wanted(id("2b")), wanted(id("2a"))]);
        found.into_iter().map(|held| (held.booking, held.nature, held.revision)).collect()
    }

    #[test]
    fn ours_is_told_by_uid_and_a_copy_by_address_and_title() {
        let (id, link) = (id("2a"), link(id("2a")));
        assert_eq!(
            of_cut(&format!("UID:{}\nSEQUENCE:3\nSUMMARY:Mine", uid_of(id))),
            [(id, Nature::Ours, Some(3))],
            "by its UID alone"
        );
        let copy = format!("UID:77\nSUMMARY:Cut\\, short · Salon\nURL:{link}");
        assert_eq!(of_cut(&copy), [(id, Nature::Copy, None)], "address and title are still ours");
        assert_eq!(of_cut("UID:01990000-0000-7000-8000-00000000002c@datebook"), [], "nobody asked for that one");
        assert_eq!(of_cut("UID:x@datebook"), [], "not everything that ends so is ours");
    }

    #[test]
    fn an_event_of_its_owner_is_never_taken_for_ours() {
        let (id, link) = (id("2a"), link(id("2a")));
        let title = "SUMMARY:Cut\\, short · Salon";
        for (what, lines) in [
            (
                "a link pasted into the description",
                format!("UID:77\nSUMMARY:Ask for a receipt\nDESCRIPTION:see {link}"),
            ),
            ("a link pasted into the address", format!("UID:77\nSUMMARY:Ask for a receipt\nURL:{link}")),
            ("the same title, and a pasted link", format!("UID:77\n{title}\nDESCRIPTION:{link}")),
            ("a renamed copy", format!("UID:77\nSUMMARY:Cut for Ben\nURL:{link}\nDESCRIPTION:{id}\n{REVISION}:1")),
            ("a link that only begins as ours", format!("UID:77\n{title}\nURL:{link}/visit")),
            ("a weekly series", format!("UID:77\n{title}\nURL:{link}\nRRULE:FREQ=WEEKLY")),
            ("a series of single days", format!("UID:77\n{title}\nURL:{link}\nRDATE:20261204T130000Z")),
            ("one of a series", format!("UID:77\n{title}\nURL:{link}\nRECURRENCE-ID:20261204T130000Z")),
        ] {
            assert_eq!(of_cut(&lines), [], "{what} is its owner's: {lines}");
        }
    }

    #[test]
    fn an_event_of_ours_that_was_made_weekly_is_its_owners() {
        let uid = uid_of(id("2a"));
        let weekly = format!("UID:{uid}\nSEQUENCE:1\nRRULE:FREQ=WEEKLY");
        assert_eq!(of_cut(&weekly), [(id("2a"), Nature::Series, Some(1))], "it repeats");
        // The changed one of its times says nothing of the rule, and may come first.
        let instance = read(&format!("UID:{uid}\nRECURRENCE-ID:20261204T130000Z"));
        let wanted = [Wanted { booking: id("2a"), signs: Vec::new() }];
        let found = held(vec![instance, read(&weekly)], &wanted);
        assert_eq!(found.iter().map(|held| held.nature).collect::<Vec<_>>(), [Nature::Series], "both are one series");
    }

    #[test]
    fn what_a_calendar_counts_is_not_a_revision() {
        let uid = uid_of(id("2a"));
        let dragged = format!("UID:{uid}\nSEQUENCE:2\n{REVISION}:1");
        assert_eq!(of_cut(&dragged), [(id("2a"), Nature::Ours, Some(1))], "a hand raised the number");
        let mailed = format!("UID:{uid}\nSEQUENCE:2");
        assert_eq!(of_cut(&mailed), [(id("2a"), Nature::Ours, Some(2))], "a mail brought a newer state");
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
