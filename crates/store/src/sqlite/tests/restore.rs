//! A copy in the place of what a file holds, while engines have it open.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
};

use futures_util::future;
use rusqlite::Connection;

use super::{batch, engine, get, note};
use crate::{
    CommitError, Read, RestoreError, Space, Store, StoreError,
    sqlite::{SqliteEngine, SqliteStore},
};

/// Whether a refusal is the right one.
type Expected = fn(&RestoreError) -> bool;

fn space() -> Space {
    super::key("").space
}

async fn text(store: &SqliteStore, id: &str) -> Option<String> {
    get(store, id).await.map(|found| found.body.to_string())
}

/// An engine whose note `a` says "before", a copy of that, and afterwards "after".
async fn copied() -> (SqliteEngine, PathBuf, tempfile::TempDir) {
    let (engine, folder) = engine();
    let copy = folder.path().join("a copy, 100%?#.sqlite");
    engine.realm("salon").commit(batch([note("a", "\"before\"")])).await.unwrap();
    engine.backup(&copy).await.unwrap();
    engine.realm("salon").commit(batch([note("a", "\"after\""), note("b", "\"new\"")])).await.unwrap();
    (engine, copy, folder)
}

#[tokio::test]
async fn who_has_the_file_open_is_told_that_it_is_another() {
    let (engine, copy, _folder) = copied().await;
    let other = SqliteEngine::open(engine.path()).unwrap();
    let (ours, theirs) = (engine.realm("salon"), other.realm("salon"));
    let open = ours.snapshot().await.unwrap();
    open.versions(&[space()]).await.unwrap();
    let glance = ours.glance().expect("it was just read");
    let bytes = fs::read(&copy).unwrap();

    SqliteEngine::restore(engine.path(), &copy).await.unwrap();

    assert!(fs::read(&copy).unwrap() == bytes, "the copy stays as it is, to be put back once more");
    assert_eq!(open.get(&super::key("a")).await.unwrap().unwrap().version, 2, "a moment from before is what it was");
    assert!(glance.versions(&[space()]).is_none_or(|known| known == [2]), "how things stood, as long as it is kept");
    assert!(ours.glance().is_none(), "and nobody knows it");
    let read = ours.snapshot().await.map(|_| ());
    assert!(matches!(read, Err(StoreError::Replaced)), "who reads under the old epoch is told: {read:?}");
    for store in [&ours, &theirs] {
        let written = store.commit(batch([note("late", "1")])).await;
        let refused = matches!(written, Err(CommitError::Store(StoreError::Replaced)));
        assert!(refused, "what was decided before is not written into the copy: {written:?}");
    }
    let realms = engine.realms().await;
    assert!(matches!(realms, Err(StoreError::Replaced)), "nor is anything else told: {realms:?}");
    future::join(engine.replaced(), other.replaced()).await;
    drop(open);

    let (next, too) = (SqliteEngine::open(engine.path()).unwrap(), SqliteEngine::open(engine.path()).unwrap());
    assert_eq!(next.epoch(), too.epoch(), "those who open it tell one history");
    assert_ne!(next.epoch(), engine.epoch(), "and it is another one");
    let salon = next.realm("salon");
    assert_eq!(text(&salon, "a").await.as_deref(), Some("\"before\""), "what the copy holds");
    assert_eq!(text(&salon, "b").await, None, "and nothing that it does not");
    salon.commit(batch([note("a", "\"later\"")])).await.expect("it goes on from there");
    engine.close().await;
    other.close().await;
    assert_eq!(text(&too.realm("salon"), "a").await.as_deref(), Some("\"later\""), "whatever the former ones do");

    SqliteEngine::restore(next.path(), &copy).await.expect("once more");
    let third = SqliteEngine::open(next.path()).unwrap();
    assert!(![next.epoch(), engine.epoch()].contains(&third.epoch()), "the same copy again is a history of its own");
    assert_eq!(text(&third.realm("salon"), "a").await.as_deref(), Some("\"before\""), "with the same beginning");
}

#[tokio::test]
async fn who_does_nothing_finds_out_by_looking_for_others() {
    let (engine, copy, _folder) = copied().await;
    engine.hear_others().await.unwrap();
    SqliteEngine::restore(engine.path(), &copy).await.unwrap();
    let heard = engine.hear_others().await;
    assert!(matches!(heard, Err(StoreError::Replaced)), "an idle server looks every second: {heard:?}");
    engine.replaced().await;
}

