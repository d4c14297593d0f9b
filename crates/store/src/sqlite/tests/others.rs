//! Two programs on one file.

use tokio::sync::broadcast::error::TryRecvError;

use super::{batch, engine, note};
use crate::{Read, Store, Write, sqlite::SqliteEngine};

fn elsewhere(text: &str) -> Write {
    let mut write = note("a", text);
    write.key.space = "customer/2".parse().unwrap();
    write
}

#[tokio::test]
async fn what_another_program_commits_is_heard() {
    let (engine, _directory) = engine();
    let (salon, spa) = (engine.realm("salon"), engine.realm("spa"));
    salon.commit(batch([note("a", "1")])).await.unwrap();
    engine.hear_others().await.unwrap();
    let (mut salon_hears, mut spa_hears) = (salon.watch(), spa.watch());

    engine.hear_others().await.unwrap();
    assert_eq!(salon_hears.try_recv(), Err(TryRecvError::Empty), "nobody has done anything");

    let other = SqliteEngine::open(engine.path()).unwrap();
    other.realm("salon").commit(batch([elsewhere("1")])).await.unwrap();
    other.realm("salon").commit(batch([elsewhere("2")])).await.unwrap();
    assert_eq!(salon_hears.try_recv(), Err(TryRecvError::Empty), "nobody has looked yet");
    engine.hear_others().await.unwrap();
    let heard = salon_hears.try_recv().unwrap();
    assert_eq!((heard.space.as_str(), heard.version), ("customer/2", 2), "two commits at once, the last counts");
    assert_eq!(salon_hears.try_recv(), Err(TryRecvError::Empty), "of what did not change nothing is said");
    assert_eq!(spa_hears.try_recv(), Err(TryRecvError::Empty), "nor in another realm");

    other.realm("spa").commit(batch([note("a", "1")])).await.unwrap();
    engine.hear_others().await.unwrap();
    assert_eq!(spa_hears.try_recv().unwrap().version, 1, "a realm that another program began is heard too");
    engine.hear_others().await.unwrap();
    assert_eq!(spa_hears.try_recv(), Err(TryRecvError::Empty), "once");
}

#[tokio::test]
async fn our_own_commits_are_not_those_of_others() {
    let (engine, _directory) = engine();
    let salon = engine.realm("salon");
    engine.hear_others().await.unwrap();
    let mut hears = salon.watch();
    salon.commit(batch([note("a", "1")])).await.unwrap();
    engine.hear_others().await.unwrap();
    assert_eq!(hears.try_recv().unwrap().version, 1, "a commit is heard when it is made");
    assert_eq!(hears.try_recv(), Err(TryRecvError::Empty), "and not again when others are looked for");
}

#[tokio::test]
async fn what_others_write_is_read_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.sqlite");
    let (one, other) = (SqliteEngine::open(&path).unwrap(), SqliteEngine::open(&path).unwrap());
    let (here, there) = (one.realm("salon"), other.realm("salon"));
    for number in 1..=5 {
        // Each is asked before and after: what is kept of the first answer must not be the second.
        for store in [&here, &there] {
            let moment = store.snapshot().await.unwrap();
            let versions = moment.versions(&[super::key("").space]).await.unwrap();
            assert_eq!(versions, [number - 1], "the version before the next commit");
            assert_eq!(moment.spaces("").await.unwrap().len(), usize::from(number > 1), "the spaces before it");
        }
        let writer = if number % 2 == 0 { &here } else { &there };
        writer.commit(batch([note("a", "1")])).await.unwrap();
    }
}
