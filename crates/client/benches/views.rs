//! How long a screen waits for its view: a device with 10,000 bookings of one customer, each view asked many times
//! inside the process. Prints the best time, the median and the 99th percentile; the goal is 16 ms. Beside them stands
//! the floor: what it costs to read the rows of the longest search from SQLite and do nothing with them. A machine that is
//! busy with something else makes both slow; their ratio stays. Of what was asked before the engine remembers short lists
//! (record 32).
//!
//! `cargo bench -p datebook-client --bench views`; the number of bookings may follow: `-- 20000`.

#![allow(clippy::unwrap_used)] // a measurement that cannot go on has failed

#[allow(dead_code)] // shared with the tests, which use all of it
#[path = "../tests/device/phone.rs"]
mod phone;
#[allow(dead_code)] // shared with the tests, which use all of it
#[path = "../tests/device/script.rs"]
mod script;
#[path = "../tests/device/shop.rs"]
mod shop;

use std::time::{Duration, Instant};

use client::Reply;
use domain::BookingId;
use jiff::SignedDuration;
use portal::{AgendaQuery, DayQuery, MonthQuery, Tab, View, documents, spaces};

use crate::phone::{Phone, now};

/// How often each view is asked.
const TIMES: usize = 300;

/// As many rows as the longest search looks at.
const ROWS: u32 = 2_000;

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    // Cargo adds `--bench`.
    let count = std::env::args().skip(1).find_map(|argument| argument.parse().ok()).unwrap_or(10_000);
    let phone = Phone::ready().await;
    fill(&phone, count).await;
    println!("{count} bookings, nothing waits");
    let slowest = measure(&phone).await;
    let (booking, _) = phone.book(0).await;
    let times = phone.times().await.3;
    phone.move_to(booking, times[3]).await;
    let (other, _) = phone.book(6).await;
    println!("{count} bookings, three commands wait");
    let slowest = slowest.slower(measure(&phone).await);
    println!("the slowest 99th percentile is {:.2} ms; the goal is 16 ms", millis(slowest.p99));
    let floor = floor(&phone);
    let ratio = slowest.best.as_nanos() * 10 / floor.best.as_nanos();
    println!("the floor: reading {ROWS} bookings from SQLite");
    println!("  {:<34} {floor}", "rows and their bodies");
    println!("the best of the slowest view is {}.{} times that of the floor", ratio / 10, ratio % 10);
    assert_ne!(booking, other, "two bookings");
}

/// Gives the customer bookings every four hours, half a percent of them still to come, and the calendars their claims.
async fn fill(phone: &Phone, count: u64) {
    let space = spaces::customer(phone.customer);
    let first = now() - SignedDuration::from_hours(4 * i64::try_from(count).unwrap()) + SignedDuration::from_hours(200);
    let numbers: Vec<u64> = (1..=count).collect();
    for (page, numbers) in numbers.chunks(2_000).enumerate() {
        let write = |number: &u64| {
            let from = first + SignedDuration::from_hours(4 * i64::try_from(*number).unwrap());
            documents::write(space.clone(), &phone.shop.booking(phone.customer, *number, from))
        };
        phone.will_pull(vec![shop::changes(2 + page as u64, numbers.iter().map(write).collect())]);
        phone.app.sync_now(phone.business).await.unwrap();
    }
    let calendars = phone.shop.calendars(now());
    phone.will_pull(calendars);
    phone.app.sync_now(phone.business).await.unwrap();
}

/// How long something took.
#[derive(Debug, Clone, Copy, Default)]
struct Took {
    /// What nothing else on the machine has disturbed.
    best: Duration,
    p50: Duration,
    p99: Duration,
}

impl Took {
    fn of(mut times: Vec<Duration>) -> Self {
        times.sort_unstable();
        Self { best: times[0], p50: times[times.len() / 2], p99: times[times.len() * 99 / 100] }
    }

    fn slower(self, other: Self) -> Self {
        Self { best: self.best.max(other.best), p50: self.p50.max(other.p50), p99: self.p99.max(other.p99) }
    }
}

