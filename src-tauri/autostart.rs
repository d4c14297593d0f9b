//! Starting at login (off at first).

use client::Trouble;
use tauri::{AppHandle, Runtime, plugin::TauriPlugin};
use tauri_plugin_autostart::ManagerExt;

/// Says that the session has started the app, not a person.
const AT_LOGIN: &str = "--at-login";

/// Knows how each desktop starts programs at login.
pub(crate) fn plugin<R: Runtime>() -> TauriPlugin<R> {
    tauri_plugin_autostart::Builder::new().arg(AT_LOGIN).app_name("Datebook").build()
}

/// Whether the session has started this program, by its arguments. A restart repeats them.
pub(crate) fn by_session() -> bool {
    std::env::args_os().any(|argument| argument == AT_LOGIN)
}

/// Whether it will be started at login.
///
/// # Errors
/// [`Trouble::Storage`] when the desktop does not say.
pub(crate) fn is_on(app: &AppHandle) -> Result<bool, Trouble> {
    app.autolaunch().is_enabled().map_err(failed)
}

/// The same, where a desktop that does not say starts nothing.
pub(crate) fn will_start(app: &AppHandle) -> bool {
    is_on(app).unwrap_or_else(|trouble| {
        tracing::debug!(%trouble, "nobody says whether the app starts at login");
        false
    })
}

/// Has it started at login, or no more.
///
/// # Errors
/// [`Trouble::Storage`] when the desktop does not let us.
pub(crate) fn set(app: &AppHandle, on: bool) -> Result<(), Trouble> {
    // Taking out what is not there is an error on some desktops.
    if is_on(app)? == on {
        return Ok(());
    }
    let launcher = app.autolaunch();
    if on { launcher.enable() } else { launcher.disable() }.map_err(failed)
}

fn failed(error: tauri_plugin_autostart::Error) -> Trouble {
    Trouble::Storage { detail: error.to_string() }
}
