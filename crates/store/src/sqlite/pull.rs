//! What changed in a space.

use rusqlite::{Connection, params};

use super::commit;
use crate::{Changed, Page, Space, StoreError};

/// A page of changes after one version and up to the space's own, inside a read transaction.
pub(super) fn pull(
    connection: &Connection,
    realm: i64,
    space: &Space,
    (after, version): (u64, u64),
    limit: usize,
) -> Result<Page, StoreError> {
    // A device may be ahead of a server that was restored from a backup; there is nothing after its version.
    if after >= version {
        return Ok(Page { version, changes: Vec::new(), more: false });
    }
    // Who starts from nothing has nothing to delete.
    let mut query = connection.prepare_cached(
        "SELECT document.kind, document.id, document.version, document.sort, document.body
         FROM document JOIN space ON space.id = document.space
         WHERE space.realm = ?1 AND space.name = ?2 AND document.version > ?3
         AND (?3 > 0 OR document.body IS NOT NULL)
         ORDER BY document.version, document.kind, document.id",
    )?;
    let mut rows = query.query(params![realm, space.as_str(), after.cast_signed()])?;
    let mut changes: Vec<Changed> = Vec::new();
    while let Some(row) = rows.next()? {
        let at: i64 = row.get(2)?;
        let at = at.cast_unsigned();
        if let Some(last) = changes.last()
            && changes.len() >= limit
            && last.version != at
        {
            return Ok(Page { version: last.version, changes, more: true });
        }
        changes.push(Changed { kind: row.get(0)?, id: row.get(1)?, version: at, sort: row.get(3)?, body: row.get(4)? });
    }
    Ok(Page { version, changes, more: false })
}

/// A space's version; 0 when there is none.
pub(super) fn version(connection: &Connection, realm: i64, space: &Space) -> Result<u64, StoreError> {
    Ok(commit::find(connection, realm, space)?.map_or(0, |(_, version)| version.cast_unsigned()))
}
