//! One appointment in full.

use domain::{Money, Place, Refusal, Service, TermsPatch, refusal::Noun};
use portal::{Book, BookingView, Cancel, Command, LedgerLine, Screen, View};

use crate::salon::{self, Salon, book, book_with, booking, id, move_to};

async fn details(salon: &Salon, number: u128) -> BookingView {
    match salon.view(View::Booking { booking: booking(number) }).await {
        Screen::Booking(view) => *view,
        other => panic!("a booking was asked for: {other:?}"),
    }
}

#[tokio::test]
async fn a_past_appointment_opens_with_its_summary() {
    let salon = Salon::open().await;
    let note = "By the window, please.".to_owned();
    let made = salon.booked(Book { note, ..book_with(1, "cut", "2026-03-05T09:00:00Z", "anna") }).await;
    let salon = salon.at("2026-04-01T00:00:00Z");
    let view = details(&salon, 1).await;
    assert_eq!(view.reference, made.reference, "what people read to each other on the phone (E14)");
    let names = (&*view.ticket.service, &*view.ticket.variant, &*view.ticket.staff, &*view.ticket.place);
    assert_eq!(names, ("Haircut", "Short hair", "Anna", "Mitte"), "the services received and by whom (E09, E11)");
    assert_eq!((&*view.ticket.start.time, view.ticket.start.date), ("10:00", id("2026-03-05")), "when (E10)");
    assert_eq!((&*view.address, &*view.phone), ("1 Main Street, Town", "+49 30 1"), "the place has no own number");
    assert_eq!((&*view.note, view.party, view.book_again), ("By the window, please.", 1, true), "the rest of it");
    assert!(matches!(view.actions.cancel.refusal, Some(Refusal::WrongState { .. })), "it is over");
}

#[tokio::test]
async fn an_appointment_says_whether_the_person_was_asked_for() {
    let salon = Salon::open().await;
    salon.booked(book(1, "cut", "2026-03-05T09:00:00Z")).await;
    salon.booked(book_with(2, "cut", "2026-03-06T09:00:00Z", "anna")).await;
    let chosen = async |number| details(&salon, number).await.staff_chosen;
    assert!(!chosen(1).await, "whoever was free: booked again it is left open again (G11)");
    assert!(chosen(2).await, "Anna was asked for (C03)");
}

#[tokio::test]
async fn the_dialog_states_the_deadline_and_what_is_not_refunded() {
    let salon = Salon::open().await;
    let mut made = salon.booked(book_with(1, "peel", "2026-03-30T07:00:00Z", "anna")).await;
    let view = details(&salon, 1).await;
    let until = view.actions.cancel.until.expect("cancelling is allowed");
    // The visit is at 09:00 on Monday after the clock change; 24 hours before that is 09:00 on Sunday.
    assert_eq!((until.date, &*until.time, &*until.offset), (id("2026-03-29"), "09:00", "+02:00"), "venue time (Y04)");
    let until = view.actions.reschedule.until.expect("moving is allowed");
    assert_eq!((until.date, &*until.time), (id("2026-03-30"), "07:00"), "peelings until two hours before");
    assert_eq!(view.actions.cancel.not_refunded, None, "nothing was paid");
    made.paid = Money::new(2_500, id("EUR"));
    salon.enter(std::slice::from_ref(&made)).await;
    let view = details(&salon, 1).await;
    assert_eq!(view.actions.cancel.not_refunded, Some(made.paid), "this does not come back by itself (G08)");
    assert_eq!(view.actions.reschedule.not_refunded, None, "a payment follows a move (Y19)");
}

