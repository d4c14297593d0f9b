//! One batch, inside the writer's transaction.
//!
//! Guards are checked before anything is written, unique keys are when they are taken; what is refused then is undone by
//! whoever runs it. What a batch names is looked up once.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use rusqlite::{Connection, OptionalExtension, params};

use super::jobs;
use crate::{
    Batch, CommitError, Committed, Key, Space, StoreError, UniqueKey, Write,
    keys::{read_keys, write_keys},
};

/// Checks and writes a batch. `known` gives the numbers and versions of spaces that need not be looked up. What comes back
/// goes with the numbers of the same spaces.
pub(super) fn commit(
    connection: &Connection,
    realm: i64,
    batch: &Batch,
    known: impl Fn(&Space) -> Option<(i64, u64)>,
) -> Result<(Committed, Vec<i64>), CommitError> {
    let found = Found::look(connection, realm, batch, known)?;
    found.check_guards(batch)?;
    check_once(&batch.writes)?;
    let mut spaces = BTreeMap::new();
    for Write { key: Key { space, .. }, .. } in &batch.writes {
        if !spaces.contains_key(space) {
            spaces.insert(space, next(connection, realm, space, found.spaces[space])?);
        }
    }
    // All keys are released before any is taken, so that two documents of a batch may swap theirs. What a document keeps
    // is neither.
    let mut taken = Vec::with_capacity(batch.writes.len());
    for write in &batch.writes {
        let held = found.rows[&write.key].as_ref().map_or(Ok(Vec::new()), Row::held)?;
        let wanted: BTreeSet<&UniqueKey> = write.keys.iter().filter(|_| write.body.is_some()).collect();
        release(connection, realm, held.iter().filter(|key| !wanted.contains(key)))?;
        taken.push(wanted.into_iter().filter(|key| !held.contains(key)).collect::<Vec<_>>());
    }
    for (write, taken) in batch.writes.iter().zip(taken) {
        let (space, version) = spaces[&write.key.space];
        put(connection, found.rows[&write.key].as_ref(), (space, version), write)?;
        hold(connection, realm, space, &write.key, &taken)?;
    }
    for job in &batch.jobs {
        jobs::add(connection, realm, job)?;
    }
    let (numbers, spaces) =
        spaces.into_iter().map(|(space, (number, version))| (number, (space.clone(), version.cast_unsigned()))).unzip();
    Ok((Committed { spaces }, numbers))
}

/// What the file has of the spaces and documents that a batch names.
struct Found<'a> {
    /// Numbers and versions.
    spaces: HashMap<&'a Space, Option<(i64, i64)>>,
    rows: HashMap<&'a Key, Option<Row>>,
}

/// A document's row, or its tombstone's.
pub(super) struct Row {
    number: i64,
    version: i64,
    /// Its place among its kind; nothing for a tombstone.
    sort: Option<String>,
    keys: Option<String>,
}

/// A space's version: the highest of its documents', for every commit writes at least one. A space of a device may be
/// further than the documents that it was sent; then its own row says so.
pub(super) const VERSION: &str =
    "max(space.least, coalesce((SELECT max(document.version) FROM document WHERE document.space = space.id), 0))";

impl<'a> Found<'a> {
    fn look(
        connection: &Connection,
        realm: i64,
        batch: &'a Batch,
        known: impl Fn(&Space) -> Option<(i64, u64)>,
    ) -> Result<Self, StoreError> {
        let (mut spaces, mut rows) = (HashMap::new(), HashMap::new());
        for key in batch.guards.iter().map(|guard| &guard.key).chain(batch.writes.iter().map(|write| &write.key)) {
            if rows.contains_key(key) {
                continue;
            }
            let space = match spaces.get(&key.space) {
                Some(space) => *space,
                None => {
                    let known = known(&key.space).map(|(number, version)| (number, version.cast_signed()));
                    let space = known.map_or_else(|| find(connection, realm, &key.space), |known| Ok(Some(known)))?;
                    spaces.insert(&key.space, space);
                    space
                }
            };
            let row = match space {
                Some((space, _)) => row(connection, space, &key.kind, &key.id)?,
                None => None,
            };
            rows.insert(key, row);
        }
        Ok(Self { spaces, rows })
    }

    /// Whether every document is still at the version that was seen.
    fn check_guards(&self, batch: &Batch) -> Result<(), CommitError> {
        let changed = batch.guards.iter().find(|guard| {
            let live = self.rows[&guard.key].as_ref().filter(|row| row.sort.is_some());
            live.map_or(0, |row| row.version.cast_unsigned()) != guard.version
        });
        changed.map_or(Ok(()), |guard| Err(CommitError::Changed(guard.key.clone())))
    }
}

