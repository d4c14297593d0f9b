//! A server's life over one history of its database, and the next one after a copy was put in its place.
//!
//! Whatever a node remembers, sessions, pages, counts, who listens, rests on one history. So it begins anew with another,
//! as after a restart, only that the listener and the connections stay. The new life answers before the old one ends; then
//! the old one's streams of pokes end, so that devices come, its jobs end, and its engine is closed. What it had in hand
//! and wants to write is refused by the engine (`503`), and whoever asked comes again.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use store::{Engine, StoreError};
use tokio::{
    sync::watch,
    task::{JoinHandle, JoinSet},
    time::sleep,
};
use url::Url;

use crate::{
    Settings,
    app::{App, SystemClock},
    cli,
    front::Front,
    job, router,
};

/// How long until another try when the next life cannot begin.
const PAUSE: Duration = Duration::from_secs(1);

/// What a life begins with.
pub(crate) struct Birth {
    pub(crate) settings: Settings,
    /// Where people reach the server.
    pub(crate) origin: Url,
}

/// A life, not at work yet.
pub(crate) struct Life {
    app: Arc<App>,
    ending: watch::Sender<bool>,
}

impl Birth {
    /// A new life over what the database holds now.
    ///
    /// # Errors
    /// When the settings do not fit together, or the data cannot be opened.
    pub(crate) async fn life(&self) -> anyhow::Result<Life> {
        let engine = cli::open(&self.settings).await?;
        // The first look only takes note: whatever is read afterwards is told of when others change it.
        engine.hear_others().await?;
        let (ending, ended) = watch::channel(false);
        let app = App::new(self.settings.clone(), self.origin.clone(), engine, Arc::new(SystemClock), ended)?;
        Ok(Life { app, ending })
    }
}

impl Life {
    /// What answers.
    pub(crate) fn front(&self) -> Front {
        Front::new(router::router(Arc::clone(&self.app)))
    }

    /// The engine.
    pub(crate) fn engine(&self) -> &Engine {
        &self.app.engine
    }

    /// Begins with the work.
    fn begin(&self) -> Vec<JoinHandle<()>> {
        let listening = tokio::spawn(listen(self.app.engine.clone(), self.app.stopping.clone()));
        vec![listening, tokio::spawn(job::run(Arc::clone(&self.app)))]
    }
}

/// The engine of the life that the server leads now.
#[derive(Clone)]
pub(crate) struct Current(Arc<Mutex<Engine>>);

impl Current {
    pub(crate) fn new(engine: &Engine) -> Self {
        Self(Arc::new(Mutex::new(engine.clone())))
    }

    pub(crate) fn engine(&self) -> MutexGuard<'_, Engine> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Leads one life after the other until the server stops; then ends what is at hand. The last engine stays open.
pub(crate) async fn lead(
    birth: Birth,
    mut life: Life,
    front: Front,
    current: Current,
    mut stopping: watch::Receiver<bool>,
) {
    let mut former = JoinSet::new();
    let mut work = life.begin();
    loop {
        tokio::select! {
            () = life.engine().replaced() => {}
            () = stopped(&mut stopping) => break,
        }
        tracing::info!("a copy was put in the place of the data: everything begins anew");
        let next = tokio::select! {
            next = next(&birth) => next,
            () = stopped(&mut stopping) => break,
        };
        front.exchange(router::router(Arc::clone(&next.app)));
        *current.engine() = next.engine().clone();
        let (before, its_work) = (std::mem::replace(&mut life, next), std::mem::take(&mut work));
        work = life.begin();
        former.spawn(async move {
            end(&before, its_work).await;
            before.engine().close().await;
        });
        // Those that have ended before.
        while former.try_join_next().is_some() {}
    }
    end(&life, work).await;
    former.join_all().await;
}

/// The next life, as soon as it can begin.
async fn next(birth: &Birth) -> Life {
    loop {
        match birth.life().await {
            Ok(life) => return life,
            Err(error) => tracing::error!(error = format!("{error:#}"), "the copy cannot be served"),
        }
        sleep(PAUSE).await;
    }
}

/// Ends a life: its streams, and its jobs at hand.
async fn end(life: &Life, work: Vec<JoinHandle<()>>) {
    life.ending.send_replace(true);
    for task in work {
        // A task that panicked has said so itself.
        let _ = task.await;
    }
}

/// Waits until the server stops.
async fn stopped(stopping: &mut watch::Receiver<bool>) {
    // Whoever could say so is gone: that is the end too.
    let _ = stopping.wait_for(|stopping| *stopping).await;
}

/// Has the engine tell what other programs write: other nodes, `apply`, `sample` and `restore`.
async fn listen(engine: Engine, mut stopping: watch::Receiver<bool>) {
    loop {
        tokio::select! {
            () = sleep(engine.hear_others_every()) => {}
            _ = stopping.changed() => return,
        }
        match engine.hear_others().await {
            Ok(()) => {}
            // The next life listens for itself. On PostgreSQL none comes.
            Err(StoreError::Replaced) if matches!(engine, Engine::Sqlite(_)) => return,
            Err(error) => tracing::warn!(%error, "what other programs have written will be heard later"),
        }
    }
}