impl std::fmt::Display for Took {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { best, p50, p99 } = self;
        write!(f, "best {:>7.3} ms   p50 {:>7.3} ms   p99 {:>7.3} ms", millis(*best), millis(*p50), millis(*p99))
    }
}

/// Reads as many rows as the longest search looks at, with nothing of ours between.
fn floor(phone: &Phone) -> Took {
    let file = rusqlite::Connection::open(phone.folder.path().join("datebook.sqlite")).unwrap();
    let mut query = file
        .prepare(
            "SELECT id, version, sort, body FROM document
             WHERE space = (SELECT id FROM space WHERE name = ?1) AND kind = 'booking' AND gone IS NULL
             ORDER BY sort DESC, id DESC LIMIT ?2",
        )
        .unwrap();
    let space = spaces::customer(phone.customer);
    let mut times = Vec::with_capacity(TIMES);
    for _ in 0..TIMES {
        let begun = Instant::now();
        let (mut rows, mut count, mut bytes) = (query.query((space.as_str(), ROWS)).unwrap(), 0, 0);
        while let Some(row) = rows.next().unwrap() {
            count += 1;
            bytes += row.get_ref(3).unwrap().as_bytes().unwrap().len();
        }
        times.push(begun.elapsed());
        assert!(count == ROWS && bytes > 0, "the rows are there");
    }
    Took::of(times)
}

/// Asks every view and prints how long it took; the slowest of each figure comes back.
async fn measure(phone: &Phone) -> Took {
    let (service, variant, place, times) = phone.times().await;
    let date = domain::Date::constant(2026, 11, 1);
    let month = MonthQuery { service, variant, place, staff: None, party: 1, moving: None, month: Some(date) };
    let later = MonthQuery { month: Some(domain::Date::constant(2026, 12, 1)), ..month.clone() };
    let day = DayQuery { of: month.clone(), date: phone.shop.places[0].zone.date(times[0]) };
    let query = |tab| AgendaQuery { tab, text: String::new(), from: None, to: None, after: None };
    let text = |tab, text: &str| AgendaQuery { text: text.to_owned(), ..query(tab) };
    let old = AgendaQuery { from: "2024-01-01".parse().ok(), to: "2024-06-30".parse().ok(), ..query(Tab::Past) };
    let booking: BookingId = phone.shop.booking(phone.customer, 5_001, now()).id;
    let views = [
        ("catalogue", View::Catalogue),
        ("agenda, upcoming", View::Agenda(query(Tab::Upcoming))),
        ("agenda, past", View::Agenda(query(Tab::Past))),
        ("agenda, cancelled", View::Agenda(query(Tab::Cancelled))),
        ("agenda, past, one service", View::Agenda(text(Tab::Past, &phone.shop.services[3].name))),
        ("agenda, past, no such text", View::Agenda(text(Tab::Past, "there is no such service"))),
        ("agenda, upcoming, no such text", View::Agenda(text(Tab::Upcoming, "there is no such service"))),
        ("agenda, past, two years ago", View::Agenda(old)),
        ("booking", View::Booking { booking }),
        ("month, anybody", View::Month(month)),
        ("month, anybody, the next", View::Month(later)),
        ("day, anybody", View::Day(day)),
        ("profile", View::Profile),
    ];
    let mut slowest = Took::default();
    for (name, view) in views {
        let mut took = Vec::with_capacity(TIMES);
        for _ in 0..TIMES {
            let begun = Instant::now();
            let reply = phone.app.view(phone.business, view.clone()).await.unwrap();
            took.push(begun.elapsed());
            assert!(matches!(reply, Reply::Screen { .. }), "{name} has an answer: {reply:?}");
        }
        let took = Took::of(took);
        println!("  {name:<34} {took}");
        slowest = slowest.slower(took);
    }
    slowest
}

#[allow(clippy::float_arithmetic)] // only for people to read
fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
