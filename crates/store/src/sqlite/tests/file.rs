//! The file: durable, private, copied, closed.

use std::path::Path;

use futures_util::future;
use rusqlite::Connection;

use super::{batch, engine, get, note};
use crate::{CommitError, Read, Store, StoreError, sqlite::SqliteEngine};

#[tokio::test]
async fn an_answer_comes_after_the_commit() {
    let (engine, _directory) = engine();
    let store = engine.realm("salon");
    // A second engine shares no memory with the first: what it reads was committed to the file.
    let second = SqliteEngine::open(engine.path()).unwrap();
    for number in 1..=20_u64 {
        store.commit(batch([note("a", &number.to_string())])).await.unwrap();
        let found = get(&second.realm("salon"), "a").await.map(|found| found.version);
        assert_eq!(found, Some(number), "what was answered is in the file");
    }
}

#[test]
fn commits_reach_the_disk() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store.sqlite");
    let connection = super::super::connection::open_writer(&path);
    assert!(connection.is_err(), "the file is made by `make_private` alone, never with the rights of the day");
    super::super::connection::make_private(&path).unwrap();
    let connection = super::super::connection::open_committer(&path).unwrap();
    let mode: String = connection.query_row("PRAGMA journal_mode", [], |row| row.get(0)).unwrap();
    let setting = |name: &str| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!((mode.as_str(), setting("synchronous")), ("wal", 2), "2 is FULL: the log is synced with every commit");
    assert_eq!(setting("fullfsync"), 1, "on Apple's systems too");
    assert_eq!(setting("cache_spill"), 0, "nothing is written before the commit");
}

#[tokio::test]
async fn the_log_stays_bounded_under_a_load_that_never_pauses() {
    let (engine, _directory) = engine();
    let body = "x".repeat(40_000);
    let writing = (0..4).map(|number| {
        let (store, body) = (engine.realm("salon"), body.clone());
        async move {
            for _ in 0..500 {
                store.commit(batch([note(&number.to_string(), &body)])).await.unwrap();
            }
        }
    });
    future::join_all(writing).await;
    let log = engine.path().with_file_name("store.sqlite-wal");
    let length = std::fs::metadata(&log).unwrap().len();
    assert!(length < 40_000_000, "of 80 MB of bodies and more the log holds {length} bytes");
    engine.close().await;
    assert!(!log.exists(), "and nothing when the engine is closed");
}

