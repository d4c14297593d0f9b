//! How much is worked on at a time.
//!
//! **Invariant:** no more than [`Crowd::new`] was told of requests are worked on at a time, and what is on its way, bodies
//! that arrive and large answers that leave, is no more than [`ON_THE_WAY`] together. Nobody waits for room: whoever finds
//! none is told to come back. Whoever asks whether the server works is counted apart ([`WATCHERS`]). **Invariant:** a
//! request counts as work only once its body is there, and a body takes room only for what has come of it, so that slow
//! clients keep nobody out.

use std::{
    future::Future,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::{
    body::{Body, Bytes, HttpBody as _},
    extract::Request,
    http::{HeaderValue, Method, Version, header},
    response::{IntoResponse as _, Response},
};
use futures_util::{StreamExt as _, stream};
use protocol::Code;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::Instant,
};

use crate::{app::App, fault::Fault};

/// Most bytes of bodies and large answers that are on their way.
const ON_THE_WAY: usize = 256 << 20;
/// How many may ask at a time whether the server works. One that is full does: were it taken out for that, the others
/// would have its work too.
const WATCHERS: usize = 16;
/// An answer larger than this is handed out in pieces of this size, in bytes.
const PIECE: usize = 16 << 10;
/// Seconds after which a connection may be free again.
const AGAIN: u64 = 15;

/// The room for requests.
pub(crate) struct Crowd {
    work: Arc<Semaphore>,
    watch: Arc<Semaphore>,
    bytes: Arc<Semaphore>,
}

/// Room that is free again when this is dropped.
pub(crate) type Room = OwnedSemaphorePermit;

impl Crowd {
    /// Room for so many requests.
    pub(crate) fn new(requests: usize) -> Self {
        let [work, watch, bytes] = [requests, WATCHERS, ON_THE_WAY].map(|room| Arc::new(Semaphore::new(room)));
        Self { work, watch, bytes }
    }

    /// Room to work on a request.
    pub(crate) fn work(&self) -> Result<Room, Fault> {
        Arc::clone(&self.work).try_acquire_owned().map_err(|_| Fault::busy())
    }

    /// Room to ask whether the server works.
    fn watch(&self) -> Result<Room, Fault> {
        Arc::clone(&self.watch).try_acquire_owned().map_err(|_| Fault::busy())
    }

    /// Room for so many bytes.
    pub(crate) fn bytes(&self, count: usize) -> Result<Room, Fault> {
        let count = u32::try_from(count).map_err(|_| Fault::busy())?;
        Arc::clone(&self.bytes).try_acquire_many_owned(count).map_err(|_| Fault::busy())
    }

    /// Has an answer take its room before it is packed: afterwards nobody knows how long it is.
    pub(crate) fn weigh(&self, answer: Response) -> Result<Response, Fault> {
        self.send(answer, None)
    }

    /// Hands an answer out piece by piece, so that it takes its room for as long as it is not sent, and so that it shows
    /// whether it is taken. Pokes are not an answer that comes to an end.
    fn send(&self, response: Response, line: Option<Line>) -> Result<Response, Fault> {
        let length = response.body().size_hint().exact().and_then(|length| usize::try_from(length).ok());
        let kind = response.headers().get(header::CONTENT_TYPE);
        let events = kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/event-stream"));
        if events || length.is_some_and(|length| length <= PIECE) {
            return Ok(response);
        }
        let room = length.map(|length| self.bytes(length)).transpose()?;
        let (mut parts, body) = response.into_parts();
        if let Some(length) = length {
            // A stream of pieces does not say how long it is.
            parts.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
        }
        let sending = line.map(|line| Sending::begin(&line));
        let pieces = stream::unfold((body.into_data_stream(), Bytes::new(), room, sending), |mut state| async move {
            let (body, rest, _, sending) = &mut state;
            if let Some(sending) = sending {
                sending.moved();
            }
            while rest.is_empty() {
                match body.next().await? {
                    Ok(bytes) => *rest = bytes,
                    Err(error) => return Some((Err(error), state)),
                }
            }
            let piece = rest.split_to(rest.len().min(PIECE));
            Some((Ok(piece), state))
        });
        // Whoever packs the answer asks once more after its end.
        Ok(Response::from_parts(parts, Body::from_stream(pieces.fuse())))
    }
}

/// Where whoever has read a request's body puts its room.
#[derive(Clone, Default)]
pub(crate) struct Desk(Arc<Mutex<Option<Room>>>);

impl Desk {
    /// The body is there, and work begins.
    pub(crate) fn sit(&self, room: Room) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(room);
    }
}

