//! A copy of the file while everybody goes on working.

use std::{fs, path::Path};

use rusqlite::Connection;

use super::{connection, epoch};
use crate::StoreError;

/// Copies what a reading connection sees into a compact file, under another name first: a copy that was interrupted
/// never looks like a good one. The copy has no epoch: what is written after it is another history.
pub(super) fn copy(reader: &Connection, to: &Path) -> Result<(), StoreError> {
    let failed = |error: std::io::Error| StoreError::Engine(format!("{}: {error}", to.display()));
    let mut partial = to.as_os_str().to_owned();
    partial.push(".partial");
    let partial = Path::new(&partial);
    if fs::exists(partial).map_err(failed)? {
        fs::remove_file(partial).map_err(failed)?;
    }
    // SQLite takes an empty file as it is, rights included.
    connection::make_private(partial)?;
    let name = partial.to_str().ok_or_else(|| StoreError::Engine("the name of the copy is not Unicode".to_owned()))?;
    reader.execute("VACUUM INTO ?1", [name])?;
    let copy = connection::open_writer(partial)?;
    epoch::clear(&copy)?;
    copy.close().map_err(|(_, error)| error)?;
    fs::OpenOptions::new().write(true).open(partial).and_then(|file| file.sync_all()).map_err(failed)?;
    fs::rename(partial, to).map_err(failed)?;
    #[cfg(unix)]
    if let Some(directory) = to.parent() {
        let directory = if directory.as_os_str().is_empty() { Path::new(".") } else { directory };
        fs::File::open(directory).and_then(|directory| directory.sync_all()).map_err(failed)?;
    }
    Ok(())
}
