//! Writes calendar files into a folder, and what a reader should find in them into `expected.json`: for
//! `tests/icalendar/run`, which has other people's programs read them.
//!
//! The files: a feed for each of some zones with appointments around every change of its clock in two years, one feed of
//! them all, and single files and mails in every state and with hostile texts.

#![allow(clippy::unwrap_used)] // a test that cannot go on has failed

use std::{env, fs, path::PathBuf};

use domain::{
    Booking, BookingId, BookingState, Location, Span, Timestamp, Zone,
    booking::{By, Change, LedgerEntry, Names, Reference},
};
use jiff::{SignedDuration, ToSpan as _};
use paper::icalendar::{Entry, Head, feed, file, invitation, uid};
use serde_json::{Value, json};

const NOW: &str = "2026-11-20T09:00:00Z";

/// Both halves of the world, odd offsets, half an hour of summer time, midnight changes, and laws that no yearly rule
/// can say.
const ZONES: &[&str] = &[
    "Africa/Casablanca",
    "Africa/Johannesburg",
    "America/Asuncion",
    "America/Havana",
    "America/New_York",
    "America/Nuuk",
    "America/Santiago",
    "America/Sao_Paulo",
    "America/St_Johns",
    "Antarctica/Troll",
    "Asia/Beirut",
    "Asia/Gaza",
    "Asia/Jerusalem",
    "Asia/Kathmandu",
    "Asia/Kolkata",
    "Asia/Tehran",
    "Australia/Eucla",
    "Australia/Lord_Howe",
    "Australia/Sydney",
    "Europe/Berlin",
    "Europe/Dublin",
    "Europe/London",
    "Pacific/Apia",
    "Pacific/Auckland",
    "Pacific/Chatham",
    "Pacific/Kiritimati",
    "UTC",
];

fn booking(number: u128, zone: &str, from: Timestamp) -> Booking {
    let id = BookingId(uuid::Uuid::from_u128(0x0199_0000_0000_7000_8000_0000_0000_0000 + number));
    let at = "2026-01-02T03:04:05Z".parse().unwrap();
    let usual = testkit::appointment();
    // On both sides of the equator and of Greenwich, and sometimes nobody knows.
    let sides = [Some((52.528_05, 13.410_53)), Some((-33.865_143, -70.5)), Some((0.0, -180.0)), None];
    let side = sides[usize::try_from(number % 4).unwrap()];
    let location = side.map(|(latitude, longitude)| Location::new(latitude, longitude).unwrap());
    Booking {
        id,
        reference: Reference::numbered(id.0.as_u128() as u64),
        names: Names { service: format!("Haircut {number}"), location, ..usual.names },
        span: Span { from, to: from + SignedDuration::from_mins(45) },
        zone: zone.parse().unwrap(),
        revision: u32::try_from(number % 5).unwrap(),
        ledger: vec![LedgerEntry { at, by: By::Customer, change: Change::Booked { start: from } }],
        ..usual
    }
}

/// Appointments around every change of a zone's clock in 2026 and 2027, and on some days between.
fn around(zone: &str, first: u128) -> Vec<Booking> {
    let of: Zone = zone.parse().unwrap();
    let (from, to): (Timestamp, Timestamp) =
        ("2026-01-01T00:00Z".parse().unwrap(), "2028-01-01T00:00Z".parse().unwrap());
    let zoned = of.zoned(from);
    let changes = zoned.time_zone().following(from).map(|change| change.timestamp()).take_while(|at| *at < to);
    let near = changes.flat_map(|at| [-1500, -90, -60, -30, 0, 30, 60, 90, 1500].map(|by: i64| at + by.minutes()));
    let between = (0..24).map(|month: i64| from + SignedDuration::from_hours(month * 730 + 7));
    near.chain(between).zip(first..).map(|(at, number)| booking(number, zone, at)).collect()
}

fn expected(bookings: &[Booking], method: &str) -> Value {
    let event = |booking: &Booking| {
        let status = match booking.state {
            BookingState::Cancelled => "CANCELLED",
            BookingState::AwaitingProvider => "TENTATIVE",
            _ => "CONFIRMED",
        };
        json!({
            "uid": uid(booking), "summary": format!("{} · Salon", booking.names.service),
            "start": booking.span.from, "end": booking.span.to, "status": status, "sequence": booking.revision,
            "geo": booking.names.location.map(|at| [at.latitude(), at.longitude()]),
        })
    };
    json!({ "method": method, "events": bookings.iter().map(event).collect::<Vec<_>>() })
}

fn entry(booking: &Booking) -> Entry<'_> {
    Entry { booking, link: "https://salon.example/agenda/1".to_owned() }
}

fn main() {
    let folder = PathBuf::from(env::args_os().nth(1).expect("a folder"));
    let head = Head { business: "Salon", organizer: "hello@salon.example", now: NOW.parse().unwrap() };
    let mut all = serde_json::Map::new();
    let mut keep = |name: &str, text: String, bookings: &[Booking], method: &str| {
        fs::write(folder.join(format!("{name}.ics")), text).unwrap();
        all.insert(name.to_owned(), expected(bookings, method));
    };

    let mut everywhere = Vec::new();
    for zone in ZONES {
        let bookings = around(zone, everywhere.len() as u128);
        let entries: Vec<Entry<'_>> = bookings.iter().map(entry).collect();
        keep(&format!("feed-{}", zone.replace('/', "-")), feed(&entries, &head), &bookings, "PUBLISH");
        everywhere.extend(bookings);
    }
    let entries: Vec<Entry<'_>> = everywhere.iter().map(entry).collect();
    keep("feed", feed(&entries, &head), &everywhere, "PUBLISH");
    keep("feed-of-nothing", feed(&[], &head), &[], "PUBLISH");

    let of = |state, service: &str| {
        let mut booking = booking(90_000, "Europe/Berlin", "2026-11-27T13:00Z".parse().unwrap());
        booking.state = state;
        booking.revision = 3;
        service.clone_into(&mut booking.names.service);
        booking
    };
    for (name, booking) in [
        ("confirmed", of(BookingState::Confirmed, "Haircut")),
        ("requested", of(BookingState::AwaitingProvider, "Haircut")),
        ("cancelled", of(BookingState::Cancelled, "Haircut")),
        ("long", of(BookingState::Confirmed, &"Schönheitsbehandlung für große Füße ✂️ 美容院 ".repeat(8))),
        ("hostile", of(BookingState::Confirmed, "A;B,C\\D\\n\"E\": END:VEVENT BEGIN:VALARM ^n %0A \u{202e}F")),
        ("lines", of(BookingState::Confirmed, "One\nATTENDEE:mailto:x@example.org\nBEGIN:VEVENT\nThree")),
    ] {
        let method = if booking.state == BookingState::Cancelled { "CANCEL" } else { "REQUEST" };
        let one = std::slice::from_ref(&booking);
        keep(&format!("file-{name}"), file(&entry(&booking), &head), one, "PUBLISH");
        keep(&format!("mail-{name}"), invitation(&entry(&booking), &head, "ada@example.org"), one, method);
    }
    fs::write(folder.join("expected.json"), Value::Object(all).to_string()).unwrap();
}
