//! `kill -9` at random moments under load: no acknowledged command is lost, none is applied twice.
//!
//! Eight devices push numbered commands as fast as they can while the server dies and rises. Afterwards the books are
//! checked: every command sent again gets the verdict it got before; the bookings are exactly what the accepted commands
//! make, change for change; the calendars hold exactly the claims of the live bookings.
//!
//! `KILL_ROUNDS` sets how often the server dies (50), `KILL_SEED` the random moments; the seed is printed.

#![allow(clippy::unwrap_used)] // a test that cannot go on has failed

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicUsize, Ordering},
};

use domain::{Booking, BookingId, BookingState, CalendarDay, CommandId, Timestamp};
use portal::{Book, Cancel, Command, DayQuery, MonthQuery, Outcome, Reschedule, Screen, View};
use protocol::{SpaceChanges, Verdict};
use rand::{Rng, SeedableRng, rngs::StdRng, seq::IndexedRandom};
use testkit::{Person, Program, Sent};
use tokio::sync::Notify;

const DEVICES: usize = 8;

/// How many verdicts were heard, over all devices; told at each.
static HEARD: AtomicUsize = AtomicUsize::new(0);
static TOLD: Notify = Notify::const_new();

/// One device: what it sent, what it was told, what it will send again.
struct Device {
    person: Person,
    rng: StdRng,
    /// Every command ever sent, in order of number.
    sent: Vec<Sent>,
    /// The acknowledged verdicts: number 1 first.
    told: Vec<Verdict>,
}

impl Device {
    /// Pushes until the server stops answering.
    async fn work(mut self, starts: &[Timestamp]) -> Self {
        loop {
            if self.sent.len() == self.told.len() {
                for _ in 0..self.rng.random_range(1..4) {
                    let command = self.invent(starts);
                    let number = self.sent.len() as u64 + 1;
                    let command = serde_json::to_value(command).unwrap();
                    self.sent.push(Sent { number, id: CommandId::new(), command });
                }
            }
            if !self.push_rest().await {
                return self;
            }
        }
    }

    /// Sends what has no verdict yet. False when there was no answer.
    async fn push_rest(&mut self) -> bool {
        let Ok(pushed) = self.person.push(self.sent[self.told.len()..].to_vec()).await else { return false };
        for told in pushed.verdicts {
            assert_eq!(told.number, self.told.len() as u64 + 1, "verdicts come in order and without gaps");
            self.told.push(told.verdict);
            HEARD.fetch_add(1, Ordering::SeqCst);
        }
        TOLD.notify_one();
        true
    }

    fn invent(&mut self, starts: &[Timestamp]) -> Command {
        let mine: Vec<BookingId> = self
            .sent
            .iter()
            .filter_map(|sent| serde_json::from_value(sent.command.clone()).ok())
            .filter_map(|command| if let Command::Book(book) = command { Some(book.booking) } else { None })
            .collect();
        let start = *starts.choose(&mut self.rng).unwrap();
        match (mine.choose(&mut self.rng), self.rng.random_range(0..10)) {
            (Some(booking), 0..4) => Command::Reschedule(Reschedule { booking: *booking, start }),
            (Some(booking), 4..6) => Command::Cancel(Cancel { booking: *booking, reason: "load".to_owned() }),
            _ => {
                let (service, variant, place) = datebook_tests::cut();
                let booking = BookingId::new();
                Command::Book(Book {
                    booking,
                    service,
                    variant,
                    place,
                    staff: None,
                    start,
                    party: 1,
                    note: String::new(),
                })
            }
        }
    }

