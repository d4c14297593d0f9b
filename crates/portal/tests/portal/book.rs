//! New appointments.

use domain::{
    BookingState, Refusal,
    booking::{By, Change},
    refusal::{Act, Noun},
};
use portal::{Actor, Book, BookingNews, Command, Context, Job, Outcome};

use crate::salon::{Salon, at, book, book_with, booking, customer, id};

#[tokio::test]
async fn a_booking_takes_the_time_and_tells_the_customer() {
    let salon = Salon::open().await;
    let ask = Book { note: " Short, please. ".into(), ..book_with(1, "cut", "2026-03-03T09:00:00Z", "anna") };
    let outcome = salon.ask(Command::Book(ask)).await;
    assert_eq!(outcome, Ok(Outcome::Booked { booking: booking(1), confirmed: true }), "the terms confirm at once");
    let made = salon.booking(1, booking(1)).await;
    assert_eq!(made.state, BookingState::Confirmed, "the terms confirm at once");
    assert_eq!(made.span.to, at("2026-03-03T09:30:00Z"), "the visit lasts as long as its variant says");
    assert_eq!(made.claims[0].span.to, at("2026-03-03T09:45:00Z"), "the claim lasts until the buffer's end");
    assert_eq!((made.price.minor, made.paid.minor), (3_000, 0), "it costs what the variant costs; nobody has paid");
    assert_eq!((made.note.as_str(), made.revision, made.moves), ("Short, please.", 0, 0), "it is new");
    assert_eq!(made.names.address, "1 Main Street, Town", "the booking stays readable without the catalogue");
    assert_eq!(made.ledger.len(), 1, "it has been booked and nothing else");
    assert_eq!(made.ledger[0].by, By::Customer, "the customer asked");
    assert!(matches!(made.ledger[0].change, Change::Booked { start } if start == made.span.from), "for that time");
    assert_eq!(salon.claims("staff.anna", "2026-03-03").await, [booking(1)], "Anna has no time then any more");
    let mails = salon.mails().await;
    let [Job::BookingMail { to, name, news, booking: told }] = &mails[..] else { panic!("one mail: {mails:?}") };
    assert_eq!((to.as_str(), name.as_str()), ("customer-1@example.org", "Customer 1"), "to whoever booked (C04)");
    assert_eq!((news, &**told), (&BookingNews::Confirmed, &made), "it tells of the booking as it is stored");
}

#[tokio::test]
async fn the_business_may_want_to_say_yes_itself() {
    let salon = Salon::open().await;
    let outcome = salon.ask(Command::Book(book(1, "colour", "2026-03-03T09:00:00Z"))).await;
    assert_eq!(outcome, Ok(Outcome::Booked { booking: booking(1), confirmed: false }), "nobody has said yes (C10)");
    assert_eq!(salon.booking(1, booking(1)).await.state, BookingState::AwaitingProvider, "it waits for the business");
    let [Job::BookingMail { news, .. }] = &salon.mails().await[..] else { panic!("one mail") };
    assert_eq!(*news, BookingNews::Requested, "the mail does not promise what nobody promised");
}

#[tokio::test]
async fn a_service_may_be_switched_off_for_customers() {
    let salon = Salon::open().await;
    let refusal = salon.refused(Command::Book(book(1, "perm", "2026-03-03T09:00:00Z"))).await;
    assert_eq!(refusal, Refusal::SwitchedOff { act: Act::Book }, "online booking is off for perms (C11)");
}

