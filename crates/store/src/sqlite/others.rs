//! What other programs have committed to the file.
//!
//! SQLite counts the commits of others on each connection (`PRAGMA data_version`). Asked on the connection that writes,
//! it changes when somebody else has committed and not when we have; only then are the spaces' versions read.

use std::{collections::HashMap, sync::Arc};

use rusqlite::Connection;

use super::commit;
use crate::{Committed, StoreError};

/// What was seen when we looked last; nothing before the first look.
#[derive(Clone, Default)]
pub(super) struct Others {
    count: Option<i64>,
    /// Realm and name of a space, and its version. Our own commits are not in it, so that the next change by others
    /// brings them up once more.
    versions: Arc<HashMap<(String, String), u64>>,
}

impl Others {
    /// What is seen now, and the spaces that differ from what was seen before, by realm. The first look finds nothing.
    pub(super) fn look(&self, connection: &Connection) -> Result<(Self, HashMap<String, Committed>), StoreError> {
        let count = connection.prepare_cached("PRAGMA data_version")?.query_row([], |row| row.get(0))?;
        if self.count == Some(count) {
            return Ok((self.clone(), HashMap::new()));
        }
        let versions = versions(connection)?;
        let mut changed: HashMap<String, Committed> = HashMap::new();
        if self.count.is_some() {
            for ((realm, space), version) in &versions {
                if self.versions.get(&(realm.clone(), space.clone())) != Some(version) {
                    let told = (commit::name(space)?, *version);
                    changed.entry(realm.clone()).or_default().spaces.push(told);
                }
            }
        }
        Ok((Self { count: Some(count), versions: Arc::new(versions) }, changed))
    }
}

fn versions(connection: &Connection) -> Result<HashMap<(String, String), u64>, StoreError> {
    let mut query = connection.prepare_cached(
        "SELECT realm.name, space.name, space.version FROM space JOIN realm ON realm.id = space.realm",
    )?;
    let rows = query.query_map([], |row| Ok(((row.get(0)?, row.get(1)?), row.get::<_, i64>(2)?.cast_unsigned())))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
