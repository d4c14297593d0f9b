//! Where is written: whoever sits there has the one connection that writes.
//!
//! **Invariant:** whoever has sat down stays until the answers of its transaction are given, so they are given in the
//! order of the commits. **Invariant:** nobody sits down before those who wait. **Invariant:** whoever is torn from the desk
//! by a panic takes the connection along, which undoes the transaction and lets go of the file; then the desk is closed.
//!
//! Design. A thread of its own writes for all who wait ([`writer`](super::writer)). But to wake it up, and then to be
//! woken up by it, takes as long as a small commit on a fast disk. So a commit that comes while nobody writes or waits is
//! written at once (docs/adr/0029): on a thread that others can stand in for, and only as long as the disk is quick.
//! Whoever comes meanwhile waits, and has one fsync with all who wait.

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use rusqlite::Connection;
use tokio::runtime::{Handle, RuntimeFlavor};

use super::{
    checkpoint::Checkpoint,
    connection::PATIENCE,
    epoch::History,
    known::Known,
    transaction::{Ended, Work, begin, transact},
};
use crate::StoreError;

/// A transaction that takes longer keeps a thread that answers from more than waking another one up would.
pub(super) const QUICK: Duration = Duration::from_millis(2);

/// The desk.
pub(super) struct Desk {
    /// Nothing when the engine is closed.
    hand: Mutex<Option<Hand>>,
    history: Arc<History>,
    known: Arc<Known>,
    /// How many pieces of work wait for the thread, or are in its hands.
    waiting: AtomicUsize,
    /// Whether the next transaction will be quick, as far as the last one tells.
    quick: AtomicBool,
    /// What is quick.
    limit: Duration,
}

/// What whoever sits at the desk has in hand.
pub(super) struct Hand {
    pub(super) connection: Connection,
    /// Whoever works off the log and is told of each commit.
    pub(super) checkpoint: Option<Checkpoint>,
}

impl Desk {
    /// For whoever opens a file. `limit` is what counts as quick: [`QUICK`], or with nothing the thread writes everything.
    pub(super) fn new(hand: Hand, history: Arc<History>, known: Arc<Known>, limit: Duration) -> Self {
        let (waiting, quick) = (AtomicUsize::new(0), AtomicBool::new(!limit.is_zero()));
        Self { hand: Mutex::new(Some(hand)), history, known, waiting, quick, limit }
    }

    /// Does a piece of work on this very thread, or gives it back: it has to wait.
    pub(super) fn at_once(&self, work: Work) -> Result<(), Work> {
        if self.waiting.load(Ordering::SeqCst) > 0 || !self.quick.load(Ordering::Relaxed) || !others_stand_in() {
            return Err(work);
        }
        match self.hand.try_lock() {
            Ok(place) if place.is_some() => seated(place, |hand| self.write_one(hand, work)).unwrap_or(Ok(())),
            _ => Err(work),
        }
    }

    fn write_one(&self, Hand { connection, checkpoint }: &Hand, work: Work) -> Result<(), Work> {
        let since = Instant::now();
        // Nor is it waited for another program that holds the file.
        let begun = connection.busy_timeout(Duration::ZERO).map_err(StoreError::from);
        let begun = begun.and_then(|()| begin(connection, &self.history));
        // It cannot fail on a connection that is open.
        let _ = connection.busy_timeout(PATIENCE);
        if matches!(begun, Err(StoreError::Busy)) {
            return Err(work);
        }
        let ended = transact(connection, begun, &mut [work].into(), &self.known);
        let frames = ended.head.map_or(0, |head| head.frames());
        let overdue = checkpoint.as_ref().is_some_and(|checkpoint| checkpoint.ring(frames));
        self.note(&ended, if overdue { Duration::MAX } else { since.elapsed() });
        Ok(())
    }

    /// A piece of work will wait for the thread.
    pub(super) fn expect(&self) {
        self.waiting.fetch_add(1, Ordering::SeqCst);
    }

    /// So many pieces of work do not wait any more.
    pub(super) fn expect_no_more(&self, count: usize) {
        self.waiting.fetch_sub(count, Ordering::SeqCst);
    }

    /// Waits until nobody writes, sits down, and does all that `turn` finds to do, in as few transactions as it takes.
    /// Nothing when the desk is closed.
    pub(super) fn write(&self, turn: impl FnOnce() -> VecDeque<Work>) -> Option<()> {
        seated(self.hand.lock().ok()?, |Hand { connection, checkpoint }| {
            let mut turn = turn();
            while !turn.is_empty() {
                let (since, count) = (Instant::now(), turn.len());
                let ended = transact(connection, begin(connection, &self.history), &mut turn, &self.known);
                self.note(&ended, since.elapsed());
                if let (Some(checkpoint), Some(head)) = (checkpoint, ended.head) {
                    checkpoint.committed(connection, head.frames());
                }
                self.expect_no_more(count - turn.len());
            }
        })
    }

