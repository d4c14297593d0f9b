//! What a device pulls.

use std::{
    collections::{BTreeMap, BTreeSet},
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use tokio::task::JoinSet;

use super::{commit, gone, note, outline, pull, space};
use crate::{Changed, Store, Write};

/// Every document with the state of its last change.
pub async fn a_pull_tells_what_changed<S: Store>(store: S) {
    commit(&store, [note("customer/1", "a", "1"), Write { sort: "s".to_owned(), ..note("customer/1", "b", "1") }])
        .await;
    commit(&store, [note("customer/1", "a", "2")]).await;
    commit(&store, [note("customer/2", "elsewhere", "1")]).await;
    let page = pull(&store, "customer/1", 0, 10).await;
    let change = |id: &str, version, sort: &str, body: &str| Changed {
        kind: "note".to_owned(),
        id: id.to_owned(),
        version,
        sort: sort.to_owned(),
        body: Some(body.into()),
    };
    let expected = [change("b", 1, "s", "1"), change("a", 2, "a", "2")];
    assert_eq!(page.changes, expected, "each document once, at its last change, in version order");
    assert_eq!((page.version, page.more), (2, false), "complete up to the space's version");
    let page = pull(&store, "customer/1", 1, 10).await;
    assert_eq!(outline(&page), [("a", 2)], "only what changed after the version one has");
}

/// Who starts from nothing has nothing to delete, but gets the space's version.
pub async fn a_pull_from_nothing_has_no_tombstones<S: Store>(store: S) {
    commit(&store, [note("customer/1", "a", "1"), note("customer/1", "b", "1")]).await;
    commit(&store, [gone("customer/1", "a")]).await;
    let page = pull(&store, "customer/1", 0, 10).await;
    assert_eq!((outline(&page), page.version), (vec![("b", 1)], 2), "no tombstone, and the version after it");
    let page = pull(&store, "customer/1", 0, 1).await;
    assert_eq!((outline(&page), page.version, page.more), (vec![("b", 1)], 2, false), "what is left out is not more");
}

/// Who was away learns what is gone.
pub async fn a_pull_after_something_has_tombstones<S: Store>(store: S) {
    commit(&store, [note("customer/1", "a", "1"), note("customer/1", "b", "1")]).await;
    commit(&store, [gone("customer/1", "a")]).await;
    commit(&store, [gone("customer/1", "never")]).await;
    let page = pull(&store, "customer/1", 1, 10).await;
    let tombstone = |id: &str, version| Changed {
        kind: "note".to_owned(),
        id: id.to_owned(),
        version,
        sort: String::new(),
        body: None,
    };
    assert_eq!(page.changes, [tombstone("a", 2), tombstone("never", 3)], "a tombstone has a version and no body");
    commit(&store, [note("customer/1", "a", "again")]).await;
    let page = pull(&store, "customer/1", 2, 10).await;
    assert_eq!(outline(&page), [("never", 3), ("a", 4)], "written anew, it is a tombstone no more");
    assert!(page.changes[1].body.is_some(), "it has a body again");
}

/// A page may be larger than asked, but never ends inside a version.
pub async fn a_version_is_never_cut<S: Store>(store: S) {
    for version in 0..3 {
        commit(&store, (0..4).map(|number| note("business", &format!("{version}-{number}"), "1"))).await;
    }
    for (limit, documents, version, more) in
        [(0, 4, 1, true), (1, 4, 1, true), (4, 4, 1, true), (5, 8, 2, true), (9, 12, 3, false), (12, 12, 3, false)]
    {
        let page = pull(&store, "business", 0, limit).await;
        let found = (page.changes.len(), page.version, page.more);
        assert_eq!(found, (documents, version, more), "whole versions until at least {limit} documents");
        assert!(page.changes.iter().all(|change| change.version <= page.version), "nothing beyond the page's version");
    }
}

/// Pulling after each page's version gives everything once, deletions between the pages too.
pub async fn pages_meet_without_gap<S: Store>(store: S) {
    for number in 0..20 {
        commit(&store, [note("business", &format!("{number:02}"), "1"), note("business", "hot", "1")]).await;
    }
    let mut seen = BTreeMap::new();
    let (mut after, mut pages) = (0, 0);
    loop {
        let page = pull(&store, "business", after, 3).await;
        pages += 1;
        for change in &page.changes {
            assert!(change.version > after, "nothing comes twice");
            seen.insert(change.id.clone(), change.body.is_some());
        }
        assert!(page.version > after || !page.more, "a page with more after it gets on");
        after = page.version;
        if pages == 2 {
            // Behind the puller and before it.
            commit(&store, [gone("business", "00"), gone("business", "19"), note("business", "20", "1")]).await;
        }
        if !page.more {
            break;
        }
    }
    assert!(pages > 3, "it took several pages");
    let living: Vec<&str> = seen.iter().filter(|(_, lives)| **lives).map(|(id, _)| id.as_str()).collect();
    let expected: Vec<String> = (1..=20).filter(|number| *number != 19).map(|number| format!("{number:02}")).collect();
    assert_eq!(living[..living.len() - 1], expected, "what the pages add up to is what is there");
    assert_eq!(living.last(), Some(&"hot"), "the one that always changes too");
}

/// A space never written, and one that is behind whoever asks.
pub async fn a_pull_of_nothing_is_empty<S: Store>(store: S) {
    let page = pull(&store, "business", 0, 10).await;
    assert_eq!((page.changes.len(), page.version, page.more), (0, 0, false), "nothing was ever written");
    commit(&store, [note("business", "a", "1")]).await;
    let page = pull(&store, "business", 1, 10).await;
    assert_eq!((page.changes.len(), page.version, page.more), (0, 1, false), "nothing is new");
    let page = pull(&store, "business", 5, 10).await;
    assert_eq!((page.changes.len(), page.version, page.more), (0, 1, false), "the true version, for one too far ahead");
}

/// While many commit to the same spaces, whoever follows one of them sees every version of it exactly once.
pub async fn a_puller_sees_every_commit_once<S: Store>(store: S) {
    const WRITERS: usize = 8;
    const COMMITS: usize = 30;
    const SPACES: [&str; 3] = ["calendar/a", "calendar/b", "customer/1"];
    let mut pullers = JoinSet::new();
    for name in SPACES {
        let store = store.clone();
        let mut watcher = store.watch();
        pullers.spawn(async move {
            // Each commit touches two of the three spaces.
            let expected = (WRITERS * COMMITS * 2 / SPACES.len()) as u64;
            let (mut after, mut seen) = (0, Vec::new());
            while after < expected {
                let page = pull(&store, name, after, 3).await;
                for change in &page.changes {
                    assert!(change.version > after && change.version <= page.version, "a page is of its versions");
                    // The hot document is at its last change only; the others tell of each commit.
                    if change.id != "hot" {
                        seen.push(change.version);
                    }
                }
                assert!(page.version >= after, "a puller never goes back");
                after = page.version;
                if !page.more && after < expected {
                    let touched = watcher.recv().await;
                    assert!(touched.is_ok(), "a watcher follows this few commits: {touched:?}");
                }
            }
            assert_eq!(seen, (1..=expected).collect::<Vec<_>>(), "{name}: every version once, in order, without gap");
        });
    }
    let mut writers = JoinSet::new();
    for writer in 0..WRITERS {
        let store = store.clone();
        writers.spawn(async move {
            for number in 0..COMMITS {
                // In an order that differs from writer to writer: engines that lock must not do so in a circle.
                let (one, other) = (SPACES[(writer + number) % 3], SPACES[(writer + number + 1) % 3]);
                let id = format!("{writer}-{number}");
                let writes =
                    [note(one, &id, "1"), note(one, "hot", &id), note(other, &id, "1"), note(other, "hot", &id)];
                commit(&store, writes).await;
            }
        });
    }
    writers.join_all().await;
    pullers.join_all().await;
    for name in SPACES {
        let page = pull(&store, name, 0, usize::MAX).await;
        assert_eq!(page.changes.len(), WRITERS * COMMITS * 2 / SPACES.len() + 1, "{:?}: all are there", space(name));
    }
}

/// One space that many write and one follows. The least there is to a store, so that a test can be unfaithful to it.
pub trait Followed: Clone + Send + Sync + 'static {
    /// Writes documents in one commit.
    fn write(&self, ids: Vec<String>) -> impl Future<Output = ()> + Send;

    /// The ids of what changed after a version, and the version up to which that is all.
    fn follow(&self, after: u64) -> impl Future<Output = (Vec<String>, u64)> + Send;
}

