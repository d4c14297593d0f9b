//! A business grows from a file to PostgreSQL and back, and its customers notice nothing.

use std::{
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Command, Output, Stdio},
};

use domain::{BookingId, CommandId};
use protocol::{Pulled, Verdict};
use serde_json::{Value, json};
use server::Settings;
use tokio::{
    io::{AsyncBufReadExt as _, Lines},
    process::ChildStderr,
};

use crate::{
    cluster::Cluster,
    support::{BUSINESS, Customer, Server, book, soon},
};

fn program(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_datebook-server"));
    testkit::on_its_own(&mut command);
    command.current_dir(folder).env("DATEBOOK_LOG", "error").args(arguments);
    command
}

/// Runs the program to its end.
fn run(folder: &Path, arguments: &[&str]) -> Output {
    program(folder, arguments).output().expect("the program starts")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A server on a database, with the business as it is there.
async fn on(database: &str) -> Server {
    let database = database.to_owned();
    Server::with(BUSINESS, |settings| Settings { database, ..settings }).await
}

/// What is new to a device, and what it has then.
async fn pull(server: &Server, who: &Customer, (epoch, have): &mut (String, Value)) -> Vec<String> {
    let body = json!({"have": have, "epoch": epoch});
    let pulled: Pulled = server.post_as(who, "/api/v1/pull", &body).await.json().await.unwrap();
    assert!(!pulled.more, "a small business comes at once");
    pulled.epoch.clone_into(epoch);
    for space in &pulled.spaces {
        have[&space.space] = json!(space.version);
    }
    pulled.spaces.into_iter().map(|space| space.space).collect()
}

async fn books(server: &Server, who: &Customer) {
    let start = server.starts().await[0];
    let verdict = server.execute(who, CommandId::new(), &book(BookingId::new(), start)).await;
    assert!(matches!(verdict, Verdict::Accepted { .. }), "a free slot can be booked: {verdict:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn customers_do_not_notice_a_move() {
    let cluster = Cluster::start().expect("PostgreSQL is installed");
    let folder = tempfile::tempdir().unwrap();
    let (first, last) = ("sqlite:first.sqlite", "sqlite:last.sqlite");
    let file = |name: &str| format!("sqlite:{}", folder.path().join(name).display());
    let postgres = cluster.url();

    let server = on(&file("first.sqlite")).await;
    server.running.stop().await;
    let sample = ["sample", "--customers", "50", "--database", first];
    assert!(run(folder.path(), &sample).status.success(), "there are more customers with a history");
    let server = on(&file("first.sqlite")).await;
    let mut device = (String::new(), json!({}));
    let ada = server.sign_in("ada@example.org").await;
    books(&server, &ada).await;
    assert!(!pull(&server, &ada, &mut device).await.is_empty(), "the device learns everything");
    let early = run(folder.path(), &["migrate", "--from", first, "--to", &postgres]);
    assert!(!early.status.success(), "not while a server serves it");
    assert!(text(&early.stderr).contains("stop every server"), "it says what to do: {early:?}");
    server.running.stop().await;

    let mut known = device.clone();
    for (from, to, to_url) in [(first, postgres.as_str(), &postgres), (&postgres, last, &file("last.sqlite"))] {
        let moved = run(folder.path(), &["migrate", "--from", from, "--to", to]);
        assert!(moved.status.success(), "it moves: {moved:?}");
        assert!(text(&moved.stdout).starts_with("moved everything: "), "and says what: {moved:?}");
        let server = on(to_url).await;
        assert!(pull(&server, &ada, &mut known).await.is_empty(), "nothing is new to the device, and she is signed in");
        assert_eq!(known.0, device.0, "it is one history");
        books(&server, &ada).await;
        let news = pull(&server, &ada, &mut known).await;
        assert_eq!(news, ["calendar/staff.anna".to_owned(), format!("customer/{}", ada.id)], "only what is new");
        server.letters("ada@example.org", 2).await; // mails go on
        server.running.stop().await;
        let full = run(folder.path(), &["migrate", "--from", first, "--to", to]);
        assert!(text(&full.stderr).contains("already holds"), "a second time would overwrite: {full:?}");
    }
    // Back at the first file, which is another history now.
    let server = on(&file("first.sqlite")).await;
    assert!(!pull(&server, &ada, &mut device).await.is_empty(), "a device that comes back there pulls anew");
    server.running.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_migration_leaves_everything_where_it_was() {
    let cluster = Cluster::start().expect("PostgreSQL is installed");
    let folder = tempfile::tempdir().unwrap();
    let file = format!("sqlite:{}", folder.path().join("first.sqlite").display());
    let server = on(&file).await;
    let epoch = server.running.engine().epoch().to_owned();
    server.running.stop().await;
    assert!(run(folder.path(), &["sample", "--customers", "300", "--database", &file]).status.success());
    for to in [cluster.url(), format!("sqlite:{}", folder.path().join("other.sqlite").display())] {
        let arguments = ["migrate", "--from", &file, "--to", &to, "--log", "store=debug"];
        let mut child = program(folder.path(), &arguments).stderr(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let copying = lines.map_while(Result::ok).any(|line| line.contains("rows are on their way"));
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(copying, "it was killed when it had begun");
        let target = store::Engine::open(&to).await.unwrap();
        assert!(target.realms().await.unwrap().is_empty(), "the target holds nothing");
        target.close().await;
        drop(target);
        let source = store::Engine::open(&file).await.unwrap();
        assert_eq!(source.epoch(), epoch, "the source goes on with its history");
        source.close().await;
    }
}

/// What a node logs until so many lines have all these words.
async fn logged(log: &mut Lines<tokio::io::BufReader<ChildStderr>>, words: &[&str], times: usize) -> Vec<String> {
    let mut read: Vec<String> = Vec::new();
    let has_all = |line: &&String| words.iter().all(|word| line.contains(*word));
    soon(async {
        while read.iter().filter(has_all).count() < times {
            read.push(log.next_line().await.unwrap().expect("the node goes on"));
        }
    })
    .await;
    read
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_slept_while_its_database_was_moved_says_so_once_and_goes_on_listening() {
    let mut cluster = Cluster::start().expect("PostgreSQL is installed");
    let folder = tempfile::tempdir().unwrap();
    let url = cluster.url();
    on(&url).await.running.stop().await;
    let serve = program(folder.path(), &["serve", "--listen", "127.0.0.1:0", "--database", &url, "--log", "info"]);
    let mut serve = tokio::process::Command::from(serve);
    let mut node = serve.stdout(Stdio::null()).stderr(Stdio::piped()).kill_on_drop(true).spawn().unwrap();
    let mut log = tokio::io::BufReader::new(node.stderr.take().unwrap()).lines();
    logged(&mut log, &["listening"], 1).await;

    let process = node.id().unwrap().to_string();
    let signal = |name: &str| Command::new("kill").args([name, &process]).status().unwrap().success();
    assert!(signal("-STOP"), "it sleeps");
    cluster.stop().unwrap();
    cluster.resume().unwrap();
    let moved = run(folder.path(), &["migrate", "--from", &url, "--to", "sqlite:moved.sqlite"]);
    assert!(moved.status.success(), "nobody has a connection: {moved:?}");
    assert!(signal("-CONT"), "it wakes");
    let read = logged(&mut log, &["will be heard later", "another history"], 2).await;
    let said = read.iter().filter(|line| line.contains("the database tells another history")).count();
    assert_eq!(said, 1, "a log is read, not filled: {read:?}");
}

#[tokio::test]
async fn passwords_stay_out_of_what_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let wrong = "postgres://ada:secret@127.0.0.1:1/db";
    let failed = run(folder.path(), &["migrate", "--from", wrong, "--to", "sqlite:x.sqlite"]);
    let said = text(&failed.stderr);
    assert!(!failed.status.success() && said.contains("cannot be reached"), "there is no server: {said}");
    assert!(said.contains("nothing was moved") && !said.contains("secret"), "and no password is told: {said}");
}
