//! What the operator offers, as `tauri-plugin-updater` fetches and checks it.

mod mark;

use std::{
    ffi::OsString,
    path::Path,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use client::Trouble;
use serde_json::Value;
use tauri::{AppHandle, Manager, Runtime};
use tauri_plugin_updater::{Update, UpdaterExt};

use crate::device::Device;

/// How long until we look again, while the app runs.
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// An update with its package, checked.
#[derive(Default)]
struct Ready(Mutex<Option<(Update, Vec<u8>)>>);

/// Whether this build was told whose signature counts and where to look.
fn configured(plugins: &std::collections::HashMap<String, Value>) -> bool {
    plugins.get("updater").is_some_and(|updater| {
        let key = updater.get("pubkey").and_then(Value::as_str).is_some_and(|key| !key.is_empty());
        key && updater.get("endpoints").and_then(Value::as_array).is_some_and(|addresses| !addresses.is_empty())
    })
}

pub(super) fn begin(app: &AppHandle) {
    if !prepare(app) {
        return;
    }
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        loop {
            match look(&app).await {
                Ok(Some(version)) => {
                    tracing::info!(%version, "an update is here");
                    return;
                }
                Ok(None) => tracing::debug!("no update"),
                // No network, or a package that is not the operator's: the app goes on as it is.
                Err(error) => tracing::warn!(%error, "no update was taken"),
            }
            tokio::time::sleep(DAY).await;
        }
    });
}

/// Gets the app ready to look. Not, if this build was not told where.
fn prepare<R: Runtime>(app: &AppHandle<R>) -> bool {
    if !configured(&app.config().plugins.0) {
        return false;
    }
    if let Err(error) = app.plugin(tauri_plugin_updater::Builder::new().build()) {
        tracing::warn!(%error, "updates are not looked for");
        return false;
    }
    app.manage(Ready::default())
}

/// Asks, fetches, checks and keeps.
async fn look<R: Runtime>(app: &AppHandle<R>) -> tauri_plugin_updater::Result<Option<String>> {
    let Some(update) = app.updater()?.check().await? else { return Ok(None) };
    // The plugin checks the signature before it gives the bytes out.
    let package = update.download(|_, _| {}, || {}).await?;
    let version = update.version.clone();
    *app.state::<Ready>().0.lock().unwrap_or_else(PoisonError::into_inner) = Some((update, package));
    Ok(Some(version))
}

pub(super) fn ready<R: Runtime>(app: &AppHandle<R>) -> Option<String> {
    let ready = app.try_state::<Ready>()?;
    let waiting = ready.0.lock().unwrap_or_else(PoisonError::into_inner);
    waiting.as_ref().map(|(update, _)| update.version.clone())
}

pub(super) fn install(app: &AppHandle) -> Result<(), Trouble> {
    let device = app.state::<Device>();
    let folder = device.folder();
    let arguments = arguments();
    // First: Windows ends us while it is put in place.
    if let Some(Err(error)) = folder.map(|folder| mark::leave(folder, &arguments)) {
        tracing::warn!(%error, "the new version will take itself for started as this one was");
    }
    let installed = put_in_place(app);
    if matches!(installed, Ok(true)) {
        // What is not sent yet lies in the folder, as after a power cut.
        app.request_restart();
    } else if let Some(folder) = folder {
        mark::take(folder, &arguments);
    }
    installed.map(|_| ())
}

pub(super) fn restarted(folder: &Path) -> bool {
    mark::take(folder, &arguments())
}

/// What this run was started with, and a restart repeats.
fn arguments() -> Vec<OsString> {
    std::env::args_os().skip(1).collect()
}

/// Writes the waiting version where this app lies. Whether one waited.
fn put_in_place<R: Runtime>(app: &AppHandle<R>) -> Result<bool, Trouble> {
    let Some(ready) = app.try_state::<Ready>() else { return Ok(false) };
    let waiting = ready.0.lock().unwrap_or_else(PoisonError::into_inner);
    let Some((update, package)) = waiting.as_ref() else { return Ok(false) };
    update.install(package).map_err(|error| Trouble::Storage { detail: error.to_string() })?;
    Ok(true)
}

#[cfg(test)]
mod tests;
