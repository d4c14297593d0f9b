//! The SQLite engine: one file, whoever writes has it alone, those who wait share one fsync, a pool of readers.
//!
//! **Invariant:** an answer is given after the transaction that it speaks of is on disk. **Invariant:** what one realm
//! writes no other realm can see. **Invariant:** nobody waits for a connection: a read always gets one at once, and a
//! write that finds the queue full is told [`StoreError::Busy`].
//!
//! Design. [`SqliteEngine`] is the file; [`SqliteEngine::realm`] gives the [`SqliteStore`] of one business in it. A
//! commit is made at the one `desk`, at once if nobody sits there (docs/adr/0029). Everything else goes through a bounded
//! queue to one thread (`writer`), which takes everything that waits into one transaction, each batch under its own
//! savepoint if it is not alone, so that a batch that is refused undoes only itself and two hundred commits cost one
//! fsync. Reads run on the caller's own thread, inside the future's first poll: with the pages in memory a read takes
//! microseconds, less than handing it to another thread would. A commit whose future is dropped still takes effect, once
//! it was polled.
//!
//! A snapshot holds a read transaction. SQLite cannot shorten its write-ahead log past the oldest one, so keep
//! snapshots for the time of a request, not for the time of a session.
//!
//! While an engine is open a copy may be put in the place of what the file holds ([`SqliteEngine::restore`]). From then on
//! it is told [`StoreError::Replaced`] whatever it asks, for the file tells another history than the one it has begun
//! with; whoever opens another engine goes on with that.
//!
//! [`Store::watch`] tells of commits made through this engine. A second program on the same file is safe; its commits
//! are told of when somebody asks for it with [`SqliteEngine::hear_others`].

mod apply;
mod backup;
mod checkpoint;
mod commit;
mod connection;
mod desk;
mod documents;
mod epoch;
mod error;
mod jobs;
mod kept;
mod known;
mod lists;
mod log_file;
mod log_index;
mod migrate;
mod others;
mod pull;
mod readers;
mod realm;
mod restore;
mod schema;
mod snapshot;
#[cfg(test)]
mod tests;
mod transaction;
pub(crate) mod transfer;
mod writer;

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use jiff::Timestamp;
use tokio::sync::broadcast;

use crate::{
    ApplyError, Batch, Changed, CommitError, Committed, Glance, Leased, Mirror, Replacement, RestoreError, Space,
    Store, StoreError, Touched, Write,
    beside::beside,
    turns::{self, Rows, Turns},
};

use self::{
    checkpoint::Checkpoint,
    desk::{Desk, Hand},
    epoch::History,
    known::{Effect, Known},
    log_index::{Head, LogIndex},
    others::Others,
    readers::Readers,
    realm::Realm,
    writer::Writer,
};

pub use self::snapshot::SqliteSnapshot;

/// One SQLite file with the documents of any number of businesses. Clones are handles on the same engine; when the last
/// one and the last store are gone, the writer finishes what waits and ends.
#[derive(Clone)]
pub struct SqliteEngine {
    shared: Arc<Shared>,
}

/// What all handles share.
struct Shared {
    path: PathBuf,
    history: Arc<History>,
    writer: Writer,
    readers: Arc<Readers>,
    known: Arc<Known>,
    realms: Mutex<HashMap<String, Arc<Realm>>>,
    others: Mutex<Others>,
    rows: Rows,
}

