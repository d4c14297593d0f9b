//! The places of a line of work, and which businesses have them.

use std::collections::HashMap;

/// How many jobs of a kind a node has at work at most. One that waits for an answer costs some memory and nothing else.
const PLACES: usize = 64;

/// Who has how many places.
#[derive(Debug, Default)]
pub(super) struct Places {
    taken: HashMap<String, usize>,
    all: usize,
}

impl Places {
    /// How many are free.
    pub(super) fn free(&self) -> usize {
        PLACES.saturating_sub(self.all)
    }

    /// How many more a realm may have when the others are about to have so many more: with those it has, half of what
    /// the others leave. So whoever's mail server or wallet does not answer leaves places for all others, and one that is
    /// alone has half of all.
    pub(super) fn room(&self, realm: &str, others: usize) -> usize {
        let own = self.taken.get(realm).copied().unwrap_or(0);
        let left = PLACES.saturating_sub(self.all - own + others);
        left.div_ceil(2).saturating_sub(own)
    }

    /// A realm takes a place.
    pub(super) fn take(&mut self, realm: &str) {
        *self.taken.entry(realm.to_owned()).or_default() += 1;
        self.all += 1;
    }

    /// A realm gives a place back.
    pub(super) fn leave(&mut self, realm: &str) {
        if let Some(own) = self.taken.get_mut(realm) {
            *own -= 1;
            self.all -= 1;
            if *own == 0 {
                self.taken.remove(realm);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fill(places: &mut Places, realm: &str) -> usize {
        let room = places.room(realm, 0).min(places.free());
        (0..room).for_each(|_| places.take(realm));
        room
    }

    #[test]
    fn nobody_has_more_than_half_of_what_others_leave() {
        let mut places = Places::default();
        let taken = ["a", "b", "c", "d", "e", "f", "g"].map(|realm| fill(&mut places, realm));
        assert_eq!(taken, [32, 16, 8, 4, 2, 1, 1], "each leaves as much as it takes");
        assert_eq!((places.free(), places.room("a", 0), places.room("h", 0)), (0, 0, 0), "then all places are taken");
        (0..16).for_each(|_| places.leave("b"));
        assert_eq!((places.free(), places.room("a", 0), places.room("h", 0)), (16, 0, 8), "who gives back leaves room");
    }

    #[test]
    fn two_that_take_turns_leave_places_for_a_third() {
        let mut places = Places::default();
        let (mut a, mut b) = (0, 0);
        for _ in 0..PLACES {
            a += usize::from(a < places.room("a", b));
            b += usize::from(b < places.room("b", a));
        }
        (0..a).for_each(|_| places.take("a"));
        (0..b).for_each(|_| places.take("b"));
        assert_eq!((a, b, places.room("c", 0)), (22, 21, 11), "each has half of what the other leaves");
    }
}
