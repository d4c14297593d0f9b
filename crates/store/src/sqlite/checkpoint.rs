//! Works off the write-ahead log beside the writer, so that nobody's commit waits for it.
//!
//! By itself SQLite has the connection that made the log too long copy all of it into the file, and wait for the disk
//! twice, before its commit returns. Here another thread does so, on a connection of its own, which disturbs neither
//! writer nor readers (a passive checkpoint). The log begins anew when a commit finds all of it worked off. Under a load
//! that never pauses it may not come to that; then, at [`TOO_LONG`], the writer does it after all, so that the log stays
//! bounded.

use std::{
    path::Path,
    sync::mpsc::{self, SyncSender},
    thread::{self, JoinHandle},
};

use rusqlite::Connection;

use super::connection;
use crate::StoreError;

/// Frames, each a page, of a log that is worth working off.
const LONG: u32 = 4_000;
/// Frames of a log that has to be worked off at once.
const TOO_LONG: u32 = 16_000;
/// How often what was written meanwhile is worked off as well.
const TRIES: usize = 4;

/// The thread.
pub(super) struct Checkpoint {
    bell: SyncSender<()>,
    thread: JoinHandle<()>,
}

impl Checkpoint {
    /// Starts the thread for a file, and has the writer's connection leave the log alone.
    pub(super) fn start(path: &Path, writer: &Connection) -> Result<Self, StoreError> {
        let connection = connection::open_writer(path)?;
        connection::make_durable(&connection)?;
        let (bell, rung) = mpsc::sync_channel(1);
        let thread = thread::Builder::new()
            .name("store-checkpoint".to_owned())
            .spawn(move || {
                while rung.recv().is_ok() {
                    work_off(&connection);
                }
            })
            .map_err(|error| StoreError::Engine(error.to_string()))?;
        writer.pragma_update(None, "wal_autocheckpoint", 0)?;
        Ok(Self { bell, thread })
    }

    /// The writer has committed, and the log has so many frames.
    pub(super) fn committed(&self, writer: &Connection, frames: u32) {
        if self.ring(frames) {
            work_off(writer);
        }
    }

    /// The same for a writer that has no time; says whether the log has to be worked off at once.
    pub(super) fn ring(&self, frames: u32) -> bool {
        if frames >= LONG {
            // Rung already is as good.
            let _ = self.bell.try_send(());
        }
        frames >= TOO_LONG
    }

    /// Ends the thread.
    pub(super) fn end(self) {
        drop(self.bell);
        if self.thread.join().is_err() {
            tracing::error!("the thread that works off the log has stopped");
        }
    }
}

/// Copies what nobody needs in the log any more into the file.
fn work_off(connection: &Connection) {
    for _ in 0..TRIES {
        let frames = |row: &rusqlite::Row<'_>| Ok((row.get::<_, i64>(1)?, row.get::<_, i64>(2)?));
        let done = connection
            .prepare_cached("PRAGMA wal_checkpoint(PASSIVE)")
            .and_then(|mut checkpoint| checkpoint.query_row([], frames));
        match done {
            Ok((log, worked_off)) if worked_off < log => {}
            Ok(_) => return,
            Err(error) => {
                tracing::warn!(%error, "the log is worked off later");
                return;
            }
        }
    }
}