    /// Closes the desk for good, and lets go of the file.
    pub(super) fn close(&self) {
        self.known.close();
        let hand = self.hand.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(Hand { connection, checkpoint }) = hand else { return };
        if let Some(checkpoint) = checkpoint {
            checkpoint.end();
        }
        // Leaves one file behind instead of three. While somebody still reads it cannot, and is not worth waiting for.
        let _ = connection.busy_timeout(Duration::ZERO);
        let _ = connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)");
    }

    /// What a transaction took says what the next one will take, if it had to wait for the disk.
    fn note(&self, ended: &Ended, took: Duration) {
        if took >= self.limit {
            self.quick.store(false, Ordering::Relaxed);
        } else if ended.wrote {
            self.quick.store(true, Ordering::Relaxed);
        }
    }
}

/// Has somebody sit at the desk; nothing when it is closed. The hand is let go before the place is.
fn seated<T>(mut place: MutexGuard<'_, Option<Hand>>, write: impl FnOnce(&Hand) -> T) -> Option<T> {
    let hand = place.take()?;
    let done = write(&hand);
    *place = Some(hand);
    Some(done)
}

/// Whether others go on answering while this thread waits for the disk.
fn others_stand_in() -> bool {
    Handle::try_current().is_ok_and(|threads| {
        threads.runtime_flavor() == RuntimeFlavor::MultiThread && threads.metrics().num_workers() > 1
    })
}

#[cfg(test)]
mod tests {
    use std::thread::{self, ThreadId};

    use futures_util::future;

    use super::*;
    use crate::{
        Committed,
        sqlite::{known::Effect, writer::Writer},
    };

    fn desk(mut connection: Connection) -> Desk {
        let history = Arc::new(History::of_memory(&mut connection));
        // How fast this machine is does not count here.
        Desk::new(Hand { connection, checkpoint: None }, history, Arc::default(), Duration::MAX)
    }

    fn start(desk: Desk) -> Arc<Writer> {
        Arc::new(Writer::start(desk).unwrap())
    }

    fn in_memory() -> Desk {
        desk(Connection::open_in_memory().unwrap())
    }

    async fn run<T: Send + 'static>(
        writer: &Writer,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, StoreError> {
        writer.commit(|_, _| Ok(work()), touched, |_| {}).await
    }

    /// As if something was written that there had to be waited for.
    fn touched<T>(_: &mut T) -> Effect {
        Effect::Spaces(1, Committed { spaces: vec![("note/1".parse().unwrap(), 1)] })
    }

    fn here() -> ThreadId {
        thread::current().id()
    }

