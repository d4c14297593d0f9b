//! Two hundred people want the same chair at the same moment.

#![allow(clippy::unwrap_used)] // a test that cannot go on has failed

use domain::{BookingId, Refusal};
use portal::{Book, Command, Outcome};
use protocol::Verdict;
use testkit::{Person, Program};

const PEOPLE: usize = 200;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_hundred_who_want_one_slot_exactly_one_gets_it() {
    let folder = tempfile::tempdir().unwrap();
    Program::apply(folder.path(), &datebook_tests::business()).await.unwrap();
    let server = Program::serve(folder.path(), 0, &[]).await.unwrap();
    // Ten people with twenty wishes each: sign-in has its own limits, which this test must not need to lift.
    let mut people = Vec::new();
    for number in 0..10 {
        people.push(Person::sign_in(&server.address, &format!("rush-{number}@people.example")).await.unwrap());
    }
    let (_, starts) = datebook_tests::free_starts(&people[0]).await.unwrap();
    let (service, variant, place) = datebook_tests::cut();
    let book = Command::Book(Book {
        booking: BookingId::new(),
        service,
        variant,
        place,
        staff: Some("mara".parse().unwrap()),
        start: starts[0],
        party: 1,
        note: String::new(),
    });
    // Mara may not work on the first free day; then whoever is offered first is the one they all want.
    let book = match people[0].view(&portal::View::Day(day_of(&book, starts[0]))).await.unwrap() {
        portal::Screen::Day(day) => {
            let time = day.times.iter().find(|time| time.start.at == starts[0]).expect("the start is offered");
            let Command::Book(mut book) = book else { unreachable!() };
            book.staff = Some(time.staff[0].clone());
            book
        }
        other => panic!("not a day: {other:?}"),
    };

    let attempts: Vec<_> = (0..PEOPLE)
        .map(|number| {
            let person = people[number % people.len()].clone();
            let command = Command::Book(Book { booking: BookingId::new(), ..book.clone() });
            tokio::spawn(async move { person.execute(&command).await })
        })
        .collect();
    let (mut accepted, mut refused) = (0, 0);
    for attempt in attempts {
        match attempt.await.unwrap().unwrap() {
            Verdict::Accepted { outcome } => {
                assert!(matches!(outcome, Outcome::Booked { confirmed: true, .. }), "the one who gets it is confirmed");
                accepted += 1;
            }
            Verdict::Refused { refusal } => {
                let Refusal::SlotTaken { wanted, alternatives } = refusal else {
                    panic!("refused for another reason: {refusal:?}")
                };
                assert_eq!(wanted.at, starts[0], "the refusal names the time that was wanted");
                assert!(!alternatives.is_empty(), "whoever is refused is offered other times");
                refused += 1;
            }
        }
    }
    assert_eq!((accepted, refused), (1, PEOPLE - 1), "one chair, one customer");
}

fn day_of(command: &Command, start: domain::Timestamp) -> portal::DayQuery {
    let Command::Book(book) = command else { unreachable!() };
    let zone: domain::Zone = "Europe/Berlin".parse().unwrap();
    portal::DayQuery {
        of: portal::MonthQuery {
            service: book.service.clone(),
            variant: book.variant.clone(),
            place: book.place.clone(),
            staff: None,
            party: 1,
            moving: None,
            month: None,
        },
        date: zone.date(start),
    }
}
