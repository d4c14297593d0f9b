//! What a customer may do with a booking, and until when.

#![allow(clippy::unwrap_used, reason = "a test that cannot be built should panic, its builders included")]

use domain::{
    Booking, BookingId, BookingState, CustomerId, Money, Refusal, Span, Terms, Timestamp,
    booking::{Names, Reference},
    refusal::Act,
};
use jiff::ToSpan;

const ALL: [BookingState; 9] = {
    use BookingState::*;
    [Draft, AwaitingPayment, AwaitingProvider, Confirmed, CheckedIn, Completed, NoShow, Cancelled, Postponed]
};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn booking(state: BookingState) -> Booking {
    let id = BookingId::new();
    let name = |text: &str| text.to_owned();
    Booking {
        id,
        reference: Reference::numbered(id.0.as_u128() as u64),
        customer: CustomerId::new(),
        service: "cut".parse().unwrap(),
        variant: "short".parse().unwrap(),
        staff: "anna".parse().unwrap(),
        staff_chosen: false,
        place: "berlin".parse().unwrap(),
        names: Names {
            service: name("Cut"),
            variant: String::new(),
            staff: name("Anna"),
            place: name("Berlin"),
            address: name("Hauptstraße 1, 10827 Berlin"),
            location: None,
        },
        span: Span { from: at("2026-11-27T13:00Z"), to: at("2026-11-27T14:00Z") },
        zone: "Europe/Berlin".parse().unwrap(),
        claims: Vec::new(),
        party: 1,
        state,
        price: Money::new(4500, "EUR".parse().unwrap()),
        paid: Money::new(0, "EUR".parse().unwrap()),
        note: String::new(),
        moves: 0,
        revision: 0,
        ledger: Vec::new(),
    }
}

/// A day before the visit for moving, two hours for cancelling.
fn terms() -> Terms {
    Terms { reschedule_until: 24 * 60, cancel_until: 120, ..Terms::default() }
}

const MOVE_BY: &str = "2026-11-26T13:00Z";
const CANCEL_BY: &str = "2026-11-27T11:00Z";

#[test]
fn the_deadline_itself_is_in_time_and_a_second_later_is_not() {
    let (booking, terms) = (booking(BookingState::Confirmed), terms());
    let zone = &booking.zone;
    assert_eq!(booking.reschedule_deadline(&terms), at(MOVE_BY));
    assert_eq!(booking.cancel_deadline(&terms), at(CANCEL_BY));

    assert_eq!(booking.may_reschedule(&terms, at(MOVE_BY)), Ok(()), "the deadline is the last instant that counts");
    assert_eq!(
        booking.may_reschedule(&terms, at(MOVE_BY) + 1.second()),
        Err(Refusal::TooLate { act: Act::Reschedule, deadline: zone.civil(at(MOVE_BY)) }),
        "the customer reads when it was possible for the last time, at the venue"
    );
    assert_eq!(booking.may_cancel(&terms, at(CANCEL_BY)), Ok(()), "cancelling has a deadline of its own");
    assert_eq!(
        booking.may_cancel(&terms, at(CANCEL_BY) + 1.second()),
        Err(Refusal::TooLate { act: Act::Cancel, deadline: zone.civil(at(CANCEL_BY)) }),
    );
}

#[test]
fn without_a_deadline_the_start_is_the_last_instant() {
    let booking = booking(BookingState::Confirmed);
    let terms = Terms { reschedule_until: 0, cancel_until: 0, ..Terms::default() };
    let start = booking.span.from;
    for (now, may) in [(start, true), (start + 1.second(), false)] {
        assert_eq!(booking.may_reschedule(&terms, now).is_ok(), may, "a visit that has begun cannot be moved");
        assert_eq!(booking.may_cancel(&terms, now).is_ok(), may, "nor cancelled");
    }
    assert!(
        matches!(booking.may_cancel(&terms, start + 1.second()), Err(Refusal::TooLate { .. })),
        "while it lasts its state is still confirmed, so the reason is the time"
    );
}

#[test]
fn what_is_switched_off_is_refused_before_any_deadline() {
    let booking = booking(BookingState::Confirmed);
    let terms = Terms { reschedule: false, cancel: false, ..terms() };
    for now in [at("2026-11-01T00:00Z"), at("2026-11-27T12:59Z")] {
        assert_eq!(booking.may_reschedule(&terms, now), Err(Refusal::SwitchedOff { act: Act::Reschedule }));
        assert_eq!(booking.may_cancel(&terms, now), Err(Refusal::SwitchedOff { act: Act::Cancel }));
    }
}

