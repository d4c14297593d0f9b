//! The notifications of a desktop.
//!
//! Linux and other free desktops speak `org.freedesktop.Notifications` over D-Bus; there a notification can be taken
//! away again, also when the app ends: nobody would hear what is pressed on it. Windows and macOS only let us wait for
//! what its reader does, on a thread of its own.

#[cfg(all(unix, not(target_os = "macos")))]
mod open;

use std::collections::BTreeSet;

use client::reminder::{Reminder, ReminderAct, ReminderKey, ReminderProblem};
use notify_rust::{Notification, NotificationResponse, Timeout};
use tauri::AppHandle;
#[cfg(all(unix, not(target_os = "macos")))]
use tauri::Manager;
use tokio::sync::mpsc;

#[cfg(all(unix, not(target_os = "macos")))]
use self::open::Open;
use super::{
    board::{Board, Pressed, Shelf, Unshown},
    words::Words,
};

/// The desktop's notifications.
pub(super) struct Desktop {
    pressed: mpsc::UnboundedSender<Pressed>,
    #[cfg(all(unix, not(target_os = "macos")))]
    open: Open,
    /// As what the system knows this app.
    #[cfg(windows)]
    identifier: String,
}

impl Desktop {
    /// A development build's bundle has no name that Windows or macOS know, and speaks as the program that started it.
    pub(super) fn new(pressed: mpsc::UnboundedSender<Pressed>, handle: &AppHandle) -> Self {
        #[cfg(target_os = "macos")]
        if let Err(error) =
            notify_rust::set_application(if tauri::is_dev() { TERMINAL } else { handle.config().identifier.as_str() })
        {
            tracing::warn!(%error, "notifications will carry another program's name");
        }
        #[cfg(all(unix, not(target_os = "macos")))]
        handle.manage(Open::default());
        Self {
            pressed,
            #[cfg(all(unix, not(target_os = "macos")))]
            open: handle.state::<Open>().inner().clone(),
            #[cfg(windows)]
            identifier: handle.config().identifier.clone(),
        }
    }
}

/// The app ends: takes away what stands on the display, and has it shown again at the next start if it still matters.
/// Nothing is shown any more.
#[cfg(all(unix, not(target_os = "macos")))]
pub(crate) async fn put_away(handle: &AppHandle) {
    let Some(open) = handle.try_state::<Open>() else { return };
    let Ok(app) = handle.state::<crate::device::Device>().app().await else { return };
    for (key, gone) in open.end() {
        if gone.await.is_ok() {
            super::note(app.reminder_taken_back(&key).await);
        }
    }
}

/// What starts a development build on macOS.
#[cfg(target_os = "macos")]
const TERMINAL: &str = "com.apple.Terminal";

/// The package's desktop entry, without its ending: by it a desktop knows the program's name, icon and settings.
#[cfg(all(unix, not(target_os = "macos")))]
const ENTRY: &str = "Datebook";

/// What was pressed; nothing when it was only put away.
fn act(response: &NotificationResponse) -> Option<ReminderAct> {
    match response {
        NotificationResponse::Default => Some(ReminderAct::Open),
        NotificationResponse::Action(id) => ACTS.iter().find(|(_, known)| known == id).map(|(act, _)| *act),
        _ => None,
    }
}

/// The names of the buttons towards the system.
const ACTS: [(ReminderAct, &str); 4] = [
    (ReminderAct::Open, "open"),
    (ReminderAct::Coming, "coming"),
    (ReminderAct::CheckIn, "check-in"),
    (ReminderAct::Late, "late"),
];

/// The notification. It stays until it is read: a reminder that has gone by itself is one that nobody saw.
fn notification(words: &Words, body: &str) -> Notification {
    let mut notification = Notification::new();
    notification.appname("Datebook").summary(&words.title).body(body).timeout(Timeout::Never);
    for (act, label) in &words.acts {
        if let Some((_, id)) = ACTS.iter().find(|(known, _)| known == act) {
            notification.action(id, label);
        }
    }
    notification
}

#[cfg(all(unix, not(target_os = "macos")))]
impl Board for Desktop {
    async fn may_show(&self) -> bool {
        true
    }

    #[cfg(target_os = "linux")]
    async fn problem(&self) -> Option<ReminderProblem> {
        let shown = tokio::task::spawn_blocking(crate::bus::shows_notifications).await;
        (!shown.unwrap_or(false)).then_some(ReminderProblem::Unshown)
    }

    /// It is seen when something is to be shown.
    #[cfg(not(target_os = "linux"))]
    async fn problem(&self) -> Option<ReminderProblem> {
        None
    }

