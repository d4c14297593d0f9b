//! One rule each.

use domain::{
    Claim, Terms,
    availability::{DayState, NotFree},
    calendar::Session,
    hours::Shift,
};
use jiff::ToSpan;

use crate::shop::{Shop, date};

const NOW: &str = "2026-07-01T06:00Z"; // 08:00 in Berlin
const DAY: &str = "2026-07-06";

fn shop() -> Shop {
    Shop::new("Europe/Berlin", NOW)
}

fn state(shop: &Shop, day: &str) -> DayState {
    let (state, slots) = shop.offer().day(&shop.calendars, date(day), shop.now);
    let times = if let DayState::Free { times } = state { usize::from(times) } else { 0 };
    assert_eq!(times, slots.len(), "the count is the length of the list");
    assert_eq!(shop.offer().state(&shop.calendars, date(day), shop.now), state, "a month says what the day says");
    state
}

#[test]
fn a_visit_lies_within_the_shift() {
    let shop = shop().with_staff("anna", &["09:00-11:00", "13:00-14:00", "15:00-15:45"]);
    assert_eq!(shop.times(DAY), ["09:00", "09:30", "10:00", "13:00"], "an hour must fit before each shift ends");
}

#[test]
fn buffers_are_free_of_claims_but_may_lie_outside_the_shift() {
    let mut shop = shop().with_staff("anna", &["09:00-12:00"]);
    (shop.service.buffer_before, shop.service.buffer_after) = (15, 15);
    assert_eq!(shop.times(DAY), ["09:00", "09:30", "10:00", "10:30", "11:00"], "the visit alone must fit");
    shop.block("staff.anna", shop.at("2026-07-06T12:00"), shop.at("2026-07-06T13:00"));
    assert_eq!(shop.times(DAY), ["09:00", "09:30", "10:00", "10:30"], "11:00 would tidy up in taken time");
    let (_, taking) = shop.take(shop.at("2026-07-06T09:30")).unwrap();
    assert_eq!(taking.claim.from, shop.at("2026-07-06T09:15"), "the claim holds the buffers");
    assert_eq!(taking.claim.to, shop.at("2026-07-06T10:45"));
    assert!(shop.times(DAY).is_empty(), "10:45 is not on the grid, and 10:30 needs 10:15");
}

#[test]
fn every_day_says_why_it_has_no_times() {
    let mut shop = shop()
        .with_staff("anna", &["09:00-12:00"])
        .with_exception("2026-07-08", None, &[])
        .with_closure("2026-07-09", "2026-07-10");
    shop.terms = Terms { notice: 120, horizon: 10, ..shop.terms };
    let cases = [
        ("2026-06-30", DayState::TooSoon, "yesterday is over"),
        ("2026-07-01", DayState::Free { times: 3 }, "from 10:00, two hours from now"),
        ("2026-07-07", DayState::Free { times: 5 }, "a usual day"),
        ("2026-07-08", DayState::NobodyWorks, "a day off"),
        ("2026-07-09", DayState::Closed { reason: "Holidays".to_owned() }, "the first day of the closure"),
        ("2026-07-10", DayState::Closed { reason: "Holidays".to_owned() }, "the last day of the closure"),
        ("2026-07-11", DayState::Free { times: 5 }, "the last day of the horizon"),
        ("2026-07-12", DayState::TooFar, "a day past the horizon"),
    ];
    for (day, expected, why) in cases {
        assert_eq!(state(&shop, day), expected, "{day}: {why}");
    }
    for start in ["09:00", "11:00"] {
        shop.take(shop.at(&format!("2026-07-07T{start}"))).unwrap();
    }
    shop.block("staff.anna", shop.at("2026-07-07T10:30"), shop.at("2026-07-07T10:31"));
    assert_eq!(state(&shop, "2026-07-07"), DayState::Full, "somebody works, but all is taken");
    shop.now = shop.at("2026-07-01T10:00");
    assert_eq!(state(&shop, "2026-07-01"), DayState::TooSoon, "today's last start has passed, nothing was taken");
}

