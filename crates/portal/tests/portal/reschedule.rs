//! New times for appointments.

use domain::{
    BookingState, Money, Refusal, Service, Staff,
    booking::Change,
    refusal::{Act, Noun},
};
use portal::{Book, BookingNews, Command, DayQuery, Job, MonthQuery, Outcome, Screen, View};

use crate::salon::{self, Salon, at, book, book_with, booking, id, move_to};

#[tokio::test]
async fn moving_frees_the_old_time_and_takes_the_new_one() {
    let salon = Salon::open().await;
    let before =
        salon.booked(Book { note: "Hello".into(), ..book_with(1, "cut", "2026-03-05T09:00:00Z", "anna") }).await;
    salon.mails().await;
    let outcome = salon.ask(move_to(1, "2026-03-06T13:00:00Z")).await;
    assert_eq!(outcome, Ok(Outcome::Rescheduled { booking: booking(1) }), "Friday is free");
    let after = salon.booking(1, booking(1)).await;
    assert!(salon.claims("staff.anna", "2026-03-05").await.is_empty(), "the old time is free");
    assert_eq!(salon.claims("staff.anna", "2026-03-06").await, [booking(1)], "the new one is taken");
    assert_eq!((after.moves, after.revision), (1, 1), "calendars learn of it by the revision");
    assert_eq!(after.claims[0].span.to, at("2026-03-06T13:45:00Z"), "with the buffer");
    let kept = |booking: &domain::Booking| {
        let domain::Booking { reference, staff, variant, place, note, price, party, names, state, .. } =
            booking.clone();
        (reference, staff, variant, place, note, price, party, names, state)
    };
    assert_eq!(kept(&after), kept(&before), "everything else stays (F08–F11)");
    let change = &after.ledger[1].change;
    let (from, to) = (at("2026-03-05T09:00:00Z"), at("2026-03-06T13:00:00Z"));
    assert_eq!(*change, Change::Rescheduled { from, to }, "the ledger has both times (Z12)");
    let [Job::BookingMail { news, .. }] = &salon.mails().await[..] else { panic!("one mail (F16)") };
    assert_eq!(*news, BookingNews::Rescheduled { from }, "the mail knows the former time");
    salon
        .ask_as(salon.context(2), Command::Book(book_with(2, "cut", "2026-03-05T09:00:00Z", "anna")))
        .await
        .expect("somebody else can have the old time at once");
}

#[tokio::test]
async fn a_booking_does_not_stand_in_its_own_way() {
    let salon = Salon::open().await;
    salon.booked(book_with(1, "massage", "2026-03-05T09:00:00Z", "anna")).await;
    salon.ask(move_to(1, "2026-03-05T09:30:00Z")).await.expect("it overlaps with nothing but itself");
    assert_eq!(salon.claims("staff.anna", "2026-03-05").await, [booking(1)], "one claim, at the new time");
    assert_eq!(salon.claims("resource.room-1", "2026-03-05").await, [booking(1)], "the room moves along");
}

#[tokio::test]
async fn the_person_stays_even_when_others_are_free() {
    let salon = Salon::open().await;
    salon.booked(book(1, "cut", "2026-03-05T09:00:00Z")).await;
    salon.booked(book_with(2, "cut", "2026-03-05T13:00:00Z", "anna")).await;
    let refusal = salon.refused(move_to(1, "2026-03-05T13:00:00Z")).await;
    let Refusal::SlotTaken { alternatives, .. } = refusal else { panic!("{refusal:?}") };
    assert!(!alternatives.is_empty(), "Anna has other times");
    assert!(alternatives.iter().all(|other| other.staff == id("anna")), "Ben is free, but it is Anna's visit (F08)");
}

#[tokio::test]
async fn the_variant_place_and_answers_have_no_way_to_change() {
    let fields = serde_json::to_value(move_to(1, "2026-03-05T09:00:00Z")).unwrap();
    let names: Vec<_> = fields.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(names, ["booking", "start", "type"], "a move names a booking and a time, nothing else (F09–F11)");
    let mut more = fields.clone();
    more["variant"] = "long".into();
    assert!(serde_json::from_value::<Command>(more).is_err(), "a move that asks for more is not understood");
}

#[tokio::test]
async fn the_terms_may_forbid_it() {
    let salon = Salon::open().await;
    salon.booked(book(1, "tattoo", "2026-03-05T09:00:00Z")).await;
    let refusal = salon.refused(move_to(1, "2026-03-06T09:00:00Z")).await;
    assert_eq!(refusal, Refusal::SwitchedOff { act: Act::Reschedule }, "tattoos cannot be moved (F01)");
}

