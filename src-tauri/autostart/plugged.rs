//! What Windows and macOS start at login, as `tauri-plugin-autostart` knows it.

use tauri::{AppHandle, Runtime, plugin::TauriPlugin};
use tauri_plugin_autostart::{Builder, Error, ManagerExt};

use super::AT_LOGIN;

/// Knows how each of the two starts programs at login.
pub(crate) fn plugin<R: Runtime>() -> TauriPlugin<R> {
    Builder::new().arg(AT_LOGIN).app_name("Datebook").build()
}

pub(super) fn is_on(app: &AppHandle) -> Result<bool, Error> {
    app.autolaunch().is_enabled()
}

pub(super) fn set(app: &AppHandle, on: bool) -> Result<(), Error> {
    let launcher = app.autolaunch();
    if on { launcher.enable() } else { launcher.disable() }
}
