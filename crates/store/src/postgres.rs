//! The PostgreSQL engine: any number of nodes on one database.
//!
//! **Invariant:** a space's row is locked by every commit that touches it, from before its version is counted until it
//! is durable. So versions become visible in their order, and a pull can never skip one; a number from a sequence would
//! be visible before a lower one. **Invariant:** a commit locks in one order (`commit`), so no two wait for each other
//! in a circle. **Invariant:** what one realm writes no other realm can see. **Invariant:** a connection whose work was
//! broken off never goes back to its pool in a transaction (`pool`).
//!
//! Design. [`PostgresEngine`] is the database; [`PostgresEngine::realm`] gives the [`PostgresStore`] of one business in
//! it. Nothing is kept in the process that another node could miss. Ids of realms and spaces are computed from their
//! names, so a space's row, documents and indexes share one key, the space's id, and a commit finds everything by
//! primary key: two round trips each, whatever it writes (`commit`). There are only plain tables and row locks: no
//! foreign keys, triggers, procedures or sequences that order anything, nothing that Citus, CockroachDB or YugabyteDB
//! lack (none of them was run; moving a database, `transfer`, also locks tables, and a Citus read over several shards is
//! not of one moment).
//!
//! Reads and writes have pools of their own, so that many readers keep no booking waiting. A snapshot holds one
//! connection and a read transaction; keep it for the time of a request. Each node opens at most
//! [`Options::readers`] + [`Options::writers`] + 2 connections; `max_connections` of the server must allow for all nodes.
//! When the server is away, calls are answered with [`StoreError::Closed`] or [`StoreError::Busy`], and the engine works
//! again as soon as the server does. When the connection is lost between COMMIT and its answer, nobody can tell whether
//! the batch took effect: the answer is an error, and whoever repeats a batch must guard it, as commands do by their
//! numbers. When the database tells another history than it did when the engine was opened, because it was moved away
//! or a dump was put in its place, no new connection is made: calls are answered with [`StoreError::Replaced`] then.
//!
//! [`Store::watch`] hears of this node's commits before they are answered, and of those of other nodes by `NOTIFY`
//! (`calls`), or, where a call was lost or cannot be made, by looking (`look`): [`PostgresEngine::hear_others`].
//!
//! Numbers of jobs come from a sequence. They are unique, stable, and rise with the commits of one worker, but of two
//! commits at the same time the later one may have the lower number: nothing may rest on their order.
//!
//! Other differences: PostgreSQL takes no text with the character U+0000 (JSON writes it as an escape), and a kind, id
//! and sort, or a unique key, must together be shorter than about 2,600 bytes, for they are kept in indexes. Both are
//! answered with [`StoreError::Engine`]. Durability is the server's: leave `fsync` and `synchronous_commit` on. A pooler
//! between node and server must keep sessions (PgBouncer: `pool_mode = session`).
//!
//! Copies are made with `pg_dump`. A dump that was put back must begin a history of its own, for what is written
//! after it gets versions that were given out before: `DELETE FROM epoch` in it before a node opens it.

mod address;
mod calls;
mod commit;
mod error;
mod forget;
mod hearing;
mod ids;
mod jobs;
mod list;
mod look;
mod migrate;
mod names;
mod pipeline;
mod pool;
mod schema;
mod snapshot;
#[cfg(test)]
mod tests;
pub(crate) mod transfer;

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, Once, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use futures_util::StreamExt;
use jiff::Timestamp;
use tokio::{
    sync::{RwLock, broadcast},
    task::AbortHandle,
    time,
};
use uuid::Uuid;

use crate::{
    Batch, CommitError, Committed, Leased, Space, Store, StoreError, Touched,
    turns::{self, Rows, Turns},
};

use self::{address::Address, calls::Calls, names::Names, pool::Pool};

pub use self::snapshot::PostgresSnapshot;

/// What a connection that writes is told first: a lock is not waited for longer than somebody waits for the answer.
const WRITING: &str = "SET statement_timeout = '10s'; SET idle_in_transaction_session_timeout = '30s'";

/// The same for one that reads.
const READING: &str = "SET statement_timeout = '30s'; SET idle_in_transaction_session_timeout = '10min'";

/// How much of the server a node uses.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// How many snapshots may be open at once.
    pub readers: usize,
    /// How many commits and other writes may be under way at once.
    pub writers: usize,
    /// How many may wait for each; who comes after them is told [`StoreError::Busy`] at once.
    pub waiting: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { readers: 32, writers: 8, waiting: 1024 }
    }
}

/// One PostgreSQL database with the documents of any number of businesses. Clones are handles on the same engine.
#[derive(Clone)]
pub struct PostgresEngine {
    shared: Arc<Shared>,
}

