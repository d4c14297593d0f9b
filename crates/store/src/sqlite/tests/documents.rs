//! A document or a list that is known is the one that reading would give.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use rand::{Rng as _, SeedableRng as _, rngs::StdRng};

use super::{batch, engine, key, note};
use crate::{
    Batch, Changed, Document, Guard, List, Mirror as _, Order, Read as _, Store as _, UniqueKey, Write,
    sqlite::{
        SqliteEngine, SqliteStore,
        documents::Documents,
        lists::{Listed, Lists, MOST},
    },
};

const NOTES: [&str; 4] = ["a", "b", "c", "d"];

fn all() -> List {
    List::all(key("a").space, "note")
}

/// Checks what one moment says of the documents and of their list, and gives how many of each it knew.
async fn agrees(store: &SqliteStore) -> [usize; 2] {
    // Nobody has asked for a list with this limit before, so it is read.
    static LIMIT: AtomicUsize = AtomicUsize::new(1_000);
    let list = all();
    let read = List { limit: LIMIT.fetch_add(1, Ordering::Relaxed), ..list.clone() };
    let moment = store.snapshot().await.unwrap();
    let (mut told, mut knew) = (Vec::new(), 0);
    for id in NOTES {
        knew += usize::from(moment.known(&key(id)).is_some());
        told.extend(moment.get(&key(id)).await.unwrap());
    }
    told.sort_by(|a, b| (&a.sort, &a.key.id).cmp(&(&b.sort, &b.key.id)));
    let knew_list = moment.known_list(&list).is_some();
    assert!(moment.known_list(&read).is_none());
    let read = moment.list(&read).await.unwrap();
    assert_eq!(told, read, "the documents");
    assert_eq!(moment.list(&list).await.unwrap(), read, "the list");
    [knew, knew_list.into()]
}

