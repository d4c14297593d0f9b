//! Businesses in one file do not see each other.

use jiff::Timestamp;

use super::{batch, engine, get, key, note};
use crate::{Batch, List, NewJob, Read, Store, UniqueKey, Write};

fn with_key(body: &str) -> Write {
    Write { keys: vec![UniqueKey::new("email", "ada@example.org")], ..note("a", body) }
}

#[tokio::test]
async fn realms_do_not_see_each_other() {
    let (engine, _directory) = engine();
    let (salon, spa) = (engine.realm("salon"), engine.realm("spa"));
    let (mut salon_hears, mut spa_hears) = (salon.watch(), spa.watch());
    salon.commit(batch([with_key("salon's")])).await.unwrap();
    salon.commit(batch([note("b", "salon's")])).await.unwrap();
    spa.commit(batch([with_key("spa's")])).await.expect("a unique key is unique within a realm");

    assert_eq!(&*get(&salon, "a").await.unwrap().body, "salon's", "each has its own document under the same key");
    assert_eq!(&*get(&spa, "a").await.unwrap().body, "spa's", "each has its own document under the same key");
    assert!(get(&spa, "b").await.is_none(), "what one wrote the other has not");
    let space = key("a").space;
    let (salon_now, spa_now) = (salon.snapshot().await.unwrap(), spa.snapshot().await.unwrap());
    assert_eq!(salon_now.version(&space).await.unwrap(), 2, "versions are counted for each realm");
    assert_eq!(spa_now.version(&space).await.unwrap(), 1, "versions are counted for each realm");
    assert_eq!(spa_now.list(&List::all(space.clone(), "note")).await.unwrap().len(), 1, "lists stay inside");
    assert_eq!(spa.pull(&space, 0, 10).await.unwrap().changes.len(), 1, "pulls stay inside");
    assert_eq!(spa_now.spaces("").await.unwrap().len(), 1, "spaces are listed for each realm");

    let heard = (salon_hears.try_recv().unwrap().version, salon_hears.try_recv().unwrap().version);
    assert_eq!(heard, (1, 2), "each hears its own commits");
    assert_eq!(spa_hears.try_recv().unwrap().version, 1, "each hears its own commits");
    assert!(salon_hears.try_recv().is_err() && spa_hears.try_recv().is_err(), "and no others");

    let other = engine.realm("other");
    assert!(get(&other, "a").await.is_none(), "a realm never written is empty");
    let found = other.snapshot().await.unwrap().find(&UniqueKey::new("email", "ada@example.org")).await.unwrap();
    assert_eq!(found, None, "nor does it hold keys");
    assert_eq!(engine.realms().await.unwrap(), ["salon", "spa"], "those that were written, in order");

    spa.forget(&space).await.unwrap();
    assert!(get(&spa, "a").await.is_none(), "forgotten here");
    assert!(get(&salon, "a").await.is_some(), "not there");
    let found = salon.snapshot().await.unwrap().find(&UniqueKey::new("email", "ada@example.org")).await.unwrap();
    assert_eq!(found, Some(key("a")), "the other's unique key stays too");
}

#[tokio::test]
async fn a_realm_sees_only_its_jobs() {
    let (engine, _directory) = engine();
    let (salon, spa) = (engine.realm("salon"), engine.realm("spa"));
    let epoch = Timestamp::UNIX_EPOCH;
    let jobs = vec![NewJob { kind: "mail".to_owned(), body: "salon's".to_owned(), due: epoch }];
    salon.commit(Batch { jobs, ..Batch::default() }).await.unwrap();
    assert!(
        spa.lease("mail", epoch, Timestamp::MAX, 10).await.unwrap().is_empty(),
        "a realm never written has no jobs"
    );
    spa.commit(batch([note("a", "1")])).await.unwrap();
    assert!(spa.lease("mail", epoch, Timestamp::MAX, 10).await.unwrap().is_empty(), "the other's job is not leased");
    let leased = salon.lease("mail", epoch, Timestamp::from_second(10).unwrap(), 10).await.unwrap();
    spa.done(&leased[0]).await.unwrap();
    spa.again(&leased[0], epoch, "not mine").await.unwrap();
    let next = salon.lease("mail", Timestamp::from_second(10).unwrap(), Timestamp::MAX, 10).await.unwrap();
    assert_eq!(next[0].job.attempts, 2, "the other can neither end nor give back what is not its own");
}

#[tokio::test]
async fn handles_of_a_realm_are_one() {
    let (engine, _directory) = engine();
    let (one, other) = (engine.realm("salon"), engine.clone().realm("salon"));
    let mut hears = one.watch();
    other.commit(batch([note("a", "1")])).await.unwrap();
    assert_eq!(hears.try_recv().unwrap().version, 1, "a commit through one handle is heard on the other");
    assert_eq!(one.realm(), "salon", "a store knows its realm");
}
