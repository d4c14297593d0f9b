//! The second round trip: everything is written, and COMMIT.

use std::collections::{BTreeMap, HashSet};

use tokio_postgres::Error;

use super::{
    Target,
    check::{Checks, Seen},
};
use crate::{
    Batch, Key, UniqueKey,
    keys::write_keys,
    postgres::{ids, pipeline::Pipeline, pool::Session},
};

pub(in crate::postgres) const RELEASE: &str = "
    DELETE FROM unique_key USING unnest($2::text[], $3::text[]) AS gone (name, value)
    WHERE unique_key.realm = $1 AND unique_key.name = gone.name AND unique_key.value = gone.value";

/// One after the other in the order given, as locks are taken.
const HOLD: &str = "
    INSERT INTO unique_key (realm, name, value, space, kind, id)
    SELECT $1, name, value, space, kind, id
    FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[]) AS held (name, value, space, kind, id)";

const PUT: &str = "
    INSERT INTO document (space, kind, id, version, sort, body, keys)
    SELECT space, kind, id, version, sort, body, keys
    FROM unnest($1::uuid[], $2::text[], $3::text[], $4::bigint[], $5::text[], $6::text[], $7::text[])
        AS put (space, kind, id, version, sort, body, keys)
    ON CONFLICT (space, kind, id) DO UPDATE
    SET version = excluded.version, sort = excluded.sort, body = excluded.body, keys = excluded.keys";

const ADD_JOBS: &str = "
    INSERT INTO job (realm, kind, body, due)
    SELECT $1, kind, body, due FROM unnest($2::text[], $3::text[], $4::bigint[]) AS added (kind, body, due)";

pub(in crate::postgres) const TOUCH: &str = "
    INSERT INTO touched (bucket, at, space, realm, name, version)
    SELECT bucket, at, space, $1, name, version
    FROM unnest($2::int[], $3::bigint[], $4::uuid[], $5::text[], $6::bigint[])
        AS touch (bucket, at, space, name, version)";

/// A unique key and the document that holds it.
pub(super) struct Held {
    pub(super) unique: UniqueKey,
    pub(super) by: Key,
}

/// Writes and commits.
pub(super) async fn write(
    session: &Session,
    target: &Target<'_>,
    batch: &Batch,
    checks: &Checks<'_>,
    seen: &Seen,
) -> Result<(), Error> {
    let [release, hold, put, add_jobs, touch] = session.prepare([RELEASE, HOLD, PUT, ADD_JOBS, TOUCH]).await?;
    let realm = &target.realm;

    // What a document keeps is neither released nor taken.
    let kept: HashSet<&UniqueKey> = seen
        .held
        .iter()
        .filter(|held| checks.wanted.get(&held.unique) == Some(&&held.by))
        .map(|held| &held.unique)
        .collect();
    let gone: Vec<&UniqueKey> = seen.held.iter().map(|held| &held.unique).filter(|key| !kept.contains(key)).collect();
    let gone_names: Vec<&str> = gone.iter().map(|key| key.name.as_str()).collect();
    let gone_values: Vec<&str> = gone.iter().map(|key| key.value.as_str()).collect();

    let taken: BTreeMap<&UniqueKey, &Key> =
        checks.wanted.iter().filter(|(key, _)| !kept.contains(*key)).map(|(key, by)| (*key, *by)).collect();
    let names: Vec<&str> = taken.keys().map(|key| key.name.as_str()).collect();
    let values: Vec<&str> = taken.keys().map(|key| key.value.as_str()).collect();
    let holder_spaces: Vec<&str> = taken.values().map(|key| key.space.as_str()).collect();
    let holder_kinds: Vec<&str> = taken.values().map(|key| key.kind.as_str()).collect();
    let holder_ids: Vec<&str> = taken.values().map(|key| key.id.as_str()).collect();

    let spaces: Vec<_> = batch.writes.iter().map(|write| checks.id(&write.key.space)).collect();
    let versions: Vec<i64> = spaces.iter().map(|space| seen.raised.get(space).map_or(0, |raised| raised.0)).collect();
    let kinds: Vec<&str> = batch.writes.iter().map(|write| write.key.kind.as_str()).collect();
    let document_ids: Vec<&str> = batch.writes.iter().map(|write| write.key.id.as_str()).collect();
    // A tombstone has no place in lists, and holds nothing.
    let sorts: Vec<&str> =
        batch.writes.iter().map(|write| if write.body.is_some() { write.sort.as_str() } else { "" }).collect();
    let bodies: Vec<Option<&str>> = batch.writes.iter().map(|write| write.body.as_deref()).collect();
    let keys: Vec<Option<String>> =
        batch.writes.iter().map(|write| write.body.is_some().then(|| write_keys(&write.keys)).flatten()).collect();

    let job_kinds: Vec<&str> = batch.jobs.iter().map(|job| job.kind.as_str()).collect();
    let job_bodies: Vec<&str> = batch.jobs.iter().map(|job| job.body.as_str()).collect();
    let dues: Vec<i64> = batch.jobs.iter().map(|job| job.due.as_microsecond()).collect();

    let news = seen.news(target, checks);
    let touched_ids: Vec<_> = news.iter().map(|piece| checks.id(&piece.space)).collect();
    let buckets: Vec<i32> = touched_ids.iter().map(ids::bucket).collect();
    let moments: Vec<i64> = news.iter().map(|piece| piece.at).collect();
    let touched_names: Vec<&str> = news.iter().map(|piece| piece.space.as_str()).collect();
    let touched_versions: Vec<i64> = news.iter().map(|piece| piece.version.cast_signed()).collect();

    let mut sent = Pipeline::default();
    if !gone.is_empty() {
        sent.send(async { session.query(&release, &[realm, &gone_names, &gone_values]).await });
    }
    if !taken.is_empty() {
        sent.send(async {
            session.query(&hold, &[realm, &names, &values, &holder_spaces, &holder_kinds, &holder_ids]).await
        });
    }
    if !spaces.is_empty() {
        sent.send(async {
            session.query(&put, &[&spaces, &kinds, &document_ids, &versions, &sorts, &bodies, &keys]).await
        });
        sent.send(async {
            let columns: [&(dyn tokio_postgres::types::ToSql + Sync); 6] =
                [realm, &buckets, &moments, &touched_ids, &touched_names, &touched_versions];
            session.query(&touch, &columns).await
        });
    }
    if !batch.jobs.is_empty() {
        sent.send(async { session.query(&add_jobs, &[realm, &job_kinds, &job_bodies, &dues]).await });
    }
    sent.send(session.run("COMMIT"));
    sent.answers().await.map(|_| ())
}
