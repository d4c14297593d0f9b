//! The calendar days that a decision writes.
//!
//! **Invariant:** each of them is guarded at the version it was read at, and no other day is. That is what prevents
//! double booking: whoever takes time from the same day at the same moment decides again.

use std::collections::BTreeMap;

use domain::{BookingId, CalendarDay, CalendarId, Claim, Span};
use store::{Batch, Guard, Key, Read};

use crate::{Failure, documents, spaces};

/// The days opened so far, as they are after the changes.
pub(crate) struct Sheets<'a, R> {
    read: &'a R,
    days: BTreeMap<Key, Sheet>,
}

struct Sheet {
    version: u64,
    day: CalendarDay,
}

impl<'a, R: Read> Sheets<'a, R> {
    /// No day is opened yet.
    pub(crate) fn new(read: &'a R) -> Self {
        Self { read, days: BTreeMap::new() }
    }

    /// Puts a claim into every day it touches.
    pub(crate) async fn take(&mut self, calendar: &CalendarId, claim: &Claim) -> Result<(), Failure> {
        for key in keys(calendar, claim.span) {
            self.open(key).await?.put(claim.clone());
        }
        Ok(())
    }

    /// Takes a booking's claim out of every day it touched.
    pub(crate) async fn free(&mut self, calendar: &CalendarId, span: Span, booking: BookingId) -> Result<(), Failure> {
        for key in keys(calendar, span) {
            self.open(key).await?.remove(booking);
        }
        Ok(())
    }

    /// The guards and writes of all days that were opened.
    pub(crate) fn into_batch(self) -> Batch {
        let mut batch = Batch::default();
        for (key, Sheet { version, day }) in self.days {
            batch.guards.push(Guard { key: key.clone(), version });
            batch.writes.push(documents::write_day(key, &day));
        }
        batch
    }

    // Days are read one by one and not taken from what availability looked at: these few are what the commit rests on.
    async fn open(&mut self, key: Key) -> Result<&mut CalendarDay, Failure> {
        if !self.days.contains_key(&key) {
            let sheet = match self.read.get(&key).await? {
                Some(document) => Sheet { version: document.version, day: documents::decode(&document)? },
                None => Sheet { version: 0, day: CalendarDay::default() },
            };
            self.days.insert(key.clone(), sheet);
        }
        Ok(&mut self.days.entry(key).or_insert_with(|| Sheet { version: 0, day: CalendarDay::default() }).day)
    }
}

fn keys(calendar: &CalendarId, span: Span) -> Vec<Key> {
    span.days().into_iter().map(|day| spaces::calendar_day(calendar, day)).collect()
}
