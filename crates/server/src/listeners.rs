//! Places for those who listen to pokes.
//!
//! **Invariant:** no session has more than [`EACH`] places and nobody waits for one. Who is not signed in shares half of
//! the places with everybody else who is not, so that strangers cannot take them all.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use protocol::Code;
use store::Store as _;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use crate::{app::Hosted, fault::Fault, hub::Hub};

/// Most listeners of one session: a browser's tabs share one.
pub(crate) const EACH: usize = 8;
/// Seconds after which a place may be free again: as long as it takes to notice that a listener is gone.
const AGAIN: u64 = 15;

/// The places.
pub(crate) struct Listeners {
    all: Arc<Semaphore>,
    strangers: Arc<Semaphore>,
    /// How many places are taken.
    count: Arc<AtomicUsize>,
    /// Sessions without any place are not in it.
    sessions: Sessions,
    /// Where the listeners of each business are told what it is about.
    hubs: Mutex<HashMap<String, Arc<Hub>>>,
}

/// How many places each session has.
type Sessions = Arc<Mutex<HashMap<String, usize>>>;

/// A place; it is free again when this is dropped.
pub(crate) struct Place {
    _one_of_all: OwnedSemaphorePermit,
    _stranger: Option<OwnedSemaphorePermit>,
    count: Arc<AtomicUsize>,
    session: Option<(String, Sessions)>,
}

impl Listeners {
    /// So many places.
    pub(crate) fn new(most: usize) -> Self {
        let places = |count| Arc::new(Semaphore::new(count));
        Self {
            all: places(most),
            strangers: places(most / 2),
            count: Arc::default(),
            sessions: Arc::default(),
            hubs: Mutex::default(),
        }
    }

    /// A place for a session, or for somebody without one.
    ///
    /// # Errors
    /// [`Code::TooManyAttempts`] when the session has enough, [`Code::Busy`] when all places are taken.
    pub(crate) fn enter(&self, session: Option<&str>) -> Result<Place, Fault> {
        let taken = |places: &Arc<Semaphore>| {
            Arc::clone(places).try_acquire_owned().map_err(|_| Fault::new(Code::Busy, "too many listen").after(AGAIN))
        };
        let one_of_all = taken(&self.all)?;
        let stranger = if session.is_none() { Some(taken(&self.strangers)?) } else { None };
        let session = session.map(|session| self.count(session)).transpose()?;
        self.count.fetch_add(1, Ordering::Relaxed);
        Ok(Place { _one_of_all: one_of_all, _stranger: stranger, count: Arc::clone(&self.count), session })
    }

    fn count(&self, session: &str) -> Result<(String, Sessions), Fault> {
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        let count = sessions.entry(session.to_owned()).or_default();
        if *count >= EACH {
            let detail = format!("a session listens {EACH} times at most");
            return Err(Fault::new(Code::TooManyAttempts, detail).after(AGAIN));
        }
        *count += 1;
        Ok((session.to_owned(), Arc::clone(&self.sessions)))
    }

    /// Where the listeners of a business are told. It hears of every commit from before this returns until the server
    /// stops.
    pub(crate) fn hub(&self, hosted: &Hosted, stopping: &watch::Receiver<bool>) -> Arc<Hub> {
        let mut hubs = self.hubs.lock().unwrap_or_else(PoisonError::into_inner);
        let hub = hubs.entry(hosted.slug.clone()).or_insert_with(|| {
            let hub = Arc::new(Hub::default());
            let (store, touched) = (hosted.store.clone(), hosted.store.watch());
            tokio::spawn(Arc::clone(&hub).run(store, touched, Arc::clone(&self.count), stopping.clone()));
            hub
        });
        Arc::clone(hub)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.count.fetch_sub(1, Ordering::Relaxed);
        let Some((session, sessions)) = self.session.take() else { return };
        let mut sessions = sessions.lock().unwrap_or_else(PoisonError::into_inner);
        match sessions.get_mut(&session) {
            Some(count) if *count > 1 => *count -= 1,
            _ => drop(sessions.remove(&session)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: usize = 1_000;
    const STRANGERS: usize = ALL / 2;

    fn code(entered: Result<Place, Fault>) -> Option<Code> {
        entered.err().map(|fault| fault.code())
    }

    #[test]
    fn a_session_has_its_places_and_no_more() {
        let listeners = Listeners::new(ALL);
        let mut places: Vec<Place> = (0..EACH).map(|_| listeners.enter(Some("a")).unwrap()).collect();
        assert_eq!(code(listeners.enter(Some("a"))), Some(Code::TooManyAttempts), "one more than a session has");
        assert_eq!(code(listeners.enter(Some("b"))), None, "another session has its own");
        places.pop();
        assert_eq!(code(listeners.enter(Some("a"))), None, "a place that was left is free");
        assert_eq!(listeners.count.load(Ordering::Relaxed), places.len(), "who was not let in is not counted");
        drop(places);
        assert!(listeners.sessions.lock().unwrap().is_empty(), "nothing is remembered of those who are gone");
    }

    #[test]
    fn strangers_leave_room_for_customers() {
        let listeners = Listeners::new(ALL);
        let strangers: Vec<Place> = (0..STRANGERS).map(|_| listeners.enter(None).unwrap()).collect();
        assert_eq!(code(listeners.enter(None)), Some(Code::Busy), "strangers have half of the places");
        let customers: Vec<Place> =
            (0..ALL - STRANGERS).map(|n| listeners.enter(Some(&n.to_string())).unwrap()).collect();
        assert_eq!(code(listeners.enter(Some("late"))), Some(Code::Busy), "all places are taken");
        drop(strangers);
        assert_eq!(code(listeners.enter(Some("late"))), None, "whoever leaves makes room");
        assert_eq!(customers.len(), STRANGERS, "the other half was for customers");
    }
}
