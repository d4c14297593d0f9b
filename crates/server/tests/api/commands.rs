//! Commands take effect exactly once, whichever way and however often they come.

use std::collections::BTreeMap;

use domain::{BookingId, CommandId, Refusal};
use futures_util::future::join_all;
use protocol::{Code, Pushed, Verdict};
use serde_json::{Value, json};

use crate::support::{Customer, Server, book, code};

async fn push(server: &Server, who: &Customer, commands: &[(u64, CommandId, Value)]) -> reqwest::Response {
    let commands: Vec<Value> =
        commands.iter().map(|(number, id, command)| json!({"number": number, "id": id, "command": command})).collect();
    server.post_as(who, "/api/v1/push", &json!({"commands": commands})).await
}

#[tokio::test]
async fn of_two_hundred_who_want_one_time_one_gets_it_and_the_others_get_alternatives() {
    let server = Server::start().await;
    let start = server.starts().await[4];
    let mut customers = Vec::new();
    for n in 0..200 {
        customers.push(server.plant(&format!("c{n}@example.org")).await);
    }
    let commands: Vec<Value> = customers.iter().map(|_| book(BookingId::new(), start)).collect();
    let attempts = customers.iter().zip(&commands).map(|(who, command)| server.execute(who, CommandId::new(), command));
    let mut counts = BTreeMap::new();
    for verdict in join_all(attempts).await {
        let what = match verdict {
            Verdict::Accepted { .. } => "accepted",
            Verdict::Refused { refusal: Refusal::SlotTaken { alternatives, .. } } => {
                assert!(!alternatives.is_empty(), "who comes too late is shown the next best times");
                "slot taken"
            }
            Verdict::Refused { refusal } => refusal.code(),
        };
        *counts.entry(what).or_insert(0) += 1;
    }
    assert_eq!(counts, BTreeMap::from([("accepted", 1), ("slot taken", 199)]), "one chair, one time, one customer");
    assert!(!server.starts().await.contains(&start), "and the time is taken");
}

#[tokio::test]
async fn the_same_command_gets_the_same_verdict() {
    let server = Server::start().await;
    let ada = server.plant("ada@example.org").await;
    let (id, command) = (CommandId::new(), book(BookingId::new(), server.starts().await[0]));
    let (a, b) = tokio::join!(server.execute(&ada, id, &command), server.execute(&ada, id, &command));
    assert!(matches!(a, Verdict::Accepted { .. }), "{a:?}");
    assert_eq!(a, b, "twice at once");
    assert_eq!(server.execute(&ada, id, &command).await, a, "and again later");
    let pushed: Pushed = push(&server, &ada, &[(1, id, command)]).await.json().await.unwrap();
    assert_eq!(pushed.verdicts[0].verdict, a, "and by the other way");
    assert_eq!(server.upcoming(&ada).await.tickets.len(), 1, "it took effect once");
    // A refusal is kept as well: what was free again later would otherwise be booked by a retry nobody waits for.
    let gone = json!({"type": "cancel@1", "booking": BookingId::new()});
    let id = CommandId::new();
    assert_eq!(server.execute(&ada, id, &gone).await, server.execute(&ada, id, &gone).await);
}

#[tokio::test]
async fn a_push_runs_each_number_once_and_stops_at_a_gap() {
    let server = Server::start().await;
    let ada = server.plant("ada@example.org").await;
    let starts = server.starts().await;
    let command = |n: usize| (n as u64 + 1, CommandId::new(), book(BookingId::new(), starts[n * 2]));
    let commands: Vec<_> = (0..4).map(command).collect();

    let gap: Pushed = push(&server, &ada, &commands[1..2]).await.json().await.unwrap();
    assert_eq!((gap.last, gap.verdicts.len()), (0, 0), "number 2 waits for number 1");
    let first: Pushed = push(&server, &ada, &commands[..2]).await.json().await.unwrap();
    assert_eq!((first.last, first.verdicts.len()), (2, 2));
    let again: Pushed = push(&server, &ada, &commands).await.json().await.unwrap();
    assert_eq!((again.last, again.verdicts.len()), (4, 4), "the old ones are answered, the new ones run");
    assert_eq!(again.verdicts[..2], first.verdicts[..], "as they were answered before");
    assert_eq!(server.upcoming(&ada).await.tickets.len(), 4, "each took effect once");

    let other = (1, CommandId::new(), commands[0].2.clone());
    assert_eq!(code(push(&server, &ada, &[other]).await).await, Code::OutOfOrder, "number 1 was another command");
    let jump = [commands[0].clone(), commands[2].clone()];
    assert_eq!(code(push(&server, &ada, &jump).await).await, Code::OutOfOrder, "the numbers of a push rise by one");
    assert_eq!(code(push(&server, &ada, &[]).await).await, Code::BadRequest, "an empty push asks for nothing");
}

#[tokio::test]
async fn the_same_push_twenty_times_at_once_runs_once() {
    let server = Server::start().await;
    let ada = server.plant("ada@example.org").await;
    let starts = server.starts().await;
    let commands: Vec<_> =
        (0..3).map(|n: usize| (n as u64 + 1, CommandId::new(), book(BookingId::new(), starts[n * 2]))).collect();
    let answers = join_all((0..20).map(|_| push(&server, &ada, &commands))).await;
    let mut all = Vec::new();
    for answer in answers {
        assert_eq!(answer.status(), 200, "a device that lost the answer asks again");
        all.push(answer.json::<Pushed>().await.unwrap());
    }
    assert!(all.iter().all(|pushed| *pushed == all[0]), "everybody is told the same");
    assert_eq!(all[0].last, 3);
    assert_eq!(server.upcoming(&ada).await.tickets.len(), 3, "each took effect once");
}

#[tokio::test]
async fn an_unknown_command_is_refused_and_its_number_used() {
    let server = Server::start().await;
    let ada = server.plant("ada@example.org").await;
    let unknown = json!({"type": "book@9", "wish": "the moon"});
    let commands = [
        (1, CommandId::new(), unknown.clone()),
        (2, CommandId::new(), json!("nonsense")),
        (3, CommandId::new(), json!({"type": "withdrawn@1"})),
    ];
    let pushed: Pushed = push(&server, &ada, &commands).await.json().await.unwrap();
    assert_eq!(pushed.last, 3, "one unknown command does not stop the others");
    for verdict in &pushed.verdicts[..2] {
        assert_eq!(verdict.verdict, Verdict::Refused { refusal: Refusal::UnknownCommand });
    }
    assert!(matches!(pushed.verdicts[2].verdict, Verdict::Accepted { .. }));
    let again: Pushed = push(&server, &ada, &commands).await.json().await.unwrap();
    assert_eq!(again, pushed, "and they stay refused");
    let verdict = server.execute(&ada, CommandId::new(), &unknown).await;
    assert_eq!(verdict, Verdict::Refused { refusal: Refusal::UnknownCommand }, "a browser is told the same");
}
