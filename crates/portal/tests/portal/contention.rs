//! Several people at once.

use std::sync::Arc;

use domain::{Refusal, Service, TermsPatch, refusal::Noun};
use portal::{Book, Command, Failure, Outcome, documents, settle, spaces};
use store::{Batch, CommitError, Guard, Key, NewJob, Store, Write};

use crate::salon::{Salon, book, book_with, booking, cancel, coming, customer, here, late, move_to, service};

#[tokio::test]
async fn of_two_who_were_told_yes_one_gets_it() {
    let salon = Salon::open().await;
    let ask = |number| Command::Book(book_with(number, "cut", "2026-03-03T09:00:00Z", "anna"));
    let first = salon.decided(salon.context(1), &ask(1)).await;
    let second = salon.decided(salon.context(2), &ask(2)).await;
    salon.store.commit(first.batch).await.expect("nothing changed since");
    let late = salon.store.commit(second.batch).await;
    let day = spaces::calendar_day(&"staff.anna".parse().unwrap(), "2026-03-03".parse().unwrap());
    assert!(matches!(late, Err(CommitError::Changed(key)) if key == day), "the guard is Anna's day");
    let refusal = salon.refused_as(salon.context(2), ask(2)).await;
    let Refusal::SlotTaken { alternatives, .. } = refusal else { panic!("{refusal:?}") };
    assert_eq!(alternatives.len(), 6, "whoever was slower is offered what is left");
}

#[tokio::test]
async fn what_is_said_of_a_booking_rests_on_the_booking() {
    let whenever = TermsPatch { cancel_until: Some(0), reschedule_until: Some(0), ..TermsPatch::default() };
    let cut = Service { terms: whenever, ..service("cut") };
    // Where the second takes or frees time, the first leaves the calendar alone: there the booking is all that changes.
    for (first, second) in [
        (cancel(1), coming(1)),
        (cancel(1), late(1, 10)),
        (cancel(1), here(1)),
        (coming(1), cancel(1)),
        (coming(1), move_to(1, "2026-03-06T09:00:00Z")),
    ] {
        let salon = Salon::open().await;
        salon.change(&cut).await;
        salon.booked(book(1, "cut", "2026-03-05T09:00:00Z")).await;
        let salon = salon.at("2026-03-05T08:45:00Z");
        let changed = salon.overtaken(&first, &second).await;
        assert_eq!(changed, spaces::booking(customer(1), booking(1)), "{second:?} was decided before {first:?}");
    }
}

