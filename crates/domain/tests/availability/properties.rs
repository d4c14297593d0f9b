//! What holds for every business, every day and every calendar.

use std::collections::BTreeMap;

use domain::{
    BookingId, CalendarId, Claim, Date, Span, Timestamp,
    availability::{DayState, NotFree, Slot, Taking},
    hours::Hours,
};
use jiff::{SignedDuration, ToSpan};
use proptest::{collection::vec, prelude::*, sample::select};

use crate::shop::{Shop, date};

/// Days with a clock change, days without, and zones at both ends of the map.
const DAYS: &[(&str, &str)] = &[
    ("Europe/Berlin", "2026-03-29"),
    ("Europe/Berlin", "2026-10-25"),
    ("Europe/Berlin", "2026-07-01"),
    ("America/New_York", "2026-03-08"),
    ("America/New_York", "2026-11-01"),
    ("Australia/Sydney", "2026-10-04"),
    ("Australia/Lord_Howe", "2026-04-05"),
    ("Australia/Lord_Howe", "2026-10-04"),
    ("Pacific/Kiritimati", "2026-07-01"),
    ("Pacific/Pago_Pago", "2026-07-01"),
    ("Asia/Kathmandu", "2026-02-28"),
];

const SHIFTS: &[&str] =
    &["09:00-17:00", "08:15-12:00", "13:00-18:30", "22:00-02:00", "20:30-04:15", "00:00-00:00", "01:30-05:00"];

#[derive(Debug, Clone)]
struct Plan {
    day: usize,
    shifts: Vec<Vec<usize>>,
    rooms: usize,
    every: u16,
    minutes: u16,
    before: u16,
    after: u16,
    capacity: u16,
    party: u16,
    /// Hours from midnight of the day to now.
    now: i64,
    notice: u32,
    /// Whose calendar, minutes from midnight of the day, for how many minutes.
    blocks: Vec<(usize, i64, i64)>,
    /// Which of the free times are taken, one after the other.
    takes: Vec<prop::sample::Index>,
}

fn plans() -> impl Strategy<Value = Plan> {
    let terms = (select(vec![10u16, 15, 20, 30, 60]), -30i64..20, select(vec![0u32, 45, 600]));
    let service = (
        select(vec![10u16, 30, 45, 60, 150]),
        select(vec![0u16, 0, 10, 90]),
        select(vec![0u16, 0, 15, 240]),
        select(vec![1u16, 1, 1, 2, 4, 7]),
        1u16..4,
    );
    let staff = (vec(vec(0..SHIFTS.len(), 0..3), 1..4), 0usize..3);
    let taken = (vec((0usize..6, -900i64..2400, 5i64..400), 0..16), vec(any::<prop::sample::Index>(), 0..8));
    (0..DAYS.len(), terms, service, staff, taken).prop_map(|(day, terms, service, staff, taken)| {
        let ((every, now, notice), (minutes, before, after, capacity, party)) = (terms, service);
        let ((shifts, rooms), (blocks, takes)) = (staff, taken);
        Plan { day, shifts, rooms, every, minutes, before, after, capacity, party, now, notice, blocks, takes }
    })
}

fn shop(plan: &Plan) -> (Shop, Date) {
    let (zone, day) = DAYS[plan.day];
    let mut shop = Shop::new(zone, "2026-01-01T00:00Z");
    for (who, shifts) in plan.shifts.iter().enumerate() {
        let hours: Vec<&str> = shifts.iter().map(|shift| SHIFTS[*shift]).collect();
        shop = shop.with_staff(&format!("staff-{who}"), &hours);
    }
    for room in 0..plan.rooms {
        shop = shop.with_room(&format!("room-{room}"));
    }
    let midnight = shop.place.zone.day(date(day)).from;
    shop.now = midnight + plan.now.hours();
    (shop.terms.every, shop.terms.notice) = (plan.every, plan.notice);
    shop.variant().minutes = plan.minutes;
    (shop.service.buffer_before, shop.service.buffer_after) = (plan.before, plan.after);
    (shop.service.capacity, shop.party) = (plan.capacity, plan.party);
    for (who, from, length) in &plan.blocks {
        let calendar = if *who < 3 { format!("staff.staff-{who}") } else { format!("resource.room-{}", who - 3) };
        shop.block(&calendar, midnight + from.minutes(), midnight + (from + length).minutes());
    }
    (shop, date(day))
}

