//! Starting at login (off at first). Free desktops read an entry that is ours to write; Windows and macOS are left to
//! `tauri-plugin-autostart`, which takes any such entry for a start.

#[cfg(all(unix, not(target_os = "macos")))]
mod entry;
#[cfg(any(windows, target_os = "macos"))]
mod plugged;

use client::Trouble;
use tauri::AppHandle;

#[cfg(all(unix, not(target_os = "macos")))]
use entry as desktop;
#[cfg(any(windows, target_os = "macos"))]
use plugged as desktop;
#[cfg(any(windows, target_os = "macos"))]
pub(crate) use plugged::plugin;

/// Says that the session has started the app, not a person.
pub(crate) const AT_LOGIN: &str = "--at-login";

/// Whether the session has started this program, by its arguments. A restart repeats them.
pub(crate) fn by_session() -> bool {
    std::env::args_os().any(|argument| argument == AT_LOGIN)
}

/// Whether it will be started at login.
///
/// # Errors
/// [`Trouble::Storage`] when the desktop does not say.
pub(crate) fn is_on(app: &AppHandle) -> Result<bool, Trouble> {
    desktop::is_on(app).map_err(failed)
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
    desktop::set(app, on).map_err(failed)
}

fn failed(error: impl std::fmt::Display) -> Trouble {
    Trouble::Storage { detail: error.to_string() }
}