impl SqliteEngine {
    /// Opens a file, or makes one: with a directory and rights for its owner only (on Unix), in write-ahead mode,
    /// migrated to the format of this program. Blocks for some milliseconds.
    ///
    /// # Errors
    /// [`StoreError::TooNew`] for a file that needs a newer program, [`StoreError::Engine`] for one that is not
    /// Datebook's or cannot be opened. In both cases the file is left as it was.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        Self::open_with(path, desk::QUICK)
    }

    /// The same; commits that take longer than `quick` are left to the writer's thread. Where SQLite works off the log
    /// by itself, nobody knows beforehand which do.
    fn open_with(path: &Path, quick: Duration) -> Result<Self, StoreError> {
        connection::make_private(path)?;
        let mut first = connection::open_writer(path)?;
        let history = Arc::new(History::begin(&mut first)?);
        connection::keep_private(path)?;
        // A step may change more than there is memory for; a commit does not. One is open before the other is closed.
        let connection = connection::open_committer(path)?;
        drop(first);
        let index = LogIndex::of(connection::open_reader(path)?);
        // Who cannot see how long the log is leaves it to SQLite.
        let checkpoint = index.as_ref().map(|_| Checkpoint::start(path, &connection)).transpose()?;
        let known = Arc::new(Known::new(index));
        let quick = if checkpoint.is_some() { quick } else { Duration::ZERO };
        let hand = Hand { connection, checkpoint };
        let shared = Shared {
            path: path.to_owned(),
            writer: Writer::start(Desk::new(hand, Arc::clone(&history), Arc::clone(&known), quick))?,
            history,
            readers: Arc::new(Readers::new(path)),
            known,
            realms: Mutex::default(),
            others: Mutex::default(),
            rows: Rows::default(),
        };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// The store of one business. Any name will do; the realm comes into being with its first commit. Names are kept
    /// for as long as the engine is open, so check a name that comes from outside before asking for it.
    pub fn realm(&self, name: &str) -> SqliteStore {
        let mut realms = self.shared.realms.lock().unwrap_or_else(PoisonError::into_inner);
        let realm = realms.entry(name.to_owned()).or_insert_with(|| Arc::new(Realm::new(name)));
        SqliteStore { shared: Arc::clone(&self.shared), realm: Arc::clone(realm) }
    }

    /// The names of the realms that were ever written, in order.
    ///
    /// # Errors
    /// When the engine is closed or fails.
    pub async fn realms(&self) -> Result<Vec<String>, StoreError> {
        let reader = self.shared.readers.take()?;
        self.shared.history.check(&reader)?;
        realm::names(&reader)
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
        for _ in 0..turns::TRIES {
            let mut turns = Turns::new(&self.shared.rows, kind, now, most, &room);
            let first = jobs::window(&*self.shared.readers.take()?, kind, now, std::iter::empty())?;
            let mut more = turns.offer(first);
            while more {
                // It passes by what former windows have shown, which may be much.
                let (readers, kind) = (Arc::clone(&self.shared.readers), kind.to_owned());
                let seen: Vec<i64> = turns.seen().collect();
                let next = move || jobs::window(&*readers.take()?, &kind, now, seen.into_iter());
                more = turns.offer(beside(next).await?);
            }
            let chosen = turns.take();
            if chosen.is_empty() {
                return Ok(Vec::new());
            }
            let work = move |connection: &rusqlite::Connection| jobs::take(connection, chosen, now, until);
            let taken = self.shared.writer.run(work, nothing, |_| {}).await?;
            if !taken.is_empty() {
                return Ok(taken);
            }
        }
        Ok(Vec::new())
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.shared.path
    }

    /// The history that this file tells: 16 hexadecimal digits. Versions of two files can only be compared when their
    /// epochs are the same; a copy that somebody opens has another one.
    pub fn epoch(&self) -> &str {
        self.shared.history.epoch()
    }

    /// Waits until it was found that a copy was put in the place of what the file held. Whoever asks for anything finds
    /// it, [`SqliteEngine::hear_others`] too.
    pub async fn replaced(&self) {
        self.shared.history.replaced().await;
    }

    /// Tells the watchers of spaces that other programs have written since the last call; the first call only takes
    /// note of how things stand. A space's last version is told, not each in between; spaces that were forgotten are not
    /// told of; and a space that this engine has written itself may be told once more. While nobody else writes, a call
    /// costs some microseconds.
    ///
    /// # Errors
    /// When the engine is closed, busy or fails. The next call tells what this one did not.
    pub async fn hear_others(&self) -> Result<(), StoreError> {
        let count = self.shared.writer.run(Others::count, nothing, |_| {}).await?;
        let before = self.others().clone();
        if before.have_seen(count) {
            return Ok(());
        }
        let readers = Arc::clone(&self.shared.readers);
        let (seen, changed) = beside(move || before.look(count, &*readers.take()?)).await?;
        let telling = Arc::clone(&self.shared);
        let work = move |connection: &rusqlite::Connection| others::named(connection, &changed);
        let told = move |changed: &HashMap<String, Committed>| {
            let realms = telling.realms.lock().unwrap_or_else(PoisonError::into_inner);
            for (realm, committed) in changed {
                if let Some(realm) = realms.get(realm) {
                    realm.tell(committed);
                }
            }
        };
        self.shared.writer.run(work, nothing, told).await?;
        // Only now: what could not be told stays to be told.
        *self.others() = seen;
        Ok(())
    }

    fn others(&self) -> MutexGuard<'_, Others> {
        self.shared.others.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes a consistent copy to another file while everybody goes on working, replacing a former copy only when the
    /// new one is complete and on disk. Each time the copy is put to use somewhere it begins an epoch of its own.
    ///
    /// # Errors
    /// When the engine is closed, or the copy cannot be written; or when what is there is no former copy but this file,
    /// under whatever name, or another one that was opened. What was there is then still there.
    pub async fn backup(&self, to: &Path) -> Result<(), StoreError> {
        let (readers, file, to) = (Arc::clone(&self.shared.readers), self.shared.path.clone(), to.to_owned());
        beside(move || backup::copy(&*readers.take()?, &file, &to)).await
    }

    /// Puts a copy that [`SqliteEngine::backup`] made in the place of all that a file holds, as a whole or not at all, also
    /// while engines of this and of other programs have it open: those are told [`StoreError::Replaced`] from then on. A
    /// file that is not there is made. What engines commit meanwhile waits, and is lost with what is replaced.
    ///
    /// # Errors
    /// When the copy is not one, or what is in its way; [`StoreError::Busy`] when the file belongs to somebody else for a
    /// minute. In all cases nothing was changed.
    pub async fn restore(path: &Path, copy: &Path) -> Result<(), RestoreError> {
        let (path, copy) = (path.to_owned(), copy.to_owned());
        beside(move || restore::restore(&path, &copy)).await
    }

    /// Writes what waits, ends the writer and all watches, and lets go of the file. Snapshots that are open stay good;
    /// everything else is answered with [`StoreError::Closed`] from now on, on every handle.
    pub async fn close(&self) {
        self.shared.readers.close();
        self.shared.writer.close().await;
        let realms = self.shared.realms.lock().unwrap_or_else(PoisonError::into_inner);
        realms.values().for_each(|realm| realm.hush());
    }
}

