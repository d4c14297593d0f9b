//! A database as source or target of a transfer.
//!
//! **Invariant:** nobody else writes a database that is held, or opens it: its tables are locked, the epoch's against
//! reading too, and no server had it open when they were. A node that had no connection just then makes none afterwards
//! ([`Pool`](super::pool::Pool)).

use std::{collections::HashMap, pin::pin, time::Duration};

use futures_util::{StreamExt, TryStreamExt};
use tokio::sync::mpsc;
use tokio_postgres::{
    Client,
    binary_copy::BinaryCopyInWriter,
    types::{ToSql, Type},
};
use uuid::Uuid;

use super::{
    address::Address,
    commit::{RELEASE, TOUCH},
    error::{self, limit_to_sql},
    ids, migrate,
};
use crate::{
    StoreError, UniqueKey, Write,
    keys::{read_keys, write_keys},
    transfer::{BYTES, Claim, GONE, JobRow, One, Piece, Row},
};

/// How often others are given the time to leave.
const LOOKS: u32 = 50;

/// How long each time.
const PAUSE: Duration = Duration::from_millis(100);

/// The transfer may take hours; who is in its way may not.
const PATIENT: &str = "
    SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0; SET lock_timeout = '5s'";

/// Whoever opens the database reads the epoch, and waits. A node that has it open is seen by [`OTHERS`].
const ALONE: &str = "
    LOCK TABLE epoch IN ACCESS EXCLUSIVE MODE;
    LOCK TABLE realm, space, document, unique_key, job IN EXCLUSIVE MODE";

/// Every node keeps a connection on which it listens.
const OTHERS: &str = "
    SELECT EXISTS (
        SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
        AND application_name = 'datebook'
    ) FROM pg_stat_clear_snapshot()";

const NUMBERS: &str = "SELECT coalesce(pg_sequence_last_value(pg_get_serial_sequence('job', 'id')::regclass), 0)";

const NOW: &str = "(extract(epoch FROM clock_timestamp()) * 1000000)::bigint";

/// What a database is opened for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Use {
    /// To be read and given up. Not made when it is not there.
    Source,
    /// To be filled.
    Target,
    /// To be filled while others work with it.
    Shared,
}

/// A connection in a transaction.
pub(crate) struct Held {
    client: Client,
}

impl Held {
    /// Opens a database. [`StoreError::Busy`] when somebody else has it open; nothing for a source that is not
    /// Datebook's.
    pub(crate) async fn open(url: &str, how: Use) -> Result<Option<Self>, StoreError> {
        let address = Address::parse(url)?;
        let (mut client, messages) = address.connect().await.map_err(|error| {
            StoreError::Engine(format!("PostgreSQL at {address} cannot be reached: {}", error::words(&error)))
        })?;
        tokio::spawn(messages.for_each(|_| std::future::ready(())));
        client.batch_execute(PATIENT).await?;
        let ours = client.query_one("SELECT to_regclass('datebook_format') IS NOT NULL", &[]).await?;
        if how == Use::Source && !ours.try_get::<_, bool>(0)? {
            return Ok(None);
        }
        migrate::migrate(&mut client).await?;
        client.batch_execute("BEGIN").await?;
        let held = Self { client };
        if how != Use::Shared {
            held.be_alone().await?;
        }
        Ok(Some(held))
    }

    async fn be_alone(&self) -> Result<(), StoreError> {
        self.client.batch_execute(ALONE).await?;
        // Who has just left may still be in the list.
        for _ in 0..LOOKS {
            if !self.client.query_one(OTHERS, &[]).await?.try_get::<_, bool>(0)? {
                return Ok(());
            }
            tokio::time::sleep(PAUSE).await;
        }
        Err(StoreError::Busy)
    }

