//! Which history a file tells.
//!
//! **Invariant:** two files in which the same version of a space may mean different documents have different epochs.
//!
//! Design. A copy is made without an epoch, and whoever opens a file without one draws one at random. So a copy that is
//! put back twice begins two histories.

use rusqlite::{Connection, OptionalExtension};

use crate::StoreError;

/// The file's epoch; draws one when it has none.
pub(super) fn ensure(connection: &Connection) -> Result<String, StoreError> {
    if let Some(epoch) = find(connection)? {
        return Ok(epoch);
    }
    // Should another program be doing the same, the first one's epoch stays.
    connection
        .execute("INSERT INTO epoch (only, value) VALUES (1, lower(hex(randomblob(8)))) ON CONFLICT DO NOTHING", [])?;
    find(connection)?.ok_or_else(|| StoreError::Engine("the file does not keep its epoch".to_owned()))
}

/// Has the next one who opens the file begin a history of its own.
pub(super) fn clear(connection: &Connection) -> Result<(), StoreError> {
    connection.execute("DELETE FROM epoch", [])?;
    Ok(())
}

fn find(connection: &Connection) -> Result<Option<String>, StoreError> {
    Ok(connection.query_row("SELECT value FROM epoch", [], |row| row.get(0)).optional()?)
}
