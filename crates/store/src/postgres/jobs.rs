//! Jobs. Times are kept to the microsecond, cut off. Each call is one statement, a transaction of its own.

use std::{collections::HashMap, sync::Arc};

use jiff::Timestamp;
use uuid::Uuid;

use super::{error::limit_to_sql, names::Names, pool::Session};
use crate::{
    Job, JobId, Leased, StoreError,
    turns::{Due, WINDOW},
};

/// Those that another node is just taking are passed over, not waited for.
const LEASE: &str = "
    WITH waiting AS (
        SELECT id, due FROM job WHERE realm = $1 AND kind = $5 AND due <= $2 ORDER BY due, id LIMIT $4
        FOR UPDATE SKIP LOCKED
    )
    UPDATE job SET due = $3, leased = $3, attempts = job.attempts + 1
    FROM waiting WHERE job.realm = $1 AND job.id = waiting.id
    RETURNING waiting.due, job.id, job.kind, job.body, job.attempts";

pub(super) const DUE: &str = "
    SELECT realm, id, due FROM job WHERE kind = $1 AND due <= $2 AND realm <> ALL ($3)
    ORDER BY due, realm, id LIMIT $4";

/// Those that another node is just taking, or has taken, are passed over.
const TAKE: &str = "
    WITH waiting AS (
        SELECT job.realm, job.id FROM unnest($1::uuid[], $2::bigint[]) AS chosen (realm, id)
        JOIN job ON job.realm = chosen.realm AND job.id = chosen.id
        WHERE job.due <= $3 FOR UPDATE OF job SKIP LOCKED
    )
    UPDATE job SET due = $4, leased = $4, attempts = job.attempts + 1
    FROM waiting WHERE job.realm = waiting.realm AND job.id = waiting.id
    RETURNING job.realm, job.id, job.kind, job.body, job.attempts";

const DONE: &str = "DELETE FROM job WHERE realm = $1 AND id = $2 AND leased = $3";

const AGAIN: &str = "UPDATE job SET due = $4, leased = NULL, error = $5 WHERE realm = $1 AND id = $2 AND leased = $3";

/// Takes jobs of a kind that are due, those that wait longest first.
pub(super) async fn lease(
    session: &Session,
    realm: Uuid,
    kind: &str,
    now: Timestamp,
    until: Timestamp,
    most: usize,
) -> Result<Vec<Leased>, StoreError> {
    let statement = session.prepare_cached(LEASE).await?;
    let (now, most) = (now.as_microsecond(), limit_to_sql(most));
    let rows = session.query(&statement, &[&realm, &now, &until.as_microsecond(), &most, &kind]).await?;
    let mut due = Vec::with_capacity(rows.len());
    for row in rows {
        let (waits_since, id): (i64, i64) = (row.try_get(0)?, row.try_get(1)?);
        let attempts: i32 = row.try_get(4)?;
        let job =
            Job { id: JobId(id), kind: row.try_get(2)?, body: row.try_get(3)?, attempts: attempts.cast_unsigned() };
        due.push((waits_since, Leased { job, until }));
    }
    due.sort_by_key(|(waits_since, leased)| (*waits_since, leased.job.id));
    Ok(due.into_iter().map(|(_, leased)| leased).collect())
}

/// Jobs of a kind that are due, of all realms but some, those that wait longest first.
pub(super) async fn window(
    session: &Session,
    names: &Names,
    kind: &str,
    now: Timestamp,
    but: &[Uuid],
) -> Result<Vec<Due<Uuid>>, StoreError> {
    let statement = session.prepare_cached(DUE).await?;
    let rows = session.query(&statement, &[&kind, &now.as_microsecond(), &but, &limit_to_sql(WINDOW)]).await?;
    let mut found: Vec<(Uuid, i64, i64)> = Vec::with_capacity(rows.len());
    for row in rows {
        found.push((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?));
    }
    let names = names.of(session, found.iter().map(|(realm, ..)| *realm).collect()).await?;
    Ok(found.into_iter().map(|(realm, id, due)| Due { realm, name: Arc::clone(&names[&realm]), id, due }).collect())
}

/// Takes those jobs that are still due, with the names of their realms.
pub(super) async fn take(
    session: &Session,
    jobs: Vec<Due<Uuid>>,
    now: Timestamp,
    until: Timestamp,
) -> Result<Vec<(String, Leased)>, StoreError> {
    let statement = session.prepare_cached(TAKE).await?;
    let (realms, ids): (Vec<Uuid>, Vec<i64>) = jobs.iter().map(|job| (job.realm, job.id)).unzip();
    let rows = session.query(&statement, &[&realms, &ids, &now.as_microsecond(), &until.as_microsecond()]).await?;
    let mut taken = HashMap::with_capacity(rows.len());
    for row in rows {
        let (realm, id, attempts): (Uuid, i64, i32) = (row.try_get(0)?, row.try_get(1)?, row.try_get(4)?);
        let job =
            Job { id: JobId(id), kind: row.try_get(2)?, body: row.try_get(3)?, attempts: attempts.cast_unsigned() };
        // Realms that were moved here brought their own numbers.
        taken.insert((realm, id), Leased { job, until });
    }
    // In the order of their turns.
    let told = |job: Due<Uuid>| Some((job.name.to_string(), taken.remove(&(job.realm, job.id))?));
    Ok(jobs.into_iter().filter_map(told).collect())
}

/// Forgets a job if the lease still is this one.
pub(super) async fn done(session: &Session, realm: Uuid, lease: &Leased) -> Result<(), StoreError> {
    let statement = session.prepare_cached(DONE).await?;
    session.execute(&statement, &[&realm, &lease.job.id.0, &lease.until.as_microsecond()]).await?;
    Ok(())
}

/// Gives a job back if the lease still is this one. The error is kept for whoever looks at the table.
pub(super) async fn again(
    session: &Session,
    realm: Uuid,
    lease: &Leased,
    at: Timestamp,
    error: &str,
) -> Result<(), StoreError> {
    let statement = session.prepare_cached(AGAIN).await?;
    let (until, at) = (lease.until.as_microsecond(), at.as_microsecond());
    // PostgreSQL keeps no text with such a character.
    let error = error.replace('\0', " ");
    session.execute(&statement, &[&realm, &lease.job.id.0, &until, &at, &error]).await?;
    Ok(())
}
