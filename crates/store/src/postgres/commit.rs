//! One batch, in one transaction and two round trips.
//!
//! The first locks the rows of all spaces that the batch writes or rests on, in the order of their names, and then
//! looks at the documents and unique keys: as the spaces are locked, what it sees of their documents stays so until the
//! end. The second writes and commits. **Invariant:** every commit locks first the realm, then spaces by name, then
//! unique keys by name and value, so no two wait for each other in a circle. **Invariant:** a batch that is refused
//! leaves nothing, and costs no write but the locks.

mod check;
mod write;

pub(super) use self::{
    check::BEGIN,
    write::{RELEASE, TOUCH},
};

use std::time::Duration;

use tokio_postgres::Error;
use uuid::Uuid;

use super::{
    error,
    hearing::News,
    pool::{Pool, Session},
};
use crate::{Batch, CommitError, StoreError};

/// How often a batch is tried when others are in its way.
const ATTEMPTS: u32 = 10;

/// How long a commit may take in all, waiting for locks included. What is broken off then is undone by the database,
/// for the connection is closed; if it was on its way already, it takes effect and nobody is told.
const LONGEST: Duration = Duration::from_secs(30);

/// Where a batch goes.
pub(super) struct Target<'a> {
    /// The realm's id.
    pub(super) realm: Uuid,
    /// The realm's name, if its row may not be there yet.
    pub(super) make: Option<&'a str>,
}

/// Why an attempt did not succeed.
enum Stopped {
    /// The batch cannot take effect.
    Refused(CommitError),
    /// Before COMMIT was sent: nothing took effect.
    Before(Error),
    /// COMMIT was sent, and the answer is an error. When the connection is lost nobody knows what became of it.
    After(Error),
    /// Somebody removed a row between two statements.
    Shifted,
}

/// Has a batch take effect, or says why not. Gives what it touched.
pub(super) async fn commit(pool: &Pool, target: &Target<'_>, batch: &Batch) -> Result<Vec<News>, CommitError> {
    let checks = check::Checks::new(&target.realm, batch)?;
    let attempts = async {
        for attempt in 1..=ATTEMPTS {
            let mut session = pool.take().await?;
            let stopped = match once(&mut session, target, batch, &checks).await {
                Ok(news) => return Ok(news),
                Err(stopped) => stopped,
            };
            match stopped {
                Stopped::Refused(refused) => return Err(refused),
                // The connection died in the pool: another one may do.
                Stopped::Before(error) if error::is_lost(&error) && attempt < 3 => {}
                Stopped::Before(error) | Stopped::After(error) if error::is_collision(&error) => {
                    drop(session);
                    tracing::debug!(error = error::words(&error), attempt, "a commit begins again");
                    tokio::time::sleep(Duration::from_millis(u64::from(attempt * attempt))).await;
                }
                Stopped::Before(error) | Stopped::After(error) => return Err(error.into()),
                Stopped::Shifted => {}
            }
        }
        Err(StoreError::Busy.into())
    };
    tokio::time::timeout(LONGEST, attempts).await.unwrap_or_else(|_| Err(StoreError::Busy.into()))
}

/// One attempt.
async fn once(
    session: &mut Session,
    target: &Target<'_>,
    batch: &Batch,
    checks: &check::Checks<'_>,
) -> Result<Vec<News>, Stopped> {
    session.writes();
    let checked = check::check(session, target, checks).await;
    let seen = match checked {
        Ok(seen) => seen,
        Err(stopped) => {
            // All that was sent has been answered.
            session.undo();
            return Err(stopped);
        }
    };
    match write::write(session, target, batch, checks, &seen).await {
        Ok(()) => session.over(),
        Err(error) => {
            session.undo();
            return Err(Stopped::After(error));
        }
    }
    Ok(seen.news(target, checks))
}
