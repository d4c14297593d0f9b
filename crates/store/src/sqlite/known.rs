//! How things stand, for as long as nobody commits: versions and names of spaces, documents and lists of them, known to
//! all who ask this engine.
//!
//! **Invariant:** what is known is what asking would give at that moment. A moment is named by the head of the log's
//! index ([`log_index`](super::log_index)), which every commit of every program changes. What a snapshot reads is kept
//! for the moment that it reads from, and used for no other. The engine's own commits take what is known along: while
//! the writer holds the file nobody else can commit, and if the head afterwards is one commit further, that was ours. Of
//! a turn that may have written nothing SQLite is asked whether it was.
//!
//! **Invariant:** what is known is of the history that the engine has begun with. What is kept was read by a snapshot, and
//! a snapshot asks the file for its epoch unless that was done at this very moment (`ours`).
//!
//! Without an index (a file system without shared memory) nothing is ever known, and everybody reads.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use foldhash::HashMap;

use super::{
    documents::Documents,
    lists::{Listed, Lists},
    log_index::{Head, LogIndex},
};
use crate::{Committed, Document, Key, List, Space, Write};

/// Most spaces whose versions are kept, about 150 bytes each; when there are more, all are read again.
const MOST: usize = 65_536;
/// Most answers about names that are kept.
const ASKED: usize = 256;
/// Most names of an answer that is kept.
const NAMES: usize = 4_096;

/// What is known, shared by all handles on an engine.
#[derive(Default)]
pub(super) struct Known(Mutex<State>);

#[derive(Default)]
struct State {
    /// Nothing when there is none, or when the engine is closed.
    index: Option<LogIndex>,
    /// The moment of which everything below is.
    at: Option<Head>,
    /// The moment at which the file was last seen to tell the history that the engine has begun with.
    ours: Option<Head>,
    /// A commit of the engine's own is on its way: what is known will be taken along, and is not to be given up for it.
    committing: bool,
    /// Spaces by realm.
    spaces: HashMap<i64, HashMap<Space, Standing>>,
    /// How many are kept.
    kept: usize,
    /// Names of spaces by realm and prefix.
    names: HashMap<i64, HashMap<String, Arc<[Space]>>>,
    documents: Documents,
    lists: Lists,
}

/// How a space stands.
#[derive(Clone, Copy)]
struct Standing {
    version: u64,
    /// Its number in the file, once the engine has written it.
    number: Option<i64>,
}

/// What a piece of work that was committed has done to spaces.
pub(super) enum Effect {
    /// Wrote these documents of one realm, whose spaces have these versions now, and these numbers.
    Documents(i64, Committed, Vec<i64>, Vec<Write>),
    /// Touched or removed these spaces of one realm as a whole; a removed one has version 0.
    Spaces(i64, Committed),
    /// Anything else but spaces.
    Nothing,
}

impl Effect {
    /// Whether a space was touched, so that something was written for sure.
    pub(super) fn touches(&self) -> bool {
        match self {
            Self::Documents(_, committed, ..) | Self::Spaces(_, committed) => !committed.spaces.is_empty(),
            Self::Nothing => false,
        }
    }
}

impl Known {
    /// With the index of the file's log, if it has one.
    pub(super) fn new(index: Option<LogIndex>) -> Self {
        Self(Mutex::new(State { index, ..State::default() }))
    }

    /// The moment it is; nothing when that cannot be said.
    pub(super) fn now(&self) -> Option<Head> {
        self.state().now()
    }

    /// Whether the file tells the engine's own history at a moment, as far as is known.
    pub(super) fn is_ours(&self, at: Head) -> bool {
        self.state().ours == Some(at)
    }

    /// It was seen that it does.
    pub(super) fn see_ours(&self, at: Head) {
        self.state().ours = Some(at);
    }

    /// The moment it is, if anything is known of it.
    pub(super) fn glance(&self) -> Option<Head> {
        let state = self.state();
        state.at.filter(|at| state.now() == Some(*at))
    }

