//! The server's side of a conversation by SMTP (RFC 5321), as much of it as a sender needs that only brings mails. What
//! becomes of a mail is the test's business.

use std::io;

use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines},
    net::{
        TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
};

/// Somebody who brings mails.
pub struct Sender {
    lines: Lines<BufReader<OwnedReadHalf>>,
    write: OwnedWriteHalf,
    to: String,
}

/// What a sender waits for an answer to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Brought {
    /// A mail will be for this address.
    Recipient(String),
    /// All of a mail is there.
    Mail {
        /// The address of its last recipient.
        to: String,
        /// Its text, head and body, a line feed after each line.
        text: String,
    },
}

impl Sender {
    /// Greets whoever has called.
    ///
    /// # Errors
    /// When they have gone.
    pub async fn greet(stream: TcpStream) -> io::Result<Self> {
        let (read, write) = stream.into_split();
        let mut sender = Self { lines: BufReader::new(read).lines(), write, to: String::new() };
        sender.say("220 here").await?;
        Ok(sender)
    }

    /// What they bring next, which [`take`](Self::take) answers; nothing when they have gone. All else is answered here.
    pub async fn next(&mut self) -> Option<Brought> {
        while let Some(line) = self.line().await {
            if let Some(address) = line.strip_prefix("RCPT TO:<") {
                self.to = address.split('>').next().unwrap_or_default().to_owned();
                return Some(Brought::Recipient(self.to.clone()));
            }
            let answer = match line.as_str() {
                "DATA" => {
                    self.say("354 go on").await.ok()?;
                    return Some(Brought::Mail { to: self.to.clone(), text: self.text().await? });
                }
                "QUIT" => "221 bye",
                _ => "250 fine",
            };
            self.say(answer).await.ok()?;
        }
        None
    }

    /// What was brought is taken.
    ///
    /// # Errors
    /// When they have gone.
    pub async fn take(&mut self) -> io::Result<()> {
        self.say("250 taken").await
    }

    /// What was brought is refused, in these words, which begin with three digits.
    ///
    /// # Errors
    /// When they have gone.
    pub async fn refuse(&mut self, words: &str) -> io::Result<()> {
        self.say(words).await
    }

    /// Answers nothing any more, and waits until they go.
    pub async fn ignore(mut self) {
        while self.line().await.is_some() {}
    }

    async fn text(&mut self) -> Option<String> {
        let mut text = String::new();
        loop {
            match self.line().await?.as_str() {
                "." => return Some(text),
                line => {
                    text += line;
                    text.push('\n');
                }
            }
        }
    }

    async fn line(&mut self) -> Option<String> {
        self.lines.next_line().await.ok().flatten()
    }

    async fn say(&mut self, answer: &str) -> io::Result<()> {
        self.write.write_all(format!("{answer}\r\n").as_bytes()).await
    }
}
