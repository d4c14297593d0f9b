//! What is recalled is what reading would give, whatever changed in between. (Every view of the other tests is asked both
//! ways, too: see `Salon::view_as`.)

use domain::{CalendarDay, Claim, Date, Span, Timestamp};
use jiff::{SignedDuration, ToSpan};
use portal::{DayQuery, Memory, MonthQuery, View, documents, spaces};
use proptest::prelude::*;
use store::{AnySnapshot, Batch, Pull, Read, Store, Write};

use crate::salon::{Salon, book_with, cancel, customer, id, move_to};

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
    /// A question at a moment of the store before the last change, and a device that pulls at that moment.
    Behind { service: usize, day: i64, device: usize, space: usize },
    /// A device pulls.
    Pull { device: usize, space: usize },
    /// A device begins with nothing.
    Reset(usize),
}

/// The versions that a device has.
type Device = [u64; CALENDARS.len() + 1];

const CALENDARS: [&str; 3] = ["staff.anna", "staff.ben", "resource.room-1"];
const SERVICES: [&str; 3] = ["cut", "massage", "yoga"];
const DEVICES: usize = 3;

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
        1 => (service, 0..7_i64, 0..DEVICES, 0..=CALENDARS.len())
            .prop_map(|(service, day, device, space)| Event::Behind { service, day, device, space }),
        5 => (0..DEVICES, 0..=CALENDARS.len()).prop_map(|(device, space)| Event::Pull { device, space }),
        1 => (0..DEVICES).prop_map(Event::Reset),
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
    let mut devices = [Device::default(); DEVICES];
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
            Event::Pull { device, space } => {
                pull(&salon, &salon.store.snapshot().await.unwrap(), &mut devices[device], space).await;
            }
            Event::Reset(device) => devices[device] = Device::default(),
            Event::Behind { service, day: at, device, space } => {
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
                pull(&salon, &salon.store.snapshot().await.unwrap(), &mut devices[(device + 1) % DEVICES], space).await;
                pull(&salon, &one, &mut devices[device], space).await;
            }
        }
    }
}

/// A device pulls a space at a moment, unless it is ahead of it: what it is given from memory is what reading gives.
async fn pull(salon: &Salon, read: &AnySnapshot, device: &mut Device, space: usize) {
    let name = match CALENDARS.get(space) {
        Some(calendar) => spaces::calendar(&calendar.parse().unwrap()),
        None => spaces::catalogue(),
    };
    let (have, version) = (device[space], read.version(&name).await.unwrap());
    if have > version {
        return;
    }
    let fresh = read.pull(&name, have, 1_000).await.unwrap();
    if let Some(known) = salon.memory.known_changes(&name, have, version) {
        assert_eq!(known, fresh.changes, "what is known without a read");
    }
    let page = salon.memory.changes(read, &name, (have, version), 1_000).await.unwrap();
    assert_eq!(page, fresh, "{name} after {have} at {version}");
    device[space] = page.version;
}

/// Writes, and tells the memory of every other change of a space.
async fn write(salon: &Salon, write: Write) {
    let batch = Batch { writes: vec![write.clone()], ..Batch::default() };
    let committed = salon.store.commit(batch).await.unwrap();
    if committed.spaces[0].1 % 2 == 0 {
        salon.memory.wrote(&[write], &committed);
    }
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

#[tokio::test]
async fn what_others_have_pulled_is_known() {
    let salon = Salon::open().await;
    let calendar = "staff.anna".parse().unwrap();
    let (memory, space) = (Memory::default(), spaces::calendar(&calendar));
    let mut have = Vec::new();
    // Each pull reads what came since the one before; all others are given it.
    for day in 1..=3 {
        let date = Date::constant(2026, 3, day);
        write(&salon, documents::write_day(spaces::calendar_day(&calendar, date), &CalendarDay::default())).await;
        let read = salon.store.snapshot().await.unwrap();
        let version = read.version(&space).await.unwrap();
        let after = have.last().copied().unwrap_or_default();
        assert_eq!(memory.known_changes(&space, after, version), None, "nobody has read it yet");
        memory.changes(&read, &space, (after, version), 1_000).await.unwrap();
        have.push(version);
    }
    let days = |after, version| {
        let known = memory.known_changes(&space, after, version)?;
        Some(known.into_iter().map(|change| change.id).collect::<Vec<_>>())
    };
    let [first, second, third] = have[..] else { panic!("three versions") };
    assert_eq!(days(first, third), Some(vec!["2026-03-02".to_owned(), "2026-03-03".to_owned()]));
    assert_eq!(days(second, third), Some(vec!["2026-03-03".to_owned()]));
    assert_eq!(days(second, third + 1), None, "what comes is not known");
    assert_eq!(days(second, second), None, "nor what was");
    assert_eq!(days(0, third), None, "whoever has nothing reads");
}

#[tokio::test]
async fn what_a_command_writes_is_not_read_back() {
    let salon = Salon::open().await;
    let space = spaces::calendar(&"staff.anna".parse().unwrap());
    salon.booked(book_with(1, "cut", "2026-03-03T09:00:00Z", "anna")).await;
    let read = salon.store.snapshot().await.unwrap();
    let first = read.version(&space).await.unwrap();
    salon.memory.changes(&read, &space, (first - 1, first), 1_000).await.unwrap();
    drop(read);
    // Two days of one calendar, in one version.
    salon.ask(move_to(1, "2026-03-05T09:00:00Z")).await.unwrap();
    salon.ask(cancel(1)).await.unwrap();
    let read = salon.store.snapshot().await.unwrap();
    let version = read.version(&space).await.unwrap();
    let known = salon.memory.known_changes(&space, first, version).expect("nobody has pulled it");
    let days: Vec<_> = known.iter().map(|change| (change.version - first, change.id.as_str())).collect();
    assert_eq!(days, [(1, "2026-03-03"), (2, "2026-03-05")], "of each day the last change");
    assert_eq!(known, read.pull(&space, first, 1_000).await.unwrap().changes, "as it is read");
}
