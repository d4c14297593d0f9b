//! A consistent read.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, OptionalExtension, Row, params, params_from_iter, types::Value};

use super::{
    commit, epoch::History, error::limit_to_sql, known::Known, log_index::Head, pull, readers::Reader, realm::Realm,
};
use crate::{Document, Key, List, Order, Page, Pull, Read, Space, StoreError, UniqueKey};

/// A moment of a [`SqliteStore`](super::SqliteStore), held open until it is dropped.
pub struct SqliteSnapshot {
    /// In a read transaction. A connection may be used by one thread at a time; reads are short.
    reader: Mutex<Reader>,
    /// Nothing when the realm had not been written at this moment.
    realm: Option<i64>,
    known: Arc<Known>,
    /// Which moment it is, if nobody committed while it was taken.
    at: Option<Head>,
}

impl SqliteSnapshot {
    /// Takes the snapshot. BEGIN alone does not: SQLite takes it with the first read.
    pub(super) fn begin(
        reader: Reader,
        realm: &Realm,
        history: &History,
        known: &Arc<Known>,
    ) -> Result<Self, StoreError> {
        let before = known.now();
        reader.prepare_cached("BEGIN DEFERRED")?.execute([])?;
        reader.prepare_cached("PRAGMA data_version")?.query_row([], |_| Ok(()))?;
        let at = before.filter(|_| known.now() == before);
        if !at.is_some_and(|at| known.is_ours(at)) {
            history.check(&reader)?;
            if let Some(at) = at {
                known.see_ours(at);
            }
        }
        let realm = realm.committed(&reader)?;
        Ok(Self { reader: Mutex::new(reader), realm, known: Arc::clone(known), at })
    }

    /// A document that can be told without a read.
    pub(super) fn known(&self, key: &Key) -> Option<Document> {
        self.known.document(self.at?, self.realm?, key)
    }

    /// A list of one space that can be told without a read.
    pub(super) fn known_list(&self, list: &List) -> Option<Arc<Vec<Document>>> {
        self.known.list(self.at?, self.realm?, list.spaces.first()?, list)
    }

    fn reader(&self) -> MutexGuard<'_, Reader> {
        self.reader.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Documents of one kind in one space, as many as the whole list needs at most.
    fn list_space(&self, realm: i64, space: &Space, list: &List) -> Result<Vec<Document>, StoreError> {
        let mut sql = "SELECT document.id, document.version, document.sort, document.body
            FROM document JOIN space ON space.id = document.space
            WHERE space.realm = ? AND space.name = ? AND document.kind = ? AND document.gone IS NULL"
            .to_owned();
        let mut values: Vec<Value> = vec![realm.into(), space.as_str().to_owned().into(), list.kind.clone().into()];
        if let Some(from) = &list.from {
            sql += " AND document.sort >= ?";
            values.push(from.clone().into());
        }
        if let Some(below) = &list.below {
            sql += " AND document.sort < ?";
            values.push(below.clone().into());
        }
        sql += match list.order {
            Order::Rising => " ORDER BY document.sort, document.id LIMIT ?",
            Order::Falling => " ORDER BY document.sort DESC, document.id DESC LIMIT ?",
        };
        values.push(limit_to_sql(list.limit).into());
        let reader = self.reader();
        let mut query = reader.prepare_cached(&sql)?;
        let documents = query
            .query_map(params_from_iter(values), |row| {
                let key = Key { space: space.clone(), kind: list.kind.clone(), id: row.get(0)? };
                document(key, row, 1)
            })?
            .collect::<Result<_, _>>()?;
        Ok(documents)
    }
}

/// Reads version, sort and body from three columns.
fn document(key: Key, row: &Row<'_>, first: usize) -> rusqlite::Result<Document> {
    let version: i64 = row.get(first)?;
    Ok(Document {
        key,
        version: version.cast_unsigned(),
        sort: row.get(first + 1)?,
        body: row.get(first + 2)?,
        provisional: false,
    })
}

