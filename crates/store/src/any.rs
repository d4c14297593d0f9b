//! The engine that an operator chose, behind the same traits.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use jiff::Timestamp;
use tokio::sync::broadcast;

#[cfg(feature = "postgres")]
use crate::postgres::{PostgresEngine, PostgresSnapshot, PostgresStore};
use crate::{
    Batch, CommitError, Committed, Document, Glance, Key, Leased, List, Page, Pull, Read, RestoreError, Space, Store,
    StoreError, Touched, UniqueKey,
    beside::beside,
    sqlite::{SqliteEngine, SqliteSnapshot, SqliteStore},
};

/// An engine with the documents of any number of businesses. Clones are handles on the same engine.
#[derive(Clone)]
pub enum Engine {
    /// One file.
    Sqlite(SqliteEngine),
    /// One database of a PostgreSQL server.
    #[cfg(feature = "postgres")]
    Postgres(PostgresEngine),
}

/// The documents and jobs of one business in an [`Engine`].
#[derive(Clone)]
pub enum AnyStore {
    /// In a file.
    Sqlite(SqliteStore),
    /// In a database of a PostgreSQL server.
    #[cfg(feature = "postgres")]
    Postgres(PostgresStore),
}

/// A moment of an [`AnyStore`].
pub enum AnySnapshot {
    /// In a file.
    Sqlite(SqliteSnapshot),
    /// In a database of a PostgreSQL server.
    #[cfg(feature = "postgres")]
    Postgres(PostgresSnapshot),
}

/// The same question to whichever engine it is.
macro_rules! each {
    ($of:ident, $any:expr, $one:ident => $answer:expr) => {
        match $any {
            $of::Sqlite($one) => $answer,
            #[cfg(feature = "postgres")]
            $of::Postgres($one) => $answer,
        }
    };
}

/// The same write to whichever engine it is. What tests plan for it is met here; SQLite meets it at the way to its
/// writer, which devices use without this.
macro_rules! written {
    ($of:ident, $any:expr, $one:ident => $write:expr) => {
        match $any {
            $of::Sqlite($one) => $write.await,
            #[cfg(feature = "postgres")]
            $of::Postgres($one) => crate::met($write).await,
        }
    };
}

impl Engine {
    /// Opens what a database URL names: `sqlite:` and a path, made when it is not there, or `postgres://` and the rest
    /// of the address of a PostgreSQL database (`store::postgres`), when the program was built with it.
    ///
    /// # Errors
    /// When the URL names no engine, or what the engine says.
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        match url.split_once(':') {
            Some(("sqlite", path)) if !path.is_empty() => {
                // It reads, mends and waits; and the threads that it begins must not be bound to one that answers.
                let path = PathBuf::from(path);
                beside(move || SqliteEngine::open(&path)).await.map(Self::Sqlite)
            }
            #[cfg(feature = "postgres")]
            Some(("postgres" | "postgresql", _)) => Ok(Self::Postgres(PostgresEngine::open(url).await?)),
            #[cfg(not(feature = "postgres"))]
            Some(("postgres" | "postgresql", _)) => {
                Err(StoreError::Engine("this program was built without PostgreSQL".to_owned()))
            }
            _ => Err(unnamed()),
        }
    }

    /// The store of one business. Any name will do; the realm comes into being with its first commit. Names are kept
    /// for as long as the engine is open, so check a name that comes from outside before asking for it.
    pub fn realm(&self, name: &str) -> AnyStore {
        match self {
            Self::Sqlite(engine) => AnyStore::Sqlite(engine.realm(name)),
            #[cfg(feature = "postgres")]
            Self::Postgres(engine) => AnyStore::Postgres(engine.realm(name)),
        }
    }

    /// The names of the realms that were ever written, in order.
    ///
    /// # Errors
    /// When the engine is closed or fails.
    pub async fn realms(&self) -> Result<Vec<String>, StoreError> {
        each!(Self, self, engine => engine.realms().await)
    }

    /// Takes up to `most` jobs of one kind that are due, whichever realms they are of, so that nobody else takes them
    /// before `until`; each comes with the name of its realm. `room` says how many of a realm may be taken when so many of
    /// the others are, and the more those are, the fewer: with 0 it is left alone. The realms take turns: each one's job
    /// that waits longest, then each one's second, and so on. However many realms there are, and however many jobs of
    /// other kinds, costs nothing.
    ///
    /// It is one question when fewer than 256 jobs of the kind are due; behind more than that of one realm the others
    /// are looked for by passing by all of it. When other nodes take the same jobs at the same time, fewer may be given
    /// than there are.
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
        written!(Self, self, engine => engine.lease(kind, now, until, most, room))
    }

    /// The history that the engine tells, see [`Store::epoch`].
    pub fn epoch(&self) -> &str {
        each!(Self, self, engine => engine.epoch())
    }

    /// How often to call [`Self::hear_others`]. On SQLite nothing else tells of what other programs write. Nodes on
    /// PostgreSQL call each other, and only a call that was lost leaves something to be found.
    pub fn hear_others_every(&self) -> Duration {
        Duration::from_secs(match self {
            Self::Sqlite(_) => 1,
            #[cfg(feature = "postgres")]
            Self::Postgres(_) => 5,
        })
    }

    /// Tells watchers of what others have written since the last call; the first call only takes note of how things
    /// stand.
    ///
    /// # Errors
    /// When the engine is closed, busy or fails. The next call tells what this one did not.
    pub async fn hear_others(&self) -> Result<(), StoreError> {
        each!(Self, self, engine => engine.hear_others().await)
    }

    /// Writes a consistent copy to a file while everybody goes on working; see [`SqliteEngine::backup`].
    ///
    /// # Errors
    /// When the copy cannot be written, or the engine has its own means for it.
    pub async fn backup(&self, to: &Path) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(engine) => engine.backup(to).await,
            #[cfg(feature = "postgres")]
            Self::Postgres(_) => {
                Err(StoreError::Engine("a PostgreSQL database is copied by pg_dump, not by this program".to_owned()))
            }
        }
    }

    /// Puts a copy in the place of all that the database of a URL holds, also while servers have it open; see
    /// [`SqliteEngine::restore`].
    ///
    /// # Errors
    /// When the copy cannot be put there, or the engine has its own means. Nothing was changed then.
    pub async fn restore(url: &str, copy: &Path) -> Result<(), RestoreError> {
        match url.split_once(':') {
            Some(("sqlite", path)) if !path.is_empty() => SqliteEngine::restore(Path::new(path), copy).await,
            Some(("postgres" | "postgresql", _)) => Err(RestoreError::Elsewhere),
            _ => Err(unnamed().into()),
        }
    }

    /// Waits until it was found that a copy was put in the place of the data; everything is answered with
    /// [`StoreError::Replaced`] from then on. An engine that cannot be restored while it is open waits for ever.
    pub async fn replaced(&self) {
        match self {
            Self::Sqlite(engine) => engine.replaced().await,
            #[cfg(feature = "postgres")]
            Self::Postgres(_) => std::future::pending().await,
        }
    }

    /// Writes what waits and ends all watches; everything else is answered with [`StoreError::Closed`] from now on.
    pub async fn close(&self) {
        each!(Self, self, engine => engine.close().await);
    }
}

