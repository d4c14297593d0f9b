//! Jobs, inside the writer's transaction. Times are kept to the microsecond, cut off.

use jiff::Timestamp;
use rusqlite::{Connection, params};

use super::error::limit_to_sql;
use crate::{Job, JobId, Leased, NewJob, StoreError};

/// Writes a job.
pub(super) fn add(connection: &Connection, realm: i64, job: &NewJob) -> Result<(), StoreError> {
    let mut insert = connection.prepare_cached("INSERT INTO job (realm, kind, body, due) VALUES (?1, ?2, ?3, ?4)")?;
    insert.execute(params![realm, job.kind, job.body, job.due.as_microsecond()])?;
    Ok(())
}

/// Takes jobs of a kind that are due, those that wait longest first.
pub(super) fn lease(
    connection: &Connection,
    realm: i64,
    kind: &str,
    now: Timestamp,
    until: Timestamp,
    most: usize,
) -> Result<Vec<Leased>, StoreError> {
    let mut query = connection.prepare_cached(
        "SELECT id, kind, body, attempts FROM job WHERE realm = ?1 AND kind = ?4 AND due <= ?2 ORDER BY due, id LIMIT ?3",
    )?;
    let mut update =
        connection.prepare_cached("UPDATE job SET due = ?2, leased = ?2, attempts = attempts + 1 WHERE id = ?1")?;
    let due = query
        .query_map(params![realm, now.as_microsecond(), limit_to_sql(most), kind], |row| {
            let attempts: u32 = row.get(3)?;
            Ok(Job {
                id: JobId(row.get(0)?),
                kind: row.get(1)?,
                body: row.get(2)?,
                attempts: attempts.saturating_add(1),
            })
        })?
        .collect::<Result<Vec<_>, _>>()?;
    for job in &due {
        update.execute(params![job.id.0, until.as_microsecond()])?;
    }
    Ok(due.into_iter().map(|job| Leased { job, until }).collect())
}

/// Forgets a job if the lease still is this one.
pub(super) fn done(connection: &Connection, realm: i64, job: JobId, until: Timestamp) -> Result<(), StoreError> {
    let mut delete = connection.prepare_cached("DELETE FROM job WHERE id = ?1 AND realm = ?2 AND leased = ?3")?;
    delete.execute(params![job.0, realm, until.as_microsecond()])?;
    Ok(())
}

/// Gives a job back if the lease still is this one. The error is kept for whoever looks at the file.
pub(super) fn again(
    connection: &Connection,
    realm: i64,
    job: JobId,
    until: Timestamp,
    at: Timestamp,
    error: &str,
) -> Result<(), StoreError> {
    let mut update = connection.prepare_cached(
        "UPDATE job SET due = ?4, leased = NULL, error = ?5 WHERE id = ?1 AND realm = ?2 AND leased = ?3",
    )?;
    update.execute(params![job.0, realm, until.as_microsecond(), at.as_microsecond(), error])?;
    Ok(())
}
