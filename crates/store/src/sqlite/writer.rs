//! The one thread that writes.
//!
//! **Invariant:** answers, refusals too, are given after COMMIT: a refusal may rest on another batch of the same
//! transaction, which is not true before it is on disk. **Invariant:** a piece of work that is refused undoes itself
//! and nothing else. **Invariant:** nothing is written to another history than the one that the engine has begun with:
//! each transaction looks at the epoch first.

use std::{collections::VecDeque, sync::Arc, thread};

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use super::{
    checkpoint::Checkpoint,
    epoch::History,
    known::{Effect, Known},
    log_index::Head,
    others::Others,
};
use crate::StoreError;

/// How many pieces of work may wait before more are turned away.
const WAITING: usize = 1024;

/// How many pieces of work share a transaction at most, so that the first is not kept waiting for the last.
const TOGETHER: usize = 256;

/// Runs inside the transaction, or is told why there is none. Returns what it has done to spaces, and what gives the
/// answer once it is known how the transaction ended.
type Work = Box<dyn FnOnce(Result<Place<'_>, StoreError>) -> (Effect, Answer) + Send>;

/// Where a piece of work is done.
#[derive(Clone, Copy)]
struct Place<'a> {
    connection: &'a Connection,
    /// Nothing else is in the transaction, and nothing will be.
    alone: bool,
}

/// Gives the answer.
type Answer = Box<dyn FnOnce(Result<(), StoreError>)>;

enum Message {
    Work(Work),
    /// Do what waits, then end and say so.
    Close(oneshot::Sender<()>),
}

/// The way to the writer's thread. When the last one is dropped the thread ends.
pub(super) struct Writer {
    queue: mpsc::Sender<Message>,
}

impl Writer {
    /// Starts the thread, which takes what is known along with each commit. Who works off the log is told of each.
    pub(super) fn start(
        connection: Connection,
        history: Arc<History>,
        known: Arc<Known>,
        checkpoint: Option<Checkpoint>,
    ) -> Result<Self, StoreError> {
        let (queue, waiting) = mpsc::channel(WAITING);
        thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || serve(connection, waiting, &history, &known, checkpoint))
            .map_err(|error| StoreError::Engine(error.to_string()))?;
        Ok(Self { queue })
    }

    /// Has a piece of work done, which `effect` tells the consequences of. When it is on disk, `told` is called in commit
    /// order, then the answer is given.
    pub(super) async fn run<T, E>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, E> + Send + 'static,
        effect: impl FnOnce(&T) -> Effect + Send + 'static,
        told: impl FnOnce(&T) + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        crate::met(self.hand_over(work, effect, told)).await
    }

    async fn hand_over<T, E>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, E> + Send + 'static,
        effect: impl FnOnce(&T) -> Effect + Send + 'static,
        told: impl FnOnce(&T) + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let work: Work = Box::new(move |place| {
            let result = match place {
                Ok(Place { connection, alone: true }) => alone(connection, work),
                Ok(Place { connection, alone: false }) => within_savepoint(connection, work),
                Err(error) => Err(error.into()),
            };
            let effect = result.as_ref().map_or(Effect::Nothing, effect);
            let answer: Answer = Box::new(move |ended| {
                let result = ended.map_err(E::from).and(result);
                if let Ok(value) = &result {
                    told(value);
                }
                // Whoever asked may have gone; the work is done all the same.
                let _ = reply.send(result);
            });
            (effect, answer)
        });
        self.queue.try_send(Message::Work(work)).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => StoreError::Busy,
            mpsc::error::TrySendError::Closed(_) => StoreError::Closed,
        })?;
        answer.await.unwrap_or_else(|_| Err(StoreError::Closed.into()))
    }

    /// Ends the thread after what waits.
    pub(super) async fn close(&self) {
        let (ended, end) = oneshot::channel();
        if self.queue.send(Message::Close(ended)).await.is_ok() {
            let _ = end.await;
        }
    }
}

