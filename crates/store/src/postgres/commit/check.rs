//! The first round trip: locks, and whether the batch may take effect.

use std::collections::{BTreeMap, HashMap, HashSet};

use tokio_postgres::{Error, Row};
use uuid::Uuid;

use super::{Stopped, Target};
use crate::{
    Batch, CommitError, Key, Space, StoreError, UniqueKey,
    keys::read_keys,
    postgres::{commit::write::Held, hearing::News, ids, pipeline::Pipeline, pool::Session},
};

pub(in crate::postgres) const BEGIN: &str = "BEGIN ISOLATION LEVEL READ COMMITTED";

const MAKE_REALM: &str = "INSERT INTO realm (id, name) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING";

/// Raises a space's version; its row is locked against everybody from here on. The clock is asked once, before the lock
/// is waited for: Citus takes no such function under DO UPDATE. So a commit's moment may lie before the lock by as long
/// as a statement may wait, which is part of [`LATE`](crate::postgres::look::LATE); and it still rises with the version.
const RAISE: &str = "
    INSERT INTO space (id, realm, name, version, touched)
    VALUES ($1, $2, $3, 1, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint)
    ON CONFLICT (id) DO UPDATE SET version = space.version + 1,
        touched = greatest(space.touched + 1, excluded.touched)
    RETURNING version, touched";

/// Makes the row of a space that a batch rests on without writing it, so that there is something to lock.
const LOOKED_AT: &str = "
    INSERT INTO space (id, realm, name, version, touched) VALUES ($1, $2, $3, 0, 0) ON CONFLICT (id) DO NOTHING";

/// Locks it against those who write; others may rest on it too.
const LOCK: &str = "SELECT version, touched FROM space WHERE id = $1 FOR SHARE";

const DOCUMENTS: &str = "
    SELECT document.space, document.kind, document.id, document.version, document.body IS NULL, document.keys
    FROM unnest($1::uuid[], $2::text[], $3::text[]) AS wanted (space, kind, id)
    JOIN document ON document.space = wanted.space AND document.kind = wanted.kind AND document.id = wanted.id";

const HOLDERS: &str = "
    SELECT unique_key.name, unique_key.value, unique_key.space, unique_key.kind, unique_key.id
    FROM unnest($2::text[], $3::text[]) AS wanted (name, value)
    JOIN unique_key ON unique_key.realm = $1 AND unique_key.name = wanted.name AND unique_key.value = wanted.value";

/// What there is to lock and to look at for a batch.
pub(super) struct Checks<'a> {
    batch: &'a Batch,
    /// By name: the id, and whether it is written.
    pub(super) spaces: BTreeMap<&'a Space, (Uuid, bool)>,
    /// The unique keys wanted, in order, and for which document.
    pub(super) wanted: BTreeMap<&'a UniqueKey, &'a Key>,
    written: HashSet<&'a Key>,
}

impl<'a> Checks<'a> {
    /// Refuses a batch that contradicts itself.
    pub(super) fn new(realm: &Uuid, batch: &'a Batch) -> Result<Self, CommitError> {
        let mut spaces: BTreeMap<&Space, (Uuid, bool)> = BTreeMap::new();
        let guarded = batch.guards.iter().map(|guard| (&guard.key.space, false));
        for (space, is_written) in guarded.chain(batch.writes.iter().map(|write| (&write.key.space, true))) {
            spaces.entry(space).or_insert_with(|| (ids::space(realm, space), false)).1 |= is_written;
        }
        let mut written = HashSet::new();
        for write in &batch.writes {
            if !written.insert(&write.key) {
                return Err(StoreError::Engine(format!("a batch writes {:?} twice", write.key)).into());
            }
        }
        let mut wanted: BTreeMap<&UniqueKey, &Key> = BTreeMap::new();
        for write in batch.writes.iter().filter(|write| write.body.is_some()) {
            for key in &write.keys {
                wanted.insert(key, &write.key);
            }
        }
        Ok(Self { batch, spaces, wanted, written })
    }

    /// A space's id.
    pub(super) fn id(&self, space: &Space) -> Uuid {
        self.spaces[space].0
    }
}

/// What was found under the locks.
#[derive(Default)]
pub(super) struct Seen {
    /// The spaces written, in order: version and moment of this commit.
    pub(super) raised: BTreeMap<Uuid, (i64, i64)>,
    /// The unique keys that the documents to be written hold until now, as JSON.
    pub(super) held: Vec<Held>,
}

impl Seen {
    /// What this commit touches, in order of name.
    pub(super) fn news(&self, target: &Target<'_>, checks: &Checks<'_>) -> Vec<News> {
        let written = checks.spaces.iter().filter_map(|(space, (id, _))| Some((*space, self.raised.get(id)?)));
        let news = written.map(|(space, (version, at))| News {
            realm: target.realm,
            space: space.clone(),
            version: version.cast_unsigned(),
            at: *at,
        });
        news.collect()
    }
}

/// Locks and looks.
pub(super) async fn check(session: &Session, target: &Target<'_>, checks: &Checks<'_>) -> Result<Seen, Stopped> {
    let answers = ask(session, target, checks).await.map_err(Stopped::Before)?;
    judge(answers, checks)
}