    /// What moves at the end of it all; nothing when there is nothing to move.
    pub(crate) async fn claim(&self, only: Option<&One>) -> Result<Option<Claim>, StoreError> {
        let Some(only) = only else {
            let found = "SELECT value FROM epoch WHERE EXISTS (SELECT 1 FROM realm)";
            let epoch = self.client.query_opt(found, &[]).await?;
            return Ok(epoch.map(|row| row.try_get(0)).transpose()?.map(Claim::Epoch));
        };
        if !self.has_realm(&only.realm).await? {
            return Ok(None);
        }
        let (of, key) = &only.entry;
        let space = ids::space(&ids::realm(of), &key.space);
        let entry = "SELECT sort, body, keys FROM document
            WHERE space = $1 AND kind = $2 AND id = $3 AND body IS NOT NULL";
        let Some(row) = self.client.query_opt(entry, &[&space, &key.kind, &key.id]).await? else {
            return Ok(Some(Claim::Entry(None)));
        };
        let keys: Option<&str> = row.try_get(2)?;
        let keys = keys.map(read_keys).transpose()?.unwrap_or_default();
        let body: &str = row.try_get(1)?;
        let write = Write { key: key.clone(), sort: row.try_get(0)?, body: Some(body.into()), keys };
        Ok(Some(Claim::Entry(Some((of.clone(), write)))))
    }

    async fn has_realm(&self, name: &str) -> Result<bool, StoreError> {
        let found = "SELECT EXISTS (SELECT 1 FROM realm WHERE id = $1)";
        Ok(self.client.query_one(found, &[&ids::realm(name)]).await?.try_get(0)?)
    }

    /// Sends all rows, or those of one realm.
    pub(crate) async fn read(
        &self,
        only: Option<&str>,
        rows: usize,
        to: &mpsc::Sender<Piece>,
    ) -> Result<(), StoreError> {
        // There may be no figures yet that tell that a thousand spaces are few of all.
        self.client.batch_execute("SET LOCAL enable_seqscan = off").await?;
        send(to, Piece::Numbers(self.client.query_one(NUMBERS, &[]).await?.try_get(0)?)).await?;
        let realms = self
            .client
            .query("SELECT id, name FROM realm WHERE $1::text IS NULL OR name = $1 ORDER BY name", &[&only])
            .await?;
        for row in realms {
            let realm: Uuid = row.try_get(0)?;
            send(to, Piece::Realm(row.try_get(1)?)).await?;
            self.read_spaces(&realm, rows, to).await?;
            self.read_jobs(&realm, rows, to).await?;
        }
        Ok(())
    }

    async fn read_spaces(&self, realm: &Uuid, rows: usize, to: &mpsc::Sender<Piece>) -> Result<(), StoreError> {
        let some_spaces = self
            .client
            .prepare(
                "SELECT id, name, version FROM space WHERE realm = $1 AND name > $2 AND version > 0
                 ORDER BY name LIMIT $3",
            )
            .await?;
        let documents = self
            .client
            .prepare("SELECT space, kind, id, version, sort, body, keys FROM document WHERE space = ANY($1)")
            .await?;
        let mut last = String::new();
        loop {
            let some = self.client.query(&some_spaces, &[realm, &last, &limit_to_sql(rows)]).await?;
            let (mut spaces, mut ids, mut places) = (Vec::new(), Vec::new(), HashMap::new());
            for (place, row) in some.iter().enumerate() {
                let id: Uuid = row.try_get(0)?;
                ids.push(id);
                places.insert(id, place);
                spaces.push((row.try_get(1)?, row.try_get(2)?));
            }
            let Some((name, _)) = spaces.last() else { return Ok(()) };
            last.clone_from(name);
            send(to, Piece::Spaces(spaces)).await?;
            let parameters: [&(dyn ToSql + Sync); 1] = [&ids];
            let mut found = pin!(self.client.query_raw(&documents, parameters).await?);
            let (mut some, mut bytes) = (Vec::new(), 0);
            while let Some(row) = found.try_next().await? {
                let keys: Option<&str> = row.try_get(6)?;
                let keys = keys.map(read_keys).transpose()?.unwrap_or_default();
                let row = Row {
                    space: places.get(&row.try_get(0)?).copied().ok_or_else(astray)?,
                    kind: row.try_get(1)?,
                    id: row.try_get(2)?,
                    version: row.try_get(3)?,
                    sort: row.try_get(4)?,
                    body: row.try_get(5)?,
                    keys,
                };
                bytes += row.body.as_ref().map_or(0, String::len);
                some.push(row);
                if some.len() >= rows || bytes >= BYTES {
                    send(to, Piece::Documents(std::mem::take(&mut some))).await?;
                    bytes = 0;
                }
            }
            if !some.is_empty() {
                send(to, Piece::Documents(some)).await?;
            }
        }
    }

