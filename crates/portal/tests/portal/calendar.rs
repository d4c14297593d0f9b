//! When a service can be had.

use domain::{CalendarId, Date, Refusal, availability::DayState, business::Closure, refusal::Noun};
use portal::{Actor, Command, Context, DayQuery, DayView, MonthQuery, MonthView, Screen, View, spaces};

use crate::salon::{self, Salon, at, book, book_with, booking, id};

fn of(service: &str, month: &str) -> MonthQuery {
    MonthQuery {
        service: id(service),
        variant: id("usual"),
        place: id("mitte"),
        staff: None,
        party: 1,
        moving: None,
        month: (!month.is_empty()).then(|| id(month)),
    }
}

async fn month(salon: &Salon, query: MonthQuery) -> MonthView {
    match salon.view(View::Month(query)).await {
        Screen::Month(month) => month,
        other => panic!("a month was asked for: {other:?}"),
    }
}

async fn day(salon: &Salon, query: MonthQuery, date: &str) -> DayView {
    match salon.view(View::Day(DayQuery { of: query, date: id(date) })).await {
        Screen::Day(day) => day,
        other => panic!("a day was asked for: {other:?}"),
    }
}

fn state(month: &MonthView, date: &str) -> DayState {
    let date: Date = id(date);
    month.days.iter().find(|day| day.date == date).expect("the day is of that month").state.clone()
}

fn free(state: &DayState) -> u16 {
    if let DayState::Free { times } = state { *times } else { 0 }
}

#[tokio::test]
async fn every_day_of_a_month_says_how_much_is_free_or_why_nothing_is() {
    let salon = Salon::open().await;
    let mut mitte = domain::Place { closed: Vec::new(), ..place() };
    mitte.closed.push(Closure { from: id("2026-03-16"), to: id("2026-03-17"), reason: "Stocktaking".into() });
    salon.change(&mitte).await;
    let view = month(&salon, of("cut", "2026-03-20")).await;
    assert_eq!((view.month, view.days.len()), (id("2026-03-01"), 31), "any date of a month names it (F13)");
    assert_eq!((view.today, view.last), (id("2026-03-02"), id("2026-05-31")), "90 days from today");
    assert_eq!(state(&view, "2026-03-01"), DayState::TooSoon, "yesterday is over");
    assert!(free(&state(&view, "2026-03-02")) > 0, "today has times left");
    assert_eq!(free(&state(&view, "2026-03-03")), 16, "09:00 to 16:30, every half hour");
    assert_eq!(state(&view, "2026-03-08"), DayState::NobodyWorks, "a Sunday");
    assert_eq!(state(&view, "2026-03-16"), DayState::Closed { reason: "Stocktaking".into() }, "closed, and why");
    assert_eq!(view.next_free, None, "this month has free days");
    let view = month(&salon, of("cut", "2026-06-01")).await;
    assert!(view.days.iter().all(|day| day.state == DayState::TooFar), "June lies beyond the horizon");
}

fn place() -> domain::Place {
    domain::Place {
        id: id("mitte"),
        name: "Mitte".into(),
        address: vec!["1 Main Street".into(), "Town".into()],
        location: None,
        zone: id("Europe/Berlin"),
        phone: String::new(),
        closed: Vec::new(),
    }
}

#[tokio::test]
async fn only_times_that_can_be_had_are_offered() {
    let salon = Salon::open().await;
    salon.booked(book_with(1, "cut", "2026-03-07T09:00:00Z", "anna")).await;
    let view = day(&salon, of("cut", ""), "2026-03-07").await;
    let times: Vec<_> = view.times.iter().map(|time| time.start.time.clone()).collect();
    assert!(!times.contains(&"10:00".to_owned()), "it is Saturday and Anna alone works: 10:00 is taken (C02, F14)");
    assert_eq!(free(&view.state) as usize, times.len(), "the month counts what the day shows");
    for (number, time) in (10..).zip(&view.times) {
        let ask = portal::Book { start: time.start.at, ..book(number, "cut", "2026-03-07T09:00:00Z") };
        salon.ask(Command::Book(ask)).await.expect("nothing changed since it was offered");
        salon.ask(salon::cancel(number)).await.unwrap();
    }
}

