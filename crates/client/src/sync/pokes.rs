//! The stream of pokes.

use std::{future::ready, time::Duration};

use eventsource_stream::Eventsource;
use futures_util::{FutureExt, StreamExt, stream::BoxStream};
use protocol::Poke;

use crate::transport::{Bytes, NoAnswer};

/// Silence of this length means that the stream is lost. The server says something at least every 20 seconds.
const SILENCE: Duration = Duration::from_secs(45);

/// An event larger than this is none of ours, in bytes. It is held in memory until its end has come.
const LARGEST: usize = 64 << 10;

/// The most pokes that are answered together.
const TOGETHER: usize = 100;

/// Pokes as they come. Ends when the stream does, or an event of it does not.
pub(crate) struct Pokes {
    stream: BoxStream<'static, Poke>,
}

impl Pokes {
    /// Reads a stream of server-sent events. Comments keep it alive and say nothing; what is not understood is taken
    /// as a poke for everything, so that a newer server's news is not missed.
    pub(crate) fn new(bytes: Bytes) -> Self {
        let timed = tokio_stream::StreamExt::timeout(bytes, SILENCE);
        let heard = timed.map(|chunk| chunk.unwrap_or_else(|_| Err(NoAnswer("silence".to_owned()))));
        let bounded = heard.scan(Event::default(), |event, chunk| {
            let fits =
                |chunk: Vec<u8>| if event.take(&chunk) { Ok(chunk) } else { Err(NoAnswer("too much".to_owned())) };
            ready(Some(chunk.and_then(fits)))
        });
        let events = bounded.eventsource().take_while(|event| ready(event.is_ok()));
        let everything = || Poke { space: String::new(), version: 0 };
        let pokes = events.filter_map(move |event| {
            ready(event.ok().map(|event| serde_json::from_str(&event.data).unwrap_or_else(|_| everything())))
        });
        Self { stream: pokes.boxed() }
    }

    /// The next poke, with those that came right behind it.
    pub(crate) async fn next(&mut self) -> Option<Vec<Poke>> {
        let mut pokes = vec![self.stream.next().await?];
        while pokes.len() < TOGETHER
            && let Some(Some(poke)) = self.stream.next().now_or_never()
        {
            pokes.push(poke);
        }
        Some(pokes)
    }
}

/// How much has come of an event that has not ended.
#[derive(Default)]
struct Event {
    bytes: usize,
    line: usize,
    /// A line feed right behind a carriage return ends no line of its own.
    returned: bool,
}

impl Event {
    /// Counts what has come. Says no when the event has become too large.
    fn take(&mut self, chunk: &[u8]) -> bool {
        chunk.iter().all(|byte| {
            self.bytes += 1;
            match byte {
                b'\n' if self.returned => {}
                b'\n' | b'\r' if self.line == 0 => self.bytes = 0,
                b'\n' | b'\r' => self.line = 0,
                _ => self.line += 1,
            }
            self.returned = *byte == b'\r';
            self.bytes <= LARGEST
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::stream;

    fn said(parts: &[&str]) -> Bytes {
        let parts: Vec<_> = parts.iter().map(|part| Ok(part.as_bytes().to_vec())).collect();
        stream::iter(parts).boxed()
    }

    #[tokio::test]
    async fn pokes_come_together_when_they_come_at_once() {
        let mut pokes = Pokes::new(said(&[
            ": hello\n\n",
            "event: poke\ndata: {\"space\":\"cata",
            "logue\",\"version\":7}\n\n: still here\n\nevent: poke\ndata: {\"space\":\"\",\"version\":0}\n\n",
        ]));
        let spaces: Vec<_> = pokes.next().await.unwrap().into_iter().map(|poke| (poke.space, poke.version)).collect();
        assert_eq!(spaces, [("catalogue".to_owned(), 7), (String::new(), 0)], "one pull answers both");
        assert_eq!(pokes.next().await, None, "the stream has ended");
    }

    #[tokio::test]
    async fn a_poke_does_not_wait_for_the_next_one() {
        let one = said(&["event: poke\ndata: {\"space\":\"catalogue\",\"version\":7}\n\n"]);
        let mut pokes = Pokes::new(one.chain(stream::pending()).boxed());
        assert_eq!(pokes.next().now_or_never().flatten().map(|pokes| pokes.len()), Some(1), "it is heard at once");
    }

    #[tokio::test]
    async fn what_is_not_understood_means_everything() {
        let mut pokes = Pokes::new(said(&["event: poke\ndata: {\"new\":true}\n\n"]));
        let expected = vec![Poke { space: String::new(), version: 0 }];
        assert_eq!(pokes.next().await, Some(expected), "news of a newer server is not missed");
    }

    #[tokio::test]
    async fn an_event_without_end_ends_the_stream() {
        let poke = "data: {\"space\":\"\",\"version\":0}\r\n\r\n";
        for part in ["x".repeat(1000), "data: x\n".repeat(125), "data: x\r\n".repeat(111), ": x\r".repeat(250)] {
            let endless = stream::repeat_with(move || Ok(part.clone().into_bytes())).take(10_000);
            let mut pokes = Pokes::new(said(&[poke]).chain(endless).chain(said(&["\n\n", poke])).boxed());
            assert_eq!(pokes.next().await.map(|pokes| pokes.len()), Some(1), "what came before it counts");
            assert_eq!(pokes.next().await, None, "nothing of a server may fill the memory");
        }
        let long = ": still here\r\n\r\n".repeat(LARGEST / 8);
        let mut pokes = Pokes::new(said(&[&long, poke]));
        assert!(pokes.next().await.is_some(), "a stream may be long, its events may not");
    }

    #[tokio::test]
    async fn only_so_many_pokes_come_together() {
        let poke = "data: {\"space\":\"\",\"version\":0}\n\n";
        let mut pokes = Pokes::new(said(&[&poke.repeat(TOGETHER + 50)]));
        let mut counts = Vec::new();
        while let Some(together) = pokes.next().await {
            counts.push(together.len());
        }
        assert_eq!(counts, [TOGETHER, 50], "a server that pokes without pause does not keep the device from pulling");
    }

    #[tokio::test(start_paused = true)]
    async fn silence_ends_the_stream() {
        let quiet = said(&[": hello\n\n"]).chain(stream::pending()).boxed();
        assert_eq!(Pokes::new(quiet).next().await, None, "a connection that says nothing is lost");
    }
}
