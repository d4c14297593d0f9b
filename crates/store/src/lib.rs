//! Documents in versioned spaces, and the jobs that wait to be done.
//!
//! **Invariant:** a space's version rises by exactly one with each commit that touches it, in commit order, on every
//! engine. **Invariant:** a batch takes effect as a whole or not at all. **Invariant:** a deleted document stays as a
//! tombstone, so that a device that was away learns of it.
//!
//! [`Store`] is what engines implement; `conformance` is the suite that every engine passes. The store knows nothing of
//! bookings: bodies are JSON texts, and the sort and unique keys are given by whoever writes.

mod any;
mod batch;
mod beside;
#[cfg(any(test, feature = "conformance"))]
pub mod conformance;
mod document;
#[cfg(feature = "faults")]
pub mod faults;
mod glance;
mod job;
mod keys;
mod mirror;
#[cfg(feature = "postgres")]
pub mod postgres;
mod restore;
mod space;
pub mod sqlite;
mod transfer;
mod turns;

use std::future::Future;

pub use any::{AnySnapshot, AnyStore, Engine};
pub use batch::{Batch, CommitError, Committed, Guard, Write};
pub use document::{Document, Key, List, Order, UniqueKey};
pub use glance::Glance;
pub use job::{Job, JobId, Leased, NewJob};
pub use mirror::{ApplyError, Mirror, Replacement};
pub use restore::RestoreError;
pub use space::{Space, SpaceError};
pub use transfer::{Moved, One, Stage, Transfer, TransferError};

#[cfg(feature = "faults")]
pub(crate) use faults::met;

/// A write as it is: only tests plan that something happens to it.
#[cfg(not(feature = "faults"))]
pub(crate) fn met<W>(write: W) -> W {
    write
}

/// The engine failed; trying again may help. Nothing was changed, unless the engine was lost while it answered a
/// commit: then nobody knows. Who repeats a batch guards it.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// The engine cannot be reached or is shutting down.
    #[error("the store is closed")]
    Closed,
    /// More work is waiting than the engine takes.
    #[error("the store is busy")]
    Busy,
    /// The data tell another history than the one that this engine began with: a copy was put in their place
    /// ([`Engine::restore`]), or a database on PostgreSQL was moved away ([`Transfer`]). Whoever opens them anew begins
    /// with theirs.
    #[error("the data tell another history than before")]
    Replaced,
    /// The data was written by a newer program and this one may not open it.
    #[error("the data has format {found}, this program reads up to {known}")]
    TooNew {
        /// Lowest format that a program must know to open the data.
        found: u32,
        /// The format this program writes.
        known: u32,
    },
    /// Anything else the engine says.
    #[error("{0}")]
    Engine(String),
}

/// A consistent read: all answers are of the same moment.
pub trait Read: Send + Sync {
    /// One document, or nothing when it is absent or deleted.
    fn get(&self, key: &Key) -> impl Future<Output = Result<Option<Document>, StoreError>> + Send;

    /// Documents of one kind in one or more spaces, in sort order.
    fn list(&self, list: &List) -> impl Future<Output = Result<Vec<Document>, StoreError>> + Send;

    /// Which document holds a unique key.
    fn find(&self, key: &UniqueKey) -> impl Future<Output = Result<Option<Key>, StoreError>> + Send;

    /// The versions of spaces, in the order asked; 0 for a space never written. One question, however many spaces.
    fn versions(&self, spaces: &[Space]) -> impl Future<Output = Result<Vec<u64>, StoreError>> + Send;

    /// A space's version; 0 for a space never written.
    fn version(&self, space: &Space) -> impl Future<Output = Result<u64, StoreError>> + Send {
        async move { Ok(self.versions(std::slice::from_ref(space)).await?.first().copied().unwrap_or(0)) }
    }

    /// The spaces that were ever written whose name starts with a text, in order of name.
    fn spaces(&self, prefix: &str) -> impl Future<Output = Result<Vec<Space>, StoreError>> + Send;
}

/// A consistent read that also knows what changed.
pub trait Pull: Read {
    /// What changed in a space since a version, in version order, tombstones included; with `after` 0 tombstones are
    /// left out. At most about `limit` documents: a version is never cut in two, so a page may be larger.
    fn pull(&self, space: &Space, after: u64, limit: usize) -> impl Future<Output = Result<Page, StoreError>> + Send;
}

/// Documents and jobs of one business.
pub trait Store: Clone + Send + Sync + 'static {
    /// A consistent read. Who holds one must not ask for a second, nor commit, before it is dropped: an engine may have
    /// one connection left, and it is the one that is held.
    type Snapshot: Pull;

    /// The history that the engine tells: 16 hexadecimal digits. Versions can only be compared within one history.
    fn epoch(&self) -> &str;

    /// Begins a consistent read, of a moment not before the call.
    fn snapshot(&self) -> impl Future<Output = Result<Self::Snapshot, StoreError>> + Send;

    /// How things stand now, as far as it can be said without a read: nothing is not wrong, it is only slower. An engine
    /// that others write to without its knowing never says anything.
    fn glance(&self) -> Option<Glance> {
        None
    }

    /// Makes a batch take effect, durably, or not at all. An answer of `Ok` survives a power cut. When the future is
    /// dropped before its answer, the batch may take effect or not.
    fn commit(&self, batch: Batch) -> impl Future<Output = Result<Committed, CommitError>> + Send;

    /// Removes a space as if it had never been written: documents, tombstones, unique keys, version. Watchers are told
    /// of it with version 0. Jobs stay.
    fn forget(&self, space: &Space) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Pulls from a snapshot of its own.
    fn pull(&self, space: &Space, after: u64, limit: usize) -> impl Future<Output = Result<Page, StoreError>> + Send {
        async move { self.snapshot().await?.pull(space, after, limit).await }
    }

    /// Tells of commits from now on, once they can be read; those made through this engine before their answer is
    /// given. A space's versions come rising, and a version stands for those before it: of commits that others made, or
    /// that were made at once, only the last may be told. A receiver that lags must pull everything it cares for.
    fn watch(&self) -> tokio::sync::broadcast::Receiver<Touched>;

    /// Takes up to `most` jobs of one kind that are due, those that wait longest first, so that nobody else takes them
    /// before `until`. However many of other kinds wait costs nothing. Times are kept to the microsecond.
    fn lease(
        &self,
        kind: &str,
        now: jiff::Timestamp,
        until: jiff::Timestamp,
        most: usize,
    ) -> impl Future<Output = Result<Vec<Leased>, StoreError>> + Send;

    /// A job was carried out; it is forgotten. Nothing happens when the lease is no longer this one.
    fn done(&self, lease: &Leased) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// A job could not be carried out; it is due again at `at`.
    fn again(
        &self,
        lease: &Leased,
        at: jiff::Timestamp,
        error: &str,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;
}

/// A space that a commit touched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Touched {
    /// Which.
    pub space: Space,
    /// Its version after the commit.
    pub version: u64,
}

/// A part of what changed in a space.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The version up to which this page is complete; pull again after it. When `more` is false, the space's version.
    pub version: u64,
    /// Changes in version order.
    pub changes: Vec<Changed>,
    /// Whether there is more after `version`.
    pub more: bool,
}

/// A document as it is after its last change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// What kind.
    pub kind: String,
    /// Which one.
    pub id: String,
    /// The space's version at its last change.
    pub version: u64,
    /// Its place in lists of its kind.
    pub sort: String,
    /// The JSON text; nothing for a tombstone.
    pub body: Option<std::sync::Arc<str>>,
}
