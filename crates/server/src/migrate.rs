//! Moving a server's businesses from one database to another.

use std::{
    fmt,
    time::{Duration, Instant},
};

use anyhow::Context as _;
use store::{Moved, One, Stage, Transfer, TransferError};

use crate::hosting;

/// How often the operator is told how far it is.
const EVERY: Duration = Duration::from_secs(3);

/// What was moved, and how long it took.
pub(crate) struct Migrated {
    moved: Moved,
    took: Duration,
    /// Whether all that the server holds has moved.
    whole: bool,
}

/// Moves everything, or one business, and tells on standard error how far it is.
///
/// # Errors
/// In words, without addresses; they say that nothing has moved, or that nobody knows.
pub(crate) async fn migrate(from: String, to: String, name: Option<&str>) -> anyhow::Result<Migrated> {
    let only = name.map(|name| One { realm: hosting::realm(name), entry: hosting::entry(name) });
    let whole = only.is_none();
    let began = Instant::now();
    let mut told = began;
    let progress = |moved: Moved, stage: Stage| {
        if stage == Stage::GivenUp {
            eprintln!("{}: the new database is being completed", Counted(&moved));
        } else if told.elapsed() >= EVERY {
            told = Instant::now();
            eprintln!("{} so far", Counted(&moved));
        }
    };
    let ended = Transfer { only, ..Transfer::all(from, to) }.run(progress).await;
    let unknown = matches!(ended, Err(TransferError::Unknown));
    let moved = ended.context(if unknown { "it may have moved" } else { "nothing was moved" })?;
    Ok(Migrated { moved, took: began.elapsed(), whole })
}

struct Counted<'a>(&'a Moved);

impl fmt::Display for Counted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} documents in {} spaces, {} jobs", self.0.documents, self.0.spaces, self.0.jobs)
    }
}

impl fmt::Display for Migrated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = if self.whole { "everything" } else { "the business" };
        write!(f, "moved {what}: {} in {:.1?}", Counted(&self.moved), self.took)
    }
}