#[tokio::test]
async fn the_deadline_is_the_services_own() {
    let salon = Salon::open().await;
    salon.booked(book(1, "cut", "2026-03-05T09:00:00Z")).await;
    salon.booked(book(2, "peel", "2026-03-05T10:00:00Z")).await;
    let salon = salon.at("2026-03-04T09:00:01Z");
    let refusal = salon.refused(move_to(1, "2026-03-06T09:00:00Z")).await;
    let Refusal::TooLate { act: Act::Reschedule, deadline } = refusal else { panic!("{refusal:?}") };
    assert_eq!(
        (deadline.date.to_string(), deadline.time),
        ("2026-03-04".into(), "10:00".into()),
        "a day before, in Berlin's time (F05)"
    );
    let salon = salon.at("2026-03-05T08:00:00Z");
    salon.ask(move_to(2, "2026-03-06T09:00:00Z")).await.expect("peelings can be moved until two hours before");
}

#[tokio::test]
async fn at_the_deadline_itself_it_is_still_possible() {
    let salon = Salon::open().await;
    salon.booked(book(1, "cut", "2026-03-05T09:00:00Z")).await;
    let salon = salon.at("2026-03-04T09:00:00Z");
    salon.ask(move_to(1, "2026-03-06T09:00:00Z")).await.expect("the deadline is the last moment");
}

#[tokio::test]
async fn it_may_be_moved_only_so_often() {
    let salon = Salon::open().await;
    salon.booked(book(1, "peel", "2026-03-05T09:00:00Z")).await;
    salon.ask(move_to(1, "2026-03-05T13:00:00Z")).await.expect("once is allowed");
    let refusal = salon.refused(move_to(1, "2026-03-06T09:00:00Z")).await;
    assert_eq!(refusal, Refusal::MovedTooOften { times: 1 }, "twice is not (F07)");
}

#[tokio::test]
async fn no_further_move_is_promised_after_the_last_one() {
    let salon = Salon::open().await;
    salon.booked(book(1, "cut", "2026-03-05T09:00:00Z")).await;
    salon.booked(book(2, "peel", "2026-03-05T10:00:00Z")).await;
    let promised = async |service: &str, moving| {
        let (service, variant, place) = (id(service), id("usual"), id("mitte"));
        let of = MonthQuery { service, variant, place, staff: None, party: 1, moving, month: None };
        let screen = salon.view(View::Day(DayQuery { of, date: id("2026-03-06") })).await;
        let Screen::Day(day) = screen else { panic!("a day was asked for: {screen:?}") };
        day.times.first().expect("Friday is free").reschedule_until.is_some()
    };
    assert!(promised("peel", None).await, "what is booked can be moved once");
    assert!(!promised("peel", Some(booking(2))).await, "what is moved cannot be moved again (F07)");
    assert!(promised("cut", Some(booking(1))).await, "the terms of a cut name no number");
}

#[tokio::test]
async fn a_booking_does_not_grow_without_an_end() {
    let salon = Salon::open().await;
    salon.booked(book(1, "cut", "2026-03-05T09:00:00Z")).await;
    for start in ["2026-03-05T13:00:00Z", "2026-03-06T09:00:00Z"].iter().cycle().take(100) {
        salon.ask(move_to(1, start)).await.expect("the terms of a cut name no number");
    }
    let refusal = salon.refused(move_to(1, "2026-03-05T09:00:00Z")).await;
    assert_eq!(refusal, Refusal::MovedTooOften { times: 100 }, "a hundred moves are enough for anybody");
    assert_eq!(salon.booking(1, booking(1)).await.ledger.len(), 101, "its ledger has all of them and ends there");
    salon.ask(salon::cancel(1)).await.expect("moves say nothing about cancelling");
}

#[tokio::test]
async fn to_where_it_is_already_is_no_move() {
    let salon = Salon::open().await;
    salon.booked(book(1, "cut", "2026-03-05T09:00:00Z")).await;
    assert_eq!(salon.refused(move_to(1, "2026-03-05T09:00:00Z")).await, Refusal::NothingChanged, "same start");
}

#[tokio::test]
async fn the_new_time_keeps_notice_and_horizon() {
    let salon = Salon::open().await;
    salon.booked(book(1, "cut", "2026-03-05T09:00:00Z")).await;
    let refusal = salon.refused(move_to(1, "2026-03-02T08:30:00Z")).await;
    assert!(matches!(refusal, Refusal::TooSoon { .. }), "half an hour is too little notice: {refusal:?}");
    let refusal = salon.refused(move_to(1, "2026-07-01T08:00:00Z")).await;
    assert!(matches!(refusal, Refusal::TooFar { .. }), "July is too far: {refusal:?}");
}

