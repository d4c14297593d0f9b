//! What a reader makes of our files who knows nothing but RFC 5545: a small reader of its own, written from the standard
//! and not from the writer, held against the zone database.

#![allow(clippy::unwrap_used)] // a test that cannot go on has failed

use std::collections::BTreeMap;

use domain::{
    Booking, BookingId, Span, Timestamp, Zone,
    booking::{Names, Reference},
};
use jiff::{
    SignedDuration,
    civil::{Date, DateTime, Weekday},
    tz::{Offset, TimeZoneDatabase},
};
use paper::icalendar::{Entry, Head, feed, file};
use proptest::prelude::*;

/// A property's name without parameters, its parameters, its value.
type Line = (String, String, String);

/// Lines unfolded and taken apart at the first colon outside quotes.
fn lines(text: &str) -> Vec<Line> {
    assert!(text.ends_with("\r\n"), "the last line ends, too");
    let apart = |line: &str| {
        let mut quoted = false;
        let colon = line.find(|c| {
            quoted ^= c == '"';
            c == ':' && !quoted
        });
        let (head, value) = line.split_at(colon.unwrap_or_else(|| panic!("no value in {line:?}")));
        let (name, parameters) = head.split_once(';').unwrap_or((head, ""));
        (name.to_owned(), parameters.to_owned(), value[1..].to_owned())
    };
    text.replace("\r\n ", "").split_terminator("\r\n").map(apart).collect()
}

fn unescaped(text: &str) -> String {
    let mut out = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (c, c == '\\') {
            (_, true) => match chars.next().unwrap() {
                'n' | 'N' => out.push('\n'),
                c => out.push(c),
            },
            (c, false) => out.push(c),
        }
    }
    out
}

fn offset(text: &str) -> Offset {
    let part = |from: usize| text.get(from..from + 2).map_or(0, |part| part.parse::<i32>().unwrap());
    let seconds = part(1) * 3600 + part(3) * 60 + part(5);
    Offset::from_seconds(if text.starts_with('-') { -seconds } else { seconds }).unwrap()
}

fn civil(text: &str) -> DateTime {
    DateTime::strptime("%Y%m%dT%H%M%S", text).unwrap()
}

fn utc(text: &str) -> Timestamp {
    Offset::UTC.to_timestamp(civil(text.strip_suffix('Z').unwrap())).unwrap()
}

/// What one line of a zone's law begins: when, what the clock showed then, and the offset from then on.
type Onset = (Timestamp, DateTime, Offset);

/// The date of `-1SU` and the like.
fn nth(year: i16, month: i8, rule: &str) -> Date {
    let (place, day) = rule.split_at(rule.len() - 2);
    let day = match day {
        "MO" => Weekday::Monday,
        "TU" => Weekday::Tuesday,
        "WE" => Weekday::Wednesday,
        "TH" => Weekday::Thursday,
        "FR" => Weekday::Friday,
        "SA" => Weekday::Saturday,
        _ => Weekday::Sunday,
    };
    Date::new(year, month, 1).unwrap().nth_weekday_of_month(place.parse().unwrap(), day).unwrap()
}