#[tokio::test]
async fn what_is_forbidden_says_why_and_whom_to_ask() {
    let salon = Salon::open().await;
    salon.booked(book_with(1, "tattoo", "2026-03-05T09:00:00Z", "anna")).await;
    salon.booked(book_with(2, "cut", "2026-03-05T12:00:00Z", "anna")).await;
    let view = details(&salon, 1).await;
    assert!(matches!(view.actions.reschedule.refusal, Some(Refusal::SwitchedOff { .. })), "not by customers (Y08)");
    assert_eq!((view.actions.reschedule.until, view.actions.cancel.until), (None, None), "at no time");
    assert_eq!((&*view.email, &*view.phone), ("salon@example.org", "+49 30 1"), "the business can be asked");
    let salon = salon.at("2026-03-04T20:00:00Z");
    let actions = details(&salon, 2).await.actions;
    let moved = move_to(2, "2026-03-06T12:00:00Z");
    for (action, command) in [(actions.cancel, salon::cancel(2)), (actions.reschedule, moved)] {
        let Some(Refusal::TooLate { deadline, .. }) = &action.refusal else { panic!("it is too late: {command:?}") };
        assert_eq!(Some(deadline), action.until.as_ref(), "since when (Y08)");
        assert_eq!(Some(salon.refused(command).await), action.refusal, "the command says the same");
    }
}

#[tokio::test]
async fn the_ledger_tells_what_happened_in_venue_time() {
    let salon = Salon::open().await;
    salon.booked(book_with(1, "cut", "2026-03-27T09:00:00Z", "anna")).await;
    salon.ask(move_to(1, "2026-03-30T09:00:00Z")).await.unwrap();
    let ask = Cancel { booking: booking(1), reason: "I am ill.".into() };
    salon.ask(Command::Cancel(ask)).await.unwrap();
    let ledger = details(&salon, 1).await.ledger;
    let [LedgerLine::Booked { at, .. }, LedgerLine::Rescheduled { from, to, .. }, LedgerLine::Cancelled { reason, .. }] =
        &ledger[..]
    else {
        panic!("the oldest first: {ledger:?}")
    };
    assert_eq!(at.time, "09:00", "when it was booked");
    assert_eq!((&*from.time, &*from.offset), ("10:00", "+01:00"), "the old time, before the clock change (Z12)");
    assert_eq!((&*to.time, &*to.offset), ("11:00", "+02:00"), "the new time, after it");
    assert_eq!(reason, "I am ill.", "the customer's words");
}

#[tokio::test]
async fn what_is_gone_cannot_be_booked_again() {
    let salon = Salon::open().await;
    salon.booked(book_with(1, "cut", "2026-03-05T09:00:00Z", "anna")).await;
    salon.remove::<Service>("cut").await;
    let view = details(&salon, 1).await;
    assert!(!view.book_again, "nobody cuts any more");
    assert_eq!(view.ticket.service, "Haircut", "but the booking still says what it is");
    assert_eq!(view.actions.reschedule.refusal, Some(Refusal::NotFound { what: Noun::Service }), "no new time");
    assert_eq!(view.actions.cancel.refusal, None, "it can be cancelled all the same");
}

#[tokio::test]
async fn what_is_not_offered_any_more_cannot_be_booked_again() {
    let salon = Salon::open().await;
    salon.booked(book_with(1, "cut", "2026-03-05T09:00:00Z", "anna")).await;
    let cut = salon::service("cut");
    let closed = TermsPatch { online_booking: Some(false), ..TermsPatch::default() };
    for (other, why) in [
        (Service { terms: closed, ..cut.clone() }, "customers book no haircuts by themselves (C11)"),
        (Service { variants: cut.variants[1..].to_vec(), ..cut.clone() }, "short hair is not cut any more"),
        (Service { places: vec![id("island")], ..cut.clone() }, "hair is cut elsewhere"),
    ] {
        assert!(details(&salon, 1).await.book_again, "it can be had as it was");
        salon.change(&other).await;
        assert!(!details(&salon, 1).await.book_again, "{why}");
        salon.change(&cut).await;
    }
    salon.remove::<Place>("mitte").await;
    assert!(!details(&salon, 1).await.book_again, "the place is gone");
}

#[tokio::test]
async fn somebody_elses_booking_does_not_exist() {
    let salon = Salon::open().await;
    salon.booked(book_with(1, "cut", "2026-03-05T09:00:00Z", "anna")).await;
    let answer = salon.view_as(salon.context(2), View::Booking { booking: booking(1) }).await;
    assert_eq!(answer, Err(Refusal::NotFound { what: Noun::Booking }), "it is customer 1's");
}
