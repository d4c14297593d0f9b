//! The tray: where the app goes when its window is closed, if its owner asked for that (off at first).
//!
//! **Invariant:** closing the window hides it only while there is an icon that somebody shows, so that it can be brought
//! back; otherwise it ends the app. On Linux that is asked at each closing, because panels come and go. Starting the app
//! a second time brings the window back as well, but not when the session does that.

use std::panic::{AssertUnwindSafe, catch_unwind};

use client::Trouble;
use tauri::{
    AppHandle, Manager, Window, WindowEvent,
    menu::{MenuBuilder, MenuEvent},
    tray::{MouseButton, MouseButtonState, TrayIconBuilder, TrayIconEvent},
};

use crate::{reminders::say, window};

const ID: &str = "datebook";
const OPEN: &str = "open";
const QUIT: &str = "quit";

/// Puts the icon into the tray, or takes it out. Waits for the window's thread: not to be called on that.
///
/// # Errors
/// [`Trouble::Storage`] when this desktop has no tray that we could speak to, or none that anybody sees.
pub(crate) async fn put(app: &AppHandle, wanted: bool) -> Result<(), Trouble> {
    if wanted && !is_shown().await {
        return Err(failed("nobody shows icons here".to_owned()));
    }
    on_its_thread(app, wanted).await
}

/// Puts the icon into the tray as it was the last time: whoever shows icons may only be starting, too.
///
/// # Errors
/// [`Trouble::Storage`] when this desktop has no tray that we could speak to.
pub(crate) async fn put_back(app: &AppHandle) -> Result<(), Trouble> {
    on_its_thread(app, true).await
}

fn failed(detail: String) -> Trouble {
    Trouble::Storage { detail }
}

async fn on_its_thread(app: &AppHandle, wanted: bool) -> Result<(), Trouble> {
    let (told, done) = tokio::sync::oneshot::channel();
    let handle = app.clone();
    app.run_on_main_thread(move || {
        let _ = told.send(put_now(&handle, wanted));
    })
    .map_err(|error| failed(error.to_string()))?;
    done.await.map_err(|error| failed(error.to_string()))?.map_err(failed)
}

fn put_now(app: &AppHandle, wanted: bool) -> Result<(), String> {
    if !wanted {
        app.remove_tray_by_id(ID);
        return Ok(());
    }
    if app.tray_by_id(ID).is_some() {
        return Ok(());
    }
    // Linux has the tray in a library that is looked for when it is needed, and its absence is a panic there.
    let built = catch_unwind(AssertUnwindSafe(|| build(app)));
    built.map_err(|_| "this desktop has no tray".to_owned())?.map_err(|error| error.to_string())
}

fn build(app: &AppHandle) -> tauri::Result<()> {
    let menu = MenuBuilder::new(app).text(OPEN, say("tray_open", &[])).text(QUIT, say("tray_quit", &[])).build()?;
    let mut icon = TrayIconBuilder::with_id(ID).tooltip("Datebook").menu(&menu).show_menu_on_left_click(false);
    if let Some(picture) = app.default_window_icon() {
        icon = icon.icon(picture.clone());
    }
    icon.on_menu_event(|app, event: MenuEvent| match event.id().as_ref() {
        OPEN => window::to_front(app),
        QUIT => app.exit(0),
        _ => {}
    })
    .on_tray_icon_event(|icon, event| {
        if let TrayIconEvent::Click { button: MouseButton::Left, button_state: MouseButtonState::Up, .. } = event {
            window::to_front(icon.app_handle());
        }
    })
    .build(app)?;
    Ok(())
}

/// Whether the icon is in the tray, for somebody to see.
pub(crate) fn is_up(app: &AppHandle) -> bool {
    app.tray_by_id(ID).is_some() && shows_icons()
}

/// As [`is_up`], for whoever must not wait on their thread.
pub(crate) async fn stays(app: &AppHandle) -> bool {
    app.tray_by_id(ID).is_some() && is_shown().await
}

async fn is_shown() -> bool {
    tauri::async_runtime::spawn_blocking(shows_icons).await.unwrap_or(false)
}

/// Whether this desktop shows icons at present.
#[cfg(target_os = "linux")]
fn shows_icons() -> bool {
    crate::bus::shows_icons()
}

/// Windows and macOS always do.
#[cfg(not(target_os = "linux"))]
fn shows_icons() -> bool {
    true
}

/// Closing the window hides it while there is an icon; otherwise it ends the app.
pub(crate) fn heed(window: &Window, event: &WindowEvent) {
    if let WindowEvent::CloseRequested { api, .. } = event
        && is_up(window.app_handle())
    {
        api.prevent_close();
        if let Err(error) = window.hide() {
            tracing::debug!(%error, "the window stays open");
        }
    }
}
