//! Looking for what others have written: the way that needs nothing but tables, and that misses nothing.
//!
//! Every commit notes the spaces it touches in the table `touched`, under the moment at which it asked for their locks. A
//! look reads the notes since the last one and of some seconds before it, and now and then those of the last minutes: a
//! commit can be read only some time after its moment, for it waits for locks and is written, and none takes longer than
//! [`LATE`]. What was told already is left out by [`Hearing`]. So a look costs as much as was written lately, however
//! many spaces there are.

use tokio::sync::Mutex;
use tokio_postgres::Row;
use uuid::Uuid;

use super::{
    hearing::{Hearing, News},
    ids,
    pool::Session,
    space_name,
};
use crate::StoreError;

const SECOND: i64 = 1_000_000;

/// How far back every look goes behind the last one, in microseconds.
const SHORT: i64 = 3 * SECOND;

/// How late a commit can be read after its moment: longer than statements may take, waiting for locks included, and
/// connections may idle.
pub(super) const LATE: i64 = 120 * SECOND;

/// How often a look goes back that far.
const THOROUGH: i64 = 120 * SECOND;

/// How long notes are kept. Who has not looked for so long looks through all the spaces that somebody watches.
const KEPT: i64 = 3600 * SECOND;

const NOW: &str = "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint";

/// Each space once, at its last.
const NOTED: &str = "
    SELECT DISTINCT ON (space) realm, name, version, at FROM touched WHERE bucket = ANY($1) AND at >= $2
    ORDER BY space, at DESC";

const WATCHED: &str =
    "SELECT realm, name, version, touched FROM space WHERE realm = ANY($1) AND touched >= $2 AND version > 0";

const FORGET: &str = "DELETE FROM touched WHERE bucket = ANY($1) AND at < $2";

/// When we looked.
#[derive(Default)]
pub(super) struct Looks {
    last: Mutex<Option<Last>>,
}

/// By the database's clock.
#[derive(Clone, Copy)]
struct Last {
    look: i64,
    thorough: i64,
    sweep: i64,
}

impl Looks {
    /// Tells what others have written since the last look; the first only takes note of how things stand.
    pub(super) async fn look(&self, session: &Session, hearing: &Hearing) -> Result<(), StoreError> {
        // One at a time: two would only read the same.
        let mut last = self.last.lock().await;
        let now: i64 = session.query_one(&session.prepare_cached(NOW).await?, &[]).await?.try_get(0)?;
        let Some(before) = *last else {
            hearing.note(&noted(session, now - LATE).await?);
            *last = Some(Last { look: now, thorough: now, sweep: now });
            return Ok(());
        };
        let mut next = Last { look: now, ..before };
        let news = if now - before.look > KEPT {
            next.thorough = now;
            watched(session, &hearing.watched(), before.thorough - LATE).await?
        } else if now < before.look || now - before.thorough >= THOROUGH {
            // Also when the database's clock was put back.
            next.thorough = now;
            noted(session, before.thorough.min(now) - LATE).await?
        } else {
            noted(session, before.look - SHORT).await?
        };
        hearing.tell(&news);
        if now - before.sweep > KEPT / 4 {
            let all: Vec<i32> = (0..ids::BUCKETS).collect();
            session.execute(&session.prepare_cached(FORGET).await?, &[&all, &(now - KEPT)]).await?;
            next.sweep = now;
        }
        *last = Some(next);
        Ok(())
    }
}

/// What was noted since a moment: each space once, at its last.
async fn noted(session: &Session, since: i64) -> Result<Vec<News>, StoreError> {
    let all: Vec<i32> = (0..ids::BUCKETS).collect();
    let rows = session.query(&session.prepare_cached(NOTED).await?, &[&all, &since]).await?;
    news(&rows)
}

/// The spaces of some realms that were touched since a moment.
async fn watched(session: &Session, realms: &[Uuid], since: i64) -> Result<Vec<News>, StoreError> {
    let rows = session.query(&session.prepare_cached(WATCHED).await?, &[&realms, &since]).await?;
    news(&rows)
}

fn news(rows: &[Row]) -> Result<Vec<News>, StoreError> {
    let piece = |row: &Row| {
        let version: i64 = row.try_get(2)?;
        let space = space_name(row.try_get(1)?)?;
        Ok(News { realm: row.try_get(0)?, space, version: version.cast_unsigned(), at: row.try_get(3)? })
    };
    rows.iter().map(piece).collect()
}
