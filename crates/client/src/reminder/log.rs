//! Which reminders were shown.
//!
//! **Invariant:** an entry stays until [`MOST`] later ones were shown; time does not remove it, because time may go back.

use std::collections::{BTreeSet, VecDeque};

use domain::Timestamp;
use serde::{Deserialize, Serialize};

use super::ReminderKey;

/// The most reminders that are remembered; a year of three a day.
const MOST: usize = 1_000;

/// A reminder that was shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShownReminder {
    /// Counts what was shown, from 1.
    pub number: u64,
    /// Which.
    pub key: ReminderKey,
    /// When the visit began that it was of.
    pub start: Timestamp,
}

/// All that were shown, the oldest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ShownLog {
    shown: VecDeque<ShownReminder>,
    keys: BTreeSet<ReminderKey>,
}

impl ShownLog {
    /// A log from its entries, in any order.
    pub fn new(mut shown: Vec<ShownReminder>) -> Self {
        shown.sort_by_key(|entry| entry.number);
        let keys = shown.iter().map(|entry| entry.key).collect();
        Self { shown: shown.into(), keys }
    }

    /// Whether a reminder was shown.
    pub fn has(&self, key: &ReminderKey) -> bool {
        self.keys.contains(key)
    }

    /// All entries, the oldest first.
    pub fn entries(&self) -> impl Iterator<Item = &ShownReminder> {
        self.shown.iter()
    }

    /// Notes a reminder. Answers with the new entry and those that are forgotten for it; nothing when it was noted
    /// before.
    pub fn note(&mut self, key: ReminderKey, start: Timestamp) -> Option<(ShownReminder, Vec<ShownReminder>)> {
        if !self.keys.insert(key) {
            return None;
        }
        let number = self.shown.back().map_or(1, |last| last.number + 1);
        let entry = ShownReminder { number, key, start };
        self.shown.push_back(entry);
        let mut forgotten = Vec::new();
        while self.shown.len() > MOST
            && let Some(oldest) = self.shown.pop_front()
        {
            self.keys.remove(&oldest.key);
            forgotten.push(oldest);
        }
        Some((entry, forgotten))
    }

    /// Takes a note back. Answers with the entry, if there was one.
    pub fn take_back(&mut self, key: &ReminderKey) -> Option<ShownReminder> {
        self.keys.remove(key).then_some(())?;
        let at = self.shown.iter().position(|entry| entry.key == *key)?;
        self.shown.remove(at)
    }
}

#[cfg(test)]
mod tests {
    use domain::BookingId;
    use uuid::Uuid;

    use super::*;
    use crate::reminder::ReminderKind;

    fn key(number: u128) -> ReminderKey {
        let due = Timestamp::UNIX_EPOCH;
        ReminderKey { booking: BookingId(Uuid::from_u128(number)), kind: ReminderKind::LeaveBy, due }
    }

    #[test]
    fn a_log_stays_small_and_forgets_the_oldest() {
        let mut log = ShownLog::default();
        for number in 0..MOST as u128 + 3 {
            let (_, forgotten) = log.note(key(number), Timestamp::UNIX_EPOCH).unwrap();
            assert!(forgotten.len() <= 1, "one comes, one goes at most");
        }
        assert_eq!(log.entries().count(), MOST, "it does not grow for ever");
        assert!(!log.has(&key(2)) && log.has(&key(3)), "the first three are gone, and no other");
        assert_eq!(log.note(key(3), Timestamp::UNIX_EPOCH), None, "what is known is not noted twice");
        let entries: Vec<_> = log.entries().copied().collect();
        assert_eq!(ShownLog::new(entries.into_iter().rev().collect()), log, "read back in any order, it is the same");
    }
}