#[tokio::test]
async fn what_is_over_or_cancelled_stays() {
    let salon = Salon::open().await;
    salon.booked(book(1, "cut", "2026-03-05T09:00:00Z")).await;
    salon.booked(book(2, "cut", "2026-03-05T09:00:00Z")).await;
    salon.ask(salon::cancel(2)).await.unwrap();
    let refusal = salon.refused(move_to(2, "2026-03-06T09:00:00Z")).await;
    let state = BookingState::Cancelled;
    assert_eq!(refusal, Refusal::WrongState { act: Act::Reschedule, state }, "it was cancelled");
    let salon = salon.at("2026-03-05T12:00:00Z");
    let refusal = salon.refused(move_to(1, "2026-03-06T09:00:00Z")).await;
    let state = BookingState::Completed;
    assert_eq!(refusal, Refusal::WrongState { act: Act::Reschedule, state }, "it took place; book again instead");
}

#[tokio::test]
async fn somebody_elses_booking_does_not_exist() {
    let salon = Salon::open().await;
    salon.booked(book(1, "cut", "2026-03-05T09:00:00Z")).await;
    let refusal = salon.refused_as(salon.context(2), move_to(1, "2026-03-06T09:00:00Z")).await;
    assert_eq!(refusal, Refusal::NotFound { what: Noun::Booking }, "it is customer 1's");
}

#[tokio::test]
async fn what_left_the_catalogue_cannot_be_moved() {
    let missing = |what| Refusal::NotFound { what };
    let salon = Salon::open().await;
    salon.booked(book(1, "cut", "2026-03-05T09:00:00Z")).await;
    salon.remove::<Staff>("anna").await;
    assert_eq!(salon.refused(move_to(1, "2026-03-06T09:00:00Z")).await, missing(Noun::Staff), "Anna has left");
    salon.remove::<domain::Place>("mitte").await;
    assert_eq!(salon.refused(move_to(1, "2026-03-06T09:00:00Z")).await, missing(Noun::Place), "the place is gone");
    let mut cut = salon::service("cut");
    cut.variants.remove(0);
    salon.change(&cut).await;
    assert_eq!(salon.refused(move_to(1, "2026-03-06T09:00:00Z")).await, missing(Noun::Variant), "so is short hair");
    salon.remove::<Service>("cut").await;
    assert_eq!(salon.refused(move_to(1, "2026-03-06T09:00:00Z")).await, missing(Noun::Service), "nobody cuts now");
}

#[tokio::test]
async fn a_payment_follows_its_booking() {
    let salon = Salon::open().await;
    let mut paid = salon.booked(book(1, "cut", "2026-03-05T09:00:00Z")).await;
    paid.paid = Money::new(3_000, id("EUR"));
    salon.enter(std::slice::from_ref(&paid)).await;
    let mut dearer = salon::service("cut");
    dearer.variants[0].price.minor = 9_900;
    salon.change(&dearer).await;
    salon.ask(move_to(1, "2026-03-06T09:00:00Z")).await.unwrap();
    let moved = salon.booking(1, booking(1)).await;
    assert_eq!((moved.paid, moved.price), (paid.paid, paid.price), "nobody pays twice, or more than agreed (Y19)");
}

#[tokio::test]
async fn a_class_is_left_and_another_joined() {
    let salon = Salon::open().await;
    let class = |number, start, party| Book { party, ..book_with(number, "yoga", start, "anna") };
    salon.booked(class(1, "2026-03-05T09:00:00Z", 2)).await;
    salon.booked(class(2, "2026-03-06T09:00:00Z", 2)).await;
    let refusal = salon.refused(move_to(1, "2026-03-06T09:00:00Z")).await;
    assert!(matches!(refusal, Refusal::SlotTaken { .. }), "two and two are more than three: {refusal:?}");
    salon.booked(class(3, "2026-03-05T09:00:00Z", 1)).await;
    salon.ask(move_to(3, "2026-03-06T09:00:00Z")).await.expect("there is one seat");
    assert_eq!(salon.claims("staff.anna", "2026-03-05").await, [booking(1)], "it left the class on Thursday");
    assert_eq!(salon.claims("staff.anna", "2026-03-06").await, [booking(2), booking(3)], "and joined Friday's");
}
