//! Looks into the databases of a device and its server.

#![allow(clippy::unwrap_used)] // a test that cannot go on has failed

use std::{collections::BTreeMap, path::Path};

use domain::CommandId;
use protocol::Verdict;
use serde::Deserialize;
use serde_json::Value;
use store::{
    List, Read as _, Space, Store,
    sqlite::{SqliteEngine, SqliteStore},
};

/// A verdict as the server keeps it.
#[derive(Debug, Clone, Deserialize)]
pub struct Recorded {
    /// Of which command.
    pub command: CommandId,
    /// What the server said.
    pub verdict: Verdict,
}

/// The one realm with a business of a SQLite file in a folder whose name begins so.
///
/// # Panics
/// When there is none.
pub async fn realm(folder: &Path, prefix: &str) -> SqliteStore {
    let engine = SqliteEngine::open(&folder.join("datebook.sqlite")).unwrap();
    for name in engine.realms().await.unwrap() {
        let store = engine.realm(&name);
        if name.starts_with(prefix) && !store.snapshot().await.unwrap().spaces("catalogue").await.unwrap().is_empty() {
            return store;
        }
    }
    panic!("there is no business in {}", folder.display())
}

/// What is in a space: kind and id, and of each the version and the body.
async fn space(store: &impl Store, space: &Space) -> (u64, BTreeMap<(String, String), (u64, Value)>) {
    let (mut documents, mut after) = (BTreeMap::new(), 0);
    loop {
        let page = store.pull(space, after, 1_000).await.unwrap();
        for change in page.changes {
            if let Some(body) = change.body {
                let body = serde_json::from_str(&body).unwrap();
                documents.insert((change.kind, change.id), (change.version, body));
            }
        }
        after = page.version;
        if !page.more {
            return (after, documents);
        }
    }
}

/// Device and server have the same documents in every space that the device may read, and nothing waits on the device.
///
/// # Panics
/// When they do not agree.
pub async fn agree(device: &Path, server: &impl Store) {
    let device = realm(device, "b-").await;
    let here = device.snapshot().await.unwrap();
    let mut customers = 0;
    for name in here.spaces("").await.unwrap() {
        if name.as_str() == "outbox" {
            let waiting = here.list(&List::all(name, "waiting")).await.unwrap();
            assert!(waiting.is_empty(), "the overlay is empty: what waited has its verdict and was pulled");
            continue;
        }
        customers += usize::from(name.as_str().starts_with("customer/"));
        let (mine, theirs) = (space(&device, &name).await, space(server, &name).await);
        assert_eq!(mine, theirs, "the mirror of {name} is what the server has");
    }
    assert_eq!(customers, 1, "the device has the space of its customer and of nobody else");
    for name in server.snapshot().await.unwrap().spaces("calendar/").await.unwrap() {
        assert!(here.version(&name).await.unwrap() > 0, "{name} is on the device");
    }
}

/// The verdicts that devices have been given by number, the lowest first.
///
/// # Panics
/// When a command has two, or a number is left out.
pub async fn verdicts(server: &impl Store) -> Vec<Recorded> {
    let read = server.snapshot().await.unwrap();
    let mut all = Vec::new();
    for name in read.spaces("device/").await.unwrap() {
        let documents = read.list(&List::all(name, "verdict")).await.unwrap();
        let mut numbers: Vec<u64> = documents.iter().map(|document| document.key.id.parse().unwrap()).collect();
        numbers.sort_unstable();
        let count = u64::try_from(numbers.len()).unwrap();
        assert!(numbers.into_iter().eq(1..=count), "a device's numbers have no gaps");
        let mut sorted: Vec<_> = documents.iter().collect();
        sorted.sort_by_key(|document| document.key.id.clone());
        all.extend(sorted.iter().map(|document| serde_json::from_str::<Recorded>(&document.body).unwrap()));
    }
    let mut ids: Vec<_> = all.iter().map(|recorded| recorded.command).collect();
    ids.sort_unstable();
    let before = ids.len();
    ids.dedup();
    assert_eq!(ids.len(), before, "no command has two verdicts");
    all
}