#[tokio::test]
async fn a_time_says_who_is_free_and_how_many_seats_are_left() {
    let salon = Salon::open().await;
    let class = portal::Book { party: 2, ..book_with(1, "yoga", "2026-03-03T09:00:00Z", "ben") };
    salon.booked(class).await;
    let with_ben = MonthQuery { staff: Some(id("ben")), ..of("yoga", "") };
    let view = day(&salon, with_ben.clone(), "2026-03-03").await;
    let ten = view.times.iter().find(|time| time.start.time == "10:00").expect("a seat is left");
    assert_eq!((ten.seats, &ten.staff[..]), (Some(1), &[id("ben")][..]), "two of three seats are taken (C03)");
    let view = day(&salon, MonthQuery { party: 2, ..with_ben }, "2026-03-03").await;
    assert!(view.times.iter().all(|time| time.start.time != "10:00"), "two do not fit");
    let view = day(&salon, of("yoga", ""), "2026-03-03").await;
    let ten = view.times.iter().find(|time| time.start.time == "10:00").expect("Anna is free");
    assert_eq!((ten.seats, ten.staff.len()), (Some(3), 2), "anybody: a class of Anna has all its seats");
}

#[tokio::test]
async fn without_a_month_the_first_with_a_free_day_is_shown() {
    let salon = Salon::open().await;
    assert_eq!(month(&salon, of("cut", "")).await.month, id("2026-03-01"), "today has free times");
    let closed = |to: &str| domain::Place {
        closed: vec![Closure { from: id("2026-03-01"), to: id(to), reason: String::new() }],
        ..place()
    };
    salon.change(&closed("2026-04-30")).await;
    let view = month(&salon, of("cut", "")).await;
    assert_eq!((view.month, view.next_free), (id("2026-05-01"), None), "May is the first with free times");
    let view = month(&salon, of("cut", "2026-03-01")).await;
    assert_eq!(view.month, id("2026-03-01"), "March was asked for");
    assert_eq!(view.next_free, Some(id("2026-05-01")), "the first free day is named");
}

#[tokio::test]
async fn a_month_long_gone_names_the_next_free_day_at_once() {
    let salon = Salon::open().await;
    for past in ["-009999-01-01", "0001-01-01", "2026-02-28"] {
        let view = month(&salon, of("cut", past)).await;
        let first = id::<domain::Date>(past).first_of_month();
        assert_eq!(view.month, first, "{past}: the month that was asked for is shown");
        assert_eq!(view.next_free, Some(id("2026-03-02")), "{past}: without a look at all the years in between");
    }
    let view = month(&salon, of("cut", "9999-12-31")).await;
    assert_eq!(view.next_free, None, "and none after the horizon");
}

#[tokio::test]
async fn nothing_free_within_the_horizon_shows_this_month() {
    let salon = Salon::open().await;
    let closure = Closure { from: id("2026-03-01"), to: id("2026-12-31"), reason: String::new() };
    salon.change(&domain::Place { closed: vec![closure], ..place() }).await;
    let view = month(&salon, of("cut", "")).await;
    assert_eq!((view.month, view.next_free), (id("2026-03-01"), None), "there is no better month");
}

#[tokio::test]
async fn a_booking_to_be_moved_keeps_person_and_place_and_is_not_in_its_own_way() {
    let salon = Salon::open().await;
    salon.booked(book_with(1, "massage", "2026-03-03T09:00:00Z", "ben")).await;
    // What the query says besides does not matter: the booking knows.
    let moving = MonthQuery { moving: Some(booking(1)), ..of("cut", "") };
    let view = day(&salon, moving.clone(), "2026-03-03").await;
    assert!(view.times.iter().all(|time| time.staff == [id("ben")]), "it stays Ben's (F08)");
    assert!(view.times.iter().any(|time| time.start.time == "10:30"), "its own time counts as free");
    let view = month(&salon, moving.clone()).await;
    assert_eq!(free(&state(&view, "2026-03-07")), 0, "Ben does not work on Saturdays");
    let anyone = Context { now: salon.now, actor: Actor::Anyone };
    let asked = || View::Month(moving.clone());
    assert_eq!(salon.view_as(anyone, asked()).await, Err(Refusal::NotSignedIn), "whose booking?");
    let missing = Err(Refusal::NotFound { what: Noun::Booking });
    assert_eq!(salon.view_as(salon.context(2), asked()).await, missing, "it is customer 1's");
}

