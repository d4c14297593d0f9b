//! Taking over what was pulled from elsewhere, inside the writer's transaction.

use std::collections::BTreeMap;

use rusqlite::{Connection, params};

use super::{commit, error::to_sql};
use crate::{ApplyError, Batch, Changed, Committed, Key, Replacement, Space, StoreError, Write, keys::read_keys};

/// Writes a page's documents with their own versions, and a batch.
pub(super) fn apply(
    connection: &Connection,
    realm: i64,
    space: &Space,
    version: u64,
    changes: &[Changed],
    extra: &Batch,
) -> Result<Committed, ApplyError> {
    let fits = changes.iter().all(|change| change.version <= version)
        && extra.writes.iter().all(|write| &write.key.space != space);
    if !fits {
        return Err(ApplyError::Unfit);
    }
    let found = commit::find(connection, realm, space)?;
    let current = found.map_or(0, |(_, current)| current.cast_unsigned());
    if version < current {
        return Err(ApplyError::Behind { current });
    }
    let mut committed = commit::commit(connection, realm, extra, |_| None)?.0;
    if version == current && changes.is_empty() {
        return Ok(committed);
    }
    let mut upsert = connection.prepare_cached(
        "INSERT INTO space (realm, name, least) VALUES (?1, ?2, ?3)
         ON CONFLICT (realm, name) DO UPDATE SET least = excluded.least RETURNING id",
    )?;
    let id: i64 = upsert.query_row(params![realm, space.as_str(), to_sql(version)?], |row| row.get(0))?;
    for Changed { kind, id: document, version, sort, body } in changes {
        let row = commit::row(connection, id, kind, document)?;
        if let Some(row) = &row {
            commit::release(connection, realm, &row.held()?)?;
        }
        let key = Key { space: space.clone(), kind: kind.clone(), id: document.clone() };
        let write = Write { key, sort: sort.clone(), body: body.clone(), keys: Vec::new() };
        commit::put(connection, row.as_ref(), (id, to_sql(*version)?), &write)?;
    }
    let at = committed.spaces.partition_point(|(other, _)| other < space);
    committed.spaces.insert(at, (space.clone(), version));
    Ok(committed)
}

/// Removes spaces, writes pages in their place, and a batch.
pub(super) fn replace(
    connection: &Connection,
    realm: i64,
    gone: &[Space],
    pages: &[Replacement],
    extra: &Batch,
) -> Result<Committed, ApplyError> {
    if extra.writes.iter().any(|write| pages.iter().any(|page| page.space == write.key.space)) {
        return Err(ApplyError::Unfit);
    }
    let mut spaces = BTreeMap::new();
    for space in gone {
        if forget(connection, realm, space)? {
            spaces.insert(space.clone(), 0);
        }
    }
    for Replacement { space, version, changes } in pages {
        spaces.extend(apply(connection, realm, space, *version, changes, &Batch::default())?.spaces);
    }
    spaces.extend(commit::commit(connection, realm, extra, |_| None)?.0.spaces);
    Ok(Committed { spaces: spaces.into_iter().collect() })
}

/// The end of a space, when nothing is left in it.
pub(super) const END: &str = "DELETE FROM space WHERE id = ?1";

/// Removes all traces of a space; says whether there were any.
pub(super) fn forget(connection: &Connection, realm: i64, space: &Space) -> Result<bool, StoreError> {
    let Some((id, _)) = commit::find(connection, realm, space)? else { return Ok(false) };
    let mut query = connection.prepare_cached("SELECT keys FROM document WHERE space = ?1 AND keys IS NOT NULL")?;
    let held = query.query_map([id], |row| row.get(0))?.collect::<Result<Vec<String>, _>>()?;
    for keys in held {
        commit::release(connection, realm, &read_keys(&keys)?)?;
    }
    for sql in ["DELETE FROM document WHERE space = ?1", END] {
        connection.prepare_cached(sql)?.execute([id])?;
    }
    Ok(true)
}