/// What one who follows never sees of what others commit, while slow commits and quick ones overlap: a slow one may be
/// counted first and be seen last.
pub async fn skipped<F: Followed>(space: F) -> BTreeSet<String> {
    let mut writers = JoinSet::new();
    for writer in 0..6 {
        let space = space.clone();
        writers.spawn(async move {
            let (commits, documents) = if writer < 2 { (12, 150) } else { (60, 1) };
            let mut written = Vec::new();
            for number in 0..commits {
                let ids: Vec<_> = (0..documents).map(|document| format!("{writer}-{number}-{document}")).collect();
                written.extend(ids.iter().cloned());
                space.write(ids).await;
            }
            written
        });
    }
    let ended = Arc::new(AtomicBool::new(false));
    let follower = tokio::spawn({
        let ended = ended.clone();
        async move {
            let (mut after, mut seen) = (0, BTreeSet::new());
            loop {
                // Asked before the last look, so that the last look comes after the last commit.
                let is_last = ended.load(Ordering::Acquire);
                let (ids, version) = space.follow(after).await;
                seen.extend(ids);
                after = version;
                if is_last {
                    return seen;
                }
                tokio::task::yield_now().await;
            }
        }
    });
    let written: BTreeSet<String> = writers.join_all().await.into_iter().flatten().collect();
    ended.store(true, Ordering::Release);
    let seen = follower.await.expect("the follower ends well");
    written.difference(&seen).cloned().collect()
}

impl<S: Store> Followed for S {
    async fn write(&self, ids: Vec<String>) {
        let body = "x".repeat(2000);
        commit(self, ids.iter().map(|id| note("business", id, &body))).await;
    }

    async fn follow(&self, after: u64) -> (Vec<String>, u64) {
        let page = pull(self, "business", after, usize::MAX).await;
        (page.changes.into_iter().map(|change| change.id).collect(), page.version)
    }
}

/// Whoever pulls after the version he has misses nothing, also when a large commit is counted before a small one and
/// can be read after it. With a number from a plain sequence it would be skipped for ever.
pub async fn a_pull_never_skips_a_change<S: Store>(store: S) {
    let skipped = skipped(store).await;
    assert!(skipped.is_empty(), "{} documents were never pulled, {:?} among them", skipped.len(), skipped.first());
}