#[test]
fn notice_and_horizon_bound_what_can_be_booked() {
    let mut shop = shop().with_staff("anna", &["09:00-12:00"]);
    shop.now = "2026-07-01T06:00:30Z".parse().unwrap();
    shop.terms = Terms { notice: 120, horizon: 2, ..shop.terms };
    let (earliest, latest) = shop.offer().window(shop.now);
    assert_eq!(earliest, shop.at("2026-07-01T10:01"), "in whole minutes, and never earlier than the notice");
    assert_eq!(latest, shop.at("2026-07-03T23:59"), "the last minute of the last date");
    let check = |civil| shop.offer().check(&shop.calendars, shop.at(civil), shop.now).map(|taking| taking.span.from);
    assert_eq!(check("2026-07-01T10:00"), Err(NotFree::TooSoon(earliest)), "half a minute too late");
    assert_eq!(check("2026-07-01T10:30"), Ok(shop.at("2026-07-01T10:30")));
    assert_eq!(check("2026-07-03T11:00"), Ok(shop.at("2026-07-03T11:00")), "the last start of the last date");
    assert_eq!(check("2026-07-04T09:00"), Err(NotFree::TooFar(latest)));
    assert_eq!(check("2026-07-02T09:10"), Err(NotFree::Taken), "not on the grid");
    assert_eq!(check("2026-07-02T11:30"), Err(NotFree::Taken), "past the end of the shift");
}

#[test]
fn the_minute_before_midnight_shows_no_day_that_cannot_be_booked_yet() {
    let mut shop = shop().with_staff("anna", &["09:00-12:00"]);
    shop.terms.horizon = 2;
    shop.now = shop.at("2026-07-02T00:00");
    assert_eq!(state(&shop, "2026-07-04"), DayState::TooFar, "what is shown for 23:59:30 is decided at 23:59:30");
    shop.now += 1.nanosecond();
    assert_eq!(state(&shop, "2026-07-04"), DayState::Free { times: 5 }, "the new day has begun");
}

#[test]
fn the_notice_itself_is_enough() {
    let mut shop = shop().with_staff("anna", &["09:00-12:00"]);
    shop.terms.notice = 60;
    assert_eq!(shop.times("2026-07-01")[0], "09:00", "an hour from now, to the second");
    shop.now += 1.nanosecond();
    assert_eq!(shop.times("2026-07-01")[0], "09:30", "a moment later it is too near");
}

#[test]
fn a_night_shift_gives_times_on_two_dates() {
    let shop = shop().with_staff("anna", &[]).with_exception(DAY, Some("here"), &["22:00-02:00"]);
    assert_eq!(shop.times("2026-07-06"), ["22:00", "22:30", "23:00", "23:30"]);
    assert_eq!(shop.times("2026-07-07"), ["00:00", "00:30", "01:00"], "a start belongs to the date it falls on");
}

#[test]
fn a_closed_date_has_no_work_on_either_side_of_midnight() {
    let shop = shop().with_staff("anna", &["22:00-02:00"]).with_closure("2026-07-08", "2026-07-08");
    assert_eq!(shop.times("2026-07-07")[3..], ["22:00", "22:30", "23:00"], "the night ends when the closure begins");
    assert_eq!(state(&shop, "2026-07-08"), DayState::Closed { reason: "Holidays".to_owned() });
    assert_eq!(shop.times("2026-07-09"), ["22:00", "22:30", "23:00", "23:30"], "nobody came over from the closed day");
    for start in ["2026-07-07T23:30", "2026-07-08T00:00", "2026-07-08T22:00", "2026-07-09T00:30"] {
        let check = shop.offer().check(&shop.calendars, shop.at(start), shop.now);
        assert_eq!(check, Err(NotFree::Taken), "{start} lies in the closure or in its nights");
    }
}

