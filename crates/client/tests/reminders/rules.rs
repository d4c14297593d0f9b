//! The plan's rules, one by one.

use std::{collections::BTreeSet, sync::LazyLock};

use client::reminder::{
    Placed, RemindedBooking, Reminder, ReminderAct, ReminderKind, ReminderPlan, ReminderSettings, ShownLog, plan,
};
use domain::{
    Booking, BookingState, Terms, Timestamp,
    booking::{By, Change, LedgerEntry},
};
use jiff::tz::TimeZone;
use uuid::Uuid;

use crate::{phone::somebody, shop::Shop};

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// A confirmed booking in Berlin that was made long before.
pub(crate) fn booking(number: u64, start: Timestamp) -> Booking {
    static SHOP: LazyLock<Shop> = LazyLock::new(Shop::sample);
    let mut booking = SHOP.booking(somebody(1), number, start);
    booking.state = BookingState::Confirmed;
    booking.zone = "Europe/Berlin".parse().unwrap();
    booking.ledger = vec![entry(at("2026-01-01T00:00:00Z"), By::Customer, Change::Booked { start })];
    booking
}

pub(crate) fn entry(at: Timestamp, by: By, change: Change) -> LedgerEntry {
    LedgerEntry { at, by, change }
}

pub(crate) fn shown(booking: Booking) -> RemindedBooking {
    RemindedBooking { business: Uuid::nil(), booking, waiting: false, terms: Some(Terms::default()) }
}

pub(crate) fn all() -> ReminderSettings {
    ReminderSettings { day_before: true, hours_before: Some(2), travel: Some(25), tray: false }
}

fn planned(booking: Booking, now: &str) -> ReminderPlan {
    plan(&[shown(booking)], &all(), &ShownLog::default(), at(now), &TimeZone::UTC)
}

const START: &str = "2026-11-20T13:00:00Z";

#[test]
fn three_reminders_each_until_the_next() {
    use ReminderKind::{DayBefore, HoursBefore, LeaveBy};
    let plan = planned(booking(1, at(START)), "2026-11-10T00:00:00Z");
    assert!(plan.now.is_empty(), "nothing is due ten days before");
    let spans: Vec<_> = plan.next.iter().map(|next| (next.key.kind, next.key.due, next.until)).collect();
    let expected = [
        (DayBefore, at("2026-11-19T13:00:00Z"), at("2026-11-20T11:00:00Z")),
        (HoursBefore, at("2026-11-20T11:00:00Z"), at("2026-11-20T12:35:00Z")),
        (LeaveBy, at("2026-11-20T12:35:00Z"), at(START)),
    ];
    assert_eq!(spans, expected, "a day, two hours, and 25 minutes of way before");
}

#[test]
fn whoever_wakes_late_hears_what_still_matters() {
    let cases = [
        ("2026-11-19T12:59:59Z", None, "not a second early"),
        ("2026-11-19T13:00:00Z", Some(ReminderKind::DayBefore), "on the second"),
        (
            "2026-11-20T10:00:00Z",
            Some(ReminderKind::DayBefore),
            "tomorrow has become today, and it is still good to know",
        ),
        ("2026-11-20T12:00:00Z", Some(ReminderKind::HoursBefore), "one, not two at once"),
        ("2026-11-20T12:59:59Z", Some(ReminderKind::LeaveBy), "better late than never"),
        (START, None, "who is late knows"),
        ("2026-11-21T00:00:00Z", None, "over is over"),
    ];
    for (now, kind, why) in cases {
        let kinds: Vec<_> = planned(booking(1, at(START)), now).now.iter().map(|due| due.key.kind).collect();
        assert_eq!(kinds, Vec::from_iter(kind), "{now}: {why}");
    }
}

#[test]
fn the_day_before_is_a_day_on_the_venues_clock() {
    // Berlin's clock goes back on 25 October 2026, so the day before has 25 hours.
    let plan = planned(booking(1, at("2026-10-25T13:00:00Z")), "2026-10-20T00:00:00Z");
    assert_eq!(plan.next[0].key.due, at("2026-10-24T12:00:00Z"), "14:00 on both days");
}

#[test]
fn what_will_not_take_place_reminds_nobody() {
    for state in [
        BookingState::Draft,
        BookingState::CheckedIn,
        BookingState::Completed,
        BookingState::NoShow,
        BookingState::Cancelled,
        BookingState::Postponed,
    ] {
        let dead = Booking { state, ..booking(1, at(START)) };
        let plan = planned(dead, "2026-11-20T12:00:00Z");
        assert_eq!(plan, ReminderPlan::default(), "{state:?} has nothing to remind of");
    }
    for state in [BookingState::AwaitingProvider, BookingState::AwaitingPayment] {
        let open = Booking { state, ..booking(1, at(START)) };
        let due = &planned(open, "2026-11-20T12:00:00Z").now[0];
        assert!(due.unconfirmed, "{state:?} may still take place, and the reminder says so");
        assert!(due.acts.is_empty(), "nobody can come to it yet");
    }
}

