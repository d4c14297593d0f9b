//! Where reminders are shown.

use std::collections::BTreeSet;

use client::reminder::{Reminder, ReminderAct, ReminderKey, ReminderProblem};

use super::words::Words;

/// What was pressed, on which reminder.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Pressed {
    pub(super) reminder: Reminder,
    pub(super) act: ReminderAct,
}

/// Why a reminder could not be shown, for a developer's eyes.
#[derive(Debug)]
pub(super) struct Unshown(pub(super) String);

impl std::fmt::Display for Unshown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// What waits with a system until it is due. A desktop keeps nothing.
#[derive(Debug, Default)]
pub(super) struct Shelf {
    /// Those of the reminders asked about that wait there. Pinned again, each takes its own place.
    pub(super) waiting: BTreeSet<ReminderKey>,
    /// Those of them that the system may have lost: they are pinned once more.
    pub(super) unsure: BTreeSet<ReminderKey>,
    /// How many may wait there, these among them.
    pub(super) places: usize,
}

/// A system's notifications. What is pressed on one comes back on a channel that the board was made with.
pub(super) trait Board {
    /// Whether it may show anything. Its reader is asked when there is something to show and not before, so that they
    /// know what for; and once while the program runs.
    async fn may_show(&self) -> bool;

    /// Why it could show nothing at present, as far as can be seen without asking its reader.
    async fn problem(&self) -> Option<ReminderProblem>;

    /// Shows a reminder, now or, where the [`shelf`](Self::shelf) has a place for it, when it is due.
    async fn pin(&self, reminder: &Reminder, words: Words) -> Result<(), Unshown>;

    /// Takes away one that is not true any more, shown or waiting. Answers whether it was still there to be read: then
    /// it may come again should it become true again.
    async fn take_down(&self, key: &ReminderKey) -> bool;

    /// What waits until it is due of these that were noted as left there, and how many may.
    async fn shelf(&self, noted: &BTreeSet<ReminderKey>) -> Shelf;
}
