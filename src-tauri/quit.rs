//! The way out. Whoever ends the app is reminded by nobody until it is opened again, or starts at the next login: until
//! then the events in their calendar ring (docs/adr/0018-who-rings.md).
//!
//! **Invariant:** a session that closes hands nothing over: where the events are silent, the next one starts the app.
//! **Invariant:** nor does a restart into an update: the app is back in a moment.
//!
//! Not done yet: on macOS a session that closes looks like *Quit* here, and hands over. Its Apple event would say why,
//! but takes one more library to ask (`objc2-core-services`).

use std::time::Duration;

use tauri::{
    AppHandle, Manager, RESTART_EXIT_CODE, RunEvent, Wry,
    plugin::{self, TauriPlugin},
};

use crate::{device::Device, signals};

/// How long the calendar may take; nobody wants to wait for the end of a program.
const PATIENCE: Duration = Duration::from_secs(3);

/// What is known of why the app ends.
#[derive(Debug, Default)]
struct Ending {
    restarts: bool,
}

impl Ending {
    /// The app is asked to end with this code. Nobody can prevent a restart, so after one nothing else is asked.
    fn asked(&mut self, code: Option<i32>) {
        self.restarts |= code == Some(RESTART_EXIT_CODE);
    }

    /// Whether its owner ends it, given whether its session closes.
    fn is_its_owners(&self, session_closes: bool) -> bool {
        !session_closes && !self.restarts
    }
}

/// Hands reminding over when the app ends, in whatever way its owner ends it.
pub(crate) fn hand_over() -> TauriPlugin<Wry> {
    let mut ending = Ending::default();
    let heed = move |app: &AppHandle, event: &RunEvent| match event {
        RunEvent::ExitRequested { code, .. } => ending.asked(*code),
        RunEvent::Exit if ending.is_its_owners(signals::were_heard()) => {
            if let Some(device) = app.try_state::<Device>() {
                tauri::async_runtime::block_on(leave(&device));
            }
        }
        _ => {}
    };
    plugin::Builder::new("hand-over").on_event(heed).build()
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
}
