//! The stream of pokes.

use std::{future::ready, time::Duration};

use eventsource_stream::Eventsource;
use futures_util::{FutureExt, StreamExt, stream::BoxStream};
use protocol::Poke;

use crate::transport::{Bytes, NoAnswer};

/// Silence of this length means that the stream is lost. The server says something at least every 20 seconds.
const SILENCE: Duration = Duration::from_secs(45);

/// Pokes as they come. Ends when the stream does.
pub(crate) struct Pokes {
    stream: BoxStream<'static, Poke>,
}

impl Pokes {
    /// Reads a stream of server-sent events. Comments keep it alive and say nothing; what is not understood is taken
    /// as a poke for everything, so that a newer server's news is not missed.
    pub(crate) fn new(bytes: Bytes) -> Self {
        let timed = tokio_stream::StreamExt::timeout(bytes, SILENCE);
        let heard = timed.map(|chunk| chunk.unwrap_or_else(|_| Err(NoAnswer("silence".to_owned()))));
        let events = heard.eventsource().take_while(|event| ready(event.is_ok()));
        let everything = || Poke { space: String::new(), version: 0 };
        let pokes = events.filter_map(move |event| {
            ready(event.ok().map(|event| serde_json::from_str(&event.data).unwrap_or_else(|_| everything())))
        });
        Self { stream: pokes.boxed() }
    }

    /// The next poke, with those that came right behind it.
    pub(crate) async fn next(&mut self) -> Option<Vec<Poke>> {
        let mut pokes = vec![self.stream.next().await?];
        while let Some(Some(poke)) = self.stream.next().now_or_never() {
            pokes.push(poke);
        }
        Some(pokes)
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

    #[tokio::test(start_paused = true)]
    async fn silence_ends_the_stream() {
        let quiet = said(&[": hello\n\n"]).chain(stream::pending()).boxed();
        assert_eq!(Pokes::new(quiet).next().await, None, "a connection that says nothing is lost");
    }
}
