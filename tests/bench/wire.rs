//! HTTP/1.1 by hand over one kept-alive connection, so that the client costs little, and the same for floor and subject.

use std::borrow::Cow;

use anyhow::{Context as _, bail};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

/// One connection.
pub(crate) struct Wire {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// An answer, still in the connection's buffer.
pub(crate) struct Answer<'a> {
    /// The status.
    pub(crate) status: u16,
    buffer: &'a [u8],
    /// Where the body's pieces are: one, or as many as there were chunks.
    pieces: Vec<(usize, usize)>,
}

impl Answer<'_> {
    /// The body as it was sent, compressed or not.
    pub(crate) fn body(&self) -> Cow<'_, [u8]> {
        match self.pieces[..] {
            [(from, to)] => Cow::Borrowed(&self.buffer[from..to]),
            _ => Cow::Owned(self.pieces.iter().flat_map(|(from, to)| &self.buffer[*from..*to]).copied().collect()),
        }
    }
}

/// A request as it goes over the wire. `token` signs in, `gzip` says that a compressed answer is welcome.
pub(crate) fn post(path: &str, token: Option<&str>, gzip: bool, body: &str) -> Vec<u8> {
    let token = token.map(|token| format!("authorization: Bearer {token}\r\n")).unwrap_or_default();
    let gzip = if gzip { "accept-encoding: gzip\r\n" } else { "" };
    let length = body.len();
    format!(
        "POST {path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n{token}{gzip}\
         content-length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}

impl Wire {
    /// Connects to `http://host:port`.
    pub(crate) async fn connect(address: &str) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address.trim_start_matches("http://")).await.context(address.to_owned())?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: vec![0; 64 << 10] })
    }

    /// Sends a request and waits for the whole answer.
    pub(crate) async fn ask(&mut self, request: &[u8]) -> anyhow::Result<Answer<'_>> {
        self.stream.write_all(request).await?;
        let mut filled = 0;
        let head = loop {
            filled = self.read(filled).await?;
            if let Some(end) = find(&self.buffer[..filled], b"\r\n\r\n") {
                break end + 4;
            }
        };
        let text = std::str::from_utf8(&self.buffer[..head])?;
        let status = text.get(9..12).context("no status")?.parse()?;
        let header = |name: &str| {
            let mut lines = text.lines().filter_map(|line| line.split_once(':'));
            lines.find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim().to_owned())
        };
        if let Some(length) = header("content-length") {
            let end = head + length.parse::<usize>()?;
            while filled < end {
                filled = self.read(filled).await?;
            }
            return Ok(Answer { status, buffer: &self.buffer, pieces: vec![(head, end)] });
        }
        if header("transfer-encoding").as_deref() != Some("chunked") {
            bail!("an answer without an end");
        }
        let (mut at, mut pieces) = (head, Vec::new());
        loop {
            let Some(line) = find(&self.buffer[at..filled], b"\r\n") else {
                filled = self.read(filled).await?;
                continue;
            };
            let size = usize::from_str_radix(std::str::from_utf8(&self.buffer[at..at + line])?, 16)?;
            let (from, to) = (at + line + 2, at + line + 2 + size);
            while filled < to + 2 {
                filled = self.read(filled).await?;
            }
            at = to + 2;
            if size == 0 {
                return Ok(Answer { status, buffer: &self.buffer, pieces });
            }
            pieces.push((from, to));
        }
    }

    async fn read(&mut self, filled: usize) -> anyhow::Result<usize> {
        if filled == self.buffer.len() {
            self.buffer.resize(filled * 2, 0);
        }
        match self.stream.read(&mut self.buffer[filled..]).await? {
            0 => bail!("the connection was closed in the middle of an answer"),
            more => Ok(filled + more),
        }
    }
}

fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len()).position(|window| window == wanted)
}