#[tokio::test]
async fn a_booking_rests_on_the_days_it_takes_time_from_and_on_nothing_else() {
    let salon = Salon::open().await;
    let ask = Command::Book(book(1, "massage", "2026-03-03T09:00:00Z"));
    let changes = salon.decided(salon.context(1), &ask).await;
    let mut guarded: Vec<_> =
        changes.batch.guards.iter().map(|guard| format!("{} {}", guard.key.space, guard.key.id)).collect();
    guarded.sort();
    let expected = [
        "calendar/resource.room-1 2026-03-03".to_owned(),
        "calendar/staff.anna 2026-03-03".to_owned(),
        format!("customer/{} {}", customer(1), booking(1)),
    ];
    assert_eq!(guarded, expected, "neither Ben's day nor the catalogue: others go on meanwhile");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_want_the_same_time() {
    let salon = Salon::open().await;
    let mut tasks = tokio::task::JoinSet::new();
    for number in 1..=200 {
        let (store, memory, context) = (salon.store.clone(), Arc::clone(&salon.memory), salon.context(1 + number % 2));
        let command = Command::Book(book_with(number, "cut", "2026-03-03T09:00:00Z", "anna"));
        tasks.spawn(async move { settle(&store, &memory, || context, &command, |_| Batch::default()).await });
    }
    let answers: Vec<_> = tasks.join_all().await.into_iter().map(|answer| answer.unwrap()).collect();
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1, "one gets it");
    let told = answers
        .iter()
        .filter(|answer| matches!(answer, Err(Refusal::SlotTaken { alternatives, .. }) if alternatives.len() == 6));
    assert_eq!(told.count(), 199, "all others are told why, and what is free");
    assert_eq!(salon.claims("staff.anna", "2026-03-03").await.len(), 1, "and Anna expects one customer");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_find_seats_in_one_class() {
    let salon = Salon::open().await;
    let mut yoga = service("yoga");
    yoga.capacity = 150;
    salon.change(&yoga).await;
    let mut tasks = tokio::task::JoinSet::new();
    for number in 1..=200 {
        let (store, memory, context) = (salon.store.clone(), Arc::clone(&salon.memory), salon.context(1 + number % 2));
        let command = Command::Book(book_with(number, "yoga", "2026-03-03T09:00:00Z", "anna"));
        tasks.spawn(async move { settle(&store, &memory, || context, &command, |_| Batch::default()).await });
    }
    let answers = tasks.join_all().await;
    assert!(answers.iter().all(Result::is_ok), "nobody is told to come back later: they queue up");
    let seats = answers.iter().filter(|answer| matches!(answer, Ok(Ok(_)))).count();
    assert_eq!(seats, 150, "every seat is taken once");
    assert_eq!(salon.claims("staff.anna", "2026-03-03").await.len(), 150, "and the calendar knows");
}

#[tokio::test]
async fn the_verdict_is_recorded_with_the_effects_and_without() {
    let salon = Salon::open().await;
    let key =
        |number: u64| Key { space: spaces::customer(customer(7)), kind: "verdict".into(), id: number.to_string() };
    let record = |number, answer: &Result<Outcome, Refusal>| {
        let body = Some(if answer.is_ok() { "true" } else { "false" }.into());
        let job = NewJob { kind: "told".into(), body: "{}".into(), due: salon.now };
        Batch {
            guards: vec![Guard { key: key(number), version: 0 }],
            writes: vec![Write { key: key(number), sort: String::new(), body, keys: Vec::new() }],
            jobs: vec![job],
        }
    };
    let context = salon.context(1);
    let ask = |number, id| (number, Command::Book(book_with(id, "cut", "2026-03-03T09:00:00Z", "anna")));
    for (expected, (number, command)) in [("true", ask(1, 1)), ("false", ask(2, 2))] {
        settle(&salon.store, &salon.memory, || context, &command, |answer| record(number, answer)).await.unwrap().ok();
        let document = store::Read::get(&salon.store.snapshot().await.unwrap(), &key(number)).await.unwrap().unwrap();
        assert_eq!(&*document.body, expected, "verdict {number} is there, whatever it is");
    }
    let before = salon.everything().await;
    let (_, command) = ask(1, 3);
    let again = settle(&salon.store, &salon.memory, || context, &command, |answer| record(1, answer)).await;
    assert!(matches!(again, Err(Failure::Overtaken(of)) if of == key(1)), "verdict 1 has been given already");
    assert_eq!(salon.everything().await, before, "so nothing takes effect again");
}

#[tokio::test]
async fn a_withdrawn_command_does_nothing() {
    let salon = Salon::open().await;
    let before = salon.everything().await;
    assert_eq!(salon.ask(Command::Withdrawn).await, Ok(Outcome::Nothing), "nothing is asked for");
    assert_eq!(salon.everything().await, before, "so nothing changes");
}

#[tokio::test]
async fn two_who_chose_the_same_id_get_one_booking() {
    let salon = Salon::open().await;
    let ask = |start| Command::Book(book(1, "cut", start));
    let late = salon.decided(salon.context(2), &ask("2026-03-05T09:00:00Z")).await;
    salon.ask(ask("2026-03-03T09:00:00Z")).await.unwrap();
    let answer = salon.store.commit(late.batch).await;
    assert!(matches!(answer, Err(CommitError::Taken(_))), "ids are unique over all customers: {answer:?}");
    let refusal = salon.refused_as(salon.context(2), ask("2026-03-05T09:00:00Z")).await;
    assert_eq!(refusal, Refusal::AlreadyExists { what: Noun::Booking }, "decided again, it is a refusal");
}

#[tokio::test]
async fn a_store_without_a_business_is_no_refusal() {
    let directory = tempfile::tempdir().unwrap();
    let store = crate::store(directory.path()).await;
    let salon = Salon::open().await;
    let view = portal::view(&store.snapshot().await.unwrap(), &salon.context(1), &portal::View::Catalogue).await;
    assert!(matches!(view, Err(Failure::NoBusiness)), "a device that has not pulled yet waits instead");
    let ask = Book { ..book(1, "cut", "2026-03-03T09:00:00Z") };
    let unreadable = store::Document {
        key: spaces::booking(customer(1), ask.booking),
        version: 1,
        sort: String::new(),
        body: "{}".into(),
        provisional: false,
    };
    let read: Result<domain::Booking, _> = documents::decode(&unreadable);
    assert!(matches!(read, Err(Failure::Unreadable { .. })), "a document of a newer program is a failure, not a panic");
}