#[test]
fn an_exception_replaces_the_week_and_another_place_takes_the_person_away() {
    let shop = shop()
        .with_staff("anna", &["09:00-12:00"])
        .with_exception("2026-07-06", Some("here"), &["18:00-19:00"])
        .with_exception("2026-07-07", Some("there"), &["09:00-12:00"])
        .with_exception("2026-07-08", Some("there"), &["09:00-12:00"])
        .with_exception("2026-07-08", Some("here"), &["13:00-14:00"]);
    assert_eq!(shop.times("2026-07-06"), ["18:00"], "other hours instead of the week's");
    assert_eq!(state(&shop, "2026-07-07"), DayState::NobodyWorks, "she is at the other place");
    assert_eq!(shop.times("2026-07-08"), ["13:00"], "morning there, afternoon here");
}

#[test]
fn a_long_claim_counts_to_its_end_also_with_a_short_one_inside() {
    let mut shop = shop().with_staff("anna", &["09:00-17:00"]);
    let at = |time: &str| shop.at(&format!("2026-07-06T{time}"));
    let (long, short) = ((at("09:00"), at("15:00")), (at("09:30"), at("09:45")));
    shop.block("staff.anna", long.0, long.1);
    shop.block("staff.anna", short.0, short.1);
    assert_eq!(shop.times(DAY), ["15:00", "15:30", "16:00"], "what begins last does not hide what ends last");
}

#[test]
fn any_person_is_the_first_free_one_in_the_offers_order() {
    let mut shop = shop().with_staff("ben", &["10:00-12:00"]).with_staff("anna", &["09:00-12:00"]);
    let start = shop.at("2026-07-06T10:00");
    let (_, slots) = shop.offer().day(&shop.calendars, date(DAY), shop.now);
    let staff = |slot: usize| slots[slot].staff.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(staff(0), ["anna"], "at 09:00 only she works");
    assert_eq!(staff(2), ["ben", "anna"], "one start for both, in the offer's order");
    assert!(slots.iter().all(|slot| slot.seats.is_none()), "seats are for classes");
    assert_eq!(shop.take(start).unwrap().1.staff.as_str(), "ben", "he comes first");
    assert_eq!(shop.take(start).unwrap().1.staff.as_str(), "anna", "then she");
    assert_eq!(shop.take(start).unwrap_err(), NotFree::Taken, "then nobody is left");
}

#[test]
fn shifts_that_overlap_offer_a_start_once() {
    let shop = shop().with_staff("anna", &["09:00-11:00", "10:00-12:00"]);
    assert_eq!(shop.times(DAY), ["09:00", "09:30", "10:00", "10:30", "11:00"]);
    let (_, slots) = shop.offer().day(&shop.calendars, date(DAY), shop.now);
    assert!(slots.iter().all(|slot| slot.staff.len() == 1), "one person is named once");
}

#[test]
fn a_booking_that_moves_is_not_in_its_own_way() {
    let mut shop = shop().with_staff("anna", &["09:00-11:00"]).with_room("room-1");
    let (id, _) = shop.take(shop.at("2026-07-06T09:30")).unwrap();
    assert_eq!(state(&shop, DAY), DayState::Full, "in the middle it blocks both sides");
    shop.moving = Some(id);
    assert_eq!(shop.times(DAY), ["09:00", "09:30", "10:00"], "its own time and room count as free");
}

#[test]
fn a_room_is_needed_for_the_same_time() {
    let mut shop = shop().with_staff("anna", &["09:00-10:00"]).with_staff("ben", &["09:00-10:00"]).with_room("room-1");
    let start = shop.at("2026-07-06T09:00");
    let (_, taking) = shop.take(start).unwrap();
    let taken: Vec<_> = taking.calendars.iter().map(ToString::to_string).collect();
    assert_eq!(taken, ["staff.anna", "resource.room-1"], "both calendars are taken from");
    assert_eq!(state(&shop, DAY), DayState::Full, "ben is free, but has no room");
    let mut shop = shop.with_room("room-2");
    let (_, taking) = shop.take(start).unwrap();
    assert_eq!(taking.calendars[1].to_string(), "resource.room-2", "the first free room");
    shop.resources.clear();
    assert_eq!(state(&shop, "2026-07-07"), DayState::Full, "without any room nothing can be given");
}

