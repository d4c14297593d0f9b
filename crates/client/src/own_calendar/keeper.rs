//! When the customer's own calendar is looked after, and what is kept about it.
//!
//! **Invariant:** one round at a time. A round that fails leaves the log as true as it was; the next one goes on from it.
//! **Invariant:** an appointment that cannot be read keeps its event as it is, and so does a whole business; neither is
//! in another's way.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use domain::{Booking, BookingId, Timestamp, calendar::utc_date};
use portal::{
    documents::{Kind, day_sort},
    spaces,
};
use store::{List, Read, sqlite::SqliteStore};
use tokio::{runtime::Handle, sync::Notify};
use uuid::Uuid;

use super::{
    CalendarError, CalendarProblem, Entry, OwnCalendar, OwnCalendarCard, Wanted, around,
    carry_out::{Notes, carry_out},
    entry::{entry, sign},
    log::{Choice, Log},
    plan::{Known, Sight, Version, Written, plan},
};
use crate::{Trouble, account::Account, desk::decode, layered::Layered};

/// Most appointments to come that are kept in the calendar; later ones follow when they come nearer.
const MOST: usize = 2_000;

/// Looks after the customer's own calendar.
pub(crate) struct Keeper {
    log: Log,
    calendar: OnceLock<Arc<dyn OwnCalendar>>,
    problem: Mutex<Option<CalendarProblem>>,
    round: tokio::sync::Mutex<()>,
    /// Rings when there is a reason to look.
    pub(crate) bell: Arc<Notify>,
}

/// An appointment, and what its event says besides.
struct Appointment {
    booking: Booking,
    name: String,
    address: String,
}

/// What is to come, as far as it can be said.
#[derive(Default)]
struct ToCome {
    /// What is off or over early too.
    appointments: BTreeMap<BookingId, (Uuid, Appointment)>,
    /// Appointments of which nothing can be said at present.
    unreadable: BTreeSet<BookingId>,
    /// Businesses of which nothing can be said at present.
    silent: BTreeSet<Uuid>,
}

impl Keeper {
    pub(crate) fn new(store: SqliteStore) -> Self {
        Self {
            log: Log::new(store),
            calendar: OnceLock::new(),
            problem: Mutex::default(),
            round: tokio::sync::Mutex::default(),
            bell: Arc::default(),
        }
    }

    /// Gives it a calendar to look after. Only the first counts.
    pub(crate) fn adopt(&self, calendar: Arc<dyn OwnCalendar>) {
        let _ = self.calendar.set(calendar);
        self.bell.notify_one();
    }

    pub(crate) fn has_calendar(&self) -> bool {
        self.calendar.get().is_some()
    }

    /// How it shows to its owner.
    pub(crate) async fn card(&self) -> Result<OwnCalendarCard, Trouble> {
        let Choice { on, name } = self.log.choice().await?;
        let problem = *self.problem.lock().unwrap_or_else(PoisonError::into_inner);
        let lets_move = self.calendar.get().is_some_and(|calendar| calendar.lets_move());
        Ok(OwnCalendarCard { offered: self.calendar.get().is_some(), on, name, lets_move, problem })
    }

    /// Whether it is on and well, and its events can ring.
    pub(crate) async fn can_ring(&self) -> Result<bool, Trouble> {
        let OwnCalendarCard { on, problem, .. } = self.card().await?;
        Ok(on && problem.is_none() && self.calendar.get().is_some_and(|calendar| calendar.can_ring()))
    }

    /// Turns it on or off. What is off has no events left after the next round.
    pub(crate) async fn choose(&self, on: bool) -> Result<OwnCalendarCard, Trouble> {
        if on {
            let opened = self.ask(|calendar| calendar.open()).await;
            self.stands(opened.as_ref().err());
            if let Ok(name) = opened {
                self.log.choose(&Choice { on, name: Some(name) }).await?;
            }
        } else {
            self.stands(None);
            self.log.choose(&Choice::default()).await?;
        }
        self.bell.notify_one();
        self.card().await
    }

