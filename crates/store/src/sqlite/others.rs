//! What other programs have committed to the file.
//!
//! SQLite counts the commits of others on each connection (`PRAGMA data_version`). Asked on the connection that writes,
//! it changes when somebody else has committed and not when we have. Only then are the versions of all spaces read, on
//! a connection that reads, so that nobody's booking waits for it; and what differs is looked at once more on the
//! connection that writes, so that a watcher is told in order.

use std::{collections::HashMap, sync::Arc};

use rusqlite::{Connection, OptionalExtension};

use super::commit::{self, VERSION};
use crate::{Committed, StoreError};

/// What was seen when we looked last; nothing before the first look.
#[derive(Clone, Default)]
pub(super) struct Others {
    count: Option<i64>,
    /// Number and version of every space, by number: 16 bytes each, for there may be millions. Our own commits are not
    /// in it, so that the next change by others brings them up once more.
    versions: Arc<Vec<(i64, i64)>>,
}

impl Others {
    /// How often others have committed, asked on the connection that writes.
    pub(super) fn count(connection: &Connection) -> Result<i64, StoreError> {
        Ok(connection.prepare_cached("PRAGMA data_version")?.query_row([], |row| row.get(0))?)
    }

    /// Whether that is what was seen.
    pub(super) fn have_seen(&self, count: i64) -> bool {
        self.count == Some(count)
    }

    /// What is seen now on a connection that reads, and the numbers of the spaces that differ from what was seen before.
    /// The first look finds nothing.
    pub(super) fn look(&self, count: i64, reader: &Connection) -> Result<(Self, Vec<i64>), StoreError> {
        let mut query = reader.prepare_cached(&format!("SELECT id, {VERSION} FROM space ORDER BY id"))?;
        let mut rows = query.query([])?;
        let mut versions = Vec::with_capacity(self.versions.len());
        let mut before = self.versions.iter().peekable();
        let mut changed = Vec::new();
        while let Some(row) = rows.next()? {
            let (id, version) = (row.get(0)?, row.get(1)?);
            while before.next_if(|(other, _)| *other < id).is_some() {}
            let same = before.next_if(|(other, _)| *other == id).is_some_and(|(_, seen)| *seen == version);
            if !same && self.count.is_some() {
                changed.push(id);
            }
            versions.push((id, version));
        }
        Ok((Self { count: Some(count), versions: Arc::new(versions) }, changed))
    }
}

/// The names and versions of spaces given by their numbers, by realm. One that is gone is left out.
pub(super) fn named(connection: &Connection, spaces: &[i64]) -> Result<HashMap<String, Committed>, StoreError> {
    let mut query = connection.prepare_cached(&format!(
        "SELECT realm.name, space.name, {VERSION} FROM space JOIN realm ON realm.id = space.realm WHERE space.id = ?1"
    ))?;
    let mut found: HashMap<String, Committed> = HashMap::new();
    for space in spaces {
        let row: Option<(String, String, i64)> =
            query.query_row([space], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).optional()?;
        if let Some((realm, name, version)) = row {
            found.entry(realm).or_default().spaces.push((commit::name(&name)?, version.cast_unsigned()));
        }
    }
    Ok(found)
}
