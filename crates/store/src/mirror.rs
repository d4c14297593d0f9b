//! What a device needs beyond [`Store`]: to take over what the server says, version for version.

use std::future::Future;

use crate::{Batch, Changed, CommitError, Committed, Space, Store, StoreError};

/// A store that can hold copies of spaces that are written elsewhere. Only the SQLite engine does.
///
/// **Invariant:** a mirrored space has the versions of the original, never versions of its own. So a space is either
/// mirrored (written by [`apply`](Mirror::apply) alone) or one's own (written by [`commit`](Store::commit) alone); the
/// store does not remember which, whoever writes does.
pub trait Mirror: Store {
    /// Takes over a page that was pulled from elsewhere, together with a batch for other spaces, all or nothing.
    ///
    /// The documents get the versions, sorts and bodies given in `changes`, and the space gets `version` (that of the
    /// page, not one more than before). The same page may be applied twice. Unique keys are not kept for applied
    /// documents. `Committed` names the applied space too when anything was new.
    fn apply(
        &self,
        space: &Space,
        version: u64,
        changes: &[Changed],
        extra: Batch,
    ) -> impl Future<Output = Result<Committed, ApplyError>> + Send;

    /// Takes over another history: removes spaces as [`forget`](Store::forget) does and takes over pages as
    /// [`apply`](Self::apply) does, one after the other, together with a batch for other spaces, all or nothing. Several
    /// pages may be of one space. `Committed` names the removed spaces too, with version 0 if they are not back.
    fn replace(
        &self,
        gone: &[Space],
        pages: Vec<Replacement>,
        extra: Batch,
    ) -> impl Future<Output = Result<Committed, ApplyError>> + Send;
}

/// A page of another history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replacement {
    /// Of which space.
    pub space: Space,
    /// The version up to which the page is complete.
    pub version: u64,
    /// Changes in version order.
    pub changes: Vec<Changed>,
}

/// Why a page was not taken over. Nothing was changed.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ApplyError {
    /// The page is older than what is here: pages arrived out of order, or the original was restored from a backup.
    #[error("the page is older than version {current} that is here")]
    Behind {
        /// The space's version here.
        current: u64,
    },
    /// A document of the page is newer than the page, or the batch writes into the applied space: a mistake of whoever
    /// made them.
    #[error("the page does not fit together")]
    Unfit,
    /// The batch did not take effect.
    #[error(transparent)]
    Commit(#[from] CommitError),
}

impl From<StoreError> for ApplyError {
    fn from(error: StoreError) -> Self {
        Self::Commit(error.into())
    }
}