#[tokio::test]
async fn a_taken_time_is_refused_with_the_next_best() {
    let salon = Salon::open().await;
    salon.booked(book_with(1, "cut", "2026-03-03T09:00:00Z", "anna")).await;
    let again = book_with(2, "cut", "2026-03-03T09:00:00Z", "anna");
    let refusal = salon.refused_as(salon.context(2), Command::Book(again)).await;
    let Refusal::SlotTaken { wanted, alternatives } = refusal else { panic!("{refusal:?}") };
    assert_eq!((wanted.time.as_str(), wanted.offset.as_str()), ("10:00", "+01:00"), "in the venue's time");
    let times: Vec<_> = alternatives.iter().map(|other| other.start.time.as_str()).collect();
    // A visit needs 45 minutes with its buffer: 09:30 would run into 10:00, and 10:30 begins before 10:45.
    assert_eq!(times, ["09:00", "11:00", "11:30", "12:00", "12:30", "13:00"], "the nearest first, at most six");
    assert!(alternatives.iter().all(|other| other.staff == id("anna")), "Anna was asked for and has time enough");
    for (number, other) in (10..).zip(alternatives) {
        let ask =
            Book { staff: Some(other.staff), start: other.start.at, ..book(number, "cut", "2026-03-03T09:00:00Z") };
        let key = ask.booking;
        // One tap each: what is offered can be had. 11:00 and 11:30 exclude each other, so each is given back.
        assert!(salon.ask(Command::Book(ask)).await.is_ok(), "{number}: nothing changed since it was offered");
        salon.ask(crate::salon::cancel(number)).await.unwrap_or_else(|refusal| panic!("{key}: {refusal:?}"));
    }
}

#[tokio::test]
async fn others_are_offered_when_the_chosen_person_has_little_time() {
    let salon = Salon::open().await;
    let mut anna = crate::salon::person("anna");
    anna.shifts[0].days = Vec::new();
    anna.exceptions = vec![domain::hours::Exception {
        date: id("2026-03-03"),
        place: Some(id("mitte")),
        hours: vec![id("10:00-11:00")],
    }];
    salon.change(&anna).await;
    let refusal = salon.refused(Command::Book(book_with(1, "cut", "2026-03-03T11:00:00Z", "anna"))).await;
    let Refusal::SlotTaken { alternatives, .. } = refusal else { panic!("{refusal:?}") };
    let anna = alternatives.iter().filter(|other| other.staff == id("anna")).count();
    let ben = alternatives.iter().filter(|other| other.staff == id("ben")).count();
    assert_eq!(anna + ben, 6, "only Anna and Ben cut, and both have time");
    assert_eq!(alternatives[0].start.time, "12:00", "Ben is free at the very time");
    assert!(ben >= 4, "Anna has two times at most in these weeks");
}

#[tokio::test]
async fn any_staff_takes_whoever_has_the_least_to_do() {
    let salon = Salon::open().await;
    let first = salon.booked(book(1, "cut", "2026-03-03T09:00:00Z")).await;
    assert_eq!(first.staff, id("anna"), "nobody has anything to do: the first by id");
    assert!(!first.staff_chosen, "nobody asked for Anna");
    let second = salon.booked(book(2, "cut", "2026-03-03T11:00:00Z")).await;
    assert_eq!(second.staff, id("ben"), "Anna has one visit that day, Ben none");
    let third = salon.booked(book(3, "cut", "2026-03-03T12:00:00Z")).await;
    assert_eq!(third.staff, id("anna"), "both have one: the first by id");
    salon.booked(book(4, "cut", "2026-03-03T12:00:00Z")).await;
    let refusal = salon.refused(Command::Book(book(5, "cut", "2026-03-03T12:00:00Z"))).await;
    assert!(matches!(refusal, Refusal::SlotTaken { .. }), "both are busy at noon: {refusal:?}");
}

#[tokio::test]
async fn the_least_to_do_is_counted_by_the_venues_day() {
    let salon = Salon::open().await;
    let mut dan = crate::salon::person("dan");
    dan.shifts[0].hours = vec![id("08:00-20:00")];
    salon.change(&dan).await;
    salon.change(&domain::Staff { id: id("eve"), name: "Eve".into(), ..dan }).await;
    // In March Lord Howe Island is eleven hours ahead of UTC.
    let sauna = |number, start| Book { place: id("island"), ..book(number, "sauna", start) };
    let with = |staff: &str, ask: Book| Book { staff: Some(id(staff)), ..ask };
    salon.booked(with("dan", sauna(1, "2026-03-04T22:00:00Z"))).await;
    let made = salon.booked(sauna(2, "2026-03-05T03:00:00Z")).await;
    assert_eq!(made.staff, id("eve"), "Dan had a visit that morning, though in UTC it was the day before");
    salon.booked(with("dan", sauna(3, "2026-03-05T23:30:00Z"))).await;
    salon.booked(with("eve", sauna(4, "2026-03-06T03:00:00Z"))).await;
    let made = salon.booked(sauna(5, "2026-03-06T05:00:00Z")).await;
    assert_eq!(made.staff, id("dan"), "a visit across midnight in UTC is one: both have one, so the first by id");
}

