//! What is written together.

use std::sync::Arc;

use crate::{Key, NewJob, Space, StoreError, UniqueKey};

/// Writes and jobs that take effect together, if the guards hold.
#[derive(Debug, Clone, Default)]
pub struct Batch {
    /// The documents that the decision rests on.
    pub guards: Vec<Guard>,
    /// At most one write a document.
    pub writes: Vec<Write>,
    /// Jobs to do once the batch is durable.
    pub jobs: Vec<NewJob>,
}

/// A document must still be at this version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guard {
    /// Which.
    pub key: Key,
    /// The version it was read at; 0 when there was none (a tombstone counts as none).
    pub version: u64,
}

/// A document's new body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Write {
    /// Which.
    pub key: Key,
    /// Its place among its kind; ignored when it is deleted.
    pub sort: String,
    /// The JSON text; nothing deletes it, and its unique keys with it.
    pub body: Option<Arc<str>>,
    /// All the unique keys it holds from now on.
    pub keys: Vec<UniqueKey>,
}

/// The spaces a commit touched, with their new versions, in order of name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Committed {
    /// Each space once.
    pub spaces: Vec<(Space, u64)>,
}

/// Why a batch did not take effect.
#[derive(Debug, Clone, thiserror::Error)]
pub enum CommitError {
    /// A guard does not hold: somebody else was faster. Read again and decide again.
    #[error("{0:?} has changed")]
    Changed(Key),
    /// Another document holds a unique key.
    #[error("the key {0:?} is taken")]
    Taken(UniqueKey),
    /// The engine failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
