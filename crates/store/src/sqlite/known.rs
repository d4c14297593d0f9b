//! Versions that were read through a connection, for as long as nobody writes.
//!
//! **Invariant:** what is known is what asking would give. SQLite counts on each connection the commits of all others
//! (`PRAGMA data_version`), and a connection that reads makes none of its own: while its count stands still, so does the
//! whole file. The count is asked inside the read transaction, which begins with it.

use std::collections::HashMap;

use rusqlite::Connection;

use crate::{Space, StoreError};

/// Most spaces whose versions are kept; when there are more, all are read again.
const MOST: usize = 4_096;
/// Most names of an answer that is kept.
const NAMES: usize = 256;

/// What was read while the count stood still.
#[derive(Default)]
pub(super) struct Known {
    count: Option<i64>,
    /// Versions by realm and space.
    versions: HashMap<i64, HashMap<Space, u64>>,
    /// How many versions are kept.
    kept: usize,
    /// Names of spaces by realm and prefix.
    names: HashMap<(i64, String), Vec<Space>>,
}

impl Known {
    /// Begins the read of a moment: forgets everything if anybody has committed since the last one.
    pub(super) fn begin(&mut self, connection: &Connection) -> Result<(), StoreError> {
        let count = connection.prepare_cached("PRAGMA data_version")?.query_row([], |row| row.get(0))?;
        if self.count != Some(count) {
            *self = Self { count: Some(count), ..Self::default() };
        }
        Ok(())
    }

    /// A space's version, read if it is not known.
    pub(super) fn version(
        &mut self,
        realm: i64,
        space: &Space,
        read: impl FnOnce() -> Result<u64, StoreError>,
    ) -> Result<u64, StoreError> {
        if let Some(version) = self.versions.get(&realm).and_then(|spaces| spaces.get(space)) {
            return Ok(*version);
        }
        let version = read()?;
        if self.kept >= MOST {
            self.versions.clear();
            self.kept = 0;
        }
        self.versions.entry(realm).or_default().insert(space.clone(), version);
        self.kept += 1;
        Ok(version)
    }

    /// The names of spaces with a prefix, read if they are not known.
    pub(super) fn names(
        &mut self,
        realm: i64,
        prefix: &str,
        read: impl FnOnce() -> Result<Vec<Space>, StoreError>,
    ) -> Result<Vec<Space>, StoreError> {
        let asked = (realm, prefix.to_owned());
        if let Some(names) = self.names.get(&asked) {
            return Ok(names.clone());
        }
        let names = read()?;
        if names.len() <= NAMES && self.names.len() < NAMES {
            self.names.insert(asked, names.clone());
        }
        Ok(names)
    }
}
