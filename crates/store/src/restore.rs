//! Why a copy was not put in the place of the data.

use crate::StoreError;

/// Nothing was changed.
#[derive(Debug, Clone, thiserror::Error)]
pub enum RestoreError {
    /// The copy is not there, or may not be read.
    #[error("it cannot be read: {0}")]
    Unreadable(String),
    /// It is something else.
    #[error("it is not a copy of a Datebook database")]
    Foreign,
    /// It is not what was written once.
    #[error("it is damaged: {0}")]
    Damaged(String),
    /// It was written by a newer program.
    #[error("it has format {found}, this program reads up to {known}: restore it with the program that wrote it")]
    TooNew {
        /// Lowest format that a program must know to open it.
        found: u32,
        /// The format this program writes.
        known: u32,
    },
    /// It is a database that was copied by other means, or a copy that somebody has opened since: it may be torn, and
    /// it is an original of its own.
    #[error(
        "it is not as `datebook-server backup` wrote it, but copied by other means or opened since; \
         if it is whole all the same, make a copy of it first (backup OTHER --database sqlite:COPY) and restore that"
    )]
    Opened,
    /// The engine has its own means.
    #[error(
        "a PostgreSQL database is put back by pg_restore, not by this program: stop all nodes, restore the dump into an \
         empty database (pg_restore --no-owner --dbname=…), and start them on that"
    )]
    Elsewhere,
    /// What the engine says of the place where the data are.
    #[error(transparent)]
    Store(#[from] StoreError),
}