#[tokio::test]
async fn nobody_needs_to_sign_in_to_look() {
    let salon = Salon::open().await;
    let anyone = Context { now: salon.now, actor: Actor::Anyone };
    assert!(salon.view_as(anyone, View::Month(of("cut", ""))).await.is_ok(), "months are public");
    let asked = View::Day(DayQuery { of: of("cut", ""), date: id("2026-03-03") });
    assert!(salon.view_as(anyone, asked).await.is_ok(), "so are days");
}

#[tokio::test]
async fn a_calendar_is_refused_as_the_booking_would_be() {
    let salon = Salon::open().await;
    let refused = [
        MonthQuery { staff: Some(id("cara")), ..of("cut", "") },
        MonthQuery { staff: Some(id("anna")), ..of("shave", "") },
        MonthQuery { party: 4, ..of("yoga", "") },
        MonthQuery { place: id("island"), ..of("cut", "") },
        MonthQuery { variant: id("bald"), ..of("cut", "") },
        of("perm", ""),
    ];
    for query in refused {
        let ask = portal::Book {
            variant: query.variant.clone(),
            place: query.place.clone(),
            staff: query.staff.clone(),
            party: query.party,
            ..book(1, query.service.as_str(), "2026-03-03T09:00:00Z")
        };
        let expected = Err(salon.refused(Command::Book(ask)).await);
        assert_eq!(salon.view_as(salon.context(1), View::Month(query)).await, expected, "both ask the same rules");
    }
}

#[tokio::test]
async fn a_day_with_a_clock_change_has_its_own_number_of_times() {
    // Lord Howe Island: 4 October 2026 is half an hour short, 5 April 2026 half an hour long. Dan works 00:00–06:00.
    let sauna = || MonthQuery { place: id("island"), ..of("sauna", "") };
    let salon = Salon::open().await.at("2026-03-25T00:00:00Z");
    let long = day(&salon, sauna(), "2026-04-05").await;
    let usual = day(&salon, sauna(), "2026-04-06").await;
    assert_eq!(long.times.len(), usual.times.len() + 1, "one half hour more");
    let half_past_one: Vec<_> = long.times.iter().filter(|time| time.start.time == "01:30").collect();
    assert_eq!(half_past_one.len(), 2, "01:30 comes twice");
    assert_ne!(half_past_one[0].start.offset, half_past_one[1].start.offset, "and the offset tells them apart");
    let salon = salon.at("2026-10-01T00:00:00Z");
    let short = day(&salon, sauna(), "2026-10-04").await;
    assert_eq!(short.times.len() + 1, usual.times.len(), "one half hour less");
    assert!(short.times.iter().all(|time| time.start.time != "02:00"), "02:00 does not exist");
    assert!(short.times.iter().all(|time| time.start.at >= at("2026-10-03T13:00:00Z")), "from midnight there");
}

#[tokio::test]
async fn today_lasts_until_midnight() {
    // Midnight in Berlin is 23:00 UTC.
    for (now, today) in [("2026-03-02T22:59:30Z", "2026-03-02"), ("2026-03-02T23:00:01Z", "2026-03-03")] {
        let salon = Salon::open().await.at(now);
        let month = month(&salon, of("cut", "")).await;
        assert_eq!(month.today.to_string(), today, "the last minute belongs to the day that ends: {now}");
    }
}

#[test]
fn the_longest_ids_that_a_catalogue_takes_have_calendars() {
    for calendar in [format!("staff.{}", "s".repeat(58)), format!("resource.{}", "r".repeat(55))] {
        let space = spaces::calendar(&id::<CalendarId>(&calendar));
        assert_eq!(space.to_string(), format!("calendar/{calendar}"), "it is the name of a space");
    }
}
