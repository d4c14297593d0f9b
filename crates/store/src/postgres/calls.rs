//! Calls from node to node, so that a watcher hears of a commit that another node made within milliseconds.
//!
//! After a commit its spaces go to one task, which calls them out by `NOTIFY` on a connection of its own, as many in one
//! call as there are. It is not done in the transactions that commit: PostgreSQL lets only one transaction of a database
//! that notifies commit at a time. Another task listens. A call may be lost: the node may end between the commit and the
//! call, the connection may break, or the engine may know no `NOTIFY` (CockroachDB). Then looking ([`super::look`])
//! finds it. After every gap the listener has one look; where there is nothing to listen to it looks four times a
//! second.

use std::{
    collections::VecDeque,
    str::FromStr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use futures_util::StreamExt;
use tokio::{sync::Notify, time};
use tokio_postgres::{AsyncMessage, Client, Error, error::SqlState};
use uuid::Uuid;

use super::{
    address::{Address, Messages},
    error,
    hearing::{Hearing, News},
    look::Looks,
    pool::Pool,
    space_name,
};
use crate::StoreError;

const CHANNEL: &str = "datebook";

/// PostgreSQL takes at most 7999 bytes in one call.
const LONGEST: usize = 7_900;

/// How many spaces wait to be called out. Those that are left out are found by looking.
const WAITING: usize = 1 << 14;

/// How often one looks where there is nothing to listen to.
const LOOKING: Duration = Duration::from_millis(250);

/// How long one waits before connecting again, at first and at most.
const SOON: Duration = Duration::from_millis(50);
const LATER: Duration = Duration::from_secs(2);

/// What the tasks of an engine share.
pub(super) struct Calls {
    /// This engine, to tell its own calls from those of others.
    node: Uuid,
    pub(super) address: Address,
    pub(super) hearing: Hearing,
    pub(super) readers: Pool,
    pub(super) looks: Looks,
    waiting: Mutex<VecDeque<News>>,
    more: Notify,
    none: Notify,
}

impl Calls {
    pub(super) fn new(address: Address, readers: Pool) -> Self {
        Self {
            node: Uuid::new_v4(),
            address,
            hearing: Hearing::default(),
            readers,
            looks: Looks::default(),
            waiting: Mutex::default(),
            more: Notify::new(),
            none: Notify::new(),
        }
    }

    /// Tells the watchers here, and has the others called.
    pub(super) fn tell(&self, news: Vec<News>) {
        if news.is_empty() {
            return;
        }
        self.hearing.tell(&news);
        let mut waiting = self.waiting();
        waiting.extend(news);
        let over = waiting.len().saturating_sub(WAITING);
        waiting.drain(..over);
        drop(waiting);
        self.more.notify_one();
    }

    /// Waits until all was called out, but not for long.
    pub(super) async fn flush(&self) {
        let flushed = async {
            loop {
                let none = self.none.notified();
                if self.waiting().is_empty() {
                    return;
                }
                none.await;
            }
        };
        let _ = time::timeout(Duration::from_millis(500), flushed).await;
    }

    /// Tells what others have written since the last look.
    pub(super) async fn look(&self) -> Result<(), StoreError> {
        let session = self.readers.take().await?;
        self.looks.look(&session, &self.hearing).await
    }

    fn waiting(&self) -> std::sync::MutexGuard<'_, VecDeque<News>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next call: as much of what waits as fits. What is in it no longer waits.
    fn next_call(&self) -> Option<String> {
        let mut waiting = self.waiting();
        let mut call = self.node.simple().to_string();
        let alone = call.len();
        while let Some(News { realm, space, version, at }) = waiting.front() {
            let line = format!("\n{} {at} {version} {space}", realm.simple());
            if call.len() + line.len() > LONGEST {
                break;
            }
            call += &line;
            waiting.pop_front();
        }
        (call.len() > alone).then_some(call)
    }

    /// What a call of another node says.
    fn read(&self, call: &str) -> Vec<News> {
        let mut lines = call.lines();
        if lines.next().and_then(|node| Uuid::from_str(node).ok()).is_none_or(|node| node == self.node) {
            return Vec::new();
        }
        lines.filter_map(read_line).collect()
    }
}

fn read_line(line: &str) -> Option<News> {
    let mut parts = line.split(' ');
    let realm = Uuid::from_str(parts.next()?).ok()?;
    let at = parts.next()?.parse().ok()?;
    let version = parts.next()?.parse().ok()?;
    let space = space_name(parts.next()?).ok()?;
    Some(News { realm, space, version, at })
}

/// Whether the engine on the other side has no such thing.
fn is_unknown(error: &Error) -> bool {
    let unknown = [&SqlState::FEATURE_NOT_SUPPORTED, &SqlState::SYNTAX_ERROR, &SqlState::UNDEFINED_FUNCTION];
    error.code().is_some_and(|code| unknown.contains(&code))
}

/// The task that calls.
pub(super) async fn call(calls: Arc<Calls>) {
    let mut connection: Option<Client> = None;
    let mut pause = SOON;
    loop {
        if calls.waiting().is_empty() {
            calls.none.notify_waiters();
            calls.more.notified().await;
        }
        let client = match connection.take() {
            Some(client) if !client.is_closed() => client,
            _ => match calls.address.connect().await {
                Ok((client, messages)) => {
                    // Reads until the client is dropped.
                    tokio::spawn(messages.for_each(|_| std::future::ready(())));
                    pause = SOON;
                    client
                }
                Err(error) => {
                    tracing::debug!(error = error::words(&error), "cannot call other nodes");
                    time::sleep(pause).await;
                    pause = LATER.min(pause * 2);
                    continue;
                }
            },
        };
        let Some(text) = calls.next_call() else {
            connection = Some(client);
            continue;
        };
        match client.execute("SELECT pg_notify($1, $2)", &[&CHANNEL, &text]).await {
            Ok(_) => connection = Some(client),
            Err(error) if is_unknown(&error) => {
                tracing::info!("the database has no NOTIFY: nodes look for each other's commits");
                return;
            }
            Err(error) => tracing::debug!(error = error::words(&error), "a call to other nodes was lost"),
        }
    }
}

/// The task that listens.
pub(super) async fn listen(calls: Arc<Calls>) {
    let mut pause = SOON;
    loop {
        match calls.address.connect().await {
            Ok((client, messages)) => match hear(&calls, &client, messages).await {
                Ended::Lost { heard: true } => pause = SOON,
                Ended::Lost { heard: false } => {}
                Ended::Unknown => break,
            },
            Err(error) => tracing::debug!(error = error::words(&error), "cannot listen to other nodes"),
        }
        time::sleep(pause).await;
        pause = LATER.min(pause * 2);
    }
    tracing::info!("the database has no LISTEN: looking for the commits of other nodes instead");
    loop {
        time::sleep(LOOKING).await;
        if let Err(error) = calls.look().await {
            tracing::debug!(%error, "a look for the commits of other nodes failed");
        }
    }
}

/// How listening ended.
enum Ended {
    /// The connection broke, after something could be heard or before.
    Lost { heard: bool },
    /// The engine knows no such thing.
    Unknown,
}

/// Listens as long as the connection lives.
async fn hear(calls: &Calls, client: &Client, mut messages: Messages) -> Ended {
    let asked = client.batch_execute("LISTEN datebook");
    let mut asked = std::pin::pin!(asked);
    let mut listens = false;
    loop {
        tokio::select! {
            answer = &mut asked, if !listens => match answer {
                Ok(()) => listens = true,
                Err(error) if is_unknown(&error) => return Ended::Unknown,
                Err(_) => return Ended::Lost { heard: false },
            },
            said = messages.next() => {
                match said {
                    Some(Ok(AsyncMessage::Notification(call))) => calls.hearing.tell(&calls.read(call.payload())),
                    Some(Ok(_)) => {}
                    Some(Err(_)) | None => return Ended::Lost { heard: listens },
                }
                continue;
            }
        }
        // From here on everything is heard; this is for what was said before.
        if let Err(error) = calls.look().await {
            tracing::debug!(%error, "a look for the commits of other nodes failed");
        }
    }
}
