//! A device inside the test.

use std::{collections::BTreeSet, path::Path, sync::Arc, time::Duration};

use client::{App, BusinessCard, Event, FileVault, Receipt, Reply, SystemClock};
use domain::{CommandId, StaffId, Timestamp};
use jiff::SignedDuration;
use portal::{Command, Screen, Tab, Ticket, TimeView, View};
use tempfile::TempDir;
use tokio::sync::broadcast::{Receiver, error::RecvError};
use uuid::Uuid;

use crate::shop::Shop;

/// Nothing takes that long unless it is broken: the longest pause between two attempts is a minute.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);

/// A password that anybody in these tests has.
pub(crate) const PASSWORD: &str = "a long password";

/// A device.
pub(crate) struct Phone {
    pub(crate) app: App,
    pub(crate) business: Uuid,
    folder: TempDir,
}

/// Opens the app of a folder.
pub(crate) async fn open(folder: &Path) -> App {
    let vault = Arc::new(FileVault::new(folder.join("vault")));
    App::open(folder, vault, Arc::new(SystemClock)).await.unwrap()
}

impl Phone {
    /// A device that knows the business and nobody.
    pub(crate) async fn met(shop: &Shop) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let app = open(folder.path()).await;
        let business = app.connect(&shop.address).await.unwrap().id;
        Self { app, business, folder }
    }

    /// Somebody new signs in with the digits of the mail. Everything is on the device when this returns; nothing goes on
    /// in the background.
    pub(crate) async fn of(shop: &Shop, email: &str) -> Self {
        let phone = Self::met(shop).await;
        phone.app.request_link(phone.business, email).await.unwrap();
        let digits = testkit::digits(&shop.address, email).await.unwrap();
        phone.app.sign_in_with_digits(phone.business, &digits).await.unwrap();
        phone.sync().await;
        phone
    }

    /// A device that was there before, opened anew by whoever has its folder.
    pub(crate) async fn again(app: App, folder: TempDir) -> Self {
        let business = app.current().await.unwrap().expect("it knows the business");
        Self { app, business, folder }
    }

    /// Another device of somebody who has set [`PASSWORD`].
    pub(crate) async fn second(shop: &Shop, email: &str) -> Self {
        let phone = Self::met(shop).await;
        phone.app.sign_in_with_password(phone.business, email, PASSWORD).await.unwrap();
        phone.sync().await;
        phone
    }

    pub(crate) async fn sync(&self) {
        self.app.sync_now(self.business).await.expect("the server is there");
    }

    /// Gives a command that the device has to take.
    pub(crate) async fn give(&self, command: Command) -> CommandId {
        waiting(self.app.execute(self.business, command).await.unwrap())
    }

    pub(crate) async fn screen(&self, view: View) -> Screen {
        screen(self.app.view(self.business, view).await.unwrap())
    }

    pub(crate) async fn tickets(&self, tab: Tab) -> Vec<Ticket> {
        tickets(self.screen(crate::agenda(tab)).await)
    }

    /// Four times at least on one day from the fourth on at which the same person is free, and would be if the others
    /// were taken: an hour and a half apart. With the person.
    pub(crate) async fn free(&self) -> Vec<(Timestamp, StaffId)> {
        let Screen::Month(month) = self.screen(View::Month(crate::month())).await else { panic!("not a month") };
        let mut date = month.today;
        for n in 1..=21 {
            date = date.tomorrow().unwrap();
            if n >= 4 {
                let Screen::Day(day) = self.screen(crate::day(date)).await else { panic!("not a day") };
                let people: BTreeSet<&StaffId> = day.times.iter().flat_map(|time| &time.staff).collect();
                let apart = people.into_iter().map(|person| apart(&day.times, person));
                if let Some(times) = apart.max_by_key(Vec::len).filter(|times| times.len() >= 4) {
                    return times;
                }
            }
        }
        panic!("somebody in the sample business has half a day in three weeks")
    }

    pub(crate) async fn card(&self) -> BusinessCard {
        self.app.businesses().await.unwrap().remove(0)
    }

    /// Waits until something is so, looking each time that something happened.
    pub(crate) async fn until(&self, what: &str, so: impl AsyncFn(&Self) -> bool) {
        let mut events = self.app.events();
        let wait = async {
            while !so(self).await {
                heard(&mut events).await;
            }
        };
        tokio::time::timeout(PATIENCE, wait).await.unwrap_or_else(|_| panic!("never came about: {what}"));
    }

    /// Where its database is.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Ends the app; its folder stays.
    pub(crate) async fn shut(self) -> TempDir {
        self.app.stop().await;
        self.folder
    }
}

/// Waits for the next event, or for news that some were missed.
pub(crate) async fn heard(events: &mut Receiver<Event>) {
    assert!(!matches!(events.recv().await, Err(RecvError::Closed)), "the app is still there");
}

pub(crate) fn waiting(receipt: Receipt) -> CommandId {
    let Receipt::Waiting { command } = receipt else { panic!("the device says no: {receipt:?}") };
    command
}

pub(crate) fn screen(reply: Reply) -> Screen {
    let Reply::Screen { screen } = reply else { panic!("no screen: {reply:?}") };
    screen
}

pub(crate) fn tickets(screen: Screen) -> Vec<Ticket> {
    let Screen::Agenda(page) = screen else { panic!("not an agenda: {screen:?}") };
    page.tickets
}

/// A person's free times, each an hour and a half after the one before at least.
fn apart(times: &[TimeView], person: &StaffId) -> Vec<(Timestamp, StaffId)> {
    let mut found: Vec<(Timestamp, StaffId)> = Vec::new();
    for time in times.iter().filter(|time| time.staff.contains(person)) {
        let far = |last: &(Timestamp, StaffId)| time.start.at >= last.0 + SignedDuration::from_mins(90);
        if found.last().is_none_or(far) {
            found.push((time.start.at, person.clone()));
        }
    }
    found
}

pub(crate) fn times(screen: Screen) -> Vec<(Timestamp, StaffId)> {
    let Screen::Day(day) = screen else { panic!("not a day: {screen:?}") };
    day.times.into_iter().map(|time| (time.start.at, time.staff[0].clone())).collect()
}
