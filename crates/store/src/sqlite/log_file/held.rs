//! What is held back until a commit is complete, and when it is let go.

use std::ffi::c_int;

use rusqlite::ffi;

/// Bytes of a frame's header.
pub(super) const HEADER: usize = 24;
/// Bytes that are held back at most: the longest write that SQLite's own way on Unix takes (`seekAndWriteFd`).
pub(super) const MOST: usize = 0x1ffff;

/// Writes that follow each other, held back until a commit is complete.
#[derive(Default)]
pub(super) struct Held {
    bytes: Vec<u8>,
    /// Where they belong.
    at: i64,
    /// The next write is the last page of a commit.
    ends: bool,
    /// Nothing is held back: on a disk that may tear what lies beside a write SQLite goes on behind a commit's last page
    /// until the end of the sector.
    pub(super) through: bool,
}

impl Held {
    /// Takes a write; `put` is called with what is not held back any longer. Gives its result code.
    pub(super) fn write(&mut self, bytes: &[u8], at: i64, mut put: impl FnMut(&[u8], i64) -> c_int) -> c_int {
        let next = i64::try_from(self.bytes.len()).map(|length| self.at.saturating_add(length));
        if next != Ok(at) || self.bytes.len() + bytes.len() > MOST {
            let done = self.put_all(&mut put);
            if done != ffi::SQLITE_OK {
                return done;
            }
            self.at = at;
        }
        self.bytes.extend_from_slice(bytes);
        let ended = self.ends;
        // In its second word the header of a commit's last frame says how many pages the database has.
        self.ends = bytes.len() == HEADER && bytes[4..8] != [0; 4];
        if ended || self.through { self.put_all(put) } else { ffi::SQLITE_OK }
    }

    /// Lets go of everything.
    pub(super) fn put_all(&mut self, mut put: impl FnMut(&[u8], i64) -> c_int) -> c_int {
        if self.bytes.is_empty() {
            return ffi::SQLITE_OK;
        }
        let done = put(&self.bytes, self.at);
        self.bytes.clear();
        done
    }
}
