//! What is recalled is what reading would give, whatever changed in between. (Every view of the other tests is asked both
//! ways, too: see `Salon::view_as`.)

use domain::{CalendarDay, Claim, Date, Span, Timestamp};
use jiff::{SignedDuration, ToSpan};
use portal::{DayQuery, Memory, MonthQuery, View, documents, spaces};
use proptest::prelude::*;
use store::{Batch, Store, Write};

use crate::salon::{Salon, customer, id};

/// What happens between two questions.
#[derive(Debug, Clone)]
enum Event {
    /// A calendar takes a claim on a day.
    Claim { calendar: usize, day: i64, hour: i64 },
    /// A day of a calendar is emptied: its document becomes a tombstone.
    Empty { calendar: usize, day: i64 },
    /// A price of the catalogue changes, and with it its version.
    Reprice(i64),
    /// Another minute, or another day.
    Later(i64),
    /// Somebody's own documents change.
    Elsewhere,
    /// A question about a month.
    Month { service: usize, month: i64 },
    /// A question about a day.
    Day { service: usize, day: i64 },
    /// A question at a moment of the store before the last change.
    Behind { service: usize, day: i64 },
}

const CALENDARS: [&str; 3] = ["staff.anna", "staff.ben", "resource.room-1"];
const SERVICES: [&str; 3] = ["cut", "massage", "yoga"];

fn event() -> impl Strategy<Value = Event> {
    let calendar = 0..CALENDARS.len();
    let service = 0..SERVICES.len();
    // Few days, so that the same one is taken, emptied and asked about again and again; and now and then a far one.
    let day = || prop_oneof![9 => -1..5_i64, 1 => 30..60_i64];
    prop_oneof![
        3 => (calendar.clone(), day(), 7..17_i64).prop_map(|(calendar, day, hour)| Event::Claim { calendar, day, hour }),
        2 => (calendar, day()).prop_map(|(calendar, day)| Event::Empty { calendar, day }),
        1 => (1..100_i64).prop_map(Event::Reprice),
        1 => prop_oneof![Just(20), Just(60), Just(3 * 24 * 3600)].prop_map(Event::Later),
        1 => Just(Event::Elsewhere),
        3 => (service.clone(), -1..3_i64).prop_map(|(service, month)| Event::Month { service, month }),
        3 => (service.clone(), -2..7_i64).prop_map(|(service, day)| Event::Day { service, day }),
        1 => (service, 0..7_i64).prop_map(|(service, day)| Event::Behind { service, day }),
    ]
}

fn query(service: usize, month: Option<Date>) -> MonthQuery {
    MonthQuery {
        service: id(SERVICES[service]),
        variant: id("usual"),
        place: id("mitte"),
        staff: None,
        party: 1,
        moving: None,
        month,
    }
}

/// One story: every answer from memory is compared with one that was read.
async fn play(events: Vec<Event>) {
    let mut salon = Salon::open().await;
    let today: Date = "2026-03-02".parse().unwrap();
    let mut number = 0;
    for event in events {
        let day = |day: i64| today.checked_add(day.days()).unwrap();
        let key = |calendar: usize, date: Date| spaces::calendar_day(&CALENDARS[calendar].parse().unwrap(), date);
        match event {
            Event::Claim { calendar, day: at, hour } => {
                number += 1;
                let from: Timestamp = format!("{}T{hour:02}:00:00Z", day(at)).parse().unwrap();
                let span = Span { from, to: from + SignedDuration::from_mins(30) };
                let claim = Claim { id: crate::salon::booking(number), span, session: None };
                write(&salon, documents::write_day(key(calendar, day(at)), &CalendarDay { claims: vec![claim] })).await;
            }
            Event::Empty { calendar, day: at } => {
                let key = key(calendar, day(at));
                write(&salon, Write { key, sort: String::new(), body: None, keys: Vec::new() }).await;
            }
            Event::Reprice(notice) => {
                let mut business = crate::salon::business();
                business.terms.notice = u32::try_from(notice).unwrap();
                salon.change(&business).await;
            }
            Event::Later(seconds) => salon.now += SignedDuration::from_secs(seconds),
            Event::Elsewhere => {
                let key = spaces::booking(customer(9), crate::salon::booking(900));
                write(&salon, Write { key, sort: String::new(), body: Some("{}".into()), keys: Vec::new() }).await;
            }
            Event::Month { service, month } => {
                let month = Some(today.first_of_month().checked_add(month.months()).unwrap());
                salon.view(View::Month(query(service, month))).await;
            }
            Event::Day { service, day: at } => {
                let of = query(service, None);
                salon.view(View::Day(DayQuery { of, date: day(at) })).await;
            }
            Event::Behind { service, day: at } => {
                let view = View::Day(DayQuery { of: query(service, None), date: day(at) });
                let (one, other) = (salon.store.snapshot().await.unwrap(), salon.store.snapshot().await.unwrap());
                number += 1;
                let from: Timestamp = format!("{}T09:00:00Z", day(at)).parse().unwrap();
                let span = Span { from, to: from + SignedDuration::from_mins(300) };
                let claim = Claim { id: crate::salon::booking(number), span, session: None };
                let claims = CalendarDay { claims: vec![claim] };
                for calendar in 0..CALENDARS.len() {
                    write(&salon, documents::write_day(key(calendar, day(at)), &claims)).await;
                }
                salon.view(view.clone()).await;
                let context = salon.context(1);
                let fresh = portal::view(&one, &context, &view).await.unwrap();
                let recalled = salon.memory.recall(other).answer(&context, view).await.unwrap();
                let fresh = fresh.map(|screen| serde_json::to_string(&screen).unwrap());
                assert_eq!(recalled.as_deref(), fresh.as_deref(), "an older moment is not told the news");
            }
        }
    }
}

async fn write(salon: &Salon, write: Write) {
    salon.store.commit(Batch { writes: vec![write], ..Batch::default() }).await.unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn what_is_recalled_is_what_reading_gives(events in prop::collection::vec(event(), 1..60)) {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(play(events));
    }
}

#[tokio::test]
async fn what_did_not_change_is_not_read_again() {
    let salon = Salon::open().await;
    let memory = Memory::default();
    let view = View::Month(query(0, None));
    let mut answers = Vec::new();
    for _ in 0..2 {
        let recalled = memory.recall(salon.store.snapshot().await.unwrap());
        answers.push(recalled.answer(&salon.context(1), view.clone()).await.unwrap().unwrap());
    }
    assert!(std::sync::Arc::ptr_eq(&answers[0], &answers[1]), "the second is the first, not one like it");
    write(
        &salon,
        documents::write_day(
            spaces::calendar_day(&"staff.dan".parse().unwrap(), "2026-03-03".parse().unwrap()),
            &CalendarDay::default(),
        ),
    )
    .await;
    let recalled = memory.recall(salon.store.snapshot().await.unwrap());
    let third = recalled.answer(&salon.context(2), view).await.unwrap().unwrap();
    assert!(std::sync::Arc::ptr_eq(&answers[0], &third), "somebody else's calendar says nothing about this");
}