/// What all handles share.
struct Shared {
    epoch: String,
    calls: Arc<Calls>,
    writers: Pool,
    realms: Mutex<HashMap<String, Arc<Realm>>>,
    names: Names,
    rows: Rows,
    tasks: [AbortHandle; 2],
    closed: AtomicBool,
    /// Read by those who write, written by who closes.
    gate: RwLock<()>,
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.tasks.iter().for_each(AbortHandle::abort);
    }
}

/// One business in the database.
struct Realm {
    name: String,
    id: Uuid,
    /// Whether a commit that wrote its row, or found it, has succeeded.
    made: AtomicBool,
}

impl PostgresEngine {
    /// Opens a database, `postgres://user:password@host:port/database`: migrated to the format of this program when it
    /// is empty or older. With `?sslmode=require` the connection is encrypted and the server's certificate checked
    /// against the authorities that this machine trusts; without, it is not encrypted.
    ///
    /// # Errors
    /// [`StoreError::TooNew`] for a database that needs a newer program, [`StoreError::Engine`] for one that is not
    /// Datebook's or cannot be reached. In all these cases it is left as it was.
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        Self::open_with(url, Options::default()).await
    }

    /// The same with options.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub async fn open_with(url: &str, options: Options) -> Result<Self, StoreError> {
        let address = Address::parse(url)?;
        let (mut client, messages) = address.connect().await.map_err(|error| {
            StoreError::Engine(format!("PostgreSQL at {address} cannot be reached: {}", error::words(&error)))
        })?;
        tokio::spawn(messages.for_each(|_| std::future::ready(())));
        let epoch = migrate::migrate(&mut client).await?;
        drop(client);
        let said = Arc::new(Once::new());
        let readers = Pool::new(&address, &epoch, &said, options.readers, options.waiting, READING)?;
        let writers = Pool::new(&address, &epoch, &said, options.writers, options.waiting, WRITING)?;
        let calls = Arc::new(Calls::new(address, readers));
        // The first look only takes note of how things stand: it has to be over before anybody watches or commits.
        calls.look().await?;
        let listening = tokio::spawn(calls::listen(Arc::clone(&calls))).abort_handle();
        let calling = tokio::spawn(calls::call(Arc::clone(&calls))).abort_handle();
        let shared = Shared {
            epoch,
            calls,
            writers,
            realms: Mutex::default(),
            names: Names::default(),
            rows: Rows::default(),
            tasks: [listening, calling],
            closed: AtomicBool::new(false),
            gate: RwLock::new(()),
        };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// The store of one business. Any name will do; the realm comes into being with its first commit. Names are kept
    /// for as long as the engine is open, so check a name that comes from outside before asking for it.
    pub fn realm(&self, name: &str) -> PostgresStore {
        let mut realms = self.shared.realms.lock().unwrap_or_else(PoisonError::into_inner);
        let realm = realms.entry(name.to_owned()).or_insert_with(|| {
            Arc::new(Realm { name: name.to_owned(), id: ids::realm(name), made: AtomicBool::new(false) })
        });
        PostgresStore { shared: Arc::clone(&self.shared), realm: Arc::clone(realm) }
    }

    /// The names of the realms that were ever written, in order.
    ///
    /// # Errors
    /// When the engine is closed, busy or fails.
    pub async fn realms(&self) -> Result<Vec<String>, StoreError> {
        let session = self.shared.calls.readers.take().await?;
        let rows = session.query("SELECT name FROM realm ORDER BY name", &[]).await?;
        rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
    }

    /// Takes jobs of all realms, see [`Engine::lease`](crate::Engine::lease).
    ///
    /// # Errors
    /// When the engine is closed, busy or fails.
    pub async fn lease(
        &self,
        kind: &str,
        now: Timestamp,
        until: Timestamp,
        most: usize,
        room: impl Fn(&str, usize) -> usize + Sync,
    ) -> Result<Vec<(String, Leased)>, StoreError> {
        let _writing = self.shared.gate.read().await;
        let session = self.shared.writers.take().await?;
        for _ in 0..turns::TRIES {
            let mut turns = Turns::new(&self.shared.rows, kind, now, most, &room);
            let mut more = true;
            while more {
                let seen: Vec<Uuid> = turns.seen().collect();
                let due = jobs::window(&session, &self.shared.names, kind, now, &seen).await?;
                more = turns.offer(due);
            }
            let chosen = turns.take();
            if chosen.is_empty() {
                return Ok(Vec::new());
            }
            let taken = jobs::take(&session, chosen, now, until).await?;
            if !taken.is_empty() {
                return Ok(taken);
            }
        }
        Ok(Vec::new())
    }

    /// The history that this database tells, see [`Store::epoch`].
    pub fn epoch(&self) -> &str {
        &self.shared.epoch
    }

    /// Tells the watchers of spaces that other nodes have written and that no call has told of; the first call only
    /// takes note of how things stand. Of several commits to a space only the last is told. While nobody writes, a call
    /// is two small questions to the server.
    ///
    /// # Errors
    /// When the engine is closed, busy or fails. The next call tells what this one did not.
    pub async fn hear_others(&self) -> Result<(), StoreError> {
        self.shared.calls.look().await
    }

    /// Waits for what is being written, and ends all watches. Snapshots that are open stay good; everything else is
    /// answered with [`StoreError::Closed`] from now on, on every handle.
    pub async fn close(&self) {
        self.shared.closed.store(true, Ordering::Release);
        self.shared.writers.close();
        // Somebody may hold a commit that he never asks for again.
        let _ = time::timeout(Duration::from_secs(10), self.shared.gate.write()).await;
        self.shared.calls.flush().await;
        self.shared.calls.readers.close();
        self.shared.tasks.iter().for_each(AbortHandle::abort);
        self.shared.calls.hearing.hush();
    }
}

