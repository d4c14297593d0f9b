//! Coming, being late, being there, and the code that proves it.
#![allow(clippy::unwrap_used)] // a test that cannot go on has failed

use domain::{
    Booking, BookingId, BookingState, Money, Refusal, Span, Terms, Timestamp,
    booking::{By, Change, LedgerEntry, Names, Reference},
    check_in::token::{MOST_SECONDS, NotNow, SKEW, Token, TokenError},
    refusal::Act,
};
use proptest::prelude::*;
use uuid::Uuid;

const START: &str = "2026-03-05T09:00:00Z";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn entry(moment: &str, change: Change) -> LedgerEntry {
    LedgerEntry { at: at(moment), by: By::Customer, change }
}

fn booking(state: BookingState) -> Booking {
    let id = BookingId(Uuid::from_u128(1));
    let eur = "EUR".parse().unwrap();
    Booking {
        id,
        reference: Reference::numbered(id.0.as_u128() as u64),
        customer: domain::CustomerId(Uuid::from_u128(1)),
        service: "cut".parse().unwrap(),
        variant: "usual".parse().unwrap(),
        staff: "anna".parse().unwrap(),
        staff_chosen: false,
        place: "mitte".parse().unwrap(),
        names: Names {
            service: "Haircut".into(),
            variant: String::new(),
            staff: "Anna".into(),
            place: "Mitte".into(),
            address: "1 Main Street".into(),
            location: None,
        },
        span: Span { from: at(START), to: at("2026-03-05T10:00:00Z") },
        zone: "Europe/Berlin".parse().unwrap(),
        claims: Vec::new(),
        party: 1,
        state,
        price: Money::new(3_000, eur),
        paid: Money::new(0, eur),
        note: String::new(),
        moves: 0,
        revision: 0,
        ledger: vec![entry("2026-03-01T09:00:00Z", Change::Booked { start: at(START) })],
    }
}

#[test]
fn check_in_has_a_window() {
    let (booking, terms) = (booking(BookingState::Confirmed), Terms::default());
    let may = |moment: &str| booking.may_check_in(&terms, at(moment));
    let from = booking.zone.civil(at("2026-03-05T08:30:00Z"));
    let act = Act::CheckIn;
    assert_eq!(may("2026-03-05T08:29:59Z"), Err(Refusal::TooEarly { act, from: from.clone() }), "half an hour (Y10)");
    assert_eq!(may("2026-03-04T09:00:00Z"), Err(Refusal::TooEarly { act, from }), "the day before says which day");
    assert_eq!(may("2026-03-05T08:30:00Z"), Ok(()), "the first instant counts");
    assert_eq!(may("2026-03-05T09:15:00Z"), Ok(()), "so does the last");
    let deadline = booking.zone.civil(at("2026-03-05T09:15:00Z"));
    assert_eq!(may("2026-03-05T09:15:01Z"), Err(Refusal::TooLate { act, deadline }), "a quarter of an hour (Y10)");
    let state = BookingState::Completed;
    assert_eq!(may("2026-03-05T10:00:00Z"), Err(Refusal::WrongState { act, state }), "it is over");
}

#[test]
fn the_window_is_the_businesss() {
    let booking = booking(BookingState::Confirmed);
    let terms = Terms { check_in_from: 60, check_in_until: 0, ..Terms::default() };
    assert_eq!(booking.may_check_in(&terms, at("2026-03-05T08:00:00Z")), Ok(()), "an hour before");
    assert!(booking.may_check_in(&terms, at("2026-03-05T09:00:01Z")).is_err(), "not a second after the start");
    let generous = Terms { check_in_until: 120, ..Terms::default() };
    assert_eq!(booking.check_in_window(&generous).to, booking.span.to, "but not beyond the end of the visit");
    let off = Terms { check_in: false, ..Terms::default() };
    let act = Act::CheckIn;
    assert_eq!(booking.may_check_in(&off, at(START)), Err(Refusal::SwitchedOff { act }), "only the counter does");
    assert_eq!(booking.may_be_checked_in(at("2026-03-05T09:40:00Z")), Ok(()), "which has no window");
    assert_eq!(booking.may_be_checked_in_by_code(&off, at(START)), Ok(()), "and takes codes");
    let (early, late) = ("2026-03-05T08:29:59Z", "2026-03-05T09:15:01Z");
    let by_code = |moment| booking.may_be_checked_in_by_code(&off, at(moment)).map_err(|refusal| refusal.code());
    assert_eq!((by_code(early), by_code(late)), (Err("too_early"), Err("too_late")), "inside the window");
}

