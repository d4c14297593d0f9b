//! What the operator offers, as `tauri-plugin-updater` fetches and checks it.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use client::Trouble;
use serde_json::Value;
use tauri::{AppHandle, Manager};
use tauri_plugin_updater::{Update, UpdaterExt};

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
    if !configured(&app.config().plugins.0) {
        return;
    }
    if let Err(error) = app.plugin(tauri_plugin_updater::Builder::new().build()) {
        tracing::warn!(%error, "updates are not looked for");
        return;
    }
    app.manage(Ready::default());
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

/// Asks, fetches, checks and keeps.
async fn look(app: &AppHandle) -> tauri_plugin_updater::Result<Option<String>> {
    let Some(update) = app.updater()?.check().await? else { return Ok(None) };
    // The plugin checks the signature before it gives the bytes out.
    let package = update.download(|_, _| {}, || {}).await?;
    let version = update.version.clone();
    *app.state::<Ready>().0.lock().unwrap_or_else(PoisonError::into_inner) = Some((update, package));
    Ok(Some(version))
}

pub(super) fn ready(app: &AppHandle) -> Option<String> {
    let ready = app.try_state::<Ready>()?;
    let waiting = ready.0.lock().unwrap_or_else(PoisonError::into_inner);
    waiting.as_ref().map(|(update, _)| update.version.clone())
}

pub(super) fn install(app: &AppHandle) -> Result<(), Trouble> {
    let Some(ready) = app.try_state::<Ready>() else { return Ok(()) };
    let waiting = ready.0.lock().unwrap_or_else(PoisonError::into_inner);
    let Some((update, package)) = waiting.as_ref() else { return Ok(()) };
    update.install(package).map_err(|error| Trouble::Storage { detail: error.to_string() })?;
    // What is not sent yet lies in the folder, as after a power cut. Windows has ended us by now.
    app.request_restart();
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_build_that_was_told_looks_for_updates() {
        let plugins = |updater: Value| [("updater".to_owned(), updater)].into();
        let key = "dW50cnVzdGVk";
        let place = "https://updates.example/{{target}}";
        assert!(configured(&plugins(serde_json::json!({ "pubkey": key, "endpoints": [place] }))), "both are said");
        assert!(!configured(&plugins(serde_json::json!({ "pubkey": "", "endpoints": [place] }))), "no key");
        assert!(!configured(&plugins(serde_json::json!({ "pubkey": key, "endpoints": [] }))), "no address");
        assert!(!configured(&plugins(serde_json::json!({ "pubkey": key }))), "no addresses at all");
        assert!(!configured(&std::collections::HashMap::new()), "nothing is said");
    }

    #[test]
    fn what_is_committed_asks_nobody() {
        let ours: Value = serde_json::from_str(include_str!("../../tauri.conf.json")).unwrap();
        let plugins = serde_json::from_value(ours["plugins"].clone()).unwrap();
        assert!(!configured(&plugins), "the operator says where, not we");
        assert_eq!(ours["plugins"]["updater"]["requireSignedVersion"], true, "an old package is no update");
    }
}
