use super::*;
use domain::{
    BookingId, Span,
    booking::{By, Change, LedgerEntry},
};

fn booking() -> Booking {
    let usual = testkit::appointment();
    let (at, start) = ("2026-11-20T08:30Z".parse().unwrap(), usual.span.from);
    Booking { ledger: vec![LedgerEntry { at, by: By::Customer, change: Change::Booked { start } }], ..usual }
}

const LINK: &str = "https://salon.example/agenda/01990000-0000-7000-8000-00000000002a";

fn head() -> Head<'static> {
    Head { business: "Salon", organizer: "hello@salon.example", now: "2026-11-20T09:00Z".parse().unwrap() }
}

fn entry(booking: &Booking) -> Entry<'_> {
    Entry { booking, link: LINK.to_owned() }
}

fn mail(booking: &Booking) -> String {
    invitation(&entry(booking), &head(), "ada@example.org")
}

fn unfolded(text: &str) -> Vec<String> {
    text.replace("\r\n ", "").split_terminator("\r\n").map(str::to_owned).collect()
}

fn value(text: &str, name: &str) -> String {
    // Inside the event: a zone has a DTSTART, too.
    let lines = unfolded(text);
    let event = lines.iter().skip_while(|line| *line != "BEGIN:VEVENT");
    let mut all = lines.iter().take_while(|line| *line != "BEGIN:VTIMEZONE").chain(event);
    let line = all.find(|line| line.split([':', ';']).next() == Some(name));
    line.and_then(|line| line.split_once(':')).map(|(_, value)| value.to_owned()).unwrap_or_default()
}

#[test]
fn a_confirmed_booking_is_an_event_to_enter() {
    let text = mail(&booking());
    for (name, wanted) in [
        ("METHOD", "REQUEST"),
        ("UID", "01990000-0000-7000-8000-00000000002a@datebook"),
        ("SEQUENCE", "0"),
        ("DTSTAMP", "20261120T090000Z"),
        ("LAST-MODIFIED", "20261120T083000Z"),
        ("DTSTART", "20261127T140000"),
        ("DTEND", "20261127T150000"),
        ("STATUS", "CONFIRMED"),
        ("SUMMARY", "Haircut · Salon"),
        ("LOCATION", "Mitte\\, Torstraße 1\\, 10119 Berlin"),
        ("GEO", "52.528050;13.410530"),
        ("URL", LINK),
    ] {
        assert_eq!(value(&text, name), wanted, "{name} is what RFC 5545 and the booking say");
    }
    assert!(text.contains("DTSTART;TZID=Europe/Berlin:20261127T140000\r\n"), "the venue's clock, named");
    let description = value(&text, "DESCRIPTION");
    assert!(description.contains(&booking().reference.to_string()), "people read the reference to each other");
    assert!(description.ends_with(LINK), "not every calendar shows URL");
}

#[test]
fn a_changed_booking_keeps_its_uid_and_rises_in_sequence() {
    let first = mail(&booking());
    let cancelled = Booking { state: BookingState::Cancelled, revision: 2, ..booking() };
    let last = mail(&cancelled);
    assert_eq!(value(&first, "UID"), value(&last, "UID"), "another UID would leave a ghost in the calendar");
    assert_eq!(value(&last, "SEQUENCE"), "2", "a calendar ignores what does not rise");
    assert_eq!((value(&last, "METHOD").as_str(), value(&last, "STATUS").as_str()), ("CANCEL", "CANCELLED"));
    let written = file(&entry(&booking()), &head());
    assert_eq!(value(&first, "UID"), value(&written, "UID"), "whoever has both has one event");
    assert_eq!(
        value(&feed(&[entry(&booking())], &head()), "UID"),
        value(&written, "UID"),
        "and the feed's is the same"
    );
}

#[test]
fn file_and_feed_ring_and_name_no_customer_and_a_mail_does_neither() {
    let published = [file(&entry(&booking()), &head()), feed(&[entry(&booking())], &head())];
    for text in published {
        assert_eq!(value(&text, "METHOD"), "PUBLISH", "nobody is asked for an answer");
        assert!(text.contains("BEGIN:VALARM\r\nACTION:DISPLAY\r\n"), "one alarm, to be shown: {text}");
        assert!(!text.contains("ATTENDEE") && !text.contains("ada@"), "a file may be passed on");
        assert_eq!(value(&text, "DTSTAMP"), "20261120T083000Z", "when it was changed, not when it was read");
    }
    let text = mail(&booking());
    assert!(!text.contains("VALARM"), "an invitation gets its reader's own reminders");
    assert!(text.contains("ATTENDEE"), "and is for one person");
}

#[test]
fn what_has_begun_does_not_ring() {
    let late = Head { now: booking().span.from, ..head() };
    assert!(!file(&entry(&booking()), &late).contains("VALARM"), "it would ring the moment it is read");
}