fn slots(shop: &Shop, date: Date) -> Vec<Slot> {
    let (state, slots) = shop.offer().day(&shop.calendars, date, shop.now);
    assert_eq!(shop.offer().state(&shop.calendars, date, shop.now), state, "a month says what the day says");
    assert!(slots.is_sorted_by(|a, b| a.span.from < b.span.from), "times come in order, each once");
    if let DayState::Free { times } = state {
        assert!(times > 0 && usize::from(times) == slots.len(), "a free day has the times it counts");
    } else {
        assert!(slots.is_empty(), "a day that is not free has no times");
    }
    slots
}

/// All claims of a calendar that touch a stretch, found without the help of [`domain::Calendars::claims`].
fn claims(shop: &Shop, calendar: &CalendarId, span: Span) -> BTreeMap<BookingId, Claim> {
    let start = date("2025-12-30").series(1.day()).take(400);
    let days = start.filter_map(|day| shop.calendars.day(calendar, day));
    days.flat_map(|day| &day.claims).filter(|claim| claim.span.overlaps(&span)).map(|c| (c.id, c.clone())).collect()
}

/// Whether a person can give a visit, said as plainly as possible.
fn is_free(shop: &Shop, who: usize, start: Timestamp) -> bool {
    let mins = |count: u16| SignedDuration::from_mins(i64::from(count));
    let visit = Span { from: start, to: start + mins(shop.service.variants[0].minutes) };
    let claim =
        Span { from: visit.from - mins(shop.service.buffer_before), to: visit.to + mins(shop.service.buffer_after) };
    let there = claims(shop, &CalendarId::Staff(shop.staff[who].id.clone()), claim);
    let capacity = shop.service.capacity;
    let same = |claim: &Claim| claim.session.as_ref().is_some_and(|s| s.of == "massage/hour" && s.start == start);
    if there.values().any(|claim| capacity == 1 || !same(claim)) {
        return false;
    }
    let seats: u16 = there.values().filter_map(|claim| claim.session.as_ref()).map(|session| session.seats).sum();
    if seats + shop.party > capacity {
        return false;
    }
    shop.service.needs.is_none()
        || shop.resources.iter().any(|room| {
            let inside = claims(shop, &CalendarId::Resource(room.id.clone()), claim);
            inside.keys().all(|id| there.contains_key(id))
        })
}

/// All starts of a date and who can give them, by trying every minute.
fn expected(shop: &Shop, day: Date) -> Vec<(Timestamp, Vec<usize>)> {
    let zone = &shop.place.zone;
    let span = zone.day(day);
    let length = SignedDuration::from_mins(i64::from(shop.service.variants[0].minutes));
    let earliest = shop.now + SignedDuration::from_mins(i64::from(shop.terms.notice));
    let work: Vec<Vec<Span>> = shop
        .staff
        .iter()
        .map(|staff| {
            let hours = |shift: &domain::hours::Shift| -> Vec<Hours> { shift.hours.clone() };
            let dates = [day.yesterday().unwrap(), day];
            dates.iter().flat_map(|date| staff.shifts.iter().flat_map(hours).map(|h| h.on(*date, zone))).collect()
        })
        .collect();
    let minutes = span.to.duration_since(span.from).as_mins();
    let starts = (0..minutes).map(|minute| span.from + minute.minutes()).filter(|start| *start >= earliest);
    let fits = |who: usize, start: Timestamp| {
        work[who].iter().any(|work| {
            let since = start.duration_since(work.from).as_mins();
            since >= 0 && since % i64::from(shop.terms.every) == 0 && start + length <= work.to
        })
    };
    starts
        .map(|start| {
            let who = (0..shop.staff.len()).filter(|who| fits(*who, start) && is_free(shop, *who, start));
            (start, who.collect::<Vec<_>>())
        })
        .filter(|(_, who)| !who.is_empty())
        .collect()
}