#[tokio::test]
async fn any_staff_fills_one_class_before_another_begins() {
    let salon = Salon::open().await;
    let class = |number, party| Book { party, ..book(number, "yoga", "2026-03-03T09:00:00Z") };
    assert_eq!(salon.booked(class(1, 1)).await.staff, id("anna"), "nobody gives it yet: the first by id");
    assert_eq!(salon.booked(class(2, 1)).await.staff, id("anna"), "Ben has less to do, but nobody in his class");
    assert!(salon.claims("staff.ben", "2026-03-03").await.is_empty(), "so Ben is free for something else");
    assert_eq!(salon.booked(class(3, 2)).await.staff, id("ben"), "two do not fit into Anna's any more");
    assert_eq!(salon.booked(class(4, 1)).await.staff, id("anna"), "one does");
    assert_eq!(salon.booked(class(5, 1)).await.staff, id("ben"), "then hers is full, and his is not");
    let made = salon.booked(book(6, "cut", "2026-03-03T11:00:00Z")).await;
    assert_eq!(made.staff, id("anna"), "a class is one visit, however many come: both have one");
}

#[tokio::test]
async fn any_staff_finds_the_one_who_is_free() {
    let salon = Salon::open().await;
    for (number, hour) in [(1, "09"), (2, "10")] {
        salon.booked(book_with(number, "cut", &format!("2026-03-03T{hour}:00:00Z"), "ben")).await;
    }
    salon.booked(book_with(3, "cut", "2026-03-03T12:00:00Z", "anna")).await;
    let made = salon.booked(book(4, "cut", "2026-03-03T12:00:00Z")).await;
    assert_eq!(made.staff, id("ben"), "Anna has less to do that day, but not at that time");
}

#[tokio::test]
async fn a_class_takes_as_many_as_it_holds() {
    let salon = Salon::open().await;
    let class = |number, party| Book { party, ..book_with(number, "yoga", "2026-03-03T09:00:00Z", "anna") };
    let made = salon.booked(class(1, 2)).await;
    assert_eq!(made.price.minor, 10_000, "two people pay twice");
    salon.ask_as(salon.context(2), Command::Book(class(2, 1))).await.expect("the third seat is free");
    let refusal = salon.refused(Command::Book(class(3, 1))).await;
    assert!(matches!(refusal, Refusal::SlotTaken { .. }), "the class is full: {refusal:?}");
    let refusal = salon.refused(Command::Book(class(3, 4))).await;
    assert_eq!(refusal, Refusal::PartyTooLarge { most: 3 }, "no class has four seats");
    let refusal = salon.refused(Command::Book(class(3, 0))).await;
    assert_eq!(refusal, Refusal::PartyTooLarge { most: 3 }, "nobody cannot come");
    assert_eq!(salon.claims("staff.anna", "2026-03-03").await, [booking(1), booking(2)], "both are in the class");
}

#[tokio::test]
async fn a_room_is_needed_by_one_visit_at_a_time() {
    let salon = Salon::open().await;
    let made = salon.booked(book_with(1, "massage", "2026-03-03T09:00:00Z", "anna")).await;
    assert_eq!(made.claims.len(), 2, "it takes time of Anna and of the room");
    assert_eq!(salon.claims("resource.room-1", "2026-03-03").await, [booking(1)], "the room is taken too");
    let refusal = salon.refused(Command::Book(book_with(2, "massage", "2026-03-03T09:30:00Z", "ben"))).await;
    assert!(matches!(refusal, Refusal::SlotTaken { .. }), "Ben is free, the room is not: {refusal:?}");
    salon.booked(book_with(2, "massage", "2026-03-03T10:00:00Z", "ben")).await;
}

