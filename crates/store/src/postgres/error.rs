//! What PostgreSQL says, in the store's words.
//!
//! **Invariant:** no password and no document gets into an error: of what the server says only its code and its one
//! line are told, not the detail, which quotes rows.

use std::{error::Error as _, io};

use deadpool_postgres::{HookError, PoolError, TimeoutType};
use tokio_postgres::{Error, error::SqlState};

use crate::{CommitError, StoreError};

impl From<Error> for StoreError {
    fn from(error: Error) -> Self {
        if is_lost(&error) {
            return Self::Closed;
        }
        match error.as_db_error() {
            Some(said) if is_crowded(said.code()) => Self::Busy,
            Some(said) => Self::Engine(format!("{}: {}", said.code().code(), said.message())),
            None => Self::Engine(words(&error)),
        }
    }
}

impl From<Error> for CommitError {
    fn from(error: Error) -> Self {
        Self::Store(error.into())
    }
}

impl From<PoolError> for StoreError {
    fn from(error: PoolError) -> Self {
        match error {
            PoolError::Timeout(TimeoutType::Wait) => Self::Busy,
            PoolError::Timeout(_) | PoolError::Closed => Self::Closed,
            PoolError::Backend(error) | PoolError::PostCreateHook(HookError::Backend(error)) => error.into(),
            // A new connection has nothing else to say in its own words.
            PoolError::PostCreateHook(HookError::Message(_)) => Self::Replaced,
            other => Self::Engine(other.to_string()),
        }
    }
}

/// Whether the connection is gone, or the server goes.
pub(super) fn is_lost(error: &Error) -> bool {
    match error.as_db_error() {
        // The server is shut down, has crashed, or is not there yet.
        Some(said) => {
            matches!(said.code().code(), "57P01" | "57P02" | "57P03" | "57P05" | "25P03") || {
                said.code().code().starts_with("08")
            }
        }
        None => error.is_closed() || error.source().is_some_and(|cause| cause.is::<io::Error>()),
    }
}

/// Whether somebody else was in the way, so that the same transaction may succeed when it is tried again. A unique key
/// that another took at the same time is among them: next time it is seen to be taken.
pub(super) fn is_collision(error: &Error) -> bool {
    error.code().is_some_and(|code| {
        [&SqlState::T_R_SERIALIZATION_FAILURE, &SqlState::T_R_DEADLOCK_DETECTED, &SqlState::UNIQUE_VIOLATION]
            .contains(&code)
    })
}

/// Whether the server has more to do than it can.
fn is_crowded(code: &SqlState) -> bool {
    [
        &SqlState::TOO_MANY_CONNECTIONS,
        &SqlState::QUERY_CANCELED,
        &SqlState::LOCK_NOT_AVAILABLE,
        &SqlState::T_R_SERIALIZATION_FAILURE,
        &SqlState::T_R_DEADLOCK_DETECTED,
    ]
    .contains(&code)
}

/// An error and why, in one line.
pub(super) fn words(error: &Error) -> String {
    match (error.as_db_error(), error.source()) {
        (Some(said), _) => format!("{}: {}", said.code().code(), said.message()),
        (None, Some(cause)) => format!("{error}: {cause}"),
        (None, None) => error.to_string(),
    }
}

/// A version as PostgreSQL keeps it.
pub(super) fn to_sql(version: u64) -> i64 {
    i64::try_from(version).unwrap_or(i64::MAX)
}

/// A limit as PostgreSQL keeps it: more than it can count means all.
pub(super) fn limit_to_sql(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}
