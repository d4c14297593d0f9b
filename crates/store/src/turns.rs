//! Whose jobs are taken when many businesses have some that are due.
//!
//! **Invariant:** in turns: of each business the job that waits longest, then of each its second, and so on. So one with
//! ten thousand jobs that are due keeps no other waiting, but for [`PAUSE`].
//!
//! Design. The jobs that are due come in windows, those that wait longest first, and each window leaves out the
//! businesses that former ones have shown: behind a long row of one business's jobs the next window finds the others.
//! One window is enough unless somebody has that many waiting. Passing by a long row costs what it is long, so where
//! nobody was behind it nobody looks again for a while ([`Rows`]).

use std::{
    collections::{HashMap, HashSet},
    hash::Hash,
    sync::{Arc, Mutex, PoisonError},
};

use jiff::{SignedDuration, Timestamp};

/// How many jobs a window shows at most.
pub(crate) const WINDOW: usize = 256;

/// How often the choice is made anew when others have taken all of it meanwhile.
pub(crate) const TRIES: usize = 4;

/// How long nobody looks behind a row that nobody was behind.
const PAUSE: SignedDuration = SignedDuration::from_secs(1);

/// A job that is due, with what the engine knows its realm by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Due<R> {
    pub(crate) realm: R,
    pub(crate) name: Arc<str>,
    pub(crate) id: i64,
    /// Microseconds since 1970 UTC.
    pub(crate) due: i64,
}

/// Long rows of due jobs that nobody else was behind: for each kind the first window that showed nobody, and when that
/// was, by the clock that jobs are due by.
#[derive(Debug, Default)]
pub(crate) struct Rows(Mutex<HashMap<String, (usize, Timestamp)>>);

impl Rows {
    /// How many windows are worth looking at.
    fn worth(&self, kind: &str, now: Timestamp) -> usize {
        let rows = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let lately = |at: &Timestamp| (*at..*at + PAUSE).contains(&now);
        rows.get(kind).filter(|(_, at)| lately(at)).map_or(usize::MAX, |(empty, _)| empty - 1)
    }

    fn note(&self, kind: &str, empty: usize, now: Timestamp) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(kind.to_owned(), (empty, now));
    }
}

/// What was found so far.
pub(crate) struct Turns<'a, R, F> {
    rows: &'a Rows,
    kind: &'a str,
    now: Timestamp,
    most: usize,
    windows: usize,
    /// How many windows are looked at.
    worth: usize,
    /// How many jobs of a realm may be taken beside so many of the others.
    room: F,
    seen: HashSet<R>,
    /// Jobs that may be taken, each with its place among those of its realm.
    found: Vec<(usize, Due<R>)>,
}

impl<'a, R: Copy + Eq + Hash, F: Fn(&str, usize) -> usize> Turns<'a, R, F> {
    /// For taking up to so many jobs of a kind that are due now. `room` says how many of a realm may be taken when so
    /// many of the others are; the more those are, the fewer.
    pub(crate) fn new(rows: &'a Rows, kind: &'a str, now: Timestamp, most: usize, room: F) -> Self {
        // As many windows as jobs are wanted, and one: should even they show nothing but what may not be taken, somebody
        // else has all hands full.
        let worth = rows.worth(kind, now).min(most.saturating_add(1));
        Self { rows, kind, now, most, windows: 0, worth, room, seen: HashSet::new(), found: Vec::new() }
    }

    /// The realms that the next window leaves out.
    pub(crate) fn seen(&self) -> impl Iterator<Item = R> {
        self.seen.iter().copied()
    }

    /// Looks through a window, those that wait longest first. Says whether another window may show more.
    pub(crate) fn offer(&mut self, window: Vec<Due<R>>) -> bool {
        self.windows += 1;
        if window.is_empty() && self.windows > 1 {
            self.rows.note(self.kind, self.windows, self.now);
        }
        let full = window.len() >= WINDOW;
        let mut rooms: HashMap<R, (usize, usize)> = HashMap::new();
        for job in window {
            let (turn, room) = rooms.entry(job.realm).or_insert_with(|| (0, (self.room)(&job.name, 0)));
            if turn < room {
                self.found.push((*turn, job));
            }
            *turn += 1;
        }
        self.seen.extend(rooms.keys());
        let first = self.found.iter().filter(|(turn, _)| *turn == 0).count();
        full && first < self.most && self.windows < self.worth
    }

