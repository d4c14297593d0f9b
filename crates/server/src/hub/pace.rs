//! How fast listeners are told of what everybody may read: each of them comes to pull.

use std::time::Duration;

use tokio::time::Instant;

/// How many listeners a node tells of public spaces in a second: each comes to pull.
pub(super) const A_SECOND: u32 = 2_000;
/// How many are told without waiting for turns.
pub(super) const AT_ONCE: u32 = 100;
/// The longest that a listener waits for its turn, however many there are.
pub(super) const LATEST: Duration = Duration::from_secs(15);

/// How much of the time is one listener's, so that all those of the node have their turn at the node's pace, and nobody
/// waits for too long. Every business has the part of it that its listeners are of all.
pub(super) fn each(listeners: usize, here: usize) -> Duration {
    let count = |count: usize| u32::try_from(count.max(1)).unwrap_or(u32::MAX);
    let round = (Duration::from_secs(1) * count(listeners) / A_SECOND).min(LATEST);
    round / count(here)
}

/// Takes turns one after the other, [`AT_ONCE`] of them ahead of time.
pub(super) struct Pace {
    /// When the next turn would be if none were ahead of its time.
    next: Instant,
}

impl Pace {
    /// Nothing was taken yet.
    pub(super) fn new(now: Instant) -> Self {
        Self { next: now }
    }

    /// Takes a turn, or says how long to wait for one.
    pub(super) fn take(&mut self, each: Duration, now: Instant) -> Result<(), Duration> {
        let next = self.next.max(now);
        let ahead = next.duration_since(now).saturating_sub((each * (AT_ONCE - 1)).max(2 * super::REST));
        if !ahead.is_zero() {
            return Err(ahead);
        }
        self.next = next + each;
        Ok(())
    }
}
