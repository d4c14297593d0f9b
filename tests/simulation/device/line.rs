//! The device's end of the network: what it asks lies there until the simulation takes it.

use std::{pin::Pin, sync::Mutex};

use client::transport::{Heard, NoAnswer, Request, Response, Transport};
use tokio::sync::{Notify, oneshot};

/// Where an answer is waited for.
pub(crate) type Reply = oneshot::Sender<Result<Response, NoAnswer>>;

type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The device's end of the network.
#[derive(Default)]
pub(super) struct Line {
    /// What is asked, until the simulation takes it.
    pub(super) asked: Mutex<Option<(Request, Reply)>>,
    /// Rings when something is.
    pub(super) bell: Notify,
}

impl Transport for Line {
    fn send(&self, request: Request) -> Boxed<'_, Result<Response, NoAnswer>> {
        Box::pin(async move {
            let (reply, answer) = oneshot::channel();
            let before = self.asked.lock().unwrap().replace((request, reply));
            assert!(before.is_none(), "a device asks for one thing at a time here");
            self.bell.notify_one();
            answer.await.unwrap_or_else(|_| Err(NoAnswer("cut off".to_owned())))
        })
    }

    fn listen(&self, _: Request) -> Boxed<'_, Result<Heard, NoAnswer>> {
        Box::pin(async { Err(NoAnswer("there are no pokes in a simulation: it says when to pull".to_owned())) })
    }
}