/// The zones of a file as a reader understands them (section 3.6.5), until the year 2100.
fn zones(lines: &[Line]) -> BTreeMap<String, Vec<Onset>> {
    let mut zones: BTreeMap<String, Vec<Onset>> = BTreeMap::new();
    let mut name = String::new();
    let mut facts: BTreeMap<&str, &str> = BTreeMap::new();
    for (key, _, value) in lines {
        match (key.as_str(), value.as_str()) {
            ("TZID", id) => {
                name = id.to_owned();
                assert!(zones.insert(name.clone(), Vec::new()).is_none(), "{id} is there twice");
            }
            ("BEGIN", "STANDARD" | "DAYLIGHT") => facts.clear(),
            ("END", "STANDARD" | "DAYLIGHT") => {
                let first = civil(facts["DTSTART"]);
                let before = offset(facts["TZOFFSETFROM"]);
                let mut onsets = vec![first];
                if let Some(rule) = facts.get("RRULE") {
                    let parts: BTreeMap<&str, &str> = rule.split(';').filter_map(|part| part.split_once('=')).collect();
                    assert_eq!(parts["FREQ"], "YEARLY", "the only rule we know");
                    let until = parts.get("UNTIL").map_or(Timestamp::MAX, |until| utc(until));
                    onsets = (first.year()..2100)
                        .map(|year| {
                            nth(year, parts["BYMONTH"].parse().unwrap(), parts["BYDAY"]).to_datetime(first.time())
                        })
                        .filter(|onset| *onset >= first && before.to_timestamp(*onset).unwrap() <= until)
                        .collect();
                    assert_eq!(onsets.first(), Some(&first), "DTSTART is the first of its rule");
                }
                let after = offset(facts["TZOFFSETTO"]);
                let onsets = onsets.into_iter().map(|onset| (before.to_timestamp(onset).unwrap(), onset, after));
                zones.get_mut(&name).unwrap().extend(onsets);
            }
            // By instant: two changes can follow each other within the hours that a clock repeats.
            ("END", "VTIMEZONE") => zones.get_mut(&name).unwrap().sort(),
            (key, value) => drop(facts.insert(key, value)),
        }
    }
    zones
}

/// The instant of a local time: by the observance whose onset is the last one not after it.
fn instant(zone: &[Onset], at: DateTime) -> Timestamp {
    let last = zone.iter().rev().find(|(_, onset, _)| *onset <= at);
    let (_, _, after) = last.unwrap_or_else(|| panic!("no observance holds at {at}"));
    after.to_timestamp(at).unwrap()
}

/// The events' beginnings and ends by UID.
fn events(text: &str) -> BTreeMap<String, (Timestamp, Timestamp)> {
    let lines = lines(text);
    let zones = zones(&lines);
    let mut events = BTreeMap::new();
    let (mut uid, mut from) = (String::new(), Timestamp::MIN);
    for (key, parameters, value) in
        lines.iter().skip_while(|(key, _, value)| (key.as_str(), value.as_str()) != ("BEGIN", "VEVENT"))
    {
        let at = || match parameters.strip_prefix("TZID=") {
            Some(zone) => instant(&zones[zone], civil(value)),
            None => utc(value),
        };
        match key.as_str() {
            "UID" => uid = value.clone(),
            "DTSTART" => from = at(),
            "DTEND" => drop(events.insert(uid.clone(), (from, at()))),
            _ => {}
        }
    }
    events
}

fn booking(zone: &str, from: Timestamp, minutes: i64) -> Booking {
    let id = BookingId::new();
    let span = Span { from, to: from + SignedDuration::from_mins(minutes) };
    let usual = testkit::appointment();
    // Only what a test says itself stands in the file.
    let names = Names { service: "Cut".to_owned(), variant: String::new(), address: String::new(), ..usual.names };
    Booking {
        id,
        reference: Reference::numbered(id.0.as_u128() as u64),
        names,
        span,
        zone: zone.parse().unwrap(),
        ..usual
    }
}

fn head() -> Head<'static> {
    Head { business: "Salon", organizer: "hello@salon.example", now: "2026-11-20T09:00Z".parse().unwrap() }
}

fn entry(booking: &Booking) -> Entry<'_> {
    Entry { booking, link: "https://salon.example/agenda/1".to_owned() }
}

/// All bookings are read back at their instants, from a feed of them all.
fn comes_back(bookings: &[Booking]) {
    let entries: Vec<Entry<'_>> = bookings.iter().map(entry).collect();
    let text = feed(&entries, &head());
    let read = events(&text);
    assert_eq!(read.len(), bookings.len(), "every booking is there once");
    for booking in bookings {
        let wanted = (booking.span.from, booking.span.to);
        assert_eq!(read[&paper::icalendar::uid(booking)], wanted, "in {}:\n{text}", booking.zone);
    }
}

