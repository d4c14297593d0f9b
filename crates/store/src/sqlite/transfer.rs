//! A file as source or target of a transfer.
//!
//! **Invariant:** while this is open nobody else has the file open, in no process: every connection to a file in
//! write-ahead mode keeps a shared lock on it, and this one has the exclusive one.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension, params};
use tokio::sync::mpsc;

use super::{commit, connection, epoch, error::limit_to_sql, migrate, realm::Realm};
use crate::{
    Batch, CommitError, StoreError, UniqueKey, Write,
    keys::{read_keys, write_keys},
    transfer::{BYTES, Claim, GONE, JobRow, One, Piece, Row},
};

/// How much of the file is kept in memory while it is written, in KiB.
const CACHE: i64 = 64 << 10;

const DOCUMENTS: &str = "SELECT kind, id, version, sort, body, keys FROM document WHERE space = ?1 ORDER BY kind, id";

const JOBS: &str = "SELECT id, kind, body, due, leased, attempts, error FROM job WHERE realm = ?1 ORDER BY id";

/// A file that is ours alone, in a transaction.
pub(crate) struct Held {
    connection: Connection,
}

impl Held {
    /// Opens a file, or makes one. [`StoreError::Busy`] when somebody else has it open.
    pub(crate) fn open(path: &Path) -> Result<Self, StoreError> {
        connection::make_private(path)?;
        let mut connection = connection::open_writer(path)?;
        migrate::migrate(&mut connection)?;
        connection::keep_private(path)?;
        epoch::ensure(&connection)?;
        connection.close().map_err(|(_, error)| error)?;
        // The lock is taken when the log is first looked at.
        let connection = connection::open_writer(path)?;
        connection.query_row("PRAGMA locking_mode = EXCLUSIVE", [], |_| Ok(()))?;
        connection::make_durable(&connection)?;
        connection.execute_batch(&format!("PRAGMA cache_size = -{CACHE}; BEGIN IMMEDIATE"))?;
        Ok(Self { connection })
    }

