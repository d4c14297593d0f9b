//! Connections for reading.
//!
//! **Invariant:** taking a connection never waits. Somebody who holds one and asks for a second would otherwise wait
//! for himself once everybody does so. There is no upper bound on open connections but the number of snapshots that are
//! alive; at most [`KEPT`] idle ones are kept for the next.

use std::{
    ops::Deref,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use rusqlite::Connection;

use super::connection;
use crate::StoreError;

/// How many idle connections are kept.
const KEPT: usize = 64;

/// The pool.
pub(super) struct Readers {
    path: PathBuf,
    /// Nothing once the engine is closed.
    idle: Mutex<Option<Vec<Connection>>>,
}

impl Readers {
    pub(super) fn new(path: &Path) -> Self {
        Self { path: path.to_owned(), idle: Mutex::new(Some(Vec::new())) }
    }

    /// A connection; it goes back when it is dropped.
    pub(super) fn take(self: &Arc<Self>) -> Result<Reader, StoreError> {
        let kept = match self.idle.lock().unwrap_or_else(PoisonError::into_inner).as_mut() {
            Some(idle) => idle.pop(),
            None => return Err(StoreError::Closed),
        };
        let open = match kept {
            Some(open) => open,
            None => connection::open_reader(&self.path)?,
        };
        Ok(Reader { open: Some(open), home: Arc::clone(self) })
    }

    /// Gives out no more connections and closes the idle ones.
    pub(super) fn close(&self) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).take();
    }
}

/// A connection that is out.
pub(super) struct Reader {
    /// There until it is dropped.
    open: Option<Connection>,
    home: Arc<Readers>,
}

impl Deref for Reader {
    type Target = Connection;
    fn deref(&self) -> &Connection {
        self.open.as_ref().expect("the connection is there until the reader is dropped")
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        let Some(open) = self.open.take() else { return };
        // A transaction that cannot be ended ends with its connection.
        let rollback = || open.prepare_cached("ROLLBACK").and_then(|mut end| end.execute([]));
        let clean = open.is_autocommit() || rollback().is_ok();
        let mut idle = self.home.idle.lock().unwrap_or_else(PoisonError::into_inner);
        match idle.as_mut() {
            Some(idle) if clean && idle.len() < KEPT => idle.push(open),
            _ => drop(open),
        }
    }
}