/// What was given is not repeated: there may be a password in it.
fn unnamed() -> StoreError {
    StoreError::Engine("a database is named sqlite:PATH or postgres://USER:PASSWORD@HOST:PORT/DATABASE".to_owned())
}

impl AnyStore {
    /// The realm's name.
    pub fn realm(&self) -> &str {
        each!(Self, self, store => store.realm())
    }
}

impl Read for AnySnapshot {
    async fn get(&self, key: &Key) -> Result<Option<Document>, StoreError> {
        each!(Self, self, read => read.get(key).await)
    }

    async fn list(&self, list: &List) -> Result<Vec<Document>, StoreError> {
        each!(Self, self, read => read.list(list).await)
    }

    async fn find(&self, key: &UniqueKey) -> Result<Option<Key>, StoreError> {
        each!(Self, self, read => read.find(key).await)
    }

    async fn versions(&self, spaces: &[Space]) -> Result<Vec<u64>, StoreError> {
        each!(Self, self, read => read.versions(spaces).await)
    }

    async fn spaces(&self, prefix: &str) -> Result<Vec<Space>, StoreError> {
        each!(Self, self, read => read.spaces(prefix).await)
    }
}

impl Pull for AnySnapshot {
    async fn pull(&self, space: &Space, after: u64, limit: usize) -> Result<Page, StoreError> {
        each!(Self, self, read => read.pull(space, after, limit).await)
    }
}

impl Store for AnyStore {
    type Snapshot = AnySnapshot;

    fn epoch(&self) -> &str {
        each!(Self, self, store => store.epoch())
    }

    async fn snapshot(&self) -> Result<AnySnapshot, StoreError> {
        match self {
            Self::Sqlite(store) => Ok(AnySnapshot::Sqlite(store.snapshot().await?)),
            #[cfg(feature = "postgres")]
            Self::Postgres(store) => Ok(AnySnapshot::Postgres(store.snapshot().await?)),
        }
    }

    fn glance(&self) -> Option<Glance> {
        each!(Self, self, store => store.glance())
    }

    async fn commit(&self, batch: Batch) -> Result<Committed, CommitError> {
        written!(Self, self, store => store.commit(batch))
    }

    async fn forget(&self, space: &Space) -> Result<(), StoreError> {
        written!(Self, self, store => store.forget(space))
    }

    fn watch(&self) -> broadcast::Receiver<Touched> {
        each!(Self, self, store => store.watch())
    }

    async fn lease(
        &self,
        kind: &str,
        now: Timestamp,
        until: Timestamp,
        most: usize,
    ) -> Result<Vec<Leased>, StoreError> {
        written!(Self, self, store => store.lease(kind, now, until, most))
    }

    async fn done(&self, lease: &Leased) -> Result<(), StoreError> {
        written!(Self, self, store => store.done(lease))
    }

    async fn again(&self, lease: &Leased, at: Timestamp, error: &str) -> Result<(), StoreError> {
        written!(Self, self, store => store.again(lease, at, error))
    }
}
