//! Who listens to one business, and what each has not been told yet.
//!
//! One task hears of every commit and knows by the space who cares. What is a listener's own it is told at once. What
//! everybody may read changes with every booking, and every listener that is told comes to pull; so listeners are told
//! of it in turns: the first [`pace::AT_ONCE`] immediately, then as many that one node tells [`pace::A_SECOND`] in a
//! second. Whatever happens before a listener's turn is told with it.
//!
//! **Invariant:** a listener hears of its own spaces and of those everybody may read, and of no other. **Invariant:** for
//! a listener that is slow nothing is kept but the highest version of each of its own spaces, and how far it has heard
//! of the others. **Invariant:** no listener waits longer than [`pace::LATEST`] for its turn.

mod pace;

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use portal::{Actor, spaces::Readable};
use protocol::Poke;
use store::{Space, Store as _, StoreError, Touched};
use tokio::{
    sync::{Notify, broadcast, watch},
    time::{Instant, sleep},
};

use self::pace::{Pace, each};
use crate::app::Realm;

/// How long the hub rests between turns, so that it does not wake for each listener alone.
const REST: Duration = Duration::from_millis(10);
/// Families of spaces that may be for everybody; whether one is, [`spaces::Readable`] says.
const PUBLIC: [&str; 2] = ["catalogue", "calendar"];

/// The listeners of one business.
#[derive(Default)]
pub(crate) struct Hub {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// There will be no more news.
    over: bool,
    /// How many public news there were.
    count: u64,
    /// The count when news were missed; who has heard less must pull everything.
    missed: u64,
    /// What everybody may read and has changed: its version, and the count of its news.
    public: BTreeMap<Space, (u64, u64)>,
    ears: HashMap<u64, Listening>,
    /// Whose own a space is.
    own: HashMap<Space, Vec<u64>>,
    /// In this order they are told of public news. Whoever is told goes to the end, so that the first is always one that
    /// was told least. Ears that are gone stay until their turn comes or they are most of it.
    turns: VecDeque<u64>,
    next: u64,
}

struct Listening {
    bell: Arc<Notify>,
    spaces: Vec<Space>,
    /// The space in which its session is.
    identity: Option<Space>,
    /// The count of news of which it has been told to hear.
    told: u64,
    /// The count of news that it has heard.
    heard: u64,
    /// News of its own spaces that it has not heard.
    news: Vec<(Space, u64)>,
    /// Its session may have ended.
    doubt: bool,
}

/// What a listener hears.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Heard {
    /// What has changed; an empty name means everything.
    pub(crate) pokes: Vec<Poke>,
    /// Whether its session may have ended.
    pub(crate) doubt: bool,
}

/// A listener's place in the hub; it has left when this is dropped.
pub(crate) struct Ear {
    hub: Arc<Hub>,
    id: u64,
    bell: Arc<Notify>,
}

