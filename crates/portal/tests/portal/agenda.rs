//! Appointments in lists.

use domain::{Booking, BookingState, Date, Money, Refusal, Span, booking::Reference, refusal::Act};
use jiff::SignedDuration;
use portal::{Actor, AgendaPage, AgendaQuery, Context, Screen, Tab, View};

use crate::salon::{Salon, at, book, book_with, booking, cancel, id, move_to};

fn query(tab: Tab) -> AgendaQuery {
    AgendaQuery { tab, text: String::new(), from: None, to: None, after: None }
}

async fn page(salon: &Salon, query: AgendaQuery) -> AgendaPage {
    match salon.view(View::Agenda(query)).await {
        Screen::Agenda(page) => page,
        other => panic!("the agenda was asked for: {other:?}"),
    }
}

async fn ids(salon: &Salon, query: AgendaQuery) -> Vec<domain::BookingId> {
    page(salon, query).await.tickets.iter().map(|ticket| ticket.booking).collect()
}

/// Bookings as many as wanted, an hour apart, the first at `first`; made from one real one.
fn copies(real: &Booking, count: u128, first: &str) -> Vec<Booking> {
    let shift = |index: u128| SignedDuration::from_hours(i64::try_from(index).unwrap());
    (0..count)
        .map(|index| {
            let from = at(first) + shift(index);
            let id = booking(1_000 + index);
            let span = Span { from, to: from + SignedDuration::from_mins(30) };
            let reference = Reference::numbered(id.0.as_u128() as u64);
            Booking { id, reference, span, claims: Vec::new(), ..real.clone() }
        })
        .collect()
}

#[tokio::test]
async fn the_next_appointment_comes_first() {
    let salon = Salon::open().await;
    for (number, day) in [(1, "05"), (2, "04"), (3, "06"), (4, "03")] {
        salon.booked(book(number, "cut", &format!("2026-03-{day}T09:00:00Z"))).await;
    }
    salon.ask(cancel(3)).await.unwrap();
    let salon = salon.at("2026-03-04T09:10:00Z");
    let upcoming = ids(&salon, query(Tab::Upcoming)).await;
    assert_eq!(upcoming, [booking(2), booking(1)], "the running one is still upcoming, the next follows (E01)");
}

#[tokio::test]
async fn the_latest_past_appointment_comes_first() {
    let salon = Salon::open().await;
    for (number, day) in [(1, "03"), (2, "04"), (3, "05"), (4, "06")] {
        salon.booked(book(number, "cut", &format!("2026-03-{day}T09:00:00Z"))).await;
    }
    salon.ask(cancel(1)).await.unwrap();
    let salon = salon.at("2026-03-05T09:30:00Z");
    let page = page(&salon, query(Tab::Past)).await;
    let past: Vec<_> = page.tickets.iter().map(|ticket| ticket.booking).collect();
    assert_eq!(past, [booking(3), booking(2)], "what ended this minute is past (E02), what was cancelled is not");
    assert_eq!(page.tickets[0].state, BookingState::Completed, "over, also before anybody said so");
}

#[tokio::test]
async fn what_has_not_begun_is_not_past_and_what_began_a_day_ago_is_not_to_come() {
    let salon = Salon::open().await;
    let real = salon.booked(book(1, "cut", "2026-03-20T09:00:00Z")).await;
    let mut three = copies(&real, 3, "2026-03-11T09:59:59Z");
    // Both on the same UTC days as the tabs' ends: one that was ended too early, and one that has no end.
    three[0].state = BookingState::Postponed;
    three[1].span.from = at("2026-03-12T10:00:00Z");
    three[2].span.from = at("2026-03-12T10:00:01Z");
    three[1].state = BookingState::NoShow;
    three[2].state = BookingState::NoShow;
    salon.enter(&three).await;
    let salon = salon.at("2026-03-12T10:00:00Z");
    assert_eq!(ids(&salon, query(Tab::Past)).await, [three[1].id]);
    assert_eq!(ids(&salon, query(Tab::Upcoming)).await, [booking(1)]);
}

#[tokio::test]
async fn cancelled_appointments_have_their_own_tab() {
    let salon = Salon::open().await;
    for (number, day) in [(1, "04"), (2, "05"), (3, "06")] {
        salon.booked(book(number, "cut", &format!("2026-03-{day}T09:00:00Z"))).await;
    }
    salon.ask(cancel(1)).await.unwrap();
    salon.ask(cancel(3)).await.unwrap();
    assert_eq!(ids(&salon, query(Tab::Cancelled)).await, [booking(3), booking(1)], "the latest first (E03)");
    assert_eq!(ids(&salon, query(Tab::Upcoming)).await, [booking(2)], "and only there");
}

