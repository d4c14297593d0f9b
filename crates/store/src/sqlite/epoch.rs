//! Which history a file tells.
//!
//! **Invariant:** two files in which the same version of a space may mean different documents have different epochs.
//!
//! Design. A copy is made without an epoch, and whoever opens a file without one draws one at random. So a copy that is
//! put back twice begins two histories. An engine that was open meanwhile finds that the file does not tell its history
//! any more ([`History`]): what was decided on it is not to be written, and what it remembers is not to be believed.

use rusqlite::{Connection, OptionalExtension, TransactionBehavior};
use tokio::sync::watch;

use super::migrate;
use crate::StoreError;

/// The history that an engine has begun with.
pub(super) struct History {
    epoch: String,
    replaced: watch::Sender<bool>,
}

impl History {
    /// Brings the file to the format of this program, and begins with the history that it tells.
    pub(super) fn begin(connection: &mut Connection) -> Result<Self, StoreError> {
        let of = |epoch| Self { epoch, replaced: watch::Sender::new(false) };
        loop {
            migrate::migrate(connection)?;
            // Whoever only reads waits for nobody, however much others write.
            let reading = connection.transaction()?;
            if migrate::is_current(&reading)?
                && let Some(epoch) = find(&reading)?
            {
                return Ok(of(epoch));
            }
            drop(reading);
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            // A copy that was put there this very moment has steps to take first.
            if migrate::is_current(&transaction)? {
                let epoch = ensure(&transaction)?;
                transaction.commit()?;
                return Ok(of(epoch));
            }
        }
    }

    /// One for a connection of a test's own, where the file's format does not count.
    #[cfg(test)]
    pub(super) fn of_memory(connection: &mut Connection) -> Self {
        connection.execute_batch("CREATE TABLE epoch (only INTEGER PRIMARY KEY, value TEXT NOT NULL)").unwrap();
        Self { epoch: ensure(connection).unwrap(), replaced: watch::Sender::new(false) }
    }

    /// 16 hexadecimal digits.
    pub(super) fn epoch(&self) -> &str {
        &self.epoch
    }

    /// Whether what a transaction sees is of this history.
    ///
    /// # Errors
    /// [`StoreError::Replaced`] when it is not; then it never is again.
    pub(super) fn check(&self, connection: &Connection) -> Result<(), StoreError> {
        let mut query = connection.prepare_cached("SELECT value = ?1 FROM epoch")?;
        let ours: Option<bool> = query.query_row([&self.epoch], |row| row.get(0)).optional()?;
        if ours == Some(true) {
            return Ok(());
        }
        self.replaced.send_replace(true);
        Err(StoreError::Replaced)
    }

    /// Waits until somebody has found that the file tells another history.
    pub(super) async fn replaced(&self) {
        // The sender is ours: it cannot be gone.
        let _ = self.replaced.subscribe().wait_for(|replaced| *replaced).await;
    }
}

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

/// The file's epoch, if it has one.
pub(super) fn find(connection: &Connection) -> Result<Option<String>, StoreError> {
    Ok(connection.query_row("SELECT value FROM epoch", [], |row| row.get(0)).optional()?)
}
