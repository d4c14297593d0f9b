//! Being asked to end: by Ctrl-C, by the session that closes.

use std::sync::atomic::{AtomicBool, Ordering};

use tauri::AppHandle;

static HEARD: AtomicBool = AtomicBool::new(false);

/// Whether the app ends because it was asked to in this way.
#[cfg(desktop)]
pub(crate) fn were_heard() -> bool {
    HEARD.load(Ordering::Relaxed)
}

/// Ends the app the way closing its window does, so that the window's place is remembered.
#[cfg(unix)]
pub(crate) fn obey(app: &AppHandle) {
    use tokio::signal::unix::{SignalKind, signal};

    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        let (Ok(mut interrupt), Ok(mut terminate)) = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
        else {
            // Then the operating system's own way of ending a program is what is left.
            return;
        };
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        HEARD.store(true, Ordering::Relaxed);
        app.exit(0);
    });
}

/// Elsewhere the operating system closes the window.
#[cfg(not(unix))]
pub(crate) fn obey(_app: &AppHandle) {}
