//! A listener to pokes that costs this process next to nothing: HTTP/1.1 by hand.

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    sync::mpsc::UnboundedSender,
    time::Instant,
};

/// What came of asking for pokes.
pub(crate) enum Opened {
    /// It listens, and goes on listening until the server hangs up.
    Listens,
    /// It was answered something else.
    Answered(String),
}

/// A listener was told of spaces, at once.
pub(crate) struct Told {
    /// Which listener.
    pub(crate) number: usize,
    pub(crate) spaces: Vec<String>,
    pub(crate) at: Instant,
}

/// Asks for pokes, and tells what it hears.
pub(crate) async fn open(port: u16, token: Option<String>, number: usize, hears: UnboundedSender<Told>) -> Opened {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    let session = token.map(|token| format!("Authorization: Bearer {token}\r\n")).unwrap_or_default();
    let request = format!("GET /api/v1/pokes HTTP/1.1\r\nHost: localhost\r\n{session}\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut text = String::new();
    // The first heartbeat comes at once.
    while !text.contains("still here") {
        if !more(&mut stream, &mut text).await || text.contains("\r\n\r\n") && !text.starts_with("HTTP/1.1 200 ") {
            return Opened::Answered(text);
        }
    }
    tokio::spawn(async move {
        text.clear();
        while more(&mut stream, &mut text).await {
            let at = Instant::now();
            // Whole lines only; what is left of the last one waits for its end.
            let whole = text.rfind('\n').map_or(0, |end| end + 1);
            let spaces = text[..whole].split("\"space\":\"").skip(1).filter_map(|rest| rest.split('"').next());
            let spaces: Vec<_> = spaces.map(str::to_owned).collect();
            if !spaces.is_empty() {
                // The test may have seen enough.
                let _ = hears.send(Told { number, spaces, at });
            }
            text.drain(..whole);
        }
    });
    Opened::Listens
}

/// Reads what comes next. Says no at the end.
async fn more(stream: &mut TcpStream, text: &mut String) -> bool {
    let mut buffer = [0; 2048];
    match stream.read(&mut buffer).await {
        Ok(0) | Err(_) => false,
        Ok(count) => {
            text.push_str(&String::from_utf8_lossy(&buffer[..count]));
            true
        }
    }
}
