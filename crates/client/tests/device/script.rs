//! A line to a server that the test holds in its hand: every answer is written down beforehand, and whatever has no
//! answer finds nobody. What a server would decide is not imitated here; the tests with the real one are elsewhere. A
//! server that is newer than the app says more than the app knows, wherever there is room for it.

use std::{
    collections::{HashMap, VecDeque},
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use client::transport::{Heard, NoAnswer, Request, Response, Transport};
use futures_util::{FutureExt, StreamExt, future::BoxFuture};
use serde::Serialize;
use serde_json::{Value, json};
use tokio::sync::mpsc;

/// What happens to a request.
pub(crate) enum Answer {
    /// It is answered.
    Given(Response),
    /// It arrives, and the answer is lost on the way back.
    Lost,
    /// It arrives, and the answer does not come.
    Held,
}

/// What was asked and what will be answered.
#[derive(Default)]
pub(crate) struct Script {
    answers: Mutex<HashMap<&'static str, VecDeque<Answer>>>,
    asked: Mutex<Vec<Request>>,
    streams: Mutex<VecDeque<mpsc::UnboundedReceiver<String>>>,
    newer: bool,
    /// Whoever listens is not answered at all.
    mute: AtomicBool,
}

/// Gives every object in a value a field that no program of today knows, documents included.
fn add_what_nobody_knows(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.values_mut().for_each(add_what_nobody_knows);
            fields.insert("of_tomorrow".to_owned(), json!({ "kind": "hologram", "id": [1, { "name": null }] }));
        }
        Value::Array(values) => values.iter_mut().for_each(add_what_nobody_knows),
        _ => {}
    }
}

impl Script {
    /// A server of tomorrow.
    pub(crate) fn of_a_newer_server() -> Self {
        Self { newer: true, ..Self::default() }
    }

    /// The next request to a path is answered with this.
    pub(crate) fn answer(&self, path: &'static str, body: &impl Serialize) {
        self.say(path, 200, None, serde_json::to_vec(body).unwrap());
    }

    /// The next request to a path is answered with a problem.
    pub(crate) fn refuse(&self, path: &'static str, status: u16, code: &str, retry_after: Option<u64>) {
        self.say(path, status, retry_after, serde_json::to_vec(&serde_json::json!({ "code": code })).unwrap());
    }

    /// The next request to a path arrives, and its answer is lost.
    pub(crate) fn lose(&self, path: &'static str) {
        self.answers.lock().unwrap().entry(path).or_default().push_back(Answer::Lost);
    }

    /// The next request to a path arrives, and whoever asks waits for its answer.
    pub(crate) fn hold(&self, path: &'static str) {
        self.answers.lock().unwrap().entry(path).or_default().push_back(Answer::Held);
    }

    pub(crate) fn say(&self, path: &'static str, status: u16, retry_after: Option<u64>, body: Vec<u8>) {
        let body = if self.newer {
            let mut answer = serde_json::from_slice(&body).unwrap();
            add_what_nobody_knows(&mut answer);
            serde_json::to_vec(&answer).unwrap()
        } else {
            body
        };
        let answer = Answer::Given(Response { status, retry_after, body });
        self.answers.lock().unwrap().entry(path).or_default().push_back(answer);
    }

    /// The next to listen gets this stream; what is sent comes as it is.
    pub(crate) fn stream(&self) -> mpsc::UnboundedSender<String> {
        let (sender, receiver) = mpsc::unbounded_channel();
        self.streams.lock().unwrap().push_back(receiver);
        sender
    }

    /// From now on something on the way holds back what is streamed, its head too.
    pub(crate) fn hold_back_streams(&self) {
        self.mute.store(true, Ordering::SeqCst);
    }

    /// The bodies of all requests to a path so far.
    pub(crate) fn asked<T: serde::de::DeserializeOwned>(&self, path: &str) -> Vec<T> {
        let end = format!("/api/v1/{path}");
        let asked = self.asked.lock().unwrap();
        let bodies = asked.iter().filter(|request| request.url.ends_with(&end));
        bodies.map(|request| serde_json::from_str(request.body.as_deref().unwrap_or("null")).unwrap()).collect()
    }

    /// The tokens of all requests to a path so far.
    pub(crate) fn tokens(&self, path: &str) -> Vec<Option<String>> {
        let end = format!("/api/v1/{path}");
        let asked = self.asked.lock().unwrap();
        asked.iter().filter(|request| request.url.ends_with(&end)).map(|request| request.token.clone()).collect()
    }
}

impl Transport for Script {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, NoAnswer>> {
        let path = request.url.split_once("/api/v1/").unwrap().1.to_owned();
        self.asked.lock().unwrap().push(request);
        let answer = self.answers.lock().unwrap().get_mut(path.as_str()).and_then(VecDeque::pop_front);
        async move {
            match answer {
                Some(Answer::Given(response)) => Ok(response),
                Some(Answer::Held) => std::future::pending().await,
                Some(Answer::Lost) | None => Err(NoAnswer("nobody there".to_owned())),
            }
        }
        .boxed()
    }

    fn listen(&self, request: Request) -> BoxFuture<'_, Result<Heard, NoAnswer>> {
        self.asked.lock().unwrap().push(request);
        let stream = self.streams.lock().unwrap().pop_front();
        let mute = self.mute.load(Ordering::SeqCst);
        async move {
            if mute {
                std::future::pending::<()>().await;
            }
            let receiver = stream.ok_or_else(|| NoAnswer("nobody there".to_owned()))?;
            let bytes = futures_util::stream::unfold(receiver, |mut receiver| async move {
                let text = receiver.recv().await?;
                Some((Ok(text.into_bytes()), receiver))
            });
            Ok(Heard::Events(bytes.boxed()))
        }
        .boxed()
    }
}
