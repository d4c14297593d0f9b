//! Connections on which something is said in time.
//!
//! Before the first bytes have shown which HTTP it is, no time limit of hyper counts; without one here, somebody who
//! connects and says nothing would hold a connection for ever. **Invariant:** a connection that has not said as much as
//! the shortest request within the patience is closed.

use std::{
    future::Future,
    io,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use axum_server::accept::Accept;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Sleep, sleep},
};

/// Bytes of the preface of HTTP/2 (RFC 9113, section 3.4); with as many it is clear which HTTP it is.
const PREFACE: usize = 24;

/// Accepts as `inner` does, and then is not patient for ever.
#[derive(Clone)]
pub(crate) struct Promptly<A> {
    pub(crate) inner: A,
    pub(crate) patience: Duration,
}

impl<I, S, A> Accept<I, S> for Promptly<A>
where
    A: Accept<I, S>,
    A::Future: Send + 'static,
{
    type Stream = Prompt<A::Stream>;
    type Service = A::Service;
    type Future = Pin<Box<dyn Future<Output = io::Result<(Self::Stream, Self::Service)>> + Send>>;

    fn accept(&self, stream: I, service: S) -> Self::Future {
        let (accepting, patience) = (self.inner.accept(stream, service), self.patience);
        Box::pin(async move {
            let (stream, service) = accepting.await?;
            Ok((Prompt { stream, beginning: Some((Box::pin(sleep(patience)), 0)) }, service))
        })
    }
}

/// A connection that has to begin in time.
pub(crate) struct Prompt<T> {
    stream: T,
    /// When the time is over, and how many bytes have come; nothing once enough have.
    beginning: Option<(Pin<Box<Sleep>>, usize)>,
}

impl<T: AsyncRead + Unpin> AsyncRead for Prompt<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        let Some((end, count)) = &mut self.beginning else { return read };
        *count += buffer.filled().len() - before;
        if *count >= PREFACE {
            self.beginning = None;
        } else if read.is_pending() && end.as_mut().poll(context).is_ready() {
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        read
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Prompt<T> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
