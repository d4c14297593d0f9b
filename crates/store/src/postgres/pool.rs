//! Connections, and who has them.
//!
//! **Invariant:** a connection that goes back to its pool is in no transaction, or has the end of its transaction on
//! its way before anything else. One whose work was broken off in the middle is closed. **Invariant:** nobody waits
//! for ever, and not everybody at once: who finds too many waiting, or waits too long, is told [`StoreError::Busy`].
//! **Invariant:** every connection is to a database that told the engine's history when the connection was made;
//! otherwise there is none, and whoever asks is told [`StoreError::Replaced`].

use std::{
    ops::Deref,
    sync::{
        Arc, Once,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use deadpool_postgres::{ClientWrapper, Hook, HookError, Object, Runtime};
use futures_util::{FutureExt, future};
use tokio_postgres::{Error, Row, Statement};

use super::address::Address;
use crate::StoreError;

/// How long one waits for a connection.
const PATIENCE: Duration = Duration::from_secs(2);

/// Every connection is told first: a statement is planned once, and goes along indexes. Each is written for its index,
/// and planning it anew costs as much as running it. A planner that has no statistics of a table, or those of an empty
/// one, would rather gather all rows and sort them; and a plan that was made while a table was empty has to do when it is
/// full. Databases that do not know a setting go on as they do.
const ALONG_INDEXES: &str = "
    SELECT set_config(name, value, false)
    FROM (VALUES ('plan_cache_mode', 'force_generic_plan'), ('enable_bitmapscan', 'off'), ('enable_seqscan', 'off'),
                 ('jit', 'off')) AS wanted (name, value)
    WHERE current_setting(name, true) IS NOT NULL";

/// Whether the database tells the history of an epoch. It may have been moved away, or a dump put in its place, while a
/// node had no connection to it.
const TELLS: &str = "SELECT EXISTS (SELECT 1 FROM epoch WHERE value = $1)";

/// A pool of connections that are alike.
pub(super) struct Pool {
    pool: deadpool_postgres::Pool,
    /// How many are waiting for a connection, and how many may.
    waiting: AtomicUsize,
    most: usize,
}

impl Pool {
    /// A pool of at most `size` connections to a database that tells the history of this epoch, for which at most
    /// `waiting` may wait. Connects when somebody asks. That the database tells another history is `said` once.
    pub(super) fn new(
        address: &Address,
        epoch: &str,
        said: &Arc<Once>,
        size: usize,
        waiting: usize,
        settings: &'static str,
    ) -> Result<Self, StoreError> {
        let (epoch, said) = (epoch.to_owned(), Arc::clone(said));
        let settle = Hook::async_fn(move |client: &mut ClientWrapper, _| {
            let (epoch, said) = (epoch.clone(), Arc::clone(&said));
            Box::pin(async move {
                client.batch_execute(ALONG_INDEXES).await.map_err(HookError::Backend)?;
                client.batch_execute(settings).await.map_err(HookError::Backend)?;
                let tells = client.query_one(TELLS, &[&epoch]).await.and_then(|row| row.try_get::<_, bool>(0));
                if tells.map_err(HookError::Backend)? {
                    return Ok(());
                }
                said.call_once(|| {
                    tracing::error!("the database tells another history than this node began with: stop the node");
                });
                Err(HookError::message("another history"))
            })
        });
        let pool = deadpool_postgres::Pool::builder(address.manager())
            .max_size(size)
            .wait_timeout(Some(PATIENCE))
            .create_timeout(Some(super::address::CONNECTING))
            .recycle_timeout(Some(PATIENCE))
            .post_create(settle)
            .runtime(Runtime::Tokio1)
            .build()
            .map_err(|error| StoreError::Engine(error.to_string()))?;
        Ok(Self { pool, waiting: AtomicUsize::new(0), most: waiting })
    }

    /// A connection.
    pub(super) async fn take(&self) -> Result<Session, StoreError> {
        let waiting = Waiting::join(&self.waiting, self.most)?;
        let client = self.pool.get().await?;
        drop(waiting);
        Ok(Session { client: Some(client), state: State::Free })
    }

    /// Gives out no more connections.
    pub(super) fn close(&self) {
        self.pool.close();
    }
}

/// One who waits.
struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn join(count: &'a AtomicUsize, most: usize) -> Result<Self, StoreError> {
        let before = count.fetch_add(1, Ordering::Relaxed);
        let waiting = Self(count);
        if before < most { Ok(waiting) } else { Err(StoreError::Busy) }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// What a connection is in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// In no transaction.
    Free,
    /// In a transaction that only reads, and that may be ended at any time.
    Reading,
    /// In a transaction that writes.
    Writing,
}

/// A connection that is out.
pub(super) struct Session {
    /// There until it is dropped.
    client: Option<Object>,
    state: State,
}

impl Session {
    /// A transaction begins that only reads; it is ended when the session is dropped.
    pub(super) fn reads(&mut self) {
        self.state = State::Reading;
    }

    /// A transaction begins that writes. Unless it is said to be over ([`Self::over`], [`Self::undo`]), the connection
    /// is closed when the session is dropped: a statement of it may still be waiting for a lock.
    pub(super) fn writes(&mut self) {
        self.state = State::Writing;
    }

    /// The transaction has ended, and its end was answered.
    pub(super) fn over(&mut self) {
        self.state = State::Free;
    }

    /// All statements of the transaction were answered, and it shall not take effect.
    pub(super) fn undo(&mut self) {
        self.send("ROLLBACK");
        self.state = State::Free;
    }

    /// Runs what gives no rows; for a [`Pipeline`](super::pipeline::Pipeline).
    pub(super) async fn run(&self, sql: &str) -> Result<Vec<Row>, Error> {
        self.batch_execute(sql).await.map(|()| Vec::new())
    }

    /// Prepares statements at once, those that this connection does not know yet.
    pub(super) async fn prepare<const N: usize>(&self, sql: [&str; N]) -> Result<[Statement; N], Error> {
        let prepared = future::try_join_all(sql.map(|sql| self.prepare_cached(sql))).await?;
        // As many as were asked for.
        Ok(std::array::from_fn(|index| prepared[index].clone()))
    }

    /// Sends a statement without waiting for its answer. Whatever is sent next comes after it.
    fn send(&self, sql: &str) {
        // The request is on its way with the first poll; the answer is dropped by the connection's task.
        if let Some(client) = &self.client {
            let _ = client.batch_execute(sql).now_or_never();
        }
    }
}

impl Deref for Session {
    type Target = ClientWrapper;
    fn deref(&self) -> &ClientWrapper {
        self.client.as_ref().expect("the connection is there until the session is dropped")
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        match self.state {
            State::Free => {}
            State::Reading => self.send("ROLLBACK"),
            State::Writing => {
                if let Some(client) = self.client.take() {
                    drop(Object::take(client));
                }
            }
        }
    }
}