#[test]
fn around_midnight_a_customer_is_expected_on_two_dates() {
    let terms = Terms::default();
    let mut booking = booking(BookingState::Confirmed);
    let expected = |booking: &Booking, moment: &str| booking.is_expected(&terms, at(moment));
    // A quarter past midnight in Berlin.
    booking.span = Span { from: at("2026-03-05T23:15:00Z"), to: at("2026-03-06T00:15:00Z") };
    assert!(!expected(&booking, "2026-03-05T22:44:59Z"), "on the evening before, not before check-in opens");
    assert!(expected(&booking, "2026-03-05T22:45:00Z"), "half an hour before the start it does");
    assert!(expected(&booking, "2026-03-06T22:59:59Z"), "and on its own date until midnight");
    assert!(!expected(&booking, "2026-03-06T23:00:00Z"), "the next day is another one");
    // A quarter to midnight.
    booking.span = Span { from: at("2026-03-05T22:45:00Z"), to: at("2026-03-05T23:45:00Z") };
    assert!(expected(&booking, "2026-03-05T23:30:00Z"), "after midnight, as long as the visit lasts");
    assert!(!expected(&booking, "2026-03-05T23:45:01Z"), "and no longer");
}

#[test]
fn a_visit_of_the_next_day_is_not_expected_before_the_night_however_early_check_in_opens() {
    let wide = Terms { check_in_from: 24 * 60, ..Terms::default() };
    let mut booking = booking(BookingState::Confirmed);
    // Nine in the morning in Berlin.
    booking.span = Span { from: at("2026-03-06T08:00:00Z"), to: at("2026-03-06T09:00:00Z") };
    let day_before = at("2026-03-05T09:00:00Z");
    assert_eq!(booking.may_check_in(&wide, day_before), Ok(()), "at ten on the day before check-in is open");
    assert!(!booking.is_expected(&wide, day_before), "but nobody is expected for the next day");
    assert!(!booking.is_expected(&wide, at("2026-03-05T22:59:59Z")), "nor late in the evening");
    assert!(booking.is_expected(&wide, at("2026-03-05T23:00:00Z")), "after midnight it is the day");
    // A quarter past midnight.
    booking.span = Span { from: at("2026-03-05T23:15:00Z"), to: at("2026-03-06T00:15:00Z") };
    assert!(!booking.is_expected(&wide, at("2026-03-05T20:14:59Z")), "the night is three hours");
    assert!(booking.is_expected(&wide, at("2026-03-05T20:15:00Z")), "and then whoever comes early is checked in");
}

#[test]
fn only_what_will_take_place_can_be_come_to() {
    use BookingState::*;
    let (terms, now) = (Terms::default(), at("2026-03-05T08:45:00Z"));
    for state in [Draft, AwaitingPayment, AwaitingProvider, NoShow, Cancelled, Postponed, Completed] {
        let booking = booking(state);
        for (act, answer) in [
            (Act::CheckIn, booking.may_check_in(&terms, now)),
            (Act::CheckIn, booking.may_be_checked_in(now)),
            (Act::ConfirmAttendance, booking.may_confirm_attendance(&terms, now)),
            (Act::RunningLate, booking.may_run_late(now)),
        ] {
            assert_eq!(answer, Err(Refusal::WrongState { act, state }), "{state:?} is nothing to come to");
        }
    }
    let act = Act::CheckIn;
    let there = booking(CheckedIn);
    assert_eq!(there.may_check_in(&terms, now), Err(Refusal::AlreadyDone { act }), "once is enough");
    assert_eq!(there.may_be_checked_in(now), Err(Refusal::AlreadyDone { act }), "at the counter too");
}

#[test]
fn coming_can_be_said_once_for_a_time() {
    let mut booking = booking(BookingState::Confirmed);
    let terms = Terms::default();
    let act = Act::ConfirmAttendance;
    let from = booking.zone.civil(at("2026-03-02T09:00:00Z"));
    let early = booking.may_confirm_attendance(&terms, at("2026-03-02T08:59:59Z"));
    assert_eq!(early, Err(Refusal::TooEarly { act, from }), "three days before");
    assert_eq!(booking.may_confirm_attendance(&terms, at("2026-03-02T09:00:00Z")), Ok(()), "from then on (Y07)");
    assert_eq!(booking.may_confirm_attendance(&terms, at(START)), Ok(()), "until the start");
    assert!(booking.may_confirm_attendance(&terms, at("2026-03-05T09:00:01Z")).is_err(), "then one is there or not");
    booking.ledger.push(entry("2026-03-03T09:00:00Z", Change::AttendanceConfirmed));
    let again = booking.may_confirm_attendance(&terms, at("2026-03-04T09:00:00Z"));
    assert_eq!(again, Err(Refusal::AlreadyDone { act }), "it was said");
    let (start, to) = (at(START), at("2026-03-06T09:00:00Z"));
    booking.ledger.push(entry("2026-03-04T09:00:00Z", Change::Rescheduled { from: start, to }));
    booking.span = Span { from: to, to: at("2026-03-06T10:00:00Z") };
    assert_eq!(booking.attendance().confirmed, None, "it was said of another time");
    assert_eq!(booking.may_confirm_attendance(&terms, at("2026-03-05T09:00:00Z")), Ok(()), "so it can be said again");
}