fn check(shop: &Shop, start: Timestamp) -> Result<Taking, NotFree> {
    shop.offer().check(&shop.calendars, start, shop.now)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    /// The list of times is exactly what the rules say in plain words: no time beyond capacity, none left out.
    #[test]
    fn the_times_are_those_that_the_rules_allow(plan in plans()) {
        let (mut shop, day) = shop(&plan);
        for take in &plan.takes {
            let slots = slots(&shop, day);
            if !slots.is_empty() {
                shop.take(take.get(&slots).span.from).unwrap();
            }
        }
        let offered: Vec<_> = slots(&shop, day)
            .into_iter()
            .map(|slot| {
                let index = |id: &domain::StaffId| shop.staff.iter().position(|staff| staff.id == *id).unwrap();
                (slot.span.from, slot.staff.iter().map(index).collect::<Vec<_>>())
            })
            .collect();
        prop_assert_eq!(offered, expected(&shop, day), "offered on the left, allowed on the right");
    }

    /// Every time offered passes the check, which takes it with the first person named; then it is taken.
    #[test]
    fn what_is_offered_can_be_booked_and_is_then_taken(plan in plans()) {
        let (mut shop, day) = shop(&plan);
        for take in &plan.takes {
            let offered = slots(&shop, day);
            if offered.is_empty() {
                break;
            }
            let slot = take.get(&offered);
            let (from, to) = shop.offer().days_to_load(day, day);
            let (id, taking) = shop.take(slot.span.from).expect("an offered time can be booked");
            prop_assert_eq!(&taking.staff, &slot.staff[0], "the first free person in the offer's order");
            prop_assert_eq!(taking.span, slot.span, "the visit is the one that was offered");
            prop_assert!(taking.claim.days().iter().all(|d| from <= *d && *d <= to), "its days were among those to load");
            prop_assert_eq!(taking.calendars.len(), 1 + usize::from(plan.rooms > 0), "the person's, and a room's if needed");

            let after = slots(&shop, day);
            let again = after.iter().find(|other| other.span == slot.span);
            if plan.capacity == 1 {
                let still = again.is_some_and(|other| other.staff.contains(&taking.staff));
                prop_assert!(!still, "the same person cannot be booked twice");
                prop_assert_ne!(check(&shop, slot.span.from).map(|t| t.staff), Ok(taking.staff), "nor does the check do it");
            } else if let Some(again) = again {
                prop_assert!(again.seats <= slot.seats, "seats never become more");
            }
            shop.moving = Some(id);
            prop_assert_eq!(slots(&shop, day), offered, "a booking that moves is not in its own way");
            shop.moving = None;
        }
    }

    /// What the list does not name is refused, on and off the grid, also just outside the date.
    #[test]
    fn what_is_not_offered_is_refused(plan in plans()) {
        let (mut shop, day) = shop(&plan);
        for take in plan.takes.iter().take(3) {
            let slots = slots(&shop, day);
            if !slots.is_empty() {
                shop.take(take.get(&slots).span.from).unwrap();
            }
        }
        let offered: BTreeMap<_, _> =
            slots(&shop, day).into_iter().map(|slot| (slot.span.from, slot.staff[0].clone())).collect();
        let span = shop.place.zone.day(day);
        let mut start = span.from;
        let mut checked = 0;
        while start < span.to {
            let taken = check(&shop, start).ok().map(|taking| taking.staff);
            prop_assert_eq!(taken.as_ref(), offered.get(&start), "the check and the list disagree about {}", start);
            checked += usize::from(taken.is_some());
            start += 5.minutes();
        }
        prop_assert_eq!(checked, offered.len(), "all that is offered lies on the scanned grid of this date");
    }

    /// The nearest times are those of all days, sorted by distance.
    #[test]
    fn the_nearest_times_are_the_nearest_of_all(plan in plans(), around in -3000i64..5000, most in 0usize..9) {
        let (shop, day) = shop(&plan);
        let (from, to) = (day.yesterday().unwrap(), day.tomorrow().unwrap());
        let around = shop.place.zone.day(day).from + around.minutes();
        let mut all: Vec<Slot> = from.series(1.day()).take(3).flat_map(|day| slots(&shop, day)).collect();
        all.sort_by_key(|slot| (slot.span.from.duration_since(around).abs(), slot.span.from));
        all.truncate(most);
        prop_assert_eq!(shop.offer().nearest(&shop.calendars, around, (from, to), shop.now, most), all);
    }
}
