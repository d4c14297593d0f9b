//! A program that is killed in the middle of its work loses nothing that it was told is done.
//!
//! The test starts itself as a child that commits numbered batches and prints each number when its commit is answered,
//! kills it after a random number of answers, while other commits are under way, and looks at the file.

use std::{
    collections::BTreeSet,
    hash::{BuildHasher, RandomState},
    io::{BufRead, BufReader, Write as _},
    path::Path,
    process::{Command, Stdio},
};

use store::{Batch, Key, List, NewJob, Read, Space, Store, Write, sqlite::SqliteEngine};

/// Where the child finds its file.
const FILE: &str = "DATEBOOK_CRASH_TEST_FILE";
/// The number with which the child begins.
const FIRST: &str = "DATEBOOK_CRASH_TEST_FIRST";
/// How many rounds of killing.
const ROUNDS: u64 = 10;
/// How many commits are under way at once.
const WORKERS: u64 = 4;

fn spaces() -> [Space; 2] {
    ["calendar/anna", "customer/1"].map(|name| name.parse().expect("a test names its spaces well"))
}

/// The child's part; without its environment it does nothing.
#[test]
fn child() {
    let (Ok(file), Ok(first)) = (std::env::var(FILE), std::env::var(FIRST)) else { return };
    let first: u64 = first.parse().unwrap();
    let work = async {
        let store = SqliteEngine::open(Path::new(&file)).unwrap().realm("salon");
        let mut workers = tokio::task::JoinSet::new();
        for worker in 0..WORKERS {
            let store = store.clone();
            workers.spawn(async move {
                // Without end: the parent kills us.
                for number in (first + worker..).step_by(WORKERS as usize) {
                    let id = number.to_string();
                    let writes = spaces().map(|space| Write {
                        key: Key { space, kind: "note".to_owned(), id: id.clone() },
                        sort: id.clone(),
                        body: Some("x".repeat(500).into()),
                        keys: Vec::new(),
                    });
                    let jobs = vec![NewJob { kind: "mail".to_owned(), body: id.clone(), due: jiff::Timestamp::MIN }];
                    store.commit(Batch { guards: Vec::new(), writes: writes.into(), jobs }).await.unwrap();
                    // One write call a line, so that a line is whole or not there. Fails when the parent is gone.
                    if std::io::stdout().write_all(format!("\ndone {number}\n").as_bytes()).is_err() {
                        return;
                    }
                }
            });
        }
        workers.join_all().await;
    };
    tokio::runtime::Runtime::new().unwrap().block_on(work);
}

#[tokio::test]
async fn what_was_answered_survives_a_kill() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("store.sqlite");
    let mut answered = BTreeSet::new();
    let mut first = 0;
    for round in 0..ROUNDS {
        let enough = 1 + RandomState::new().hash_one(round) % 300;
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "child", "--nocapture"])
            .env(FILE, &file)
            .env(FIRST, first.to_string())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut seen = 0;
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        for line in lines {
            let line = line.unwrap();
            let Some(number) = line.strip_prefix("done ") else { continue };
            answered.insert(number.to_owned());
            seen += 1;
            if seen == enough {
                // SIGKILL; what it printed before is still read.
                child.kill().unwrap();
            }
        }
        child.wait().unwrap();
        assert!(seen >= enough, "round {round}: the child was killed by us and did not end by itself");
        check(&file, &answered, &format!("round {round}, killed after {enough} answers")).await;
        first += 1_000_000;
    }
}

/// Everything answered is there, every batch is whole, no version is missing.
async fn check(file: &Path, answered: &BTreeSet<String>, when: &str) {
    let engine = SqliteEngine::open(file).expect("a file left by a kill opens");
    let store = engine.realm("salon");
    let moment = store.snapshot().await.expect("it can be read");
    let mut found = Vec::new();
    for space in spaces() {
        let documents = moment.list(&List::all(space.clone(), "note")).await.expect("it can be read");
        let ids: BTreeSet<String> = documents.iter().map(|document| document.key.id.clone()).collect();
        let lost: Vec<_> = answered.difference(&ids).collect();
        assert!(lost.is_empty(), "{when}: {space} has all that was answered, but for {lost:?}");
        let mut versions: Vec<u64> = documents.iter().map(|document| document.version).collect();
        versions.sort_unstable();
        let version = moment.version(&space).await.expect("it can be read");
        assert_eq!(versions, (1..=version).collect::<Vec<_>>(), "{when}: {space} has every version once");
        found.push(ids);
    }
    assert_eq!(found[0], found[1], "{when}: a batch is in both of its spaces or in none");
    // Leases in the past end at once, so this only looks.
    let past = jiff::Timestamp::MIN;
    let jobs = store.lease("mail", past, past, usize::MAX).await.expect("it can be written");
    let jobs: BTreeSet<String> = jobs.into_iter().map(|leased| leased.job.body).collect();
    assert_eq!(jobs, found[0], "{when}: every batch brought its job, and no batch that is not there did");
    drop(moment);
    engine.close().await;
}
