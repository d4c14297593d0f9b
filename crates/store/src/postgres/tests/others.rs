//! Several nodes on one database.

use std::time::Duration;

use tokio::{sync::broadcast::error::TryRecvError, time};

use super::{PostgresEngine, batch, engine, key, name, note};
use crate::{Store, Touched};

/// What is heard within some seconds.
async fn hear(watcher: &mut tokio::sync::broadcast::Receiver<Touched>) -> u64 {
    let heard = time::timeout(Duration::from_secs(20), watcher.recv()).await;
    heard.expect("it is heard in time").expect("the watcher does not lag").version
}

#[tokio::test]
async fn another_node_is_heard_without_looking() {
    let (here, there) = (engine().await, engine().await);
    hears(&here, &there, 20).await;
}

/// Whoever watches at one node hears of so many commits at another, in order, and of a space that was forgotten.
pub(super) async fn hears(here: &PostgresEngine, there: &PostgresEngine, commits: u64) {
    let name = name();
    let (mut hears, mut echoes) = (here.realm(&name).watch(), there.realm(&name).watch());
    for version in 1..=commits {
        there.realm(&name).commit(batch([note("a", "1")])).await.unwrap();
        let mut heard = 0;
        while heard < version {
            let next = hear(&mut hears).await;
            assert!(next > heard && next <= version, "versions come rising: {next} after {heard}");
            heard = next;
        }
        assert_eq!(echoes.try_recv().unwrap().version, version, "its own node heard it with the answer");
    }
    assert_eq!(echoes.try_recv(), Err(TryRecvError::Empty), "and not again by its own call");
    there.realm(&name).forget(&key("a").space).await.unwrap();
    assert_eq!(hear(&mut hears).await, 0, "that a space was forgotten is heard too");
    there.realm(&name).commit(batch([note("a", "1")])).await.unwrap();
    assert_eq!(hear(&mut hears).await, 1, "and its new beginning");
}

#[tokio::test]
async fn what_no_call_told_is_found_by_looking() {
    let (here, there) = (engine().await, engine().await);
    let name = name();
    there.realm(&name).commit(batch([note("a", "1")])).await.unwrap();
    here.hear_others().await.unwrap();
    let mut hears = here.realm(&name).watch();
    here.hear_others().await.unwrap();
    assert_eq!(hears.try_recv(), Err(TryRecvError::Empty), "what was there before the first look is not told");

    // As if both had lost their connections.
    here.shared.tasks.iter().chain(&there.shared.tasks).for_each(tokio::task::AbortHandle::abort);
    there.realm(&name).commit(batch([note("a", "2")])).await.unwrap();
    there.realm(&name).commit(batch([note("a", "3")])).await.unwrap();
    assert_eq!(hears.try_recv(), Err(TryRecvError::Empty), "nobody has looked yet");
    here.hear_others().await.unwrap();
    assert_eq!(hears.try_recv().map(|touched| touched.version), Ok(3), "of two commits the last is told");
    here.hear_others().await.unwrap();
    assert_eq!(hears.try_recv(), Err(TryRecvError::Empty), "once");

    there.realm(&name).forget(&key("a").space).await.unwrap();
    here.hear_others().await.unwrap();
    assert_eq!(hears.try_recv().map(|touched| touched.version), Ok(0), "forgotten");
    there.realm(&name).commit(batch([note("a", "1")])).await.unwrap();
    here.hear_others().await.unwrap();
    assert_eq!(hears.try_recv().map(|touched| touched.version), Ok(1), "and begun anew");
    here.realm(&name).commit(batch([note("a", "2")])).await.unwrap();
    here.hear_others().await.unwrap();
    assert_eq!(hears.try_recv().map(|touched| touched.version), Ok(2), "our own is told with its answer");
    assert_eq!(hears.try_recv(), Err(TryRecvError::Empty), "and not again");
}

#[tokio::test]
async fn a_commit_that_can_be_read_late_is_not_missed() {
    let (here, there) = (engine().await, engine().await);
    here.shared.tasks.iter().for_each(tokio::task::AbortHandle::abort);
    let name = name();
    let mut hears = here.realm(&name).watch();
    here.hear_others().await.unwrap();
    let (slow, quick) = (super::super::ids::realm(&name), note("b", "1"));
    // A commit that has counted its space and noted its moment, and is not done.
    let late = there.shared.writers.take().await.unwrap();
    late.batch_execute("BEGIN").await.unwrap();
    let sql = "INSERT INTO touched (bucket, at, space, realm, name, version) VALUES
        (0, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint, $1, $2, 'shared/late', 7)";
    let space = super::super::ids::space(&slow, &"shared/late".parse().unwrap());
    late.execute(sql, &[&space, &slow]).await.unwrap();
    there.realm(&name).commit(batch([quick])).await.unwrap();
    here.hear_others().await.unwrap();
    assert_eq!(hears.try_recv().map(|touched| touched.version), Ok(1), "the later one is there already");
    late.batch_execute("COMMIT").await.unwrap();
    here.hear_others().await.unwrap();
    assert_eq!(hears.try_recv().map(|touched| touched.version), Ok(7), "the former one is heard when it can be read");
}
