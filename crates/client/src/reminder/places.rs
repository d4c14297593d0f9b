//! Which reminders wait with an operating system that keeps only so many until they are due.
//!
//! **Invariant:** those that are due first wait there. One that comes in between takes the place of the farthest, which
//! is left again when there is room.

use std::collections::BTreeSet;

use super::{Reminder, ReminderKey, ReminderPlan};

/// What is to be done with the system's places.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Placed<'a> {
    /// Have to make room: the one due last before the others.
    pub back: Vec<ReminderKey>,
    /// Wait there, stay, and have other words now.
    pub again: Vec<&'a Reminder>,
    /// Wait there, stay, and say what they said. Left once more, each takes its own place.
    pub stay: Vec<&'a Reminder>,
    /// Are to be left there: the one due first before the others.
    pub leave: Vec<&'a Reminder>,
}

impl ReminderPlan {
    /// All that was noted before and is not due yet: a system that keeps reminders was given it.
    pub fn noted(&self) -> BTreeSet<ReminderKey> {
        self.again.iter().chain(&self.left).map(|reminder| reminder.key).collect()
    }

    /// Shares out so many places among what is to come, where these keys are `waiting` there now.
    pub fn placed(&self, waiting: &BTreeSet<ReminderKey>, places: usize) -> Placed<'_> {
        let mut to_come = self.noted();
        // What was noted and waits no more was shown, or taken away by hand.
        to_come.retain(|key| waiting.contains(key));
        to_come.extend(self.next.iter().map(|reminder| reminder.key));
        let mut keys: Vec<ReminderKey> = to_come.into_iter().collect();
        keys.sort_by_key(|key| (key.due, *key));
        let late = keys.split_off(places.min(keys.len()));
        let nearest: BTreeSet<ReminderKey> = keys.into_iter().collect();
        let staying = |reminder: &&Reminder| nearest.contains(&reminder.key);
        Placed {
            back: late.into_iter().rev().filter(|key| waiting.contains(key)).collect(),
            again: self.again.iter().filter(staying).collect(),
            stay: self.left.iter().filter(staying).collect(),
            leave: self.next.iter().filter(staying).collect(),
        }
    }
}
