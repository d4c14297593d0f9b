//! A PostgreSQL server of our own that waits for the disk, and the floor on it: as many connections as clients, each
//! writing the same rows in two pipelined round trips, as the engine does, and checking nothing.

use std::{
    collections::{BTreeSet, HashMap, hash_map::DefaultHasher},
    hash::Hasher as _,
    process::Stdio,
    sync::{Arc, Mutex, PoisonError},
};

use anyhow::Context as _;
use futures_util::future::try_join_all;
use store::{Key, NewJob, Write};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, ChildStdin, Command},
};
use tokio_postgres::{Client, NoTls, Statement};
use uuid::Uuid;

use crate::booking::Takes;

/// A server that is gone when this is closed.
pub(crate) struct Cluster {
    child: Child,
    input: ChildStdin,
    /// Its one database.
    pub(crate) url: String,
}

impl Cluster {
    /// Starts one with `scripts/postgres`; it keeps its files where they outlive a restart, for those places are on a
    /// disk.
    pub(crate) async fn start() -> anyhow::Result<Self> {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../scripts/postgres");
        let mut child = Command::new(script)
            .args(["sh", "-c", "echo \"$DATEBOOK_TEST_POSTGRES\"; cat >/dev/null"])
            .env("DATEBOOK_POSTGRES_FSYNC", "on")
            .env("TMPDIR", "/var/tmp")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("scripts/postgres")?;
        let input = child.stdin.take().context("no input")?;
        let mut lines = BufReader::new(child.stdout.take().context("no output")?).lines();
        let url = lines.next_line().await?.context("PostgreSQL did not start")?;
        Ok(Self { child, input, url })
    }

    /// Stops it and waits until nothing is left.
    pub(crate) async fn close(mut self) -> anyhow::Result<()> {
        drop(self.input);
        self.child.wait().await?;
        Ok(())
    }
}

/// Connections that write rows and check nothing.
#[derive(Clone)]
pub(crate) struct BarePostgres {
    /// Those that are free: as many as there are who write, so that nobody waits for one.
    lines: Arc<Mutex<Vec<Line>>>,
    realm: Uuid,
}

struct Line {
    client: Client,
    raise: Statement,
    put: Statement,
    hold: Statement,
    touch: Statement,
    add: Statement,
}

impl BarePostgres {
    /// Connects to a database that has Datebook's tables.
    pub(crate) async fn open(url: &str, connections: usize) -> anyhow::Result<Self> {
        let mut lines = Vec::new();
        for _ in 0..connections {
            let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
            tokio::spawn(connection);
            let raise = "INSERT INTO space (id, realm, name, version, touched) VALUES ($1, $2, $3, 1, 1)
                 ON CONFLICT (id) DO UPDATE SET version = space.version + 1, touched = space.touched + 1
                 RETURNING version, touched";
            let put = "INSERT INTO document (space, kind, id, version, sort, body, keys)
                 VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (space, kind, id) DO UPDATE
                 SET version = excluded.version, sort = excluded.sort, body = excluded.body, keys = excluded.keys";
            let hold = "INSERT INTO unique_key (realm, name, value, space, kind, id) VALUES ($1, $2, $3, $4, $5, $6)";
            let touch = "INSERT INTO touched (bucket, at, space, realm, name, version) VALUES (0, $1, $2, $3, $4, $5)";
            let add = "INSERT INTO job (realm, kind, body, due) VALUES ($1, $2, $3, $4)";
            lines.push(Line {
                raise: client.prepare(raise).await?,
                put: client.prepare(put).await?,
                hold: client.prepare(hold).await?,
                touch: client.prepare(touch).await?,
                add: client.prepare(add).await?,
                client,
            });
        }
        Ok(Self { lines: Arc::new(Mutex::new(lines)), realm: Uuid::now_v7() })
    }
}

impl Takes for BarePostgres {
    async fn take(&self, _: &mut HashMap<Key, u64>, writes: Vec<Write>, jobs: Vec<NewJob>) -> anyhow::Result<()> {
        let free = self.lines.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let line = free.context("as many lines as there are who write")?;
        line.write(&self.realm, &writes, &jobs).await?;
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).push(line);
        Ok(())
    }
}

impl Line {
    /// One booking, in two round trips.
    async fn write(&self, realm: &Uuid, writes: &[Write], jobs: &[NewJob]) -> anyhow::Result<()> {
        let Self { client, raise, put, hold, touch, add } = self;
        let spaces: BTreeSet<&str> = writes.iter().map(|write| write.key.space.as_str()).collect();
        let ids: HashMap<&str, Uuid> =
            spaces.iter().map(|name| (*name, Uuid::from_u64_pair(hash(name), hash(&(realm, name))))).collect();
        let begun = client.batch_execute("BEGIN");
        let raising = try_join_all(spaces.iter().map(|name| {
            let id = &ids[name];
            async move { client.query_one(raise, &[id, realm, name]).await }
        }));
        let (begun, raised) = tokio::join!(begun, raising);
        begun?;
        let raised = raised?;
        let versions: HashMap<&str, (i64, i64)> =
            spaces.iter().zip(&raised).map(|(name, row)| (*name, (row.get(0), row.get(1)))).collect();
        let (ids, versions) = (&ids, &versions);
        let documents = try_join_all(writes.iter().map(|write| async move {
            let Key { space, kind, id } = &write.key;
            let keys: Vec<_> = write.keys.iter().map(|key| [&key.name, &key.value]).collect();
            let keys = (!keys.is_empty()).then(|| serde_json::to_string(&keys).unwrap_or_default());
            let (number, version) = (&ids[space.as_str()], &versions[space.as_str()].0);
            client.execute(put, &[number, kind, id, version, &write.sort, &write.body.as_deref(), &keys]).await
        }));
        let keys = try_join_all(writes.iter().flat_map(|write| &write.keys).map(|key| {
            let holder = &writes[0].key;
            async move {
                let space = holder.space.as_str();
                client.execute(hold, &[realm, &key.name, &key.value, &space, &holder.kind, &holder.id]).await
            }
        }));
        let touched = try_join_all(spaces.iter().map(|name| async move {
            let (version, at) = &versions[name];
            client.execute(touch, &[at, &ids[name], realm, name, version]).await
        }));
        let added = try_join_all(jobs.iter().map(|job| async move {
            client.execute(add, &[realm, &job.kind, &job.body, &job.due.as_microsecond()]).await
        }));
        // Polled in this order, they are sent in this order.
        let ended = async { client.batch_execute("COMMIT").await };
        let (documents, keys, touched, added, ended) = tokio::join!(biased; documents, keys, touched, added, ended);
        documents?;
        keys?;
        touched?;
        added?;
        Ok(ended?)
    }
}

fn hash(value: &impl std::hash::Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}
