//! Businesses in one database do not see each other, and handles on one are one.

use jiff::Timestamp;

use super::{batch, engine, key, name, note};
use crate::{Batch, List, NewJob, Read, Store, StoreError, UniqueKey, Write};

fn with_key(body: &str) -> Write {
    Write { keys: vec![UniqueKey::new("email", "ada@example.org")], ..note("a", body) }
}

#[tokio::test]
async fn realms_do_not_see_each_other() {
    let engine = engine().await;
    let (salon, spa) = (engine.realm(&name()), engine.realm(&name()));
    let (mut salon_hears, mut spa_hears) = (salon.watch(), spa.watch());
    let mail = NewJob { kind: "mail".to_owned(), body: "salon's".to_owned(), due: Timestamp::UNIX_EPOCH };
    salon.commit(Batch { jobs: vec![mail], ..batch([with_key("salon's")]) }).await.unwrap();
    salon.commit(batch([note("b", "salon's")])).await.unwrap();
    spa.commit(batch([with_key("spa's")])).await.expect("a unique key is unique within a realm");

    let space = key("a").space;
    let (salon_now, spa_now) = (salon.snapshot().await.unwrap(), spa.snapshot().await.unwrap());
    let bodies = (salon_now.get(&key("a")).await.unwrap(), spa_now.get(&key("a")).await.unwrap());
    let bodies = (bodies.0.unwrap().body, bodies.1.unwrap().body);
    assert_eq!((&*bodies.0, &*bodies.1), ("salon's", "spa's"), "each has its own document under the same key");
    assert_eq!(salon_now.version(&space).await.unwrap(), 2, "versions are counted for each realm");
    assert_eq!(spa_now.version(&space).await.unwrap(), 1, "versions are counted for each realm");
    assert_eq!(spa_now.list(&List::all(space.clone(), "note")).await.unwrap().len(), 1, "lists stay inside");
    assert_eq!(spa.pull(&space, 0, 10).await.unwrap().changes.len(), 1, "pulls stay inside");
    assert_eq!(spa_now.spaces("").await.unwrap().len(), 1, "spaces are listed for each realm");
    assert_eq!((salon_hears.try_recv().unwrap().version, salon_hears.try_recv().unwrap().version), (1, 2), "its own");
    assert_eq!(spa_hears.try_recv().unwrap().version, 1, "each hears its own commits");
    assert!(salon_hears.try_recv().is_err() && spa_hears.try_recv().is_err(), "and no others");
    drop((salon_now, spa_now));

    let later = Timestamp::from_second(10).unwrap();
    assert!(spa.lease("mail", later, Timestamp::MAX, 10).await.unwrap().is_empty(), "the other's job is not leased");
    let leased = salon.lease("mail", Timestamp::UNIX_EPOCH, later, 10).await.unwrap();
    spa.done(&leased[0]).await.unwrap();
    spa.again(&leased[0], Timestamp::UNIX_EPOCH, "not mine").await.unwrap();
    let next = salon.lease("mail", later, Timestamp::MAX, 10).await.unwrap();
    assert_eq!(next[0].job.attempts, 2, "the other can neither end nor give back what is not its own");

    let known = engine.realms().await.unwrap();
    assert!(known.iter().any(|known| known == salon.realm()), "those that were written are listed");
    assert!(known.is_sorted(), "in order");
    spa.forget(&space).await.unwrap();
    assert!(spa.snapshot().await.unwrap().get(&key("a")).await.unwrap().is_none(), "forgotten here");
    let found = salon.snapshot().await.unwrap().find(&UniqueKey::new("email", "ada@example.org")).await.unwrap();
    assert_eq!(found, Some(key("a")), "and not there");
}

#[tokio::test]
async fn only_what_was_written_makes_a_realm() {
    let engine = engine().await;
    let store = engine.realm(&name());
    let guards = vec![crate::Guard { key: key("a"), version: 0 }];
    store.commit(Batch { guards: guards.clone(), ..Batch::default() }).await.unwrap();
    let refused = Batch { guards: vec![crate::Guard { key: key("a"), version: 3 }], ..batch([note("b", "1")]) };
    store.commit(refused).await.expect_err("the guard names a version that never was");
    assert!(!engine.realms().await.unwrap().contains(&store.realm().to_owned()), "nothing was written");
    assert!(store.snapshot().await.unwrap().spaces("").await.unwrap().is_empty(), "a look makes no space");
    // A refused first commit must not have made the engine believe that the realm's row is there.
    store.commit(Batch { guards, ..batch([note("a", "1")]) }).await.unwrap();
    assert!(engine.realms().await.unwrap().contains(&store.realm().to_owned()), "now something was");
}

#[tokio::test]
async fn handles_of_a_realm_are_one_until_the_engine_is_closed() {
    let engine = engine().await;
    let name = name();
    let (one, other) = (engine.realm(&name), engine.clone().realm(&name));
    let mut hears = one.watch();
    other.commit(batch([note("a", "1")])).await.unwrap();
    assert_eq!(hears.try_recv().unwrap().version, 1, "a commit through one handle is heard on the other");
    let moment = one.snapshot().await.unwrap();

    engine.close().await;
    let closed = [
        other.commit(Batch::default()).await.err().map(|error| error.to_string()),
        other.commit(batch([note("a", "2")])).await.err().map(|error| error.to_string()),
        one.snapshot().await.err().map(|error| error.to_string()),
        one.forget(&key("a").space).await.err().map(|error| error.to_string()),
        one.lease("mail", Timestamp::MIN, Timestamp::MIN, 1).await.err().map(|error| error.to_string()),
        engine.hear_others().await.err().map(|error| error.to_string()),
        engine.realms().await.err().map(|error| error.to_string()),
    ];
    let expected = StoreError::Closed.to_string();
    for (number, answer) in closed.into_iter().enumerate() {
        assert_eq!(answer.as_ref(), Some(&expected), "question {number}: closed on every handle");
    }
    assert!(moment.get(&key("a")).await.unwrap().is_some(), "a snapshot that is open stays good");
    let end = hears.recv().await;
    assert_eq!(end, Err(tokio::sync::broadcast::error::RecvError::Closed), "watches end");
    assert!(one.watch().recv().await.is_err(), "new ones too");
}

#[tokio::test]
async fn jobs_without_a_realm_are_in_nobodys_way() {
    let engine = engine().await;
    let (salon, kind) = (engine.realm(&name()), name());
    // As many as are looked at in one go, due first, written by somebody who has left the realm's row out.
    let foreign =
        "INSERT INTO job (realm, kind, body, due) SELECT $1, $2, '', number FROM generate_series(1, 300) number";
    let session = engine.shared.writers.take().await.unwrap();
    session.execute(foreign, &[&uuid::Uuid::new_v4(), &kind]).await.unwrap();
    let now = Timestamp::from_second(10).unwrap();
    let job = NewJob { kind: kind.clone(), body: "salon's".to_owned(), due: now };
    salon.commit(Batch { jobs: vec![job], ..batch([note("a", "1")]) }).await.unwrap();
    let room = |realm: &str, _| if realm == salon.realm() { 9 } else { 0 };
    let leased = engine.lease(&kind, now, Timestamp::MAX, 9, room).await.unwrap();
    let leased: Vec<_> = leased.iter().map(|(realm, leased)| (realm.as_str(), leased.job.body.as_str())).collect();
    assert_eq!(leased, [(salon.realm(), "salon's")], "behind all of them");
}
