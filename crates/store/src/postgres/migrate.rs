//! Brings a database to the format of this program, or says why not.
//!
//! **Invariant:** a step and the note that it was taken commit together. **Invariant:** a database that this program
//! may not open is not changed.
//!
//! Several nodes may start at once. Each locks the row that notes the format before it takes a step; who loses the race
//! for making that row begins again.

use std::time::Duration;

use tokio_postgres::{Client, Error, Transaction, error::SqlState};

use super::{
    error,
    schema::{FORMAT, STEPS, Step},
};
use crate::StoreError;

/// How often the steps are begun again because another node was taking them.
const ATTEMPTS: u32 = 20;

/// Why the steps were not taken.
enum Failed {
    /// The database's word.
    Said(Error),
    /// Ours.
    Refused(StoreError),
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        Self::Said(error)
    }
}

/// Takes the steps that are missing and gives the database's epoch.
pub(super) async fn migrate(client: &mut Client) -> Result<String, StoreError> {
    migrate_with(client, STEPS).await
}

/// The same with given steps, so that a test can be a program of the future.
pub(super) async fn migrate_with(client: &mut Client, steps: &[Step]) -> Result<String, StoreError> {
    for attempt in 1..=ATTEMPTS {
        match steps_taken(client, steps).await {
            Ok(epoch) => return Ok(epoch),
            Err(Failed::Refused(refused)) => return Err(refused),
            Err(Failed::Said(error)) if attempt < ATTEMPTS && may_be_a_race(&error) => {
                tokio::time::sleep(Duration::from_millis(20 * u64::from(attempt))).await;
            }
            Err(Failed::Said(error)) => return Err(error.into()),
        }
    }
    Err(StoreError::Busy)
}

/// What PostgreSQL says to the second of two who make the same table.
fn may_be_a_race(error: &Error) -> bool {
    let made = [&SqlState::DUPLICATE_TABLE, &SqlState::DUPLICATE_OBJECT, &SqlState::INTERNAL_ERROR];
    error::is_collision(error) || error.code().is_some_and(|code| made.contains(&code))
}

/// One attempt, in one transaction.
async fn steps_taken(client: &mut Client, steps: &[Step]) -> Result<String, Failed> {
    let known = steps.last().map_or(0, |step| step.format);
    let transaction = client.transaction().await?;
    let tables = transaction
        .query_one(
            "SELECT count(*), coalesce(sum(CASE WHEN table_name = 'datebook_format' THEN 1 ELSE 0 END), 0)::bigint
             FROM information_schema.tables WHERE table_schema = current_schema() AND table_type = 'BASE TABLE'",
            &[],
        )
        .await?;
    let (all, ours): (i64, i64) = (tables.try_get(0)?, tables.try_get(1)?);
    if all > 0 && ours == 0 {
        return Err(Failed::Refused(StoreError::Engine("the database belongs to another program".to_owned())));
    }
    if ours == 0 {
        transaction.batch_execute(FORMAT).await?;
        transaction.execute("INSERT INTO datebook_format VALUES (1, 0, 0) ON CONFLICT (one) DO NOTHING", &[]).await?;
    }
    let noted = "SELECT format, readable_from FROM datebook_format WHERE one = 1";
    let (mut format, readable_from) = read(&transaction, noted).await?;
    if readable_from > known {
        return Err(Failed::Refused(StoreError::TooNew { found: readable_from, known }));
    }
    if format < known {
        // Asked again under the lock: another node may be taking the same step.
        (format, _) = read(&transaction, &format!("{noted} FOR UPDATE")).await?;
    }
    for step in steps.iter().filter(|step| step.format > format) {
        tracing::info!(format = step.format, "migrating the database");
        transaction.batch_execute(step.sql).await?;
        let (format, readable_from) = (step.format.cast_signed(), step.readable_from.cast_signed());
        let note = "UPDATE datebook_format SET format = $1, readable_from = $2 WHERE one = 1";
        transaction.execute(note, &[&format, &readable_from]).await?;
    }
    let epoch = epoch(&transaction).await?;
    transaction.commit().await?;
    Ok(epoch)
}

/// The format, and the lowest that may open the database.
async fn read(client: &Transaction<'_>, sql: &str) -> Result<(u32, u32), Failed> {
    let row = client
        .query_opt(sql, &[])
        .await?
        .ok_or_else(|| Failed::Refused(StoreError::Engine("the database does not say its format".to_owned())))?;
    let (format, readable_from): (i32, i32) = (row.try_get(0)?, row.try_get(1)?);
    Ok((format.cast_unsigned(), readable_from.cast_unsigned()))
}

/// The database's epoch; draws one when it has none.
///
/// A dump that is put back carries the epoch of the original: whoever puts it back deletes it first.
async fn epoch(client: &Transaction<'_>) -> Result<String, Failed> {
    let find = "SELECT value FROM epoch WHERE one = 1";
    if let Some(row) = client.query_opt(find, &[]).await? {
        return Ok(row.try_get(0)?);
    }
    let drawn: String = uuid::Uuid::new_v4().simple().to_string().chars().rev().take(16).collect();
    client.execute("INSERT INTO epoch VALUES (1, $1) ON CONFLICT (one) DO NOTHING", &[&drawn]).await?;
    Ok(client.query_one(find, &[]).await?.try_get(0)?)
}
