//! A fuse in a device: its program ends at the nth wait, for its disk or for its keychain, before what it waits for or
//! right after it.
//!
//! What a program does between two waits is in memory, so these, and the waits for the network, which the simulation cuts
//! by itself, are all the places at which an end makes a difference. On the disk only writes wait: the engine reads on the
//! program's own thread.
//!
//! **Invariant:** which wait it is is no matter of how fast the machine is. Design. Writes are counted where they are
//! begun (`store::faults`), uses of the keychain where it is asked. At the nth whoever waits is never told, so that the
//! device stands there until it is cut.

use std::{
    cell::{Cell, RefCell},
    sync::{Arc, Condvar, Mutex},
};

use client::{MemoryVault, Vault, VaultError};
use serde::{Deserialize, Serialize};
use store::faults::{self, Planned, What, When};
use tokio::sync::Notify;

use crate::gate::STUCK;

/// Where a device's program ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct End {
    /// What it waits for there: its keychain or its disk.
    pub(crate) keychain: bool,
    /// Which of the waits from now on; the next is 0.
    pub(crate) wait: u32,
    /// Whether what it waits for has taken effect.
    pub(crate) after: bool,
}

/// The place for a fuse.
pub(crate) struct Fuse {
    pub(crate) keychain: Arc<Keychain>,
    disk: RefCell<Option<Planned>>,
    blown: Cell<bool>,
}

impl Fuse {
    /// A place without a fuse.
    pub(crate) fn new() -> Self {
        Self { keychain: Arc::default(), disk: RefCell::default(), blown: Cell::new(false) }
    }

    /// Puts a fuse in, in place of one that may be there.
    pub(crate) fn put(&self, end: End) {
        self.remove();
        if end.keychain {
            self.keychain.state.lock().unwrap().left = Some((end.wait, end.after));
        } else {
            let when = if end.after { When::After } else { When::Before };
            self.disk.replace(Some(Planned { write: end.wait, what: What::Stops, when }));
        }
    }

    /// Takes it out, blown or not. Who stands at the keychain goes on.
    pub(crate) fn remove(&self) {
        self.disk.replace(None);
        self.blown.set(false);
        *self.keychain.state.lock().unwrap() = State::default();
        self.keychain.goes_on.notify_all();
    }

    /// Whether it has blown.
    pub(crate) fn has_blown(&self) -> bool {
        self.blown.get()
    }

    /// Does some of the device's work unless the fuse has blown or blows in it: then there is nothing.
    pub(crate) async fn guard<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        if self.has_blown() {
            return None;
        }
        faults::plan(self.disk.take());
        let ended = tokio::select! {
            biased;
            () = faults::stopped() => None,
            () = self.keychain.stands.notified() => None,
            ended = work => Some(ended),
        };
        self.disk.replace(faults::left());
        faults::plan(None);
        self.blown.set(ended.is_none());
        ended
    }
}

#[derive(Default)]
struct State {
    /// How many more uses come to their end, and whether the one after them takes effect.
    left: Option<(u32, bool)>,
    /// Somebody stands here.
    still: bool,
}

/// A keychain that can stop answering.
#[derive(Default)]
pub(crate) struct Keychain {
    inner: MemoryVault,
    state: Mutex<State>,
    stands: Notify,
    goes_on: Condvar,
}

impl Keychain {
    fn answer<T>(&self, how: impl FnOnce(&MemoryVault) -> Result<T, VaultError>) -> Result<T, VaultError> {
        let mut state = self.state.lock().unwrap();
        let due = match &mut state.left {
            Some((left, _)) if *left > 0 => {
                *left -= 1;
                None
            }
            left => left.take(),
        };
        let Some((_, after)) = due else { return how(&self.inner) };
        let answer = if after { how(&self.inner) } else { Err(VaultError("the device has ended".to_owned())) };
        state.still = true;
        self.stands.notify_one();
        drop(self.goes_on.wait_timeout_while(state, STUCK, |state| state.still).unwrap());
        answer
    }
}

impl Vault for Keychain {
    fn get(&self, name: &str) -> Result<Option<String>, VaultError> {
        self.answer(|inner| inner.get(name))
    }

    fn set(&self, name: &str, secret: &str) -> Result<(), VaultError> {
        self.answer(|inner| inner.set(name, secret))
    }

    fn delete(&self, name: &str) -> Result<(), VaultError> {
        self.answer(|inner| inner.delete(name))
    }
}