/// The documents and jobs of one business in a [`PostgresEngine`].
#[derive(Clone)]
pub struct PostgresStore {
    shared: Arc<Shared>,
    realm: Arc<Realm>,
}

impl PostgresStore {
    /// The realm's name.
    pub fn realm(&self) -> &str {
        &self.realm.name
    }

    fn check_open(&self) -> Result<(), StoreError> {
        if self.shared.closed.load(Ordering::Acquire) { Err(StoreError::Closed) } else { Ok(()) }
    }
}

impl Store for PostgresStore {
    type Snapshot = PostgresSnapshot;

    fn epoch(&self) -> &str {
        &self.shared.epoch
    }

    async fn snapshot(&self) -> Result<PostgresSnapshot, StoreError> {
        self.check_open()?;
        PostgresSnapshot::begin(&self.shared.calls.readers, self.realm.id).await
    }

    async fn commit(&self, batch: Batch) -> Result<Committed, CommitError> {
        let _writing = self.shared.gate.read().await;
        self.check_open()?;
        let leaves_something = !batch.writes.is_empty() || !batch.jobs.is_empty();
        if !leaves_something && batch.guards.is_empty() {
            return Ok(Committed::default());
        }
        let make = (leaves_something && !self.realm.made.load(Ordering::Acquire)).then_some(self.realm.name.as_str());
        let target = commit::Target { realm: self.realm.id, make };
        let news = commit::commit(&self.shared.writers, &target, &batch).await?;
        if make.is_some() {
            self.realm.made.store(true, Ordering::Release);
        }
        let spaces = news.iter().map(|piece| (piece.space.clone(), piece.version)).collect();
        self.shared.calls.tell(news);
        Ok(Committed { spaces })
    }

    async fn forget(&self, space: &Space) -> Result<(), StoreError> {
        let _writing = self.shared.gate.read().await;
        self.check_open()?;
        let news = forget::forget(&self.shared.writers, self.realm.id, space).await?;
        self.shared.calls.tell(news.into_iter().collect());
        Ok(())
    }

    fn watch(&self) -> broadcast::Receiver<Touched> {
        self.shared.calls.hearing.watch(self.realm.id)
    }

    async fn lease(
        &self,
        kind: &str,
        now: Timestamp,
        until: Timestamp,
        most: usize,
    ) -> Result<Vec<Leased>, StoreError> {
        let _writing = self.shared.gate.read().await;
        jobs::lease(&self.shared.writers.take().await?, self.realm.id, kind, now, until, most).await
    }

    async fn done(&self, lease: &Leased) -> Result<(), StoreError> {
        let _writing = self.shared.gate.read().await;
        let mut attempts = 1;
        loop {
            let session = self.shared.writers.take().await?;
            match jobs::done(&session, self.realm.id, lease).await {
                // The connection died in the pool: another one may do, and twice is as good as once.
                Err(StoreError::Closed) if attempts < 3 => attempts += 1,
                ended => return ended,
            }
        }
    }

    async fn again(&self, lease: &Leased, at: Timestamp, error: &str) -> Result<(), StoreError> {
        let _writing = self.shared.gate.read().await;
        let mut attempts = 1;
        loop {
            let session = self.shared.writers.take().await?;
            match jobs::again(&session, self.realm.id, lease, at, error).await {
                // The connection died in the pool: another one may do, and twice is as good as once.
                Err(StoreError::Closed) if attempts < 3 => attempts += 1,
                ended => return ended,
            }
        }
    }
}

/// A space's name as it was stored.
fn space_name(stored: &str) -> Result<Space, StoreError> {
    stored.parse().map_err(|_| StoreError::Engine(format!("{stored:?} in the database is not the name of a space")))
}