#[test]
fn who_has_just_chosen_the_time_is_not_told_it() {
    let chosen = |at: Timestamp, by: By| {
        let mut booking = booking(1, self::at(START));
        booking.ledger.push(entry(at, by, Change::Rescheduled { from: at, to: self::at(START) }));
        // What is noted later does not set a time.
        booking.ledger.push(entry(self::at("2026-11-20T09:00:00Z"), By::Customer, Change::AttendanceConfirmed));
        booking
    };
    let evening = at("2026-11-19T20:00:00Z");
    let now = "2026-11-19T20:00:01Z";
    assert!(planned(chosen(evening, By::Customer), now).now.is_empty(), "they know, for they chose it");
    assert_eq!(planned(chosen(evening, By::Customer), now).next.len(), 2, "the later ones remain");
    assert_eq!(planned(chosen(evening, By::Business), now).now.len(), 1, "the salon moved it: say so");
}

#[test]
fn reminders_at_one_moment_are_one() {
    let settings = ReminderSettings { travel: Some(120), ..all() };
    let now = at("2026-11-20T11:00:00Z");
    let plan = plan(&[shown(booking(1, at(START)))], &settings, &ShownLog::default(), now, &TimeZone::UTC);
    let kinds: Vec<_> = plan.now.iter().map(|due| due.key.kind).collect();
    assert_eq!(kinds, [ReminderKind::LeaveBy], "of two that are due together the more useful one shows");
}

#[test]
fn a_reminder_offers_what_the_rules_allow_then() {
    let acts = |now: &str| planned(booking(1, at(START)), now).now[0].acts.clone();
    use ReminderAct::{CheckIn, Coming, Late};
    assert_eq!(acts("2026-11-19T13:00:00Z"), [Coming], "a day before");
    assert_eq!(acts("2026-11-20T11:00:00Z"), [Coming, Late], "two hours before");
    assert_eq!(acts("2026-11-20T12:35:00Z"), [CheckIn, Coming, Late], "inside the window");
    let mut coming = booking(1, at(START));
    coming.ledger.push(entry(at("2026-11-19T14:00:00Z"), By::Customer, Change::AttendanceConfirmed));
    assert_eq!(planned(coming, "2026-11-20T11:00:00Z").now[0].acts, [Late], "said once is enough");
}

#[test]
fn what_was_shown_stays_shown_and_is_taken_back_when_it_is_wrong() {
    let mut log = ShownLog::default();
    let now = at("2026-11-20T11:00:00Z");
    let mut one = booking(1, at(START));
    let due = plan(&[shown(one.clone())], &all(), &log, now, &TimeZone::UTC).now.remove(0);
    log.note(&due).unwrap();
    let again = plan(&[shown(one.clone())], &all(), &log, now, &TimeZone::UTC);
    assert!(again.now.is_empty() && again.gone.is_empty(), "shown is shown");
    one.revision += 1;
    one.note = "by the window, please".to_owned();
    assert!(
        plan(&[shown(one.clone())], &all(), &log, now, &TimeZone::UTC).now.is_empty(),
        "another word is not another time"
    );
    one.state = BookingState::Cancelled;
    assert_eq!(
        plan(&[shown(one.clone())], &all(), &log, now, &TimeZone::UTC).gone,
        [due.key],
        "a cancelled visit is not announced on"
    );
    assert!(
        plan(&[shown(one)], &all(), &log, at(START), &TimeZone::UTC).gone.is_empty(),
        "what is over is nobody's care"
    );
}

#[test]
fn what_was_shown_stays_shown_when_the_server_notes_a_later_moment() {
    let chosen = |at: &str| {
        let mut booking = booking(1, self::at(START));
        booking.ledger = vec![entry(self::at(at), By::Customer, Change::Booked { start: self::at(START) })];
        booking
    };
    let mut log = ShownLog::default();
    let due = planned(chosen("2026-11-20T10:59:58Z"), "2026-11-20T11:00:00Z").now.remove(0);
    log.note(&due).unwrap();
    let (accepted, now) = (chosen("2026-11-20T11:00:02Z"), "2026-11-20T11:00:03Z");
    let plan = plan(&[shown(accepted.clone())], &all(), &log, at(now), &TimeZone::UTC);
    assert_eq!(plan.gone, [], "the server's yes makes nothing wrong that was shown");
    assert!(plan.now.is_empty() && plan.again.is_empty() && plan.left.is_empty(), "nor is it shown again");
    assert!(planned(accepted, now).now.is_empty(), "and what was not shown is not told now");
}

