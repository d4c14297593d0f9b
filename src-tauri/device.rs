//! The device behind the window: its folder, its secrets, and the app that knows everything else.
//!
//! **Invariant:** the window opens in any case, and at once: the app is opened beside it, and a command that comes
//! earlier waits for it. A device that cannot start (a full disk, a folder that is open elsewhere) answers every command
//! with why, and is tried again until it can.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, OnceLock},
    time::Duration,
};

use client::{App, Clock, Event, Trouble};
use tauri::AppHandle;
use tokio::sync::{
    SetOnce,
    broadcast::{self, error::RecvError},
    watch,
};
use uuid::Uuid;

use crate::{calendar, clock, events, folder, vault::Secrets};

/// How long a device that could not start is left alone.
const PAUSE: Duration = Duration::from_secs(5);

/// What the commands talk to.
pub(crate) struct Device {
    /// Nothing before the first try has ended.
    app: watch::Sender<Option<Result<App, Trouble>>>,
    folder: Arc<OnceLock<PathBuf>>,
    clock: Arc<dyn Clock>,
    screen: SetOnce<()>,
}

impl Device {
    /// Opens the folder, and begins to open the app in it.
    pub(crate) fn start(handle: &AppHandle) -> Self {
        let clock = clock::clock();
        let (app, folder) = (watch::Sender::new(None), Arc::default());
        // Here already, if it can be: the window lies as it lay last time.
        let _ = enter(handle, &folder);
        let trying = try_to_open(handle.clone(), Arc::clone(&folder), Arc::clone(&clock), app.clone());
        tauri::async_runtime::spawn(trying);
        Self { app, folder, clock, screen: SetOnce::new() }
    }

    /// The app, as soon as it is open.
    ///
    /// # Errors
    /// Why it could not start.
    pub(crate) async fn app(&self) -> Result<App, Trouble> {
        let mut told = self.app.subscribe();
        let opened = told.wait_for(Option::is_some).await.map_err(failed)?;
        opened.clone().unwrap_or_else(|| Err(failed("the app was not opened")))
    }

    /// The app, once it is open, however long that takes; nothing when the program ends first.
    pub(crate) async fn opened(&self) -> Option<App> {
        let mut told = self.app.subscribe();
        let opened = told.wait_for(|opened| matches!(opened, Some(Ok(_)))).await.ok()?;
        opened.as_ref()?.as_ref().ok().cloned()
    }

    /// The first screen stands.
    pub(crate) fn drawn(&self) {
        if self.screen.set(()).is_ok() {
            tracing::info!("the first screen stands");
        }
    }

    /// Waits until the first screen stands.
    pub(crate) async fn first_screen(&self) {
        self.screen.wait().await;
    }

    /// The clock it lives by.
    pub(crate) fn clock(&self) -> Arc<dyn Clock> {
        Arc::clone(&self.clock)
    }

    /// The folder, once it could be opened.
    pub(crate) fn folder(&self) -> Option<&Path> {
        self.folder.get().map(PathBuf::as_path)
    }
}

/// Opens the folder, if it is not open yet.
fn enter(handle: &AppHandle, folder: &OnceLock<PathBuf>) -> Result<PathBuf, Trouble> {
    if let Some(folder) = folder.get() {
        return Ok(folder.clone());
    }
    let opened = folder::open(handle).map_err(failed)?;
    tracing::info!(folder = %opened.display(), "everything of this device lies here");
    Ok(folder.get_or_init(|| opened).clone())
}

/// Opens the app, again and again until that succeeds.
async fn try_to_open(
    handle: AppHandle,
    folder: Arc<OnceLock<PathBuf>>,
    clock: Arc<dyn Clock>,
    told: watch::Sender<Option<Result<App, Trouble>>>,
) {
    loop {
        let opened = match enter(&handle, &folder) {
            Ok(folder) => {
                let opening = tauri::async_runtime::spawn(open(handle.clone(), folder, Arc::clone(&clock)));
                opening.await.unwrap_or_else(|error| Err(failed(error)))
            }
            Err(trouble) => Err(trouble),
        };
        let trouble = opened.as_ref().err().cloned();
        told.send_replace(Some(opened));
        let Some(trouble) = trouble else { return };
        tracing::error!(%trouble, "the app cannot start");
        tokio::time::sleep(PAUSE).await;
    }
}

/// Opens the app.
async fn open(handle: AppHandle, folder: PathBuf, clock: Arc<dyn Clock>) -> Result<App, Trouble> {
    let secrets = folder.clone();
    // Both ask other programs, and wait for them.
    let calendar = tauri::async_runtime::spawn_blocking(calendar::find);
    let vault = tauri::async_runtime::spawn_blocking(move || Secrets::find(&secrets)).await.map_err(failed)?;
    let app = App::open(&folder, Arc::new(vault), clock).await?;
    if let Some(calendar) = calendar.await.map_err(failed)? {
        app.adopt_calendar(calendar);
    }
    // Last, because it keeps the app, and with it the folder: a start that fails lets go of both.
    let (told, known) = (app.events(), app.clone());
    let tell = move |event: &Event| events::tell(&handle, event);
    tauri::async_runtime::spawn(pass_on(told, move || businesses(known.clone()), tell));
    Ok(app)
}

/// The businesses of the app.
async fn businesses(app: App) -> Vec<Uuid> {
    let cards = app.businesses().await.unwrap_or_default();
    cards.into_iter().map(|card| card.id).collect()
}

#[allow(clippy::needless_pass_by_value, reason = "it is what an error is mapped with")]
fn failed(error: impl ToString) -> Trouble {
    Trouble::Storage { detail: error.to_string() }
}

/// Passes on what the app has to tell. When more happened than was kept, the screens ask again for all they show.
async fn pass_on<Known>(mut told: broadcast::Receiver<Event>, known: impl Fn() -> Known, tell: impl Fn(&Event))
where
    Known: Future<Output = Vec<Uuid>>,
{
    loop {
        match told.recv().await {
            Ok(event) => tell(&event),
            Err(RecvError::Lagged(missed)) => {
                tracing::debug!(missed, "events came too fast");
                for business in known().await {
                    tell(&Event::Changed { business });
                    tell(&Event::Card { business });
                    tell(&Event::Calendar { business });
                }
                tell(&Event::Reminding);
                tell(&Event::Link);
            }
            Err(RecvError::Closed) => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{future::ready, sync::Mutex};

    use super::*;

    #[tokio::test]
    async fn whoever_missed_something_is_told_of_everything() {
        let (app, told) = broadcast::channel(1);
        let business = Uuid::from_u128(1);
        app.send(Event::Changed { business: Uuid::from_u128(2) }).unwrap();
        app.send(Event::Reminding).unwrap();
        drop(app);
        let heard = Mutex::new(Vec::new());
        pass_on(told, || ready(vec![business]), |event| heard.lock().unwrap().push(event.clone())).await;
        let everything = [
            Event::Changed { business },
            Event::Card { business },
            Event::Calendar { business },
            Event::Reminding,
            Event::Link,
        ];
        let heard = heard.into_inner().unwrap();
        assert_eq!(heard[..5], everything, "what was missed may have been any of these");
        assert_eq!(heard[5..], [Event::Reminding], "then it goes on with what was kept");
    }
}
