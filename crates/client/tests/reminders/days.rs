//! A device's days: what happens to it, and what must then have been shown.
//!
//! The world keeps three states of each booking: the truth at the server, what the device has pulled, and what waits on
//! the device. The device sees the last that there is. Its clock may be wrong; it sees nothing while it sleeps.
//!
//! What must be shown is worked out here once more, in another way than in the plan: at every look, of each booking that
//! will take place, the reminder due last must have been shown, if its customer did not choose the time after that; and
//! whatever is shown must be exactly that one.

use std::collections::{BTreeMap, BTreeSet};

use client::reminder::{RemindedBooking, ReminderKey, ReminderKind, ReminderPlan, ReminderSettings, ShownLog, plan};
use domain::{
    Booking, BookingId, BookingState, Timestamp,
    booking::{By, Change},
};
use jiff::{
    SignedDuration,
    tz::{TimeZone, TimeZoneDatabase},
};

use crate::rules::{all, booking, entry, shown};

/// Where a device may be; it begins in the first.
pub(crate) const ZONES: [&str; 4] = ["Europe/Berlin", "America/New_York", "Asia/Kolkata", "Pacific/Auckland"];

fn zone_of(name: &str) -> TimeZone {
    TimeZoneDatabase::bundled().get(name).unwrap()
}

/// Something that happens to a device.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    /// Time passes.
    Pass {
        minutes: u32,
    },
    /// The lid is closed, and opened again.
    Sleep {
        minutes: u32,
    },
    /// Somebody, or the network, sets the clock.
    Jump {
        minutes: i32,
    },
    /// The device is in another of the [`ZONES`].
    Travel {
        zone: usize,
    },
    /// The program ends and starts again.
    Restart,
    /// The device and its server agree; what waits is accepted or refused.
    Sync {
        accepted: bool,
    },
    Book {
        hours: u32,
        by: By,
    },
    Move {
        which: usize,
        minutes: i32,
        by: By,
    },
    Cancel {
        which: usize,
        by: By,
    },
    Resume {
        which: usize,
    },
    /// A change that leaves the time alone.
    Note {
        which: usize,
    },
    Settings {
        day_before: bool,
        hours: Option<u8>,
        travel: Option<u16>,
    },
}

/// What may be wrong with whoever carries a plan out. The test must notice each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    None,
    /// The log is lost with the program.
    ForgetsAtRestart,
    /// What was planned is shown without looking again.
    KeepsOldPlans,
    /// The moment of showing is compared with the clock instead of asking the log.
    TrustsTheClock,
    /// What was due while the device slept is passed over.
    SleepsThrough,
    /// Only what the server said counts, not what waits on the device.
    ForgetsWhatWaits,
    /// A booking reminds whatever became of it.
    RemindsOfTheDead,
    /// A booking that was moved counts as reminded of.
    ForgetsTheTime,
    /// What waits with the system keeps the words of where it was left.
    ForgetsTheZone,
    /// What was left with the system first keeps its place, however far it is.
    FirstComeFirstServed,
}

#[derive(Debug, Clone)]
struct Version {
    booking: Booking,
    /// When its customer chose the time; nothing when the business did.
    chosen: Option<Timestamp>,
}

#[derive(Debug, Clone, Default)]
struct States {
    truth: Option<Version>,
    pulled: Option<Version>,
    waiting: Option<Version>,
}

impl States {
    fn seen(&self) -> Option<&Version> {
        self.waiting.as_ref().or(self.pulled.as_ref())
    }
}

pub(crate) struct Days {
    fault: Fault,
    /// What time it is in truth.
    now: Timestamp,
    /// How far the device's clock is off.
    off: SignedDuration,
    settings: ReminderSettings,
    /// Where the device is.
    here: TimeZone,
    bookings: Vec<States>,
    log: ShownLog,
    /// The same days on a phone: what it has noted, and which offset the words rest on that wait with its system.
    noted: ShownLog,
    left: BTreeMap<ReminderKey, i32>,
    old: ReminderPlan,
    last_look: Timestamp,
    /// How often each was shown.
    pub(crate) shown: BTreeMap<ReminderKey, u32>,
}