#[tokio::test]
async fn a_closed_engine_has_let_go_of_its_file() {
    let (engine, _directory) = engine();
    let path = engine.path().to_owned();
    engine.close().await;
    for _ in 0..50 {
        let engine = SqliteEngine::open(&path).unwrap();
        engine.realm("salon").commit(batch([note("a", "1")])).await.unwrap();
        engine.close().await;
        assert!(!path.with_file_name("store.sqlite-wal").exists(), "who has closed it may move it at once");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn only_the_owner_may_look() {
    use std::os::unix::fs::PermissionsExt;
    let rights = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let directory = tempfile::tempdir().unwrap();
    let inside = directory.path().join("new/deep");
    let path = inside.join("store.sqlite");
    let engine = SqliteEngine::open(&path).unwrap();
    engine.realm("salon").commit(batch([note("a", "1")])).await.unwrap();
    assert_eq!(rights(&inside), 0o700, "a directory that had to be made is the owner's alone");
    assert_eq!(rights(&path), 0o600, "so is the file");
    let sides = ["-wal", "-shm"].map(|side| inside.join(format!("store.sqlite{side}")));
    for side in &sides {
        assert_eq!(rights(side), 0o600, "so are the files beside it: {}", side.display());
    }
    let copy = directory.path().join("copy.sqlite");
    engine.backup(&copy).await.unwrap();
    assert_eq!(rights(&copy), 0o600, "so is a copy");
    engine.close().await;
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    let _again = SqliteEngine::open(&path).unwrap();
    assert_eq!(rights(&path), 0o600, "a file that others could read is closed to them");
    for side in &sides {
        assert_eq!(rights(side), 0o600, "with what is beside it: {}", side.display());
    }
}

#[tokio::test]
async fn a_copy_is_complete_while_others_write() {
    let (engine, directory) = engine();
    let store = engine.realm("salon");
    store.commit(batch((0..500).map(|number| note(&number.to_string(), "1")))).await.unwrap();
    let copy = directory.path().join("copy.sqlite");
    std::fs::write(directory.path().join("copy.sqlite.partial"), "left by a crash").unwrap();
    let writing = tokio::spawn({
        let store = store.clone();
        async move {
            for _ in 0..20 {
                store.commit(batch([note("0", "2"), note("499", "2")])).await.unwrap();
            }
        }
    });
    engine.backup(&copy).await.unwrap();
    writing.await.unwrap();
    // Whoever opens a copy makes an original of it.
    let open = |name: &str| {
        let other = directory.path().join(name);
        std::fs::copy(&copy, &other).unwrap();
        SqliteEngine::open(&other).unwrap().realm("salon")
    };
    let copied = open("first.sqlite");
    let (first, last) = (get(&copied, "0").await.unwrap(), get(&copied, "499").await.unwrap());
    assert_eq!(first.version, last.version, "the copy is of one moment");
    let version = copied.snapshot().await.unwrap().version(&super::key("").space).await.unwrap();
    assert_eq!(first.version, version, "and its versions fit together");
    store.commit(batch([note("new", "1")])).await.unwrap();
    engine.backup(&copy).await.expect("a former copy is replaced");
    let copied = open("second.sqlite");
    assert!(get(&copied, "new").await.is_some(), "the new copy has what is new");
    assert!(engine.backup(Path::new("/dev/null/copy")).await.is_err(), "a copy that cannot be written is a failure");
}

#[tokio::test]
async fn a_copy_that_fails_leaves_nothing() {
    let (engine, directory) = engine();
    engine.realm("salon").commit(batch([note("a", "1")])).await.unwrap();
    engine.close().await;
    let mut bytes = std::fs::read(engine.path()).unwrap();
    bytes[4096..].fill(0x5a);
    std::fs::write(engine.path(), bytes).unwrap();
    let reader = super::super::connection::open_reader(engine.path()).unwrap();
    let failed = super::super::backup::copy(&reader, engine.path(), &directory.path().join("copy.sqlite"));
    failed.expect_err("its pages say nothing");
    let left = std::fs::read_dir(directory.path()).unwrap().map(|left| left.unwrap().file_name());
    let left: Vec<_> = left.filter(|name| name.to_string_lossy().starts_with("copy")).collect();
    assert!(left.is_empty(), "what was begun is gone: {left:?}");
}

#[tokio::test]
async fn a_copy_takes_the_place_of_no_file_that_is_worked_with() {
    let (engine, directory) = engine();
    let store = engine.realm("salon");
    store.commit(batch([note("a", "1")])).await.unwrap();
    let file = |name: &str| directory.path().join(name);
    std::fs::create_dir(file("x")).unwrap();
    let mut names = vec![engine.path().to_owned(), file("x/../store.sqlite"), file("store.sqlite-wal")];
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(engine.path(), file("soft.sqlite")).unwrap();
        std::fs::hard_link(engine.path(), file("hard.sqlite")).unwrap();
        std::fs::hard_link(engine.path(), file("part.sqlite.partial")).unwrap();
        names.extend([file("hard.sqlite"), file("soft.sqlite"), file("part.sqlite")]);
    }
    // Others: one that a server has open, one that a server had open, and one that ended in the midst of a transaction.
    let open = SqliteEngine::open(&file("open.sqlite")).unwrap();
    SqliteEngine::open(&file("closed.sqlite")).unwrap().close().await;
    engine.backup(&file("killed.sqlite")).await.unwrap();
    std::fs::write(file("killed.sqlite-journal"), "left by a crash").unwrap();
    // And what is nothing of ours, as when somebody means another command.
    std::fs::write(file("business.toml"), "hosts = []").unwrap();
    names.extend([file("open.sqlite"), file("closed.sqlite"), file("killed.sqlite"), file("business.toml")]);
    for name in names {
        let refused = engine.backup(&name).await;
        assert!(matches!(refused, Err(StoreError::Engine(_))), "{} is no former copy: {refused:?}", name.display());
    }
    assert_eq!(std::fs::read(file("business.toml")).unwrap(), b"hosts = []", "every byte of it");
    std::fs::write(file("empty.sqlite"), "").unwrap();
    engine.backup(&file("empty.sqlite")).await.expect("a name that was made beforehand");
    assert_eq!(open.epoch(), SqliteEngine::open(&file("open.sqlite")).unwrap().epoch(), "it is the file that it was");
    store.commit(batch([note("a", "2")])).await.expect("who has it open goes on");
    let again = SqliteEngine::open(engine.path()).unwrap();
    assert_eq!(&*get(&again.realm("salon"), "a").await.unwrap().body, "2", "in the file that others find");
}

#[tokio::test]
async fn a_copy_tells_another_history() {
    let (engine, directory) = engine();
    let epoch = engine.epoch().to_owned();
    assert!(epoch.len() == 16 && epoch.bytes().all(|byte| byte.is_ascii_hexdigit()), "16 digits: {epoch:?}");
    let again = SqliteEngine::open(engine.path()).unwrap();
    assert_eq!(again.epoch(), epoch, "a file keeps its epoch, whoever opens it");
    let copy = directory.path().join("copy.sqlite");
    engine.backup(&copy).await.unwrap();
    let twin = directory.path().join("twin.sqlite");
    std::fs::copy(&copy, &twin).unwrap();
    let copied = SqliteEngine::open(&copy).unwrap();
    assert_ne!(copied.epoch(), epoch, "what is written from here on the original never had");
    let twin = SqliteEngine::open(&twin).unwrap();
    assert_ne!(copied.epoch(), twin.epoch(), "nor is the second use of a copy the first one's history");
    assert_eq!(SqliteEngine::open(&copy).unwrap().epoch(), copied.epoch(), "once drawn it stays");
    assert_eq!(SqliteEngine::open(engine.path()).unwrap().epoch(), epoch, "the original goes on as it was");
}

#[tokio::test]
async fn closing_finishes_what_waits() {
    let (engine, _directory) = engine();
    let store = engine.realm("salon");
    let mut hears = store.watch();
    let open = store.snapshot().await.unwrap();
    let commits = (0..100).map(|number| store.commit(batch([note(&number.to_string(), "1")])));
    // Polled in order: all commits are in the queue when the engine is asked to close.
    let (results, ()) = future::join(future::join_all(commits), engine.close()).await;
    assert!(results.iter().all(Result::is_ok), "what was accepted before is committed");
    let refused = store.commit(batch([note("late", "1")])).await;
    assert!(matches!(refused, Err(CommitError::Store(StoreError::Closed))), "nothing is accepted after: {refused:?}");
    assert!(matches!(store.snapshot().await.map(|_| ()), Err(StoreError::Closed)), "nor read");
    let copy = engine.backup(Path::new("never")).await;
    assert!(matches!(copy, Err(StoreError::Closed)), "nor copied");
    assert!(open.get(&super::key("1")).await.unwrap().is_none(), "a snapshot taken before still answers");
    drop(open);
    for version in 1..=100 {
        assert_eq!(hears.recv().await.unwrap().version, version, "watchers hear of all that was committed");
    }
    let end = hears.recv().await;
    assert_eq!(end, Err(tokio::sync::broadcast::error::RecvError::Closed), "then the watch ends");
    engine.close().await; // closing twice does nothing
    let again = SqliteEngine::open(engine.path()).unwrap().realm("salon");
    assert!(get(&again, "99").await.is_some(), "all is in the file");
}

#[tokio::test]
async fn a_full_queue_is_busy() {
    let (engine, _directory) = engine();
    let store = engine.realm("salon");
    store.commit(batch([note("a", "1")])).await.unwrap();
    // Somebody else holds the file, so the writer waits and the queue fills.
    let blocker = Connection::open(engine.path()).unwrap();
    blocker.execute_batch("BEGIN IMMEDIATE").unwrap();
    let commits = (0..2000).map(|number| store.commit(batch([note(&number.to_string(), "1")])));
    let release = async {
        let found = get(&store, "a").await;
        assert!(found.is_some(), "readers are not held up");
        blocker.execute_batch("ROLLBACK").unwrap();
    };
    let (results, ()) = future::join(future::join_all(commits), release).await;
    let accepted = results.iter().filter(|result| result.is_ok()).count();
    let busy = results.iter().filter(|result| matches!(result, Err(CommitError::Store(StoreError::Busy)))).count();
    assert_eq!(accepted + busy, 2000, "each was either done or turned away at once");
    assert!(accepted >= 1024 && busy > 0, "the queue takes a thousand and no more: {accepted} accepted");
    let version = store.snapshot().await.unwrap().version(&super::key("").space).await.unwrap();
    assert_eq!(version as usize, accepted + 1, "those that were turned away left nothing");
}

#[tokio::test]
async fn opening_a_file_waits_for_no_writer() {
    let (engine, _directory) = engine();
    engine.realm("salon").commit(batch([note("a", "1")])).await.unwrap();
    let writing = Connection::open(engine.path()).unwrap();
    writing.execute_batch("BEGIN IMMEDIATE").unwrap();
    let second = SqliteEngine::open(engine.path()).expect("somebody writes, and goes on for as long as it takes");
    assert_eq!(second.epoch(), engine.epoch());
    assert_eq!(&*get(&second.realm("salon"), "a").await.unwrap().body, "1");
    writing.execute_batch("ROLLBACK").unwrap();
}