    /// What moves at the end of it all; nothing when there is nothing to move.
    pub(crate) fn claim(&self, only: Option<&One>) -> Result<Option<Claim>, StoreError> {
        let Some(only) = only else {
            let epoch = self.connection.query_row("SELECT value FROM epoch", [], |row| row.get(0));
            let holds = self.connection.query_row("SELECT EXISTS (SELECT 1 FROM realm)", [], |row| row.get(0))?;
            return if holds { Ok(Some(Claim::Epoch(epoch?))) } else { Ok(None) };
        };
        if Realm::new(&only.realm).find(&self.connection)?.is_none() {
            return Ok(None);
        }
        let (of, key) = &only.entry;
        let entry = self
            .connection
            .query_row(
                "SELECT document.sort, document.body, document.keys FROM document
                 JOIN space ON space.id = document.space JOIN realm ON realm.id = space.realm
                 WHERE realm.name = ?1 AND space.name = ?2 AND document.kind = ?3 AND document.id = ?4
                 AND document.body IS NOT NULL",
                params![of, key.space.as_str(), key.kind, key.id],
                |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, row.get::<_, Option<String>>(2)?)),
            )
            .optional()?;
        let Some((sort, body, keys)) = entry else { return Ok(Some(Claim::Entry(None))) };
        let keys = keys.as_deref().map(read_keys).transpose()?.unwrap_or_default();
        let write = Write { key: key.clone(), sort, body: Some(body.into()), keys };
        Ok(Some(Claim::Entry(Some((of.clone(), write)))))
    }

    /// Sends all rows, or those of one realm.
    pub(crate) fn read(&self, only: Option<&str>, rows: usize, to: &mpsc::Sender<Piece>) -> Result<(), StoreError> {
        let send = |piece| to.blocking_send(piece).map_err(|_| GONE);
        send(Piece::Numbers(self.numbers()?))?;
        let mut query =
            self.connection.prepare("SELECT id, name FROM realm WHERE ?1 IS NULL OR name = ?1 ORDER BY name")?;
        let realms = query
            .query_map([only], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<Result<Vec<(i64, String)>, _>>()?;
        for (realm, name) in realms {
            send(Piece::Realm(name))?;
            self.read_spaces(realm, rows, &send)?;
            self.read_jobs(realm, rows, &send)?;
        }
        Ok(())
    }

    fn read_spaces(
        &self,
        realm: i64,
        rows: usize,
        send: &impl Fn(Piece) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let mut spaces = self.connection.prepare_cached(&format!(
            "SELECT id, name, {} FROM space WHERE realm = ?1 AND name > ?2 ORDER BY name LIMIT ?3",
            commit::VERSION
        ))?;
        let mut query = self.connection.prepare_cached(DOCUMENTS)?;
        let mut last = String::new();
        loop {
            let some = spaces
                .query_map(params![realm, last, limit_to_sql(rows)], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
                .collect::<Result<Vec<(i64, String, i64)>, _>>()?;
            let Some((_, name, _)) = some.last() else { return Ok(()) };
            last.clone_from(name);
            send(Piece::Spaces(some.iter().map(|(_, name, version)| (name.clone(), *version)).collect()))?;
            let (mut documents, mut bytes) = (Vec::new(), 0);
            for (space, (id, _, _)) in some.iter().enumerate() {
                let mut found = query.query([id])?;
                while let Some(row) = found.next()? {
                    let keys: Option<String> = row.get(5)?;
                    let row = Row {
                        space,
                        kind: row.get(0)?,
                        id: row.get(1)?,
                        version: row.get(2)?,
                        sort: row.get(3)?,
                        body: row.get(4)?,
                        keys: keys.as_deref().map(read_keys).transpose()?.unwrap_or_default(),
                    };
                    bytes += row.body.as_ref().map_or(0, String::len);
                    documents.push(row);
                    if documents.len() >= rows || bytes >= BYTES {
                        send(Piece::Documents(std::mem::take(&mut documents)))?;
                        bytes = 0;
                    }
                }
            }
            if !documents.is_empty() {
                send(Piece::Documents(documents))?;
            }
        }
    }

    fn read_jobs(
        &self,
        realm: i64,
        rows: usize,
        send: &impl Fn(Piece) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let mut query = self.connection.prepare_cached(JOBS)?;
        let mut found = query.query([realm])?;
        let mut jobs = Vec::new();
        while let Some(row) = found.next()? {
            jobs.push(JobRow {
                id: row.get(0)?,
                kind: row.get(1)?,
                body: row.get(2)?,
                due: row.get(3)?,
                leased: row.get(4)?,
                attempts: row.get(5)?,
                error: row.get(6)?,
            });
            if jobs.len() >= rows {
                send(Piece::Jobs(std::mem::take(&mut jobs)))?;
            }
        }
        if jobs.is_empty() { Ok(()) } else { send(Piece::Jobs(jobs)) }
    }

    /// The highest number that a job ever had.
    fn numbers(&self) -> Result<i64, StoreError> {
        let found = self
            .connection
            .query_row("SELECT seq FROM sqlite_sequence WHERE name = 'job'", [], |row| row.get(0))
            .optional()?;
        Ok(found.unwrap_or(0))
    }

    /// What of it is here already.
    pub(crate) fn holds(&self, realm: Option<&str>, claim: &Claim) -> Result<Option<String>, StoreError> {
        let found = "SELECT name FROM realm WHERE ?1 IS NULL OR name = ?1 ORDER BY name LIMIT 1";
        let found: Option<String> = self.connection.query_row(found, [realm], |row| row.get(0)).optional()?;
        if found.is_some() {
            return Ok(found);
        }
        let Claim::Entry(Some((of, entry))) = claim else { return Ok(None) };
        let Some(realm) = Realm::new(of).find(&self.connection)? else { return Ok(None) };
        for key in &entry.keys {
            if commit::holder(&self.connection, realm, key)?.is_some_and(|holder| holder != entry.key) {
                return Ok(Some(format!("the {} {}", key.name, key.value)));
            }
        }
        Ok(None)
    }

    /// Writes what comes.
    pub(crate) fn write(&self, from: &mut mpsc::Receiver<Piece>) -> Result<(), StoreError> {
        let (mut realm, mut spaces) = (0, Vec::new());
        while let Some(piece) = from.blocking_recv() {
            match piece {
                Piece::Numbers(numbers) => self.count_on_from(numbers)?,
                Piece::Realm(name) => realm = Realm::new(&name).ensure(&self.connection)?,
                Piece::Spaces(rows) => {
                    let mut insert =
                        self.connection.prepare_cached("INSERT INTO space (realm, name, least) VALUES (?1, ?2, ?3)")?;
                    spaces.clear();
                    for (name, version) in &rows {
                        spaces.push(insert.insert(params![realm, name, version])?);
                    }
                }
                Piece::Documents(rows) => self.write_documents(realm, &spaces, &rows)?,
                Piece::Jobs(rows) => self.write_jobs(realm, &rows)?,
            }
        }
        Ok(())
    }

    fn write_documents(&self, realm: i64, spaces: &[i64], rows: &[Row]) -> Result<(), StoreError> {
        let mut insert = self.connection.prepare_cached(commit::INSERT)?;
        let mut hold = self.connection.prepare_cached(
            "INSERT INTO unique_key (realm, name, value, space, kind, id) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?;
        for row in rows {
            let space = spaces.get(row.space).ok_or_else(astray)?;
            let (keys, gone) = (write_keys(&row.keys), row.body.is_none().then_some(1));
            insert.execute(params![space, row.kind, row.id, row.version, row.sort, row.body, keys, gone])?;
            for UniqueKey { name, value } in &row.keys {
                hold.execute(params![realm, name, value, space, row.kind, row.id])?;
            }
        }
        Ok(())
    }

    /// Jobs keep their numbers. Should another realm's job have one, which happens only where one realm comes to others,
    /// the job gets a new one after all that there were.
    fn write_jobs(&self, realm: i64, rows: &[JobRow]) -> Result<(), StoreError> {
        let mut insert = self.connection.prepare_cached(
            "INSERT INTO job (id, realm, kind, body, due, leased, attempts, error)
             VALUES (CASE WHEN EXISTS (SELECT 1 FROM job WHERE id = ?1) THEN NULL ELSE ?1 END,
                     ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?;
        for job in rows {
            insert.execute(params![job.id, realm, job.kind, job.body, job.due, job.leased, job.attempts, job.error])?;
        }
        Ok(())
    }

    /// Has the next job's number be higher than this.
    fn count_on_from(&self, number: i64) -> Result<(), StoreError> {
        if number > self.numbers()? {
            self.connection.execute("DELETE FROM sqlite_sequence WHERE name = 'job'", [])?;
            self.connection.execute("INSERT INTO sqlite_sequence (name, seq) VALUES ('job', ?1)", [number])?;
        }
        Ok(())
    }

    /// Makes what was claimed at the source ours.
    pub(crate) fn take_over(&self, claim: &Claim) -> Result<(), StoreError> {
        match claim {
            Claim::Epoch(epoch) => {
                self.connection.execute("UPDATE epoch SET value = ?1", [epoch])?;
                Ok(())
            }
            Claim::Entry(entry) => self.put(entry.as_ref(), true),
        }
    }

    /// Gives up what moves and ends the transaction. Nobody else opens the file before this is dropped.
    pub(crate) fn give_up(&self, claim: &Claim) -> Result<(), StoreError> {
        match claim {
            Claim::Epoch(_) => epoch::clear(&self.connection)?,
            Claim::Entry(entry) => self.put(entry.as_ref(), false)?,
        }
        self.commit()
    }

    /// Writes an entry, or deletes it.
    fn put(&self, entry: Option<&(String, Write)>, here: bool) -> Result<(), StoreError> {
        let Some((of, write)) = entry else { return Ok(()) };
        let realm = Realm::new(of).ensure(&self.connection)?;
        let write = if here { write.clone() } else { Write { body: None, keys: Vec::new(), ..write.clone() } };
        let batch = Batch { writes: vec![write], ..Batch::default() };
        match commit::commit(&self.connection, realm, &batch, |_| None) {
            Ok(_) => Ok(()),
            Err(CommitError::Store(error)) => Err(error),
            Err(refused) => Err(StoreError::Engine(refused.to_string())),
        }
    }

    /// Ends the transaction, durably.
    pub(crate) fn commit(&self) -> Result<(), StoreError> {
        Ok(self.connection.execute_batch("COMMIT")?)
    }
}

fn astray() -> StoreError {
    StoreError::Engine("a document came without its space".to_owned())
}