/// Lets requests in while there is room.
pub(crate) async fn pass<F: Future<Output = Response>>(
    app: &App,
    mut request: Request,
    next: impl FnOnce(Request) -> F,
) -> Result<Response, Fault> {
    let line = request.extensions().get::<Line>().cloned();
    if line.as_ref().is_some_and(|line| line.over) {
        return Ok(turned_away(request.version()));
    }
    let desk = Desk::default();
    if matches!(*request.method(), Method::GET | Method::HEAD) {
        let watches = request.uri().path() == "/healthz";
        desk.sit(if watches { app.crowd.watch()? } else { app.crowd.work()? });
    }
    request.extensions_mut().insert(desk.clone());
    let response = next(request).await;
    app.crowd.send(response, line)
}

/// The answer on a connection that is one too many.
fn turned_away(version: Version) -> Response {
    let mut response = Fault::new(Code::Busy, "too many connections").after(AGAIN).into_response();
    if version <= Version::HTTP_11 {
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

/// A connection, as its requests know it.
#[derive(Clone, Default)]
pub(crate) struct Line {
    /// Whether it is one too many.
    over: bool,
    sending: Arc<Mutex<Moved>>,
}

#[derive(Default)]
struct Moved {
    /// How many large answers are not sent.
    count: usize,
    /// When the last piece of one was taken.
    last: Option<Instant>,
}

impl Line {
    /// A connection, which may be one too many.
    pub(crate) fn new(over: bool) -> Self {
        Self { over, ..Self::default() }
    }

    /// For how long no piece of an answer was taken, if there are any to take. Over HTTP/2 a client may keep the
    /// connection alive and never take its answer.
    pub(crate) fn stuck(&self) -> Option<Duration> {
        let moved = self.sending.lock().unwrap_or_else(PoisonError::into_inner);
        moved.last.filter(|_| moved.count > 0).map(|last| last.elapsed())
    }
}

/// A large answer on its way.
struct Sending(Arc<Mutex<Moved>>);

impl Sending {
    fn begin(line: &Line) -> Self {
        line.sending.lock().unwrap_or_else(PoisonError::into_inner).count += 1;
        let sending = Self(Arc::clone(&line.sending));
        sending.moved();
        sending
    }

    fn moved(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).last = Some(Instant::now());
    }
}

impl Drop for Sending {
    fn drop(&mut self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).count -= 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_is_taken_and_given_back() {
        let crowd = Crowd::new(2);
        let working = [crowd.work().unwrap(), crowd.work().unwrap()];
        assert_eq!(crowd.work().map_err(|fault| fault.code()).err(), Some(Code::Busy), "a third finds no room");
        drop(working);
        assert!(crowd.work().is_ok(), "when work is done there is room again");
    }

    #[test]
    fn who_asks_whether_the_server_works_takes_no_room_of_work() {
        let crowd = Crowd::new(0);
        let watching: Vec<Room> = (0..WATCHERS).map(|_| crowd.watch().unwrap()).collect();
        assert_eq!(crowd.watch().map_err(|fault| fault.code()).err(), Some(Code::Busy), "a flood of them ends too");
        drop(watching);
        assert!(crowd.watch().is_ok() && crowd.work().is_err(), "and each has its own room");
    }

    #[tokio::test]
    async fn a_large_answer_takes_its_room_until_it_is_sent() {
        let (crowd, line) = (Crowd::new(1), Line::new(false));
        let all = || crowd.bytes(ON_THE_WAY).is_ok();
        let small = crowd.send(Response::new(Body::from(vec![0; PIECE])), Some(line.clone())).unwrap();
        assert!(all() && line.stuck().is_none(), "small answers are not counted: {:?}", small.body());
        let large = crowd.send(Response::new(Body::from(vec![7; 3 * PIECE + 1])), Some(line.clone())).unwrap();
        assert_eq!(large.headers()[header::CONTENT_LENGTH], "49153", "a client still knows how much comes");
        assert!(!all() && line.stuck().is_some(), "nobody has taken it yet");
        let pieces: Vec<Bytes> = large.into_body().into_data_stream().map(Result::unwrap).collect().await;
        assert_eq!(pieces.iter().map(Bytes::len).collect::<Vec<_>>(), [PIECE, PIECE, PIECE, 1], "piece by piece");
        assert!(all() && line.stuck().is_none(), "it is gone, and so is what it took");
        let weighed = crowd.weigh(Response::new(Body::from(vec![7; PIECE + 1]))).unwrap();
        let sent = crowd.send(weighed, Some(line.clone())).unwrap();
        assert!(!all() && line.stuck().is_some(), "what is packed in between has taken its room before");
        drop(sent);
        assert!(all() && line.stuck().is_none(), "and gives it back when nobody waits for it any more");
        let full = crowd.bytes(ON_THE_WAY).unwrap();
        let refused = crowd.send(Response::new(Body::from(vec![7; PIECE + 1])), None).map_err(|fault| fault.code());
        assert_eq!(refused.err(), Some(Code::Busy), "when all room is taken the answer has to wait");
        drop(full);
    }
}
