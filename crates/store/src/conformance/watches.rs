//! What watchers hear.

use std::collections::HashMap;

use tokio::task::JoinSet;

use super::{commit, get, gone, guarded, key, note, space, version};
use crate::{Space, Store, Touched};

/// Of every space of every commit from now on, with its version.
pub async fn a_watcher_hears_of_each_space<S: Store>(store: S) {
    commit(&store, [note("business", "before", "1")]).await;
    let (mut first, mut second) = (store.watch(), store.clone().watch());
    commit(&store, [note("business", "a", "1"), note("business", "b", "1"), note("calendar/a", "a", "1")]).await;
    commit(&store, [gone("business", "a")]).await;
    for watcher in [&mut first, &mut second] {
        let mut heard = Vec::new();
        while let Ok(touched) = watcher.try_recv() {
            heard.push(touched);
        }
        let expected = [("business", 2), ("calendar/a", 1), ("business", 3)]
            .map(|(name, version)| Touched { space: space(name), version });
        assert_eq!(heard, expected, "each space once a commit, told when the commit is answered, nothing from before");
    }
}

/// What did not happen is not told.
pub async fn a_watcher_hears_nothing_of_refusals<S: Store>(store: S) {
    let mut watcher = store.watch();
    let refused = guarded([(key("business", "a"), 7)], [note("business", "a", "1")]);
    assert!(store.commit(refused).await.is_err(), "there is no such version");
    assert!(watcher.try_recv().is_err(), "a refused batch touched nothing");
}

/// Whoever hears of a commit finds it.
pub async fn what_is_heard_can_be_read<S: Store>(store: S) {
    let mut watcher = store.watch();
    let writer = tokio::spawn({
        let store = store.clone();
        async move {
            for number in 1..=50_u64 {
                commit(&store, [note("business", "a", &number.to_string())]).await;
            }
        }
    });
    for number in 1..=50 {
        let touched = watcher.recv().await.expect("the watcher does not lag by fifty");
        assert_eq!(touched.version, number, "commits are told in their order");
        let found = get(&store, &key("business", "a")).await.map_or(0, |found| found.version);
        assert!(found >= touched.version, "what was told is there: told {}, found {found}", touched.version);
    }
    writer.await.expect("the writer ends well");
}

/// However many commit at once, a space's versions come rising, and whoever has an answer has heard of his commit, or of
/// a later one that stands for it.
pub async fn what_is_heard_rises<S: Store>(store: S) {
    let mut committers = JoinSet::new();
    for member in 0..8 {
        let store = store.clone();
        committers.spawn(async move {
            let mut watcher = store.watch();
            let mut heard: HashMap<Space, u64> = HashMap::new();
            for number in 0..20 {
                let id = format!("{member}-{number}");
                let committed = commit(&store, [note("business", &id, "1"), note("calendar/a", &id, "1")]).await;
                loop {
                    let touched = match watcher.try_recv() {
                        Ok(touched) => touched,
                        Err(tokio::sync::broadcast::error::TryRecvError::Empty) => break,
                        Err(other) => panic!("a watcher follows this few commits: {other}"),
                    };
                    let before = heard.insert(touched.space.clone(), touched.version).unwrap_or(0);
                    assert!(touched.version > before, "{touched:?} comes after {before}");
                }
                for (space, version) in &committed.spaces {
                    let last = heard.get(space).copied().unwrap_or(0);
                    assert!(last >= *version, "{space} {version} was answered, {last} was heard");
                }
            }
        });
    }
    committers.join_all().await;
    let versions = (version(&store, "business").await, version(&store, "calendar/a").await);
    assert_eq!(versions, (160, 160), "every commit counts");
}
