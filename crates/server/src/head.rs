//! How long a request's head may take, as hyper asks for it: for each request anew.
//!
//! A clock that rings costs more than parsing the head that it waits for. These do not ring; hyper looks at them each
//! time its connection is woken, and [`Prompt`](crate::prompt::Prompt) sees to it that this happens every now and then.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
    time::{Duration, Instant},
};

use hyper::rt::{Sleep, Timer};

/// Makes clocks that do not ring.
#[derive(Clone, Copy)]
pub(crate) struct HeadTimer;

/// Until when.
struct Until(Instant);

impl Timer for HeadTimer {
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Sleep>> {
        self.sleep_until(Instant::now() + duration)
    }

    fn sleep_until(&self, deadline: Instant) -> Pin<Box<dyn Sleep>> {
        Box::pin(Until(deadline))
    }
}

impl Sleep for Until {}

impl Future for Until {
    type Output = ();

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        if Instant::now() < self.0 { Poll::Pending } else { Poll::Ready(()) }
    }
}