    async fn read_jobs(&self, realm: &Uuid, rows: usize, to: &mpsc::Sender<Piece>) -> Result<(), StoreError> {
        let jobs = "SELECT id, kind, body, due, leased, attempts, error FROM job WHERE realm = $1 ORDER BY id";
        let parameters: [&(dyn ToSql + Sync); 1] = [realm];
        let mut found = pin!(self.client.query_raw(jobs, parameters).await?);
        let mut some = Vec::new();
        while let Some(row) = found.try_next().await? {
            some.push(JobRow {
                id: row.try_get(0)?,
                kind: row.try_get(1)?,
                body: row.try_get(2)?,
                due: row.try_get(3)?,
                leased: row.try_get(4)?,
                attempts: row.try_get(5)?,
                error: row.try_get(6)?,
            });
            if some.len() >= rows {
                send(to, Piece::Jobs(std::mem::take(&mut some))).await?;
            }
        }
        if some.is_empty() { Ok(()) } else { send(to, Piece::Jobs(some)).await }
    }

    /// What of it is here already.
    pub(crate) async fn holds(&self, realm: Option<&str>, claim: &Claim) -> Result<Option<String>, StoreError> {
        let found = "SELECT name FROM realm WHERE $1::text IS NULL OR name = $1 ORDER BY name LIMIT 1";
        if let Some(row) = self.client.query_opt(found, &[&realm]).await? {
            return Ok(Some(row.try_get(0)?));
        }
        let Claim::Entry(Some((of, entry))) = claim else { return Ok(None) };
        let holder = "SELECT space, kind, id FROM unique_key WHERE realm = $1 AND name = $2 AND value = $3";
        for key in &entry.keys {
            let Some(row) = self.client.query_opt(holder, &[&ids::realm(of), &key.name, &key.value]).await? else {
                continue;
            };
            let held: [&str; 3] = [row.try_get(0)?, row.try_get(1)?, row.try_get(2)?];
            if held != [entry.key.space.as_str(), &entry.key.kind, &entry.key.id] {
                return Ok(Some(format!("the {} {}", key.name, key.value)));
            }
        }
        Ok(None)
    }

    /// Writes what comes.
    pub(crate) async fn write(&self, from: &mut mpsc::Receiver<Piece>) -> Result<(), StoreError> {
        let (mut realm, mut spaces) = (Uuid::nil(), Vec::new());
        let touched: i64 = self.client.query_one(&format!("SELECT {NOW}"), &[]).await?.try_get(0)?;
        while let Some(piece) = from.recv().await {
            match piece {
                Piece::Numbers(0) => {}
                Piece::Numbers(number) => {
                    // Never to where it stands: others may be taking numbers, and one must not come twice.
                    let set = format!("SELECT setval(pg_get_serial_sequence('job', 'id'), $1) WHERE $1 > ({NUMBERS})");
                    self.client.query_opt(&set, &[&number]).await?;
                }
                Piece::Realm(name) => {
                    realm = ids::realm(&name);
                    self.client.execute("INSERT INTO realm (id, name) VALUES ($1, $2)", &[&realm, &name]).await?;
                }
                Piece::Spaces(rows) => {
                    spaces = named(&realm, rows)?;
                    let types = [Type::UUID, Type::UUID, Type::TEXT, Type::INT8, Type::INT8];
                    let mut copy =
                        Copy::begin(&self.client, "space (id, realm, name, version, touched)", &types).await?;
                    for (id, name, version) in &spaces {
                        copy.row(&[id, &realm, name, version, &touched]).await?;
                    }
                    copy.end().await?;
                }
                Piece::Documents(rows) => self.write_documents(&realm, &spaces, &rows).await?,
                Piece::Jobs(rows) => self.write_jobs(&realm, &rows).await?,
            }
        }
        Ok(())
    }

