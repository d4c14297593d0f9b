//! One business in the file: its name, its number, its watchers.

use std::sync::{Mutex, OnceLock, PoisonError};

use rusqlite::{Connection, OptionalExtension};
use tokio::sync::broadcast;

use crate::{Committed, StoreError, Touched};

/// How many commits a watcher may lag behind before it is told that it lags.
const WATCHED: usize = 1024;

/// A realm. It comes into being in the file with its first commit. Its number is remembered once a reader has seen it: one
/// from a transaction that was undone would be wrong.
pub(super) struct Realm {
    name: String,
    /// Set once a reader has seen it.
    id: OnceLock<i64>,
    /// Nothing once the engine is closed.
    watchers: Mutex<Option<broadcast::Sender<Touched>>>,
}

impl Realm {
    pub(super) fn new(name: &str) -> Self {
        Self { name: name.to_owned(), id: OnceLock::new(), watchers: Mutex::new(Some(broadcast::channel(WATCHED).0)) }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// The realm's number, if it is in the file.
    pub(super) fn find(&self, connection: &Connection) -> Result<Option<i64>, StoreError> {
        let mut query = connection.prepare_cached("SELECT id FROM realm WHERE name = ?1")?;
        Ok(query.query_row([&self.name], |row| row.get(0)).optional()?)
    }

    /// The realm's number, if a reader has seen it.
    pub(super) fn id(&self) -> Option<i64> {
        self.id.get().copied()
    }

    /// The realm's number as others see it. Once committed it stays for ever.
    pub(super) fn committed(&self, reader: &Connection) -> Result<Option<i64>, StoreError> {
        if let Some(id) = self.id.get() {
            return Ok(Some(*id));
        }
        let found = self.find(reader)?;
        if let Some(id) = found {
            // Whoever was faster has read the same.
            let _ = self.id.set(id);
        }
        Ok(found)
    }

    /// The realm's number; writes the realm when it is new.
    pub(super) fn ensure(&self, connection: &Connection) -> Result<i64, StoreError> {
        let known = self.id.get().copied();
        if let Some(id) = known.map_or_else(|| self.find(connection), |id| Ok(Some(id)))? {
            return Ok(id);
        }
        connection.prepare_cached("INSERT INTO realm (name) VALUES (?1)")?.execute([&self.name])?;
        Ok(connection.last_insert_rowid())
    }

    /// A receiver of all commits from now on; one that is at its end when the engine is closed.
    pub(super) fn watch(&self) -> broadcast::Receiver<Touched> {
        let watchers = self.watchers.lock().unwrap_or_else(PoisonError::into_inner);
        watchers.as_ref().map_or_else(|| broadcast::channel(1).1, broadcast::Sender::subscribe)
    }

    /// Tells the watchers.
    pub(super) fn tell(&self, committed: &Committed) {
        let watchers = self.watchers.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(watchers) = watchers.as_ref() {
            for (space, version) in &committed.spaces {
                // Nobody watching is no failure.
                let _ = watchers.send(Touched { space: space.clone(), version: *version });
            }
        }
    }

    /// Ends all watches.
    pub(super) fn hush(&self) {
        self.watchers.lock().unwrap_or_else(PoisonError::into_inner).take();
    }
}

/// The names of all realms, in order.
pub(super) fn names(connection: &Connection) -> Result<Vec<String>, StoreError> {
    let mut query = connection.prepare_cached("SELECT name FROM realm ORDER BY name")?;
    let names = query.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    Ok(names)
}