/// How many the phone's system keeps; far fewer than a real one, so that they are often too few.
const PLACES: usize = 3;

/// The most time between two looks of a device that is awake.
const TICK: i64 = 30;

impl Days {
    pub(crate) fn begin(fault: Fault) -> Self {
        let now: Timestamp = "2026-10-12T06:00:00Z".parse().unwrap();
        Self {
            fault,
            now,
            off: SignedDuration::ZERO,
            settings: all(),
            here: zone_of(ZONES[0]),
            bookings: Vec::new(),
            log: ShownLog::default(),
            noted: ShownLog::default(),
            left: BTreeMap::new(),
            old: ReminderPlan::default(),
            last_look: now,
            shown: BTreeMap::new(),
        }
    }

    fn clock(&self) -> Timestamp {
        self.now + self.off
    }

    /// Something happens, and the device looks what that means; `Err` says what is wrong with what it did.
    pub(crate) fn happen(&mut self, step: &Step) -> Result<(), String> {
        match *step {
            Step::Pass { minutes } => return self.pass(i64::from(minutes)),
            Step::Sleep { minutes } => self.now += SignedDuration::from_mins(i64::from(minutes)),
            Step::Jump { minutes } => self.off += SignedDuration::from_mins(i64::from(minutes)),
            Step::Travel { zone } => self.here = zone_of(ZONES[zone]),
            Step::Restart => {
                self.old = ReminderPlan::default();
                if self.fault == Fault::ForgetsAtRestart {
                    self.log = ShownLog::default();
                }
            }
            Step::Sync { accepted } => self.sync(accepted),
            Step::Book { hours, by } => {
                let start = self.now + SignedDuration::from_hours(i64::from(hours));
                let number = self.bookings.len() as u64 + 1;
                self.bookings.push(States::default());
                self.change(self.bookings.len() - 1, by, |_| Some((booking(number, start), true)));
            }
            Step::Move { which, minutes, by } => self.change(which, by, |old| {
                let mut booking = old.filter(|booking| booking.state.is_live())?;
                let by = SignedDuration::from_mins(i64::from(minutes));
                booking.span.from += by;
                booking.span.to += by;
                Some((booking, true))
            }),
            Step::Cancel { which, by } => self.set(which, by, BookingState::Confirmed, BookingState::Cancelled),
            Step::Resume { which } => self.set(which, By::Customer, BookingState::Cancelled, BookingState::Confirmed),
            Step::Note { which } => self.change(which, By::Customer, |old| Some((old?, false))),
            Step::Settings { day_before, hours, travel } => {
                self.settings = ReminderSettings { day_before, hours_before: hours, travel, tray: false };
            }
        }
        self.look(matches!(step, Step::Sleep { .. } | Step::Restart | Step::Pass { .. }))
    }

    fn set(&mut self, which: usize, by: By, from: BookingState, to: BookingState) {
        self.change(which, by, |old| {
            let booking = old.filter(|booking| booking.state == from)?;
            Some((Booking { state: to, ..booking }, false))
        });
    }

    /// The customer changes what the device shows, which waits; the business changes the truth.
    fn change(&mut self, which: usize, by: By, how: impl FnOnce(Option<Booking>) -> Option<(Booking, bool)>) {
        let (clock, now) = (self.clock(), self.now);
        let count = self.bookings.len();
        let Some(states) = self.bookings.get_mut(which % count.max(1)) else { return };
        let old = if by == By::Customer { states.seen() } else { states.truth.as_ref() }.cloned();
        let at = if by == By::Customer { clock } else { now };
        let chosen = old.as_ref().and_then(|old| old.chosen);
        let Some((mut booking, sets_time)) = how(old.map(|old| old.booking)) else { return };
        booking.revision += 1;
        let (from, to) = (booking.span.from, booking.span.from);
        booking.ledger.push(entry(
            at,
            by,
            if sets_time { Change::Rescheduled { from, to } } else { Change::AttendanceConfirmed },
        ));
        let chosen = if sets_time { (by == By::Customer).then_some(at) } else { chosen };
        let version = Some(Version { booking, chosen });
        if by == By::Customer { states.waiting = version } else { states.truth = version }
    }

