//! The two clock changes of a year, in zones of both hemispheres and with a change of half an hour.

use std::collections::BTreeSet;

use domain::{Timestamp, availability::DayState, hours::Hours};
use proptest::prelude::*;

use crate::shop::{Shop, date};

/// Zone, the date on which the clock goes forward, the date on which it goes back, by how many minutes.
const CHANGES: &[(&str, &str, &str, i64)] = &[
    ("Europe/Berlin", "2026-03-29", "2026-10-25", 60),
    ("America/New_York", "2026-03-08", "2026-11-01", 60),
    ("Australia/Sydney", "2026-10-04", "2026-04-05", 60),
    ("Australia/Lord_Howe", "2026-10-04", "2026-04-05", 30),
];

fn shop(zone: &str, hours: &str) -> Shop {
    let mut shop = Shop::new(zone, "2026-01-01T00:00Z").with_staff("anna", &[hours]);
    shop.variant().minutes = 15;
    shop.terms.every = 15;
    shop
}

fn starts(shop: &Shop, day: &str) -> Vec<Timestamp> {
    let (_, slots) = shop.offer().day(&shop.calendars, date(day), shop.now);
    slots.iter().map(|slot| slot.span.from).collect()
}

#[test]
fn a_day_has_as_many_times_as_it_has_quarters_of_an_hour() {
    for (zone, forward, back, by) in CHANGES {
        for hours in ["00:00-06:00", "00:00-00:00"] {
            let shop = shop(zone, hours);
            let usual = starts(&shop, "2026-07-01").len() as i64;
            assert_eq!(usual, if hours == "00:00-06:00" { 24 } else { 96 }, "{hours} on a usual day in {zone}");
            assert_eq!(
                starts(&shop, forward).len() as i64,
                usual - by / 15,
                "{hours} on {forward} in {zone} is shorter"
            );
            assert_eq!(starts(&shop, back).len() as i64, usual + by / 15, "{hours} on {back} in {zone} is longer");
        }
        let shop = shop(zone, "09:00-17:00");
        for day in [forward, back] {
            assert_eq!(
                shop.times(day),
                shop.times("2026-07-01"),
                "a day's work in {zone} has the usual times on {day}"
            );
        }
    }
}

#[test]
fn a_night_shift_over_the_change_is_longer_or_shorter() {
    for (zone, forward, back, by) in CHANGES {
        let shop = shop(zone, "22:00-05:00");
        for (day, times) in [(forward, 20 - by / 15), (back, 20 + by / 15)] {
            // From midnight to 05:00 over from the day before, and from 22:00 to midnight.
            assert_eq!(starts(&shop, day).len() as i64, times + 8, "{day} in {zone}");
        }
    }
}

#[test]
fn no_time_lies_in_the_hour_that_is_skipped() {
    for (zone, forward, _, by) in CHANGES {
        let times = shop(zone, "00:00-06:00").times(forward);
        let skipped = if *by == 60 { ["02:00", "02:45"] } else { ["02:00", "02:15"] };
        for time in skipped {
            assert!(!times.iter().any(|offered| offered == time), "{time} does not exist on {forward} in {zone}");
        }
        assert_eq!(times.iter().collect::<BTreeSet<_>>().len(), times.len(), "no time is read twice on {forward}");
    }
}

#[test]
fn both_times_of_an_autumn_night_can_be_booked() {
    for (zone, _, back, by) in CHANGES {
        let mut shop = shop(zone, "00:00-06:00");
        let (_, slots) = shop.offer().day(&shop.calendars, date(back), shop.now);
        let read: Vec<_> = slots.iter().map(|slot| shop.place.civil(slot.span.from)).collect();
        let twice: Vec<_> =
            read.windows(1 + (*by as usize) / 15).filter(|w| w[0].time == w[w.len() - 1].time).collect();
        assert_eq!(twice.len() as i64, by / 15, "each quarter of the repeated time comes twice on {back} in {zone}");
        for pair in twice {
            let (first, second) = (&pair[0], &pair[pair.len() - 1]);
            assert_ne!(first.offset, second.offset, "the offset tells them apart");
            shop.take(first.at).expect("the first can be booked");
            shop.take(second.at).expect("and the second, which is another time");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    /// Whatever the shift, on the two days and their neighbours: every start is unique, on its date, and by the clock on
    /// the wall within the shift from begin to end.
    #[test]
    fn every_time_is_within_the_shift_by_the_clock_on_the_wall(
        change in 0..CHANGES.len(),
        forward in any::<bool>(),
        offset in -1i64..=1,
        (from, length) in (0u16..48, 1u16..48),
        every in prop::sample::select(vec![5u16, 10, 15, 20, 30, 45, 60]),
        minutes in prop::sample::select(vec![5u16, 15, 30, 50, 90]),
    ) {
        let (zone, spring, autumn, _) = CHANGES[change];
        let day = date(if forward { spring } else { autumn }).checked_add(jiff::Span::new().days(offset)).unwrap();
        // A shift begins and ends at half hours: all the changes are whole half hours too.
        let clock = |half: u16| format!("{:02}:{:02}", half / 2 % 24, half % 2 * 30);
        let text = format!("{}-{}", clock(from), clock(from + length));
        let hours: Hours = text.parse().unwrap();
        let mut shop = shop(zone, &text);
        shop.terms.every = every;
        shop.variant().minutes = minutes;
        let (state, slots) = shop.offer().day(&shop.calendars, day, shop.now);
        if let DayState::Free { times } = state {
            prop_assert_eq!(usize::from(times), slots.len(), "the count is the number of times");
        }
        let unique: BTreeSet<_> = slots.iter().map(|slot| slot.span.from).collect();
        prop_assert_eq!(unique.len(), slots.len(), "no instant is offered twice");
        for slot in &slots {
            let start = shop.place.zone.zoned(slot.span.from);
            prop_assert_eq!(start.date(), day, "a start belongs to its date");
            // Every minute of the visit, its last included.
            for minute in 0..i64::from(minutes) {
                let time = start.checked_add(jiff::SignedDuration::from_mins(minute)).unwrap().time();
                let within = if hours.from < hours.to {
                    hours.from <= time && time < hours.to
                } else {
                    hours.from <= time || time < hours.to
                };
                prop_assert!(within, "{start} + {minute} min shows {time}, outside {text}");
            }
        }
    }
}