#[test]
fn every_zone_of_the_database_is_read_back_around_each_of_its_changes() {
    let (from, to): (Timestamp, Timestamp) =
        ("1990-01-01T00:00Z".parse().unwrap(), "2090-01-01T00:00Z".parse().unwrap());
    let minutes = [-121, -61, -31, -1, 0, 1, 31, 61, 121];
    for name in TimeZoneDatabase::bundled().available() {
        let zone: Zone = name.as_str().parse().unwrap();
        let zoned = zone.zoned(from);
        let changes: Vec<Timestamp> =
            zoned.time_zone().following(from).map(|change| change.timestamp()).take_while(|at| *at < to).collect();
        // Most changes recur: of many some do, another choice in each zone. A few by themselves, as in a file, and then
        // a hundred years of them in one feed.
        let some = |most: usize| {
            let step = changes.len() / most + 1;
            changes.iter().skip(name.as_str().len() % step).step_by(step).chain([&from, &to])
        };
        let around =
            |at: &Timestamp| minutes.map(|minutes| booking(zone.name(), *at + SignedDuration::from_mins(minutes), 45));
        for at in some(2) {
            around(at).iter().for_each(|booking| comes_back(std::slice::from_ref(booking)));
        }
        comes_back(&some(12).flat_map(around).collect::<Vec<_>>());
    }
}

fn any_zone() -> impl Strategy<Value = String> {
    let names: Vec<String> = TimeZoneDatabase::bundled().available().map(|name| name.to_string()).collect();
    proptest::sample::select(names)
}

fn any_instant() -> impl Strategy<Value = Timestamp> {
    // 1990 to 2090, in minutes.
    (10_519_200_i64..63_115_200).prop_map(|minute| Timestamp::from_second(minute * 60).unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(256) })]

    #[test]
    fn any_bookings_in_any_zones_are_read_back_at_their_instants(
        of in proptest::collection::vec((any_zone(), any_instant(), 5_i64..600), 1..8)
    ) {
        comes_back(&of.iter().map(|(zone, at, minutes)| booking(zone, *at, *minutes)).collect::<Vec<_>>());
    }

    #[test]
    fn any_text_comes_back_and_adds_nothing(service in any::<String>(), place in any::<String>(), business in any::<String>()) {
        let mut evil = booking("Asia/Kolkata", "2026-11-27T13:00Z".parse().unwrap(), 30);
        evil.names.service.clone_from(&service);
        evil.names.place.clone_from(&place);
        let usual = file(&entry(&booking("Asia/Kolkata", evil.span.from, 30)), &head());
        let text = file(&entry(&evil), &Head { business: &business, ..head() });
        prop_assert!(text.split_terminator("\r\n").all(|line| line.len() <= 75), "no line is too long");
        prop_assert!(!text.replace("\r\n", "").contains(['\r', '\n', '\u{b}', '\u{c}', '\u{85}', '\u{2028}', '\u{2029}']), "no other line end");
        let read = lines(&text);
        let names = |lines: &[Line]| -> Vec<String> { lines.iter().map(|line| line.0.clone()).filter(|name| name != "LOCATION").collect() };
        prop_assert_eq!(names(&read), names(&lines(&usual)), "the same lines in the same order");
        let kept = |text: &str| -> String {
            let lines = text.replace("\r\n", "\n").replace(['\r', '\u{2028}', '\u{2029}'], "\n");
            lines.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect()
        };
        let value = |name: &str| read.iter().find(|line| line.0 == name).map(|line| unescaped(&line.2)).unwrap_or_default();
        prop_assert_eq!(value("SUMMARY"), kept(&format!("{service} · {business}")), "what was written is what is read");
        prop_assert_eq!(value("LOCATION"), kept(&place));
    }
}