impl Row {
    /// The unique keys that it holds.
    pub(super) fn held(&self) -> Result<Vec<UniqueKey>, StoreError> {
        self.keys.as_ref().map_or(Ok(Vec::new()), |keys| read_keys(keys))
    }
}

/// A space's number and version.
pub(super) fn find(connection: &Connection, realm: i64, space: &Space) -> Result<Option<(i64, i64)>, StoreError> {
    let mut query =
        connection.prepare_cached(&format!("SELECT id, {VERSION} FROM space WHERE realm = ?1 AND name = ?2"))?;
    Ok(query.query_row(params![realm, space.as_str()], |row| Ok((row.get(0)?, row.get(1)?))).optional()?)
}

/// A document's row.
pub(super) fn row(connection: &Connection, space: i64, kind: &str, id: &str) -> Result<Option<Row>, StoreError> {
    let mut query = connection.prepare_cached(
        "SELECT rowid, version, iif(gone, NULL, sort), keys FROM document WHERE space = ?1 AND kind = ?2 AND id = ?3",
    )?;
    let read = |row: &rusqlite::Row<'_>| {
        Ok(Row { number: row.get(0)?, version: row.get(1)?, sort: row.get(2)?, keys: row.get(3)? })
    };
    Ok(query.query_row(params![space, kind, id], read).optional()?)
}

/// Whether every document is written once.
fn check_once(writes: &[Write]) -> Result<(), StoreError> {
    let mut written = HashSet::new();
    match writes.iter().find(|write| !written.insert(&write.key)) {
        Some(twice) => Err(StoreError::Engine(format!("a batch writes {:?} twice", twice.key))),
        None => Ok(()),
    }
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

/// A space's number and next version; writes the space when it is new.
fn next(
    connection: &Connection,
    realm: i64,
    space: &Space,
    found: Option<(i64, i64)>,
) -> Result<(i64, i64), StoreError> {
    let Some((number, version)) = found else {
        let mut insert = connection.prepare_cached("INSERT INTO space (realm, name, least) VALUES (?1, ?2, 1)")?;
        return Ok((insert.insert(params![realm, space.as_str()])?, 1));
    };
    let version =
        version.checked_add(1).ok_or_else(|| StoreError::Engine("a space's version is at its end".to_owned()))?;
    Ok((number, version))
}

/// What a document says that keeps its place among its kind: the lists are left as they are.
pub(super) const STAYS: &str = "UPDATE document SET version = ?2, body = ?3, keys = ?4 WHERE rowid = ?1";
/// A document that moves among its kind, goes or comes back.
pub(super) const MOVES: &str =
    "UPDATE document SET version = ?2, sort = ?3, body = ?4, keys = ?5, gone = ?6 WHERE rowid = ?1";
/// A new row of a document, or of a tombstone.
pub(super) const INSERT: &str = "INSERT INTO document (space, kind, id, version, sort, body, keys, gone)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";

/// Writes a document, or its tombstone, in the place of the row that was found; its unique keys are not held yet.
pub(super) fn put(
    connection: &Connection,
    found: Option<&Row>,
    (space, version): (i64, i64),
    write: &Write,
) -> Result<(), StoreError> {
    let Write { key: Key { kind, id, .. }, sort, body, keys } = write;
    // A tombstone has no place in lists, and holds no keys.
    let (sort, keys, gone) = match body {
        Some(_) => (sort.as_str(), write_keys(keys), None),
        None => ("", None, Some(1)),
    };
    match found {
        Some(Row { number, sort: Some(before), .. }) if gone.is_none() && before == sort => {
            connection.prepare_cached(STAYS)?.execute(params![number, version, body, keys])?
        }
        Some(Row { number, .. }) => {
            connection.prepare_cached(MOVES)?.execute(params![number, version, sort, body, keys, gone])?
        }
        None => {
            connection.prepare_cached(INSERT)?.execute(params![space, kind, id, version, sort, body, keys, gone])?
        }
    };
    Ok(())
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

/// Takes unique keys for a document, if nobody else holds them.
fn hold(connection: &Connection, realm: i64, space: i64, key: &Key, keys: &[&UniqueKey]) -> Result<(), CommitError> {
    let mut insert = connection
        .prepare_cached(
            "INSERT INTO unique_key (realm, name, value, space, kind, id) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT DO NOTHING",
        )
        .map_err(StoreError::from)?;
    for &unique in keys {
        let values = params![realm, unique.name, unique.value, space, key.kind, key.id];
        if insert.execute(values).map_err(StoreError::from)? == 0 {
            return Err(CommitError::Taken(unique.clone()));
        }
    }
    Ok(())
}
