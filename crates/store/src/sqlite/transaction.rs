//! One transaction of the connection that writes.
//!
//! **Invariant:** answers, refusals too, are given after COMMIT: a refusal may rest on another batch of the same
//! transaction, which is not true before it is on disk. **Invariant:** a piece of work that is refused undoes itself
//! and nothing else. **Invariant:** nothing is written to another history than the one that the engine has begun with:
//! each transaction looks at the epoch first.

use std::{cell::Cell, collections::VecDeque};

use rusqlite::Connection;

use super::{
    epoch::History,
    known::{Effect, Known},
    log_index::Head,
    others::Others,
};
use crate::StoreError;

/// Runs inside the transaction, or is told why there is none. Returns what it has done to spaces, and what gives the
/// answer once it is known how the transaction ended.
pub(super) type Work = Box<dyn FnOnce(Result<Place<'_>, StoreError>) -> (Effect, Answer) + Send>;

/// Gives the answer.
pub(super) type Answer = Box<dyn FnOnce(Result<(), StoreError>)>;

/// Where a piece of work is done.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    connection: &'a Connection,
    /// Nothing else is in the transaction, and nothing will be.
    alone: bool,
    /// The moment that it begins at, if that can be said.
    before: Option<Head>,
    /// Set when the transaction was begun anew: others may have committed in between.
    anew: &'a Cell<bool>,
}

/// What is known of a transaction that has ended.
pub(super) struct Ended {
    /// The moment after it, if that can be said.
    pub(super) head: Option<Head>,
    /// It is on disk, and spaces were touched in it: so there was something to wait for.
    pub(super) wrote: bool,
}

impl Place<'_> {
    /// Runs a piece of work so that it undoes only itself when it is refused. It is told the moment that it begins at, if
    /// nothing has come to that in the same transaction.
    pub(super) fn run<T, E: From<StoreError>>(
        self,
        work: impl FnOnce(&Connection, Option<Head>) -> Result<T, E>,
    ) -> Result<T, E> {
        if self.alone {
            self.alone(|connection| work(connection, self.before))
        } else {
            within_savepoint(self.connection, |connection| work(connection, None))
        }
    }

    /// Runs a piece of work that has the transaction for itself. When it is refused the transaction begins anew, empty. A
    /// savepoint would have SQLite copy every page that the work is about to change.
    fn alone<T, E: From<StoreError>>(self, work: impl FnOnce(&Connection) -> Result<T, E>) -> Result<T, E> {
        let result = work(self.connection);
        if result.is_err() && !self.connection.is_autocommit() {
            self.anew.set(true);
            self.connection.execute_batch("ROLLBACK; BEGIN").map_err(StoreError::from)?;
        }
        result
    }
}

/// Does what waits in the transaction that was begun, then gives the answers. Should it break in the middle (a full disk
/// makes SQLite undo it as a whole), those who were in it are told, and the rest stays for the next.
pub(super) fn transact(
    connection: &Connection,
    begun: Result<(), StoreError>,
    turn: &mut VecDeque<Work>,
    known: &Known,
) -> Ended {
    let (mut effects, mut answers) = (Vec::with_capacity(turn.len()), Vec::with_capacity(turn.len()));
    let (mut head, mut wrote) = (None, false);
    let ended = match begun {
        Ok(()) => {
            let before = known.now();
            let (alone, anew) = (turn.len() == 1, Cell::new(false));
            while let Some(work) = turn.pop_front() {
                let (effect, answer) = work(Ok(Place { connection, alone, before, anew: &anew }));
                effects.push(effect);
                answers.push(answer);
                if connection.is_autocommit() {
                    break;
                }
            }
            // Where a space was touched there is a commit, and one alone is ours. Otherwise SQLite counts those of others.
            wrote = effects.iter().any(Effect::touches);
            let count = || Others::count(connection).ok();
            let others = if wrote { None } else { count() };
            known.expect_commit();
            let ended = commit(connection);
            let alone = || !anew.get() && (wrote || (others.is_some() && others == count()));
            head = known.follow(before, ended.is_ok().then_some(effects), alone);
            ended
        }
        Err(error) => {
            answers.extend(turn.drain(..).map(|work| work(Err(error.clone())).1));
            Err(error)
        }
    };
    // Of a copy in the place of the file whoever opens it anew tells.
    if let Err(error) = &ended
        && !matches!(error, StoreError::Replaced)
    {
        tracing::warn!(%error, "a transaction of the store failed");
    }
    for answer in answers {
        answer(ended.clone());
    }
    Ended { head, wrote: wrote && ended.is_ok() }
}

/// Begins a transaction, if the file still tells the history that the engine has begun with.
pub(super) fn begin(connection: &Connection, history: &History) -> Result<(), StoreError> {
    connection.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
    history.check(connection).inspect_err(|_| {
        let _ = connection.execute_batch("ROLLBACK");
    })
}

/// Ends the transaction.
fn commit(connection: &Connection) -> Result<(), StoreError> {
    if connection.is_autocommit() {
        return Err(StoreError::Engine("SQLite undid the transaction".to_owned()));
    }
    let ended = connection.prepare_cached("COMMIT").and_then(|mut commit| commit.execute([]));
    if let Err(error) = ended {
        if !connection.is_autocommit() {
            // The transaction is still open: it must not swallow the next one.
            let _ = connection.execute_batch("ROLLBACK");
        }
        return Err(error.into());
    }
    Ok(())
}

/// Runs a piece of work among others so that it undoes only itself when it is refused.
fn within_savepoint<T, E: From<StoreError>>(
    connection: &Connection,
    work: impl FnOnce(&Connection) -> Result<T, E>,
) -> Result<T, E> {
    let run = |sql: &str| -> Result<(), StoreError> {
        connection.prepare_cached(sql)?.execute([])?;
        Ok(())
    };
    run("SAVEPOINT work")?;
    let result = work(connection);
    if connection.is_autocommit() {
        return result; // SQLite undid the whole transaction; `transact` sees it
    }
    let closed = match &result {
        Ok(_) => Ok(()),
        Err(_) => run("ROLLBACK TO work"),
    };
    if let Err(error) = closed.and_then(|()| run("RELEASE work")) {
        // Half of the work may be left: better nothing of this transaction than a piece of a batch.
        let _ = connection.execute_batch("ROLLBACK");
        return Err(error.into());
    }
    result
}
