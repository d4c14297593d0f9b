//! What is written in one call and what is not, and that nobody else's commits are lost by it.

use rusqlite::{Connection, ffi};

use super::held::{HEADER, Held, MOST};
use crate::sqlite::connection;

pub(super) fn frame(number: u8, is_last: bool) -> [Vec<u8>; 2] {
    let mut header = vec![number; HEADER];
    header[4..8].fill(u8::from(is_last));
    [header, vec![number; 4096]]
}

#[test]
fn a_commit_is_written_in_one_call() {
    let (mut held, mut calls) = (Held::default(), Vec::new());
    let mut at = 32;
    for number in 0..20 {
        assert_eq!(calls.len(), number / 5, "nothing before its last page, all with it");
        for piece in frame(number as u8, number % 5 == 4) {
            assert_eq!(
                held.write(&piece, at, |bytes, at| {
                    calls.push((bytes.len(), at));
                    0
                }),
                0
            );
            at += piece.len() as i64;
        }
    }
    let commit = 5 * (HEADER + 4096);
    assert_eq!(calls, [0, 1, 2, 3].map(|number| (commit, 32 + number * commit as i64)));
}

#[test]
fn what_does_not_follow_is_not_put_together() {
    let (mut held, mut calls) = (Held::default(), Vec::new());
    let mut put = |bytes: &[u8], at| {
        calls.push((bytes.to_vec(), at));
        0
    };
    for (bytes, at) in [(b"one", 0), (b"two", 3), (b"six", 100), (b"old", 0)] {
        held.write(bytes, at, &mut put);
    }
    held.put_all(&mut put);
    held.put_all(&mut put);
    assert_eq!(calls, [(b"onetwo".to_vec(), 0), (b"six".to_vec(), 100), (b"old".to_vec(), 0)]);
}

#[test]
fn not_more_is_held_back_than_said() {
    let (mut held, mut calls) = (Held::default(), 0);
    let mut put = |bytes: &[u8], at: i64| {
        assert!(bytes.len() <= MOST);
        assert_eq!(at, calls * 31 * 4096);
        calls += 1;
        0
    };
    for number in 0..310 {
        held.write(&[0; 4096], number * 4096, &mut put);
    }
    held.put_all(put);
    assert_eq!(calls, 10);
}

#[test]
fn a_write_that_fails_is_told_in_its_own_commit_and_not_tried_again() {
    let mut held = Held::default();
    let [[header, page], [last_header, last_page]] = [frame(1, false), frame(2, true)];
    let mut at = 32;
    for piece in [header, page, last_header] {
        assert_eq!(held.write(&piece, at, |_, _| ffi::SQLITE_FULL), ffi::SQLITE_OK, "it is held back");
        at += piece.len() as i64;
    }
    assert_eq!(held.write(&last_page, at, |_, _| ffi::SQLITE_FULL), ffi::SQLITE_FULL);
    assert_eq!(held.put_all(|_, _| panic!("nothing is left of it")), ffi::SQLITE_OK);
}

/// An engine's connection, whose log goes this way, and one that goes SQLite's own.
pub(super) fn both(path: &std::path::Path, settings: &str) -> [Connection; 2] {
    connection::make_private(path).unwrap();
    let [ours, theirs] = [connection::open_committer(path).unwrap(), Connection::open(path).unwrap()];
    ours.execute_batch("CREATE TABLE letter (number INTEGER PRIMARY KEY, text TEXT)").unwrap();
    ours.execute_batch(settings).unwrap();
    [ours, theirs]
}

fn count(connection: &Connection) -> i64 {
    connection.query_row("SELECT count(*) FROM letter", [], |row| row.get(0)).unwrap()
}

fn is_whole(connection: &Connection) {
    let found: String = connection.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(found, "ok");
}

#[test]
fn others_see_each_commit_at_once_whatever_is_synced() {
    for synchronous in ["OFF", "NORMAL", "FULL"] {
        let folder = tempfile::tempdir().unwrap();
        let settings = format!("PRAGMA synchronous = {synchronous}; PRAGMA wal_autocheckpoint = 20");
        let [ours, theirs] = both(&folder.path().join("file.sqlite"), &settings);
        for number in 0..500 {
            // Some are longer than what is held back, and some are not alone.
            let text = "x".repeat(if number % 100 == 7 { 3 * MOST } else { number });
            ours.execute("INSERT INTO letter (text) VALUES (?1)", [&text]).unwrap();
            assert_eq!(count(&theirs), 2 * number as i64 + 1, "{synchronous}");
            theirs.execute("INSERT INTO letter (text) VALUES (?1)", [&text]).unwrap();
            assert_eq!(count(&ours), 2 * number as i64 + 2, "{synchronous}");
        }
        is_whole(&theirs);
    }
}

#[test]
fn a_transaction_larger_than_the_cache_is_undone_or_done_as_a_whole() {
    let folder = tempfile::tempdir().unwrap();
    let [ours, theirs] = both(&folder.path().join("file.sqlite"), "PRAGMA cache_size = 4");
    for undone in [true, false, true] {
        let before = count(&theirs);
        ours.execute_batch("BEGIN IMMEDIATE").unwrap();
        for number in 0..400 {
            ours.execute("INSERT INTO letter (text) VALUES (?1)", ["y".repeat(number * 7)]).unwrap();
            let sql = "UPDATE letter SET text = text || 'z' WHERE number = (SELECT max(number) - 150 FROM letter)";
            ours.execute(sql, []).unwrap();
        }
        assert_eq!(count(&ours), before + 400);
        assert_eq!(count(&theirs), before, "nobody else sees it yet");
        ours.execute_batch(if undone { "ROLLBACK" } else { "COMMIT" }).unwrap();
        assert_eq!(count(&theirs), if undone { before } else { before + 400 });
        is_whole(&ours);
        is_whole(&theirs);
    }
    drop(theirs);
    ours.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    let log = std::fs::metadata(folder.path().join("file.sqlite-wal")).unwrap();
    assert_eq!(log.len(), 0, "it was worked off and cut");
    is_whole(&ours);
}

#[test]
fn what_was_undone_is_not_written_over_the_commits_of_others() {
    let folder = tempfile::tempdir().unwrap();
    let [ours, theirs] = both(&folder.path().join("file.sqlite"), "PRAGMA cache_size = 4");
    for number in 0..100 {
        ours.execute("INSERT INTO letter VALUES (?1, ?2)", (number, "a".repeat(900))).unwrap();
    }
    for round in 0..3 {
        // The log begins anew, and the transaction changes nothing but rows in their places: fewer pages than are held
        // back at most.
        ours.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
        ours.execute_batch("BEGIN IMMEDIATE; UPDATE letter SET text = replace(text, 'a', 'b'); ROLLBACK").unwrap();
        for number in 0..20 {
            let sql = "UPDATE letter SET text = replace(text, 'a', 'c') WHERE number = ?1";
            theirs.execute(sql, [number * 5 + round]).unwrap();
        }
        let undone = "SELECT count(*) FROM letter WHERE text LIKE '%b%'";
        for one in [&ours, &theirs] {
            assert_eq!(one.query_row(undone, [], |row| row.get::<_, i64>(0)).unwrap(), 0);
            let changed = "SELECT count(*) FROM letter WHERE text LIKE 'c%'";
            let expected = 20 * (i64::from(round) + 1);
            assert_eq!(one.query_row(changed, [], |row| row.get::<_, i64>(0)).unwrap(), expected);
            is_whole(one);
        }
    }
}
