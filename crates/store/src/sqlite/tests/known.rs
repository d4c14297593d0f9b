//! What is said without a read is what reading would say.

use std::sync::atomic::{AtomicBool, Ordering};

use super::{batch, engine, note};
use crate::{Batch, NewJob, Read, Space, Store, Write, sqlite::SqliteEngine};

fn space(number: usize) -> Space {
    format!("customer/{number}").parse().unwrap()
}

fn to(number: usize) -> Write {
    let mut write = note("a", "1");
    write.key.space = space(number);
    write
}

/// Makes everything about these spaces known, and gives it.
async fn read(store: &impl Store, spaces: &[Space]) -> (Vec<u64>, Vec<Space>) {
    let moment = store.snapshot().await.unwrap();
    (moment.versions(spaces).await.unwrap(), moment.spaces("customer/").await.unwrap())
}

#[tokio::test]
async fn our_own_commits_keep_what_is_known_and_those_of_others_end_it() {
    let (engine, _directory) = engine();
    let other = SqliteEngine::open(engine.path()).unwrap();
    let (ours, theirs) = (engine.realm("salon"), other.realm("salon"));
    let spaces = [space(1), space(2)];
    assert!(ours.glance().is_none(), "nothing was read yet");
    ours.commit(batch([to(1)])).await.unwrap();
    read(&ours, &spaces).await;
    let glance = ours.glance().expect("what was read is known");
    assert_eq!(glance.versions(&spaces), Some(vec![1, 0]), "also that there is no second space");
    assert_eq!(glance.spaces("customer/").as_deref(), Some(&spaces[..1]), "and the names");
    assert_eq!(glance.versions(&[space(3)]), None, "what nobody has read is not known");
    assert!(glance.spaces("calendar/").is_none(), "nor other names");

    ours.commit(batch([to(1)])).await.unwrap();
    assert_eq!(glance.versions(&spaces), None, "that moment is over");
    let glance = ours.glance().expect("our own commit tells what it has changed");
    assert_eq!(glance.versions(&spaces), Some(vec![2, 0]), "the version after it, and what it left as it was");
    assert_eq!(glance.spaces("customer/").as_deref(), Some(&spaces[..1]), "no space has come");
    ours.commit(batch([to(2)])).await.unwrap();
    let glance = ours.glance().unwrap();
    assert_eq!(glance.versions(&spaces), Some(vec![2, 1]), "a new space");
    assert!(glance.spaces("customer/").is_none(), "so the names are others");
    read(&ours, &spaces).await;
    ours.forget(&spaces[0]).await.unwrap();
    let glance = ours.glance().unwrap();
    assert_eq!(glance.versions(&spaces), Some(vec![0, 1]), "a space that is gone");
    assert!(glance.spaces("customer/").is_none(), "and its name");

    let job = NewJob { kind: "mail".to_owned(), body: "{}".to_owned(), due: jiff::Timestamp::UNIX_EPOCH };
    ours.commit(Batch { jobs: vec![job], ..Batch::default() }).await.unwrap();
    let now = jiff::Timestamp::now();
    assert_eq!(ours.lease("mail", now, now, 1).await.unwrap().len(), 1, "there is one");
    assert_eq!(ours.glance().unwrap().versions(&spaces), Some(vec![0, 1]), "jobs are no spaces");

    theirs.commit(batch([to(1)])).await.unwrap();
    assert!(ours.glance().is_none(), "who knows what they have done");
    assert_eq!(read(&ours, &spaces).await, (vec![1, 1], spaces.to_vec()), "reading tells");
    assert_eq!(ours.glance().unwrap().versions(&spaces), Some(vec![1, 1]), "and makes it known");
    engine.close().await;
    assert!(ours.glance().is_none(), "a closed engine says nothing");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_is_known_is_of_one_moment_and_never_of_an_earlier_one() {
    static OVER: AtomicBool = AtomicBool::new(false);
    let (engine, _directory) = engine();
    let other = SqliteEngine::open(engine.path()).unwrap();
    let spaces = [space(1), space(2)];
    let mut tasks = Vec::new();
    for reader in 0..4 {
        let (ours, spaces) = (engine.realm("salon"), spaces.clone());
        tasks.push(tokio::spawn(async move {
            let (mut known, mut last) = (0, 0);
            while !OVER.load(Ordering::Relaxed) {
                let versions = match ours.glance().and_then(|glance| glance.versions(&spaces)) {
                    Some(versions) => {
                        known += 1;
                        versions
                    }
                    None => read(&ours, &spaces).await.0,
                };
                assert_eq!(versions[0], versions[1], "both spaces are written together");
                assert!(versions[0] >= last, "reader {reader} saw {last} before");
                last = versions[0];
                tokio::task::yield_now().await;
            }
            known
        }));
    }
    let (ours, theirs) = (engine.realm("salon"), other.realm("salon"));
    for number in 1..=400_u64 {
        let by = if number % 7 == 0 { &theirs } else { &ours };
        by.commit(batch([to(1), to(2)])).await.unwrap();
        if let Some(versions) = ours.glance().and_then(|glance| glance.versions(&spaces)) {
            assert_eq!(versions, [number, number], "what was answered is known at once");
        }
    }
    OVER.store(true, Ordering::Relaxed);
    let mut known = 0;
    for task in tasks {
        known += task.await.unwrap();
    }
    assert!(known > 0, "something was told without a read");
}
