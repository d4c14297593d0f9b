//! Which reminders were shown.
//!
//! **Invariant:** an entry stays until [`MOST`] later ones were shown; time does not remove it, because time may go back.

use std::collections::{BTreeSet, VecDeque};

use domain::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Reminder, ReminderKey};

/// The most reminders that are remembered; a year of three a day.
const MOST: usize = 1_000;

/// What the words of a reminder rest on, besides its key: enough to know that they have changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grounds {
    /// The booking's revision.
    pub revision: u32,
    /// Whether it said that the booking was not sent yet.
    pub waiting: bool,
    /// Whether it said that the business had not said yes yet.
    pub unconfirmed: bool,
    /// The device's own offset from UTC at the start, in seconds: it says the device's time where that differs. Nothing
    /// in what an older program wrote.
    #[serde(default)]
    pub offset: Option<i32>,
}

impl From<&Reminder> for Grounds {
    fn from(reminder: &Reminder) -> Self {
        let Reminder { revision, waiting, unconfirmed, offset, .. } = *reminder;
        Self { revision, waiting, unconfirmed, offset: Some(offset) }
    }
}

/// A reminder that was shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShownReminder {
    /// Counts what was shown, from 1.
    pub number: u64,
    /// Which.
    pub key: ReminderKey,
    /// At which business, as this device knows it; nothing in what an older program wrote.
    #[serde(default)]
    pub business: Option<Uuid>,
    /// When the visit began that it was of.
    pub start: Timestamp,
    /// What its words rested on; nothing in what an older program wrote.
    #[serde(default)]
    pub grounds: Option<Grounds>,
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

    /// Whether a reminder was shown, or left with the operating system, with words that it would not have now.
    pub fn outdated(&self, reminder: &Reminder) -> bool {
        let entry =
            self.has(&reminder.key).then(|| self.shown.iter().find(|entry| entry.key == reminder.key)).flatten();
        entry.is_some_and(|entry| entry.grounds != Some(Grounds::from(reminder)))
    }

    /// All entries, the oldest first.
    pub fn entries(&self) -> impl Iterator<Item = &ShownReminder> {
        self.shown.iter()
    }

    /// Notes a reminder. Answers with its entry, new or changed, and those that are forgotten for it; nothing when it
    /// was noted before with the same words.
    pub fn note(&mut self, reminder: &Reminder) -> Option<(ShownReminder, Vec<ShownReminder>)> {
        let (key, start, grounds) = (reminder.key, reminder.start, Some(Grounds::from(reminder)));
        if !self.keys.insert(key) {
            let entry = self.shown.iter_mut().find(|entry| entry.key == key && entry.grounds != grounds)?;
            entry.grounds = grounds;
            return Some((*entry, Vec::new()));
        }
        let number = self.shown.back().map_or(1, |last| last.number + 1);
        let entry = ShownReminder { number, key, business: Some(reminder.business), start, grounds };
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

    use super::*;
    use crate::reminder::ReminderKind;

    fn key(number: u128) -> ReminderKey {
        let due = Timestamp::UNIX_EPOCH;
        ReminderKey { booking: BookingId(Uuid::from_u128(number)), kind: ReminderKind::LeaveBy, due }
    }

    fn reminder(number: u128) -> Reminder {
        Reminder {
            key: key(number),
            business: Uuid::nil(),
            revision: 1,
            until: Timestamp::UNIX_EPOCH,
            start: Timestamp::UNIX_EPOCH,
            zone: "Europe/Berlin".parse().unwrap(),
            service: String::new(),
            staff: String::new(),
            place: String::new(),
            address: String::new(),
            waiting: false,
            unconfirmed: false,
            offset: 3600,
            acts: Vec::new(),
        }
    }

    #[test]
    fn a_log_stays_small_and_forgets_the_oldest() {
        let mut log = ShownLog::default();
        for number in 0..MOST as u128 + 3 {
            let (_, forgotten) = log.note(&reminder(number)).unwrap();
            assert!(forgotten.len() <= 1, "one comes, one goes at most");
        }
        assert_eq!(log.entries().count(), MOST, "it does not grow for ever");
        assert!(!log.has(&key(2)) && log.has(&key(3)), "the first three are gone, and no other");
        assert_eq!(log.note(&reminder(3)), None, "what is known is not noted twice");
        let entries: Vec<_> = log.entries().copied().collect();
        assert_eq!(ShownLog::new(entries.into_iter().rev().collect()), log, "read back in any order, it is the same");
    }

    #[test]
    fn other_words_change_the_entry_and_add_none() {
        let mut log = ShownLog::default();
        let mut one = Reminder { waiting: true, ..reminder(1) };
        let (first, _) = log.note(&one).unwrap();
        assert!(!log.outdated(&one), "it says what it said");
        one.waiting = false;
        assert!(log.outdated(&one), "it was sent meanwhile");
        assert!(!log.outdated(&reminder(2)), "what was never shown has no old words");
        assert!(log.outdated(&Reminder { offset: 7200, waiting: true, ..one.clone() }), "its reader is elsewhere now");
        let (again, forgotten) = log.note(&one).unwrap();
        assert_eq!((again.number, forgotten.len()), (first.number, 0), "the same entry, written again");
        assert!(!log.outdated(&one) && log.entries().count() == 1, "known with its new words, once");
        let old = r#"{"number":1,"key":{"booking":"00000000-0000-0000-0000-000000000001","kind":"leave_by","due":"1970-01-01T00:00:00Z"},"start":"1970-01-01T00:00:00Z"}"#;
        let old: ShownReminder = serde_json::from_str(old).unwrap();
        assert!(ShownLog::new(vec![old]).outdated(&one), "of what an older program left nobody knows the words");
        let grounds = r#"{"revision":1,"waiting":false,"unconfirmed":false}"#;
        let grounds: Grounds = serde_json::from_str(grounds).unwrap();
        let placeless = ShownReminder { grounds: Some(grounds), ..old };
        assert!(ShownLog::new(vec![placeless]).outdated(&one), "nor where its reader was");
    }
}
