//! One batch, inside the writer's transaction.
//!
//! Everything is checked before anything is written: a batch that is refused costs no disk.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use rusqlite::{Connection, OptionalExtension, params};

use super::jobs;
use crate::{
    Batch, CommitError, Committed, Key, Space, StoreError, UniqueKey, Write,
    keys::{read_keys, write_keys},
};

/// Checks and writes a batch.
pub(super) fn commit(connection: &Connection, realm: i64, batch: &Batch) -> Result<Committed, CommitError> {
    check_guards(connection, realm, batch)?;
    check_unique(connection, realm, &batch.writes)?;
    let mut spaces = BTreeMap::new();
    for write in &batch.writes {
        if !spaces.contains_key(&write.key.space) {
            spaces.insert(&write.key.space, raise(connection, realm, &write.key.space)?);
        }
    }
    // All keys are released before any is taken, so that two documents of a batch may swap theirs. What a document keeps
    // is neither.
    let mut taken = Vec::with_capacity(batch.writes.len());
    for write in &batch.writes {
        let held = held(connection, spaces[&write.key.space].0, &write.key.kind, &write.key.id)?;
        let wanted: BTreeSet<&UniqueKey> = write.keys.iter().filter(|_| write.body.is_some()).collect();
        release(connection, realm, held.iter().filter(|key| !wanted.contains(key)))?;
        taken.push(wanted.into_iter().filter(|key| !held.contains(key)).collect::<Vec<_>>());
    }
    for (write, taken) in batch.writes.iter().zip(taken) {
        let (space, version) = spaces[&write.key.space];
        put(connection, space, version, write)?;
        hold(connection, realm, space, &write.key, &taken)?;
    }
    for job in &batch.jobs {
        jobs::add(connection, realm, job)?;
    }
    let spaces = spaces.into_iter().map(|(space, (_, version))| (space.clone(), version.cast_unsigned()));
    Ok(Committed { spaces: spaces.collect() })
}

/// Whether every document is still at the version that was seen.
fn check_guards(connection: &Connection, realm: i64, batch: &Batch) -> Result<(), CommitError> {
    let mut query = connection.prepare_cached(
        "SELECT document.version FROM document JOIN space ON space.id = document.space
         WHERE space.realm = ?1 AND space.name = ?2 AND document.kind = ?3 AND document.id = ?4
         AND document.body IS NOT NULL",
    )?;
    for guard in &batch.guards {
        let Key { space, kind, id } = &guard.key;
        let found: Option<i64> =
            query.query_row(params![realm, space.as_str(), kind, id], |row| row.get(0)).optional()?;
        if found.unwrap_or(0).cast_unsigned() != guard.version {
            return Err(CommitError::Changed(guard.key.clone()));
        }
    }
    Ok(())
}

/// Whether every document is written once and every unique key is free, or will be: held by a document that this very
/// batch writes anew.
fn check_unique(connection: &Connection, realm: i64, writes: &[Write]) -> Result<(), CommitError> {
    let mut written = HashSet::new();
    for write in writes {
        if !written.insert(&write.key) {
            return Err(StoreError::Engine(format!("a batch writes {:?} twice", write.key)).into());
        }
    }
    let mut wanted: HashMap<&UniqueKey, &Key> = HashMap::new();
    for write in writes.iter().filter(|write| write.body.is_some()) {
        for key in &write.keys {
            let other_wants = wanted.insert(key, &write.key).is_some_and(|other| other != &write.key);
            if other_wants || holder(connection, realm, key)?.is_some_and(|holder| !written.contains(&holder)) {
                return Err(CommitError::Taken(key.clone()));
            }
        }
    }
    Ok(())
}

/// Which document holds a unique key.
pub(super) fn holder(connection: &Connection, realm: i64, key: &UniqueKey) -> Result<Option<Key>, StoreError> {
    let mut query = connection.prepare_cached(
        "SELECT space.name, unique_key.kind, unique_key.id FROM unique_key JOIN space ON space.id = unique_key.space
         WHERE unique_key.realm = ?1 AND unique_key.name = ?2 AND unique_key.value = ?3",
    )?;
    let found: Option<(String, String, String)> = query
        .query_row(params![realm, key.name, key.value], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()?;
    found.map(|(space, kind, id)| Ok(Key { space: name(&space)?, kind, id })).transpose()
}

/// A space's name as it was stored.
pub(super) fn name(stored: &str) -> Result<Space, StoreError> {
    stored.parse().map_err(|_| StoreError::Engine(format!("{stored:?} in the file is not the name of a space")))
}

/// Raises a space's version by one; gives its number and the version.
fn raise(connection: &Connection, realm: i64, space: &Space) -> Result<(i64, i64), StoreError> {
    let mut upsert = connection.prepare_cached(
        "INSERT INTO space (realm, name, version) VALUES (?1, ?2, 1)
         ON CONFLICT (realm, name) DO UPDATE SET version = version + 1 RETURNING id, version",
    )?;
    Ok(upsert.query_row(params![realm, space.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))?)
}

/// Writes a document, or its tombstone; its unique keys are not held yet.
pub(super) fn put(connection: &Connection, space: i64, version: i64, write: &Write) -> Result<(), StoreError> {
    let Write { key: Key { kind, id, .. }, sort, body, keys } = write;
    // A tombstone has no place in lists, and holds no keys.
    let (sort, keys) = if body.is_some() { (sort.as_str(), write_keys(keys)) } else { ("", None) };
    let mut upsert = connection.prepare_cached(
        "INSERT INTO document (space, kind, id, version, sort, body, keys) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT (space, kind, id)
         DO UPDATE SET version = excluded.version, sort = excluded.sort, body = excluded.body, keys = excluded.keys",
    )?;
    upsert.execute(params![space, kind, id, version, sort, body, keys])?;
    Ok(())
}

/// The unique keys that a document holds.
pub(super) fn held(connection: &Connection, space: i64, kind: &str, id: &str) -> Result<Vec<UniqueKey>, StoreError> {
    let mut query =
        connection.prepare_cached("SELECT keys FROM document WHERE space = ?1 AND kind = ?2 AND id = ?3")?;
    let held: Option<Option<String>> = query.query_row(params![space, kind, id], |row| row.get(0)).optional()?;
    held.flatten().map_or(Ok(Vec::new()), |held| read_keys(&held))
}

/// Releases unique keys.
pub(super) fn release<'a>(
    connection: &Connection,
    realm: i64,
    keys: impl IntoIterator<Item = &'a UniqueKey>,
) -> Result<(), StoreError> {
    let mut delete =
        connection.prepare_cached("DELETE FROM unique_key WHERE realm = ?1 AND name = ?2 AND value = ?3")?;
    for UniqueKey { name, value } in keys {
        delete.execute(params![realm, name, value])?;
    }
    Ok(())
}

/// Takes unique keys for a document.
fn hold(connection: &Connection, realm: i64, space: i64, key: &Key, keys: &[&UniqueKey]) -> Result<(), StoreError> {
    let mut insert = connection.prepare_cached(
        "INSERT INTO unique_key (realm, name, value, space, kind, id) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?;
    for UniqueKey { name, value } in keys {
        insert.execute(params![realm, name, value, space, key.kind, key.id])?;
    }
    Ok(())
}
