//! What can be felt: a phone says by a tap that something was done which its owner may not be looking at. Desktops say
//! nothing.

use client::{Command, Receipt};
use tauri::AppHandle;

/// Taps, if this is worth one.
#[cfg(mobile)]
pub(crate) fn feel(app: &AppHandle, worth: bool) {
    use tauri_plugin_haptics::{HapticsExt as _, NotificationFeedbackType};

    if worth && let Err(error) = app.haptics().notification_feedback(NotificationFeedbackType::Success) {
        // Without a motor, or without leave to move it.
        tracing::debug!(%error, "nothing is felt");
    }
}

#[cfg(desktop)]
pub(crate) fn feel(_app: &AppHandle, _worth: bool) {}

/// Booked and checked in are felt; nothing that was refused is.
pub(crate) fn is_felt(command: &Command) -> impl Fn(&Receipt) -> bool + use<> {
    let worth = matches!(command, Command::Book(_) | Command::CheckIn(_));
    move |receipt| worth && !matches!(receipt, Receipt::Refused { .. })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_booked_or_checked_in_is_felt_and_nothing_else() {
        let command = |json: serde_json::Value| serde_json::from_value::<Command>(json).unwrap();
        let id = "01990000-0000-7000-8000-00000000002a";
        let check_in = command(serde_json::json!({ "type": "check_in@1", "booking": id }));
        let cancel = command(serde_json::json!({ "type": "cancel@1", "booking": id, "reason": "" }));
        let waiting = Receipt::Waiting { command: client::CommandId(id.parse().unwrap()) };
        let refusal = serde_json::json!({ "code": "already_done", "facts": { "act": "check_in" } });
        let refused = Receipt::Refused { refusal: serde_json::from_value(refusal).unwrap() };
        assert!(is_felt(&check_in)(&waiting), "at the door, also without a network");
        assert!(!is_felt(&check_in)(&refused), "a no is read");
        assert!(!is_felt(&cancel)(&waiting), "what is taken away is not celebrated");
    }
}
