//! Jobs, inside the writer's transaction. Times are kept to the microsecond, cut off.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use super::error::limit_to_sql;
use crate::{
    Job, JobId, Leased, NewJob, StoreError,
    turns::{Due, WINDOW},
};

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

/// CROSS: the jobs in the order of their index, and the name of each one's realm.
const DUE: &str = "
    SELECT job.realm, realm.name, job.id, job.due FROM job CROSS JOIN realm ON realm.id = job.realm
    WHERE job.kind = ?1 AND job.due <= ?2 AND job.realm NOT IN (SELECT value FROM json_each(?3))
    ORDER BY job.due, job.realm, job.id LIMIT ?4";

/// Jobs of a kind that are due, of all realms but some, those that wait longest first; on a connection that reads.
pub(super) fn window(
    reader: &Connection,
    kind: &str,
    now: Timestamp,
    but: impl Iterator<Item = i64>,
) -> Result<Vec<Due<i64>>, StoreError> {
    let but = format!("[{}]", but.map(|realm| realm.to_string()).collect::<Vec<_>>().join(","));
    let mut query = reader.prepare_cached(DUE)?;
    let rows = query.query_map(params![kind, now.as_microsecond(), but, limit_to_sql(WINDOW)], |row| {
        Ok(Due { realm: row.get(0)?, name: row.get::<_, Box<str>>(1)?.into(), id: row.get(2)?, due: row.get(3)? })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Takes those jobs that are still due, with the names of their realms.
pub(super) fn take(
    connection: &Connection,
    jobs: Vec<Due<i64>>,
    now: Timestamp,
    until: Timestamp,
) -> Result<Vec<(String, Leased)>, StoreError> {
    let mut update = connection.prepare_cached(
        "UPDATE job SET due = ?3, leased = ?3, attempts = attempts + 1 WHERE id = ?1 AND due <= ?2
         RETURNING kind, body, attempts",
    )?;
    let mut taken = Vec::with_capacity(jobs.len());
    for Due { name, id, .. } in jobs {
        let job = update
            .query_row(params![id, now.as_microsecond(), until.as_microsecond()], |row| {
                Ok(Job { id: JobId(id), kind: row.get(0)?, body: row.get(1)?, attempts: row.get(2)? })
            })
            .optional()?;
        taken.extend(job.map(|job| (name.to_string(), Leased { job, until })));
    }
    Ok(taken)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sqlite::{connection, migrate};

    #[test]
    fn jobs_that_are_due_come_from_the_index() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("store.sqlite");
        connection::make_private(&path).unwrap();
        let mut file = connection::open_writer(&path).unwrap();
        migrate::migrate(&mut file).unwrap();
        let mut query = file.prepare(&format!("EXPLAIN QUERY PLAN {DUE}")).unwrap();
        let steps = query.query_map(params!["mail", 0, "[1]", 1], |row| row.get::<_, String>(3)).unwrap();
        let steps: Vec<String> = steps.collect::<Result<_, _>>().unwrap();
        assert!(steps[0].contains("COVERING INDEX job_waiting (kind=? AND due<?)"), "no row is read: {steps:?}");
        assert!(steps.iter().all(|step| !step.contains("FOR ORDER BY")), "nor are they sorted: {steps:?}");
    }
}