    fn sync(&mut self, accepted: bool) {
        for states in &mut self.bookings {
            if let Some(mut version) = states.waiting.take().filter(|_| accepted) {
                // The server decides anew: it writes its own moment down.
                if let Some(chosen) = version.chosen.as_mut() {
                    let ledger = version.booking.ledger.iter_mut();
                    ledger.filter(|entry| entry.at == *chosen).for_each(|entry| entry.at = self.now);
                    *chosen = self.now;
                }
                states.truth = Some(version);
            }
            states.pulled = states.truth.clone();
        }
    }

    /// Time passes while the device is awake: it looks when something is due, and now and then.
    fn pass(&mut self, minutes: i64) -> Result<(), String> {
        let end = self.now + SignedDuration::from_mins(minutes);
        while self.now < end {
            let tick = self.now + SignedDuration::from_mins(TICK);
            let due = self.old.next.first().map_or(tick, |next| next.key.due - self.off);
            self.now = tick.min(due.max(self.now + SignedDuration::from_secs(1))).min(end);
            self.look(false)?;
        }
        Ok(())
    }

    /// What the device reads: as it shows them, from now on.
    fn seen(&self) -> Vec<RemindedBooking> {
        let clock = self.clock();
        let one = |states: &States| {
            let booking = &states.seen()?.booking;
            let waiting = states.waiting.is_some();
            (clock <= booking.span.from).then(|| RemindedBooking { waiting, ..shown(booking.clone()) })
        };
        self.bookings.iter().filter_map(one).collect()
    }

    fn look(&mut self, woke: bool) -> Result<(), String> {
        let clock = self.clock();
        let fresh = plan(&self.seen(), &self.settings, &self.log, clock, &self.here);
        let mut due = fresh.now.clone();
        let planned = |bookings: &[RemindedBooking]| plan(bookings, &self.settings, &self.log, clock, &self.here).now;
        match self.fault {
            Fault::KeepsOldPlans => {
                due.extend(self.old.next.iter().filter(|old| old.key.due <= clock && !self.log.has(&old.key)).cloned());
                due.sort_by_key(|one| one.key);
                due.dedup_by_key(|one| one.key);
            }
            Fault::TrustsTheClock => {
                due = plan(&self.seen(), &self.settings, &ShownLog::default(), clock, &self.here).now;
                due.retain(|one| one.key.due > self.last_look);
            }
            Fault::SleepsThrough if woke => due.clear(),
            Fault::ForgetsWhatWaits => {
                let pulled = |states: &States| Some(shown(states.pulled.as_ref()?.booking.clone()));
                due = planned(&self.bookings.iter().filter_map(pulled).collect::<Vec<_>>());
            }
            Fault::RemindsOfTheDead => {
                let mut bookings = self.seen();
                bookings.iter_mut().for_each(|one| one.booking.state = BookingState::Confirmed);
                due = planned(&bookings);
            }
            Fault::ForgetsTheTime => {
                let known = |one: &ReminderKey, key: &ReminderKey| (one.booking, one.kind) == (key.booking, key.kind);
                due.retain(|one| !self.shown.keys().any(|key| known(key, &one.key)));
            }
            _ => {}
        }
        let mut wrong = Vec::new();
        for one in &due {
            let times = self.shown.entry(one.key).or_default();
            *times += 1;
            if *times > 1 {
                wrong.push(format!("{:?} was shown {times} times", one.key));
            }
            if !self.current().iter().any(|(current, _)| *current == one.key) {
                wrong.push(format!("{:?} was shown at {clock} for nothing", one.key));
            }
            self.log.note(one);
        }
        for (key, chosen) in self.current() {
            if chosen.is_none_or(|chosen| chosen < key.due) && !self.shown.contains_key(&key) {
                wrong.push(format!("{key:?} was not shown at {clock}"));
            }
        }
        for key in self.shown.keys() {
            let dead = !self.live().any(|live| live.id == key.booking);
            if dead
                && self.log.entries().any(|entry| entry.key == *key && clock < entry.start)
                && !fresh.gone.contains(key)
            {
                wrong.push(format!("{key:?} is not taken back"));
            }
        }
        wrong.extend(self.look_on_a_phone());
        self.old = plan(&self.seen(), &self.settings, &self.log, clock, &self.here);
        self.last_look = clock;
        if wrong.is_empty() { Ok(()) } else { Err(wrong.join("; ")) }
    }

