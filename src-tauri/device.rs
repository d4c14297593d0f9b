//! The device behind the window: its folder, its secrets, and the app that knows everything else.
//!
//! **Invariant:** the window opens in any case, and at once: the app is opened beside it, and a command that comes
//! earlier waits for it. A device that cannot start (a full disk, a folder that is open elsewhere) answers every command
//! with why.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use client::{App, Clock, Trouble};
use tauri::AppHandle;
use tokio::sync::{SetOnce, broadcast::error::RecvError};

use crate::{calendar, clock, events, folder, vault::Secrets};

/// What the commands talk to.
pub(crate) struct Device {
    app: Arc<SetOnce<Result<App, Trouble>>>,
    folder: Option<PathBuf>,
    clock: Arc<dyn Clock>,
    screen: SetOnce<()>,
}

impl Device {
    /// Opens the folder, and begins to open the app in it.
    pub(crate) fn start(handle: &AppHandle) -> Self {
        let clock = clock::clock();
        let (folder, app) = match folder::open(handle) {
            Ok(folder) => (Some(folder), SetOnce::new()),
            Err(error) => {
                tracing::error!(%error, "the folder cannot be opened");
                (None, SetOnce::new_with(Some(Err(failed(error)))))
            }
        };
        let app = Arc::new(app);
        if let Some(folder) = &folder {
            tracing::info!(folder = %folder.display(), "everything of this device lies here");
            let opening = tauri::async_runtime::spawn(open(handle.clone(), folder.clone(), Arc::clone(&clock)));
            let app = Arc::clone(&app);
            tauri::async_runtime::spawn(async move {
                let opened = opening.await.unwrap_or_else(|error| Err(failed(error)));
                if let Err(trouble) = &opened {
                    tracing::error!(%trouble, "the app cannot start");
                }
                // Nobody else sets it.
                let _ = app.set(opened);
            });
        }
        Self { app, folder, clock, screen: SetOnce::new() }
    }

    /// The app, as soon as it is open.
    ///
    /// # Errors
    /// Why it could not start.
    pub(crate) async fn app(&self) -> Result<&App, Trouble> {
        self.app.wait().await.as_ref().map_err(Clone::clone)
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

    /// The folder, if it could be opened.
    pub(crate) fn folder(&self) -> Option<&Path> {
        self.folder.as_deref()
    }
}

/// Opens the app.
async fn open(handle: AppHandle, folder: PathBuf, clock: Arc<dyn Clock>) -> Result<App, Trouble> {
    let secrets = folder.clone();
    // Both ask other programs, and wait for them.
    let calendar = tauri::async_runtime::spawn_blocking(calendar::find);
    let vault = tauri::async_runtime::spawn_blocking(move || Secrets::find(&secrets)).await.map_err(failed)?;
    let app = App::open(&folder, Arc::new(vault), clock).await?;
    pass_on(&handle, &app);
    if let Some(calendar) = calendar.await.map_err(failed)? {
        app.adopt_calendar(calendar);
    }
    Ok(app)
}

#[allow(clippy::needless_pass_by_value, reason = "it is what an error is mapped with")]
fn failed(error: impl ToString) -> Trouble {
    Trouble::Storage { detail: error.to_string() }
}

/// Passes on what the app has to tell, as long as both live.
fn pass_on(handle: &AppHandle, app: &App) {
    let handle = handle.clone();
    let mut told = app.events();
    tauri::async_runtime::spawn(async move {
        loop {
            match told.recv().await {
                Ok(event) => events::tell(&handle, &event),
                // More happened than was kept; the next event makes the screens ask again.
                Err(RecvError::Lagged(missed)) => tracing::debug!(missed, "events came too fast"),
                Err(RecvError::Closed) => return,
            }
        }
    });
}
