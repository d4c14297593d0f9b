//! Old, new and foreign files.

use std::{fs, path::Path, thread};

use rusqlite::Connection;

use super::super::{
    SqliteEngine,
    apply::END,
    commit::{MOVES, STAYS},
    connection::{make_private, open_committer, open_writer},
    migrate::migrate_with,
    schema::{STEPS, Step},
};
use super::note;
use crate::{Batch, Key, List, Pull, Read, Space, Store, StoreError, UniqueKey, Write};

/// Opens a file as a program would that knows one more step.
fn open_in_future(path: &Path, readable_from: u32, sql: &'static str) -> Result<(), StoreError> {
    let mut steps = STEPS.to_vec();
    steps.push(Step { format: steps.last().unwrap().format + 1, readable_from, sql });
    make_private(path).unwrap();
    migrate_with(&mut open_writer(path).unwrap(), &steps)
}

/// Makes a file as a program of that format did, with rows.
fn make_older(path: &Path, format: usize, rows: &str) {
    make_private(path).unwrap();
    let mut file = open_writer(path).unwrap();
    migrate_with(&mut file, &STEPS[..format]).unwrap();
    file.execute_batch(rows).unwrap();
}

/// The format and the lowest that may open it, as the file says.
fn format(path: &Path) -> (u32, u32) {
    let connection = Connection::open(path).unwrap();
    connection.query_row("SELECT format, readable_from FROM format", [], |row| Ok((row.get(0)?, row.get(1)?))).unwrap()
}

const KNOWN: u32 = STEPS[STEPS.len() - 1].format;
/// The lowest that may open what this program writes.
const READABLE: u32 = STEPS[STEPS.len() - 1].readable_from;

#[test]
fn steps_are_numbered() {
    for (index, step) in STEPS.iter().enumerate() {
        assert_eq!(step.format as usize, index + 1, "formats count from 1 without gap");
        assert!(step.readable_from <= step.format, "a step cannot ask for more than itself");
    }
}

#[test]
fn a_file_that_only_gained_something_opens() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store.sqlite");
    SqliteEngine::open(&path).unwrap();
    open_in_future(&path, KNOWN, "CREATE TABLE later (x TEXT) STRICT").expect("a newer program takes its step");
    SqliteEngine::open(&path).expect("this program may still open it");
    assert_eq!(format(&path), (KNOWN + 1, KNOWN), "and leaves the newer format in place");
    open_in_future(&path, KNOWN, "CREATE TABLE later (x TEXT) STRICT").expect("a step is not taken twice");
}

#[test]
fn a_file_that_is_too_new_is_refused_and_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store.sqlite");
    open_in_future(&path, KNOWN + 1, "CREATE TABLE later (x TEXT) STRICT").expect("a newer program makes its file");
    let before = fs::read(&path).unwrap();
    match SqliteEngine::open(&path).map(|_| ()) {
        Err(StoreError::TooNew { found, known }) => {
            assert_eq!((found, known), (KNOWN + 1, KNOWN), "the error says what would be needed and what is known");
        }
        other => panic!("a file that needs a newer program must be refused, got {other:?}"),
    }
    assert!(fs::read(&path).unwrap() == before, "not a byte of it was changed");
}

#[test]
fn a_step_that_fails_leaves_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store.sqlite");
    SqliteEngine::open(&path).unwrap();
    open_in_future(&path, KNOWN, "CREATE TABLE half (x TEXT) STRICT; nonsense").expect_err("nonsense is no SQL");
    assert_eq!(format(&path), (KNOWN, READABLE), "the step is not noted");
    let connection = Connection::open(&path).unwrap();
    let half: i64 =
        connection.query_row("SELECT count(*) FROM sqlite_schema WHERE name = 'half'", [], |row| row.get(0)).unwrap();
    assert_eq!(half, 0, "the first half of the step is undone");
}

