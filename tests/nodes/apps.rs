//! Real apps behind the balancer: they give commands while nodes die, and sync as they do on a phone.

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use client::{App, MemoryVault, Receipt, SystemClock};
use datebook_tests::mirror;
use domain::{BookingId, CommandId, Timestamp};
use portal::{Book, Cancel, Command, Reschedule};
use rand::{Rng, SeedableRng, rngs::StdRng, seq::IndexedRandom};
use store::AnyStore;
use tempfile::TempDir;
use tokio::sync::broadcast::error::RecvError;
use uuid::Uuid;

use crate::soon;

/// How many there are.
pub(crate) const APPS: usize = 2;

/// What their customers sign in with, at whichever address.
const PASSWORD: &str = "a long password";

/// The address of an app's customer.
pub(crate) fn email(number: usize) -> String {
    format!("app-{number}@people.example")
}

/// An app on a device.
pub(crate) struct Phone {
    app: App,
    business: Uuid,
    folder: TempDir,
    given: BTreeSet<CommandId>,
    refused: usize,
}

impl Phone {
    async fn met(address: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let vault = Arc::<MemoryVault>::default();
        let app = App::open(folder.path(), vault, Arc::new(SystemClock)).await.unwrap();
        let business = app.connect(address).await.unwrap().id;
        Self { app, business, folder, given: BTreeSet::new(), refused: 0 }
    }

    /// Somebody gets an account at a demonstration, where mails can be read, and a password for other places.
    pub(crate) async fn enrol(demonstration: &str, number: usize) {
        let (phone, email) = (Self::met(demonstration).await, email(number));
        phone.app.request_link(phone.business, &email).await.unwrap();
        let digits = testkit::digits(demonstration, &email).await.unwrap();
        phone.app.sign_in_with_digits(phone.business, &digits).await.unwrap();
        phone.app.set_password(phone.business, "", PASSWORD).await.unwrap();
    }

    /// Signs in with that password. From now on the app syncs by itself.
    pub(crate) async fn start(address: &str, number: usize) -> Self {
        let phone = Self::met(address).await;
        phone.app.sign_in_with_password(phone.business, &email(number), PASSWORD).await.unwrap();
        phone.app.sync_now(phone.business).await.unwrap();
        phone.app.start().await;
        phone
    }

    /// Its customer makes, moves and cancels appointments, one after the other, until it is enough and nothing waits.
    pub(crate) async fn insist(mut self, seed: u64, starts: &[Timestamp], enough: &AtomicBool) -> Self {
        let mut rng = StdRng::seed_from_u64(seed);
        let mut mine: Vec<BookingId> = Vec::new();
        while !enough.load(Ordering::SeqCst) {
            let start = *starts.choose(&mut rng).unwrap();
            let command = match (mine.choose(&mut rng), rng.random_range(0..10)) {
                (Some(booking), 0..4) => Command::Reschedule(Reschedule { booking: *booking, start }),
                (Some(booking), 4..6) => Command::Cancel(Cancel { booking: *booking, reason: "load".to_owned() }),
                _ => {
                    let (service, variant, place) = datebook_tests::cut();
                    let booking = BookingId::new();
                    mine.push(booking);
                    let note = String::new();
                    Command::Book(Book { booking, service, variant, place, staff: None, start, party: 1, note })
                }
            };
            match self.app.execute(self.business, command).await.unwrap() {
                Receipt::Waiting { command } => assert!(self.given.insert(command), "every command has its own id"),
                Receipt::Refused { .. } => self.refused += 1,
                Receipt::Accepted { .. } => panic!("a device has no last word"),
            }
            self.settled().await;
        }
        // The books of the other devices know nothing of these appointments: their times are given back.
        for booking in mine {
            let command = Command::Cancel(Cancel { booking, reason: "over".to_owned() });
            if let Receipt::Waiting { command } = self.app.execute(self.business, command).await.unwrap() {
                self.given.insert(command);
            }
        }
        self.settled().await;
        self
    }

    /// Waits until nothing waits for its verdict.
    async fn settled(&self) {
        let mut events = self.app.events();
        while !self.app.outbox(self.business).await.unwrap().is_empty() {
            assert!(!matches!(events.recv().await, Err(RecvError::Closed)), "the app is still there");
        }
    }

    /// When all is quiet: the mirror is what the server has, and every command that was given has its one verdict.
    pub(crate) async fn agrees(self, server: &AnyStore) -> (usize, usize) {
        self.app.sync_now(self.business).await.unwrap();
        self.app.stop().await;
        let Self { app, business, folder, given, refused } = self;
        assert!(app.outbox(business).await.unwrap().is_empty(), "nothing waits");
        drop(app);
        mirror::agree(folder.path(), server).await;
        let decided: BTreeSet<_> = mirror::verdicts(server).await.into_iter().map(|told| told.command).collect();
        assert!(given.is_subset(&decided), "every command that was given has its verdict");
        (given.len(), refused)
    }
}

/// Has every app work until it is enough.
pub(crate) fn work(
    phones: Vec<Phone>,
    starts: &Arc<Vec<Timestamp>>,
    enough: &Arc<AtomicBool>,
) -> Vec<tokio::task::JoinHandle<Phone>> {
    let work = |(seed, phone): (usize, Phone)| {
        let (starts, enough) = (Arc::clone(starts), Arc::clone(enough));
        tokio::spawn(async move { phone.insist(seed as u64, &starts, &enough).await })
    };
    phones.into_iter().enumerate().map(work).collect()
}

/// Waits until all of them are done, and only then compares each with the server: who still works changes it.
pub(crate) async fn agree(work: Vec<tokio::task::JoinHandle<Phone>>, server: &AnyStore) {
    let mut phones = Vec::new();
    for phone in work {
        phones.push(soon("an app's commands have their verdicts", phone).await.unwrap());
    }
    for (number, phone) in phones.into_iter().enumerate() {
        let (given, refused) = soon("an app agrees with the server", phone.agrees(server)).await;
        println!("app {number}: {given} commands with a verdict, {refused} refused by itself; its mirror agrees");
        assert!(given > 0, "it had something to say");
    }
}
