//! How much there may be at once, and what one too many is answered.

use domain::{BookingId, CommandId};
use futures_util::future::join_all;
use protocol::{Code, Problem, Pulled};
use reqwest::{Client, Method};
use rusqlite::Connection;
use serde_json::{Value, json};
use server::Settings;
use store::{Read as _, Store as _};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::support::{BUSINESS, CHALLENGE, Customer, Server, book, code, problem, soon};

/// Says something on a new connection and hears what is said until the server hangs up.
async fn say(server: &Server, words: &str) -> String {
    let mut stream = TcpStream::connect(server.running.address).await.unwrap();
    stream.write_all(words.as_bytes()).await.unwrap();
    let mut heard = Vec::new();
    // A server may hang up in any way; a reset is one.
    let _ = soon(stream.read_to_end(&mut heard)).await;
    String::from_utf8(heard).unwrap()
}

#[tokio::test]
async fn a_push_has_a_hundred_commands_and_one_more_changes_nothing() {
    let server = Server::start().await;
    let ada = server.plant("ada@example.org").await;
    let spaces = ["catalogue", "calendar/staff.anna"].map(|name| name.parse().unwrap());
    let spaces = [&spaces[..], &[portal::spaces::customer(ada.id), portal::spaces::device(ada.device)]].concat();
    let versions = async || server.store().snapshot().await.unwrap().versions(&spaces).await.unwrap();
    let push = |count: u64| {
        let profile = json!({"type": "update_profile@1", "name": "Ada", "phone": ""});
        let sent = |n| json!({"number": n, "id": CommandId::new(), "command": profile});
        json!({"commands": (1..=count).map(sent).collect::<Vec<Value>>()})
    };
    let before = versions().await;
    let refused = problem(server.post_as(&ada, "/api/v1/push", &push(101)).await).await;
    assert_eq!((refused.code, refused.detail.as_str()), (Code::BadRequest, "a push has 1 to 100 commands"));
    assert_eq!(
        code(server.post_as(&ada, "/api/v1/push", &push(0)).await).await,
        Code::BadRequest,
        "nor is none a push"
    );
    assert_eq!(versions().await, before, "not one of them was done");
    let pushed: protocol::Pushed = server.post_as(&ada, "/api/v1/push", &push(100)).await.json().await.unwrap();
    assert_eq!(pushed.last, 100, "a hundred are");
}

#[tokio::test]
async fn what_one_customer_asks_for_is_bounded_and_comes_later() {
    let server = Server::with(BUSINESS, |settings| Settings { commands_per_customer: 2, ..settings }).await;
    let (ada, ben) = (server.plant("ada@example.org").await, server.plant("ben@example.org").await);
    let profile = json!({"type": "update_profile@1", "name": "Ada", "phone": ""});
    let sent = |number: u64, id| json!({"number": number, "id": id, "command": profile});
    let ids = [CommandId::new(), CommandId::new(), CommandId::new()];
    let all = json!({"commands": [sent(1, ids[0]), sent(2, ids[1]), sent(3, ids[2])]});
    let pushed: protocol::Pushed = server.post_as(&ada, "/api/v1/push", &all).await.json().await.unwrap();
    assert_eq!((pushed.last, pushed.verdicts.len()), (2, 2), "what there was room for is done");
    let third = json!({"commands": [sent(3, ids[2])]});
    let answer = server.post_as(&ada, "/api/v1/push", &third).await;
    let wait = answer.headers()["retry-after"].to_str().unwrap().parse::<u64>().unwrap();
    assert!((1..=451).contains(&wait), "two in a quarter of an hour: the next in half of that, not in {wait} s");
    assert_eq!(code(answer).await, Code::TooManyAttempts);
    let again = json!({"commands": [sent(1, ids[0]), sent(2, ids[1])]});
    let known: protocol::Pushed = server.post_as(&ada, "/api/v1/push", &again).await.json().await.unwrap();
    assert_eq!(
        (known.last, known.verdicts),
        (2, pushed.verdicts),
        "a verdict that is there is given; the third was not"
    );
    let bens = json!({"commands": [sent(1, CommandId::new())]});
    assert_eq!(server.post_as(&ben, "/api/v1/push", &bens).await.status(), 200, "nobody else waits for that");
}

