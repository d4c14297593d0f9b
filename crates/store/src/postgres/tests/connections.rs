//! Connections that break, are refused, or are left in the middle.

use futures_util::FutureExt;

use super::{super::Options, PostgresEngine, batch, key, name, note, url};
use crate::{CommitError, Read, Store, StoreError};

/// An engine with one connection for each purpose, and nobody else who wants it.
async fn narrow(waiting: usize) -> PostgresEngine {
    let engine = PostgresEngine::open_with(&url(), Options { readers: 1, writers: 1, waiting }).await.unwrap();
    // The one who listens has a look at first, with a reader's connection.
    engine.shared.tasks.iter().for_each(tokio::task::AbortHandle::abort);
    tokio::task::yield_now().await;
    engine
}

#[tokio::test]
async fn who_cannot_wait_is_told_so() {
    let engine = narrow(1).await;
    let store = engine.realm(&name());
    let held = store.snapshot().await.unwrap();
    let mut waits = Box::pin(store.snapshot());
    let at_once = waits.as_mut().now_or_never().map(|answer| answer.err());
    assert!(at_once.is_none(), "one may wait: {at_once:?}");
    let refused = store.snapshot().now_or_never().map(|answer| answer.err().map(|error| error.to_string()));
    assert_eq!(refused, Some(Some(StoreError::Busy.to_string())), "the next is told at once");
    let late = waits.await.err().map(|error| error.to_string());
    assert_eq!(late, Some(StoreError::Busy.to_string()), "who waited too long is told too");
    store.commit(batch([note("a", "1")])).await.expect("readers do not keep writers waiting");
    drop(held);
    store.snapshot().await.expect("a connection that was given back serves the next");
}

#[tokio::test]
async fn a_snapshot_that_was_dropped_in_the_middle_is_over() {
    let engine = narrow(8).await;
    let store = engine.realm(&name());
    for number in 0..30_u64 {
        store.commit(batch([note("a", &number.to_string())])).await.unwrap();
        let moment = store.snapshot().await.unwrap();
        assert_eq!(moment.version(&key("a").space).await.unwrap(), number + 1, "each snapshot is a new moment");
        // Sent, and not waited for.
        let _ = moment.get(&key("a")).now_or_never();
    }
}

#[tokio::test]
async fn a_commit_that_was_dropped_in_the_middle_holds_nothing() {
    let (engine, other) = (narrow(8).await, super::engine().await);
    let name = name();
    let (store, others) = (engine.realm(&name), other.realm(&name));
    store.commit(batch([note("a", "1")])).await.unwrap();
    // Somebody else has the space, so that the commit is left while it waits for the lock.
    let holder = other.shared.writers.take().await.unwrap();
    let lock = format!("BEGIN; SELECT 1 FROM space WHERE realm = '{}' FOR UPDATE", super::super::ids::realm(&name));
    holder.batch_execute(&lock).await.unwrap();
    let mut waits = Box::pin(store.commit(batch([note("a", "never")])));
    let waited = tokio::time::timeout(std::time::Duration::from_millis(200), &mut waits).await;
    assert!(waited.is_err(), "it waits for the lock");
    drop(waits);
    // The one connection was left in a transaction: a commit elsewhere would hang or be part of it if it came back.
    let mut elsewhere = note("b", "1");
    elsewhere.key.space = "catalogue".parse().unwrap();
    store.commit(batch([elsewhere])).await.expect("the next commit has a connection of its own");
    holder.batch_execute("ROLLBACK").await.unwrap();
    others.commit(batch([note("a", "2")])).await.expect("nothing is held");
    let found = others.snapshot().await.unwrap().get(&key("a")).await.unwrap().unwrap();
    assert_eq!((&*found.body, found.version), ("2", 2), "and the one that was dropped took no effect");
}

#[tokio::test]
async fn what_postgresql_cannot_keep_is_refused_whole() {
    let engine = narrow(8).await;
    let store = engine.realm(&name());
    for odd in ["\0", &"long".repeat(100_000)] {
        // Texts of one letter are compressed; these are not.
        let long: String =
            odd.chars().zip(0_u32..).map(|(_, n)| char::from_u32(0x4e00 + n * 7919 % 20000).unwrap()).collect();
        let id = if odd.len() > 1 { long } else { odd.to_owned() };
        let refused = store.commit(batch([note("fine", "1"), note(&id, "1")])).await;
        assert!(matches!(refused, Err(CommitError::Store(StoreError::Engine(_)))), "it cannot be kept: {refused:?}");
        store.commit(batch([note("next", "1")])).await.expect("and the connection is as good as before");
    }
    let moment = store.snapshot().await.unwrap();
    assert_eq!(moment.get(&key("fine")).await.unwrap(), None, "nothing of it took effect");
    assert_eq!(moment.version(&key("fine").space).await.unwrap(), 2, "only what was accepted counts");
}
