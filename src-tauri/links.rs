//! Links: from the command line, from a second start, from the operating system, from a notification.
//!
//! **Invariant:** a link that arrives is handed to the screens exactly once, however early it comes: it waits here until
//! they ask for it. (An event alone would be lost while the page still loads.)
//! **Invariant:** opening a link does nothing; the screens say what it wants, and the customer decides.

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
};

use client::{BookingId, Event, Link, open_link};
use tauri::{AppHandle, Manager};
use tauri_plugin_deep_link::DeepLinkExt;
use uuid::Uuid;

use crate::{device::Device, events, window};

/// More links than anybody opens at once; a page that throws links at us only replaces its own.
const MOST: usize = 8;

/// The links that no screen has asked for yet, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Links {
    waiting: Mutex<VecDeque<Link>>,
}

impl Links {
    fn keep(&self, link: Link) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.len() == MOST {
            waiting.pop_front();
        }
        waiting.push_back(link);
    }

    /// Hands out the oldest link and forgets it.
    pub(crate) fn take(&self) -> Option<Link> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
    }
}

/// Listens for links, and keeps the one that started the program. Not, if it was `restarted`: what its command line
/// says was opened before.
pub(crate) fn listen(app: &AppHandle, restarted: bool) {
    let handle = app.clone();
    app.deep_link().on_open_url(move |event| {
        for url in event.urls() {
            arrive(&handle, url.as_str());
        }
    });
    // The plugin read the command line before anybody could listen.
    if !restarted && let Ok(Some(urls)) = app.deep_link().get_current() {
        for url in urls {
            arrive(app, url.as_str());
        }
    }
}

fn arrive(app: &AppHandle, url: &str) {
    bring(app, open_link(url));
}

/// Opens a booking's screen as a link to it would, for a notification that was clicked.
pub(crate) fn open_booking(app: &AppHandle, business: Uuid, booking: BookingId) {
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        let device = app.state::<Device>();
        let Ok(known) = device.app().await else { return };
        let cards = known.businesses().await.unwrap_or_default();
        // A business that was forgotten in the meantime has nothing to show.
        if let Some(card) = cards.into_iter().find(|card| card.id == business) {
            bring(&app, Link::Booking { server: card.address, booking });
        }
    });
}

fn bring(app: &AppHandle, link: Link) {
    // A link may carry what works for whoever has it: only its kind may be written down.
    let kind = match &link {
        Link::Connect { .. } => "connect",
        Link::SignIn { .. } => "sign-in",
        Link::Booking { .. } => "booking",
        Link::Guest { .. } => "guest",
        Link::GiftCard { .. } => "gift-card",
        Link::CheckIn { .. } => "check-in",
        Link::Payment { .. } => "payment",
        Link::Unknown => "unknown",
    };
    tracing::info!(kind, "a link has come");
    app.state::<Links>().keep(link);
    events::tell(app, &Event::Link);
    window::to_front(app);
}

/// Tells the desktop that `datebook://` is ours, where no installer did.
#[cfg(any(target_os = "linux", windows))]
pub(crate) fn claim(app: &AppHandle) {
    // A development build has no installer, and neither has an AppImage.
    #[cfg(target_os = "linux")]
    let installed = app.env().appimage.is_none();
    #[cfg(windows)]
    let installed = true;
    if !cfg!(debug_assertions) && installed {
        return;
    }
    // It starts a program or two; the window need not wait for them.
    let app = app.clone();
    tauri::async_runtime::spawn_blocking(move || {
        if let Err(error) = app.deep_link().register_all() {
            tracing::warn!(%error, "links will not open this program");
        }
        #[cfg(target_os = "linux")]
        if let Err(error) = unquote_handler(&app) {
            tracing::debug!(%error, "links may not open this program where there is no desktop environment");
        }
    });
}

/// Without a desktop environment, `xdg-open` reads the desktop entry by itself and does not know quotes.
#[cfg(target_os = "linux")]
fn unquote_handler(app: &AppHandle) -> Result<(), Box<dyn std::error::Error>> {
    let program = tauri::utils::platform::current_exe()?;
    let name = format!("{}-handler.desktop", program.file_name().unwrap_or_default().to_string_lossy());
    let file = app.path().data_dir()?.join("applications").join(name);
    let quoted = std::fs::read_to_string(&file)?;
    let plain = unquoted(&quoted);
    if plain != quoted {
        std::fs::write(&file, plain)?;
    }
    Ok(())
}

/// A desktop entry without the quotes around its program, where that means the same (Desktop Entry Specification, "The
/// Exec key").
#[cfg(target_os = "linux")]
fn unquoted(entry: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'.' | b'-' | b'_');
    let line = |line: &str| {
        let program = line.strip_prefix("Exec=\"").and_then(|rest| rest.strip_suffix("\" %u"));
        match program.filter(|program| program.bytes().all(plain)) {
            Some(program) => format!("Exec={program} %u"),
            None => line.to_owned(),
        }
    };
    entry.split('\n').map(line).collect::<Vec<_>>().join("\n")
}

/// Elsewhere the bundle says so.
#[cfg(not(any(target_os = "linux", windows)))]
pub(crate) fn claim(_app: &AppHandle) {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_link_is_handed_out_once_and_in_order() {
        let links = Links::default();
        assert_eq!(links.take(), None, "nothing has come");
        links.keep(open_link("datebook://connect?server=https://a.example"));
        links.keep(open_link("datebook://nonsense"));
        assert_eq!(links.take(), Some(Link::Connect { server: "https://a.example".to_owned() }), "the oldest first");
        assert_eq!(links.take(), Some(Link::Unknown), "one that we do not understand is shown too");
        assert_eq!(links.take(), None, "a link works once");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn quotes_go_only_where_they_say_nothing() {
        for (entry, plain) in [
            (
                "[Desktop Entry]\nExec=\"/opt/date-book/app_1.0\" %u\n",
                "[Desktop Entry]\nExec=/opt/date-book/app_1.0 %u\n",
            ),
            ("Exec=\"/opt/date book/app\" %u", "Exec=\"/opt/date book/app\" %u"),
            ("Exec=\"/opt/$(x)\" %u", "Exec=\"/opt/$(x)\" %u"),
            ("Name=\"/opt/app\" %u", "Name=\"/opt/app\" %u"),
        ] {
            assert_eq!(unquoted(entry), plain, "{entry:?} still starts the same program");
        }
    }

    #[test]
    fn a_flood_of_links_stays_small() {
        let links = Links::default();
        for number in 0..3 * MOST {
            links.keep(Link::Connect { server: number.to_string() });
        }
        let kept: Vec<_> = std::iter::from_fn(|| links.take()).collect();
        assert_eq!(kept.len(), MOST, "memory is not for links");
        assert_eq!(
            kept.last(),
            Some(&Link::Connect { server: (3 * MOST - 1).to_string() }),
            "the newest is the one meant"
        );
    }
}
