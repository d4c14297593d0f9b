//! The floor of a booking: bare SQLite, one writer thread that takes what waits into one transaction, each booking under
//! its savepoint, with prepared statements and the pragmas of the engine. It checks nothing and answers nothing else.

use std::{collections::BTreeSet, path::Path, thread};

use rusqlite::{Connection, OptionalExtension as _, params};
use store::{NewJob, Write};
use tokio::sync::{mpsc, oneshot};

/// How many bookings share a transaction at most.
const TOGETHER: usize = 64;

/// One booking's rows, and whom to tell when they are on disk.
type Work = (Vec<Write>, Vec<NewJob>, oneshot::Sender<()>);

/// The writer of a file.
#[derive(Clone)]
pub(crate) struct BareSqlite {
    queue: mpsc::Sender<Work>,
}

impl BareSqlite {
    /// Opens a file that has Datebook's tables.
    pub(crate) fn open(file: &Path) -> anyhow::Result<Self> {
        let connection = Connection::open(file)?;
        connection.execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = OFF;
             PRAGMA journal_size_limit = 67108864;",
        )?;
        connection.set_prepared_statement_cache_capacity(64);
        let realm = connection.query_row("SELECT id FROM realm WHERE name <> 'operator'", [], |row| row.get(0))?;
        let (queue, mut waiting) = mpsc::channel::<Work>(1024);
        thread::spawn(move || {
            while let Some(first) = waiting.blocking_recv() {
                let mut turn = vec![first];
                while turn.len() < TOGETHER
                    && let Ok(more) = waiting.try_recv()
                {
                    turn.push(more);
                }
                transact(&connection, realm, turn).expect("the floor writes");
            }
        });
        Ok(Self { queue })
    }

    /// Writes one booking's rows, durably.
    pub(crate) async fn write(&self, writes: Vec<Write>, jobs: Vec<NewJob>) -> anyhow::Result<()> {
        let (reply, answer) = oneshot::channel();
        self.queue.send((writes, jobs, reply)).await?;
        Ok(answer.await?)
    }
}

fn transact(connection: &Connection, realm: i64, turn: Vec<Work>) -> rusqlite::Result<()> {
    connection.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
    let mut answers = Vec::with_capacity(turn.len());
    for (writes, jobs, reply) in turn {
        connection.prepare_cached("SAVEPOINT work")?.execute([])?;
        put(connection, realm, &writes, &jobs)?;
        connection.prepare_cached("RELEASE work")?.execute([])?;
        answers.push(reply);
    }
    connection.prepare_cached("COMMIT")?.execute([])?;
    for reply in answers {
        let _ = reply.send(());
    }
    Ok(())
}

fn put(connection: &Connection, realm: i64, writes: &[Write], jobs: &[NewJob]) -> rusqlite::Result<()> {
    let mut find = connection.prepare_cached(
        "SELECT id, (SELECT max(version) FROM document WHERE space = space.id) FROM space WHERE realm = ?1 AND name = ?2",
    )?;
    let mut space = connection.prepare_cached("INSERT INTO space (realm, name, least) VALUES (?1, ?2, 1)")?;
    let mut document = connection.prepare_cached(
        "INSERT INTO document (space, kind, id, version, sort, body, keys) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT (space, kind, id)
         DO UPDATE SET version = excluded.version, body = excluded.body, keys = excluded.keys",
    )?;
    let mut unique = connection.prepare_cached(
        "INSERT INTO unique_key (realm, name, value, space, kind, id) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?;
    let mut job = connection.prepare_cached("INSERT INTO job (realm, kind, body, due) VALUES (?1, ?2, ?3, ?4)")?;
    let spaces: BTreeSet<_> = writes.iter().map(|write| &write.key.space).collect();
    for name in spaces {
        let found = find.query_row(params![realm, name.as_str()], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
        let (number, last): (i64, Option<i64>) = match found {
            Some(found) => found,
            None => (space.insert(params![realm, name.as_str()])?, None),
        };
        let version = last.unwrap_or(0) + 1;
        for write in writes.iter().filter(|write| &write.key.space == name) {
            let (kind, id) = (&write.key.kind, &write.key.id);
            let keys: Vec<_> = write.keys.iter().map(|key| (&key.name, &key.value)).collect();
            let keys = (!keys.is_empty()).then(|| serde_json::json!(keys).to_string());
            document.execute(params![number, kind, id, version, write.sort, write.body, keys])?;
            for key in &write.keys {
                unique.execute(params![realm, key.name, key.value, number, kind, id])?;
            }
        }
    }
    for NewJob { kind, body, due } in jobs {
        job.execute(params![realm, kind, body, due.as_microsecond()])?;
    }
    Ok(())
}