#[tokio::test]
async fn a_file_that_is_not_there_or_is_damaged_is_made_whole() {
    let (engine, copy, folder) = copied().await;
    engine.close().await;
    let path = folder.path().join("new/deep/store.sqlite");
    SqliteEngine::restore(&path, &copy).await.unwrap();
    let made = SqliteEngine::open(&path).unwrap();
    assert_eq!(text(&made.realm("salon"), "a").await.as_deref(), Some("\"before\""), "on an empty disk");
    made.close().await;
    let mut bytes = fs::read(&path).unwrap();
    bytes[4096..].fill(0x5a);
    fs::write(&path, bytes).unwrap();
    SqliteEngine::restore(&path, &copy).await.unwrap();
    let whole = SqliteEngine::open(&path).unwrap();
    assert_eq!(text(&whole.realm("salon"), "a").await.as_deref(), Some("\"before\""), "over pages that say nothing");
}

#[tokio::test]
async fn what_is_no_copy_is_refused_and_changes_nothing() {
    let (engine, copy, folder) = copied().await;
    let file = |name: &str| folder.path().join(name);
    let before = (engine.epoch().to_owned(), fs::read(engine.path().with_extension("sqlite-wal")).unwrap());
    let foreign = file("foreign.sqlite");
    Connection::open(&foreign).unwrap().execute_batch("CREATE TABLE theirs (x)").unwrap();
    fs::write(file("letter.txt"), "Dear Ada, ".repeat(1000)).unwrap();
    fs::write(file("empty"), "").unwrap();
    let whole = fs::read(&copy).unwrap();
    fs::write(file("cut.sqlite"), &whole[..whole.len() - 4096]).unwrap();
    let mut scratched = whole.clone();
    // The lower half of every page but the first.
    scratched[4096..].chunks_mut(4096).for_each(|page| page[2048..].fill(0x5a));
    fs::write(file("scratched.sqlite"), &scratched).unwrap();
    let changed = |name: &str, sql: &str| {
        fs::write(file(name), &whole).unwrap();
        Connection::open(file(name)).unwrap().execute_batch(sql).unwrap();
        file(name)
    };
    let newer = changed("newer.sqlite", "UPDATE format SET format = 99, readable_from = 98");
    let older = changed("older.sqlite", "UPDATE format SET format = 1, readable_from = 1");
    let opened = changed("opened.sqlite", "INSERT INTO epoch VALUES (1, '0123456789abcdef')");
    fs::write(file("writing.sqlite"), &whole).unwrap();
    fs::write(file("writing.sqlite-wal"), "somebody is at it").unwrap();
    let wrong: [(PathBuf, Expected); 12] = [
        (file("missing"), |error| matches!(error, RestoreError::Unreadable(_))),
        (folder.path().to_owned(), |error| matches!(error, RestoreError::Unreadable(_))),
        (foreign, |error| matches!(error, RestoreError::Foreign)),
        (file("letter.txt"), |error| matches!(error, RestoreError::Foreign)),
        (file("empty"), |error| matches!(error, RestoreError::Foreign)),
        (older, |error| matches!(error, RestoreError::Foreign)),
        (file("cut.sqlite"), |error| matches!(error, RestoreError::Damaged(_))),
        (file("scratched.sqlite"), |error| matches!(error, RestoreError::Damaged(_))),
        (newer, |error| matches!(error, RestoreError::TooNew { found: 98, .. })),
        (opened, |error| matches!(error, RestoreError::Opened)),
        (file("writing.sqlite"), |error| matches!(error, RestoreError::Opened)),
        (engine.path().to_owned(), |error| matches!(error, RestoreError::Opened)),
    ];
    for (copy, expected) in wrong {
        let refused = SqliteEngine::restore(engine.path(), &copy).await.expect_err("this is no copy");
        assert!(expected(&refused), "{}: {refused:?}", copy.display());
    }
    let after = fs::read(engine.path().with_extension("sqlite-wal")).unwrap();
    assert!(after == before.1, "not a word was written");
    engine.hear_others().await.expect("it is the same file still");
    assert_eq!(text(&engine.realm("salon"), "a").await.as_deref(), Some("\"after\""), "as it was");

    let theirs = file("theirs.sqlite");
    Connection::open(&theirs).unwrap().execute_batch("CREATE TABLE theirs (x)").unwrap();
    let bytes = fs::read(&theirs).unwrap();
    let refused = SqliteEngine::restore(&theirs, &copy).await;
    assert!(matches!(refused, Err(RestoreError::Store(StoreError::Engine(_)))), "not over a stranger's: {refused:?}");
    assert!(fs::read(&theirs).unwrap() == bytes, "which stays as it was");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn histories_are_never_mixed_under_load() {
    static OVER: AtomicBool = AtomicBool::new(false);
    static LIVES: [AtomicUsize; WORKERS] = [const { AtomicUsize::new(0) }; WORKERS];
    let (engine, folder) = engine();
    let copy = folder.path().join("copy.sqlite");
    let path = engine.path().to_owned();
    engine.realm("salon").commit(batch([note("told", &format!("\"{}\"", engine.epoch()))])).await.unwrap();
    engine.backup(&copy).await.unwrap();
    let work = (0..WORKERS).map(|worker| {
        let path = path.clone();
        tokio::spawn(async move {
            while !OVER.load(Ordering::Relaxed) {
                let engine = SqliteEngine::open(&path).unwrap();
                LIVES[worker].fetch_add(1, Ordering::Relaxed);
                live(&engine, worker, &OVER).await;
                engine.close().await;
            }
        })
    });
    let work: Vec<_> = work.collect();
    let lives = || LIVES.each_ref().map(|lives| lives.load(Ordering::Relaxed));
    for _ in 0..20 {
        let before = lives();
        SqliteEngine::restore(&path, &copy).await.unwrap();
        // Each has noticed, and lives again.
        while lives().iter().zip(before).any(|(now, before)| *now <= before) {
            assert!(work.iter().all(|worker| !worker.is_finished()), "all go on");
            tokio::task::yield_now().await;
        }
    }
    OVER.store(true, Ordering::Relaxed);
    for worker in work {
        worker.await.unwrap();
    }
}

/// How many engines are at work.
const WORKERS: usize = 4;

/// Writes down which history it believes in, and reads whether everybody believes the same, until it is replaced or all
/// is over.
async fn live(engine: &SqliteEngine, worker: usize, over: &AtomicBool) {
    let (store, mine) = (engine.realm("salon"), format!("\"{}\"", engine.epoch()));
    while !over.load(Ordering::Relaxed) {
        match store.commit(batch([note(&format!("by {worker}"), &mine)])).await {
            Ok(_) | Err(CommitError::Store(StoreError::Busy)) => {}
            Err(CommitError::Store(StoreError::Replaced)) => return,
            Err(other) => panic!("{other}"),
        }
        let known = store.glance().and_then(|glance| glance.version(&space()));
        let moment = match store.snapshot().await {
            Err(StoreError::Replaced) => return,
            moment => moment.unwrap(),
        };
        let version = moment.version(&space()).await.unwrap();
        assert!(known.is_none_or(|known| known <= version), "a history only goes on: {known:?}, {version}");
        for other in 0..WORKERS {
            let key = super::key(&format!("by {other}"));
            if let Some(told) = moment.get(&key).await.unwrap() {
                assert_eq!(&*told.body, mine, "everybody who writes to this history is in it");
            }
        }
    }
}

#[test]
fn a_step_that_the_copy_lacks_is_taken_when_it_is_opened() {
    let folder = tempfile::tempdir().unwrap();
    let (path, copy) = (folder.path().join("store.sqlite"), folder.path().join("old.sqlite"));
    old(&copy);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        SqliteEngine::restore(&path, &copy).await.unwrap();
        let engine = SqliteEngine::open(&path).unwrap();
        engine.realm("salon").commit(batch([note("a", "1")])).await.unwrap();
    });
    let format: u32 =
        Connection::open(&path).unwrap().query_row("SELECT format FROM format", [], |row| row.get(0)).unwrap();
    assert_eq!(format as usize, super::super::schema::STEPS.len(), "the program's own format");
}

/// A copy of the first program that knew epochs.
fn old(path: &Path) {
    use super::super::{connection, migrate, schema::STEPS};
    connection::make_private(path).unwrap();
    migrate::migrate_with(&mut connection::open_writer(path).unwrap(), &STEPS[..2]).unwrap();
    let copy = Connection::open(path).unwrap();
    copy.query_row("PRAGMA journal_mode = DELETE", [], |_| Ok(())).unwrap();
}