    async fn write_documents(
        &self,
        realm: &Uuid,
        spaces: &[(Uuid, String, i64)],
        rows: &[Row],
    ) -> Result<(), StoreError> {
        const COLUMNS: &str = "document (space, kind, id, version, sort, body, keys)";
        let types = [Type::UUID, Type::TEXT, Type::TEXT, Type::INT8, Type::TEXT, Type::TEXT, Type::TEXT];
        let mut copy = Copy::begin(&self.client, COLUMNS, &types).await?;
        for row in rows {
            let (space, _, _) = spaces.get(row.space).ok_or_else(astray)?;
            // Pairs of texts can always be written.
            let keys = write_keys(&row.keys);
            copy.row(&[space, &row.kind, &row.id, &row.version, &row.sort, &row.body, &keys]).await?;
        }
        copy.end().await?;
        if rows.iter().all(|row| row.keys.is_empty()) {
            return Ok(());
        }
        let types = [Type::UUID, Type::TEXT, Type::TEXT, Type::TEXT, Type::TEXT, Type::TEXT];
        let mut copy = Copy::begin(&self.client, "unique_key (realm, name, value, space, kind, id)", &types).await?;
        for row in rows {
            let (_, space, _) = spaces.get(row.space).ok_or_else(astray)?;
            for UniqueKey { name, value } in &row.keys {
                copy.row(&[realm, name, value, space, &row.kind, &row.id]).await?;
            }
        }
        copy.end().await
    }

    async fn write_jobs(&self, realm: &Uuid, rows: &[JobRow]) -> Result<(), StoreError> {
        const COLUMNS: &str = "job (realm, id, kind, body, due, leased, attempts, error)";
        let (text, long) = (Type::TEXT, Type::INT8);
        let types = [Type::UUID, long.clone(), text.clone(), text.clone(), long.clone(), long, Type::INT4, text];
        let mut copy = Copy::begin(&self.client, COLUMNS, &types).await?;
        for job in rows {
            let row: [&(dyn ToSql + Sync); 8] =
                [realm, &job.id, &job.kind, &job.body, &job.due, &job.leased, &job.attempts, &job.error];
            copy.row(&row).await?;
        }
        copy.end().await
    }

    /// Makes what was claimed at the source ours.
    pub(crate) async fn take_over(&self, claim: &Claim) -> Result<(), StoreError> {
        // The figures by which the database plans; it would make them itself some minutes later. Before the entry: who
        // works here already waits for that one, and hears of it only when it is not too old by the commit.
        self.client.batch_execute("ANALYZE realm, space, document, unique_key, job").await?;
        match claim {
            Claim::Epoch(epoch) => {
                self.client.execute("UPDATE epoch SET value = $1 WHERE one = 1", &[epoch]).await?;
            }
            Claim::Entry(None) => {}
            Claim::Entry(Some((of, entry))) => self.put(of, entry, true).await?,
        }
        Ok(())
    }

    /// Gives up what moves and ends the transaction.
    pub(crate) async fn give_up(&self, claim: &Claim) -> Result<(), StoreError> {
        match claim {
            Claim::Epoch(_) => {
                self.client.execute("DELETE FROM epoch", &[]).await?;
            }
            Claim::Entry(None) => {}
            Claim::Entry(Some((of, entry))) => self.put(of, entry, false).await?,
        }
        self.commit().await
    }

