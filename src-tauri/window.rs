//! The one window.
//!
//! **Invariant:** it shows our own screens and nothing else. A way out of them leads to the program that the desktop
//! has for it, and only for addresses that a person may follow.

#[cfg(desktop)]
use std::sync::atomic::{AtomicBool, Ordering};

use tauri::{AppHandle, Manager, Url, WebviewUrl, WebviewWindowBuilder, webview::NewWindowResponse};
use tauri_plugin_opener::OpenerExt;

const LABEL: &str = "main";

/// Whether the window has been behind the tray since it was opened.
#[cfg(desktop)]
static UNSEEN: AtomicBool = AtomicBool::new(false);

/// Remembers the window's size and place between starts.
#[cfg(desktop)]
pub(crate) fn memory<R: tauri::Runtime>() -> tauri::plugin::TauriPlugin<R> {
    use tauri_plugin_window_state::{Builder, StateFlags};
    // Not whether it was visible: a window that starts hidden is a program that does not start.
    let flags = StateFlags::SIZE | StateFlags::POSITION | StateFlags::MAXIMIZED;
    // One that nobody has seen does not know its size and place on Linux: what is kept of the window is not its own.
    Builder::new()
        .with_state_flags(flags)
        .map_label(|label| if UNSEEN.load(Ordering::Relaxed) { "unseen" } else { label })
        .build()
}

/// Opens the window, or has it ready behind the tray. Its size and place are those it had last.
pub(crate) fn open(app: &AppHandle, folder: Option<&std::path::Path>, visible: bool) -> tauri::Result<()> {
    let guard = app.clone();
    let outward = app.clone();
    #[cfg_attr(mobile, expect(unused_mut, reason = "a phone's window has no size and no title"))]
    let mut builder = WebviewWindowBuilder::new(app, LABEL, WebviewUrl::default())
        .on_navigation(move |url| ours(url) || follow(&guard, url))
        .on_new_window(move |url, _| {
            follow(&outward, &url);
            NewWindowResponse::Deny
        });
    #[cfg(desktop)]
    {
        builder = builder.title("Datebook").inner_size(1080.0, 760.0).min_inner_size(360.0, 560.0).visible(visible);
        if let Some(folder) = folder {
            builder = builder.data_directory(folder.join("webview"));
        }
    }
    #[cfg(mobile)]
    let _ = (folder, visible);
    #[cfg_attr(not(target_os = "linux"), expect(unused_variables, reason = "only there is more to say to it"))]
    let window = builder.build()?;
    // Only now: it has been put where it was.
    #[cfg(desktop)]
    UNSEEN.store(!visible, Ordering::Relaxed);
    #[cfg(target_os = "linux")]
    window.with_webview(|webview| draw_without_gpu(&webview.inner()))?;
    Ok(())
}

/// Has pages painted by the processor (record 23): paper needs nothing else, and a start that wakes no graphics driver
/// comes earlier and holds a quarter less memory.
#[cfg(target_os = "linux")]
fn draw_without_gpu(view: &webkit2gtk::WebView) {
    use webkit2gtk::{HardwareAccelerationPolicy, SettingsExt as _, WebViewExt as _};
    if let Some(settings) = view.settings() {
        settings.set_hardware_acceleration_policy(HardwareAccelerationPolicy::Never);
    }
}

/// Brings the window to the front, wherever it went.
pub(crate) fn to_front(app: &AppHandle) {
    let Some(window) = app.get_webview_window(LABEL) else { return };
    #[cfg(desktop)]
    {
        UNSEEN.store(false, Ordering::Relaxed);
        if let Err(error) = window.unminimize().and_then(|()| window.show()).and_then(|()| window.set_focus()) {
            tracing::debug!(%error, "the window stays where it is");
        }
    }
    #[cfg(mobile)]
    let _ = window;
}

/// A press on the Dock's icon brings the window back that closing has hidden.
#[cfg(target_os = "macos")]
pub(crate) fn heed_dock() -> tauri::plugin::TauriPlugin<tauri::Wry> {
    let heed = |app: &AppHandle, event: &tauri::RunEvent| {
        if let tauri::RunEvent::Reopen { .. } = event {
            to_front(app);
        }
    };
    tauri::plugin::Builder::new("dock").on_event(heed).build()
}

/// Whether this is one of our screens. The scheme differs by platform.
fn ours(url: &Url) -> bool {
    match url.scheme() {
        "tauri" => true,
        "http" | "https" => url.host_str() == Some("tauri.localhost"),
        _ => url.as_str() == "about:blank",
    }
}

/// Whether the desktop may be asked to open this.
fn leads_out(url: &Url) -> bool {
    match url.scheme() {
        "https" | "webcal" | "mailto" | "tel" | "geo" => true,
        "http" => matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]")),
        _ => false,
    }
}

/// Opens an address outside; the window itself never goes there.
fn follow(app: &AppHandle, url: &Url) -> bool {
    if !leads_out(url) {
        tracing::warn!(scheme = url.scheme(), "a link that nobody should follow was not followed");
    } else if let Err(error) = app.opener().open_url(url.as_str(), None::<&str>) {
        tracing::warn!(%error, "a link could not be opened");
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_stays_with_our_screens() {
        let cases = [
            ("tauri://localhost/", true, false),
            ("http://tauri.localhost/book", true, false),
            ("about:blank", true, false),
            ("https://salon.example/terms", false, true),
            ("webcal://salon.example/feed/x.ics", false, true),
            ("mailto:salon@salon.example", false, true),
            ("tel:+4930123456", false, true),
            ("geo:52.5283,13.4048?q=52.5283,13.4048(Mitte)", false, true),
            ("http://127.0.0.1:8787/mailbox", false, true),
            ("http://salon.example/", false, false),
            ("http://127.0.0.1:80@salon.example/", false, false),
            ("file:///etc/passwd", false, false),
            ("javascript:alert(1)", false, false),
            ("datebook://connect?server=https://a.example", false, false),
            ("data:text/html,x", false, false),
        ];
        for (text, stays, goes) in cases {
            let url = Url::parse(text).unwrap();
            assert_eq!(ours(&url), stays, "{text} in the window");
            assert_eq!(leads_out(&url), goes, "{text} outside");
        }
    }
}