#[tokio::test]
async fn a_ticket_says_all_that_a_list_shows() {
    let salon = Salon::open().await;
    let mut made = salon.booked(book_with(1, "massage", "2026-03-05T09:00:00Z", "ben")).await;
    made.paid = Money::new(2_000, id("EUR"));
    salon.enter(std::slice::from_ref(&made)).await;
    let page = page(&salon, query(Tab::Upcoming)).await;
    let [ticket] = &page.tickets[..] else { panic!("one ticket: {page:?}") };
    assert_eq!(ticket.service, "Massage", "what (E04, E09)");
    assert_eq!(
        (ticket.start.time.as_str(), ticket.end.time.as_str(), ticket.minutes),
        ("10:00", "11:00", 60),
        "when (E10)"
    );
    assert_eq!((ticket.staff.as_str(), ticket.place.as_str()), ("Ben", "Mitte"), "with whom, where (E11)");
    assert_eq!((ticket.price.minor, ticket.paid.minor), (5_000, 2_000), "what it costs, what was paid (E12)");
    assert!(!ticket.waiting && page.next.is_none(), "the server has said so, and there is no more");
}

#[tokio::test]
async fn dates_are_those_of_the_venue() {
    let salon = Salon::open().await;
    let real = salon.booked(book(1, "cut", "2026-03-03T09:00:00Z")).await;
    // 23:30 UTC on 9 March is 00:30 on the 10th in Berlin.
    let night = copies(&real, 1, "2026-03-09T23:30:00Z").remove(0);
    salon.enter(std::slice::from_ref(&night)).await;
    let between = |from: &str, to: &str| AgendaQuery {
        from: Some(id::<Date>(from)),
        to: Some(id::<Date>(to)),
        ..query(Tab::Upcoming)
    };
    assert_eq!(ids(&salon, between("2026-03-10", "2026-03-10")).await, [night.id], "it is the 10th there (E07)");
    assert!(ids(&salon, between("2026-03-04", "2026-03-09")).await.is_empty(), "both ends are included, nothing else");
    assert_eq!(ids(&salon, between("2026-03-03", "2026-03-10")).await, [booking(1), night.id], "both ends");
    let later = salon.at("2026-04-01T00:00:00Z");
    let past = AgendaQuery { tab: Tab::Past, ..between("2026-03-03", "2026-03-09") };
    assert_eq!(ids(&later, past).await, [booking(1)], "the past filters alike");
}

#[tokio::test]
async fn names_are_found_whatever_their_case() {
    let salon = Salon::open().await;
    salon.booked(book(1, "cut", "2026-03-05T09:00:00Z")).await;
    salon.booked(book(2, "massage", "2026-03-05T09:00:00Z")).await;
    let named = |text: &str| AgendaQuery { text: text.into(), ..query(Tab::Upcoming) };
    assert_eq!(ids(&salon, named("MASS")).await, [booking(2)], "a part of the service's name (E08)");
    assert_eq!(ids(&salon, named(" short ")).await, [booking(1)], "or of the variant's");
    assert!(ids(&salon, named("perm")).await.is_empty(), "nothing else");
    let refusal = salon.view_as(salon.context(1), View::Agenda(named(&"x".repeat(101)))).await;
    assert_eq!(refusal, Err(Refusal::BadText { field: "text".into(), most: 100 }), "a search has an end");
}