    /// The versions of spaces at a moment, if all are known.
    pub(super) fn versions<'a>(
        &self,
        at: Head,
        realm: i64,
        spaces: impl IntoIterator<Item = &'a Space>,
    ) -> Option<Vec<u64>> {
        let state = self.state();
        let known = state.spaces.get(&realm).filter(|_| state.at == Some(at))?;
        spaces.into_iter().map(|space| known.get(space).map(|standing| standing.version)).collect()
    }

    /// The number and the version of a space at a moment, if both are known.
    pub(super) fn space(&self, at: Head, realm: i64, space: &Space) -> Option<(i64, u64)> {
        let state = self.state();
        let Standing { version, number } = *state.spaces.get(&realm).filter(|_| state.at == Some(at))?.get(space)?;
        Some((number?, version))
    }

    /// The names of spaces with a prefix at a moment, if they are known.
    pub(super) fn names(&self, at: Head, realm: i64, prefix: &str) -> Option<Arc<[Space]>> {
        let state = self.state();
        state.names.get(&realm).filter(|_| state.at == Some(at))?.get(prefix).cloned()
    }

    /// A document at a moment, if it is known.
    pub(super) fn document(&self, at: Head, realm: i64, key: &Key) -> Option<Document> {
        let mut state = self.state();
        if state.at == Some(at) { state.documents.get(realm, key).cloned() } else { None }
    }

    /// What is in a list of one space at a moment, if it is known.
    pub(super) fn list(&self, at: Head, realm: i64, space: &Space, list: &List) -> Option<Arc<Vec<Document>>> {
        let mut state = self.state();
        if state.at == Some(at) { state.lists.get(realm, space, list) } else { None }
    }

    /// Keeps a document that was read from a moment.
    pub(super) fn keep_document(&self, at: Head, realm: i64, document: &Document) {
        let mut state = self.state();
        if state.is_at(at) {
            state.documents.keep(realm, document.clone());
        }
    }

    /// Keeps what was read from a moment of a list of one space.
    pub(super) fn keep_list(&self, at: Head, realm: i64, space: &Space, list: &List, found: &[Document]) {
        let Some(listed) = Listed::of(list, found) else { return };
        let mut state = self.state();
        if state.is_at(at) {
            state.lists.keep(realm, space, listed);
        }
    }

    /// Keeps versions that were read from a moment.
    pub(super) fn keep_versions<'a>(&self, at: Head, realm: i64, read: impl Iterator<Item = (&'a Space, u64)>) {
        let mut state = self.state();
        if state.is_at(at) {
            read.for_each(|(space, version)| {
                let number = state.number(realm, space);
                state.keep(realm, space, Standing { version, number });
            });
        }
    }

    /// Keeps names that were read from a moment.
    pub(super) fn keep_names(&self, at: Head, realm: i64, prefix: &str, names: &[Space]) {
        let mut state = self.state();
        if names.len() > NAMES || !state.is_at(at) {
            return;
        }
        if state.names.values().map(HashMap::len).sum::<usize>() >= ASKED {
            state.names.clear();
        }
        state.names.entry(realm).or_default().insert(prefix.to_owned(), names.into());
    }

    /// A commit of the engine's own is about to be made.
    pub(super) fn expect_commit(&self) {
        self.state().committing = true;
    }

    /// Takes what is known along with that commit, or gives it up when nobody can tell what became of it. `before` is
    /// the moment that the writer found when the file was its own. `alone` is asked whether what may be the one commit
    /// since then was the engine's. Gives the moment after it.
    pub(super) fn follow(
        &self,
        before: Option<Head>,
        effects: Option<Vec<Effect>>,
        alone: impl FnOnce() -> bool,
    ) -> Option<Head> {
        let mut state = self.state();
        state.committing = false;
        let now = state.now()?;
        let (Some(before), Some(effects)) = (before, effects) else { return Some(now) };
        if !now.follows(&before) || (now != before && !alone()) {
            return Some(now);
        }
        // The writer has looked before it wrote.
        state.ours = Some(now);
        if state.at != Some(before) {
            return Some(now);
        }
        state.at = Some(now);
        for effect in effects {
            match effect {
                Effect::Documents(realm, committed, numbers, writes) => {
                    state.touch(realm, &committed, numbers.into_iter().map(Some));
                    state.lists.follow(realm, &committed, &writes);
                    state.documents.follow(realm, &committed, writes);
                }
                Effect::Spaces(realm, committed) => {
                    // Whoever comes next may get the number of one that is gone.
                    state.touch(realm, &committed, std::iter::repeat(None));
                    state.documents.forget(realm);
                    committed.spaces.iter().for_each(|(space, _)| state.lists.end(realm, space));
                }
                Effect::Nothing => {}
            }
        }
        Some(now)
    }

    /// Lets the file go; nothing is known any more.
    pub(super) fn close(&self) {
        *self.state() = State::default();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn now(&self) -> Option<Head> {
        self.index.as_ref().and_then(LogIndex::head)
    }

    /// Whether what was read from a moment may be kept: it is the one that is known, or it becomes so, since it still
    /// is now.
    fn is_at(&mut self, at: Head) -> bool {
        if self.at != Some(at) && !self.committing && self.now() == Some(at) {
            *self = Self { index: self.index.take(), at: Some(at), ours: self.ours, ..Self::default() };
        }
        self.at == Some(at)
    }

    fn number(&self, realm: i64, space: &Space) -> Option<i64> {
        self.spaces.get(&realm)?.get(space)?.number
    }

    fn keep(&mut self, realm: i64, space: &Space, standing: Standing) {
        if self.kept >= MOST {
            self.spaces.clear();
            self.kept = 0;
        }
        let spaces = self.spaces.entry(realm).or_default();
        match spaces.get_mut(space) {
            Some(known) => *known = standing,
            None => {
                spaces.insert(space.clone(), standing);
                self.kept += 1;
            }
        }
    }

    fn touch(&mut self, realm: i64, committed: &Committed, numbers: impl Iterator<Item = Option<i64>>) {
        for ((space, version), number) in committed.spaces.iter().zip(numbers) {
            self.keep(realm, space, Standing { version: *version, number });
            if let Some(asked) = self.names.get_mut(&realm) {
                // A space that came or went.
                asked.retain(|prefix, names| {
                    !space.as_str().starts_with(prefix) || (*version > 0) == names.binary_search(space).is_ok()
                });
            }
        }
    }
}