#[test]
fn a_class_fills_seat_by_seat() {
    let mut shop = shop().with_staff("anna", &["09:00-11:00"]);
    (shop.service.capacity, shop.party) = (5, 2);
    let start = shop.at("2026-07-06T09:00");
    let seats = |shop: &Shop| {
        let (_, slots) = shop.offer().day(&shop.calendars, date(DAY), shop.now);
        slots.iter().map(|slot| (shop.place.civil(slot.span.from).time, slot.seats.unwrap())).collect::<Vec<_>>()
    };
    let row = |time: &str, seats: u16| (time.to_owned(), seats);
    assert_eq!(seats(&shop), [row("09:00", 5), row("09:30", 5), row("10:00", 5)]);
    let (_, taking) = shop.take(start).unwrap();
    let session = taking.session.unwrap();
    assert_eq!((session.of.as_str(), session.start, session.seats), ("massage/hour", start, 2));
    assert_eq!(seats(&shop), [row("09:00", 3), row("10:00", 5)], "09:30 would run into the class of 09:00");
    shop.take(start).unwrap();
    assert_eq!(seats(&shop), [row("10:00", 5)], "one seat is left and two are wanted");
    assert_eq!(shop.take(start).unwrap_err(), NotFree::Taken);
    shop.party = 1;
    assert_eq!(seats(&shop), [row("09:00", 1), row("10:00", 5)], "a single person still fits");
    shop.party = 6;
    assert_eq!(state(&shop, DAY), DayState::Full, "no class is large enough");
}

#[test]
fn a_class_is_not_shared_with_another_service() {
    let mut shop = shop().with_staff("anna", &["09:00-10:00"]);
    shop.service.capacity = 5;
    let start = shop.at("2026-07-06T09:00");
    shop.take(start).unwrap();
    shop.service.id = "yoga".parse().unwrap();
    assert_eq!(shop.take(start).unwrap_err(), NotFree::Taken, "same person, same time, other class");
    shop.service.id = "massage".parse().unwrap();
    shop.variant().id = "long".parse().unwrap();
    assert_eq!(shop.take(start).unwrap_err(), NotFree::Taken, "a variant is a class of its own");
    shop.variant().id = "hour".parse().unwrap();
    shop.take(start).expect("the class itself has seats");
    shop.service.capacity = 1;
    assert_eq!(shop.take(start).unwrap_err(), NotFree::Taken, "given to one person now, so any claim is in the way");
}

#[test]
fn a_class_is_not_shared_with_another_place() {
    let mut shop = shop().with_staff("anna", &["09:00-10:00"]);
    shop.service.capacity = 5;
    let start = shop.at("2026-07-06T09:00");
    let (id, taking) = shop.take(start).unwrap();
    // Anna gives it at two places that day, says the catalogue.
    shop.place.id = "there".parse().unwrap();
    let there = Shift { place: shop.place.id.clone(), ..shop.staff[0].shifts[0].clone() };
    shop.staff[0].shifts.push(there);
    assert_eq!(shop.take(start).unwrap_err(), NotFree::Taken, "she is not there twice");
    // A claim of an older program says nothing of a place.
    let session = taking.session.map(|session| Session { place: None, ..session });
    shop.put(&taking.calendars[0], Claim { id, span: taking.claim, session });
    shop.take(start).expect("its class goes on filling");
}