    /// The events that their owner moved and was not asked about yet: which business and appointment, and to when.
    pub(crate) async fn asked(&self) -> Result<Vec<(Uuid, BookingId, Timestamp)>, Trouble> {
        let written = self.log.written().await?;
        Ok(written.iter().filter_map(|(id, written)| Some((written.business, *id, written.asked?))).collect())
    }

    /// The owner says that the appointment stays: its event is put back.
    pub(crate) async fn put_back(&self, booking: BookingId) -> Result<(), Trouble> {
        let _round = self.round.lock().await;
        if let Some(mut written) = self.log.written().await?.remove(&booking)
            && let Some(asked) = written.asked.take()
        {
            written.declined = Some(asked);
            self.log.note(booking, Some(&written)).await?;
        }
        self.bell.notify_one();
        Ok(())
    }

    /// What the owner has at that time; nothing when it is off.
    pub(crate) async fn busy(&self, span: domain::Span) -> Result<Vec<super::Busy>, Trouble> {
        if !self.log.choice().await?.on {
            return Ok(Vec::new());
        }
        Ok(self.ask(move |calendar| calendar.busy(span)).await.unwrap_or_else(|error| {
            // Only a kindness: without it, the time can be taken all the same.
            tracing::debug!(%error, "the customer's own calendar does not say what is in it");
            Vec::new()
        }))
    }

    /// Brings the calendar into agreement with what the device shows; its events remind by themselves if they are to
    /// `ring` and can. Those of `unread` businesses stay. The businesses whose open questions changed.
    pub(crate) async fn round(
        &self,
        accounts: &[Arc<Account>],
        unread: BTreeSet<Uuid>,
        now: Timestamp,
        rings: bool,
    ) -> Result<BTreeSet<Uuid>, Trouble> {
        let _round = self.round.lock().await;
        let on = self.log.choice().await?.on;
        let log = self.log.written().await?;
        if self.calendar.get().is_none() || !on && log.is_empty() {
            return Ok(BTreeSet::new());
        }
        let mut to_come = ToCome { silent: if on { unread } else { BTreeSet::new() }, ..ToCome::default() };
        for account in accounts.iter().filter(|_| on) {
            if let Err(trouble) = to_come.add(account, now).await {
                tracing::warn!(business = %account.id, %trouble, "appointments cannot be read; their events stay");
                to_come.silent.insert(account.id);
            }
        }
        let before = asked_of(&log);
        let (disk, runtime) = (self.log.clone(), Handle::current());
        let sight = move |calendar: &dyn OwnCalendar| {
            // Where no event ever rings, none is written anew because it should or should not.
            let rings = rings && calendar.can_ring();
            look_after(calendar, (now, rings), &to_come, &log, disk, runtime)
        };
        let done = self.ask(sight).await;
        self.stands(done.as_ref().err());
        if let Err(error) = done {
            tracing::warn!(%error, "the customer's own calendar could not be brought up to date");
        }
        let after = asked_of(&self.log.written().await?);
        Ok(before.symmetric_difference(&after).map(|(business, ..)| *business).collect())
    }

    /// Notes what is wrong with the calendar, or that nothing is.
    fn stands(&self, error: Option<&CalendarError>) {
        *self.problem.lock().unwrap_or_else(PoisonError::into_inner) = error.map(CalendarProblem::from);
    }

    /// Uses the calendar on a thread that may block.
    async fn ask<T: Send + 'static>(
        &self,
        how: impl FnOnce(&dyn OwnCalendar) -> Result<T, CalendarError> + Send + 'static,
    ) -> Result<T, CalendarError> {
        let calendar = Arc::clone(self.calendar.get().ok_or(CalendarError::Missing)?);
        let answer = tokio::task::spawn_blocking(move || how(&*calendar)).await;
        answer.map_err(|stopped| CalendarError::Failed(stopped.to_string()))?
    }
}

