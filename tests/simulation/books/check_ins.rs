//! Every check-in of the counter is kept once, with what the counter was told became of it.

use std::collections::{BTreeMap, BTreeSet};

use domain::BookingId;
use protocol::{SeenCheckIn, SettledAs};
use serde::Deserialize;

use super::Books;
use crate::counter::Counter;

/// A check-in as the server keeps it.
#[derive(Debug, Deserialize)]
struct Kept {
    seen: SeenCheckIn,
    became: SettledAs,
}

impl Books {
    /// Compares them with what the counter made and was told. Gives the bookings of those that were settled with a yes.
    pub(super) async fn check_ins_agree(&self, counter: &Counter) -> Result<BTreeSet<BookingId>, String> {
        let mut left = BTreeMap::new();
        for space in self.spaces("counter/").await? {
            let kept = self.all::<Kept>(space, "check-in").await?;
            left.extend(kept.into_iter().map(|kept| (kept.seen.id, kept)));
        }
        let mut arrived = BTreeSet::new();
        for seen in &counter.seen {
            let told = counter.settled.get(&seen.id);
            let kept = left.remove(&seen.id).ok_or_else(|| format!("{seen:?} is not kept, and was told {told:?}"))?;
            if kept.seen != *seen || told != Some(&kept.became) {
                return Err(format!("{seen:?} was told {told:?} and is kept as {kept:?}"));
            }
            if kept.became == SettledAs::Done {
                arrived.insert(seen.booking);
            }
        }
        match left.into_values().next() {
            Some(kept) => Err(format!("nobody at the counter made {kept:?}")),
            None => Ok(arrived),
        }
    }
}