    /// Those whose turn it is, in this order; of each realm as many as there is room for beside the others'.
    pub(crate) fn take(mut self) -> Vec<Due<R>> {
        self.found.sort_by_key(|(turn, job)| (*turn, job.due, job.id));
        let mut owns: HashMap<R, usize> = HashMap::new();
        let mut chosen: Vec<Due<R>> = Vec::new();
        for (_, job) in self.found {
            if chosen.len() >= self.most {
                break;
            }
            let own = owns.entry(job.realm).or_default();
            if *own < (self.room)(&job.name, chosen.len() - *own) {
                *own += 1;
                chosen.push(job);
            }
        }
        chosen
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    fn due(realm: u8, id: i64) -> Due<u8> {
        Due { realm, name: realm.to_string().into(), id, due: id }
    }

    fn ids(turns: Turns<'_, u8, impl Fn(&str, usize) -> usize>) -> Vec<i64> {
        turns.take().iter().map(|job| job.id).collect()
    }

    #[test]
    fn each_realm_has_its_turn() {
        let rows = Rows::default();
        let mut turns = Turns::new(&rows, "mail", NOW, 5, |_, _| 9);
        let window = vec![due(1, 1), due(1, 2), due(1, 3), due(2, 4), due(1, 5), due(3, 6), due(2, 7)];
        assert!(!turns.offer(window), "a window that is not full was the last");
        assert_eq!(ids(turns), [1, 4, 6, 2, 7], "everybody's first, then everybody's second, the longest due first");
    }

    #[test]
    fn a_realm_without_room_is_left_alone() {
        let rows = Rows::default();
        let mut turns = Turns::new(&rows, "mail", NOW, 5, |name, _| if name == "1" { 0 } else { 1 });
        let window = vec![due(1, 1), due(2, 2), due(1, 3), due(2, 4)];
        turns.offer(window);
        assert_eq!(ids(turns), [2], "no more of a realm than there is room for");
    }

    #[test]
    fn what_others_get_in_the_same_round_leaves_less_room() {
        let rows = Rows::default();
        let half_of_what_is_left = |_: &str, others: usize| (8 - others).div_ceil(2);
        let mut turns = Turns::new(&rows, "mail", NOW, 8, half_of_what_is_left);
        turns.offer((1..=10).map(|id| due(if id <= 5 { 1 } else { 2 }, id)).collect());
        assert_eq!(ids(turns), [1, 6, 2, 7, 3, 8], "three of five are half, and two are left for a third");
    }

    #[test]
    fn behind_a_long_row_there_is_another_window() {
        let rows = Rows::default();
        let mut turns = Turns::new(&rows, "mail", NOW, 3, |_, _| 9);
        let row = |realm| (0..WINDOW as i64).map(|id| due(realm, id)).collect::<Vec<_>>();
        assert!(turns.offer(row(1)), "others may wait behind it");
        assert_eq!(turns.seen().collect::<Vec<_>>(), [1], "the next window leaves this one out");
        assert!(!turns.offer(vec![due(2, 5_000)]), "that was all");
        assert_eq!(ids(turns), [0, 5_000, 1], "the other one has its turn");
        let mut full = Turns::new(&rows, "mail", NOW, 1, |_, _| 9);
        assert!(!full.offer(row(1)), "who wants one job has it");
        let mut none = Turns::new(&rows, "mail", NOW, 2, |_, _| 0);
        let more = (1..=9).map(|realm| none.offer(row(realm))).collect::<Vec<_>>();
        assert_eq!(more.iter().filter(|more| **more).count(), 2, "nobody looks for ever");
    }

    #[test]
    fn nobody_looks_again_at_once_where_nobody_was() {
        let rows = Rows::default();
        let row = |realm| (0..WINDOW as i64).map(|id| due(realm, id)).collect::<Vec<_>>();
        let look = |windows: &[Vec<Due<u8>>], now| {
            let mut turns = Turns::new(&rows, "mail", now, 9, |_, _| 2);
            windows.iter().take_while(|window| turns.offer(window.to_vec())).count()
        };
        assert_eq!(look(&[row(1), row(2), vec![]], NOW), 2, "behind two rows there is nobody");
        let soon = NOW + SignedDuration::from_millis(999);
        assert_eq!(
            look(&[row(1), row(2), vec![due(3, 1)]], soon),
            1,
            "both rows are looked at, and what is behind not"
        );
        let other = Turns::new(&rows, "forget", soon, 9, |_, _| 2).offer(row(1));
        assert!(other, "another kind has rows of its own");
        let later = NOW + PAUSE;
        assert_eq!(look(&[row(1), row(2), row(3), row(4)], later), 4, "after the pause it is looked at");
        let back = NOW - SignedDuration::from_secs(1);
        assert_eq!(look(&[row(1), row(2), row(3)], back), 3, "a clock that was put back makes nobody wait for it");
    }
}
