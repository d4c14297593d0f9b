//! The head of the index of the write-ahead log: what tells, without a word to SQLite, whether anybody has committed.
//!
//! All programs that have a file in write-ahead mode open share a piece of memory, the log's index. It begins with a
//! head of 48 bytes, written twice, which each commit writes anew (SQLite, "WAL-mode File Format", section 2.1). Among
//! other things it counts commits and carries a checksum and the log's two salts, so no two states of a file have the
//! same head. SQLite itself begins each read by comparing the two writings, without a lock; so do we.
//!
//! **Invariant:** besides [`log_file`](super::log_file) this is the only file below the app with `unsafe` in it. The
//! memory is mapped for as long as a connection of this process has the file open, and [`LogIndex`] keeps one for nothing
//! else; it is read through atomics only, for other processes write to it (docs/adr/0021).
#![allow(unsafe_code)]

use std::{
    ffi::c_void,
    ptr,
    sync::atomic::{AtomicU32, Ordering, fence},
};

use rusqlite::{Connection, ffi};

/// Words of 32 bits in a head.
const WORDS: usize = 12;
/// The word that counts commits.
const COUNT: usize = 2;
/// The word that says how many frames the log has.
const FRAMES: usize = 4;
/// Bytes of the first piece of the index, as SQLite maps it.
const PIECE: i32 = 32 * 1024;

/// A head as it was read. Equal heads stand before equal files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Head([u32; WORDS]);

impl Head {
    /// Whether exactly one commit lies between another head and this one, or none.
    pub(super) fn follows(&self, before: &Self) -> bool {
        self == before || self.0[COUNT] == before.0[COUNT].wrapping_add(1)
    }

    /// How many frames, each of one page, the log has.
    pub(super) fn frames(&self) -> u32 {
        self.0[FRAMES]
    }
}

/// The index of one file's log, mapped.
pub(super) struct LogIndex {
    /// The two writings of the head.
    words: &'static [AtomicU32; 2 * WORDS],
    /// Keeps the memory mapped. Used for nothing else.
    _open: Connection,
}

impl LogIndex {
    /// The index of the log of the file that a connection has open, which is given away for that. Nothing when the file
    /// is not in write-ahead mode, or what lies below SQLite keeps no such memory.
    pub(super) fn of(connection: Connection) -> Option<Self> {
        // The first read in write-ahead mode opens the index.
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(())).ok()?;
        let mode: String = connection.query_row("PRAGMA journal_mode", [], |row| row.get(0)).ok()?;
        if mode != "wal" {
            return None;
        }
        let mut file: *mut ffi::sqlite3_file = ptr::null_mut();
        // SAFETY: the connection is open, and SQLite writes one pointer to where it is told. It is that of the open file
        // "main", which lives as long as the connection.
        let found = unsafe {
            ffi::sqlite3_file_control(
                connection.handle(),
                c"main".as_ptr(),
                ffi::SQLITE_FCNTL_FILE_POINTER,
                (&raw mut file).cast::<c_void>(),
            )
        };
        if found != ffi::SQLITE_OK || file.is_null() {
            return None;
        }
        // SAFETY: `file` points to an open file of SQLite, whose table of methods is constant.
        let methods = unsafe { (*file).pMethods.as_ref()? };
        if methods.iVersion < 2 {
            return None;
        }
        let map = methods.xShmMap?;
        let mut memory: *mut c_void = ptr::null_mut();
        // SAFETY: the method of that very file, with the size of piece that SQLite itself maps; nobody else uses this
        // connection. With 0 for "extend" nothing is made that is not there.
        let mapped = unsafe { map(file, 0, PIECE, 0, (&raw mut memory).cast()) };
        if mapped != ffi::SQLITE_OK || memory.is_null() || !memory.cast::<AtomicU32>().is_aligned() {
            return None;
        }
        // SAFETY: the piece is larger than both heads, aligned as was just seen, and mapped until the last connection
        // of this process to this file is closed; ours lies beside the reference and is dropped with it, after it. Words
        // that others write are read as atomics.
        let words = unsafe { &*memory.cast::<[AtomicU32; 2 * WORDS]>() };
        Some(Self { words, _open: connection })
    }

    /// The head as it is now. Nothing while somebody is writing it.
    pub(super) fn head(&self) -> Option<Head> {
        let read = |from: usize| std::array::from_fn(|word| self.words[from + word].load(Ordering::Relaxed));
        let first: [u32; WORDS] = read(0);
        // Who writes begins with the second: whoever sees both alike sees no half of anything.
        fence(Ordering::SeqCst);
        let second: [u32; WORDS] = read(WORDS);
        fence(Ordering::SeqCst);
        // All zeros: nobody has written to the log yet, or it is being found again after a crash.
        (first == second && first != [0; WORDS]).then_some(Head(first))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(path: &std::path::Path) -> Connection {
        let connection = Connection::open(path).unwrap();
        connection.execute_batch("PRAGMA journal_mode = WAL; CREATE TABLE IF NOT EXISTS letter (text TEXT)").unwrap();
        connection
    }

    #[test]
    fn each_commit_and_nothing_else_changes_the_head() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file.sqlite");
        let writer = open(&path);
        let index = LogIndex::of(Connection::open(&path).unwrap()).expect("a file in write-ahead mode has an index");
        let mut before = index.head().expect("something was written");
        for number in 0..2_000 {
            // Some are so large that the log is worked off and begun anew in between.
            let text = "x".repeat(if number % 50 == 0 { 400_000 } else { 10 });
            writer.execute("INSERT INTO letter VALUES (?1)", [text]).unwrap();
            let after = index.head().expect("nobody is writing");
            assert!(after != before && after.follows(&before), "one commit, number {number}: {before:?}, {after:?}");
            before = after;
        }
        writer.execute_batch("BEGIN; INSERT INTO letter VALUES ('no'); ROLLBACK").unwrap();
        writer.execute_batch("BEGIN IMMEDIATE; COMMIT").unwrap();
        let other = Connection::open(&path).unwrap();
        other.query_row("SELECT count(*) FROM letter", [], |row| row.get::<_, i64>(0)).unwrap();
        other.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(())).unwrap();
        assert_eq!(index.head(), Some(before), "what is undone, read or worked off changes nothing");
        other.execute("INSERT INTO letter VALUES ('another connection')", []).unwrap();
        writer.execute("INSERT INTO letter VALUES ('ours')", []).unwrap();
        let after = index.head().expect("nobody is writing");
        assert!(after != before && !after.follows(&before), "two commits are not one");
    }

    #[test]
    fn a_file_without_a_log_has_no_index() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file.sqlite");
        let connection = Connection::open(&path).unwrap();
        connection.execute_batch("CREATE TABLE letter (text TEXT)").unwrap();
        assert!(LogIndex::of(connection).is_none(), "another journal");
        assert!(LogIndex::of(Connection::open_in_memory().unwrap()).is_none(), "no file at all");
    }
}
