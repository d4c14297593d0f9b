//! Connections and the rights of the file.

use std::{
    fs,
    io::{self, ErrorKind},
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use rusqlite::{Connection, OpenFlags, config::DbConfig};

use super::log_file;
use crate::StoreError;

/// How long a connection waits for another program that holds the file.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);

/// How long until another try where SQLite does not wait by itself.
const PAUSE: Duration = Duration::from_millis(5);

/// How many prepared statements a connection keeps; more than there are in this engine.
const STATEMENTS: usize = 64;

/// The write-ahead log is cut to this size when it was worked off, in bytes.
const LOG_LIMIT: i64 = 64 << 20;

/// Makes the file, and the directory it is in, for the eyes of their owner only, unless they are there: whose a file is
/// has to be seen first ([`keep_private`]). SQLite gives its side files the rights of the main file.
///
/// **Invariant:** a file that is there is not opened. On Unix a process that closes a file gives up all locks that it has
/// on it, those of SQLite too (fcntl, POSIX.1-2017); the next program to leave would then take itself for the last one, and
/// the log away from under us.
pub(super) fn make_private(path: &Path) -> Result<(), StoreError> {
    let failed = |error: io::Error| StoreError::Engine(format!("{}: {error}", path.display()));
    if let Some(directory) = path.parent().filter(|directory| !directory.as_os_str().is_empty()) {
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(directory).map_err(failed)?;
    }
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        made => made.map(|_| ()).map_err(failed),
    }
}

/// Takes from all but the owner what rights they have on a file that is ours, and on what SQLite keeps beside it. A
/// directory keeps its rights.
pub(super) fn keep_private(path: &Path) -> Result<(), StoreError> {
    for part in parts(path) {
        let closed = fs::metadata(&part).and_then(|found| {
            let rights = found.permissions();
            #[cfg(unix)]
            let rights = {
                use std::os::unix::fs::PermissionsExt;
                fs::Permissions::from_mode(rights.mode() & !0o077)
            };
            if rights == found.permissions() { Ok(()) } else { fs::set_permissions(&part, rights) }
        });
        match closed {
            // Who leaves last removes what is beside the file.
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            closed => closed.map_err(|error| StoreError::Engine(format!("{}: {error}", part.display())))?,
        }
    }
    Ok(())
}

/// A database's file and what SQLite keeps beside it: it follows links, and keeps the others beside what they lead to.
pub(super) fn parts(path: &Path) -> [PathBuf; 3] {
    let file = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    ["", "-wal", "-shm"].map(|after| with(&file, after))
}

/// A name with something after it.
pub(super) fn with(name: &Path, after: &str) -> PathBuf {
    let mut longer = name.as_os_str().to_owned();
    longer.push(after);
    longer.into()
}

/// What every connection is told first.
fn prepare(connection: &Connection) -> Result<(), StoreError> {
    connection.busy_timeout(PATIENCE)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    // A plan is made once for each statement. Otherwise SQLite plans anew whenever another value is bound that a range
    // begins with, which costs several times what the statement itself does.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(())
}

/// A connection that writes. Not yet in write-ahead mode: that would change a file that we may not open.
pub(super) fn open_writer(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    prepare(&connection)?;
    Ok(connection)
}

/// The one connection of an engine that commits, to a file of this program's format: durable, and with a log that a
/// commit is appended to in one call ([`log_file`]). What a transaction changes stays in memory until then.
pub(super) fn open_committer(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = match log_file::name() {
        Some(name) => Connection::open_with_flags_and_vfs(path, flags, name)?,
        None => Connection::open_with_flags(path, flags)?,
    };
    prepare(&connection)?;
    make_durable(&connection)?;
    // Of each piece of work SQLite keeps what it would have to undo: in memory, not in a file for each transaction.
    connection.execute_batch("PRAGMA cache_spill = OFF; PRAGMA temp_store = MEMORY")?;
    Ok(connection)
}

/// Switches to a write-ahead log; gives the mode it is in then.
fn write_ahead(connection: &Connection) -> Result<String, StoreError> {
    let since = Instant::now();
    loop {
        // For this one change SQLite does not wait by itself, as it would elsewhere.
        match connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0)).map_err(StoreError::from) {
            Err(StoreError::Busy) if since.elapsed() < PATIENCE => thread::sleep(PAUSE),
            ended => return ended,
        }
    }
}

/// What makes an answer of `Ok` survive a power cut.
pub(super) fn make_durable(connection: &Connection) -> Result<(), StoreError> {
    let mode = write_ahead(connection)?;
    if mode != "wal" {
        return Err(StoreError::Engine(format!("this file system does not allow a write-ahead log (got {mode})")));
    }
    connection.execute_batch(&format!(
        "PRAGMA synchronous = FULL;
         PRAGMA fullfsync = ON; -- Apple: fsync alone does not reach the disk
         PRAGMA foreign_keys = OFF; -- for each space that goes, all unique keys would be read
         PRAGMA journal_size_limit = {LOG_LIMIT};"
    ))?;
    Ok(())
}

/// A connection that reads.
pub(super) fn open_reader(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    prepare(&connection)?;
    Ok(connection)
}