/// What the database answers to each question.
struct Answers {
    /// Of each space, in order.
    spaces: Vec<Vec<Row>>,
    documents: Vec<Row>,
    holders: Vec<Row>,
}

async fn ask(session: &Session, target: &Target<'_>, checks: &Checks<'_>) -> Result<Answers, Error> {
    let [make_realm, raise, looked_at, lock, documents, holders] =
        session.prepare([MAKE_REALM, RAISE, LOOKED_AT, LOCK, DOCUMENTS, HOLDERS]).await?;
    let keys = checks.batch.guards.iter().map(|guard| &guard.key).chain(checks.written.iter().copied());
    let (mut spaces, mut kinds, mut names) = (Vec::new(), Vec::new(), Vec::new());
    for key in keys.collect::<HashSet<_>>() {
        spaces.push(checks.id(&key.space));
        kinds.push(key.kind.as_str());
        names.push(key.id.as_str());
    }
    let wanted_names: Vec<&str> = checks.wanted.keys().map(|key| key.name.as_str()).collect();
    let wanted_values: Vec<&str> = checks.wanted.keys().map(|key| key.value.as_str()).collect();

    let realm = &target.realm;
    let mut sent = Pipeline::default();
    sent.send(session.run(BEGIN));
    if let Some(name) = target.make {
        let make_realm = &make_realm;
        sent.send(async move { session.query(make_realm, &[realm, &name]).await });
    }
    let mut of_spaces = Vec::new();
    for (space, (id, is_written)) in &checks.spaces {
        let (raise, looked_at, lock) = (&raise, &looked_at, &lock);
        if *is_written {
            of_spaces.push(sent.len());
            sent.send(async move { session.query(raise, &[id, realm, &space.as_str()]).await });
        } else {
            sent.send(async move { session.query(looked_at, &[id, realm, &space.as_str()]).await });
            of_spaces.push(sent.len());
            sent.send(async move { session.query(lock, &[id]).await });
        }
    }
    if !spaces.is_empty() {
        sent.send(async { session.query(&documents, &[&spaces, &kinds, &names]).await });
    }
    if !wanted_names.is_empty() {
        sent.send(async { session.query(&holders, &[realm, &wanted_names, &wanted_values]).await });
    }
    let mut answers = sent.answers().await?;
    let holders = if wanted_names.is_empty() { Vec::new() } else { answers.pop().unwrap_or_default() };
    let documents = if spaces.is_empty() { Vec::new() } else { answers.pop().unwrap_or_default() };
    let spaces = of_spaces.into_iter().map(|at| std::mem::take(&mut answers[at])).collect();
    Ok(Answers { spaces, documents, holders })
}

fn judge(answers: Answers, checks: &Checks<'_>) -> Result<Seen, Stopped> {
    let mut seen = Seen::default();
    for ((id, is_written), rows) in checks.spaces.values().zip(answers.spaces) {
        // Forgotten between the two statements that look at it.
        let Some(row) = rows.first() else { return Err(Stopped::Shifted) };
        if *is_written {
            seen.raised.insert(*id, (get(row, 0)?, get(row, 1)?));
        }
    }
    let names: HashMap<Uuid, &Space> = checks.spaces.iter().map(|(space, (id, _))| (*id, *space)).collect();
    let mut versions = HashMap::new();
    for row in &answers.documents {
        let space: Uuid = get(row, 0)?;
        let Some(space) = names.get(&space) else { continue };
        let key = Key { space: (*space).clone(), kind: get(row, 1)?, id: get(row, 2)? };
        let (version, is_gone, keys): (i64, bool, Option<String>) = (get(row, 3)?, get(row, 4)?, get(row, 5)?);
        if let Some(keys) = keys
            && checks.written.contains(&key)
        {
            let keys = read_keys(&keys).map_err(|error| Stopped::Refused(error.into()))?;
            seen.held.extend(keys.into_iter().map(|unique| Held { unique, by: key.clone() }));
        }
        if !is_gone {
            versions.insert(key, version.cast_unsigned());
        }
    }
    for guard in &checks.batch.guards {
        if versions.get(&guard.key).copied().unwrap_or(0) != guard.version {
            return Err(Stopped::Refused(CommitError::Changed(guard.key.clone())));
        }
    }
    let mut holders = HashMap::new();
    for row in &answers.holders {
        let space: String = get(row, 2)?;
        let space = crate::postgres::space_name(&space).map_err(|error| Stopped::Refused(error.into()))?;
        let holder = Key { space, kind: get(row, 3)?, id: get(row, 4)? };
        holders.insert(UniqueKey { name: get(row, 0)?, value: get(row, 1)? }, holder);
    }
    for write in checks.batch.writes.iter().filter(|write| write.body.is_some()) {
        for key in &write.keys {
            let other_wants = checks.wanted.get(key).is_some_and(|wants| *wants != &write.key);
            let other_holds = holders.get(key).is_some_and(|holder| !checks.written.contains(holder));
            if other_wants || other_holds {
                return Err(Stopped::Refused(CommitError::Taken(key.clone())));
            }
        }
    }
    Ok(seen)
}

fn get<'a, T: tokio_postgres::types::FromSql<'a>>(row: &'a Row, column: usize) -> Result<T, Stopped> {
    row.try_get(column).map_err(Stopped::Before)
}