    async fn pin(&self, reminder: &Reminder, words: Words) -> Result<(), Unshown> {
        let failed = |error: notify_rust::error::Error| Unshown(error.to_string());
        // Names come from businesses; where a body is markup, theirs is not.
        let capabilities = tokio::task::spawn_blocking(notify_rust::get_capabilities).await;
        let capabilities = capabilities.map_err(|error| Unshown(error.to_string()))?.map_err(failed)?;
        let markup = capabilities.iter().any(|can| can == "body-markup");
        let body = if markup { escaped(&words.body) } else { words.body.clone() };
        let mut notification = notification(&words, &body);
        notification.icon("datebook").hint(notify_rust::Hint::DesktopEntry(ENTRY.to_owned()));
        if !words.acts.is_empty() || capabilities.iter().any(|can| can == "actions") {
            // A press on the notification itself.
            notification.action("default", &super::words::label(ReminderAct::Open));
        }
        let handle = notification.show_async().await.map_err(failed)?;
        let (pressed, reminder, open) = (self.pressed.clone(), reminder.clone(), self.open.clone());
        self.open.put(reminder.key, |taken| async move {
            let mut answer = None;
            tokio::select! {
                () = handle.wait_for_action_async(|response| answer = act(response)) => {}
                () = taken.notified() => handle.close_async().await,
            }
            open.gone(&taken);
            if let Some(act) = answer {
                // Not every desktop takes away what was answered.
                handle.close_async().await;
                let _ = pressed.send(Pressed { reminder, act });
            }
        })
    }

    async fn take_down(&self, key: &ReminderKey) -> bool {
        self.open.take_down(key)
    }

    async fn shelf(&self, _: &BTreeSet<ReminderKey>) -> Shelf {
        Shelf::default()
    }
}

/// Text for a body that is markup (Desktop Notifications Specification, "Markup").
#[cfg(all(unix, not(target_os = "macos")))]
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(not(all(unix, not(target_os = "macos"))))]
impl Board for Desktop {
    async fn may_show(&self) -> bool {
        true
    }

    /// It is seen when something is to be shown.
    async fn problem(&self) -> Option<ReminderProblem> {
        None
    }

    async fn pin(&self, reminder: &Reminder, words: Words) -> Result<(), Unshown> {
        let (told, shown) = tokio::sync::oneshot::channel();
        let (pressed, reminder) = (self.pressed.clone(), reminder.clone());
        #[cfg(windows)]
        let identifier = self.identifier.clone();
        std::thread::spawn(move || {
            #[cfg_attr(not(windows), expect(unused_mut, reason = "only Windows is told as what"))]
            let mut notification = notification(&words, &words.body);
            #[cfg(windows)]
            if !tauri::is_dev() {
                notification.app_id(&identifier);
            }
            let handle = match notification.show() {
                Ok(handle) => handle,
                Err(error) => {
                    let _ = told.send(Err(Unshown(error.to_string())));
                    return;
                }
            };
            let _ = told.send(Ok(()));
            let waited = handle.wait_for_response(|response: &NotificationResponse| {
                if let Some(act) = act(response) {
                    let _ = pressed.send(Pressed { reminder, act });
                }
            });
            if let Err(error) = waited {
                tracing::debug!(%error, "nobody will hear what is pressed");
            }
        });
        shown.await.unwrap_or_else(|error| Err(Unshown(error.to_string())))
    }

    /// These systems do not let us.
    async fn take_down(&self, _key: &ReminderKey) -> bool {
        false
    }

    async fn shelf(&self, _: &BTreeSet<ReminderKey>) -> Shelf {
        Shelf::default()
    }
}

#[cfg(all(test, unix, not(target_os = "macos")))]
mod tests {
    use super::*;

    #[test]
    fn names_are_text_and_not_markup() {
        assert_eq!(escaped("Cut & <b>colour</b>"), "Cut &amp; &lt;b&gt;colour&lt;/b&gt;", "a service is called so");
    }

    #[test]
    fn the_hint_names_the_entry_that_the_package_installs() {
        let bundle: serde_json::Value = serde_json::from_str(include_str!("../../tauri.conf.json")).unwrap();
        assert_eq!(bundle["productName"], ENTRY, "the bundler calls the entry as it calls the product");
    }

    #[test]
    fn every_button_is_understood_again() {
        for (known, id) in ACTS {
            assert_eq!(act(&NotificationResponse::Action(id.to_owned())), Some(known), "{id}");
        }
        assert_eq!(act(&NotificationResponse::Default), Some(ReminderAct::Open), "a press beside the buttons");
        assert_eq!(act(&NotificationResponse::Action("other".to_owned())), None, "nothing that we know");
        let dismissed = NotificationResponse::Closed(notify_rust::CloseReason::Dismissed);
        assert_eq!(act(&dismissed), None, "putting it away is not an answer");
    }
}