#[test]
fn who_joins_a_class_goes_to_its_room() {
    let mut shop = shop().with_staff("anna", &["09:00-10:00"]).with_room("room-1").with_room("room-2");
    shop.service.capacity = 2;
    let start = shop.at("2026-07-06T09:00");
    shop.block("resource.room-1", start, start + 30.minutes());
    assert_eq!(shop.take(start).unwrap().1.calendars[1].to_string(), "resource.room-2", "room 1 is taken");
    let mut shop = shop.with_staff("ben", &["09:00-10:00"]);
    shop.resources.push(domain::Resource { id: "room-0".parse().unwrap(), ..shop.resources[0].clone() });
    assert_eq!(
        shop.take(start).unwrap().1.calendars[1].to_string(),
        "resource.room-2",
        "the second guest joins the class where it is"
    );
    let (_, taking) = shop.take(start).unwrap();
    let taken: Vec<_> = taking.calendars.iter().map(ToString::to_string).collect();
    assert_eq!(taken, ["staff.ben", "resource.room-0"], "ben's class of the same kind cannot use anna's room");
}

#[test]
fn the_nearest_times_come_first() {
    let mut shop = shop().with_staff("anna", &["09:00-12:00"]);
    shop.variant().minutes = 30;
    let around = shop.at("2026-07-06T10:00");
    shop.take(around).unwrap();
    let nearest = |shop: &Shop, from, to, most| {
        let slots = shop.offer().nearest(&shop.calendars, around, (date(from), date(to)), shop.now, most);
        slots
            .iter()
            .map(|slot| shop.place.zone.zoned(slot.span.from).strftime("%d. %H:%M").to_string())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        nearest(&shop, "2026-07-01", "2026-07-31", 6),
        ["06. 09:30", "06. 10:30", "06. 09:00", "06. 11:00", "06. 11:30", "05. 11:30"],
        "by distance, the earlier of two first; the evening before is nearer than the next morning"
    );
    assert_eq!(
        nearest(&shop, "2026-07-07", "2026-07-08", 2),
        ["07. 09:00", "07. 09:30"],
        "only dates that were asked for"
    );
    assert!(nearest(&shop, "2026-07-08", "2026-07-07", 6).is_empty(), "no dates, no times");
    assert!(nearest(&shop, "2026-07-01", "2026-07-31", 0).is_empty(), "none wanted, none given");
    shop.terms.horizon = 4;
    assert_eq!(nearest(&shop, "2026-01-01", "2036-07-31", 1), ["05. 11:30"], "never past the horizon");
}

#[test]
fn the_days_to_load_hold_every_claim_that_counts() {
    let mut shop = Shop::new("Pacific/Kiritimati", NOW).with_staff("anna", &["00:00-00:00"]);
    let load = |shop: &Shop| {
        let (from, to) = shop.offer().days_to_load(date("2026-07-06"), date("2026-07-06"));
        (from.to_string(), to.to_string())
    };
    let days = |from: &str, to: &str| (from.to_owned(), to.to_owned());
    assert_eq!(load(&shop), days("2026-07-05", "2026-07-06"), "fourteen hours ahead of UTC");
    shop.service.buffer_before = 11 * 60;
    assert_eq!(load(&shop), days("2026-07-04", "2026-07-06"), "a long buffer reaches further back");
    shop.variant().minutes = 1440;
    shop.service.buffer_after = 1440;
    assert_eq!(load(&shop), days("2026-07-04", "2026-07-08"), "and a long visit further ahead");
}

#[test]
fn no_offer_makes_it_loop_or_panic() {
    let mut shop = shop().with_staff("anna", &["00:00-00:00"]);
    (shop.terms.every, shop.variant().minutes) = (0, 0);
    assert!(matches!(state(&shop, DAY), DayState::Free { times: 1440 }), "a step of nothing is a minute");
    for day in ["-009999-01-01", "9999-12-31"] {
        assert!(!matches!(state(&shop, day), DayState::Free { .. }), "{day} is out of reach");
        let _ = shop.offer().days_to_load(date(day), date(day));
    }
    shop.terms.horizon = u16::MAX;
    shop.terms.notice = u32::MAX;
    let (earliest, _) = shop.offer().window(domain::Timestamp::MAX);
    assert_eq!(earliest, domain::Timestamp::MAX, "the end of time is the end");
}
