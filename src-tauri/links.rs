//! `datebook://` links: from the command line, from a second start, from the operating system.
//!
//! **Invariant:** a link that arrives is handed to the screens exactly once, however early it comes: it waits here until
//! they ask for it. (An event alone would be lost while the page still loads.)
//! **Invariant:** opening a link does nothing; the screens say what it wants, and the customer decides.

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
};

use client::{Event, Link, open_link};
use tauri::{AppHandle, Manager};
use tauri_plugin_deep_link::DeepLinkExt;

use crate::{events, window};

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

/// Listens for links, and keeps the one that started the program.
pub(crate) fn listen(app: &AppHandle) {
    let handle = app.clone();
    app.deep_link().on_open_url(move |event| {
        for url in event.urls() {
            arrive(&handle, url.as_str());
        }
    });
    // The plugin read the command line before anybody could listen.
    if let Ok(Some(urls)) = app.deep_link().get_current() {
        for url in urls {
            arrive(app, url.as_str());
        }
    }
}

fn arrive(app: &AppHandle, url: &str) {
    let link = open_link(url);
    // A link may carry a one-time code: only its kind may be written down.
    let kind = match &link {
        Link::Connect { .. } => "connect",
        Link::SignIn { .. } => "sign-in",
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
    if !cfg!(debug_assertions) && app.env().appimage.is_none() {
        return;
    }
    // It starts a program or two; the window need not wait for them.
    let app = app.clone();
    tauri::async_runtime::spawn_blocking(move || {
        if let Err(error) = app.deep_link().register_all() {
            tracing::warn!(%error, "links will not open this program");
        }
    });
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
