//! What happens when the engine cannot: typed answers, nothing lost, and all is well again afterwards.

use domain::{BookingId, CommandId};
use portal::{documents::Kind as _, spaces};
use protocol::{Code, Pushed, Verdict};
use rusqlite::Connection;
use serde_json::json;
use store::{Batch, Document, Key, Read as _, Store as _, Write};

use crate::support::{CHALLENGE, Server, book, problem};

/// Another program on the server's file.
fn other(server: &Server) -> Connection {
    Connection::open(server.file()).unwrap()
}

fn write(key: &Key, sort: &str, body: &str) -> Batch {
    let write = Write { key: key.clone(), sort: sort.to_owned(), body: Some(body.into()), keys: Vec::new() };
    Batch { writes: vec![write], ..Batch::default() }
}

/// Fills the writer's queue while another program holds the file, and lets the file go after what is asked meanwhile.
async fn while_the_queue_is_full<T>(server: &Server, asked: impl Future<Output = T>) -> T {
    let blocker = other(server);
    blocker.execute_batch("BEGIN IMMEDIATE").unwrap();
    let (store, key) = (server.store(), Key { space: spaces::catalogue(), kind: "note".into(), id: "1".into() });
    // The writer waits for the file, so these wait for the writer, until the queue takes no more.
    let crowd = || futures_util::future::join_all((0..2000).map(|_| store.commit(write(&key, "", "{}"))));
    let more = async {
        // By then the writer has taken some out of the queue, which the second crowd makes up for.
        server.get("/api/v1/hello").await;
        let asked = async {
            let answers = asked.await;
            blocker.execute_batch("ROLLBACK").unwrap();
            answers
        };
        tokio::join!(crowd(), asked).1
    };
    tokio::join!(crowd(), more).1
}

#[tokio::test]
async fn a_store_that_cannot_keep_up_says_when_to_come_back() {
    let server = Server::start().await;
    let answers = async {
        let body = json!({"email": "a@example.org", "challenge": CHALLENGE});
        (server.post("/api/v1/sign-in/link", &body).await, server.get("/api/v1/hello").await)
    };
    let (busy, read) = while_the_queue_is_full(&server, answers).await;
    assert_eq!(read.status(), 200, "reading goes on meanwhile");
    assert_eq!(busy.headers()["retry-after"], "1", "a client is told when to come back");
    assert_eq!(problem(busy).await.code, Code::Busy, "too much waits for the disk");
    server.ask_link("a@example.org").await; // as soon as the file is free again
}

#[tokio::test]
async fn a_push_that_finds_the_writer_busy_changes_nothing_and_is_accepted_later() {
    let server = Server::start().await;
    let ada = server.plant("ada@example.org").await;
    let start = server.starts().await[0];
    let command = json!({"number": 1, "id": CommandId::new(), "command": book(BookingId::new(), start)});
    let push = async || server.post_as(&ada, "/api/v1/push", &json!({"commands": [command]})).await;
    let of_ada = [spaces::customer(ada.id), spaces::device(ada.device), "calendar/staff.anna".parse().unwrap()];
    let versions = async || server.store().snapshot().await.unwrap().versions(&of_ada).await.unwrap();
    let before = versions().await;

    let blocker = other(&server);
    blocker.execute_batch("BEGIN IMMEDIATE").unwrap();
    // The writer waits for the file as long as it is patient; then it says that nothing was written.
    let patient = push().await;
    assert_eq!(patient.headers()["retry-after"], "1", "a device is told when to come back");
    assert_eq!(problem(patient).await.code, Code::Busy, "the file belongs to somebody else");
    blocker.execute_batch("ROLLBACK").unwrap();
    let answers = async { (push().await, server.post_as(&ada, "/api/v1/pull", &json!({})).await, versions().await) };
    let (full, read, now) = while_the_queue_is_full(&server, answers).await;
    assert_eq!(full.headers()["retry-after"], "1", "as with a queue that is full");
    assert_eq!(problem(full).await.code, Code::Busy, "the queue takes no more");
    assert_eq!(read.status(), 200, "reading goes on meanwhile");
    assert_eq!((&now, versions().await), (&before, before.clone()), "whoever was turned away has changed nothing");

    let pushed: Pushed = push().await.json().await.unwrap();
    assert!(
        matches!(pushed.verdicts[0].verdict, Verdict::Accepted { .. }),
        "the same push is accepted later: {pushed:?}"
    );
    assert_eq!(versions().await, before.iter().map(|version| version + 1).collect::<Vec<_>>(), "once");
}