#[test]
fn being_late_can_be_said_when_it_is_near() {
    let mut booking = booking(BookingState::Confirmed);
    let from = booking.zone.civil(at("2026-03-05T07:00:00Z"));
    let early = booking.may_run_late(at("2026-03-05T06:59:59Z"));
    assert_eq!(early, Err(Refusal::TooEarly { act: Act::RunningLate, from }), "two hours before");
    assert_eq!(booking.may_run_late(at("2026-03-05T09:20:00Z")), Ok(()), "also after the start");
    booking.ledger.push(entry("2026-03-05T08:50:00Z", Change::RunningLate { minutes: 10 }));
    booking.ledger.push(entry("2026-03-05T09:05:00Z", Change::RunningLate { minutes: 20 }));
    assert_eq!(booking.attendance().late, Some(20), "the last word counts");
}

fn token() -> Token {
    Token {
        business: *b"business",
        booking: BookingId(Uuid::from_u128(7)),
        key: *b"the key!",
        issued: at(START),
        seconds: 120,
        nonce: *b"12345678",
        place: "mitte".parse().unwrap(),
    }
}

fn signed(token: &Token) -> Vec<u8> {
    let mut bytes = token.bytes();
    bytes.extend([9; 64]);
    bytes
}

#[test]
fn a_code_is_small_and_always_the_same() {
    let bytes = signed(&token());
    assert_eq!(bytes.len(), 121, "162 characters as text: a QR code of level M has room to spare");
    assert_eq!(bytes[0], 1, "the version comes first");
    assert_eq!(Token::read(&bytes), Ok((token(), [9; 64])), "what was written is read again");
}

#[test]
fn a_code_holds_for_minutes() {
    let token = token();
    let moment = |seconds: i64| Timestamp::from_second(token.issued.as_second() + seconds).unwrap();
    assert_eq!(token.holds(moment(0)), Ok(()), "from the moment it was signed");
    assert_eq!(token.holds(moment(-SKEW)), Ok(()), "a phone may be ahead a little");
    assert_eq!(token.holds(moment(-SKEW - 1)), Err(NotNow::Future), "not a lot");
    assert_eq!(token.holds(moment(120)), Ok(()), "to its last second");
    assert_eq!(token.holds(moment(121)), Err(NotNow::Expired), "and no longer");
    let greedy = Token { seconds: MOST_SECONDS + 1, ..token.clone() };
    assert_eq!(greedy.holds(moment(0)), Err(NotNow::Future), "no device makes codes for a day");
}

#[test]
fn other_versions_are_told_apart_from_nonsense() {
    let mut bytes = signed(&token());
    bytes[0] = 2;
    assert_eq!(Token::read(&bytes), Err(TokenError::Version), "a newer app may make it");
    assert_eq!(Token::read(&[]), Err(TokenError::Malformed), "nothing is no code");
}

proptest! {
    #[test]
    fn no_bytes_break_the_reader(bytes in proptest::collection::vec(any::<u8>(), 0..300), first in 0u8..3) {
        let mut bytes = bytes;
        if let Some(version) = bytes.first_mut() {
            *version = first;
        }
        if let Ok((token, signature)) = Token::read(&bytes) {
            let mut again = token.bytes();
            again.extend(signature);
            prop_assert_eq!(again, bytes, "a code can be written in one way only");
        }
    }

    #[test]
    fn every_code_is_read_back(
        business: [u8; 8], booking: u128, key: [u8; 8], nonce: [u8; 8], seconds: u16,
        issued in 0i64..4_000_000_000, place in "[a-z]([a-z0-9-]{0,20}[a-z0-9])?",
    ) {
        let token = Token {
            business, key, nonce, seconds,
            booking: BookingId(Uuid::from_u128(booking)),
            issued: Timestamp::from_second(issued).unwrap(),
            place: place.parse().unwrap(),
        };
        let short = signed(&token);
        prop_assert_eq!(Token::read(&short), Ok((token, [9; 64])), "what was put in comes out");
        prop_assert!(Token::read(&short[..short.len() - 1]).is_err(), "a part of a code is none");
    }
}