/// The thread's life.
fn serve(
    connection: Connection,
    mut waiting: mpsc::Receiver<Message>,
    history: &History,
    known: &Known,
    checkpoint: Option<Checkpoint>,
) {
    let mut turn = VecDeque::with_capacity(TOGETHER);
    let mut closing = Vec::new();
    while let Some(first) = waiting.blocking_recv() {
        let mut next = Some(first);
        while let Some(message) = next {
            match message {
                Message::Work(work) => turn.push_back(work),
                Message::Close(ended) => {
                    // Nothing new comes in; what is inside is still received.
                    waiting.close();
                    closing.push(ended);
                }
            }
            next = if turn.len() < TOGETHER { waiting.try_recv().ok() } else { None };
        }
        while !turn.is_empty() {
            let head = transact(&connection, &mut turn, history, known);
            if let (Some(checkpoint), Some(head)) = (&checkpoint, head) {
                checkpoint.committed(&connection, head.frames());
            }
        }
    }
    known.close();
    if let Some(checkpoint) = checkpoint {
        checkpoint.end();
    }
    // Leaves one file behind instead of three. While somebody still reads it cannot, and is not worth waiting for.
    let _ = connection.busy_timeout(std::time::Duration::ZERO);
    let _ = connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)");
    // Whoever waits may open, move or remove the file next: nothing of it is ours any more when they are told.
    drop(connection);
    for ended in closing {
        let _ = ended.send(());
    }
}

