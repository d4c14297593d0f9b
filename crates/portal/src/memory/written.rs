//! What a commit of this program has written is known without reading it back.
//!
//! **Invariant:** it is taken over only by what was kept of the version right before: a commit that came in between was
//! not seen, and whoever asks next reads what changed.

use std::sync::Arc;

use store::{Changed, Committed, Page, Space, Write};

use super::{
    Memory,
    calendars::{self, Written},
    lock,
};
use crate::documents::{self, CALENDAR_DAY};

impl Memory {
    /// Takes over what a commit has written. `writes` are all of it in the spaces that anything is kept of.
    pub fn wrote(&self, writes: &[Write], committed: &Committed) {
        for (space, version) in &committed.spaces {
            let Some(before) = version.checked_sub(1).filter(|_| is_kept(space)) else { continue };
            let writes = || writes.iter().filter(|write| write.key.space == *space);
            let changes = writes().map(|write| changed(write, *version)).collect();
            let page = Page { version: *version, changes, more: false };
            lock(&self.recent).take(space, before, page);
            // Read before the lock is taken: everybody who asks for a time waits for it.
            if let Some(days) = writes().map(day).collect::<Option<Vec<_>>>() {
                calendars::follow(&mut lock(&self.calendars), space, before, days);
            }
        }
    }
}

/// What of a batch [`Memory::wrote`] wants to know.
pub(crate) fn to_tell(writes: &[Write]) -> Vec<Write> {
    writes.iter().filter(|write| is_kept(&write.key.space)).cloned().collect()
}

/// Whether anything is kept of a space. Of the catalogue it is all or nothing.
fn is_kept(space: &Space) -> bool {
    space.family() == "calendar"
}

/// As it is pulled.
fn changed(Write { key, sort, body, .. }: &Write, version: u64) -> Changed {
    let sort = if body.is_some() { sort.clone() } else { String::new() };
    Changed { kind: key.kind.clone(), id: key.id.clone(), version, sort, body: body.clone() }
}

/// A day of a calendar as it is now, or that it has none; nothing for what nobody can read.
fn day(write: &Write) -> Option<Written> {
    let date = write.key.id.parse().ok().filter(|_| write.key.kind == CALENDAR_DAY)?;
    let body = write.body.as_ref().map(|body| documents::parse(CALENDAR_DAY, &write.key.id, body));
    Some((date, body.transpose().ok()?.map(Arc::new)))
}
