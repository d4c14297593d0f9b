//! A copy of the file while everybody goes on working.
//!
//! **Invariant:** a copy takes the place of a former copy and of nothing else.

use std::{
    fs,
    io::{self, ErrorKind},
    path::Path,
};

use rusqlite::Connection;

use super::{connection, epoch, migrate, restore};
use crate::StoreError;

/// Copies what a reading connection sees of a file into a compact one, under another name first: a copy that was
/// interrupted never looks like a good one, and one that fails leaves nothing. The copy has no epoch: what is
/// written after it is another history.
pub(super) fn copy(reader: &Connection, file: &Path, to: &Path) -> Result<(), StoreError> {
    let failed = |error: io::Error| StoreError::Engine(format!("{}: {error}", to.display()));
    let partial = &connection::with(to, ".partial");
    for name in [to, partial] {
        if is_part_of(file, name).map_err(failed)? {
            return Err(StoreError::Engine(format!("{} is the database itself: nothing was written", name.display())));
        }
    }
    if !may_be_replaced(to).map_err(failed)? {
        return Err(StoreError::Engine(format!("{} is there and no former copy: nothing was written", to.display())));
    }
    if fs::exists(partial).map_err(failed)? {
        fs::remove_file(partial).map_err(failed)?;
    }
    let written = write(reader, partial).and_then(|()| fs::rename(partial, to).map_err(failed));
    if written.is_err() {
        // It is of no use to anybody, and the disk may be full.
        for left in [partial, &connection::with(partial, "-journal")] {
            let _ = fs::remove_file(left);
        }
    }
    written?;
    #[cfg(unix)]
    if let Some(directory) = to.parent() {
        let directory = if directory.as_os_str().is_empty() { Path::new(".") } else { directory };
        fs::File::open(directory).and_then(|directory| directory.sync_all()).map_err(failed)?;
    }
    Ok(())
}

/// Writes a whole copy where nothing is, and waits until it is on disk.
fn write(reader: &Connection, to: &Path) -> Result<(), StoreError> {
    // SQLite takes an empty file as it is, rights included.
    connection::make_private(to)?;
    let name = to.to_str().ok_or_else(|| StoreError::Engine("the name of the copy is not Unicode".to_owned()))?;
    reader.execute("VACUUM INTO ?1", [name])?;
    let copy = connection::open_writer(to)?;
    epoch::clear(&copy)?;
    copy.close().map_err(|(_, error)| error)?;
    let synced = fs::OpenOptions::new().write(true).open(to).and_then(|file| file.sync_all());
    synced.map_err(|error| StoreError::Engine(format!("{}: {error}", to.display())))
}

/// Whether a name leads to a database's file or to what SQLite keeps beside it.
fn is_part_of(file: &Path, name: &Path) -> io::Result<bool> {
    if !fs::exists(name)? {
        return Ok(false);
    }
    Ok(connection::parts(file).iter().any(|part| are_one(part, name).unwrap_or(false)))
}

/// Whether two names are of one file. Told without opening it, see [`connection::make_private`].
fn are_one(one: &Path, other: &Path) -> io::Result<bool> {
    let same = fs::canonicalize(one)? == fs::canonicalize(other)?;
    // Two links of one file can be told here.
    #[cfg(unix)]
    let same = same || {
        use std::os::unix::fs::MetadataExt as _;
        let identity = |name| fs::metadata(name).map(|found| (found.dev(), found.ino()));
        identity(one)? == identity(other)?
    };
    Ok(same)
}

/// Whether nothing is lost with what has that name: nothing, an empty file, or a former copy, which tells no history until
/// somebody opens it.
fn may_be_replaced(name: &Path) -> io::Result<bool> {
    let length = match fs::metadata(name) {
        Err(error) if error.kind() == ErrorKind::NotFound => 0,
        found => found?.len(),
    };
    let is_copy = |there| migrate::is_marked(&there).unwrap_or(false) && matches!(epoch::find(&there), Ok(None));
    Ok(length == 0 || restore::open(name).is_ok_and(is_copy))
}
