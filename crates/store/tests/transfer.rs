//! What moves from one engine to another and back is the same afterwards, row for row and to whoever asks; what is
//! interrupted leaves the source good and the target empty.

#![cfg(feature = "postgres")]
#![allow(clippy::unwrap_used)] // a test that cannot go on has failed

use std::{collections::BTreeMap, path::Path};

use jiff::Timestamp;
use rusqlite::{Connection, types::Value};
use store::{
    AnyStore, Batch, Engine, Key, List, Moved, NewJob, One, Page, Pull, Read, Space, Stage, Store, StoreError,
    Transfer, TransferError, UniqueKey, Write,
};

/// An empty database of the test's own; it goes with the server.
async fn database() -> String {
    let url = std::env::var("DATEBOOK_TEST_POSTGRES")
        .expect("DATEBOOK_TEST_POSTGRES names no server: run the tests as `scripts/postgres cargo nextest run …`");
    let name = format!("move_{}", uuid());
    sql(&url, &format!("CREATE DATABASE {name}")).await;
    let (server, _) = url.rsplit_once('/').unwrap();
    format!("{server}/{name}")
}

fn uuid() -> String {
    use std::hash::{BuildHasher, RandomState};
    format!("{:x}{:x}", RandomState::new().hash_one(1), RandomState::new().hash_one(2))
}

/// Runs statements; gives the first column of what they answer, as text.
async fn sql(url: &str, statements: &str) -> Vec<String> {
    let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    let answers = client.simple_query(statements).await.unwrap();
    let rows = answers.iter().filter_map(|answer| match answer {
        tokio_postgres::SimpleQueryMessage::Row(row) => Some(row.get(0).unwrap_or_default().to_owned()),
        _ => None,
    });
    rows.collect()
}

fn key(space: &str, id: &str) -> Key {
    Key { space: space.parse().unwrap(), kind: "note".to_owned(), id: id.to_owned() }
}

fn note(space: &str, id: &str, body: &str, keys: &[&str]) -> Write {
    let keys = keys.iter().map(|value| UniqueKey::new("email", *value)).collect();
    Write { key: key(space, id), sort: format!("sort of {id}"), body: Some(body.into()), keys }
}