#[test]
fn what_was_left_beforehand_is_left_again_when_its_words_change() {
    let (early, due) = (at("2026-11-20T08:00:00Z"), at("2026-11-20T11:00:00Z"));
    let mut log = ShownLog::default();
    let mut one = RemindedBooking { waiting: true, ..shown(booking(1, at(START))) };
    let settings = ReminderSettings { day_before: false, travel: None, ..all() };
    let left = plan(std::slice::from_ref(&one), &settings, &log, early, &TimeZone::UTC).next.remove(0);
    log.note(&left).unwrap();
    let same = plan(std::slice::from_ref(&one), &settings, &log, early, &TimeZone::UTC);
    assert!(same.again.is_empty() && same.next.is_empty(), "nothing has changed");
    one.waiting = false;
    let sent = plan(std::slice::from_ref(&one), &settings, &log, early, &TimeZone::UTC);
    assert_eq!((sent.again.len(), sent.next.len()), (1, 0), "it is known, but says that it was not sent");
    assert_eq!((sent.again[0].key, sent.again[0].waiting), (left.key, false), "the same, with other words");
    assert_eq!(
        plan(std::slice::from_ref(&one), &settings, &log, due, &TimeZone::UTC),
        ReminderPlan::default(),
        "shown is shown"
    );
    log.note(&sent.again[0]).unwrap();
    let known = plan(std::slice::from_ref(&one), &settings, &log, early, &TimeZone::UTC);
    assert!(known.again.is_empty(), "once for each change of the words");
    let zone = |name: &str| jiff::tz::TimeZoneDatabase::bundled().get(name).unwrap();
    let there = |log: &ShownLog, name: &str| plan(std::slice::from_ref(&one), &settings, log, early, &zone(name)).again;
    assert!(there(&log, "Africa/Abidjan").is_empty(), "a zone with the same time is no news");
    let travelled = there(&log, "Asia/Tokyo").remove(0);
    assert_eq!((travelled.key, travelled.offset), (left.key, 9 * 3600), "it says what time that is where one is");
    log.note(&travelled).unwrap();
    assert!(there(&log, "Asia/Tokyo").is_empty(), "once for each zone");
    assert_eq!(there(&log, "Africa/Abidjan").len(), 1, "and back");
}

#[test]
fn without_terms_a_reminder_offers_less_and_still_reminds() {
    let one = RemindedBooking { terms: None, ..shown(booking(1, at(START))) };
    let due = plan(&[one], &all(), &ShownLog::default(), at("2026-11-20T12:35:00Z"), &TimeZone::UTC).now;
    assert_eq!(due.len(), 1, "when to leave does not depend on the terms");
    assert_eq!(due[0].acts, [ReminderAct::Late], "what does is not offered");
}

#[test]
fn the_nearest_wait_with_the_system_and_the_farthest_make_room() {
    let now = at("2026-11-10T00:00:00Z");
    let settings = ReminderSettings { day_before: false, travel: None, ..all() };
    let mut bookings: Vec<_> =
        (1..=3).map(|day| shown(booking(day, at(&format!("2026-11-2{day}T13:00:00Z"))))).collect();
    let mut log = ShownLog::default();
    let far = plan(&bookings, &settings, &log, now, &TimeZone::UTC);
    let numbers =
        |reminders: &[&Reminder]| reminders.iter().map(|one| one.key.booking.0.as_u128() & 0xff).collect::<Vec<_>>();
    let nothing = BTreeSet::new();
    assert_eq!(numbers(&far.placed(&nothing, 2).leave), [1, 2], "there are two places, and the third is the last due");
    assert_eq!(far.placed(&nothing, 0), Placed::default(), "a desktop has none");
    for reminder in &far.next[..2] {
        log.note(reminder).unwrap();
    }
    let waiting: BTreeSet<_> = far.next[..2].iter().map(|reminder| reminder.key).collect();
    let same = plan(&bookings, &settings, &log, now, &TimeZone::UTC);
    let stay = Placed { stay: same.left.iter().collect(), ..Placed::default() };
    assert_eq!(numbers(&stay.stay), [1, 2], "what was left with the system");
    assert_eq!(same.placed(&waiting, 2), stay, "they wait already, and the third has no place");
    assert_eq!(numbers(&same.placed(&waiting, 3).leave), [3], "unless one is free");

    // One is booked before all of them, and the two that wait have other words.
    bookings.push(shown(booking(4, at("2026-11-15T13:00:00Z"))));
    bookings[0].booking.revision += 1;
    bookings[1].booking.revision += 1;
    let nearer = plan(&bookings, &settings, &log, now, &TimeZone::UTC);
    let placed = nearer.placed(&waiting, 2);
    assert_eq!(numbers(&placed.leave), [4], "the nearest has its place at once");
    assert_eq!(placed.back, [far.next[1].key], "the farthest of those that waited makes room");
    assert_eq!(numbers(&placed.again), [1], "what stays gets its words, what goes does not");

    log.take_back(&far.next[1].key).unwrap();
    log.note(placed.leave[0]).unwrap();
    log.note(placed.again[0]).unwrap();
    let (waiting, fourth) = (BTreeSet::from([far.next[0].key]), placed.leave[0].key);
    let rest = plan(&bookings, &settings, &log, now, &TimeZone::UTC);
    assert!(rest.left.iter().any(|left| left.key == fourth), "it is noted, and its owner has put it away");
    assert_eq!(numbers(&rest.placed(&waiting, 2).leave), [2], "then the second comes back, and nothing twice");
}
