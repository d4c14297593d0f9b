//! One business in the file: its name, its number, its watchers.

use std::sync::{Mutex, PoisonError};

use rusqlite::{Connection, OptionalExtension};
use tokio::sync::broadcast;

use crate::{Committed, StoreError, Touched};

/// How many commits a watcher may lag behind before it is told that it lags.
const WATCHED: usize = 1024;

/// A realm. It comes into being in the file with its first commit; its number is looked up each time, for a number
/// remembered from a transaction that was undone would be wrong.
pub(super) struct Realm {
    name: String,
    /// Nothing once the engine is closed.
    watchers: Mutex<Option<broadcast::Sender<Touched>>>,
}

impl Realm {
    pub(super) fn new(name: &str) -> Self {
        Self { name: name.to_owned(), watchers: Mutex::new(Some(broadcast::channel(WATCHED).0)) }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// The realm's number, if it is in the file.
    pub(super) fn find(&self, connection: &Connection) -> Result<Option<i64>, StoreError> {
        let mut query = connection.prepare_cached("SELECT id FROM realm WHERE name = ?1")?;
        Ok(query.query_row([&self.name], |row| row.get(0)).optional()?)
    }

    /// The realm's number; writes the realm when it is new.
    pub(super) fn ensure(&self, connection: &Connection) -> Result<i64, StoreError> {
        if let Some(id) = self.find(connection)? {
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
