//! New, old, newer and foreign databases.

use futures_util::{StreamExt, future};
use tokio_postgres::Client;

use super::{
    super::{
        PostgresEngine,
        address::Address,
        migrate::migrate_with,
        schema::{STEPS, Step},
    },
    batch, name, note, url,
};
use crate::{CommitError, Store, StoreError};

const KNOWN: u32 = STEPS[STEPS.len() - 1].format;
/// The lowest that may open what this program writes.
const READABLE: u32 = STEPS[STEPS.len() - 1].readable_from;

async fn connect(url: &str) -> Client {
    let (client, messages) = Address::parse(url).unwrap().connect().await.unwrap();
    tokio::spawn(messages.for_each(|_| future::ready(())));
    client
}

/// An empty database of the test's own; it goes with the server.
pub(super) async fn database() -> String {
    let database = format!("test_{}", name().replace('-', ""));
    connect(&url()).await.batch_execute(&format!("CREATE DATABASE {database}")).await.unwrap();
    let (server, _) = url().rsplit_once('/').map(|(server, rest)| (server.to_owned(), rest.to_owned())).unwrap();
    format!("{server}/{database}")
}

/// Opens a database as a program would that knows one more step.
async fn open_in_future(url: &str, readable_from: u32, sql: &'static str) -> Result<(), StoreError> {
    let mut steps = STEPS.to_vec();
    steps.push(Step { format: KNOWN + 1, readable_from, sql });
    migrate_with(&mut connect(url).await, &steps).await.map(|_| ())
}

/// The format and the lowest that may open it, as the database says.
async fn format(url: &str) -> (i32, i32) {
    let row = connect(url).await.query_one("SELECT format, readable_from FROM datebook_format", &[]).await.unwrap();
    (row.get(0), row.get(1))
}

/// All tables of ours, or of whoever.
async fn tables(url: &str) -> Vec<String> {
    let sql = "SELECT table_name::text FROM information_schema.tables WHERE table_schema = 'public' ORDER BY 1";
    connect(url).await.query(sql, &[]).await.unwrap().iter().map(|row| row.get(0)).collect()
}

#[test]
fn steps_are_numbered() {
    for (index, step) in STEPS.iter().enumerate() {
        assert_eq!(step.format as usize, index + 1, "formats count from 1 without gap");
        assert!(step.readable_from <= step.format, "a step cannot ask for more than itself");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_may_open_a_new_database_at_once() {
    let url = database().await;
    let opened = future::join_all((0..8).map(|_| {
        let url = url.clone();
        tokio::spawn(async move { PostgresEngine::open(&url).await.map(|engine| engine.epoch().to_owned()) })
    }));
    let mut epochs: Vec<String> = Vec::new();
    for opened in opened.await {
        epochs.push(opened.unwrap().expect("the steps are taken once, by whoever is first"));
    }
    epochs.dedup();
    assert_eq!(epochs.len(), 1, "all tell one history: {epochs:?}");
    let digits = |epoch: &str| epoch.len() == 16 && epoch.chars().all(|digit| digit.is_ascii_hexdigit());
    assert!(digits(&epochs[0]), "an epoch is 16 hexadecimal digits: {epochs:?}");
    assert_eq!(format(&url).await, (KNOWN.cast_signed(), READABLE.cast_signed()), "each step was taken");
    connect(&url).await.batch_execute("DELETE FROM epoch").await.unwrap();
    let copy = PostgresEngine::open(&url).await.unwrap();
    assert_ne!(copy.epoch(), epochs[0], "a copy whose epoch was deleted begins a history of its own");
}

#[tokio::test]
async fn a_node_that_had_no_connection_while_the_history_moved_does_not_go_on_with_it() {
    let url = database().await;
    let store = PostgresEngine::open(&url).await.unwrap().realm("salon");
    store.commit(batch([note("a", "1")])).await.unwrap();
    let other = connect(&url).await;
    // As a transfer leaves its source.
    other.batch_execute("DELETE FROM epoch").await.unwrap();
    let cut = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
               WHERE datname = current_database() AND pid <> pg_backend_pid()";
    other.batch_execute(cut).await.unwrap();
    let refused = store.commit(batch([note("a", "2")])).await;
    let is_told = matches!(refused, Err(CommitError::Store(StoreError::Replaced)));
    assert!(is_told, "nothing is written that nobody at the target would see: {refused:?}");
}

#[tokio::test]
async fn a_database_that_only_gained_something_opens() {
    let url = database().await;
    PostgresEngine::open(&url).await.unwrap();
    let sql = "CREATE TABLE later (x TEXT)";
    open_in_future(&url, KNOWN, sql).await.expect("a newer program takes its step");
    PostgresEngine::open(&url).await.expect("this program may still open it");
    let formats = ((KNOWN + 1).cast_signed(), KNOWN.cast_signed());
    assert_eq!(format(&url).await, formats, "and leaves the newer format in place");
    open_in_future(&url, KNOWN, sql).await.expect("a step is not taken twice");
}

#[tokio::test]
async fn a_database_that_is_too_new_is_refused_and_left_alone() {
    let url = database().await;
    open_in_future(&url, KNOWN + 1, "DROP TABLE touched").await.expect("a newer program makes its database");
    let before = tables(&url).await;
    match PostgresEngine::open(&url).await.map(|_| ()) {
        Err(StoreError::TooNew { found, known }) => {
            assert_eq!((found, known), (KNOWN + 1, KNOWN), "the error says what would be needed and what is known");
        }
        other => panic!("a database that needs a newer program must be refused, got {other:?}"),
    }
    assert_eq!(tables(&url).await, before, "nothing was made");
}

#[tokio::test]
async fn a_step_that_fails_leaves_nothing() {
    let url = database().await;
    open_in_future(&url, KNOWN, "CREATE TABLE half (x TEXT); nonsense").await.expect_err("nonsense is no SQL");
    assert!(tables(&url).await.is_empty(), "the first steps and half of the last are undone");
    PostgresEngine::open(&url).await.expect("and it can still be opened");
}

#[tokio::test]
async fn a_foreign_database_is_refused_and_left_alone() {
    let url = database().await;
    connect(&url).await.batch_execute("CREATE TABLE theirs (x INT)").await.unwrap();
    let opened = PostgresEngine::open(&url).await.map(|_| ());
    assert!(matches!(opened, Err(StoreError::Engine(_))), "it is not ours: {opened:?}");
    assert_eq!(tables(&url).await, ["theirs"], "nothing was made");
}

#[tokio::test]
async fn no_password_is_told() {
    let port = url().rsplit_once(':').map(|(_, rest)| rest.split('/').next().unwrap().to_owned()).unwrap();
    for url in [
        "postgres://ada:se?cret=x@127.0.0.1/db".to_owned(),
        "postgres://ada:secret@127.0.0.1:port/db".to_owned(),
        "postgres://ada:secret@127.0.0.1:1/db".to_owned(),
        format!("postgres://ada:secret@127.0.0.1:{port}/none"),
        format!("postgres://ada:secret@127.0.0.1:{port}/none?sslmode=require"),
    ] {
        let Err(error) = PostgresEngine::open(&url).await else { panic!("there is no such database") };
        let text = format!("{error} {error:?}");
        assert!(!text.contains("cret"), "the password stays out of {text}");
    }
}