#[tokio::test]
async fn new_check_in_keys_count_among_what_one_customer_asks_for() {
    let server = Server::with(BUSINESS, |settings| Settings { commands_per_customer: 2, ..settings }).await;
    let ada = server.plant("ada@example.org").await;
    let enrol = async |letter: &str| {
        // The last letter has bits to spare, which are zero.
        let key = json!({"key": format!("{}A", letter.repeat(42))});
        server.request(Method::PUT, "/api/v1/check-in-key").bearer_auth(&ada.token).json(&key).send().await.unwrap()
    };
    for letter in ["a", "a", "a", "b"] {
        assert_eq!(enrol(letter).await.status(), 204, "a key that is known already writes nothing and is not counted");
    }
    assert_eq!(code(enrol("c").await).await, Code::TooManyAttempts, "a third key comes later");
}

#[tokio::test]
async fn a_body_is_bounded_however_it_is_sent_and_so_is_what_a_device_says_it_has() {
    let server = Server::start().await;
    let have = |count: usize| {
        let names = (0..count).map(|n| (format!("customer/{n:08}"), json!(1)));
        json!({"have": names.collect::<serde_json::Map<_, _>>()})
    };
    let many: Pulled = server.post("/api/v1/pull", &have(10_000)).await.json().await.unwrap();
    assert_eq!(many.gone.len(), 10_000, "whatever fits is answered: none of them is its to read");
    assert_eq!(code(server.post("/api/v1/pull", &have(20_000)).await).await, Code::TooLarge, "more does not fit");
    // Without a length beforehand it is counted as it comes.
    let part = |n: usize| Ok::<_, std::io::Error>(if n == 0 { "{".to_owned() } else { " ".repeat(1024) });
    let endless = futures_util::stream::iter((0..1_000_000).map(part));
    let request = server.request(Method::POST, "/api/v1/view").header("content-type", "application/json");
    match request.body(reqwest::Body::wrap_stream(endless)).send().await {
        Ok(answer) => assert_eq!(code(answer).await, Code::TooLarge, "it is cut off where it is too much"),
        // Whoever goes on talking may find the line closed before the answer is read.
        Err(error) => assert!(error.is_request() || error.is_body(), "{error}"),
    }
    let view = server.post("/api/v1/view", &json!({"view": "catalogue"})).await;
    assert_eq!(view.status(), 200, "everybody else goes on");
}

#[tokio::test]
async fn a_head_is_bounded() {
    let server = Server::start().await;
    let head = |bytes: usize| {
        format!("GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\nX: {}\r\n\r\n", "a".repeat(bytes))
    };
    let long = say(&server, &head(30_000)).await;
    assert!(long.starts_with("HTTP/1.1 200 "), "{long}");
    let longer = say(&server, &head(100_000)).await;
    assert!(longer.is_empty() || longer.starts_with("HTTP/1.1 431 "), "too large (RFC 6585, section 5): {longer}");
}

#[tokio::test]
async fn a_connection_too_many_is_told_so() {
    let server = Server::with(BUSINESS, |settings| Settings { connections: 4, ..settings }).await;
    let mut open = Vec::new();
    for _ in 0..4 {
        // Once it is answered it is counted.
        let mut stream = TcpStream::connect(server.running.address).await.unwrap();
        stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
        let mut status = [0; 12];
        soon(stream.read_exact(&mut status)).await.unwrap();
        assert_eq!(&status, b"HTTP/1.1 200");
        open.push(stream);
    }
    let request = "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n";
    let refused = say(&server, request).await;
    assert!(refused.starts_with("HTTP/1.1 503 "), "the fifth: {refused}");
    assert!(refused.contains("retry-after: 15\r\n") && refused.contains("connection: close\r\n"), "{refused}");
    let body = refused.split("\r\n\r\n").nth(1).unwrap();
    let problem: Problem = serde_json::from_str(body).unwrap();
    assert_eq!(problem.code, Code::Busy, "it is told why: {body}");
    open.pop();
    // The server notices a moment later.
    let closing = request.replace("Host: a", "Host: a\r\nConnection: close");
    soon(async { while !say(&server, &closing).await.starts_with("HTTP/1.1 200 ") {} }).await;
}

