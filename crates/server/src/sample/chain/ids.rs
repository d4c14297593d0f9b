//! Ids that come in rising order and are the same for the same seed.

use domain::Timestamp;
use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use uuid::{Builder, Uuid};

/// Ids in rising order that are the same for the same seed.
pub(super) struct Ids {
    made: u64,
    rng: StdRng,
    since: Timestamp,
    /// Scatters the places, and the ids of one place.
    place: u64,
    of_place: u64,
}

/// A reference is made of an id's last 40 bits, the lower half first.
const HALF: u64 = (1 << 20) - 1;

impl Ids {
    pub(super) fn new(seed: u64, since: Timestamp) -> Self {
        Self { made: 0, rng: StdRng::seed_from_u64(seed), since, place: seed, of_place: seed }
    }

    /// The ids from here on are those of the next place.
    pub(super) fn next_place(&mut self) {
        self.place += 1;
        self.of_place = self.rng.random::<u32>().into();
    }

    /// A UUID version 7. Both halves of its last 40 bits come from a count by a multiplication that can be undone, so
    /// among 2²⁰ ids of each of 2²⁰ places no two have the same reference. The references of one place have their
    /// first half in common: they lie together in the index, which makes loading twice as fast.
    pub(super) fn next(&mut self) -> Uuid {
        self.made += 1;
        self.of_place += 1;
        let scatter = |count: u64| count.wrapping_mul(0x9_E379) & HALF;
        let last = scatter(self.of_place) << 20 | scatter(self.place);
        let mut random: [u8; 10] = self.rng.random();
        random[5..].copy_from_slice(&last.to_be_bytes()[3..]);
        let millisecond = u64::try_from(self.since.as_millisecond()).unwrap_or(0) + self.made;
        Builder::from_unix_timestamp_millis(millisecond, &random).into_uuid()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use domain::booking::Reference;

    use super::*;

    #[test]
    fn no_two_references_are_the_same() {
        let mut ids = Ids::new(1, Timestamp::UNIX_EPOCH);
        let mut seen = HashSet::new();
        let mut last = Uuid::nil();
        for _place in 0..50 {
            ids.next_place();
            for _ in 0..2_000 {
                let id = ids.next();
                assert!(id > last, "ids rise");
                assert!(
                    seen.insert(Reference::numbered(id.as_u128() as u64).to_string()),
                    "a reference names one booking"
                );
                last = id;
            }
        }
    }
}
