//! The way out. Whoever ends the app is reminded by nobody until it is opened again, or starts at the next login: until
//! then the events in their calendar ring (docs/adr/0018-who-rings.md).
//!
//! **Invariant:** a session that closes hands nothing over: where the events are silent, the next one starts the app.
//! **Invariant:** nor does a restart into an update: the app is back in a moment.
//! **Invariant:** whoever starts the app while it ends gets a window, and the link they came with. From the first
//! moment of its end on a start is a new app, which waits for the folder; one that came to this app all the same is made
//! again once it has ended. A restart has only the window: a link that reaches this app in the moment before it lets go
//! of its name is lost.
//!
//! Not done yet: on Windows a start is lost that finds this app and cannot hand it anything before it ends. On macOS
//! the system itself gives links and clicks in the Dock to the app that still ends; only `open -n` and the program
//! itself start another.

use std::{
    process::Command,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tauri::{
    AppHandle, Manager, RESTART_EXIT_CODE, RunEvent, Wry,
    plugin::{self, TauriPlugin},
};

use crate::{autostart, device::Device, signals, window};

/// How long the calendar may take; nobody wants to wait for the end of a program.
const PATIENCE: Duration = Duration::from_secs(3);

/// The same for those who show notifications.
#[cfg(target_os = "linux")]
const PUT_AWAY: Duration = Duration::from_secs(1);

/// Set for a start that is tried a second time.
const ANEW: &str = "DATEBOOK_STARTED_ANEW";

static ENDING: Mutex<Ending> = Mutex::new(Ending { ends: false, restarts: false, late: None });

/// What is known of how the app ends.
#[derive(Debug, Default)]
struct Ending {
    ends: bool,
    restarts: bool,
    /// The arguments of a start that came too late, the program first.
    late: Option<Vec<String>>,
}

impl Ending {
    /// The app is asked to end with this code. Nobody can prevent a restart, so after one nothing else is asked.
    fn asked(&mut self, code: Option<i32>) {
        self.ends = true;
        self.restarts |= code == Some(RESTART_EXIT_CODE);
    }

    /// Whether its owner ends it, given whether its session closes.
    fn is_its_owners(&self, session_closes: bool) -> bool {
        !session_closes && !self.restarts
    }

    /// The app was started a second time. Answers whether its window is wanted: not while it ends, because then that
    /// start comes after it, and not by the session, which wants a running app and has one.
    fn started_again(&mut self, arguments: Vec<String>) -> bool {
        if self.ends {
            self.late = Some(arguments);
            return false;
        }
        !arguments.iter().any(|argument| argument == autostart::AT_LOGIN)
    }

    /// What is to be started after it. Nothing where it restarts: the new one has a window, too.
    fn late(&mut self) -> Option<Vec<String>> {
        self.late.take().filter(|_| !self.restarts)
    }
}

fn ending() -> MutexGuard<'static, Ending> {
    ENDING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The app was started a second time, with these arguments, the program first.
pub(crate) fn started_again(app: &AppHandle, arguments: Vec<String>) {
    let wants_window = ending().started_again(arguments);
    if wants_window {
        window::to_front(app);
    }
}

/// Hands reminding over when the app ends, in whatever way its owner ends it.
pub(crate) fn hand_over() -> TauriPlugin<Wry> {
    let heed = |app: &AppHandle, event: &RunEvent| match event {
        RunEvent::ExitRequested { code, .. } => ending().asked(*code),
        RunEvent::Exit => end(app),
        _ => {}
    };
    plugin::Builder::new("hand-over").on_event(heed).build()
}

fn end(app: &AppHandle) {
    // macOS may end it without asking.
    ending().ends = true;
    tauri_plugin_single_instance::destroy(app);
    #[cfg(target_os = "linux")]
    tauri::async_runtime::block_on(put_away(app));
    let by_owner = ending().is_its_owners(signals::were_heard());
    if by_owner && let Some(device) = app.try_state::<Device>() {
        tauri::async_runtime::block_on(leave(&device));
    }
    let late = ending().late();
    if let Some(arguments) = late {
        start(app, &arguments);
    }
}

/// However it ends, what is pressed on a reminder afterwards would be lost.
#[cfg(target_os = "linux")]
async fn put_away(app: &AppHandle) {
    if tokio::time::timeout(PUT_AWAY, crate::reminders::put_away(app)).await.is_err() {
        tracing::warn!("reminders may stay on the display, with buttons that nobody hears");
    }
}

/// Starts the app after this one, as it was started too late.
fn start(app: &AppHandle, arguments: &[String]) {
    let started = tauri::process::current_binary(&app.env())
        .and_then(|program| Command::new(program).args(arguments.iter().skip(1)).env_remove(ANEW).spawn());
    if let Err(error) = started {
        tracing::warn!(%error, "the app was started while it ended, and could not be started again");
    }
}

/// Puts this program in its own place once more if it failed because the app that it found ended before it took what it
/// was handed. Comes back if that is not why, or did not help.
#[cfg(target_os = "linux")]
pub(crate) fn start_anew(error: &tauri::Error) {
    use std::os::unix::process::CommandExt as _;

    if !found_an_end(error) || std::env::var_os(ANEW).is_some() {
        return;
    }
    match tauri::utils::platform::current_exe() {
        Ok(program) => {
            let error = Command::new(program).args(std::env::args_os().skip(1)).env(ANEW, "1").exec();
            tracing::warn!(%error, "the app could not be started anew");
        }
        Err(error) => tracing::warn!(%error, "nobody says where the app is"),
    }
}

/// Whether a start had found an app that did not answer it.
#[cfg(target_os = "linux")]
fn found_an_end(error: &tauri::Error) -> bool {
    matches!(error, tauri::Error::PluginInitialization(plugin, _) if plugin == "single-instance")
}

async fn leave(device: &Device) {
    let leave = async { device.app().await?.leave().await };
    match tokio::time::timeout(PATIENCE, leave).await {
        Ok(Ok(())) => tracing::info!("until the next start the calendar reminds, where one is kept"),
        Ok(Err(trouble)) => tracing::warn!(%trouble, "the calendar does not remind of what is to come"),
        Err(_) => tracing::warn!("the calendar took too long to be told that it reminds"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_its_owners_end_hands_over() {
        let cases: [(&[Option<i32>], bool, bool, &str); 6] = [
            (&[None], false, true, "the window was closed"),
            (&[Some(0)], false, true, "quit in the tray"),
            (&[Some(0)], true, false, "the session closes, and the next one starts the app"),
            (&[Some(RESTART_EXIT_CODE)], false, false, "the new version is there in a moment"),
            (&[Some(RESTART_EXIT_CODE), None], false, false, "its window closes on the way"),
            (&[], false, true, "the system ends it without asking"),
        ];
        for (codes, session_closes, hands_over, why) in cases {
            let mut ending = Ending::default();
            for code in codes {
                ending.asked(*code);
            }
            assert_eq!(ending.is_its_owners(session_closes), hands_over, "{why}");
        }
    }

    #[test]
    fn a_start_during_the_end_comes_after_it() {
        let link = || vec!["datebook".to_owned(), "datebook://connect?server=https://a.example".to_owned()];
        let mut ending = Ending::default();
        assert!(ending.started_again(link()), "an app that goes on shows its window");
        assert_eq!(ending.late(), None, "and has been handed the link");
        ending.asked(Some(0));
        assert!(!ending.started_again(link()), "a window that closes is shown to nobody");
        assert_eq!(ending.late(), Some(link()), "it is started with what it came with");
        assert_eq!(ending.late(), None, "once");

        ending.asked(Some(RESTART_EXIT_CODE));
        ending.started_again(link());
        assert_eq!(ending.late(), None, "the new version comes by itself");
    }

    #[test]
    fn a_start_by_the_session_brings_no_window_to_the_front() {
        let by_session = || vec!["datebook".to_owned(), autostart::AT_LOGIN.to_owned()];
        let mut ending = Ending::default();
        assert!(!ending.started_again(by_session()), "nobody asked for a window");
        ending.asked(None);
        ending.started_again(by_session());
        assert_eq!(ending.late(), Some(by_session()), "the session wants an app, and this one goes");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn only_a_start_that_found_an_app_is_tried_anew() {
        let failed = |plugin: &str| tauri::Error::PluginInitialization(plugin.to_owned(), String::new());
        assert!(found_an_end(&failed("single-instance")), "the app was there, and did not answer");
        assert!(!found_an_end(&failed("window-state")), "nobody else was there");
        assert!(!found_an_end(&tauri::Error::WindowNotFound), "it would fail again");
    }
}