#[tokio::test]
async fn too_soon_and_too_far_say_what_is_possible() {
    let salon = Salon::open().await;
    let refusal = salon.refused(Command::Book(book(1, "cut", "2026-03-02T08:30:00Z"))).await;
    let Refusal::TooSoon { earliest, alternatives } = refusal else { panic!("{refusal:?}") };
    assert_eq!((earliest.date.to_string(), earliest.time), ("2026-03-02".into(), "10:00".into()), "an hour's notice");
    assert_eq!(alternatives.len(), 6, "the day has times enough");
    assert_eq!(alternatives[0].start.time, "10:00", "the first of them is possible at once");
    let refusal = salon.refused(Command::Book(book(1, "cut", "2026-06-01T08:00:00Z"))).await;
    let Refusal::TooFar { latest } = refusal else { panic!("{refusal:?}") };
    assert_eq!(latest.date.to_string(), "2026-05-31", "90 days after 2 March");
    let refusal = salon.refused(Command::Book(book(1, "cut", "2020-01-01T08:00:00Z"))).await;
    assert!(matches!(refusal, Refusal::TooSoon { .. }), "the past is too soon as well: {refusal:?}");
}

#[tokio::test]
async fn a_time_off_the_grid_or_off_hours_is_not_free() {
    let salon = Salon::open().await;
    for start in ["2026-03-03T09:07:00Z", "2026-03-03T07:30:00Z", "2026-03-08T09:00:00Z", "2026-03-03T15:45:00Z"] {
        let refusal = salon.refused(Command::Book(book(1, "cut", start))).await;
        assert!(matches!(refusal, Refusal::SlotTaken { .. }), "{start} was never offered: {refusal:?}");
    }
}

#[tokio::test]
async fn a_person_must_be_offered() {
    let salon = Salon::open().await;
    let ask = |service, staff| Command::Book(book_with(1, service, "2026-03-03T09:00:00Z", staff));
    let refused = [
        (ask("cut", "dan"), Refusal::StaffNotOffered, "Dan works elsewhere"),
        (ask("cut", "cara"), Refusal::StaffNotOffered, "Cara does not cut"),
        (ask("shave", "anna"), Refusal::StaffNotOffered, "customers may not choose (C03)"),
        (ask("cut", "emil"), Refusal::NotFound { what: Noun::Staff }, "there is no Emil"),
    ];
    for (command, expected, why) in refused {
        assert_eq!(salon.refused(command).await, expected, "{why}");
    }
    let made = salon.booked(book(1, "shave", "2026-03-03T09:00:00Z")).await;
    assert_eq!(made.staff, id("anna"), "who may not choose gets whoever can");
}

#[tokio::test]
async fn what_is_not_on_offer_cannot_be_booked() {
    let salon = Salon::open().await;
    let cut = book(1, "cut", "2026-03-03T09:00:00Z");
    let missing = |what| Refusal::NotFound { what };
    let refused = [
        (Book { service: id("nails"), ..cut.clone() }, missing(Noun::Service)),
        (Book { variant: id("bald"), ..cut.clone() }, missing(Noun::Variant)),
        (Book { place: id("moon"), ..cut.clone() }, missing(Noun::Place)),
        (Book { place: id("island"), ..cut.clone() }, Refusal::PlaceNotOffered),
    ];
    for (ask, expected) in refused {
        assert_eq!(salon.refused(Command::Book(ask)).await, expected, "the catalogue does not have it");
    }
}

#[tokio::test]
async fn a_note_has_an_end() {
    let salon = Salon::open().await;
    let long = |count| Book { note: "é".repeat(count), ..book(1, "cut", "2026-03-03T09:00:00Z") };
    let refusal = salon.refused(Command::Book(long(501))).await;
    assert_eq!(refusal, Refusal::BadText { field: "note".into(), most: 500 }, "501 characters are one too many");
    salon.booked(long(500)).await;
}

