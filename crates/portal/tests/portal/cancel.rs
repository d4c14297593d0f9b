//! The end of appointments.

use domain::{
    BookingState, Money, Refusal, Service,
    booking::Change,
    refusal::{Act, Noun},
};
use portal::{BookingNews, Cancel, Command, Job, Outcome};

use crate::salon::{Salon, book, book_with, booking, cancel, id};

#[tokio::test]
async fn cancelling_frees_the_time() {
    let salon = Salon::open().await;
    salon.booked(book_with(1, "massage", "2026-03-05T09:00:00Z", "anna")).await;
    salon.mails().await;
    let ask = Cancel { booking: booking(1), reason: " I am ill. ".into() };
    let outcome = salon.ask(Command::Cancel(ask)).await;
    assert_eq!(outcome, Ok(Outcome::Cancelled { booking: booking(1) }), "there is time enough");
    let ended = salon.booking(1, booking(1)).await;
    assert_eq!((ended.state, ended.revision), (BookingState::Cancelled, 1), "calendars learn of it by the revision");
    assert!(ended.claims.is_empty(), "it takes no time any more");
    for calendar in ["staff.anna", "resource.room-1"] {
        assert!(salon.claims(calendar, "2026-03-05").await.is_empty(), "{calendar} has time again");
    }
    assert_eq!(ended.ledger[1].change, Change::Cancelled { reason: "I am ill.".into() }, "the ledger says why");
    let [Job::BookingMail { news: BookingNews::Cancelled, .. }] = &salon.mails().await[..] else {
        panic!("one mail tells of it")
    };
    salon
        .ask_as(salon.context(2), Command::Book(book_with(2, "massage", "2026-03-05T09:00:00Z", "anna")))
        .await
        .expect("somebody else can have the time at once");
}

#[tokio::test]
async fn nothing_is_cancelled_until_the_command_comes() {
    let salon = Salon::open().await;
    let made = salon.booked(book(1, "cut", "2026-03-05T09:00:00Z")).await;
    let before = salon.everything().await;
    salon.view(portal::View::Booking { booking: made.id }).await;
    assert_eq!(salon.everything().await, before, "to look at the dialog changes nothing; the second yes does (G06)");
}

#[tokio::test]
async fn what_was_paid_stays_with_the_business_until_it_refunds() {
    let salon = Salon::open().await;
    let mut paid = salon.booked(book(1, "cut", "2026-03-05T09:00:00Z")).await;
    paid.paid = Money::new(3_000, id("EUR"));
    salon.enter(std::slice::from_ref(&paid)).await;
    salon.mails().await;
    salon.ask(cancel(1)).await.unwrap();
    let ended = salon.booking(1, booking(1)).await;
    assert_eq!((ended.paid, ended.price), (paid.paid, paid.price), "no refund happens by itself (G08)");
    assert_eq!(salon.mails().await.len(), 1, "a mail is all that is to be done outside: no refund is ordered");
}

#[tokio::test]
async fn the_terms_may_forbid_it() {
    let salon = Salon::open().await;
    salon.booked(book(1, "tattoo", "2026-03-05T09:00:00Z")).await;
    assert_eq!(salon.refused(cancel(1)).await, Refusal::SwitchedOff { act: Act::Cancel }, "tattoos stay (G01)");
}

#[tokio::test]
async fn the_deadline_holds() {
    let salon = Salon::open().await;
    salon.booked(book(1, "cut", "2026-03-05T09:00:00Z")).await;
    salon.booked(book(2, "cut", "2026-03-05T09:00:00Z")).await;
    let salon = salon.at("2026-03-04T09:00:00Z");
    salon.ask(cancel(2)).await.expect("the deadline is the last moment");
    let salon = salon.at("2026-03-04T09:00:01Z");
    let refusal = salon.refused(cancel(1)).await;
    let Refusal::TooLate { act: Act::Cancel, deadline } = refusal else { panic!("{refusal:?}") };
    assert_eq!((deadline.time.as_str(), deadline.offset.as_str()), ("10:00", "+01:00"), "in Berlin's time (G07)");
}

#[tokio::test]
async fn once_is_enough() {
    let salon = Salon::open().await;
    salon.booked(book(1, "cut", "2026-03-05T09:00:00Z")).await;
    salon.ask(cancel(1)).await.unwrap();
    let state = BookingState::Cancelled;
    assert_eq!(salon.refused(cancel(1)).await, Refusal::WrongState { act: Act::Cancel, state }, "it is cancelled");
}

#[tokio::test]
async fn a_reason_has_an_end() {
    let salon = Salon::open().await;
    salon.booked(book(1, "cut", "2026-03-05T09:00:00Z")).await;
    let ask = Cancel { booking: booking(1), reason: "x".repeat(501) };
    let refusal = salon.refused(Command::Cancel(ask)).await;
    assert_eq!(refusal, Refusal::BadText { field: "reason".into(), most: 500 }, "501 characters are one too many");
}

#[tokio::test]
async fn somebody_elses_booking_does_not_exist() {
    let salon = Salon::open().await;
    salon.booked(book(1, "cut", "2026-03-05T09:00:00Z")).await;
    let refusal = salon.refused_as(salon.context(2), cancel(1)).await;
    assert_eq!(refusal, Refusal::NotFound { what: Noun::Booking }, "it is customer 1's");
}

#[tokio::test]
async fn it_works_when_the_service_has_left_the_catalogue() {
    let salon = Salon::open().await;
    salon.booked(book(1, "tattoo", "2026-03-05T09:00:00Z")).await;
    salon.remove::<Service>("tattoo").await;
    salon.remove::<domain::Staff>("anna").await;
    salon.ask(cancel(1)).await.expect("now the business's own terms hold, and they allow it");
    assert!(salon.claims("staff.anna", "2026-03-05").await.is_empty(), "the time is free all the same");
}