    /// What the accepted commands make of this customer's bookings: start, state and number of changes.
    fn expected(&self) -> BTreeMap<BookingId, (Timestamp, BookingState, u32)> {
        let mut bookings = BTreeMap::new();
        for (sent, verdict) in self.sent.iter().zip(&self.told) {
            if !matches!(verdict, Verdict::Accepted { .. }) {
                continue;
            }
            match serde_json::from_value(sent.command.clone()).unwrap() {
                Command::Book(book) => {
                    let twice = bookings.insert(book.booking, (book.start, BookingState::Confirmed, 0));
                    assert!(twice.is_none(), "no booking is made twice");
                }
                Command::Reschedule(to) => {
                    let booking = bookings.get_mut(&to.booking).expect("only a booking that exists is moved");
                    *booking = (to.start, booking.1, booking.2 + 1);
                }
                Command::Cancel(cancel) => {
                    let booking = bookings.get_mut(&cancel.booking).expect("only a booking that exists is cancelled");
                    *booking = (booking.0, BookingState::Cancelled, booking.2 + 1);
                }
                other => panic!("nobody sent {other:?}"),
            }
        }
        bookings
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_and_nothing_happens_twice() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let rounds = number("KILL_ROUNDS").unwrap_or(50);
    let seed = number("KILL_SEED").unwrap_or_else(rand::random);
    println!("KILL_SEED={seed} KILL_ROUNDS={rounds}");
    let mut rng = StdRng::seed_from_u64(seed);

    let folder = tempfile::tempdir().unwrap();
    Program::apply(folder.path(), &datebook_tests::business()).await.unwrap();
    let mut server = Program::serve(folder.path(), 0, &[]).await.unwrap();
    let port = server.port();
    let mut devices = Vec::new();
    for number in 0..DEVICES {
        let person = Person::sign_in(&server.address, &format!("kill-{number}@people.example")).await.unwrap();
        let rng = StdRng::seed_from_u64(rng.random());
        devices.push(Device { person, rng, sent: Vec::new(), told: Vec::new() });
    }
    let starts = starts(&devices[0].person).await;
    assert!(starts.len() > 100, "there is room to fight over");

    let mut under_way = 0;
    for _ in 0..rounds {
        let tasks: Vec<_> = devices
            .drain(..)
            .map(|device| {
                let starts = starts.clone();
                tokio::spawn(async move { device.work(&starts).await })
            })
            .collect();
        // After a random number of verdicts: whatever the other devices have under way is cut off.
        let enough = HEARD.load(Ordering::SeqCst) + rng.random_range(1..60);
        while HEARD.load(Ordering::SeqCst) < enough {
            TOLD.notified().await;
        }
        server.kill().await.unwrap();
        for task in tasks {
            let device = task.await.unwrap();
            under_way += usize::from(device.told.len() < device.sent.len());
            devices.push(device);
        }
        server = Program::serve(folder.path(), port, &[]).await.unwrap();
    }

    let mut live = BTreeMap::new();
    let mut told = 0;
    let mut accepted = BTreeMap::<&str, usize>::new();
    for device in &mut devices {
        assert!(device.push_rest().await, "the server that lives answers");
        assert_eq!(device.sent.len(), device.told.len(), "every command has its verdict in the end");
        // Sending everything again changes nothing and hears the same.
        for (chunk, heard) in device.sent.chunks(100).zip(device.told.chunks(100)) {
            let again = device.person.push(chunk.to_vec()).await.unwrap();
            let again: Vec<_> = again.verdicts.into_iter().map(|told| told.verdict).collect();
            assert_eq!(again, heard, "an acknowledged verdict is the verdict for ever");
        }
        let pulled = device.person.pull().await.unwrap();
        let bookings: Vec<Booking> = documents(&pulled, "customer/", "booking");
        let found: BTreeMap<_, _> =
            bookings.iter().map(|booking| (booking.id, (booking.span.from, booking.state, booking.revision))).collect();
        assert_eq!(found, device.expected(), "the bookings are what the accepted commands make, change for change");
        for booking in bookings.into_iter().filter(|booking| booking.state.is_live()) {
            for claimed in &booking.claims {
                live.insert((claimed.calendar.to_string(), booking.id), claimed.span);
            }
        }
        told += device.told.len();
        for verdict in &device.told {
            *accepted.entry(name(verdict)).or_default() += 1;
        }
    }
    let pulled = devices[0].person.pull().await.unwrap();
    let mut claims = BTreeMap::new();
    for space in pulled.iter().filter(|space| space.space.starts_with("calendar/")) {
        let calendar = space.space.trim_start_matches("calendar/").to_owned();
        for day in documents::<CalendarDay>(std::slice::from_ref(space), "calendar/", "day") {
            for claim in day.claims {
                claims.insert((calendar.clone(), claim.id), claim.span);
            }
        }
    }
    assert_eq!(claims, live, "the calendars hold the claims of the live bookings and nothing else");
    let taken: Vec<_> = claims.into_iter().collect();
    for (n, ((calendar, id), span)) in taken.iter().enumerate() {
        for ((other, stranger), theirs) in &taken[n + 1..] {
            assert!(calendar != other || !span.overlaps(theirs), "{id} and {stranger} overlap in {calendar}");
        }
    }
    println!("{rounds} kills with {under_way} pushes under way; {told} commands with a verdict: {accepted:?}");
    // Without these the books would balance on a server that says no to everything.
    for outcome in ["booked", "rescheduled", "cancelled", "refused"] {
        assert!(accepted.contains_key(outcome), "the load has each outcome: {outcome} is missing");
    }
    assert!(under_way as u64 >= rounds, "kills hit pushes under way");
}

fn name(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Accepted { outcome: Outcome::Booked { .. } } => "booked",
        Verdict::Accepted { outcome: Outcome::Rescheduled { .. } } => "rescheduled",
        Verdict::Accepted { outcome: Outcome::Cancelled { .. } } => "cancelled",
        Verdict::Accepted { .. } => "other",
        Verdict::Refused { .. } => "refused",
    }
}

/// The bodies of one kind in spaces of one family, as they are last.
fn documents<T: serde::de::DeserializeOwned>(pulled: &[SpaceChanges], family: &str, kind: &str) -> Vec<T> {
    let mut bodies = BTreeMap::new();
    for space in pulled.iter().filter(|space| space.space.starts_with(family)) {
        for change in space.changes.iter().filter(|change| change.kind == kind) {
            bodies.insert((space.space.clone(), change.id.clone()), change.body.clone());
        }
    }
    bodies.into_values().flatten().map(|body| serde_json::from_value(body).unwrap()).collect()
}

/// Free starts far enough ahead that nothing about them is too late.
async fn starts(person: &Person) -> Vec<Timestamp> {
    let (service, variant, place) = datebook_tests::cut();
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
    starts
}
