//! What is known of reminders that were left with a phone's system.
//!
//! **Invariant:** what was left counts as waiting there until it is due. Nobody is asked: of what is left one at a time
//! the plugin lists nothing on Android, and on iOS its list cannot be read (docs/platforms.md).
//! **Invariant:** each start of the app leaves once more what waits, in its own place: an Android phone that was
//! switched off, or where the app was stopped by force, has lost it.

use std::collections::BTreeSet;

use client::{Timestamp, reminder::ReminderKey};

use super::board::Shelf;

/// iOS keeps 64 that are not due yet; a few are left to whatever else may want one.
const PLACES: usize = 60;

/// What waits of these that were noted, where those of them were left by this very run of the app.
pub(super) fn shelf(noted: &BTreeSet<ReminderKey>, by_this_run: &BTreeSet<ReminderKey>) -> Shelf {
    let unsure = noted.difference(by_this_run).copied().collect();
    Shelf { waiting: noted.clone(), unsure, places: PLACES }
}

/// Whether one that was just taken away was still to be read: it was not due yet, or it stood there as far as anybody
/// knows. To be reminded twice costs less than a missed visit.
pub(super) fn was_unread(key: &ReminderKey, now: Timestamp, stood: Option<bool>) -> bool {
    now < key.due || stood.unwrap_or(true)
}
