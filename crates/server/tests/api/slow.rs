//! Clients that take their time: what they hold is taken from them.

use domain::{BookingId, CommandId};
use portal::spaces;
use protocol::{Code, Problem, Verdict};
use reqwest::Client;
use serde_json::json;
use store::{Batch, Key, Store as _, Write};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

use crate::support::{BUSINESS, Server, book, soon};

async fn server() -> Server {
    Server::with(BUSINESS, |settings| server::Settings { patience: 1, ..settings }).await
}

/// Says something, and listens until the server hangs up.
async fn say(server: &Server, words: &str) -> String {
    let mut stream = TcpStream::connect(server.running.address).await.unwrap();
    stream.write_all(words.as_bytes()).await.unwrap();
    let mut heard = Vec::new();
    // A server may hang up in any way; a reset is one.
    let _ = soon(stream.read_to_end(&mut heard)).await;
    String::from_utf8(heard).unwrap()
}

#[tokio::test]
async fn who_says_nothing_or_half_of_it_is_hung_up_on() {
    let server = server().await;
    for words in ["", "G", "PRI * HTTP/2", "GET /api/v1/hello HTTP/1.1\r\nHost: a\r\nX-More: "] {
        let heard = say(&server, words).await;
        assert!(!heard.contains("200 OK"), "{words:?} is no request: {heard}");
    }
    // The connection is kept for the next request, but not for ever.
    let heard = say(&server, "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n").await;
    assert!(heard.starts_with("HTTP/1.1 200 OK"), "{heard}");
}

#[tokio::test]
async fn a_body_that_does_not_come_is_not_waited_for() {
    let server = server().await;
    let head = "POST /api/v1/view HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 20\r\n\r\n{";
    let heard = say(&server, head).await;
    let body = heard.split("\r\n\r\n").nth(1).expect("there is an answer");
    let problem: Problem = serde_json::from_str(body).unwrap();
    assert_eq!((problem.code, problem.detail.as_str()), (Code::BadRequest, "the body did not arrive in time"));
}

#[tokio::test]
async fn a_head_without_end_is_cut_off() {
    let server = server().await;
    let heard = say(&server, &format!("GET / HTTP/1.1\r\nHost: a\r\nX-Long: {}\r\n\r\n", "a".repeat(100_000))).await;
    assert!(!heard.contains("200 OK"), "so much is no request: {heard}");
}

#[tokio::test]
async fn who_trickles_a_body_holds_nobody_up() {
    // Fewer requests are worked on at a time than trickle here.
    let server = Server::with(BUSINESS, |settings| server::Settings { requests: 4, ..settings }).await;
    let (ada, bob) = (server.plant("ada@example.org").await, server.plant("bob@example.org").await);
    let starts = server.starts().await;
    let body = json!({"id": CommandId::new(), "command": book(BookingId::new(), starts[0])}).to_string();
    let head = format!(
        "POST /api/v1/execute HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\nConnection: close\r\nExpect: 100-continue\r\n\r\n",
        ada.token,
        body.len()
    );
    let (first, rest) = body.split_at(body.len() / 2);
    let mut trickling = Vec::new();
    for _ in 0..32 {
        let mut stream = TcpStream::connect(server.running.address).await.unwrap();
        stream.write_all(head.as_bytes()).await.unwrap();
        // The server says that it waits for the body, so by now it does.
        let mut waits = [0; 25];
        soon(stream.read_exact(&mut waits)).await.unwrap();
        assert_eq!(&waits, b"HTTP/1.1 100 Continue\r\n\r\n");
        stream.write_all(first.as_bytes()).await.unwrap();
        trickling.push(stream);
    }
    for start in starts[4..].iter().step_by(4).take(6) {
        let verdict = server.execute(&bob, CommandId::new(), &book(BookingId::new(), *start)).await;
        assert!(matches!(verdict, Verdict::Accepted { .. }), "bob books meanwhile: {verdict:?}");
    }
    let mut late = trickling.pop().unwrap();
    late.write_all(rest.as_bytes()).await.unwrap();
    let mut answer = String::new();
    soon(late.read_to_string(&mut answer)).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 ") && answer.contains("accepted"), "ada was only slow: {answer}");
}

/// Fills the catalogue, so that a pull has an answer of so many kilobytes and more.
async fn fill(server: &Server, kilobytes: usize) {
    let write = |n: usize| {
        let key = Key { space: spaces::catalogue(), kind: "note".to_owned(), id: n.to_string() };
        let body = json!({ "text": "x".repeat(1024) }).to_string().into();
        Write { key, sort: String::new(), body: Some(body), keys: Vec::new() }
    };
    let writes = (0..kilobytes).map(write).collect();
    server.store().commit(Batch { writes, ..Batch::default() }).await.unwrap();
}

#[tokio::test]
async fn who_asks_and_takes_no_answer_is_hung_up_on() {
    let server = server().await;
    fill(&server, 300).await;
    let mut stream = TcpStream::connect(server.running.address).await.unwrap();
    let ask = b"POST /api/v1/pull HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}";
    // It asks and asks, until what lies between the two is full of answers; then no question gets through either.
    let hung_up = soon(async {
        loop {
            if let Err(error) = stream.write_all(ask).await {
                break error;
            }
        }
    });
    let error = hung_up.await;
    let kinds = [std::io::ErrorKind::ConnectionReset, std::io::ErrorKind::BrokenPipe];
    assert!(kinds.contains(&error.kind()), "the server hangs up: {error}");
    assert_eq!(server.get("/api/v1/hello").await.status(), 200, "it has time for others");
}

#[tokio::test]
async fn who_keeps_a_line_alive_and_takes_no_answer_is_hung_up_on() {
    let server = server().await;
    fill(&server, 300).await;
    for packed in [false, true] {
        // Between the two is somebody who notices when the server hangs up.
        let between = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/api/v1/pull", between.local_addr().unwrap());
        let address = server.running.address;
        let hung_up = tokio::spawn(async move {
            let (mut client, _) = between.accept().await.unwrap();
            let mut server = TcpStream::connect(address).await.unwrap();
            let ((mut asks, mut hears), (mut says, mut takes)) = (client.split(), server.split());
            tokio::select! {
                // However it ends.
                _ = tokio::io::copy(&mut says, &mut hears) => "the server",
                _ = tokio::io::copy(&mut asks, &mut takes) => "the client",
            }
        });
        // HTTP/2 with a window that one piece of the answer fills. This client answers whether it is still there.
        let client = Client::builder().http2_prior_knowledge().http2_initial_stream_window_size(64).no_gzip();
        let mut request = client.build().unwrap().post(url).json(&json!({}));
        if packed {
            request = request.header("accept-encoding", "gzip");
        }
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 200, "the answer begins");
        assert_eq!(soon(hung_up).await.unwrap(), "the server", "it does not wait for ever for the rest to be taken");
        assert!(answer.bytes().await.is_err(), "half an answer is none");
    }
}