    /// Writes an entry, or deletes it. Nodes that have the database open hear of it.
    async fn put(&self, of: &str, entry: &Write, here: bool) -> Result<(), StoreError> {
        let (realm, key) = (ids::realm(of), &entry.key);
        let (space, name) = (ids::space(&realm, &key.space), key.space.as_str());
        let make = "INSERT INTO realm (id, name) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING";
        self.client.execute(make, &[&realm, &of]).await?;
        let raise = format!(
            "INSERT INTO space (id, realm, name, version, touched) VALUES ($1, $2, $3, 1, {NOW})
             ON CONFLICT (id) DO UPDATE
             SET version = space.version + 1, touched = greatest(space.touched + 1, excluded.touched)
             RETURNING version, touched"
        );
        let raised = self.client.query_one(&raise, &[&space, &realm, &name]).await?;
        let (version, at): (i64, i64) = (raised.try_get(0)?, raised.try_get(1)?);
        let (names, values): (Vec<&str>, Vec<&str>) =
            entry.keys.iter().map(|key| (key.name.as_str(), key.value.as_str())).unzip();
        self.client.execute(RELEASE, &[&realm, &names, &values]).await?;
        let body = entry.body.as_deref().filter(|_| here);
        let sort = if body.is_some() { entry.sort.as_str() } else { "" };
        let keys = body.as_ref().and_then(|_| write_keys(&entry.keys));
        let put =
            "INSERT INTO document (space, kind, id, version, sort, body, keys) VALUES ($1, $2, $3, $4, $5, $6, $7)
             ON CONFLICT (space, kind, id) DO UPDATE
             SET version = excluded.version, sort = excluded.sort, body = excluded.body, keys = excluded.keys";
        self.client.execute(put, &[&space, &key.kind, &key.id, &version, &sort, &body, &keys]).await?;
        if here {
            let hold = "INSERT INTO unique_key (realm, name, value, space, kind, id) VALUES ($1, $2, $3, $4, $5, $6)";
            for UniqueKey { name: unique, value } in &entry.keys {
                self.client.execute(hold, &[&realm, unique, value, &name, &key.kind, &key.id]).await?;
            }
        }
        let (buckets, moments, spaces) = (vec![ids::bucket(&space)], vec![at], vec![space]);
        self.client.execute(TOUCH, &[&realm, &buckets, &moments, &spaces, &vec![name], &vec![version]]).await?;
        Ok(())
    }

    /// Ends the transaction, durably.
    pub(crate) async fn commit(&self) -> Result<(), StoreError> {
        Ok(self.client.batch_execute("COMMIT").await?)
    }
}

/// Rows on their way into one table.
struct Copy {
    writer: std::pin::Pin<Box<BinaryCopyInWriter>>,
}

impl Copy {
    async fn begin(client: &Client, columns: &str, types: &[Type]) -> Result<Self, StoreError> {
        let sink = client.copy_in(&format!("COPY {columns} FROM STDIN (FORMAT binary)")).await?;
        Ok(Self { writer: Box::pin(BinaryCopyInWriter::new(sink, types)) })
    }

    async fn row(&mut self, values: &[&(dyn ToSql + Sync)]) -> Result<(), StoreError> {
        Ok(self.writer.as_mut().write(values).await?)
    }

    async fn end(mut self) -> Result<(), StoreError> {
        self.writer.as_mut().finish().await?;
        Ok(())
    }
}

async fn send(to: &mpsc::Sender<Piece>, piece: Piece) -> Result<(), StoreError> {
    to.send(piece).await.map_err(|_| GONE)
}

/// Spaces with the ids that they have here.
fn named(realm: &Uuid, rows: Vec<(String, i64)>) -> Result<Vec<(Uuid, String, i64)>, StoreError> {
    let named =
        rows.into_iter().map(|(name, version)| Ok((ids::space(realm, &super::space_name(&name)?), name, version)));
    named.collect()
}

fn astray() -> StoreError {
    StoreError::Engine("a document came without its space".to_owned())
}
