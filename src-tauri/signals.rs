//! Being asked to end: by Ctrl-C, by the session that closes. macOS asks by an Apple event in place of a signal, which
//! looks like *Quit* but for its reason.

use std::sync::atomic::{AtomicBool, Ordering};

use tauri::AppHandle;

static HEARD: AtomicBool = AtomicBool::new(false);

/// Whether the app ends because it was asked to in this way.
#[cfg(desktop)]
pub(crate) fn were_heard() -> bool {
    #[cfg(target_os = "macos")]
    if asked_by_session() {
        return true;
    }
    HEARD.load(Ordering::Relaxed)
}

/// Whether the Apple event that is being handled asks the app to end because its session closes.
#[cfg(target_os = "macos")]
fn asked_by_session() -> bool {
    use objc2_foundation::NSAppleEventManager;

    let event = NSAppleEventManager::sharedAppleEventManager().currentAppleEvent();
    let reason = event.and_then(|event| event.attributeDescriptorForKeyword(u32::from_be_bytes(*b"why?")));
    // Documented as a type; an enumeration would be as good a word for it.
    reason.is_some_and(|reason| closes_session(reason.typeCodeValue()) || closes_session(reason.enumCodeValue()))
}

/// Whether this reason to quit (`kAEQuitReason` of AERegistry.h) is that its owner logs out, restarts or shuts down,
/// each asked about first or not. `quia` is not: it asks all apps to quit, and the session goes on.
#[cfg(any(target_os = "macos", test))]
fn closes_session(reason: u32) -> bool {
    [b"logo", b"rlgo", b"rest", b"rrst", b"shut", b"rsdn"].into_iter().any(|known| u32::from_be_bytes(*known) == reason)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_logout_closes_the_session_and_quit_does_not() {
        for (reason, closes, why) in [
            (b"logo", true, "log out, asked about first"),
            (b"rlgo", true, "log out at once"),
            (b"rrst", true, "restart, asked about first"),
            (b"rest", true, "restart"),
            (b"rsdn", true, "shut down, asked about first"),
            (b"shut", true, "shut down"),
            (b"quia", false, "all apps quit, and the session goes on"),
            (b"\0\0\0\0", false, "Quit gives no reason"),
        ] {
            assert_eq!(closes_session(u32::from_be_bytes(*reason)), closes, "{why}");
        }
    }
}