#[tokio::test]
async fn whoever_has_written_what_was_known_is_what_the_file_says() {
    let (engine, _directory) = engine();
    let other = SqliteEngine::open(engine.path()).unwrap();
    let (ours, theirs) = (engine.realm("salon"), other.realm("salon"));
    let mut rng = StdRng::seed_from_u64(31);
    let (mut knew, mut known_space) = ([0; 2], 0);
    for number in 0..600_u64 {
        let id = NOTES[rng.random_range(0..NOTES.len())];
        let sort = ["x", "y"][rng.random_range(0..2)].to_owned();
        let body = rng.random_bool(0.8).then(|| format!("{{\"number\":{number}}}").into());
        let write = Write { key: key(id), sort, body, keys: Vec::new() };
        match rng.random_range(0..20) {
            0 => drop(theirs.commit(batch([write])).await.unwrap()),
            // The next space gets the number of the one that is gone, if that was the last.
            1 => {
                ours.forget(&key(id).space).await.unwrap();
                let mut elsewhere = note("a", "elsewhere");
                elsewhere.key.space = format!("customer/{}", 2 + number).parse().unwrap();
                ours.commit(batch([elsewhere])).await.unwrap();
            }
            2 => {
                let version = ours.snapshot().await.unwrap().version(&write.key.space).await.unwrap() + 1;
                let Write { key, sort, body, .. } = write;
                let change = Changed { kind: key.kind, id: key.id, version, sort, body };
                ours.apply(&key.space, version, &[change], Batch::default()).await.unwrap();
            }
            3 => {
                let guards = vec![Guard { key: key("nobody"), version: 1 }];
                assert!(ours.commit(Batch { guards, ..batch([write]) }).await.is_err(), "it is refused");
            }
            // Several share a transaction, and one of them is refused.
            4 => {
                let holds = |mut write: Write| {
                    write.keys = vec![UniqueKey::new("name", "one")];
                    write
                };
                let (first, second) = (holds(note("a", "1")), holds(note("b", "2")));
                let (_, _, third) = tokio::join!(
                    ours.commit(batch([first])),
                    ours.commit(batch([second])),
                    ours.commit(batch([write]))
                );
                third.unwrap();
            }
            _ => drop(ours.commit(batch([write])).await.unwrap()),
        }
        add(&mut knew, agrees(&ours).await);
        known_space +=
            usize::from(ours.shared.known.space(ours.shared.known.now().unwrap(), 1, &key(id).space).is_some());
        agrees(&theirs).await;
    }
    assert!(known_space > 300, "most commits need not look for the space: {known_space}");
    assert!(knew[0] > 600 && knew[1] > 300, "most was told without a read: {knew:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_moment_knows_no_document_of_another_one() {
    static OVER: AtomicBool = AtomicBool::new(false);
    let (engine, _directory) = engine();
    let other = SqliteEngine::open(engine.path()).unwrap();
    let (ours, theirs) = (engine.realm("salon"), other.realm("salon"));
    let readers: Vec<_> = (0..4)
        .map(|_| {
            let ours = ours.clone();
            tokio::spawn(async move {
                let mut knew = [0; 2];
                while !OVER.load(Ordering::Relaxed) {
                    add(&mut knew, agrees(&ours).await);
                    tokio::task::yield_now().await;
                }
                knew
            })
        })
        .collect();
    for number in 0..400_u64 {
        let by = if number % 7 == 0 { &theirs } else { &ours };
        by.commit(batch(NOTES.map(|id| note(id, &number.to_string())))).await.unwrap();
    }
    OVER.store(true, Ordering::Relaxed);
    let mut knew = [0; 2];
    for reader in readers {
        add(&mut knew, reader.await.unwrap());
    }
    assert!(knew.iter().all(|knew| *knew > 0), "something was told without a read: {knew:?}");
}

#[tokio::test]
async fn a_copy_in_the_place_of_the_file_is_never_answered_from_what_was_known() {
    let (engine, directory) = engine();
    let (ours, copy) = (engine.realm("salon"), directory.path().join("copy.sqlite"));
    ours.commit(batch([note("a", "1")])).await.unwrap();
    engine.backup(&copy).await.unwrap();
    assert_eq!(agrees(&ours).await, [0, 0], "nobody has asked for it");
    ours.commit(batch([note("a", "2")])).await.unwrap();
    assert_eq!(agrees(&ours).await, [1, 1], "what was written is known, and the list it is in");
    SqliteEngine::restore(engine.path(), &copy).await.unwrap();
    assert!(ours.snapshot().await.is_err(), "it is another history");
    let anew = SqliteEngine::open(engine.path()).unwrap().realm("salon");
    assert_eq!(&*anew.snapshot().await.unwrap().get(&key("a")).await.unwrap().unwrap().body, "1");
}

fn add(sum: &mut [usize; 2], knew: [usize; 2]) {
    sum.iter_mut().zip(knew).for_each(|(sum, knew)| *sum += knew);
}

/// Lists with all kinds of ends, some of which are full now and then.
fn lists() -> Vec<List> {
    let mut lists = Vec::new();
    for order in [Order::Rising, Order::Falling] {
        for (from, below, limit) in
            [(None, None, 2), (None, Some("y"), 100), (Some("y"), None, 100), (Some("y"), None, 1)]
        {
            let [from, below] = [from, below].map(|end: Option<&str>| end.map(str::to_owned));
            lists.push(List { from, below, order, limit, ..all() });
        }
    }
    lists.truncate(MOST - 1);
    lists.push(List { kind: "memo".to_owned(), spaces: vec![key("a").space, key("a").space], ..all() });
    lists
}

#[tokio::test]
async fn lists_follow_what_is_written() {
    let (engine, _directory) = engine();
    let (store, other) = (engine.realm("salon"), SqliteEngine::open(engine.path()).unwrap());
    let mut rng = StdRng::seed_from_u64(7);
    let mut knew = vec![0; lists().len()];
    for number in 0..400_u64 {
        let writes = (0..rng.random_range(1..3)).map(|turn| {
            let id = NOTES[(rng.random_range(0..2) * 2) + turn];
            let body = rng.random_bool(0.7).then(|| format!("{{\"number\":{number}}}").into());
            let mut write =
                Write { key: key(id), sort: ["x", "y"][rng.random_range(0..2)].into(), body, keys: Vec::new() };
            if rng.random_bool(0.1) {
                write.key.kind = "memo".to_owned();
            }
            if rng.random_bool(0.1) {
                write.key.space = "customer/2".parse().unwrap();
            }
            write
        });
        store.commit(batch(writes.collect::<Vec<_>>())).await.unwrap();
        let moment = store.snapshot().await.unwrap();
        let file = other.realm("salon").snapshot().await.unwrap();
        for (list, knew) in lists().iter().zip(&mut knew) {
            *knew += u32::from(moment.known_list(list).is_some());
            assert!(file.known_list(list).is_none(), "another engine has to read, whoever wrote");
            assert_eq!(moment.list(list).await.unwrap(), file.list(list).await.unwrap(), "{list:?}");
        }
    }
    for (list, knew) in lists().iter().zip(knew) {
        assert!(knew > if list.limit < 100 { 50 } else { 390 }, "{list:?} was told {knew} times without a read");
    }
}

#[test]
fn what_is_kept_has_an_end() {
    let document = |id: usize| Document {
        key: key(&id.to_string()),
        version: 1,
        sort: String::new(),
        body: "x".repeat(1 << 17).into(),
        provisional: false,
    };
    let (mut documents, mut lists) = (Documents::default(), Lists::default());
    let list = |limit: usize| List { limit, ..all() };
    let space = |id: usize| format!("customer/{}", 2 + id).parse().unwrap();
    for id in 0..1_000 {
        documents.keep(1, document(id));
        lists.keep(1, &space(id), Listed::of(&list(9), &[document(id)]).unwrap());
    }
    // From the last one, so that asking moves nothing out that is asked for later.
    let held = (0..1_000).rev().filter(|id| documents.get(1, &key(&id.to_string())).is_some()).count();
    assert!((63..128).contains(&held), "16 MiB of eighths of a MiB, and half of it at least: {held}");
    let held = (0..1_000).rev().filter(|id| lists.get(1, &space(*id), &list(9)).is_some()).count();
    assert!((63..128).contains(&held), "lists too: {held}");
    for id in 1..1_000 {
        lists.keep(1, &key("a").space, Listed::of(&list(id), &[document(id)]).unwrap());
        assert!(lists.get(1, &key("a").space, &list(1)).is_some(), "what is asked for stays");
    }
    let held: Vec<usize> = (1..1_000).filter(|id| lists.get(1, &key("a").space, &list(*id)).is_some()).collect();
    assert_eq!(held, [1, 993, 994, 995, 996, 997, 998, 999], "and the last ones");
    assert!(Listed::of(&list(9), &[document(1), document(2)]).is_none(), "a list is not kept if it is large");
}

#[tokio::test]
async fn a_list_that_grows_is_let_go() {
    let (engine, _directory) = engine();
    let store = engine.realm("salon");
    store.commit(batch([note("a", "1")])).await.unwrap();
    let mut knew = Vec::new();
    for number in 0..4 {
        store.snapshot().await.unwrap().list(&all()).await.unwrap();
        store.commit(batch([note(&number.to_string(), &"x".repeat(100 << 10))])).await.unwrap();
        knew.push(store.snapshot().await.unwrap().known_list(&all()).is_some());
    }
    assert_eq!(knew, [true, true, false, false], "256 KiB at most");
}
