//! The one way to write: at once, or after those who wait.

use std::{collections::VecDeque, sync::Arc, thread};

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use super::{
    desk::Desk,
    known::Effect,
    log_index::Head,
    transaction::{Answer, Work},
};
use crate::StoreError;

/// How many pieces of work may wait before more are turned away.
const WAITING: usize = 1024;

/// How many pieces of work share a transaction at most, so that the first is not kept waiting for the last.
const TOGETHER: usize = 256;

enum Message {
    Work(Work),
    /// Do what waits, then end and say so.
    Close(oneshot::Sender<()>),
}

/// The desk, and the way to the thread that writes for those who wait. When the last way is dropped the thread ends.
pub(super) struct Writer {
    desk: Arc<Desk>,
    queue: mpsc::Sender<Message>,
}

impl Writer {
    /// Starts the thread.
    pub(super) fn start(desk: Desk) -> Result<Self, StoreError> {
        let desk = Arc::new(desk);
        let (queue, waiting) = mpsc::channel(WAITING);
        let theirs = Arc::clone(&desk);
        thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || serve(&theirs, waiting))
            .map_err(|error| StoreError::Engine(error.to_string()))?;
        Ok(Self { desk, queue })
    }

    /// Has a commit made, at once if nobody is in the way. It is a piece of work as any other otherwise. It is told the
    /// moment that it begins at, if nothing comes between.
    pub(super) async fn commit<T, E>(
        &self,
        work: impl FnOnce(&Connection, Option<Head>) -> Result<T, E> + Send + 'static,
        effect: impl FnOnce(&mut T) -> Effect + Send + 'static,
        told: impl FnOnce(&T) + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        self.have_done(packed(work, effect, told), |work| self.desk.at_once(work)).await
    }

    /// Has a piece of work done after those who wait, which `effect` tells the consequences of. When it is on disk, `told`
    /// is called in commit order, then the answer is given. What comes at the same time is done together.
    pub(super) async fn run<T, E>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, E> + Send + 'static,
        effect: impl FnOnce(&mut T) -> Effect + Send + 'static,
        told: impl FnOnce(&T) + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        self.have_done(packed(|connection, _| work(connection), effect, told), Err).await
    }

    /// Gives the answer to a piece of work, which waits for the thread unless `now` does it.
    async fn have_done<T, E: From<StoreError>>(
        &self,
        (work, answer): (Work, oneshot::Receiver<Result<T, E>>),
        now: impl FnOnce(Work) -> Result<(), Work>,
    ) -> Result<T, E> {
        crate::met(async {
            if let Err(work) = now(work) {
                self.wait(work)?;
            }
            answer.await.unwrap_or_else(|_| Err(StoreError::Closed.into()))
        })
        .await
    }

    /// Has a piece of work wait for the thread.
    fn wait(&self, work: Work) -> Result<(), StoreError> {
        self.desk.expect();
        self.queue.try_send(Message::Work(work)).map_err(|error| {
            self.desk.expect_no_more(1);
            match error {
                mpsc::error::TrySendError::Full(_) => StoreError::Busy,
                mpsc::error::TrySendError::Closed(_) => StoreError::Closed,
            }
        })
    }

    /// Ends the thread after what waits.
    pub(super) async fn close(&self) {
        let (ended, end) = oneshot::channel();
        if self.queue.send(Message::Close(ended)).await.is_ok() {
            let _ = end.await;
        }
    }
}

/// A piece of work for whoever writes, and where its answer comes.
fn packed<T, E>(
    work: impl FnOnce(&Connection, Option<Head>) -> Result<T, E> + Send + 'static,
    effect: impl FnOnce(&mut T) -> Effect + Send + 'static,
    told: impl FnOnce(&T) + Send + 'static,
) -> (Work, oneshot::Receiver<Result<T, E>>)
where
    T: Send + 'static,
    E: From<StoreError> + Send + 'static,
{
    let (reply, answer) = oneshot::channel();
    let work: Work = Box::new(move |place| {
        let mut result = place.map_err(E::from).and_then(|place| place.run(work));
        let effect = result.as_mut().map_or(Effect::Nothing, effect);
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
    (work, answer)
}

/// The thread's life.
fn serve(desk: &Desk, mut waiting: mpsc::Receiver<Message>) {
    let mut closing = Vec::new();
    while let Some(first) = waiting.blocking_recv() {
        let mut turn = VecDeque::with_capacity(TOGETHER);
        let mut take = |message, waiting: &mut mpsc::Receiver<Message>, turn: &mut VecDeque<Work>| match message {
            Message::Work(work) => turn.push_back(work),
            Message::Close(ended) => {
                // Nothing new comes in; what is inside is still received.
                waiting.close();
                closing.push(ended);
            }
        };
        take(first, &mut waiting, &mut turn);
        let written = desk.write(|| {
            while turn.len() < TOGETHER
                && let Ok(message) = waiting.try_recv()
            {
                take(message, &mut waiting, &mut turn);
            }
            turn
        });
        if written.is_none() {
            break;
        }
    }
    // Whoever waits may open, move or remove the file next: nothing of it is ours any more when they are told.
    desk.close();
    for ended in closing {
        let _ = ended.send(());
    }
}

#[cfg(test)]
mod tests {
    use futures_util::future;

    use super::*;
    use crate::sqlite::{
        desk::{Hand, QUICK},
        epoch::History,
    };

    fn table() -> (Connection, Arc<History>) {
        let mut connection = Connection::open_in_memory().unwrap();
        let history = Arc::new(History::of_memory(&mut connection));
        connection.execute_batch("CREATE TABLE letter (text TEXT)").unwrap();
        (connection, history)
    }

    fn desk(connection: Connection, history: Arc<History>) -> Desk {
        Desk::new(Hand { connection, checkpoint: None }, history, Arc::default(), QUICK)
    }

    fn start((connection, history): (Connection, Arc<History>)) -> Writer {
        Writer::start(desk(connection, history)).unwrap()
    }

    fn nothing<T>(_: &mut T) -> Effect {
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
            serve(&desk(connection, history), waiting);
        });
        let second = queue.clone();
        drop(queue);
        assert!(!second.is_closed(), "one handle is enough to keep it");
        drop(second);
        thread.join().expect("without a handle there is nothing to wait for");
    }
}