impl Hub {
    /// Begins to listen: to public spaces, to spaces of one's own, and to whether one's session may have ended.
    pub(crate) fn listen(self: &Arc<Self>, spaces: Vec<Space>, identity: Option<Space>) -> Ear {
        let bell = Arc::new(Notify::new());
        let id = self.state().enter(spaces, identity, Arc::clone(&bell));
        Ear { hub: Arc::clone(self), id, bell }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Hears of commits and tells the listeners, until the server stops. `listeners` counts those of the whole node.
    pub(crate) async fn run(
        self: Arc<Self>,
        store: Realm,
        mut touched: broadcast::Receiver<Touched>,
        listeners: Arc<AtomicUsize>,
        mut stopping: watch::Receiver<bool>,
    ) {
        let mut pace = Pace::new(Instant::now());
        loop {
            let waits = self.state().tell(&mut pace, listeners.load(Ordering::Relaxed), Instant::now());
            let turn = async {
                match waits {
                    Some(wait) => sleep(wait.max(REST)).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                () = stopped(&mut stopping) => break,
                heard = touched.recv() => match heard {
                    Ok(touched) => self.hear(&store, touched).await,
                    Err(broadcast::error::RecvError::Lagged(_)) => self.state().miss(),
                    Err(broadcast::error::RecvError::Closed) => break,
                },
                () = turn => {}
            }
        }
        self.state().end();
    }

    async fn hear(&self, store: &Realm, touched: Touched) {
        let known = self.state().hear(&touched);
        if known || !PUBLIC.contains(&touched.space.family()) {
            return;
        }
        match public(store).await {
            Ok(public) if public.contains(&touched.space) => self.state().publish(touched.space, touched.version),
            Ok(_) => {}
            Err(error) => {
                tracing::warn!(%error, "whether a space is public cannot be read");
                self.state().miss();
            }
        }
    }
}

/// Waits until the server stops.
async fn stopped(stopping: &mut watch::Receiver<bool>) {
    // Whoever could say so is gone: that is the end too.
    let _ = stopping.wait_for(|stopping| *stopping).await;
}

/// Whether a space may be for everybody.
pub(crate) fn may_be_public(space: &Space) -> bool {
    PUBLIC.contains(&space.family())
}

async fn public(store: &Realm) -> Result<Vec<Space>, StoreError> {
    Ok(Readable::ask(&store.snapshot().await?, Actor::Anyone).await?.to_vec())
}

impl State {
    fn enter(&mut self, spaces: Vec<Space>, identity: Option<Space>, bell: Arc<Notify>) -> u64 {
        let id = self.next;
        self.next += 1;
        for space in spaces.iter().chain(&identity) {
            self.own.entry(space.clone()).or_default().push(id);
        }
        let (told, heard) = (self.count, self.count);
        self.ears.insert(id, Listening { bell, spaces, identity, told, heard, news: Vec::new(), doubt: false });
        if self.turns.len() > 2 * self.ears.len() + 64 {
            self.turns.retain(|id| self.ears.contains_key(id));
        }
        self.turns.push_back(id);
        id
    }

    fn leave(&mut self, id: u64) {
        let Some(ear) = self.ears.remove(&id) else { return };
        for space in ear.spaces.iter().chain(&ear.identity) {
            if let Some(ids) = self.own.get_mut(space) {
                ids.retain(|other| *other != id);
                if ids.is_empty() {
                    self.own.remove(space);
                }
            }
        }
    }

    /// Takes note of a commit. Says whether it is known who cares.
    fn hear(&mut self, touched: &Touched) -> bool {
        let Touched { space, version } = touched;
        if let Some(ids) = self.own.get(space) {
            for ear in ids {
                if let Some(ear) = self.ears.get_mut(ear) {
                    ear.own(space, *version);
                }
            }
            return true;
        }
        let known = self.public.contains_key(space);
        if known {
            self.publish(space.clone(), *version);
        }
        known
    }

    fn publish(&mut self, space: Space, version: u64) {
        self.count += 1;
        self.public.insert(space, (version, self.count));
    }

    /// Nobody knows what has happened.
    fn miss(&mut self) {
        self.count += 1;
        self.missed = self.count;
    }

    fn end(&mut self) {
        self.over = true;
        for ear in self.ears.values() {
            ear.bell.notify_one();
        }
    }

    /// Rings for those whose turn it is. Says how long the next one waits, if anybody does.
    fn tell(&mut self, pace: &mut Pace, listeners: usize, now: Instant) -> Option<Duration> {
        let each = each(listeners, self.ears.len());
        loop {
            let id = *self.turns.front()?;
            match self.ears.get_mut(&id) {
                None => drop(self.turns.pop_front()),
                Some(ear) if ear.told == self.count => return None,
                Some(ear) => {
                    // Whoever took its time to hear has heard of this too.
                    if ear.heard < self.count {
                        if let Err(wait) = pace.take(each, now) {
                            return Some(wait);
                        }
                        ear.bell.notify_one();
                    }
                    ear.told = self.count;
                    self.turns.rotate_left(1);
                }
            }
        }
    }

    /// What an ear has not heard, if it is anything; nothing at all when it is over.
    fn take(&mut self, id: u64) -> Option<Option<Heard>> {
        let ear = self.ears.get_mut(&id).filter(|_| !self.over)?;
        let mut heard = Heard { pokes: Vec::new(), doubt: std::mem::take(&mut ear.doubt) };
        if ear.heard < ear.told {
            if ear.heard < self.missed {
                heard.doubt = true;
                heard.pokes.push(Poke { space: String::new(), version: 0 });
            } else {
                let new = self.public.iter().filter(|(_, (_, count))| *count > ear.heard);
                heard.pokes.extend(new.map(|(space, (version, _))| poke(space, *version)));
            }
            // With what came since its turn.
            ear.heard = self.count;
        }
        heard.pokes.extend(ear.news.drain(..).map(|(space, version)| poke(&space, version)));
        Some((heard != Heard::default()).then_some(heard))
    }
}

impl Listening {
    /// Takes note of news of its own.
    fn own(&mut self, space: &Space, version: u64) {
        if self.identity.as_ref() == Some(space) {
            self.doubt = true;
        } else if let Some((_, known)) = self.news.iter_mut().find(|(known, _)| known == space) {
            *known = version;
        } else {
            self.news.push((space.clone(), version));
        }
        self.bell.notify_one();
    }
}

fn poke(space: &Space, version: u64) -> Poke {
    Poke { space: space.to_string(), version }
}

impl Ear {
    /// Waits for news; nothing when there will be none.
    pub(crate) async fn next(&self) -> Option<Heard> {
        loop {
            // A bell that rings between these two lines is heard by the second.
            if let Some(heard) = self.hub.state().take(self.id)? {
                return Some(heard);
            }
            self.bell.notified().await;
        }
    }
}

impl Drop for Ear {
    fn drop(&mut self) {
        self.hub.state().leave(self.id);
    }
}

#[cfg(test)]
mod tests;