#[test]
fn a_feed_is_one_calendar_with_each_zone_once_and_nothing_cancelled() {
    let id = |last: &str| format!("01990000-0000-7000-8000-0000000000{last}").parse::<BookingId>().unwrap();
    let at = |zone: &str, last| Booking { id: id(last), zone: zone.parse().unwrap(), ..booking() };
    let gone = |state, last| Booking { id: id(last), state, ..booking() };
    let bookings = [
        at("Europe/Berlin", "01"),
        at("Australia/Lord_Howe", "02"),
        at("Europe/Berlin", "03"),
        at("UTC", "04"),
        gone(BookingState::Cancelled, "05"),
        gone(BookingState::Postponed, "06"),
    ];
    let entries: Vec<Entry<'_>> = bookings.iter().map(entry).collect();
    let text = feed(&entries, &head());
    let count = |wanted: &str| unfolded(&text).iter().filter(|line| *line == wanted).count();
    assert_eq!(count("BEGIN:VCALENDAR"), 1, "a feed is one object");
    assert_eq!(count("BEGIN:VEVENT"), 4, "what will not take place, or has no time, disappears");
    assert_eq!(count("BEGIN:VTIMEZONE"), 2, "two of one zone share it, and UTC needs none");
    assert_eq!(value(&text, "X-WR-CALNAME"), "Salon", "the name that calendars offer");
    assert_eq!(count("REFRESH-INTERVAL;VALUE=DURATION:PT1H"), 1, "RFC 7986, section 5.7");
    let later = Head { now: head().now + jiff::SignedDuration::from_hours(3), ..head() };
    assert_eq!(feed(&entries, &later), text, "nothing has changed, so no octet has");
}

#[test]
fn a_zone_says_what_its_clock_does_where_it_is_needed() {
    let text = mail(&booking());
    let zone: Vec<String> = unfolded(&text)
        .into_iter()
        .skip_while(|line| line != "BEGIN:VTIMEZONE")
        .take_while(|line| line != "END:VTIMEZONE")
        .collect();
    let wanted = [
        "BEGIN:VTIMEZONE",
        "TZID:Europe/Berlin",
        "BEGIN:STANDARD",
        "DTSTART:20261025T030000",
        "TZOFFSETFROM:+0200",
        "TZOFFSETTO:+0100",
        "TZNAME:CET",
        "END:STANDARD",
        "BEGIN:DAYLIGHT",
        "DTSTART:20270328T020000",
        "TZOFFSETFROM:+0100",
        "TZOFFSETTO:+0200",
        "TZNAME:CEST",
        "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU",
        "END:DAYLIGHT",
        "BEGIN:STANDARD",
        "DTSTART:20271031T030000",
        "TZOFFSETFROM:+0200",
        "TZOFFSETTO:+0100",
        "TZNAME:CET",
        "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU",
        "END:STANDARD",
    ];
    assert_eq!(zone, wanted, "the last change before the appointment, and the rules after it");
}

#[test]
fn the_hour_that_comes_twice_is_written_in_utc() {
    let at = |from: &str, to: &str| {
        let span = Span { from: from.parse().unwrap(), to: to.parse().unwrap() };
        mail(&Booking { span, ..booking() })
    };
    for (from, to, why) in [
        ("2026-10-25T00:30Z", "2026-10-25T02:30Z", "it begins in the first 02:30"),
        ("2026-10-25T01:30Z", "2026-10-25T02:30Z", "it begins in the second 02:30"),
        ("2026-10-24T23:30Z", "2026-10-25T01:30Z", "it ends in the second 02:30"),
    ] {
        let text = at(from, to);
        assert!(value(&text, "DTSTART").ends_with('Z') && value(&text, "DTEND").ends_with('Z'), "{why}: {text}");
        assert!(!text.contains("VTIMEZONE"), "{why}: and no zone is needed");
    }
    assert_eq!(
        value(&at("2026-10-25T02:00Z", "2026-10-25T03:00Z"), "DTSTART"),
        "20261025T030000",
        "afterwards it is clear"
    );
}

#[test]
fn no_line_is_longer_than_75_octets_and_none_is_cut_inside_a_character() {
    let mut long = booking();
    long.names.service = "Schönheitsbehandlung für große Füße ✂️ ".repeat(12);
    let text = mail(&long);
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
    evil.names.service = "Cut\r\nATTENDEE:mailto:x@example.org\nA;B,C\\D\u{2028}E".to_owned();
    let head = Head { business: "Sa\"lon\r\nX-EVIL:1", organizer: "a\r\nX-EVIL:1@x.example", ..head() };
    let entry = Entry { booking: &evil, link: "https://x.example/\r\nX-EVIL:1".to_owned() };
    let lines = unfolded(&invitation(&entry, &head, "ada@example.org"));
    assert!(!lines.iter().any(|line| line.starts_with("X-EVIL")), "a line break in a text is no line break here");
    assert_eq!(lines.iter().filter(|line| line.starts_with("ATTENDEE")).count(), 1, "only the customer attends");
    let summary = lines.iter().find(|line| line.starts_with("SUMMARY")).unwrap();
    assert!(summary.contains(r"Cut\nATTENDEE:mailto:x@example.org\nA\;B\,C\\D\nE"), "escaped as RFC 5545 says");
}

#[test]
fn a_place_lies_where_the_business_says_and_nowhere_else() {
    let at = |location| {
        let usual = booking();
        let names = domain::booking::Names { location, ..usual.names.clone() };
        let booking = Booking { names, ..usual };
        [mail(&booking), file(&entry(&booking), &head()), feed(&[entry(&booking)], &head())]
    };
    for text in at(domain::Location::new(-33.865_143, -0.5).ok()) {
        assert_eq!(value(&text, "GEO"), "-33.865143;-0.500000", "latitude first, with six places (section 3.8.1.6)");
    }
    for text in at(None) {
        assert!(!text.contains("GEO"), "a place that nobody has said lies nowhere");
    }
}