#[test]
fn a_step_sorts_on_the_disk_and_a_commit_undoes_in_memory() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store.sqlite");
    make_private(&path).unwrap();
    let mut stepping = open_writer(&path).unwrap();
    migrate_with(&mut stepping, STEPS).unwrap();
    let place = |file: &Connection| file.query_row("PRAGMA temp_store", [], |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!(place(&stepping), 0, "a step may sort more than there is memory for");
    assert_eq!(place(&open_committer(&path).unwrap()), 2, "a commit waits for no file of its own");
}

#[test]
fn a_foreign_file_is_refused_and_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    let foreign = directory.path().join("foreign.sqlite");
    Connection::open(&foreign).unwrap().execute_batch("CREATE TABLE theirs (x)").unwrap();
    let text = directory.path().join("letter.txt");
    fs::write(&text, "Dear Ada, ".repeat(1000)).unwrap();
    for path in [foreign, text] {
        #[cfg(unix)]
        fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
        let now = || (fs::read(&path).unwrap(), fs::metadata(&path).unwrap().permissions());
        let before = now();
        let opened = SqliteEngine::open(&path).map(|_| ());
        assert!(matches!(opened, Err(StoreError::Engine(_))), "{} is not ours: {opened:?}", path.display());
        assert!(now() == before, "not a byte of {} was changed, nor who may read it", path.display());
    }
}

#[test]
fn many_may_open_a_new_file_at_once() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store.sqlite");
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                SqliteEngine::open(&path).map(|_| ()).expect("the steps are taken once, by whoever is first")
            });
        }
    });
    assert_eq!(format(&path), (KNOWN, READABLE), "each step was taken");
}