impl Read for SqliteSnapshot {
    async fn get(&self, key: &Key) -> Result<Option<Document>, StoreError> {
        if let Some(document) = self.known(key) {
            return Ok(Some(document));
        }
        let Some(realm) = self.realm else { return Ok(None) };
        let reader = self.reader();
        let mut query = reader.prepare_cached(
            "SELECT document.version, document.sort, document.body
             FROM document JOIN space ON space.id = document.space
             WHERE space.realm = ?1 AND space.name = ?2 AND document.kind = ?3 AND document.id = ?4
             AND document.body IS NOT NULL",
        )?;
        let found = query
            .query_row(params![realm, key.space.as_str(), key.kind, key.id], |row| document(key.clone(), row, 0))
            .optional()?;
        if let (Some(at), Some(document)) = (self.at, &found) {
            self.known.keep_document(at, realm, document);
        }
        Ok(found)
    }

    async fn list(&self, list: &List) -> Result<Vec<Document>, StoreError> {
        let Some(realm) = self.realm else { return Ok(Vec::new()) };
        let mut spaces: Vec<&Space> = list.spaces.iter().collect();
        spaces.sort_unstable();
        spaces.dedup();
        if let [space] = spaces[..] {
            if let Some(found) = self.known_list(list) {
                return Ok(found.to_vec());
            }
            let found = self.list_space(realm, space, list)?;
            if let Some(at) = self.at {
                self.known.keep_list(at, realm, space, list, &found);
            }
            return Ok(found);
        }
        let mut documents = Vec::new();
        for space in spaces {
            documents.append(&mut self.list_space(realm, space, list)?);
        }
        documents.sort_by(|a, b| {
            let rising = (&a.sort, &a.key.space, &a.key.id).cmp(&(&b.sort, &b.key.space, &b.key.id));
            if list.order == Order::Rising { rising } else { rising.reverse() }
        });
        documents.truncate(list.limit);
        Ok(documents)
    }

    async fn find(&self, key: &UniqueKey) -> Result<Option<Key>, StoreError> {
        let Some(realm) = self.realm else { return Ok(None) };
        commit::holder(&self.reader(), realm, key)
    }

    async fn versions(&self, spaces: &[Space]) -> Result<Vec<u64>, StoreError> {
        let Some(realm) = self.realm else { return Ok(vec![0; spaces.len()]) };
        if let Some(versions) = self.at.and_then(|at| self.known.versions(at, realm, spaces)) {
            return Ok(versions);
        }
        let reader = self.reader();
        let read = spaces.iter().map(|space| pull::version(&reader, realm, space));
        let versions = read.collect::<Result<Vec<u64>, _>>()?;
        if let Some(at) = self.at {
            self.known.keep_versions(at, realm, spaces.iter().zip(versions.iter().copied()));
        }
        Ok(versions)
    }

    async fn spaces(&self, prefix: &str) -> Result<Vec<Space>, StoreError> {
        let Some(realm) = self.realm else { return Ok(Vec::new()) };
        if let Some(names) = self.at.and_then(|at| self.known.names(at, realm, prefix)) {
            return Ok(names.to_vec());
        }
        let names = names(&self.reader(), realm, prefix)?;
        if let Some(at) = self.at {
            self.known.keep_names(at, realm, prefix, &names);
        }
        Ok(names)
    }
}

/// The names of a realm's spaces that start with a text, in order.
fn names(connection: &Connection, realm: i64, prefix: &str) -> Result<Vec<Space>, StoreError> {
    // A range of the index and a comparison byte by byte; LIKE would give `.`, `-`, `_` and `%` ideas.
    let mut query =
        connection.prepare_cached("SELECT name FROM space WHERE realm = ?1 AND name >= ?2 ORDER BY name")?;
    let mut rows = query.query(params![realm, prefix])?;
    let mut spaces = Vec::new();
    while let Some(row) = rows.next()? {
        let name = row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?;
        if !name.starts_with(prefix) {
            break;
        }
        spaces.push(commit::name(name)?);
    }
    Ok(spaces)
}

impl Pull for SqliteSnapshot {
    async fn pull(&self, space: &Space, after: u64, limit: usize) -> Result<Page, StoreError> {
        let version = self.version(space).await?;
        match self.realm {
            Some(realm) => pull::pull(&self.reader(), realm, space, (after, version), limit),
            None => Ok(Page { version, changes: Vec::new(), more: false }),
        }
    }
}
