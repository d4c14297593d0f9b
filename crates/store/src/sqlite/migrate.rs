//! Brings a file to the format of this program, or says why not.
//!
//! **Invariant:** a step and the note that it was taken commit together. **Invariant:** a file that this program may
//! not open is not changed.

use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};

use super::{
    connection,
    schema::{APPLICATION, STEPS, Step},
};
use crate::StoreError;

/// What a file says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Format {
    /// The last step taken.
    pub(super) format: u32,
    /// The lowest format a program must know to open it.
    pub(super) readable_from: u32,
}

/// Takes the steps that are missing.
pub(super) fn migrate(connection: &mut Connection) -> Result<(), StoreError> {
    migrate_with(connection, STEPS)
}

/// The same with given steps, so that a test can be a program of the future.
pub(super) fn migrate_with(connection: &mut Connection, steps: &[Step]) -> Result<(), StoreError> {
    let taken = check(connection, steps)?.format;
    connection::make_durable(connection)?;
    // Nobody waits for those who write when there is nothing to do.
    for step in steps.iter().filter(|step| step.format > taken) {
        // Immediate, and asked again inside: another program may be taking the same step.
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        if check(&transaction, steps)?.format < step.format {
            take(&transaction, step)?;
        }
        transaction.commit()?;
    }
    Ok(())
}

/// Whether all steps were taken.
pub(super) fn is_current(connection: &Connection) -> Result<bool, StoreError> {
    let last = STEPS.last().map_or(0, |step| step.format);
    Ok(check(connection, STEPS)?.format >= last)
}

/// Whether a file has our mark, whatever its tables say.
pub(super) fn is_marked(connection: &Connection) -> rusqlite::Result<bool> {
    connection.query_row("PRAGMA application_id", [], |row| Ok(row.get::<_, i32>(0)? == APPLICATION))
}

/// Refuses a file that this program may not open.
pub(super) fn check_ours(connection: &Connection) -> Result<(), StoreError> {
    check(connection, STEPS).map(|_| ())
}

/// Reads the file's format and refuses what this program may not open.
fn check(connection: &Connection, steps: &[Step]) -> Result<Format, StoreError> {
    let known = steps.last().map_or(0, |step| step.format);
    let format = read(connection)?;
    if format.readable_from > known {
        return Err(StoreError::TooNew { found: format.readable_from, known });
    }
    Ok(format)
}

/// The file's format; 0 for an empty file.
pub(super) fn read(connection: &Connection) -> Result<Format, StoreError> {
    // In this order: another program may be making the file, and its tables come together with its mark.
    let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    let application: i32 = connection.query_row("PRAGMA application_id", [], |row| row.get(0))?;
    if tables == 0 && application == 0 {
        return Ok(Format { format: 0, readable_from: 0 });
    }
    if application != APPLICATION {
        return Err(StoreError::Engine("the file belongs to another program".to_owned()));
    }
    let found = connection
        .query_row("SELECT format, readable_from FROM format", [], |row| {
            Ok(Format { format: row.get(0)?, readable_from: row.get(1)? })
        })
        .optional()?;
    found.ok_or_else(|| StoreError::Engine("the file does not say its format".to_owned()))
}

/// Takes one step and notes it.
fn take(transaction: &Transaction<'_>, step: &Step) -> Result<(), StoreError> {
    tracing::info!(format = step.format, "migrating the store");
    transaction.execute_batch(&format!(
        "PRAGMA application_id = {APPLICATION};
         CREATE TABLE IF NOT EXISTS format (format INTEGER NOT NULL, readable_from INTEGER NOT NULL) STRICT;"
    ))?;
    transaction.execute_batch(step.sql)?;
    transaction.execute("DELETE FROM format", [])?;
    transaction.execute(
        "INSERT INTO format (format, readable_from) VALUES (?1, ?2)",
        params![step.format, step.readable_from],
    )?;
    Ok(())
}
