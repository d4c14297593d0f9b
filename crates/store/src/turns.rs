//! Whose jobs are taken when many businesses have some that are due.
//!
//! **Invariant:** in turns: of each business the job that waits longest, then of each its second, and so on. So one with
//! ten thousand jobs that are due keeps no other waiting.
//!
//! Design. The jobs that are due come in windows, those that wait longest first, and each window leaves out the
//! businesses that former ones have shown: behind a long row of one business's jobs the next window finds the others.
//! One window is enough unless somebody has that many waiting.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;

/// How many jobs a window shows at most.
pub(crate) const WINDOW: usize = 1024;

/// How often the choice is made anew when others have taken all of it meanwhile.
pub(crate) const TRIES: usize = 4;

/// A job that is due, with what the engine knows its realm by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Due<R> {
    pub(crate) realm: R,
    pub(crate) name: String,
    pub(crate) id: i64,
    /// Microseconds since 1970 UTC.
    pub(crate) due: i64,
}

/// What was found so far.
pub(crate) struct Turns<R> {
    most: usize,
    windows: usize,
    seen: HashSet<R>,
    /// Jobs that may be taken, each with its place among those of its realm.
    found: Vec<(usize, Due<R>)>,
}

impl<R: Copy + Eq + Hash> Turns<R> {
    /// For taking up to so many jobs.
    pub(crate) fn new(most: usize) -> Self {
        Self { most, windows: 0, seen: HashSet::new(), found: Vec::new() }
    }

    /// The realms that the next window leaves out.
    pub(crate) fn seen(&self) -> impl Iterator<Item = R> {
        self.seen.iter().copied()
    }

    /// Looks through a window, those that wait longest first. `room` says how many jobs of a realm may be taken. Says
    /// whether another window may show more.
    pub(crate) fn offer(&mut self, window: Vec<Due<R>>, room: impl Fn(&str) -> usize) -> bool {
        self.windows += 1;
        let full = window.len() >= WINDOW;
        let mut rooms: HashMap<R, (usize, usize)> = HashMap::new();
        for job in window {
            let (turn, room) = rooms.entry(job.realm).or_insert_with(|| (0, room(&job.name)));
            if turn < room {
                self.found.push((*turn, job));
            }
            *turn += 1;
        }
        self.seen.extend(rooms.keys());
        let first = self.found.iter().filter(|(turn, _)| *turn == 0).count();
        // As many windows as jobs are wanted: should even they show nothing but what may not be taken, somebody else
        // has all hands full.
        full && first < self.most && self.windows <= self.most
    }

    /// Those whose turn it is, in this order.
    pub(crate) fn take(mut self) -> Vec<Due<R>> {
        self.found.sort_by_key(|(turn, job)| (*turn, job.due, job.id));
        self.found.truncate(self.most);
        self.found.into_iter().map(|(_, job)| job).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn due(realm: u8, id: i64) -> Due<u8> {
        Due { realm, name: realm.to_string(), id, due: id }
    }

    fn ids(turns: Turns<u8>) -> Vec<i64> {
        turns.take().iter().map(|job| job.id).collect()
    }

    #[test]
    fn each_realm_has_its_turn() {
        let mut turns = Turns::new(5);
        let window = vec![due(1, 1), due(1, 2), due(1, 3), due(2, 4), due(1, 5), due(3, 6), due(2, 7)];
        assert!(!turns.offer(window, |_| 9), "a window that is not full was the last");
        assert_eq!(ids(turns), [1, 4, 6, 2, 7], "everybody's first, then everybody's second, the longest due first");
    }

    #[test]
    fn a_realm_without_room_is_left_alone() {
        let mut turns = Turns::new(5);
        let window = vec![due(1, 1), due(2, 2), due(1, 3), due(2, 4)];
        turns.offer(window, |name| if name == "1" { 0 } else { 1 });
        assert_eq!(ids(turns), [2], "no more of a realm than there is room for");
    }

    #[test]
    fn behind_a_long_row_there_is_another_window() {
        let mut turns = Turns::new(3);
        let row = |realm| (0..WINDOW as i64).map(|id| due(realm, id)).collect::<Vec<_>>();
        assert!(turns.offer(row(1), |_| 9), "others may wait behind it");
        assert_eq!(turns.seen().collect::<Vec<_>>(), [1], "the next window leaves this one out");
        assert!(!turns.offer(vec![due(2, 5_000)], |_| 9), "that was all");
        assert_eq!(ids(turns), [0, 5_000, 1], "the other one has its turn");
        let mut full = Turns::new(1);
        assert!(!full.offer(row(1), |_| 9), "who wants one job has it");
        let mut none = Turns::new(2);
        let more = (1..=9).map(|realm| none.offer(row(realm), |_| 0)).collect::<Vec<_>>();
        assert_eq!(more.iter().filter(|more| **more).count(), 2, "nobody looks for ever");
    }
}