#[tokio::test]
async fn documents_of_an_older_file_hold_their_keys() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store.sqlite");
    make_older(
        &path,
        4,
        r#"INSERT INTO realm VALUES (1, 'salon');
           INSERT INTO space VALUES (1, 1, 'customer/1', 3);
           INSERT INTO document VALUES (1, 'note', 'one', 1, 'one', '1'), (1, 'note', 'two', 2, 'two', '2'),
               (1, 'note', 'three', 3, 'three', '3');
           INSERT INTO unique_key VALUES (1, 'name', 'b"\', 1, 'note', 'one'), (1, 'name', 'a', 1, 'note', 'one'),
               (1, 'email', 'c', 1, 'note', 'three');"#,
    );
    let store = SqliteEngine::open(&path).unwrap().realm("salon");
    let [a, b, c] =
        [("name", "a"), ("name", r#"b"\"#), ("email", "c")].map(|(name, value)| UniqueKey::new(name, value));
    let holder = async |key: &UniqueKey| store.snapshot().await.unwrap().find(key).await.unwrap().map(|key| key.id);
    for (key, id) in [(&a, "one"), (&b, "one"), (&c, "three")] {
        assert_eq!(holder(key).await.as_deref(), Some(id), "{key:?}");
    }
    let write =
        |id: &str, keys: &[&UniqueKey]| Write { keys: keys.iter().copied().cloned().collect(), ..note(id, "new") };
    let commit = async |write: Write| store.commit(Batch { writes: vec![write], ..Batch::default() }).await;
    commit(write("two", &[&a])).await.expect_err("it is held");
    commit(write("one", &[&b])).await.expect("it keeps one and releases the other");
    commit(write("two", &[&a])).await.expect("which is free then");
    assert_eq!(holder(&b).await.as_deref(), Some("one"), "what was kept is still held");
    assert_eq!(holder(&a).await.as_deref(), Some("two"));
    store.forget(&"customer/1".parse().unwrap()).await.unwrap();
    for key in [&a, &b, &c] {
        assert_eq!(holder(key).await, None, "nothing is left of {key:?}");
    }
}

#[tokio::test]
async fn spaces_and_lists_of_an_older_file_go_on_where_they_were() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store.sqlite");
    // A space that is further than its documents is a device's, which was not sent all that there was.
    make_older(
        &path,
        5,
        r#"INSERT INTO realm VALUES (1, 'salon');
           INSERT INTO space VALUES (1, 1, 'note/1', 3), (2, 1, 'note/2', 7);
           INSERT INTO document VALUES (1, 'note', 'b', 1, 'b', '1', NULL), (1, 'note', 'gone', 2, '', NULL, NULL),
               (1, 'note', 'a', 3, 'a', '3', NULL), (2, 'note', 'c', 4, 'c', '4', NULL);"#,
    );
    let store = SqliteEngine::open(&path).unwrap().realm("salon");
    let [one, two] = ["note/1", "note/2"].map(|space| space.parse::<Space>().unwrap());
    let versions = async || store.snapshot().await.unwrap().versions(&[one.clone(), two.clone()]).await.unwrap();
    let listed = async || {
        let found = store.snapshot().await.unwrap().list(&List::all(one.clone(), "note")).await.unwrap();
        found.into_iter().map(|document| document.key.id).collect::<Vec<_>>()
    };
    assert_eq!((versions().await, listed().await), (vec![3, 7], vec!["a".to_owned(), "b".to_owned()]));
    for (round, (space, id, body, sort)) in [
        (&one, "a", Some("new"), "a"),
        (&one, "a", Some("newer"), "z"),
        (&one, "gone", Some("back"), "g"),
        (&one, "b", None, ""),
        (&two, "c", Some("new"), "c"),
    ]
    .into_iter()
    .enumerate()
    {
        let key = Key { space: space.clone(), kind: "note".to_owned(), id: id.to_owned() };
        let write = Write { key, sort: sort.to_owned(), body: body.map(Into::into), keys: Vec::new() };
        let committed = store.commit(Batch { writes: vec![write], ..Batch::default() }).await.unwrap();
        let version = if space == &one { 4 + round as u64 } else { 8 };
        assert_eq!(committed.spaces, [(space.clone(), version)], "round {round}");
    }
    assert_eq!((versions().await, listed().await), (vec![7, 8], vec!["gone".to_owned(), "a".to_owned()]));
    let page = store.snapshot().await.unwrap().pull(&one, 3, 100).await.unwrap();
    let changed: Vec<_> = page.changes.iter().map(|change| (change.version, change.id.as_str())).collect();
    assert_eq!(changed, [(5, "a"), (6, "gone"), (7, "b")]);
}

/// Which of these trees a statement opens by one of these steps.
fn opened(file: &Connection, sql: &str, steps: &[&str], trees: &[&'static str]) -> Vec<&'static str> {
    let root = |name: &str| -> i64 {
        file.query_row("SELECT rootpage FROM sqlite_schema WHERE name = ?1", [name], |row| row.get(0)).unwrap()
    };
    let trees: Vec<_> = trees.iter().map(|&name| (root(name), name)).collect();
    let mut query = file.prepare(&format!("EXPLAIN {sql}")).unwrap();
    let (mut found, mut opened) = (query.raw_query(), Vec::new());
    while let Some(step) = found.next().unwrap() {
        let page: i64 = step.get("p2").unwrap();
        if steps.contains(&step.get::<_, String>("opcode").unwrap().as_str()) {
            opened.extend(trees.iter().filter(|(root, _)| *root == page).map(|(_, name)| *name));
        }
    }
    opened
}

#[test]
fn a_document_that_keeps_its_place_writes_no_list() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store.sqlite");
    drop(SqliteEngine::open(&path).unwrap());
    let file = open_writer(&path).unwrap();
    let written = |sql: &str| opened(&file, sql, &["OpenWrite"], &["document", "document_list", "document_pull"]);
    assert_eq!(written(STAYS), ["document", "document_pull"]);
    assert_eq!(written(MOVES), ["document", "document_list", "document_pull"]);
}

#[test]
fn a_space_that_goes_is_looked_for_in_no_other_table() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store.sqlite");
    drop(SqliteEngine::open(&path).unwrap());
    let trees = ["realm", "space", "document", "unique_key", "job"];
    let opened = opened(&open_committer(&path).unwrap(), END, &["OpenRead", "OpenWrite"], &trees);
    assert_eq!(opened, ["space"], "however many unique keys there are");
}
