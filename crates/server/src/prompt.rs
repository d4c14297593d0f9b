//! Connections, no more than there is room for, on which something is said and taken in time.
//!
//! Before the first bytes have shown which HTTP it is, no time limit of hyper counts; and none counts for somebody who
//! asks and does not take the answer. **Invariant:** a connection that has not said as much as the shortest request within
//! the patience is closed, and so is one that takes nothing of what there is for it for as long. **Invariant:** a
//! connection on which nothing comes is woken at least once in half of the patience: only then does hyper see that a
//! request's head is late ([`crate::head`]). **Invariant:** one
//! connection too many is told so, and when too many are told so at once, it is closed without a word.

use std::{
    future::Future,
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use axum::{Extension, middleware::AddExtension};
use axum_server::accept::Accept;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant, Sleep, sleep},
};
use tower::Layer as _;

use crate::crowd::Line;

/// Bytes of the preface of HTTP/2 (RFC 9113, section 3.4); with as many it is clear which HTTP it is.
const PREFACE: usize = 24;
/// How many connections too many are told so at a time.
const SORRY: usize = 64;

/// Room for connections.
#[derive(Clone)]
pub(crate) struct Connections {
    places: Arc<Semaphore>,
    sorry: Arc<Semaphore>,
}

impl Connections {
    /// For so many.
    pub(crate) fn new(most: usize) -> Self {
        Self { places: Arc::new(Semaphore::new(most)), sorry: Arc::new(Semaphore::new(SORRY)) }
    }

    /// Room for one, and whether it is one too many.
    fn enter(&self) -> io::Result<(OwnedSemaphorePermit, bool)> {
        let place = Arc::clone(&self.places).try_acquire_owned().map(|place| (place, false));
        let place = place.or_else(|_| Arc::clone(&self.sorry).try_acquire_owned().map(|place| (place, true)));
        place.map_err(|_| io::ErrorKind::ConnectionRefused.into())
    }
}

/// Accepts as `inner` does while there is room, and then is not patient for ever.
#[derive(Clone)]
pub(crate) struct Promptly<A> {
    pub(crate) inner: A,
    pub(crate) connections: Connections,
    pub(crate) patience: Duration,
}

impl<I, S, A> Accept<I, S> for Promptly<A>
where
    A: Accept<I, S>,
    A::Future: Send + 'static,
{
    type Stream = Prompt<A::Stream>;
    type Service = AddExtension<A::Service, Line>;
    type Future = Pin<Box<dyn Future<Output = io::Result<(Self::Stream, Self::Service)>> + Send>>;

    fn accept(&self, stream: I, service: S) -> Self::Future {
        let patience = self.patience;
        let entered = self.connections.enter();
        let accepting = entered.map(|entered| (entered, self.inner.accept(stream, service)));
        Box::pin(async move {
            let ((place, over), accepting) = accepting?;
            let (stream, service) = accepting.await?;
            let line = Line::new(over);
            let service = Extension(line.clone()).layer(service);
            let clock = Box::pin(sleep(patience));
            Ok((Prompt { stream, patience, clock, come: 0, full: None, line, stuck: None, _place: place }, service))
        })
    }
}

/// A connection that has to begin in time and to take what there is for it.
pub(crate) struct Prompt<T> {
    stream: T,
    patience: Duration,
    /// When the time to begin is over; later, when to wake up.
    clock: Pin<Box<Sleep>>,
    /// How many bytes have come, up to as many as it takes to begin.
    come: usize,
    /// When nothing more fits in between us and the other end: how long that may last.
    full: Option<Pin<Box<Sleep>>>,
    /// The requests of this connection and their answers.
    line: Line,
    /// When to look whether the answers are taken.
    stuck: Option<Pin<Box<Sleep>>>,
    _place: OwnedSemaphorePermit,
}

impl<T> Prompt<T> {
    /// An attempt to send something, which must not fail to get anywhere for long.
    fn sent<V>(&mut self, context: &mut Context<'_>, sent: Poll<io::Result<V>>) -> Poll<io::Result<V>> {
        if sent.is_ready() {
            self.full = None;
            return sent;
        }
        let full = self.full.get_or_insert_with(|| Box::pin(sleep(self.patience)));
        if full.as_mut().poll(context).is_ready() {
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        sent
    }

    /// Whether there are answers of which nothing was taken for too long.
    fn is_stuck(&mut self, context: &mut Context<'_>) -> bool {
        loop {
            let Some(stuck) = self.line.stuck() else {
                self.stuck = None;
                return false;
            };
            let Some(left) = self.patience.checked_sub(stuck).filter(|left| !left.is_zero()) else { return true };
            let look = self.stuck.get_or_insert_with(|| Box::pin(sleep(left)));
            if look.as_mut().poll(context).is_pending() {
                return false;
            }
            look.as_mut().reset(Instant::now() + left);
        }
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for Prompt<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.is_stuck(context) {
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        self.come = PREFACE.min(self.come + buffer.filled().len() - before);
        if read.is_pending() {
            while self.clock.as_mut().poll(context).is_ready() {
                if self.come < PREFACE {
                    return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
                }
                let again = Instant::now() + self.patience / 2;
                self.clock.as_mut().reset(again);
            }
        }
        read
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Prompt<T> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let sent = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.sent(context, sent)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let sent = Pin::new(&mut self.stream).poll_flush(context);
        self.sent(context, sent)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let sent = Pin::new(&mut self.stream).poll_shutdown(context);
        self.sent(context, sent)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let sent = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        self.sent(context, sent)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
