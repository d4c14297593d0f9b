//! A fuse in a device: its program ends right after it has stood still so many times, wherever that is.
//!
//! A program stands still when all it does waits: for the disk, for the keychain or for the network. Between two such
//! moments it does nothing that outlives it, so these are all the places at which an end makes a difference.
//!
//! **Invariant:** where it stands still is no matter of how fast the machine is. Design. While a fuse is in, nothing of
//! what the device waits for comes to its end before all the device's work waits: the simulation holds the lock of its
//! file, without which its writer cannot write, and its keychain waits too. Then both are let go; as soon as something
//! has come to its end, before the device learns of it, the lock is taken back and the fuse counts, or blows.

use std::{
    path::Path,
    sync::{Arc, Condvar, Mutex},
    task::{Poll, Waker},
    time::Instant,
};

use client::{MemoryVault, Vault, VaultError};
use rusqlite::Connection;

use crate::gate::STUCK;

/// The place for a fuse. Clones are the same place.
#[derive(Clone, Default)]
pub(crate) struct Fuse(Arc<(Mutex<State>, Condvar)>);

#[derive(Default)]
struct State {
    /// There while a fuse is in: its transaction is the lock.
    lock: Option<Connection>,
    /// How often the device may stand still yet.
    left: u32,
    /// It stands still.
    still: bool,
    blown: bool,
    waits: Option<Waker>,
}

impl Fuse {
    /// Puts a fuse in, in place of one that may be there.
    pub(crate) fn put(&self, file: &Path, stops: u32) -> Result<(), String> {
        self.remove();
        let lock = Connection::open(file).map_err(|error| error.to_string())?;
        lock.busy_timeout(STUCK).and_then(|()| lock.execute_batch("BEGIN IMMEDIATE")).map_err(|e| e.to_string())?;
        let mut state = self.0.0.lock().unwrap();
        (state.lock, state.left) = (Some(lock), stops.max(1));
        Ok(())
    }

    /// Takes it out. Says whether there was one.
    pub(crate) fn remove(&self) -> bool {
        let state = std::mem::take(&mut *self.0.0.lock().unwrap());
        self.0.1.notify_all();
        state.lock.is_some()
    }

    /// All of the device's work waits.
    pub(crate) fn stands(&self) {
        let mut state = self.0.0.lock().unwrap();
        if let Some(lock) = &state.lock
            && !state.blown
        {
            lock.execute_batch("ROLLBACK").unwrap();
            state.still = true;
            self.0.1.notify_all();
        }
    }

    /// Something came to its end, and nobody was told yet.
    pub(crate) fn goes_on(&self) {
        let mut state = self.0.0.lock().unwrap();
        if let Some(lock) = &state.lock
            && state.still
        {
            lock.execute_batch("BEGIN IMMEDIATE").unwrap();
            state.still = false;
            state.left -= 1;
            if state.left == 0 {
                state.blown = true;
                if let Some(waits) = state.waits.take() {
                    waits.wake();
                }
                self.0.1.notify_all();
            }
        }
    }

    /// Whether it has blown.
    pub(crate) fn has_blown(&self) -> bool {
        self.0.0.lock().unwrap().blown
    }

    /// Waits until it blows.
    pub(crate) async fn blows(&self) {
        std::future::poll_fn(|context| {
            let mut state = self.0.0.lock().unwrap();
            if state.blown {
                return Poll::Ready(());
            }
            state.waits = Some(context.waker().clone());
            Poll::Pending
        })
        .await;
    }

    /// Waits until the device stands still, if there is a fuse.
    fn wait(&self) {
        let state = self.0.0.lock().unwrap();
        let goes = |state: &mut State| state.lock.is_some() && !state.still && !state.blown;
        drop(self.0.1.wait_timeout_while(state, STUCK, goes).unwrap());
    }
}

/// Waits until nobody has a device's file open: the last one to close it takes its log away.
pub(crate) fn closed(file: &Path) -> Result<(), String> {
    let (log, since) = (file.with_extension("sqlite-wal"), Instant::now());
    while log.exists() {
        if since.elapsed() > STUCK {
            return Err("a program that ended still holds its file".to_owned());
        }
        std::thread::yield_now();
    }
    Ok(())
}

/// A keychain that answers when its device stands still.
#[derive(Default)]
pub(crate) struct Keychain {
    pub(crate) fuse: Fuse,
    inner: MemoryVault,
}

impl Vault for Keychain {
    fn get(&self, name: &str) -> Result<Option<String>, VaultError> {
        self.fuse.wait();
        self.inner.get(name)
    }

    fn set(&self, name: &str, secret: &str) -> Result<(), VaultError> {
        self.fuse.wait();
        self.inner.set(name, secret)
    }

    fn delete(&self, name: &str) -> Result<(), VaultError> {
        self.fuse.wait();
        self.inner.delete(name)
    }
}