/// Does what waits in one transaction, then gives the answers. Should the transaction break in the middle (a full disk
/// makes SQLite undo it as a whole), those who were in it are told, and the rest stays for the next. Gives the moment
/// after it, if it is known.
fn transact(connection: &Connection, turn: &mut VecDeque<Work>, history: &History, known: &Known) -> Option<Head> {
    let (mut effects, mut answers) = (Vec::with_capacity(turn.len()), Vec::with_capacity(turn.len()));
    let mut head = None;
    let ended = match begin(connection, history) {
        Ok(()) => {
            let before = known.now();
            let alone = turn.len() == 1;
            while let Some(work) = turn.pop_front() {
                let (effect, answer) = work(Ok(Place { connection, alone }));
                effects.push(effect);
                answers.push(answer);
                if connection.is_autocommit() {
                    break;
                }
            }
            // Where a space was touched there is a commit, and one alone is ours. Otherwise SQLite counts those of others.
            let wrote = effects.iter().any(Effect::touches);
            let count = || Others::count(connection).ok();
            let others = if wrote { None } else { count() };
            known.expect_commit();
            let ended = commit(connection);
            let alone = || wrote || (others.is_some() && others == count());
            head = known.follow(before, ended.is_ok().then_some(&effects), alone);
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
    head
}

/// Begins a transaction, if the file still tells the history that the engine has begun with.
fn begin(connection: &Connection, history: &History) -> Result<(), StoreError> {
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

/// Runs a piece of work that has the transaction for itself. When it is refused the transaction begins anew, empty. A
/// savepoint would have SQLite copy every page that the work is about to change.
fn alone<T, E: From<StoreError>>(
    connection: &Connection,
    work: impl FnOnce(&Connection) -> Result<T, E>,
) -> Result<T, E> {
    let result = work(connection);
    if result.is_err() && !connection.is_autocommit() {
        connection.execute_batch("ROLLBACK; BEGIN").map_err(StoreError::from)?;
    }
    result
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

#[cfg(test)]
mod tests {
    use futures_util::future;

    use super::*;

    fn table() -> (Connection, Arc<History>) {
        let mut connection = Connection::open_in_memory().unwrap();
        let history = Arc::new(History::of_memory(&mut connection));
        connection.execute_batch("CREATE TABLE letter (text TEXT)").unwrap();
        (connection, history)
    }

    fn start((connection, history): (Connection, Arc<History>)) -> Writer {
        Writer::start(connection, history, Arc::default(), None).unwrap()
    }

    fn nothing<T>(_: &T) -> Effect {
        Effect::Nothing
    }

    fn insert(connection: &Connection, text: &str) -> Result<usize, StoreError> {
        Ok(connection.execute("INSERT INTO letter VALUES (?1)", [text])?)
    }

    fn texts(connection: &Connection) -> Result<Vec<String>, StoreError> {
        let mut query = connection.prepare("SELECT text FROM letter ORDER BY rowid")?;
        Ok(query.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?)
    }

    #[tokio::test]
    async fn refused_work_undoes_only_itself() {
        let writer = start(table());
        let work = (0..100).map(|number| {
            let work = move |connection: &Connection| {
                insert(connection, &number.to_string())?;
                if number % 2 == 0 { Ok(()) } else { Err(StoreError::Engine("odd".to_owned())) }
            };
            writer.run(work, nothing, |()| {})
        });
        let results = future::join_all(work).await;
        for (number, result) in results.iter().enumerate() {
            assert_eq!(result.is_ok(), number % 2 == 0, "each has its own answer");
        }
        let expected: Vec<String> = (0..100).step_by(2).map(|number| number.to_string()).collect();
        let kept = writer.run(texts, nothing, |_| {}).await.unwrap();
        assert_eq!(kept, expected, "what was refused is undone, what was not is there, in order");
    }

    #[tokio::test]
    async fn refused_work_that_is_alone_leaves_nothing() {
        let writer = start(table());
        for number in 0..4 {
            let work = move |connection: &Connection| {
                insert(connection, &number.to_string())?;
                if number % 2 == 0 { Ok(()) } else { Err(StoreError::Engine("odd".to_owned())) }
            };
            let refused = writer.run(work, nothing, |()| {}).await.err().map(|error| error.to_string());
            assert_eq!(refused.is_some_and(|words| words.contains("odd")), number % 2 == 1, "with its own words");
        }
        let kept = writer.run(texts, nothing, |_| {}).await.unwrap();
        assert_eq!(kept, ["0", "2"], "what was refused is undone, what came before and after is there");
    }

    #[tokio::test]
    async fn a_full_disk_is_answered_truly() {
        let (connection, history) = table();
        connection.execute_batch("PRAGMA max_page_count = 40").unwrap();
        let writer = start((connection, history));
        let work = (0..200).map(|number| {
            let work = move |connection: &Connection| insert(connection, &format!("{number:04}{}", "x".repeat(4000)));
            writer.run(work, nothing, |_| {})
        });
        let results: Vec<Result<usize, StoreError>> = future::join_all(work).await;
        let kept = writer.run(texts, nothing, |_| {}).await.expect("the writer goes on");
        let answered: Vec<String> = (0..)
            .zip(&results)
            .filter(|(_, result)| result.is_ok())
            .map(|(number, _)| format!("{number:04}"))
            .collect();
        let kept: Vec<&str> = kept.iter().map(|text| &text[..4]).collect();
        assert_eq!(kept, answered, "what was answered with Ok is there, and nothing else");
        assert!(answered.len() < 200, "the disk was full");
    }

    #[tokio::test]
    async fn a_transaction_that_broke_is_answered_truly() {
        let writer = start(table());
        let work = (0..50).map(|number| {
            let work = move |connection: &Connection| {
                insert(connection, &number.to_string())?;
                if number == 20 {
                    // As SQLite does by itself when the disk fails under it.
                    connection.execute_batch("ROLLBACK")?;
                }
                Ok(())
            };
            writer.run(work, nothing, |()| {})
        });
        let results: Vec<Result<(), StoreError>> = future::join_all(work).await;
        let kept = writer.run(texts, nothing, |_| {}).await.expect("the writer goes on");
        let answered: Vec<String> = (0..)
            .zip(&results)
            .filter(|(_, result)| result.is_ok())
            .map(|(number, _)| i32::to_string(&number))
            .collect();
        assert_eq!(kept, answered, "what was answered with Ok is there, and nothing else");
        assert!(
            results[20].is_err() && results[21..].iter().all(Result::is_ok),
            "the rest had a transaction of its own"
        );
    }

    #[test]
    fn the_thread_ends_with_its_last_handle() {
        let (queue, waiting) = mpsc::channel(WAITING);
        let thread = thread::spawn(|| {
            let (connection, history) = table();
            serve(connection, waiting, &history, &Known::default(), None);
        });
        let second = queue.clone();
        drop(queue);
        assert!(!second.is_closed(), "one handle is enough to keep it");
        drop(second);
        thread.join().expect("without a handle there is nothing to wait for");
    }
}