fn asked_of(log: &BTreeMap<BookingId, Written>) -> BTreeSet<(Uuid, BookingId, Timestamp)> {
    log.iter().filter_map(|(id, written)| Some((written.business, *id, written.asked?))).collect()
}

fn look_after(
    calendar: &dyn OwnCalendar,
    (now, rings): (Timestamp, bool),
    ToCome { appointments, unreadable, silent }: &ToCome,
    log: &BTreeMap<BookingId, Written>,
    disk: Log,
    runtime: Handle,
) -> Result<(), CalendarError> {
    let bookings = appointments.iter().map(|(id, (business, appointment))| {
        let Booking { state, revision, span, .. } = appointment.booking;
        (*id, (*business, Known::of(state, Version { revision, span })))
    });
    let bookings: BTreeMap<_, _> = bookings.collect();
    let ids: BTreeSet<BookingId> = bookings.keys().chain(log.keys()).copied().collect();
    let wanted = ids.into_iter().map(|id| {
        let now = appointments.get(&id).map(|(_, of)| sign(&of.booking, &of.name, &of.address));
        let written = log.get(&id).and_then(|written| written.sign.clone());
        Wanted { booking: id, signs: now.into_iter().chain(written).collect() }
    });
    let wanted: Vec<Wanted> = wanted.collect();
    let around = around(appointments.values().map(|(_, appointment)| appointment.booking.span), now);
    let held = calendar.held(&wanted, around)?;
    let plan = plan(&Sight { now, bookings: &bookings, unreadable, silent, held: &held, log, rings });
    for finding in &plan.findings {
        tracing::info!(?finding, "the customer's own calendar was not as it was left");
    }
    let made = |booking: BookingId| -> Option<Entry> {
        let (_, Appointment { booking, name, address }) = appointments.get(&booking)?;
        Some(entry(booking, name, address, now, rings))
    };
    carry_out(&plan, calendar, &mut Disk { log: disk, runtime }, log, &made)
}

/// The log, for whoever is on a thread that may block.
struct Disk {
    log: Log,
    runtime: Handle,
}

impl Notes for Disk {
    fn note(&mut self, booking: BookingId, written: Option<Written>) -> Result<(), CalendarError> {
        let noted = self.runtime.block_on(self.log.note(booking, written.as_ref()));
        noted.map_err(|trouble| CalendarError::Failed(trouble.to_string()))
    }
}

impl ToCome {
    /// Looks at a business, too.
    async fn add(&mut self, account: &Account, now: Timestamp) -> Result<(), Trouble> {
        let (shown, base) = account.look().await?;
        let Some(customer) = shown.desk.account.customer else { return Ok(()) };
        if !shown.desk.account.ready {
            self.silent.insert(account.id);
            return Ok(());
        }
        let layered = Layered { base: &*base, overlay: &shown.preview.overlay };
        // A visit takes a day at most: whatever began before is over. Whole days, so that today's lists are the same.
        let from = now.checked_sub(jiff::SignedDuration::from_hours(24)).unwrap_or(Timestamp::MIN);
        let list = List {
            from: Some(day_sort(utc_date(from))),
            limit: MOST,
            ..List::all(spaces::customer(customer), Booking::KIND)
        };
        for document in layered.list(&list).await? {
            match decode::<Booking>(&document) {
                Ok(booking) if now < booking.span.to => {
                    let (name, address) = (shown.desk.account.hello.name.clone(), account.wire.address().to_owned());
                    let appointment = Appointment { booking, name, address };
                    self.appointments.insert(appointment.booking.id, (account.id, appointment));
                }
                Ok(_) => {}
                Err(trouble) => {
                    let id = &document.key.id;
                    tracing::warn!(%id, %trouble, "an appointment cannot be read; its event stays");
                    self.unreadable.extend(id.parse::<BookingId>());
                }
            }
        }
        Ok(())
    }
}