#[tokio::test]
async fn no_more_is_worked_on_at_a_time_than_there_is_room_for() {
    let server = Server::with(BUSINESS, |settings| Settings { requests: 1, ..settings }).await;
    let blocker = Connection::open(server.file()).unwrap();
    blocker.execute_batch("BEGIN IMMEDIATE").unwrap();
    let body = json!({"email": "a@example.org", "challenge": CHALLENGE});
    let works = server.post("/api/v1/sign-in/link", &body);
    let others = async {
        let busy = soon(async {
            loop {
                let answer = server.get("/api/v1/hello").await;
                if answer.status() != 200 {
                    break answer;
                }
            }
        });
        let busy = busy.await;
        let posted = server.post("/api/v1/view", &json!({"view": "catalogue"})).await;
        blocker.execute_batch("ROLLBACK").unwrap();
        (busy, posted)
    };
    let (worked, (busy, posted)) = tokio::join!(works, others);
    for answer in [busy, posted] {
        assert_eq!(answer.headers()["retry-after"], "1", "it will not take long");
        assert_eq!(code(answer).await, Code::Busy, "one is worked on, and there is room for one");
    }
    assert_eq!(worked.status(), 200, "whoever was first is served");
    assert_eq!(server.get("/api/v1/hello").await.status(), 200, "and then the next");
}

#[tokio::test]
async fn a_server_that_is_full_says_that_it_works() {
    let server = Server::with(BUSINESS, |settings| Settings { requests: 0, ..settings }).await;
    assert_eq!(server.get("/api/v1/hello").await.status(), 503, "there is no room for anybody");
    assert_eq!(server.get("/healthz").await.status(), 200, "which is no reason to send everybody to the others");
}

#[tokio::test]
async fn strangers_have_half_of_the_places_to_listen() {
    let server = Server::with(BUSINESS, |settings| Settings { listeners: 4, ..settings }).await;
    let ada = server.plant("ada@example.org").await;
    let listen = async |who: Option<&Customer>| {
        let request = server.request(Method::GET, "/api/v1/pokes");
        match who {
            Some(who) => request.bearer_auth(&who.token).send().await.unwrap(),
            None => request.send().await.unwrap(),
        }
    };
    let strangers = join_all([listen(None), listen(None)]).await;
    assert!(strangers.iter().all(|stream| stream.status() == 200), "two of four places");
    let refused = listen(None).await;
    assert_eq!(refused.headers()["retry-after"], "15", "by then somebody may have left");
    assert_eq!(code(refused).await, Code::Busy, "the other two are for customers");
    let customers = join_all([listen(Some(&ada)), listen(Some(&ada))]).await;
    assert!(customers.iter().all(|stream| stream.status() == 200), "who find them free");
    assert_eq!(code(listen(Some(&ada)).await).await, Code::Busy, "until all are taken");
    drop(strangers);
    soon(async { while listen(Some(&ada)).await.status() != 200 {} }).await;
}

#[tokio::test]
async fn a_connection_has_so_many_requests_at_a_time() {
    let server = Server::start().await;
    let one_line = Client::builder().http2_prior_knowledge().build().unwrap();
    let mut streams = Vec::new();
    for n in 0..8 {
        let who = server.plant(&format!("{n}@example.org")).await;
        for _ in 0..8 {
            let request = one_line.get(format!("{}/api/v1/pokes", server.running.url)).bearer_auth(&who.token);
            streams.push(request.send().await.unwrap());
        }
    }
    assert!(streams.iter().all(|stream| stream.status() == 200), "64 at a time over HTTP/2");
    let (line, url) = (one_line.clone(), format!("{}/api/v1/hello", server.running.url));
    let waits = tokio::spawn(async move { line.get(url).send().await.unwrap().status() });
    for _ in 0..20 {
        assert_eq!(server.get("/api/v1/hello").await.status(), 200, "on another connection it goes on");
    }
    assert!(!waits.is_finished(), "the 65th waits on the client's side");
    drop(streams.pop());
    assert_eq!(soon(waits).await.unwrap(), 200, "until one has ended");
}

#[tokio::test]
async fn whoever_is_turned_away_at_the_door_has_changed_nothing() {
    let server = Server::with(BUSINESS, |settings| Settings { requests: 0, ..settings }).await;
    let ada = server.plant("ada@example.org").await;
    let spaces = ["calendar/staff.anna".parse().unwrap(), portal::spaces::customer(ada.id)];
    let versions = async || server.store().snapshot().await.unwrap().versions(&spaces).await.unwrap();
    let before = versions().await;
    let start = domain::Timestamp::now() + jiff::SignedDuration::from_hours(48);
    let body = json!({"id": CommandId::new(), "command": book(BookingId::new(), start)});
    let answers = join_all((0..20).map(|_| server.post_as(&ada, "/api/v1/execute", &body))).await;
    for answer in answers {
        assert_eq!(code(answer).await, Code::Busy, "there is no room for anybody");
    }
    assert_eq!(versions().await, before);
}