#[tokio::test]
async fn an_id_is_used_once() {
    let salon = Salon::open().await;
    let ask = |start| Command::Book(book_with(1, "cut", start, "anna"));
    salon.ask(ask("2026-03-03T09:00:00Z")).await.unwrap();
    let expected = Refusal::AlreadyExists { what: Noun::Booking };
    // The second time is taken, by the very booking.
    for start in ["2026-03-04T09:00:00Z", "2026-03-03T09:00:00Z"] {
        assert_eq!(salon.refused(ask(start)).await, expected, "it is this customer's booking already");
        assert_eq!(salon.refused_as(salon.context(2), ask(start)).await, expected, "it is somebody else's booking");
    }
}

#[tokio::test]
async fn only_known_customers_book() {
    let salon = Salon::open().await;
    let ask = || Command::Book(book(1, "cut", "2026-03-03T09:00:00Z"));
    let anyone = Context { now: salon.now, actor: Actor::Anyone };
    assert_eq!(salon.refused_as(anyone, ask()).await, Refusal::NotSignedIn, "nobody is signed in");
    let stranger = Context { now: salon.now, actor: Actor::Customer(customer(9)) };
    let expected = Refusal::NotFound { what: Noun::Customer };
    assert_eq!(salon.refused_as(stranger, ask()).await, expected, "nobody knows customer 9");
}

#[tokio::test]
async fn references_that_collide_are_told_apart() {
    let salon = Salon::open().await;
    let first = salon.booked(book(1, "cut", "2026-03-03T09:00:00Z")).await;
    let of = |attempt| portal::reference(booking(2), customer(1), attempt);
    salon.enter(&[domain::Booking { reference: of(0), ..first }]).await;
    let second = salon.booked(book(2, "cut", "2026-03-03T11:00:00Z")).await;
    assert_eq!(second.reference, of(1), "people read these to each other on the phone");
}

#[tokio::test]
async fn civil_hours_hold_on_both_sides_of_a_clock_change() {
    let salon = Salon::open().await.at("2026-03-27T08:00:00Z");
    // Berlin leaves +01:00 for +02:00 in the night to 29 March, a Sunday.
    salon.booked(book(1, "cut", "2026-03-28T08:00:00Z")).await;
    let refusal = salon.refused(Command::Book(book(2, "cut", "2026-03-30T15:00:00Z"))).await;
    assert!(matches!(refusal, Refusal::SlotTaken { .. }), "17:00 is closing time, in summer an hour earlier in UTC");
    let made = salon.booked(book(2, "cut", "2026-03-30T07:00:00Z")).await;
    assert_eq!(made.zone.civil(made.span.from).time, "09:00", "opening time, in summer an hour earlier in UTC");
}

#[tokio::test]
async fn a_night_with_a_half_hour_shift_has_its_own_times() {
    // Lord Howe Island goes from +11:00 to +10:30 on 5 April 2026 at 02:00: 01:30–02:00 comes twice.
    let salon = Salon::open().await.at("2026-04-01T00:00:00Z");
    let sauna = |number, start| Book { place: id("island"), ..book(number, "sauna", start) };
    let first = salon.booked(sauna(1, "2026-04-04T14:30:00Z")).await;
    let second = salon.booked(sauna(2, "2026-04-04T15:30:00Z")).await;
    let civil = |booking: &domain::Booking| booking.zone.civil(booking.span.from);
    assert_eq!((civil(&first).time, civil(&first).offset), ("01:30".into(), "+11:00".into()), "the first 01:30");
    assert_eq!((civil(&second).time, civil(&second).offset), ("02:00".into(), "+10:30".into()), "an hour later");
    let made = salon.booked(sauna(3, "2026-04-04T13:00:00Z")).await;
    let days = [salon.claims("staff.dan", "2026-04-04").await, salon.claims("staff.dan", "2026-04-05").await];
    assert_eq!(days[0].len(), 3, "civil nights lie in one UTC day or another, here in the one before");
    assert!(days[1].is_empty() && made.span.to == at("2026-04-04T14:00:00Z"), "an hour is an hour");
}
