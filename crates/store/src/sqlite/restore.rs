//! Puts a copy in the place of what a file holds, while others have that file open.
//!
//! **Invariant:** the file holds what it held, or what the copy holds, at every moment and for everybody; after a kill or a
//! power cut too. **Invariant:** the copy is not changed, nor is a file that is not ours.
//!
//! Design. SQLite writes the copy's pages over the file's own in one transaction of the write-ahead log (its online backup
//! in a single step): whoever reads goes on reading what was there, whoever writes waits, and a log without the end of that
//! transaction says nothing. Pages and not rows: tables that a later format adds need no thought here, and a file that is
//! damaged inside can be put right. The copy has no epoch, so the file has none afterwards: engines that are open find that
//! it is not theirs ([`History`](super::epoch::History)), and whoever opens it first draws the epoch of the new history and
//! takes the steps to this program's format, as after a copy that was put there by hand.
//!
//! The copy is opened as a file that nobody else writes (`immutable`): nothing is made beside it, and its folder may be
//! read only.

use std::{fs, path::Path, thread, time::Duration};

use rusqlite::{Connection, ErrorCode, OpenFlags, backup};

use super::{connection, migrate, schema::STEPS};
use crate::{RestoreError, StoreError};

/// How long until another try while somebody else writes. SQLite's own tries lie so far apart that a server with much to do
/// would let none succeed.
const PAUSE: Duration = Duration::from_millis(1);
/// How many tries.
const TRIES: i32 = 60_000;
/// The first format in which a file says which history it tells.
const WITH_EPOCH: u32 = 2;

/// Checks the copy, and puts it there.
pub(super) fn restore(path: &Path, copy: &Path) -> Result<(), RestoreError> {
    let source = open(copy)?;
    check(&source)?;
    connection::make_private(path)?;
    let mut target = connection::open_writer(path)?;
    match migrate::check_ours(&target) {
        // One of ours whose tables say nothing any more is what copies are for.
        Err(StoreError::Engine(_)) if migrate::is_marked(&target).unwrap_or(false) => {}
        checked => checked?,
    }
    connection::keep_private(path)?;
    connection::make_durable(&target)?;
    target
        .busy_handler(Some(|tries| {
            thread::sleep(PAUSE);
            tries < TRIES
        }))
        .map_err(StoreError::from)?;
    let step =
        backup::Backup::new(&source, &mut target).and_then(|backup| backup.step(-1)).map_err(StoreError::from)?;
    match step {
        backup::StepResult::Done => {}
        backup::StepResult::Busy | backup::StepResult::Locked => return Err(StoreError::Busy.into()),
        _ => return Err(StoreError::Engine("SQLite has not written the copy as a whole".to_owned()).into()),
    }
    // The log is as long as the copy now. It is worked off by whoever has time; here is the first.
    let _ = target.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()));
    Ok(())
}

/// Opens a copy for reading and for nothing else.
pub(super) fn open(copy: &Path) -> Result<Connection, RestoreError> {
    let unreadable = |error: std::io::Error| RestoreError::Unreadable(error.to_string());
    let name = fs::canonicalize(copy).map_err(unreadable)?;
    if !fs::metadata(&name).map_err(unreadable)?.is_file() {
        return Err(RestoreError::Unreadable("it is not a file".to_owned()));
    }
    let name = name.to_str().ok_or_else(|| RestoreError::Unreadable("its name is not Unicode".to_owned()))?;
    for beside in ["-wal", "-journal"] {
        // Whoever wrote into it may not have come to an end.
        if fs::exists(format!("{name}{beside}")).map_err(unreadable)? {
            return Err(RestoreError::Opened);
        }
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Connection::open_with_flags(address(name), flags).map_err(|error| RestoreError::Unreadable(error.to_string()))
}

/// A file as SQLite takes it (SQLite, "Uniform Resource Identifiers", section 3).
fn address(name: &str) -> String {
    let name = name.replace('%', "%25").replace('?', "%3f").replace('#', "%23");
    // A drive's letter and a server's name are no authority.
    let name = if cfg!(windows) { format!("/{}", name.trim_start_matches(r"\\?\").replace('\\', "/")) } else { name };
    format!("file:{name}?immutable=1")
}

/// Whether it is a copy that this program can put back.
fn check(copy: &Connection) -> Result<(), RestoreError> {
    let damaged = |error: rusqlite::Error| match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => RestoreError::Foreign,
        _ => RestoreError::Damaged(error.to_string()),
    };
    if !migrate::is_marked(copy).map_err(damaged)? {
        return Err(RestoreError::Foreign);
    }
    let found: String = copy.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0)).map_err(damaged)?;
    if found != "ok" {
        return Err(RestoreError::Damaged(found));
    }
    let format = migrate::read(copy).map_err(|_| RestoreError::Foreign)?;
    let known = STEPS.last().map_or(0, |step| step.format);
    if format.readable_from > known {
        return Err(RestoreError::TooNew { found: format.readable_from, known });
    }
    if format.format < WITH_EPOCH {
        return Err(RestoreError::Foreign);
    }
    let opened = copy.query_row("SELECT EXISTS (SELECT 1 FROM epoch)", [], |row| row.get(0)).map_err(damaged)?;
    if opened { Err(RestoreError::Opened) } else { Ok(()) }
}
