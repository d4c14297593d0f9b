//! Devices that push numbered commands while the server has a hard time, and the books that must balance afterwards.
//!
//! Who kills what is the test's own: `kill.rs` has one server, `nodes/` has three.

#![allow(clippy::unwrap_used)] // a test that cannot go on has failed

mod balance;
mod device;

pub use self::{
    balance::{Balance, balance, outcome},
    device::{Device, Tries},
};

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use domain::Timestamp;
use portal::{DayQuery, MonthQuery, Screen, View};
use testkit::Person;
use tokio::sync::Notify;

/// How many verdicts were heard, over all devices. Clones count together.
#[derive(Clone, Default)]
pub struct Heard(Arc<(AtomicUsize, Notify)>);

impl Heard {
    fn count(&self, verdicts: usize) {
        self.0.0.fetch_add(verdicts, Ordering::SeqCst);
        self.0.1.notify_one();
    }

    /// Waits for so many more. One may wait at a time.
    pub async fn more(&self, verdicts: usize) {
        let enough = self.0.0.load(Ordering::SeqCst) + verdicts;
        while self.0.0.load(Ordering::SeqCst) < enough {
            self.0.1.notified().await;
        }
    }
}

/// Free starts far enough ahead that nothing about them is too late.
///
/// # Panics
/// When the server does not answer, or there is no room to fight over.
pub async fn starts(person: &Person) -> Vec<Timestamp> {
    let (service, variant, place) = crate::cut();
    let of = MonthQuery { service, variant, place, staff: None, party: 1, moving: None, month: None };
    let Screen::Month(month) = person.view(&View::Month(of.clone())).await.unwrap() else { panic!("not a month") };
    let mut date = month.today;
    let mut starts = Vec::new();
    for n in 1..=16 {
        date = date.tomorrow().unwrap();
        if n < 4 {
            continue;
        }
        let day = View::Day(DayQuery { of: of.clone(), date });
        let Screen::Day(day) = person.view(&day).await.unwrap() else { panic!("not a day") };
        starts.extend(day.times.into_iter().map(|time| time.start.at));
    }
    assert!(starts.len() > 100, "there is room to fight over");
    starts
}