fn gone(space: &str, id: &str) -> Write {
    Write { body: None, keys: Vec::new(), ..note(space, id, "", &[]) }
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

async fn write(store: &AnyStore, writes: Vec<Write>) {
    store.commit(Batch { writes, ..Batch::default() }).await.unwrap();
}

/// Two businesses and an operator with all that an engine can hold.
async fn fill(engine: &Engine) {
    let entry = note("hosting", "salon", "{}", &["salon.example"]);
    write(&engine.realm("operator"), vec![entry, note("hosting", "spa", "{}", &["spa.example"])]).await;
    for name in ["business/salon", "business/spa"] {
        let store = engine.realm(name);
        for number in 0..300 {
            let (space, id) = (format!("customer/{}", number % 70), format!("{number:03}"));
            let body = format!(r#"{{"number":{number}}}"#);
            write(&store, vec![note(&space, &id, &body, &[&id]), note("calendar/anna", &id, "{}", &[])]).await;
        }
        // Changed again, so that versions have gaps; deleted, and deleted and written again.
        write(&store, (0..50).map(|number| note("calendar/anna", &format!("{number:03}"), "[]", &[])).collect()).await;
        write(&store, (100..140).map(|number| gone("calendar/anna", &format!("{number:03}"))).collect()).await;
        write(&store, vec![gone("customer/3", "003"), note("customer/4", "004", "back", &["003", "004"])]).await;
        write(&store, vec![note("calendar/anna", "100", "again", &[])]).await;
        // Two that hold keys swap them.
        write(&store, vec![note("customer/5", "005", "{}", &["006"]), note("customer/6", "006", "{}", &["005"])]).await;
        let odd = ["", "\u{1}\t\n\r\\N\\.", "ß ﷽ 👩‍👩‍👧 \u{10ffff}", "'; DROP TABLE document; --", r#"{"a":"\u0000"}"#];
        for (number, text) in odd.iter().enumerate() {
            let mut odd = note("odd", &format!("{text}{number}"), text, &[text]);
            (odd.sort, odd.key.kind) = ((*text).to_owned(), format!("kind {text}"));
            odd.keys.push(UniqueKey::new(*text, "\""));
            write(&store, vec![odd]).await;
        }
        write(&store, vec![note("odd", "big", &"Ω".repeat(1_500_000), &[])]).await;
        write(&store, vec![note("forgotten", "1", "{}", &[])]).await;
        store.forget(&"forgotten".parse().unwrap()).await.unwrap();

        let job = |kind: &str, due| NewJob { kind: kind.to_owned(), body: "{}".to_owned(), due: at(due) };
        let jobs = (0..30).map(|number| job("mail", 1000 - number)).chain([job("later", 5000), job("past", -5)]);
        store.commit(Batch { jobs: jobs.collect(), ..Batch::default() }).await.unwrap();
        let leased = store.lease("mail", at(990), at(2000), 5).await.unwrap();
        assert_eq!(leased.len(), 5, "some jobs are being done");
        store.done(&leased[0]).await.unwrap();
        store.again(&leased[1], at(3000), "the mail server says \"no\"").await.unwrap();
    }
    // The last number that was given out is in no row any more.
    let store = engine.realm("business/spa");
    let last = NewJob { kind: "last".to_owned(), body: "{}".to_owned(), due: at(0) };
    store.commit(Batch { jobs: vec![last], ..Batch::default() }).await.unwrap();
    let leased = store.lease("last", at(1), at(2), 1).await.unwrap();
    store.done(&leased[0]).await.unwrap();
}

/// All rows of a file, by table, with names in place of the numbers of realms and spaces.
fn rows(file: &Path) -> BTreeMap<&'static str, Vec<Vec<Value>>> {
    let connection = Connection::open(file).unwrap();
    let tables = [
        ("realm", "SELECT name FROM realm ORDER BY 1"),
        (
            "space",
            "SELECT realm.name, space.name,
                 max(least, coalesce((SELECT max(version) FROM document WHERE space = space.id), 0))
             FROM space JOIN realm ON realm.id = realm ORDER BY 1, 2",
        ),
        (
            "document",
            "SELECT realm.name, space.name, kind, document.id, document.version, sort, body, gone FROM document
             JOIN space ON space.id = space JOIN realm ON realm.id = realm ORDER BY 1, 2, 3, 4",
        ),
        (
            "unique_key",
            "SELECT realm.name, unique_key.name, value, space.name, kind, unique_key.id FROM unique_key
             JOIN space ON space.id = space JOIN realm ON realm.id = unique_key.realm ORDER BY 1, 2, 3",
        ),
        (
            "job",
            "SELECT job.id, realm.name, kind, body, due, leased, attempts, error FROM job
             JOIN realm ON realm.id = realm ORDER BY 1",
        ),
        ("numbers", "SELECT seq FROM sqlite_sequence WHERE name = 'job'"),
    ];
    let read = |sql: &str| {
        let mut query = connection.prepare(sql).unwrap();
        let columns = query.column_count();
        let found = query.query_map([], |row| (0..columns).map(|column| row.get(column)).collect()).unwrap();
        found.collect::<Result<Vec<Vec<Value>>, _>>().unwrap()
    };
    tables.into_iter().map(|(table, sql)| (table, read(sql))).collect()
}

/// What a realm answers to all that one can ask without changing it.
#[derive(Debug, PartialEq)]
struct Answers {
    versions: Vec<(Space, u64)>,
    pages: Vec<Page>,
    lists: Vec<Vec<store::Document>>,
    holders: Vec<Option<Key>>,
}

async fn ask(store: &AnyStore) -> Answers {
    let moment = store.snapshot().await.unwrap();
    let spaces = moment.spaces("").await.unwrap();
    let versions = moment.versions(&spaces).await.unwrap();
    let (mut pages, mut lists, mut holders) = (Vec::new(), Vec::new(), Vec::new());
    for (space, version) in spaces.iter().zip(&versions) {
        for after in 0..=*version {
            pages.push(moment.pull(space, after, 40).await.unwrap());
        }
        lists.push(moment.list(&List::all(space.clone(), "note")).await.unwrap());
    }
    for number in 0..300 {
        holders.push(moment.find(&UniqueKey::new("email", format!("{number:03}"))).await.unwrap());
    }
    Answers { versions: spaces.into_iter().zip(versions).collect(), pages, lists, holders }
}

/// All jobs, taken late enough that all are due.
async fn jobs(store: &AnyStore) -> Vec<store::Leased> {
    let mut all = Vec::new();
    for kind in ["mail", "later", "past"] {
        all.extend(store.lease(kind, at(9000), at(9001), usize::MAX).await.unwrap());
    }
    all
}

async fn run(from: &str, to: &str) -> Result<Moved, TransferError> {
    Transfer { rows: 64, ..Transfer::all(from, to) }.run(|_, _| {}).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn there_and_back_again() {
    let directory = tempfile::tempdir().unwrap();
    let (first, last) = (directory.path().join("first.sqlite"), directory.path().join("last.sqlite"));
    let (from, to) = (format!("sqlite:{}", first.display()), format!("sqlite:{}", last.display()));
    let middle = database().await;
    let engine = Engine::open(&from).await.unwrap();
    fill(&engine).await;
    let epoch = engine.epoch().to_owned();
    let realms = engine.realms().await.unwrap();
    let mut expected = Vec::new();
    for realm in &realms {
        expected.push(ask(&engine.realm(realm)).await);
    }

    let in_use = run(&from, &middle).await;
    assert!(matches!(in_use, Err(TransferError::SourceInUse)), "somebody works with the source: {in_use:?}");
    engine.close().await;
    drop(engine);
    let before = rows(&first);
    let moved = run(&from, &middle).await.unwrap();
    assert_eq!(moved.documents, before["document"].len() as u64, "every document is counted");
    assert_eq!(moved.jobs, before["job"].len() as u64, "every job is counted");

    let engine = Engine::open(&middle).await.unwrap();
    assert_eq!(engine.epoch(), epoch, "the history goes on where it is now");
    assert_eq!(engine.realms().await.unwrap(), realms, "all realms are there");
    for (realm, expected) in realms.iter().zip(&expected) {
        assert!(ask(&engine.realm(realm)).await == *expected, "{realm} answers as before");
    }
    let in_use = run(&middle, &to).await;
    assert!(matches!(in_use, Err(TransferError::SourceInUse)), "a node works with the source: {in_use:?}");
    engine.close().await;
    drop(engine);

    run(&middle, &to).await.unwrap();
    let after = rows(&last);
    for (table, rows) in &before {
        assert!(*rows == after[table], "every row of {table} is as it was");
    }
    let engine = Engine::open(&to).await.unwrap();
    assert_eq!(engine.epoch(), epoch, "the history has come back");
    let source = Engine::open(&from).await.unwrap();
    assert_ne!(source.epoch(), epoch, "whoever opens the first file begins a history of its own");
    assert_ne!(Engine::open(&middle).await.unwrap().epoch(), epoch, "and who opens the database");
    for realm in &realms {
        let (here, there) = (engine.realm(realm), source.realm(realm));
        assert_eq!(jobs(&here).await, jobs(&there).await, "the same jobs are due, under the same numbers, in order");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn life_goes_on_at_the_target() {
    let directory = tempfile::tempdir().unwrap();
    let from = format!("sqlite:{}", directory.path().join("first.sqlite").display());
    let to = database().await;
    let engine = Engine::open(&from).await.unwrap();
    fill(&engine).await;
    let anna: Space = "calendar/anna".parse().unwrap();
    let had = engine.realm("business/salon").snapshot().await.unwrap().version(&anna).await.unwrap();
    engine.close().await;
    drop(engine);
    run(&from, &to).await.unwrap();

    let engine = Engine::open(&to).await.unwrap();
    let store = engine.realm("business/salon");
    let page = store.pull(&anna, had, 100).await.unwrap();
    assert_eq!((page.version, page.changes.len()), (had, 0), "who has pulled from the source has nothing to pull");
    let job = NewJob { kind: "new".to_owned(), body: "{}".to_owned(), due: at(0) };
    let batch = Batch { writes: vec![note("calendar/anna", "new", "{}", &[])], jobs: vec![job], ..Batch::default() };
    let committed = store.commit(batch).await.unwrap();
    assert_eq!(committed.spaces, [(anna.clone(), had + 1)], "versions are counted on");
    let page = store.pull(&anna, had, 100).await.unwrap();
    assert_eq!(page.changes.len(), 1, "and only what is new is pulled");
    let numbers = &rows(&directory.path().join("first.sqlite"))["numbers"][0][0];
    let leased = store.lease("new", at(1), at(2), 1).await.unwrap();
    let is_new = matches!(numbers, Value::Integer(last) if leased[0].job.id.0 > *last);
    assert!(is_new, "no number of a job is given out twice: {:?} after {numbers:?}", leased[0].job.id);
    let taken = store.commit(Batch { writes: vec![note("customer/1", "thief", "{}", &["006"])], ..Batch::default() });
    taken.await.expect_err("the unique keys came along");
    engine.close().await;
}

/// Breaks a transfer off when `enough` says so, as a program that is told to stop does.
async fn broken_off(from: &str, to: &str, mut enough: impl FnMut(Moved, Stage) -> bool) -> bool {
    let stop = tokio::sync::Notify::new();
    let transfer = Transfer { rows: 16, ..Transfer::all(from, to) };
    let progress = |moved, stage| {
        if enough(moved, stage) {
            stop.notify_one();
        }
    };
    tokio::select! {
        biased;
        () = stop.notified() => true,
        ended = transfer.run(progress) => {
            ended.unwrap();
            false
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_interrupted_leaves_a_good_source_and_an_empty_target() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("first.sqlite");
    let from = format!("sqlite:{}", file.display());
    let engine = Engine::open(&from).await.unwrap();
    fill(&engine).await;
    let mut epoch = engine.epoch().to_owned();
    engine.close().await;
    drop(engine);
    let before = rows(&file);
    let server = database().await;
    let targets = [server.clone(), format!("sqlite:{}", directory.path().join("other.sqlite").display())];
    for to in &targets {
        for documents in [0, 100, 700, u64::MAX] {
            let gives_up = documents == u64::MAX;
            let stopped =
                broken_off(
                    &from,
                    to,
                    |moved, stage| {
                        if gives_up { stage == Stage::GivenUp } else { moved.documents >= documents }
                    },
                );
            assert!(stopped.await, "it was broken off after {documents}");
            let target = Engine::open(to).await.unwrap();
            assert!(target.realms().await.unwrap().is_empty(), "nothing is left of {documents} documents");
            assert_ne!(target.epoch(), epoch, "the target does not carry on what it does not have");
            target.close().await;
            drop(target);
            let source = Engine::open(&from).await.unwrap();
            assert_eq!(source.epoch() == epoch, !gives_up, "the source goes on, or begins anew once it gave up");
            epoch = source.epoch().to_owned();
            source.close().await;
            drop(source);
            assert!(rows(&file) == before, "the source has every row after {documents} documents");
        }
    }
    // The same from a server; then all of it goes through after all.
    run(&from, &server).await.unwrap();
    let back = &targets[1];
    assert!(broken_off(&server, back, |moved, _| moved.documents > 500).await, "it was broken off");
    let target = Engine::open(back).await.unwrap();
    assert!(target.realms().await.unwrap().is_empty(), "nothing is left");
    target.close().await;
    drop(target);
    run(&server, back).await.unwrap();
    assert!(rows(&directory.path().join("other.sqlite")) == before, "after all that, every row is there");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_target_that_is_lost_at_the_end_nobody_knows_what_it_holds() {
    let directory = tempfile::tempdir().unwrap();
    let (from, to) = (format!("sqlite:{}", directory.path().join("from.sqlite").display()), database().await);
    let engine = Engine::open(&from).await.unwrap();
    write(&engine.realm("business/salon"), vec![note("customer/1", "1", "{}", &[])]).await;
    engine.close().await;
    drop(engine);
    let cut = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
               WHERE datname = current_database() AND pid <> pg_backend_pid()";
    let progress = |_: Moved, stage: Stage| {
        if stage == Stage::GivenUp {
            tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(sql(&to, cut)));
        }
    };
    let ended = Transfer::all(&from, &to).run(progress).await;
    assert!(matches!(ended, Err(TransferError::Unknown)), "COMMIT has no answer: {ended:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_business_moves_in_with_others() {
    let directory = tempfile::tempdir().unwrap();
    let url = |name: &str| format!("sqlite:{}", directory.path().join(name).display());
    let (from, file, server) = (url("from.sqlite"), url("to.sqlite"), database().await);
    let only =
        |name: &str| One { realm: format!("business/{name}"), entry: ("operator".to_owned(), key("hosting", name)) };
    for to in [&file, &server] {
        let target = Engine::open(to).await.unwrap();
        write(&target.realm("operator"), vec![note("hosting", "barber", "{}", &["barber.example"])]).await;
        let job = NewJob { kind: "mail".to_owned(), body: "{}".to_owned(), due: at(0) };
        let jobs = vec![job; 3];
        target.realm("business/barber").commit(Batch { jobs, ..Batch::default() }).await.unwrap();
        target.close().await;
    }
    let source = Engine::open(&from).await.unwrap();
    fill(&source).await;
    let expected = [ask(&source.realm("business/salon")).await, ask(&source.realm("business/spa")).await];
    let epoch = source.epoch().to_owned();
    source.close().await;
    drop(source);
    // To a file, then to a server on which others work meanwhile.
    let others = Engine::open(&server).await.unwrap();
    others.hear_others().await.unwrap();
    let mut heard = others.realm("operator").watch();
    for (name, to, expected) in [("salon", &file, &expected[0]), ("spa", &server, &expected[1])] {
        let transfer = Transfer { only: Some(only(name)), ..Transfer::all(&from, to) };
        let moved = transfer.run(|_, _| {}).await.unwrap();
        assert_eq!(moved.realms, 1, "one moves");
        let target = Engine::open(to).await.unwrap();
        assert_ne!(target.epoch(), epoch, "its history is that of its new neighbours");
        let store = target.realm(&format!("business/{name}"));
        assert!(ask(&store).await == *expected, "{name} answers as before");
        let jobs = jobs(&store).await;
        assert_eq!(jobs.len(), 31, "{name} has its jobs");
        let find = UniqueKey::new("email", format!("{name}.example"));
        let operator = target.realm("operator").snapshot().await.unwrap();
        assert_eq!(operator.find(&find).await.unwrap(), Some(key("hosting", name)), "it is found at its host");
        drop(operator);
        let source = Engine::open(&from).await.unwrap();
        assert_eq!(source.epoch(), epoch, "the others stay in their history");
        let operator = source.realm("operator").snapshot().await.unwrap();
        assert_eq!(operator.find(&find).await.unwrap(), None, "and the source does not serve it any more");
        drop(operator);
        source.close().await;
        if to == &file {
            target.close().await;
        }
        drop((source, target));
        let again = transfer.run(|_, _| {}).await;
        assert!(matches!(again, Err(TransferError::NotEmpty(_))), "it is there already: {again:?}");
    }
    others.hear_others().await.unwrap();
    assert_eq!(heard.recv().await.unwrap().version, 2, "nodes that serve the others hear of the new one");
    others.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn jobs_that_moved_in_stay_their_own_businesss() {
    let directory = tempfile::tempdir().unwrap();
    let url = |name: &str| format!("sqlite:{}", directory.path().join(name).display());
    for to in [url("to.sqlite"), database().await] {
        let from = url(&format!("from-{}.sqlite", uuid()));
        for (url, name) in [(&from, "spa"), (&to, "barber")] {
            let engine = Engine::open(url).await.unwrap();
            write(&engine.realm("operator"), vec![note("hosting", name, "{}", &[name])]).await;
            let job = |number| NewJob { kind: "mail".to_owned(), body: format!("{name} {number}"), due: at(number) };
            let jobs = (0..3).map(job).collect();
            engine.realm(&format!("business/{name}")).commit(Batch { jobs, ..Batch::default() }).await.unwrap();
            engine.close().await;
        }
        let only = One { realm: "business/spa".to_owned(), entry: ("operator".to_owned(), key("hosting", "spa")) };
        Transfer { only: Some(only), ..Transfer::all(&from, &to) }.run(|_, _| {}).await.unwrap();
        let engine = Engine::open(&to).await.unwrap();
        let taken = engine.lease("mail", at(9), at(99), 9, |_, _| 9).await.unwrap();
        let mut taken: Vec<_> = taken.into_iter().map(|(realm, leased)| (realm, leased.job.body)).collect();
        taken.sort();
        let expected =
            ["barber", "spa"].map(|name| (0..3).map(move |n| (format!("business/{name}"), format!("{name} {n}"))));
        assert_eq!(taken, expected.into_iter().flatten().collect::<Vec<_>>(), "each is done for its own business");
        engine.close().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_moved_is_said_and_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    let url = |name: &str| format!("sqlite:{}", directory.path().join(name).display());
    let (from, server) = (url("from.sqlite"), database().await);
    let absent = run(&from, &server).await;
    assert!(matches!(absent, Err(TransferError::Absent(_))), "there is no such file: {absent:?}");
    assert!(!directory.path().join("from.sqlite").exists(), "and none was made to find that out");
    let absent = run(&server, &url("to.sqlite")).await;
    assert!(matches!(absent, Err(TransferError::Absent(_))), "there is nothing in that database: {absent:?}");
    assert!(sql(&server, "SELECT relname::text FROM pg_stat_user_tables").await.is_empty(), "nothing was made there");
    assert!(!directory.path().join("to.sqlite").exists(), "nor at the target");

    let engine = Engine::open(&from).await.unwrap();
    write(&engine.realm("business/salon"), vec![note("odd", "1", "a\0b", &[])]).await;
    engine.close().await;
    drop(engine);
    let kept = run(&from, &server).await;
    assert!(matches!(kept, Err(TransferError::CannotKeep(_))), "PostgreSQL has no such texts: {kept:?}");
    run(&from, &url("copy.sqlite")).await.expect("a file has");
    let full = run(&from, &url("copy.sqlite")).await;
    assert!(matches!(&full, Err(TransferError::NotEmpty(what)) if what == "business/salon"), "it is full: {full:?}");
    let itself = run(&from, &from).await;
    assert!(matches!(itself, Err(TransferError::TargetInUse)), "it is the source: {itself:?}");

    let newer = url("newer.sqlite");
    Engine::open(&newer).await.unwrap().close().await;
    let connection = Connection::open(directory.path().join("newer.sqlite")).unwrap();
    connection.execute_batch("UPDATE format SET format = 99, readable_from = 99").unwrap();
    drop(connection);
    let refused = run(&newer, &server).await;
    assert!(matches!(refused, Err(TransferError::Source(StoreError::TooNew { .. }))), "it is newer: {refused:?}");
    let refused = run(&from, &newer).await;
    assert!(matches!(refused, Err(TransferError::Target(StoreError::TooNew { .. }))), "it is newer: {refused:?}");
    for wrong in ["postgres://ada:secret@127.0.0.1:1/db", "postgres://ada:secret@127.0.0.1:x/db", "ada:secret"] {
        for failed in [run(&from, wrong).await, run(wrong, &from).await] {
            let text = failed.map_err(|error| format!("{error} {error:?}")).expect_err("there is no such server");
            assert!(!text.contains("secret"), "no password is told: {text}");
        }
    }
}