    /// A phone leaves what comes next with its system beforehand. What waits there is due before what does not, and says
    /// the time as it is where the device is.
    fn look_on_a_phone(&mut self) -> Vec<String> {
        let clock = self.clock();
        let here = if self.fault == Fault::ForgetsTheZone { zone_of(ZONES[0]) } else { self.here.clone() };
        let fresh = plan(&self.seen(), &self.settings, &self.noted, clock, &here);
        for key in &fresh.gone {
            if self.left.remove(key).is_some() {
                self.noted.take_back(key);
            }
        }
        let waiting: BTreeSet<ReminderKey> = self.left.keys().copied().collect();
        let mut placed = fresh.placed(&waiting, PLACES);
        if self.fault == Fault::FirstComeFirstServed {
            placed = fresh.placed(&waiting, usize::MAX);
            placed.leave.truncate(PLACES.saturating_sub(waiting.len()));
        }
        for key in &placed.back {
            self.left.remove(key);
            self.noted.take_back(key);
        }
        for one in placed.again.into_iter().chain(placed.leave).chain(&fresh.now) {
            self.noted.note(one);
            self.left.insert(one.key, one.offset);
        }
        self.left.retain(|key, _| clock < key.due);
        let mut wrong = Vec::new();
        if self.left.len() > PLACES {
            wrong.push("more wait than there are places".to_owned());
        }
        let unplaced = plan(&self.seen(), &self.settings, &self.noted, clock, &here).next;
        if let (Some(next), Some(last)) = (unplaced.first(), self.left.keys().map(|key| key.due).max())
            && (next.key.due < last || self.left.len() < PLACES)
        {
            wrong.push(format!("{:?} has no place, and one at {last} has", next.key));
        }
        for booking in self.live() {
            let time = self.here.to_offset(booking.span.from).seconds();
            for (key, said) in self.left.iter().filter(|(key, _)| key.booking == booking.id) {
                if *said != time {
                    wrong.push(format!("{key:?} waits with the time of another zone"));
                }
            }
        }
        wrong
    }

    /// The bookings that will take place, as the device shows them.
    fn live(&self) -> impl Iterator<Item = &Booking> {
        let clock = self.clock();
        let seen = self.bookings.iter().filter_map(|states| Some(&states.seen()?.booking));
        seen.filter(move |booking| booking.state == BookingState::Confirmed && clock < booking.span.from)
    }

    /// The reminder due last of each booking that will take place, and when its customer chose the time.
    fn current(&self) -> Vec<(ReminderKey, Option<Timestamp>)> {
        let clock = self.clock();
        let mut current = Vec::new();
        for booking in self.live() {
            let start = booking.span.from;
            let civil = booking.zone.zoned(start).datetime();
            let mut moments = Vec::new();
            if self.settings.day_before {
                moments.push((
                    booking.zone.at(civil.date().yesterday().unwrap().to_datetime(civil.time())),
                    ReminderKind::DayBefore,
                ));
            }
            if let Some(hours) = self.settings.hours_before {
                moments.push((start - SignedDuration::from_hours(i64::from(hours)), ReminderKind::HoursBefore));
            }
            if let Some(minutes) = self.settings.travel {
                moments.push((start - SignedDuration::from_mins(i64::from(minutes)), ReminderKind::LeaveBy));
            }
            let Some((due, kind)) = moments.into_iter().filter(|(due, _)| *due <= clock).max() else { continue };
            let chosen = self.chosen(booking.id);
            current.push((ReminderKey { booking: booking.id, kind, due }, chosen));
        }
        current
    }

    fn chosen(&self, id: BookingId) -> Option<Timestamp> {
        let versions = self.bookings.iter().filter_map(States::seen);
        versions.filter(|version| version.booking.id == id).find_map(|version| version.chosen)
    }
}
