//! A program that is killed while it puts a copy in the place of a file leaves what was there, as a whole, and those who
//! have the file open notice nothing.
//!
//! The test starts itself as a child that restores, and kills it when the log has grown by some of the copy.

#![allow(clippy::unwrap_used)] // a test that cannot go on has failed

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
    thread,
};

use store::{Batch, Key, Read, Store, Write, sqlite::SqliteEngine};

/// Where the child finds its file.
const FILE: &str = "DATEBOOK_RESTORE_TEST_FILE";
/// Where the child finds the copy.
const COPY: &str = "DATEBOOK_RESTORE_TEST_COPY";
/// How often it is killed.
const ROUNDS: u64 = 6;
/// Documents in the copy, of 40 KB each.
const DOCUMENTS: usize = 1_000;

fn note(id: &str, body: &str) -> Write {
    let key = Key { space: "customer/1".parse().unwrap(), kind: "note".to_owned(), id: id.to_owned() };
    Write { key, sort: String::new(), body: Some(body.into()), keys: Vec::new() }
}

fn batch(writes: Vec<Write>) -> Batch {
    Batch { writes, ..Batch::default() }
}

/// The child's part; without its environment it does nothing.
#[test]
fn child() {
    let (Ok(file), Ok(copy)) = (std::env::var(FILE), std::env::var(COPY)) else { return };
    let restoring = async { SqliteEngine::restore(Path::new(&file), Path::new(&copy)).await };
    tokio::runtime::Runtime::new().unwrap().block_on(restoring).unwrap();
}

#[tokio::test]
async fn who_is_killed_while_it_restores_leaves_what_was_there() {
    let folder = tempfile::tempdir().unwrap();
    let (file, copy) = (folder.path().join("store.sqlite"), folder.path().join("copy.sqlite"));
    let log = folder.path().join("store.sqlite-wal");
    let engine = SqliteEngine::open(&file).unwrap();
    let salon = engine.realm("salon");
    let body = "x".repeat(40_000);
    for some in (0..DOCUMENTS).collect::<Vec<_>>().chunks(100) {
        salon.commit(batch(some.iter().map(|id| note(&id.to_string(), &body)).collect())).await.unwrap();
    }
    engine.backup(&copy).await.unwrap();
    salon.commit(batch((0..DOCUMENTS).map(|id| note(&id.to_string(), "\"short\"")).collect())).await.unwrap();
    engine.close().await;

    let engine = SqliteEngine::open(&file).unwrap();
    let salon = engine.realm("salon");
    for round in 0..ROUNDS {
        salon.commit(batch(vec![note("round", &round.to_string())])).await.unwrap();
        let before = fs::metadata(&log).unwrap().len();
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "child"])
            .env(FILE, &file)
            .env(COPY, &copy)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // The copy has 40 MB; what is longer by 1 to 16 MB is not whole.
        let enough = before.max(1) + (1 << 20) * (1 + 3 * round);
        while fs::metadata(&log).unwrap().len() < enough {
            assert!(child.try_wait().unwrap().is_none(), "round {round}: it ends only with all of the copy in the log");
            thread::yield_now();
        }
        child.kill().unwrap();
        child.wait().unwrap();
        check(&engine, round).await;
        let fresh = SqliteEngine::open(&file).unwrap();
        assert_eq!(fresh.epoch(), engine.epoch(), "round {round}: whoever comes finds the same history");
        check(&fresh, round).await;
        fresh.close().await;
    }
    let connection = rusqlite::Connection::open(&file).unwrap();
    let whole: String = connection.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(whole, "ok");
    drop(connection);

    SqliteEngine::restore(&file, &copy).await.expect("nothing is in the way of the next one");
    let restored = SqliteEngine::open(&file).unwrap();
    let moment = restored.realm("salon").snapshot().await.unwrap();
    for id in 0..DOCUMENTS {
        let found = moment.get(&note(&id.to_string(), "").key).await.unwrap().expect("all of the copy is there");
        assert_eq!(found.body.len(), body.len(), "as it was copied");
    }
}

/// All is as it was before somebody tried to restore.
async fn check(engine: &SqliteEngine, round: u64) {
    let moment = engine.realm("salon").snapshot().await.expect("an engine that was open goes on reading");
    let found = moment.get(&note("round", "").key).await.unwrap().unwrap();
    assert_eq!(*found.body, *round.to_string(), "round {round}: what was answered last");
    for id in 0..DOCUMENTS {
        let found = moment.get(&note(&id.to_string(), "").key).await.unwrap().unwrap();
        assert_eq!(&*found.body, "\"short\"", "round {round}: no document of the copy");
    }
}
