//! Carries a plan out.
//!
//! **Invariant:** what is about to be written is noted before, and that it was written after: a program that ends between
//! any two lines knows at its next start what it may find.
//! **Invariant:** an appointment whose event cannot be written is in no other's way.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    CalendarError, Entry, OwnCalendar, Sign,
    plan::{CalendarPlan, Step, Version, Written},
};
use domain::BookingId;
use uuid::Uuid;

/// Where it is noted what was written.
pub(super) trait Notes {
    /// Notes what was written of an appointment; with nothing, forgets it.
    fn note(&mut self, booking: BookingId, written: Option<Written>) -> Result<(), CalendarError>;
}

/// Does every step, in order, but those that rest on one that failed. `entry` makes the event of an appointment.
///
/// # Errors
/// The first failure.
pub(super) fn carry_out(
    plan: &CalendarPlan,
    calendar: &dyn OwnCalendar,
    notes: &mut dyn Notes,
    log: &BTreeMap<BookingId, Written>,
    entry: &dyn Fn(BookingId) -> Option<Entry>,
) -> Result<(), CalendarError> {
    let mut write = |business: Uuid, booking: BookingId, version: Version, handle: Option<&str>| {
        let Some(entry) = entry(booking) else { return Ok(()) };
        let rings = Some(entry.rings);
        let before = log.get(&booking).cloned().unwrap_or_else(|| Written::new(business));
        // Whether an event rings that was to ring otherwise, nobody knows until it was written.
        let known = if handle.is_none() { rings } else { before.rings.filter(|before| rings == Some(*before)) };
        notes.note(booking, Some(Written { begun: Some(version), rings: known, ..before }))?;
        match handle {
            None => calendar.insert(&entry)?,
            Some(handle) => calendar.update(handle, &entry)?,
        }
        notes.note(
            booking,
            Some(Written { done: Some(version), sign: Some(Sign::of(&entry)), rings, ..Written::new(business) }),
        )
    };
    let mut answer = Ok(());
    let (mut unwritten, mut failed) = (BTreeSet::<BookingId>::new(), BTreeSet::<BookingId>::new());
    for step in &plan.steps {
        let done = match step {
            Step::Insert { business, booking, version } => write(*business, *booking, *version, None),
            Step::Update { business, booking, version, handle } => write(*business, *booking, *version, Some(handle)),
            // What is there twice stays until one of them is right.
            Step::Remove { booking, .. } if unwritten.contains(booking) => Ok(()),
            Step::Remove { handle, .. } => calendar.remove(handle),
            Step::Note { .. } | Step::Forget { .. } => Ok(()),
        };
        if done.is_err() {
            failed.insert(step.booking());
            if !matches!(step, Step::Remove { .. }) {
                unwritten.insert(step.booking());
            }
        }
        answer = answer.and(done);
    }
    // Only now: what is to be forgotten is known until its events are gone.
    for step in &plan.steps {
        answer = answer.and(match step {
            Step::Note { booking, written } if !unwritten.contains(booking) => {
                let sign = written.sign.clone().or_else(|| entry(*booking).as_ref().map(Sign::of));
                notes.note(*booking, Some(Written { sign, ..written.clone() }))
            }
            Step::Forget { booking } if !failed.contains(booking) => notes.note(*booking, None),
            _ => Ok(()),
        });
    }
    answer
}