#[tokio::test]
async fn a_broken_store_says_so_without_its_words() {
    let server = Server::start().await;
    let breaker = other(&server);
    breaker.execute_batch("ALTER TABLE document RENAME TO secret").unwrap();
    let broken = problem(server.get("/api/v1/hello").await).await;
    assert_eq!(broken.code, Code::ServerError);
    assert_eq!(broken.detail, "the store failed", "what the engine says is for the log alone");
    breaker.execute_batch("ALTER TABLE secret RENAME TO document").unwrap();
    assert_eq!(server.get("/api/v1/hello").await.status(), 200, "nothing of it stays");
}

#[tokio::test]
async fn a_push_that_stops_half_way_goes_on_later() {
    let server = Server::start().await;
    let ada = server.plant("ada@example.org").await;
    let start = server.starts().await[0];
    let profile = json!({"type": "update_profile@1", "name": "Ada", "phone": ""});
    let commands = [profile, book(BookingId::new(), start), json!({"type": "withdrawn@1"})];
    let commands: Vec<_> = (1..)
        .zip(commands)
        .map(|(n, command)| json!({"number": n, "id": CommandId::new(), "command": command}))
        .collect();
    let push = async || server.post_as(&ada, "/api/v1/push", &json!({"commands": commands})).await;

    let key = Key { space: spaces::catalogue(), kind: domain::Service::KIND.to_owned(), id: "cut".to_owned() };
    let Document { sort, body, .. } = server.store().snapshot().await.unwrap().get(&key).await.unwrap().unwrap();
    server.store().commit(write(&key, &sort, "unreadable")).await.unwrap();
    let half: Pushed = push().await.json().await.unwrap();
    assert_eq!((half.last, half.verdicts.len()), (1, 1), "the first needs no service; it is done and the device told");

    server.store().commit(write(&key, &sort, &body)).await.unwrap();
    let whole: Pushed = push().await.json().await.unwrap();
    assert_eq!(whole.last, 3, "the device sends all of it again");
    assert_eq!(whole.verdicts[0], half.verdicts[0], "what was done was not done again");
    assert!(matches!(whole.verdicts[1].verdict, Verdict::Accepted { .. }), "what failed in passing is done now");

    server.store().commit(write(&key, &sort, "unreadable")).await.unwrap();
    let alone = json!({"commands": [{"number": 4, "id": CommandId::new(), "command": book(BookingId::new(), start)}]});
    let failed = problem(server.post_as(&ada, "/api/v1/push", &alone).await).await;
    assert_eq!(failed.code, Code::ServerError, "when nothing could be done, the answer is the failure");
}

#[tokio::test]
async fn a_verdict_is_told_though_nothing_can_be_decided_any_more() {
    let server = Server::start().await;
    let ada = server.plant("ada@example.org").await;
    let (id, command) = (CommandId::new(), book(BookingId::new(), server.starts().await[0]));
    let given = server.execute(&ada, id, &command).await;
    assert!(matches!(given, Verdict::Accepted { .. }), "{given:?}");

    let key = Key { space: spaces::customer(ada.id), kind: domain::Profile::KIND.to_owned(), id: "profile".to_owned() };
    let Document { sort, body, .. } = server.store().snapshot().await.unwrap().get(&key).await.unwrap().unwrap();
    server.store().commit(write(&key, &sort, "unreadable")).await.unwrap();
    let push = async |number: u64, id| {
        let commands = json!({"commands": [{"number": number, "id": id, "command": command}]});
        server.post_as(&ada, "/api/v1/push", &commands).await
    };
    let pushed: Pushed = push(1, id).await.json().await.unwrap();
    assert_eq!(pushed.verdicts[0].verdict, given, "it had its verdict by another way");
    assert_eq!(problem(push(2, CommandId::new()).await).await.code, Code::ServerError, "another one has none");

    server.store().commit(write(&key, &sort, &body)).await.unwrap();
    let pushed: Pushed = push(2, CommandId::new()).await.json().await.unwrap();
    assert!(matches!(pushed.verdicts[0].verdict, Verdict::Refused { .. }), "its number was not used up");
}
