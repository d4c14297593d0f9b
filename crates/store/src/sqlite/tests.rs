//! The suite on SQLite, and what only SQLite has.

mod documents;
mod file;
mod format;
mod known;
mod mirror;
mod others;
mod realms;
mod restore;

use tempfile::TempDir;

use super::{SqliteEngine, SqliteStore};
use crate::Engine;

/// An engine on a file of its own, removed with the directory.
fn engine() -> (SqliteEngine, TempDir) {
    let directory = tempfile::tempdir().unwrap();
    let engine = SqliteEngine::open(&directory.path().join("store.sqlite")).unwrap();
    (engine, directory)
}

async fn fresh() -> (SqliteStore, TempDir) {
    let (engine, directory) = engine();
    (engine.realm("salon"), directory)
}

crate::conformance!(fresh);

/// The same where nobody writes at once.
mod queued {
    use std::time::Duration;

    use super::{SqliteEngine, SqliteStore, TempDir};

    async fn fresh() -> (SqliteStore, TempDir) {
        let directory = tempfile::tempdir().unwrap();
        let engine = SqliteEngine::open_with(&directory.path().join("store.sqlite"), Duration::ZERO).unwrap();
        (engine.realm("salon"), directory)
    }

    crate::conformance!(fresh);
}

async fn fresh_engine() -> (Engine, TempDir) {
    let (engine, directory) = engine();
    (Engine::Sqlite(engine), directory)
}

crate::engine_conformance!(fresh_engine);

/// A note in a space of customer 1.
fn note(id: &str, body: &str) -> crate::Write {
    crate::Write { key: key(id), sort: id.to_owned(), body: Some(body.into()), keys: Vec::new() }
}

fn key(id: &str) -> crate::Key {
    crate::Key { space: "customer/1".parse().unwrap(), kind: "note".to_owned(), id: id.to_owned() }
}

fn batch(writes: impl IntoIterator<Item = crate::Write>) -> crate::Batch {
    crate::Batch { writes: writes.into_iter().collect(), ..crate::Batch::default() }
}

async fn get(store: &SqliteStore, id: &str) -> Option<crate::Document> {
    use crate::{Read, Store};
    store.snapshot().await.unwrap().get(&key(id)).await.unwrap()
}
