//! The device behind the window: its folder, its secrets, and the app that knows everything else.
//!
//! **Invariant:** the window opens in any case. A device that cannot start (a full disk, a folder that is open
//! elsewhere) answers every command with why.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use client::{App, Clock, Trouble};
use tauri::AppHandle;
use tokio::sync::broadcast::error::RecvError;

use crate::{calendar, clock, events, folder, vault::Secrets};

/// What the commands talk to.
pub(crate) struct Device {
    app: Result<App, Trouble>,
    folder: Option<PathBuf>,
    clock: Arc<dyn Clock>,
}

impl Device {
    /// Opens the folder and starts the app in it.
    pub(crate) fn start(handle: &AppHandle) -> Self {
        let clock = clock::clock();
        let folder = match folder::open(handle) {
            Ok(folder) => folder,
            Err(error) => {
                tracing::error!(%error, "the folder cannot be opened");
                return Self { app: Err(Trouble::Storage { detail: error.to_string() }), folder: None, clock };
            }
        };
        tracing::info!(folder = %folder.display(), "everything of this device lies here");
        let vault = Arc::new(Secrets::find(&folder));
        let app = tauri::async_runtime::block_on(App::open(&folder, vault, Arc::clone(&clock)));
        match &app {
            Ok(app) => {
                pass_on(handle, app);
                if let Some(calendar) = calendar::find() {
                    app.adopt_calendar(calendar);
                }
                tauri::async_runtime::block_on(app.start());
            }
            Err(trouble) => tracing::error!(%trouble, "the app cannot start"),
        }
        Self { app, folder: Some(folder), clock }
    }

    /// The app.
    ///
    /// # Errors
    /// Why it could not start.
    pub(crate) fn app(&self) -> Result<&App, Trouble> {
        self.app.as_ref().map_err(Clone::clone)
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