/// The documents and jobs of one business in a [`SqliteEngine`].
#[derive(Clone)]
pub struct SqliteStore {
    shared: Arc<Shared>,
    realm: Arc<Realm>,
}

impl SqliteStore {
    /// The realm's name.
    pub fn realm(&self) -> &str {
        self.realm.name()
    }
}

impl Store for SqliteStore {
    type Snapshot = SqliteSnapshot;

    fn epoch(&self) -> &str {
        self.shared.history.epoch()
    }

    async fn snapshot(&self) -> Result<SqliteSnapshot, StoreError> {
        SqliteSnapshot::begin(self.shared.readers.take()?, &self.realm, &self.shared.history, &self.shared.known)
    }

    fn glance(&self) -> Option<Glance> {
        let (realm, at) = (self.realm.id()?, self.shared.known.glance()?);
        Some(Glance(SqliteGlance { known: Arc::clone(&self.shared.known), realm, at }))
    }

    async fn commit(&self, batch: Batch) -> Result<Committed, CommitError> {
        let (realm, known) = (Arc::clone(&self.realm), Arc::clone(&self.shared.known));
        let work = move |connection: &rusqlite::Connection, at: Option<Head>| -> Result<Written, CommitError> {
            let id = realm.ensure(connection)?;
            let known = |space: &Space| known.space(at?, id, space);
            let (committed, numbers) = commit::commit(connection, id, &batch, known)?;
            Ok(Written { realm: id, committed, numbers, writes: batch.writes })
        };
        Ok(self.shared.writer.commit(work, Written::of_documents, self.telling()).await?.committed)
    }

    async fn forget(&self, space: &Space) -> Result<(), StoreError> {
        let (realm, space) = (Arc::clone(&self.realm), space.clone());
        let work = move |connection: &rusqlite::Connection| -> Result<Written, StoreError> {
            let Some(id) = realm.find(connection)? else { return Ok(Written::default()) };
            let was_here = apply::forget(connection, id, &space)?;
            let spaces = was_here.then_some((space, 0)).into_iter().collect();
            Ok(Written::spaces(id, Committed { spaces }))
        };
        self.write(work).await.map(|_| ())
    }

    fn watch(&self) -> broadcast::Receiver<Touched> {
        self.realm.watch()
    }

