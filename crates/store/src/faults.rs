//! Writes that fail, and programs that end, on purpose: for tests of those who write.
//!
//! Whoever writes waits: on SQLite every other answer is there at once. So "the program ends at its nth wait for the disk,
//! before the write or right after it" and "its nth write fails, before it took effect or after" are all that can happen
//! to a program at its store.
//!
//! What is [planned](plan) is met by the writes that are begun on the same thread, whichever engine they go to; only what
//! a thread of its own does is not counted. What people run is built without this.

use std::{cell::RefCell, future::Future, task::Poll, task::Waker};

use crate::StoreError;

/// On which side of a write something happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// Nothing takes effect.
    Before,
    /// The write takes effect, and nobody hears of it.
    After,
}

/// What happens at a write.
#[derive(Debug, Clone)]
pub enum What {
    /// It is answered with this error.
    Fails(StoreError),
    /// It is never answered, and neither is any later one: whoever wrote is to be dropped, see [`stopped`].
    Stops,
}

/// What happens at a write to come.
#[derive(Debug, Clone)]
pub struct Planned {
    /// Which of this thread's writes from now on; the next is 0.
    pub write: u32,
    /// What happens at it.
    pub what: What,
    /// On which side of it.
    pub when: When,
}

#[derive(Default)]
struct State {
    planned: Option<Planned>,
    stopped: bool,
    waits: Option<Waker>,
}

thread_local! {
    static STATE: RefCell<State> = RefCell::default();
}

/// Plans what happens at a write of this thread, or nothing, whatever was planned or has happened before.
pub fn plan(planned: Option<Planned>) {
    STATE.set(State { planned, ..State::default() });
}

/// What was planned and has not come yet, counted from now on.
pub fn left() -> Option<Planned> {
    STATE.with_borrow(|state| state.planned.clone())
}

/// Comes back when this thread's writes have stopped.
pub async fn stopped() {
    std::future::poll_fn(|context| {
        STATE.with_borrow_mut(|state| {
            if state.stopped {
                return Poll::Ready(());
            }
            state.waits = Some(context.waker().clone());
            Poll::Pending
        })
    })
    .await;
}

/// Writes, or does not, as planned.
pub(crate) async fn met<T, E: From<StoreError>>(write: impl Future<Output = Result<T, E>>) -> Result<T, E> {
    match due() {
        None => write.await,
        Some(Planned { when: When::Before, what: What::Fails(error), .. }) => Err(error.into()),
        Some(Planned { when: When::After, what: What::Fails(error), .. }) => match write.await {
            Ok(_) => Err(error.into()),
            // Nothing took effect: the answer stays true.
            refused => refused,
        },
        Some(Planned { when, what: What::Stops, .. }) => {
            if when == When::After {
                // Whatever the answer is, nobody hears it.
                let _ = write.await;
            }
            stop();
            std::future::pending().await
        }
    }
}

/// What happens at the write that is about to begin.
fn due() -> Option<Planned> {
    STATE.with_borrow_mut(|state| {
        if state.stopped {
            return Some(Planned { write: 0, what: What::Stops, when: When::Before });
        }
        match &mut state.planned {
            Some(next) if next.write > 0 => {
                next.write -= 1;
                None
            }
            planned => planned.take(),
        }
    })
}

fn stop() {
    let waits = STATE.with_borrow_mut(|state| {
        state.stopped = true;
        state.waits.take()
    });
    if let Some(waits) = waits {
        waits.wake();
    }
}

#[cfg(test)]
mod tests {
    use std::task::Context;

    use super::*;
    use crate::{AnyStore, Batch, CommitError, Engine, Key, Read as _, Store as _, Write};

    fn key(id: &str) -> Key {
        Key { space: "business".parse().unwrap(), kind: "note".to_owned(), id: id.to_owned() }
    }

    fn note(id: &str) -> Batch {
        Batch {
            writes: vec![Write { key: key(id), sort: String::new(), body: Some("1".into()), keys: Vec::new() }],
            ..Batch::default()
        }
    }

    async fn is_there(store: &AnyStore, id: &str) -> bool {
        store.snapshot().await.unwrap().get(&key(id)).await.unwrap().is_some()
    }

    async fn store(folder: &tempfile::TempDir) -> AnyStore {
        let url = format!("sqlite:{}", folder.path().join("faults.sqlite").display());
        Engine::open(&url).await.unwrap().realm("salon")
    }

    #[tokio::test]
    async fn a_planned_write_fails_once_and_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(&folder).await;
        for (id, write, when) in [("before", 0, When::Before), ("after", 1, When::After)] {
            plan(Some(Planned { write, what: What::Fails(StoreError::Busy), when }));
            for _ in 0..write {
                store.commit(note("other")).await.expect("this is not the one");
            }
            assert!(left().is_some(), "it has not come yet");
            let failed = store.commit(note(id)).await;
            assert!(matches!(failed, Err(CommitError::Store(StoreError::Busy))), "{failed:?} is as planned");
            assert!(left().is_none(), "once");
            assert_eq!(is_there(&store, id).await, when == When::After, "what failed {when:?} it took effect");
            store.commit(note(id)).await.expect("the next write is fine");
        }
    }

    #[tokio::test]
    async fn a_planned_end_is_on_its_side_of_the_write_and_nothing_is_written_after_it() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(&folder).await;
        for (id, when) in [("before", When::Before), ("after", When::After)] {
            plan(Some(Planned { write: 1, what: What::Stops, when }));
            store.commit(note("other")).await.expect("this is not the one");
            let writes = async {
                let _ = store.commit(note(id)).await;
                panic!("whoever wrote was told");
            };
            tokio::select! {
                () = stopped() => {}
                () = writes => {}
            }
            let later = std::pin::pin!(store.commit(note("later")));
            let polled = later.poll(&mut Context::from_waker(Waker::noop()));
            assert!(polled.is_pending(), "nobody writes who has ended");
            plan(None);
            assert_eq!(is_there(&store, id).await, when == When::After, "the end is {when:?} the write");
            assert!(!is_there(&store, "later").await, "and nothing comes after it");
        }
    }
}
