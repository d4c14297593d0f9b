//! What is to be done with the customer's own calendar.
//!
//! **Invariant:** when a plan was carried out, there is exactly one event for each live appointment and none for one that
//! is off, and the next plan is empty. **Invariant:** an event is taken for moved by the customer only if nothing that
//! was ever written, or begun to be, put it where it is. **Invariant:** an event that shows a later state than this device
//! knows stays as it is until the device knows as much. **Invariant:** only events of ours are changed; a copy is taken
//! out and never written to, and what repeats is left alone altogether.
//!
//! What is over is left alone, also when the business said so before its planned end: a calendar is also a diary. A longer
//! or shorter event at the same start is left alone too: people draw the way there into it.

use std::collections::{BTreeMap, BTreeSet};

use domain::{BookingId, BookingState, Span, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Held, Nature, Sign};

/// One state of an appointment, as a calendar is to show it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Version {
    pub(super) revision: u32,
    pub(super) span: Span,
}

/// What the device knows of an appointment whose planned end is still to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Known {
    /// It takes place, as far as this device knows.
    Live(Version),
    /// It is over already, kept or missed: the business said so early.
    Over,
    /// It does not take place.
    Off,
}

impl Known {
    pub(super) fn of(state: BookingState, version: Version) -> Self {
        use BookingState::{
            AwaitingPayment, AwaitingProvider, Cancelled, CheckedIn, Completed, Confirmed, Draft, NoShow, Postponed,
        };
        match state {
            Draft | AwaitingPayment | AwaitingProvider | Confirmed | CheckedIn => Self::Live(version),
            Completed | NoShow => Self::Over,
            Cancelled | Postponed => Self::Off,
        }
    }
}

/// What was written of an appointment, and what its owner said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Written {
    pub(super) business: Uuid,
    /// What was written for certain.
    pub(super) done: Option<Version>,
    /// What was begun to be written and may or may not be there.
    pub(super) begun: Option<Version>,
    /// Where the owner drew the event, while they are asked.
    pub(super) asked: Option<Timestamp>,
    /// Where they drew it and said that the appointment stays.
    pub(super) declined: Option<Timestamp>,
    /// How the event looks, so that it is told when nothing else is known of its appointment any more.
    #[serde(default)]
    pub(super) sign: Option<Sign>,
    /// Whether the event was written with an alarm. Nothing for what an older app wrote, in ways of its own.
    #[serde(default)]
    pub(super) rings: Option<bool>,
}

impl Written {
    pub(super) fn new(business: Uuid) -> Self {
        Self { business, done: None, begun: None, asked: None, declined: None, sign: None, rings: None }
    }

    fn versions(&self) -> impl Iterator<Item = Version> {
        self.done.into_iter().chain(self.begun)
    }

    pub(super) fn end(&self) -> Option<Timestamp> {
        self.versions().map(|version| version.span.to).max()
    }
}

/// Everything that a plan rests on.
#[derive(Debug, Clone)]
pub(super) struct Sight<'a> {
    pub(super) now: Timestamp,
    pub(super) bookings: &'a BTreeMap<BookingId, (Uuid, Known)>,
    /// Appointments of which nothing can be said at present.
    pub(super) unreadable: &'a BTreeSet<BookingId>,
    /// Businesses of which nothing can be said at present.
    pub(super) silent: &'a BTreeSet<Uuid>,
    pub(super) held: &'a [Held],
    pub(super) log: &'a BTreeMap<BookingId, Written>,
    /// Whether events are to remind by themselves.
    pub(super) rings: bool,
}

/// What is to be done, in this order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct CalendarPlan {
    pub(super) steps: Vec<Step>,
    pub(super) findings: Vec<Finding>,
}

/// One thing to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    /// Enter an event.
    Insert { business: Uuid, booking: BookingId, version: Version },
    /// Bring the event up to date.
    Update { business: Uuid, booking: BookingId, version: Version, handle: String },
    /// Take an event out.
    Remove { booking: BookingId, handle: String },
    /// Only note something.
    Note { booking: BookingId, written: Written },
    /// Forget what was written.
    Forget { booking: BookingId },
}

impl Step {
    /// Of which appointment.
    pub(super) fn booking(&self) -> BookingId {
        match self {
            Self::Insert { booking, .. }
            | Self::Update { booking, .. }
            | Self::Remove { booking, .. }
            | Self::Note { booking, .. }
            | Self::Forget { booking } => *booking,
        }
    }
}

/// What was found amiss.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Finding {
    /// There were so many events too many.
    Duplicates { booking: BookingId, extra: usize },
    /// An event of an appointment that does not take place.
    Ghost { booking: BookingId },
    /// The owner moved an event.
    Moved { booking: BookingId, to: Timestamp },
}

/// Says what is to be done.
pub(super) fn plan(sight: &Sight<'_>) -> CalendarPlan {
    let mut plan = CalendarPlan::default();
    let mut held: BTreeMap<BookingId, Vec<&Held>> = BTreeMap::new();
    for event in sight.held {
        held.entry(event.booking).or_default().push(event);
    }
    for (booking, (business, known)) in sight.bookings {
        let events = held.remove(booking).unwrap_or_default();
        let log = sight.log.get(booking);
        match known {
            Known::Live(version) => keep(&mut plan, sight, *business, *booking, *version, events, log),
            // Its event stays, and nothing that happens later has it taken out.
            Known::Over if log.is_some() => plan.steps.push(Step::Forget { booking: *booking }),
            Known::Over => {}
            Known::Off => clear(&mut plan, *booking, &events, log),
        }
    }
    for (booking, written) in sight.log {
        let says_nothing = sight.unreadable.contains(booking) || sight.silent.contains(&written.business);
        if says_nothing || sight.bookings.contains_key(booking) {
            continue;
        }
        if written.end().is_some_and(|end| end <= sight.now) {
            plan.steps.push(Step::Forget { booking: *booking });
        } else {
            clear(&mut plan, *booking, &held.remove(booking).unwrap_or_default(), Some(written));
        }
    }
    plan
}