    async fn lease(
        &self,
        kind: &str,
        now: Timestamp,
        until: Timestamp,
        most: usize,
    ) -> Result<Vec<Leased>, StoreError> {
        let (realm, kind) = (Arc::clone(&self.realm), kind.to_owned());
        let work = move |connection: &rusqlite::Connection| match realm.find(connection)? {
            Some(id) => jobs::lease(connection, id, &kind, now, until, most),
            None => Ok(Vec::new()),
        };
        self.shared.writer.run(work, nothing, |_| {}).await
    }

    async fn done(&self, lease: &Leased) -> Result<(), StoreError> {
        let (realm, job, until) = (Arc::clone(&self.realm), lease.job.id, lease.until);
        let work = move |connection: &rusqlite::Connection| match realm.find(connection)? {
            Some(id) => jobs::done(connection, id, job, until),
            None => Ok(()),
        };
        self.shared.writer.run(work, nothing, |_| {}).await
    }

    async fn again(&self, lease: &Leased, at: Timestamp, error: &str) -> Result<(), StoreError> {
        let (realm, job, until, error) = (Arc::clone(&self.realm), lease.job.id, lease.until, error.to_owned());
        let work = move |connection: &rusqlite::Connection| match realm.find(connection)? {
            Some(id) => jobs::again(connection, id, job, until, at, &error),
            None => Ok(()),
        };
        self.shared.writer.run(work, nothing, |_| {}).await
    }
}

impl Mirror for SqliteStore {
    async fn apply(
        &self,
        space: &Space,
        version: u64,
        changes: &[Changed],
        extra: Batch,
    ) -> Result<Committed, ApplyError> {
        let (realm, space, changes) = (Arc::clone(&self.realm), space.clone(), changes.to_vec());
        let work = move |connection: &rusqlite::Connection| {
            let id = realm.ensure(connection)?;
            Ok(Written::spaces(id, apply::apply(connection, id, &space, version, &changes, &extra)?))
        };
        self.write(work).await
    }

    async fn replace(&self, gone: &[Space], pages: Vec<Replacement>, extra: Batch) -> Result<Committed, ApplyError> {
        let (realm, gone) = (Arc::clone(&self.realm), gone.to_vec());
        let work = move |connection: &rusqlite::Connection| {
            let id = realm.ensure(connection)?;
            Ok(Written::spaces(id, apply::replace(connection, id, &gone, &pages, &extra)?))
        };
        self.write(work).await
    }
}

/// What was written of a realm.
#[derive(Default)]
struct Written {
    realm: i64,
    committed: Committed,
    /// The spaces' numbers, of a commit.
    numbers: Vec<i64>,
    /// Documents, of a commit.
    writes: Vec<Write>,
}

impl Written {
    /// Of more than single documents.
    fn spaces(realm: i64, committed: Committed) -> Self {
        Self { realm, committed, ..Self::default() }
    }

    fn of_documents(&mut self) -> Effect {
        let (numbers, writes) = (std::mem::take(&mut self.numbers), std::mem::take(&mut self.writes));
        Effect::Documents(self.realm, self.committed.clone(), numbers, writes)
    }

    fn of_spaces(&mut self) -> Effect {
        Effect::Spaces(self.realm, self.committed.clone())
    }
}

impl SqliteStore {
    /// Tells the realm's watchers.
    fn telling(&self) -> impl FnOnce(&Written) + Send + 'static {
        let realm = Arc::clone(&self.realm);
        move |written| realm.tell(&written.committed)
    }

    /// Has documents written after all who wait, and tells the realm's watchers.
    async fn write<E>(
        &self,
        work: impl FnOnce(&rusqlite::Connection) -> Result<Written, E> + Send + 'static,
    ) -> Result<Committed, E>
    where
        E: From<StoreError> + Send + 'static,
    {
        Ok(self.shared.writer.run(work, Written::of_spaces, self.telling()).await?.committed)
    }
}

/// Of work that touches no space.
fn nothing<T>(_: &mut T) -> Effect {
    Effect::Nothing
}

/// How things stood at a moment, see [`Store::glance`].
pub(crate) struct SqliteGlance {
    known: Arc<Known>,
    realm: i64,
    at: Head,
}

impl SqliteGlance {
    pub(crate) fn versions<'a>(&self, spaces: impl IntoIterator<Item = &'a Space>) -> Option<Vec<u64>> {
        self.known.versions(self.at, self.realm, spaces)
    }

    pub(crate) fn spaces(&self, prefix: &str) -> Option<Arc<[Space]>> {
        self.known.names(self.at, self.realm, prefix)
    }
}
