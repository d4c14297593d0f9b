//! Who watches which realm, and what they were told.
//!
//! **Invariant:** of a space's commits, a watcher is told in their order: each commit has a moment (`touched` in the
//! space's row, rising under the row's lock), and what is not later than the last that was told is left out. The same
//! commit reaches us up to three times: from whoever made it here, by notification, by looking.

use std::{
    collections::HashMap,
    mem,
    sync::{Mutex, PoisonError},
};

use tokio::sync::broadcast;
use uuid::Uuid;

use super::ids;
use crate::{Space, Touched};

/// How many commits a watcher may lag behind before it is told that it lags.
const WATCHED: usize = 1024;

/// For how many spaces at least we remember what was told. One that is forgotten is told twice at worst.
const REMEMBERED: usize = 1 << 16;

/// A space that was touched, somewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct News {
    /// The realm's id.
    pub(super) realm: Uuid,
    /// Which.
    pub(super) space: Space,
    /// Its version after the commit; 0 when it was forgotten.
    pub(super) version: u64,
    /// The commit's moment, in microseconds since 1970 UTC by the database's clock.
    pub(super) at: i64,
}

/// All who watch.
#[derive(Default)]
pub(super) struct Hearing {
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    closed: bool,
    /// By the realm's id. Only realms that somebody asked for here.
    realms: HashMap<Uuid, broadcast::Sender<Touched>>,
    /// The last moment told of a space, by its id: of the latest spaces, and of those before them.
    young: HashMap<Uuid, i64>,
    old: HashMap<Uuid, i64>,
}

impl Hearing {
    /// A receiver of all commits to a realm from now on; one that is at its end when the engine is closed.
    pub(super) fn watch(&self, realm: Uuid) -> broadcast::Receiver<Touched> {
        let mut inner = self.lock();
        if inner.closed {
            return broadcast::channel(1).1;
        }
        inner.realms.entry(realm).or_insert_with(|| broadcast::channel(WATCHED).0).subscribe()
    }

    /// Tells watchers what they were not told yet.
    pub(super) fn tell<'a>(&self, news: impl IntoIterator<Item = &'a News>) {
        let mut inner = self.lock();
        for piece in news {
            if inner.is_new(piece)
                && let Some(watchers) = inner.realms.get(&piece.realm)
            {
                // Nobody watching is no failure.
                let _ = watchers.send(Touched { space: piece.space.clone(), version: piece.version });
            }
        }
    }

    /// Takes note of what need not be told.
    pub(super) fn note<'a>(&self, news: impl IntoIterator<Item = &'a News>) {
        let mut inner = self.lock();
        for piece in news {
            inner.is_new(piece);
        }
    }

    /// The realms that somebody watches.
    pub(super) fn watched(&self) -> Vec<Uuid> {
        let inner = self.lock();
        let watched = inner.realms.iter().filter(|(_, watchers)| watchers.receiver_count() > 0);
        watched.map(|(realm, _)| *realm).collect()
    }

    /// Ends all watches.
    pub(super) fn hush(&self) {
        let mut inner = self.lock();
        inner.closed = true;
        inner.realms.clear();
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    /// Whether a commit is later than the last one told of its space; from now on it is the last one.
    fn is_new(&mut self, piece: &News) -> bool {
        let space = ids::space(&piece.realm, &piece.space);
        let told = self.young.get(&space).or_else(|| self.old.get(&space));
        if told.is_some_and(|told| *told >= piece.at) {
            return false;
        }
        if self.young.len() >= REMEMBERED {
            self.old = mem::take(&mut self.young);
        }
        self.young.insert(space, piece.at);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piece(version: u64, at: i64) -> News {
        News { realm: ids::realm("salon"), space: "catalogue".parse().unwrap(), version, at }
    }

    fn heard(watcher: &mut broadcast::Receiver<Touched>) -> Vec<u64> {
        std::iter::from_fn(|| watcher.try_recv().ok()).map(|touched| touched.version).collect()
    }

    #[test]
    fn what_comes_late_or_twice_is_left_out() {
        let hearing = Hearing::default();
        let mut watcher = hearing.watch(ids::realm("salon"));
        hearing.tell(&[piece(2, 20), piece(1, 10), piece(2, 20), piece(3, 30)]);
        assert_eq!(heard(&mut watcher), [2, 3], "a version stands for those before it");
        hearing.note(&[piece(4, 40)]);
        hearing.tell(&[piece(4, 40)]);
        assert_eq!(heard(&mut watcher), [] as [u64; 0], "what was noted need not be told");
        hearing.tell(&[piece(0, 50), piece(3, 30), piece(1, 60)]);
        assert_eq!(heard(&mut watcher), [0, 1], "a space that was forgotten begins again");
    }

    #[test]
    fn memory_is_bounded() {
        let hearing = Hearing::default();
        for number in 0..2 * REMEMBERED + 1 {
            hearing.note(&[News { space: format!("customer/{number}").parse().unwrap(), ..piece(1, 1) }]);
        }
        let inner = hearing.lock();
        assert_eq!((inner.young.len(), inner.old.len()), (1, REMEMBERED), "two generations are kept, no more");
    }
}
