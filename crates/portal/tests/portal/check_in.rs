//! Coming, being late and being there.

use domain::{
    BookingState, Refusal,
    booking::{By, Change},
    refusal::{Act, Noun},
};
use portal::{CheckIn, Command, LedgerLine, Outcome, Screen, View};

use crate::salon::{Salon, at, book, booking, cancel, coming, here, id, late, move_to};

fn at_the_door(number: u128, place: &str) -> Command {
    Command::CheckIn(CheckIn { booking: booking(number), place: Some(id(place)) })
}

async fn details(salon: &Salon, number: u128) -> portal::BookingView {
    match salon.view(View::Booking { booking: booking(number) }).await {
        Screen::Booking(view) => *view,
        other => panic!("a booking was asked for: {other:?}"),
    }
}

#[tokio::test]
async fn coming_is_one_tap() {
    let salon = Salon::open().await;
    salon.booked(book(1, "cut", "2026-03-04T09:00:00Z")).await;
    salon.mails().await;
    assert_eq!(
        salon.ask(coming(1)).await,
        Ok(Outcome::AttendanceConfirmed { booking: booking(1) }),
        "three days before"
    );
    let kept = salon.booking(1, booking(1)).await;
    assert_eq!((kept.state, kept.revision), (BookingState::Confirmed, 1), "it stays what it was");
    assert_eq!(kept.ledger[1].change, Change::AttendanceConfirmed, "the ledger says it (Y07)");
    assert!(!kept.claims.is_empty(), "its time stays taken");
    assert!(salon.mails().await.is_empty(), "nobody gets a mail for it");
    let view = details(&salon, 1).await;
    assert!(view.coming, "the screen knows");
    assert!(matches!(view.ledger[1], LedgerLine::AttendanceConfirmed { by: By::Customer, .. }), "who said so");
    let again = Refusal::AlreadyDone { act: Act::ConfirmAttendance };
    assert_eq!(salon.refused(coming(1)).await, again, "once is enough");
    assert_eq!(view.actions.attend.refusal, Some(again), "the screen says the same (Y08)");
}

#[tokio::test]
async fn a_move_asks_anew() {
    let salon = Salon::open().await;
    salon.booked(book(1, "cut", "2026-03-04T09:00:00Z")).await;
    salon.ask(coming(1)).await.unwrap();
    salon.ask(move_to(1, "2026-03-04T11:00:00Z")).await.unwrap();
    assert!(!details(&salon, 1).await.coming, "it was said of the old time");
    salon.ask(coming(1)).await.expect("it can be said of the new one");
}

#[tokio::test]
async fn check_in_opens_and_closes() {
    let salon = Salon::open().await;
    salon.booked(book(1, "cut", "2026-03-05T09:00:00Z")).await;
    salon.mails().await;
    let salon = salon.at("2026-03-05T08:29:59Z");
    let early = salon.refused(here(1)).await;
    let Refusal::TooEarly { act: Act::CheckIn, from } = &early else { panic!("{early:?}") };
    assert_eq!((&*from.time, from.date), ("09:30", id("2026-03-05")), "from when, at the venue (Y10)");
    assert_eq!(details(&salon, 1).await.actions.check_in.refusal, Some(early), "the screen says the same (Y08)");
    let salon = salon.at("2026-03-05T09:15:01Z");
    let late = salon.refused(here(1)).await;
    let Refusal::TooLate { act: Act::CheckIn, deadline } = late else { panic!("{late:?}") };
    assert_eq!(deadline.time, "10:15", "until when");
    let salon = salon.at("2026-03-05T08:45:00Z");
    let view = details(&salon, 1).await;
    assert_eq!(view.actions.check_in.refusal, None, "now the button is there");
    assert_eq!(view.actions.check_in.until.unwrap().time, "10:15", "and says until when");
    assert_eq!(salon.ask(here(1)).await, Ok(Outcome::CheckedIn { booking: booking(1) }), "inside the window");
    let there = salon.booking(1, booking(1)).await;
    assert_eq!((there.state, there.revision), (BookingState::CheckedIn, 1), "the customer is there");
    assert_eq!(there.ledger[1].at, at("2026-03-05T08:45:00Z"), "since when");
    assert!(salon.mails().await.is_empty(), "whoever is there needs no mail");
    assert_eq!(details(&salon, 1).await.checked_in.unwrap().time, "09:45", "at the venue's clock");
    assert_eq!(salon.refused(here(1)).await, Refusal::AlreadyDone { act: Act::CheckIn }, "once is enough");
    let state = BookingState::CheckedIn;
    assert_eq!(salon.refused(cancel(1)).await, Refusal::WrongState { act: Act::Cancel, state }, "nor can it be undone");
}