    fn is_the_writers() -> bool {
        thread::current().name() == Some("store-writer")
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn who_comes_while_nobody_writes_writes_at_once() {
        let writer = start(in_memory());
        for _ in 0..3 {
            assert_eq!(run(&writer, here).await.unwrap(), here(), "on its own thread");
        }
    }

    #[tokio::test]
    async fn where_nobody_stands_in_the_thread_writes() {
        assert!(run(&start(in_memory()), is_the_writers).await.unwrap());
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn while_the_disk_is_slow_the_thread_writes() {
        let writer = start(Desk { limit: Duration::ZERO, ..in_memory() });
        assert_eq!(run(&writer, here).await.unwrap(), here(), "nobody knows yet");
        for _ in 0..3 {
            assert!(run(&writer, is_the_writers).await.unwrap(), "the last one took long");
        }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn once_the_disk_is_quick_again_nobody_waits_for_the_thread() {
        let writer = start(Desk { quick: AtomicBool::new(false), ..in_memory() });
        assert!(run(&writer, is_the_writers).await.unwrap());
        // The thread gives its answer before it gets up.
        while run(&writer, here).await.unwrap() != here() {}
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn who_comes_while_somebody_writes_waits_for_the_thread() {
        let writer = start(in_memory());
        let (begun, has_begun) = std::sync::mpsc::channel();
        let (go_on, may_go_on) = std::sync::mpsc::channel::<()>();
        let sitting = Arc::clone(&writer);
        let first = tokio::spawn(async move {
            let work = move || {
                begun.send(()).unwrap();
                may_go_on.recv().unwrap();
            };
            run(&sitting, work).await
        });
        tokio::task::spawn_blocking(move || has_begun.recv().unwrap()).await.unwrap();
        let mut later: Vec<_> = (0..20).map(|_| Box::pin(run(&writer, is_the_writers))).collect();
        let early = future::poll_fn(|context| {
            let ended = later.iter_mut().filter_map(|one| match one.as_mut().poll(context) {
                std::task::Poll::Ready(ended) => Some(ended.is_ok()),
                std::task::Poll::Pending => None,
            });
            std::task::Poll::Ready(ended.count())
        });
        assert_eq!(early.await, 0, "nobody passes who sits there");
        go_on.send(()).unwrap();
        first.await.unwrap().unwrap();
        for one in future::join_all(later).await {
            assert!(one.unwrap(), "whoever had to wait is served by the thread");
        }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn however_many_write_everything_is_told_in_order() {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch("CREATE TABLE counter (value INTEGER); INSERT INTO counter VALUES (0)").unwrap();
        let (writer, told) = (start(desk(connection)), Arc::new(Mutex::new(Vec::new())));
        let many = (0..8).map(|_| {
            let (writer, told) = (Arc::clone(&writer), Arc::clone(&told));
            tokio::spawn(async move {
                for _ in 0..200 {
                    let count = |connection: &Connection, _| -> Result<i64, StoreError> {
                        let sql = "UPDATE counter SET value = value + 1 RETURNING value";
                        Ok(connection.prepare_cached(sql)?.query_row([], |row| row.get(0))?)
                    };
                    let told = Arc::clone(&told);
                    let tell = move |value: &i64| told.lock().unwrap().push(*value);
                    writer.commit(count, touched, tell).await.unwrap();
                }
            })
        });
        for one in future::join_all(many).await {
            one.unwrap();
        }
        assert_eq!(*told.lock().unwrap(), (1..=1600).collect::<Vec<i64>>());
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn another_program_is_waited_for_by_the_thread() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file.sqlite");
        let writer = start(desk(Connection::open(&path).unwrap()));
        let other = Connection::open(&path).unwrap();
        other.execute_batch("BEGIN IMMEDIATE").unwrap();
        let since = Instant::now();
        let mut held = Box::pin(run(&writer, is_the_writers));
        assert!(future::poll_immediate(&mut held).await.is_none(), "it is not done");
        assert!(since.elapsed() < PATIENCE / 2, "and this thread was not kept");
        other.execute_batch("COMMIT").unwrap();
        assert!(held.await.unwrap());
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn what_does_not_wait_for_the_disk_tells_nothing_of_it() {
        let writer = start(Desk { quick: AtomicBool::new(false), ..in_memory() });
        for _ in 0..3 {
            let by_the_thread = writer.run(|_| Ok::<_, StoreError>(is_the_writers()), |_| Effect::Nothing, |_| {});
            assert!(by_the_thread.await.unwrap());
        }
        assert!(run(&writer, is_the_writers).await.unwrap());
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn work_that_is_no_commit_is_done_together() {
        let writer = start(in_memory());
        let alone = (0..20).map(|_| writer.run(|_| Ok::<_, StoreError>(is_the_writers()), |_| Effect::Nothing, |_| {}));
        for one in future::join_all(alone).await {
            assert!(one.unwrap(), "the thread takes all that waits");
        }
    }

    /// A panic in whatever way it is written lets go of the file, and closes the desk.
    async fn panics(limit: Duration) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file.sqlite");
        let writer = start(Desk { limit, quick: (!limit.is_zero()).into(), ..desk(Connection::open(&path).unwrap()) });
        let broken = Arc::clone(&writer);
        let panicked = tokio::spawn(async move { run(&broken, || panic!("a rule is broken")).await.map(|()| 0) }).await;
        assert!(!panicked.is_ok_and(|answer| answer.is_ok()), "the asker is told");
        assert!(matches!(run(&writer, here).await, Err(StoreError::Closed)));
        Connection::open(&path).unwrap().execute_batch("BEGIN IMMEDIATE; COMMIT").expect("nobody holds the file");
        writer.close().await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn who_panics_at_the_desk_lets_go_of_the_file() {
        panics(Duration::MAX).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_panic_of_the_thread_lets_go_of_the_file() {
        panics(Duration::ZERO).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn nobody_writes_at_a_closed_desk() {
        let writer = start(in_memory());
        assert!(run(&writer, here).await.is_ok());
        writer.close().await;
        assert!(matches!(run(&writer, here).await, Err(StoreError::Closed)));
    }
}