/// The event of an appointment that takes place.
fn keep(
    plan: &mut CalendarPlan,
    sight: &Sight<'_>,
    business: Uuid,
    booking: BookingId,
    version: Version,
    events: Vec<&Held>,
    log: Option<&Written>,
) {
    // What repeats is its owner's. What shows more than we know was written by a mail or another device of theirs.
    if events.iter().any(|event| event.nature == Nature::Series || is_ahead(event, version, log)) {
        return;
    }
    let (mut events, copies): (Vec<&Held>, Vec<&Held>) =
        events.into_iter().partition(|event| event.nature == Nature::Ours);
    // Of several, the one that is right stays; else the first by name, so that every plan chooses the same.
    events.sort_by_key(|event| {
        let right = event.span.is_some_and(|span| span.from == version.span.from);
        (!right, event.revision != Some(version.revision), event.handle.clone())
    });
    let mut events = events.into_iter();
    let event = events.next();
    if event.is_none() {
        plan.steps.push(Step::Insert { business, booking, version });
    }
    let extra = events.chain(copies).map(|event| Step::Remove { booking, handle: event.handle.clone() });
    let extra: Vec<Step> = extra.collect();
    if !extra.is_empty() {
        plan.findings.push(Finding::Duplicates { booking, extra: extra.len() });
        plan.steps.extend(extra);
    }
    let Some(event) = event else { return };
    let update = Step::Update { business, booking, version, handle: event.handle.clone() };
    let start = event.span.map(|span| span.from);
    if start == Some(version.span.from) {
        let as_wanted = log.is_some_and(|written| written.rings == Some(sight.rings));
        match log {
            // It is where it belongs, and would ring when it should not, or the other way round. One that was imported
            // by hand is taken over with all it says.
            _ if !as_wanted => plan.steps.push(update),
            Some(Written { done: Some(done), begun: None, asked, declined, .. }) if *done == version => {
                if asked.is_some() || declined.is_some() {
                    plan.steps.push(note(business, booking, version, None, log));
                }
            }
            // Written by a program that ended before it could note it.
            _ if event.revision == Some(version.revision) => {
                plan.steps.push(note(business, booking, version, None, log))
            }
            _ => plan.steps.push(update),
        }
        return;
    }
    match start.filter(|start| *start > sight.now && by_hand(event, version, log)) {
        Some(start) if log.and_then(|written| written.declined) == Some(start) => plan.steps.push(update),
        Some(start) => {
            // What stands in the event stays noted: drawn back, it gets the words that it has missed.
            let stands = log.and_then(|written| written.done).unwrap_or(version);
            let asked = note(business, booking, stands, Some(start), log);
            if log.is_none_or(|written| !matches!(&asked, Step::Note { written: new, .. } if new == written)) {
                plan.findings.push(Finding::Moved { booking, to: start });
                plan.steps.push(asked);
            }
        }
        None => plan.steps.push(update),
    }
}

/// Whether the owner drew the event away from where the appointment is, and it does not stand for another state of it.
fn by_hand(event: &Held, version: Version, log: Option<&Written>) -> bool {
    match log {
        // While anything is begun nobody can say what of it was written, nor what was begun before that.
        Some(Written { done: Some(done), begun: None, .. }) => {
            // A revision above what is known was written for a change that was refused since, by us or by a mail.
            let newest = *done == version && event.revision.is_none_or(|revision| revision <= version.revision);
            // What else has changed meanwhile, that somebody is coming perhaps, has moved nothing. But the event has to
            // be the very one that was written: another revision may stand where it does for the business's sake.
            let older = done.revision <= version.revision
                && done.span.from == version.span.from
                && event.revision == Some(done.revision);
            newest || older
        }
        Some(_) => false,
        None => event.revision == Some(version.revision),
    }
}

/// Whether the event shows a later revision than is known, and not one that this device wrote: that one was refused.
fn is_ahead(event: &Held, version: Version, log: Option<&Written>) -> bool {
    event.revision.is_some_and(|revision| {
        let is_from_here = || log.is_some_and(|written| written.versions().any(|known| known.revision == revision));
        event.nature == Nature::Ours && revision > version.revision && !is_from_here()
    })
}

fn note(business: Uuid, booking: BookingId, version: Version, asked: Option<Timestamp>, log: Option<&Written>) -> Step {
    let sign = log.and_then(|written| written.sign.clone());
    let rings = log.and_then(|written| written.rings);
    Step::Note { booking, written: Written { done: Some(version), asked, sign, rings, ..Written::new(business) } }
}

/// The events of an appointment that does not take place.
fn clear(plan: &mut CalendarPlan, booking: BookingId, events: &[&Held], log: Option<&Written>) {
    let mut ghosts = events.iter().filter(|event| event.nature != Nature::Series).peekable();
    if ghosts.peek().is_some() {
        plan.findings.push(Finding::Ghost { booking });
    }
    plan.steps.extend(ghosts.map(|event| Step::Remove { booking, handle: event.handle.clone() }));
    if log.is_some() {
        plan.steps.push(Step::Forget { booking });
    }
}

#[cfg(test)]
mod tests;