#[tokio::test]
async fn pages_follow_each_other_without_gap_or_repetition() {
    let salon = Salon::open().await;
    let real = salon.booked(book(1, "cut", "2026-03-03T09:00:00Z")).await;
    let mut many = copies(&real, 130, "2026-03-10T00:00:00Z");
    // Sixty at once: more of one sort than a page holds.
    for booking in &mut many[20..80] {
        booking.span.from = at("2026-03-11T00:00:00Z");
    }
    salon.enter(&many).await;
    for (tab, now) in [(Tab::Upcoming, crate::salon::NOW), (Tab::Past, "2026-04-01T00:00:00Z")] {
        let context = Context { now: at(now), ..salon.context(1) };
        let (mut seen, mut pages, mut after) = (Vec::new(), Vec::new(), None);
        loop {
            let asked = View::Agenda(AgendaQuery { after: after.take(), ..query(tab) });
            let Ok(Screen::Agenda(page)) = salon.view_as(context, asked).await else { panic!("a page") };
            pages.push(page.tickets.len());
            seen.extend(page.tickets.iter().map(|ticket| (ticket.start.at, ticket.booking)));
            match page.next {
                Some(next) => after = Some(next),
                None => break,
            }
        }
        assert_eq!(pages, [50, 50, 31], "fifty a page, {tab:?}");
        let mut sorted = seen.clone();
        sorted.sort();
        sorted.dedup();
        if tab == Tab::Past {
            sorted.reverse();
        }
        assert_eq!(seen, sorted, "each once, in order, {tab:?}");
    }
}

#[tokio::test]
async fn a_place_that_no_page_gave_is_refused() {
    let salon = Salon::open().await;
    for bad in ["", "~", "2026-03-10T00:00:00Z", "x~y", "2026-03-10T00:00:00Z~y"] {
        let asked = View::Agenda(AgendaQuery { after: Some(bad.into()), ..query(Tab::Past) });
        let answer = salon.view_as(salon.context(1), asked).await;
        assert!(matches!(answer, Err(Refusal::BadText { .. })), "{bad:?} is no place: {answer:?}");
    }
}

#[tokio::test]
async fn a_search_in_ten_thousand_ends_and_goes_on() {
    let salon = Salon::open().await;
    let real = salon.booked(book(1, "cut", "2026-03-03T09:00:00Z")).await;
    let mut many = copies(&real, 10_000, "2024-01-01T00:00:00Z");
    many[0].names.service = "Rare".into();
    salon.enter(&many).await;
    let salon = salon.at("2026-03-02T08:00:00Z");
    let (mut found, mut pages, mut after) = (Vec::new(), 0, None);
    loop {
        let asked = AgendaQuery { text: "rare".into(), after: after.take(), ..query(Tab::Past) };
        let page = page(&salon, asked).await;
        found.extend(page.tickets.into_iter().map(|ticket| ticket.booking));
        pages += 1;
        match page.next {
            Some(next) => after = Some(next),
            None => break,
        }
    }
    assert_eq!(found, [many[0].id], "the oldest of ten thousand is found");
    assert_eq!(pages, 6, "each page looked at two thousand at most, and the last one found the end");
}

#[tokio::test]
async fn a_ticket_offers_what_would_be_accepted() {
    let salon = Salon::open().await;
    salon.booked(book(1, "tattoo", "2026-03-05T09:00:00Z")).await;
    salon.booked(book(2, "cut", "2026-03-06T09:00:00Z")).await;
    let page = page(&salon, query(Tab::Upcoming)).await;
    let off = |act| Some(Refusal::SwitchedOff { act });
    let [tattoo, cut] = &page.tickets[..] else { panic!("two tickets") };
    assert_eq!((&tattoo.no_reschedule, &tattoo.no_cancel), (&off(Act::Reschedule), &off(Act::Cancel)), "not these");
    assert_eq!((&cut.no_reschedule, &cut.no_cancel), (&None, &None), "both are possible");
    let refusal = salon.refused(move_to(1, "2026-03-06T13:00:00Z")).await;
    assert_eq!(Some(refusal), tattoo.no_reschedule, "the button's place says what the command would (Y08)");
    assert_eq!(Some(salon.refused(cancel(1)).await), tattoo.no_cancel, "as with cancelling");
    salon.ask(move_to(2, "2026-03-06T13:00:00Z")).await.expect("what is offered is accepted");
}

#[tokio::test]
async fn nobody_sees_somebody_elses() {
    let salon = Salon::open().await;
    salon.booked(book(1, "cut", "2026-03-05T09:00:00Z")).await;
    let Ok(Screen::Agenda(page)) = salon.view_as(salon.context(2), View::Agenda(query(Tab::Upcoming))).await else {
        panic!("customer 2 has an agenda")
    };
    assert!(page.tickets.is_empty(), "it is customer 1's");
    let anyone = Context { now: salon.now, actor: Actor::Anyone };
    let answer = salon.view_as(anyone, View::Agenda(query(Tab::Upcoming))).await;
    assert_eq!(answer, Err(Refusal::NotSignedIn), "nobody is signed in");
}
