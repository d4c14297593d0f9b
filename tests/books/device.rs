//! One device: it invents commands, pushes them, and pushes them again when no answer comes.

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};

use domain::{BookingId, BookingState, CommandId, Timestamp};
use portal::{Book, Cancel, Command, Reschedule};
use protocol::Verdict;
use rand::{Rng, SeedableRng, rngs::StdRng, seq::IndexedRandom};
use testkit::{Answered, Person, Sent};

use super::Heard;

/// A push that has no verdict by then never gets one.
const PATIENCE: Duration = Duration::from_secs(50);

/// How often a device pushed.
#[derive(Debug, Clone, Default)]
pub struct Tries {
    /// How many pushes ended well after so many tries.
    pub pushes: BTreeMap<usize, usize>,
    /// How many tries ended without an answer.
    pub broken: usize,
    /// How many of those had no answer for so long that the device gave up waiting. About once in ten thousand pushes at
    /// nodes that come and go, a request is handed over in the very moment in which its connection closes, and stays in the
    /// HTTP client's channel between being counted and being there: nobody sends it, nobody fails it.
    pub lost: usize,
    /// The longest that a push took in all, from its first try to its verdict, of those where no try was lost.
    pub longest: Duration,
    /// The statuses of answers that were no verdicts, and how often each came.
    pub answered: BTreeMap<u16, usize>,
}

impl Tries {
    /// Both together.
    pub fn add(&mut self, other: &Self) {
        for (tries, pushes) in &other.pushes {
            *self.pushes.entry(*tries).or_default() += pushes;
        }
        self.broken += other.broken;
        self.lost += other.lost;
        self.longest = self.longest.max(other.longest);
        for (status, times) in &other.answered {
            *self.answered.entry(*status).or_default() += times;
        }
    }

    /// How many pushes there were that ended well.
    pub fn total(&self) -> usize {
        self.pushes.values().sum()
    }

    /// How many of them needed more than so many tries.
    pub fn above(&self, tries: usize) -> usize {
        self.pushes.range(tries + 1..).map(|(_, pushes)| pushes).sum()
    }
}

/// One device: what it sent, what it was told, what it will send again.
pub struct Device {
    /// Whose it is, and where it reaches the server.
    pub person: Person,
    rng: StdRng,
    /// Every command ever sent, in order of number.
    pub(super) sent: Vec<Sent>,
    /// The acknowledged verdicts: number 1 first.
    pub(super) told: Vec<Verdict>,
    /// How it went.
    pub tries: Tries,
}

impl Device {
    /// A device that has sent nothing yet. Equal seeds invent the same.
    pub fn new(person: Person, seed: u64) -> Self {
        let rng = StdRng::seed_from_u64(seed);
        Self { person, rng, sent: Vec::new(), told: Vec::new(), tries: Tries::default() }
    }

    /// Whether something it sent has no verdict yet.
    pub fn waits(&self) -> bool {
        self.told.len() < self.sent.len()
    }

    /// Pushes until the connection breaks. A server that answers no verdict is asked again.
    pub async fn work(mut self, starts: &[Timestamp], heard: &Heard) -> Self {
        while self.tries.broken == 0 {
            self.invent_some(starts);
            self.push_rest(heard).await;
        }
        self.tries.broken = 0;
        self
    }

    /// Pushes, whatever it takes, until it is enough and everything has its verdict.
    pub async fn insist(mut self, starts: &[Timestamp], heard: &Heard, enough: &AtomicBool) -> Self {
        while !enough.load(Ordering::SeqCst) || self.waits() {
            self.invent_some(starts);
            let (began, lost, mut tries) = (Instant::now(), self.tries.lost, 1);
            while !self.push_rest(heard).await {
                tries += 1;
                assert!(began.elapsed() < PATIENCE, "no verdict after {tries} tries: {:?}", self.tries);
            }
            if self.tries.lost == lost {
                self.tries.longest = self.tries.longest.max(began.elapsed());
            }
            *self.tries.pushes.entry(tries).or_default() += 1;
        }
        self
    }

    /// Sends what has no verdict yet. False when there was no answer.
    ///
    /// # Panics
    /// When the answer is out of order.
    pub async fn push_rest(&mut self, heard: &Heard) -> bool {
        let pushed = match self.person.push(self.sent[self.told.len()..].to_vec()).await {
            Ok(pushed) => pushed,
            Err(error) => {
                self.tries.lost += usize::from(error.is::<testkit::Lost>());
                match error.downcast_ref::<Answered>() {
                    Some(Answered { status, .. }) => *self.tries.answered.entry(*status).or_default() += 1,
                    None => self.tries.broken += 1,
                }
                return false;
            }
        };
        for told in &pushed.verdicts {
            assert_eq!(told.number, self.told.len() as u64 + 1, "verdicts come in order and without gaps");
            self.told.push(told.verdict.clone());
        }
        heard.count(pushed.verdicts.len());
        true
    }

    /// Thinks of something to send when everything has its verdict.
    fn invent_some(&mut self, starts: &[Timestamp]) {
        if self.waits() {
            return;
        }
        for _ in 0..self.rng.random_range(1..4) {
            let command = self.invent(starts);
            let number = self.sent.len() as u64 + 1;
            let command = serde_json::to_value(command).unwrap();
            self.sent.push(Sent { number, id: CommandId::new(), command });
        }
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
                let (service, variant, place) = crate::cut();
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

    /// How many of its commands were accepted: each of them changes a booking, and is told by one mail.
    pub fn accepted(&self) -> usize {
        self.told.iter().filter(|verdict| matches!(verdict, Verdict::Accepted { .. })).count()
    }

    /// What the accepted commands make of this customer's bookings: start, state and number of changes.
    pub(super) fn expected(&self) -> BTreeMap<BookingId, (Timestamp, BookingState, u32)> {
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
