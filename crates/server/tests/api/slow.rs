//! Clients that take their time: what they hold is taken from them.

use protocol::{Code, Problem};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::support::{BUSINESS, Server, soon};

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