#[tokio::test]
async fn the_code_at_the_door_is_of_one_place() {
    let salon = Salon::open().await;
    salon.booked(book(1, "cut", "2026-03-05T09:00:00Z")).await;
    let salon = salon.at("2026-03-05T08:45:00Z");
    let refusal = salon.refused(at_the_door(1, "island")).await;
    let Refusal::WrongPlace { place, start } = refusal else { panic!("{refusal:?}") };
    assert_eq!((&*place, &*start.time), ("Mitte", "10:00"), "where and when it is");
    salon.ask(at_the_door(1, "mitte")).await.expect("this is the place");
}

#[tokio::test]
async fn being_late_is_told_in_minutes() {
    let salon = Salon::open().await;
    salon.booked(book(1, "cut", "2026-03-05T09:00:00Z")).await;
    let early = salon.refused(late(1, 10)).await;
    assert!(matches!(early, Refusal::TooEarly { act: Act::RunningLate, .. }), "nobody is late on Monday for Thursday");
    let salon = salon.at("2026-03-05T08:55:00Z");
    for minutes in [0, 4, 61, u16::MAX] {
        let refusal = salon.refused(late(1, minutes)).await;
        assert_eq!(refusal, Refusal::OutOfRange { least: 5, most: 60 }, "{minutes} minutes are not late, or too late");
    }
    assert_eq!(salon.ask(late(1, 10)).await, Ok(Outcome::RunningLate { booking: booking(1) }), "ten minutes");
    assert_eq!(salon.refused(late(1, 10)).await, Refusal::AlreadyDone { act: Act::RunningLate }, "it was said");
    salon.ask(late(1, 20)).await.expect("it can get worse");
    let view = details(&salon, 1).await;
    assert_eq!(view.late, Some(20), "the last word counts");
    assert!(matches!(view.ledger[1], LedgerLine::RunningLate { minutes: 20, .. }), "and the ledger says so");
    salon.ask(here(1)).await.expect("and then they come all the same");
}

#[tokio::test]
async fn a_booking_does_not_grow_by_being_late() {
    let salon = Salon::open().await;
    salon.booked(book(1, "cut", "2026-03-05T09:00:00Z")).await;
    let mut salon = salon.at("2026-03-05T08:50:00Z");
    for minutes in [5, 10, 5, 10, 5] {
        salon.ask(late(1, minutes)).await.expect("a word that is no longer true can always be mended");
    }
    let kept = salon.booking(1, booking(1)).await;
    assert_eq!((kept.ledger.len(), kept.revision), (2, 5), "the ledger has one line of it; calendars see each change");
    salon = salon.at("2026-03-05T08:51:00Z");
    salon.ask(coming(1)).await.unwrap();
    salon.ask(late(1, 15)).await.unwrap();
    let kept = salon.booking(1, booking(1)).await;
    let said: Vec<_> = kept.ledger.iter().skip(1).map(|entry| (entry.at, &entry.change)).collect();
    let (before, now) = (at("2026-03-05T08:50:00Z"), at("2026-03-05T08:51:00Z"));
    let (first, last) = (Change::RunningLate { minutes: 5 }, Change::RunningLate { minutes: 15 });
    assert_eq!(
        said,
        [(before, &first), (now, &Change::AttendanceConfirmed), (now, &last)],
        "what stands before something else stays as it was said"
    );
}

#[tokio::test]
async fn somebody_elses_booking_does_not_exist() {
    let salon = Salon::open().await;
    salon.booked(book(1, "cut", "2026-03-05T09:00:00Z")).await;
    let salon = salon.at("2026-03-05T08:55:00Z");
    for command in [coming(1), late(1, 10), here(1), at_the_door(1, "mitte")] {
        let refusal = salon.refused_as(salon.context(2), command).await;
        assert_eq!(refusal, Refusal::NotFound { what: Noun::Booking }, "it is customer 1's");
    }
}

#[tokio::test]
async fn what_waits_for_the_business_cannot_be_come_to() {
    let salon = Salon::open().await;
    salon.booked(book(1, "colour", "2026-03-05T09:00:00Z")).await;
    let salon = salon.at("2026-03-05T08:55:00Z");
    let state = BookingState::AwaitingProvider;
    assert_eq!(salon.refused(here(1)).await, Refusal::WrongState { act: Act::CheckIn, state }, "nobody said yes yet");
}