#[test]
fn a_booking_moves_only_so_often() {
    let now = at("2026-11-01T00:00Z");
    let cases = [(0, 100, [99, 100]), (2, 2, [1, 2]), (100, 100, [99, 100]), (500, 100, [99, 100])];
    for (limit, times, [last, over]) in cases {
        let terms = Terms { reschedule_times: limit, ..terms() };
        let moved = |moves| Booking { moves, ..booking(BookingState::Confirmed) }.may_reschedule(&terms, now);
        assert_eq!(moved(last), Ok(()), "{last} moves of {limit}");
        let expected = Err(Refusal::MovedTooOften { times });
        assert_eq!(moved(over), expected, "{over} moves of {limit}: never more than a hundred, which 0 means too");
        assert_eq!(moved(u16::MAX), expected, "however often it was moved before");
        let booking = Booking { moves: over, ..booking(BookingState::Confirmed) };
        assert_eq!(booking.may_cancel(&terms, now), Ok(()), "moves say nothing about cancelling");
    }
}

#[test]
fn the_state_decides_what_is_open() {
    use BookingState::*;
    let now = at("2026-11-01T00:00Z");
    for state in ALL {
        let booking = booking(state);
        let moves = matches!(state, AwaitingPayment | AwaitingProvider | Confirmed);
        let cancels = moves || state == Postponed;
        let wrong = |act| Err(Refusal::WrongState { act, state });
        let expected = if moves { Ok(()) } else { wrong(Act::Reschedule) };
        assert_eq!(booking.may_reschedule(&terms(), now), expected, "moving while {state:?}");
        let expected = if cancels { Ok(()) } else { wrong(Act::Cancel) };
        assert_eq!(booking.may_cancel(&terms(), now), expected, "cancelling while {state:?}");
    }
}

#[test]
fn a_postponed_booking_can_be_cancelled_after_its_former_time() {
    let now = at("2027-05-01T00:00Z");
    assert_eq!(
        booking(BookingState::Postponed).may_cancel(&terms(), now),
        Ok(()),
        "no deadline counts from a lost date"
    );
}

#[test]
fn a_visit_whose_end_has_passed_is_over() {
    use BookingState::*;
    let end = at("2026-11-27T14:00Z");
    for state in ALL {
        let booking = booking(state);
        assert_eq!(booking.state_at(end - 1.second()), state, "until its end nothing changes by itself");
        let after = if matches!(state, Confirmed | CheckedIn) { Completed } else { state };
        assert_eq!(booking.state_at(end), after, "only what was going to happen has happened");
        assert_eq!(
            booking.is_upcoming(end - 1.second()),
            state.is_live() || state == Postponed,
            "{state:?} is to come"
        );
        assert_eq!(booking.is_upcoming(end), state == Postponed, "{state:?} is past, unless it waits for a date");
    }
    let over = booking(Confirmed);
    let refused = Err(Refusal::WrongState { act: Act::Cancel, state: Completed });
    assert_eq!(over.may_cancel(&terms(), end), refused, "what is over cannot be cancelled");
}

#[test]
fn states_follow_each_other_only_as_listed() {
    use BookingState::*;
    for state in ALL {
        assert!(!state.may_become(state), "{state:?} to itself is no change");
        assert!(!state.may_become(Draft), "nothing becomes a draft");
        let ends = matches!(state, Completed | NoShow);
        assert_eq!(ALL.iter().any(|next| state.may_become(*next)), !ends, "{state:?} is final: {ends}");
        if matches!(state, AwaitingPayment | AwaitingProvider | Confirmed | Draft | Postponed) {
            assert!(state.may_become(Cancelled), "{state:?} can be cancelled, and may_cancel rests on it");
        }
    }
}

#[test]
fn a_reference_can_be_read_out_on_the_phone() {
    for _ in 0..1000 {
        let number = BookingId::new().0.as_u128() as u64;
        let reference = Reference::numbered(number).to_string();
        assert_eq!(reference.len(), 9, "{reference} has two groups of four");
        for (place, letter) in reference.chars().enumerate() {
            let allowed = if place == 4 { "-" } else { "0123456789ABCDEFGHJKMNPQRSTVWXYZ" };
            assert!(allowed.contains(letter), "{reference} has no letters that sound or look alike");
        }
        assert_ne!(Reference::numbered(number ^ 1 << 39).to_string(), reference, "40 bits count");
    }
}
