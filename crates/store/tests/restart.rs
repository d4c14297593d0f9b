//! A database server that crashes and comes back: what was answered is there, what was not is whole or not there, and
//! the engine goes on by itself.

#![cfg(feature = "postgres")]
#![allow(clippy::unwrap_used)] // a test that cannot go on has failed

// The store may not depend on what depends on it; the file needs nothing but the standard library.
#[allow(dead_code, unreachable_pub)]
#[path = "../../testkit/src/cluster.rs"]
mod cluster;

use std::{
    collections::BTreeSet,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use cluster::Cluster;
use store::{Batch, CommitError, Key, List, Read, Space, Store, StoreError, Write, postgres::PostgresEngine};

fn spaces() -> [Space; 2] {
    ["calendar/anna", "customer/1"].map(|name| name.parse().expect("a test names its spaces well"))
}

fn pair(id: &str) -> Batch {
    let writes = spaces().map(|space| Write {
        key: Key { space, kind: "note".to_owned(), id: id.to_owned() },
        sort: id.to_owned(),
        body: Some("{}".into()),
        keys: Vec::new(),
    });
    Batch { writes: writes.into(), ..Batch::default() }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_engine_goes_on_when_its_server_comes_back() {
    let mut server = Cluster::start().expect("PostgreSQL is installed");
    let (here, there) =
        (PostgresEngine::open(&server.url()).await.unwrap(), PostgresEngine::open(&server.url()).await.unwrap());
    let store = here.realm("salon");
    let mut hears = there.realm("salon").watch();
    there.hear_others().await.unwrap();
    let (answered, ended) = (Arc::new(Mutex::new(BTreeSet::new())), Arc::new(AtomicBool::new(false)));
    let workers: Vec<_> = (0..4)
        .map(|worker| {
            let (store, answered, ended) = (store.clone(), answered.clone(), ended.clone());
            tokio::spawn(async move {
                let mut failures = 0;
                for number in 0.. {
                    if ended.load(Ordering::Acquire) {
                        break;
                    }
                    let id = format!("{worker}-{number}");
                    match store.commit(pair(&id)).await {
                        Ok(_) => assert!(answered.lock().unwrap().insert(id), "each batch is made once"),
                        Err(CommitError::Store(StoreError::Closed | StoreError::Busy | StoreError::Engine(_))) => {
                            failures += 1;
                            tokio::task::yield_now().await;
                        }
                        Err(other) => panic!("a server that is away changes nothing: {other:?}"),
                    }
                }
                failures
            })
        })
        .collect();
    let commits = || answered.lock().unwrap().len();
    for round in 0..3 {
        let before = commits();
        until("commits are made", || commits() > before + 20).await;
        server.stop().unwrap();
        let away = store.snapshot().await.err();
        assert!(matches!(away, Some(StoreError::Closed | StoreError::Busy)), "round {round}: it is away: {away:?}");
        server.resume().unwrap();
        let before = commits();
        until("the engine goes on by itself", || commits() > before + 20).await;
    }
    ended.store(true, Ordering::Release);
    let mut failures = 0;
    for worker in workers {
        failures += worker.await.unwrap();
    }
    assert!(failures > 0, "commits were made while the server was away");

    let moment = store.snapshot().await.unwrap();
    let mut found = Vec::new();
    for space in spaces() {
        let documents = moment.list(&List::all(space.clone(), "note")).await.unwrap();
        let ids: BTreeSet<String> = documents.iter().map(|document| document.key.id.clone()).collect();
        let mut versions: Vec<u64> = documents.iter().map(|document| document.version).collect();
        versions.sort_unstable();
        let version = moment.version(&space).await.unwrap();
        assert_eq!(versions, (1..=version).collect::<Vec<_>>(), "{space} has every version once");
        found.push(ids);
    }
    assert_eq!(found[0], found[1], "a batch is in both of its spaces or in none");
    let lost: Vec<_> = answered.lock().unwrap().difference(&found[0]).cloned().collect();
    assert!(lost.is_empty(), "all that was answered is there, but for {lost:?}");
    drop(moment);

    // The other node, which did nothing all the time, hears the last version: by a call, or by looking.
    let last = found[0].len() as u64;
    loop {
        there.hear_others().await.unwrap();
        match tokio::time::timeout(Duration::from_secs(20), hears.recv()).await.expect("it is heard in time") {
            Ok(touched) if touched.version == last => break,
            Ok(touched) => assert!(touched.version < last, "nothing is heard that is not there"),
            // It may lag: it was never read.
            Err(tokio::sync::broadcast::error::RecvError::Lagged(_)) => {}
            Err(other) => panic!("the engine is not closed: {other}"),
        }
    }
}

/// Waits for something that other tasks do.
async fn until(what: &str, is_so: impl Fn() -> bool) {
    let waits = async {
        while !is_so() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), waits).await.unwrap_or_else(|_| panic!("{what}: in vain"));
}
