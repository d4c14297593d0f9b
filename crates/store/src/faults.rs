//! Commits that fail on purpose, for tests of those who commit: an engine that is busy, or that is lost, before a batch
//! took effect or after it did.
//!
//! What is planned is met by the commits that are made on the same thread, whichever engine of [`Engine`](crate::Engine)
//! they go to. Programs are built without this.

use std::{cell::RefCell, future::Future};

use crate::{CommitError, Committed, StoreError};

/// When a commit fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// Nothing takes effect.
    Before,
    /// The batch takes effect, and nobody hears of it.
    After,
}

/// A commit that fails.
#[derive(Debug, Clone)]
pub struct Planned {
    /// Which of this thread's commits from now on; the next is 0.
    pub commit: u32,
    /// When it fails.
    pub when: When,
    /// How it is answered.
    pub error: StoreError,
}

thread_local! {
    static PLANNED: RefCell<Option<Planned>> = const { RefCell::new(None) };
}

/// Plans that a commit of this thread fails, or none, whatever was planned before.
pub fn plan(planned: Option<Planned>) {
    PLANNED.set(planned);
}

/// Whether what was planned last has not come yet.
pub fn is_left() -> bool {
    PLANNED.with_borrow(Option::is_some)
}

/// Commits, or fails as planned.
pub(crate) async fn met(
    commit: impl Future<Output = Result<Committed, CommitError>>,
) -> Result<Committed, CommitError> {
    let due = PLANNED.with_borrow_mut(|planned| match planned {
        Some(next) if next.commit > 0 => {
            next.commit -= 1;
            None
        }
        planned => planned.take(),
    });
    match due {
        None => commit.await,
        Some(Planned { when: When::Before, error, .. }) => Err(error.into()),
        Some(Planned { when: When::After, error, .. }) => match commit.await {
            Ok(_) => Err(error.into()),
            // Nothing took effect: the answer stays true.
            refused => refused,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Batch, Engine, Key, Read as _, Store as _, Write};

    #[tokio::test]
    async fn a_planned_commit_fails_once_and_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("faults.sqlite").display());
        let store = Engine::open(&url).await.unwrap().realm("salon");
        let space: crate::Space = "business".parse().unwrap();
        let key = |id: &str| Key { space: space.clone(), kind: "note".to_owned(), id: id.to_owned() };
        let note = |id: &str| Batch {
            writes: vec![Write { key: key(id), sort: String::new(), body: Some("1".into()), keys: Vec::new() }],
            ..Batch::default()
        };
        for (id, commit, when) in [("before", 0, When::Before), ("after", 1, When::After)] {
            plan(Some(Planned { commit, when, error: StoreError::Busy }));
            for _ in 0..commit {
                store.commit(note("other")).await.expect("this is not the one");
            }
            assert!(is_left(), "it has not come yet");
            let failed = store.commit(note(id)).await;
            assert!(matches!(failed, Err(CommitError::Store(StoreError::Busy))), "{failed:?} is as planned");
            assert!(!is_left(), "once");
            let there = store.snapshot().await.unwrap().get(&key(id)).await.unwrap().is_some();
            assert_eq!(there, when == When::After, "what failed {when:?} it took effect");
            store.commit(note(id)).await.expect("the next commit is fine");
        }
    }
}
