//! The notifications of a phone, where the operating system shows what was left with it while the app is not running.
//!
//! **Invariant:** a reminder is left with the system under an id that follows from its key: leaving it twice replaces
//! it. Not run on a real phone yet; see `docs/reminders.md`.

use std::{
    collections::BTreeSet,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use client::reminder::{Reminder, ReminderAct, ReminderKey, ReminderKind, ReminderProblem};
use tauri::{
    AppHandle, Manager, RunEvent, Wry,
    plugin::{self, TauriPlugin},
};
use tauri_plugin_notification::{Action, ActionType, NotificationExt, PermissionState, Schedule};
use tokio::sync::mpsc;

use super::{
    board::{Board, Pressed, Shelf, Unshown},
    left, parcel,
    words::{self, Words},
};

/// The phone's notifications.
pub(super) struct Phone {
    app: AppHandle,
    /// Whether its reader was asked since the program began. The system may answer a second time by itself, at once.
    asked: AtomicBool,
    /// What was left with the system since the program began.
    left: Mutex<BTreeSet<ReminderKey>>,
}

impl Phone {
    pub(super) fn new(app: AppHandle, pressed: mpsc::UnboundedSender<Pressed>) -> Self {
        let notifications = app.notification();
        if let Err(error) = notifications.register_action_types(SETS.map(action_type).into()) {
            tracing::warn!(%error, "reminders will have no buttons");
        }
        let listened = notifications.on_action(move |performed| {
            let Some(reminder) = performed.notification().and_then(|shown| parcel::unpack(shown.extra())) else {
                tracing::warn!("what was pressed came without its reminder");
                return;
            };
            let act = match performed.action_id() {
                "tap" => Some(ReminderAct::Open),
                id => ACTS.iter().find(|(_, known)| *known == id).map(|(act, _)| *act),
            };
            // Putting it away is not an answer.
            let Some(act) = act else { return };
            let _ = pressed.send(Pressed { reminder, act });
        });
        if let Err(error) = listened {
            tracing::warn!(%error, "nobody will hear what is pressed on a reminder");
        }
        Self { app, asked: AtomicBool::new(false), left: Mutex::default() }
    }

    /// What the system says, after asking its reader if need be. On a thread that may block: a dialog waits for a hand.
    async fn permission(&self) -> Result<PermissionState, Unshown> {
        let state = self.app.notification().permission_state().map_err(|error| Unshown(error.to_string()))?;
        let open = matches!(state, PermissionState::Prompt | PermissionState::PromptWithRationale);
        if !open || self.asked.swap(true, Ordering::SeqCst) {
            return Ok(state);
        }
        let app = self.app.clone();
        let asked = tauri::async_runtime::spawn_blocking(move || app.notification().request_permission()).await;
        asked.map_err(|error| Unshown(error.to_string()))?.map_err(|error| Unshown(error.to_string()))
    }
}

/// Looks again when the app comes back to the front: its user may have been in the system's settings.
pub(crate) fn heed_return() -> TauriPlugin<Wry> {
    let heed = |app: &AppHandle, event: &RunEvent| {
        if let (RunEvent::Resumed, Some(bell)) = (event, app.try_state::<super::Bell>()) {
            bell.ring();
        }
    };
    plugin::Builder::new("reminders-return").on_event(heed).build()
}

/// The names of the buttons towards the system.
const ACTS: [(ReminderAct, &str); 3] =
    [(ReminderAct::Coming, "coming"), (ReminderAct::CheckIn, "check-in"), (ReminderAct::Late, "late")];

/// Which buttons come together.
const SETS: [&[ReminderAct]; 5] = [
    &[ReminderAct::Coming],
    &[ReminderAct::Late],
    &[ReminderAct::Coming, ReminderAct::Late],
    &[ReminderAct::CheckIn, ReminderAct::Late],
    &[ReminderAct::CheckIn, ReminderAct::Coming, ReminderAct::Late],
];

fn set_name(acts: &[ReminderAct]) -> String {
    let names = ACTS.iter().filter(|(act, _)| acts.contains(act)).map(|(_, id)| *id);
    names.collect::<Vec<_>>().join("+")
}

fn action_type(acts: &[ReminderAct]) -> ActionType {
    let of = |(act, id): &(ReminderAct, &str)| Action::builder(*id, words::label(*act)).foreground(true).build();
    let actions = ACTS.iter().filter(|(act, _)| acts.contains(act)).map(of).collect();
    ActionType::builder(set_name(acts)).actions(actions).build()
}

/// The same for the same reminder, always (FNV-1a).
fn id(key: &ReminderKey) -> i32 {
    let kind = match key.kind {
        ReminderKind::DayBefore => 1u8,
        ReminderKind::HoursBefore => 2,
        ReminderKind::LeaveBy => 3,
    };
    let bytes = key.booking.0.as_bytes().iter().copied().chain([kind]).chain(key.due.as_second().to_be_bytes());
    let hash = bytes.fold(0x811c_9dc5u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    i32::from_be_bytes(hash.to_be_bytes())
}

impl Board for Phone {
    async fn may_show(&self) -> bool {
        match self.permission().await {
            Ok(state) => state == PermissionState::Granted,
            Err(error) => {
                tracing::warn!(%error, "nobody knows whether reminders may be shown");
                false
            }
        }
    }

    async fn problem(&self) -> Option<ReminderProblem> {
        // What was not asked yet is asked when there is something to show.
        let refused = self.app.notification().permission_state().is_ok_and(|state| state == PermissionState::Denied);
        refused.then_some(ReminderProblem::Refused)
    }

    async fn pin(&self, reminder: &Reminder, words: Words) -> Result<(), Unshown> {
        let failed = |error: String| Unshown(error);
        let mut notification = self.app.notification().builder().id(id(&reminder.key)).title(words.title);
        // The body is one line on Android; all of it is in the large one.
        notification = notification.large_body(words.body.clone()).body(words.body);
        for (name, value) in parcel::pack(reminder).map_err(|error| failed(error.to_string()))? {
            notification = notification.extra(name, value);
        }
        notification = notification.auto_cancel();
        if !reminder.acts.is_empty() {
            notification = notification.action_type_id(set_name(&reminder.acts));
        }
        if jiff::Timestamp::now() < reminder.key.due {
            let when = serde_json::json!({ "at": { "date": reminder.key.due.to_string(), "allowWhileIdle": true } });
            let when: Schedule = serde_json::from_value(when).map_err(|error| failed(error.to_string()))?;
            notification = notification.schedule(when);
        }
        notification.show().map_err(|error| failed(error.to_string()))?;
        self.left.lock().unwrap_or_else(PoisonError::into_inner).insert(reminder.key);
        Ok(())
    }

    async fn take_down(&self, key: &ReminderKey) -> bool {
        let (notifications, id) = (self.app.notification(), id(key));
        let now = jiff::Timestamp::now();
        // Nobody says whether it waits. On iOS, asking what is shown ends the program where an earlier run has left any.
        let shown = if cfg!(target_os = "android") { notifications.active().ok() } else { None };
        let stood = shown.map(|shown| shown.iter().any(|one| one.id() == id));
        let taken = notifications.cancel(vec![id]).and_then(|()| notifications.remove_active(vec![id]));
        if let Err(error) = taken {
            tracing::warn!(%error, "a reminder that is not true any more could not be taken away");
            return false;
        }
        self.left.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
        left::was_unread(key, now, stood)
    }

    async fn shelf(&self, noted: &BTreeSet<ReminderKey>) -> Shelf {
        left::shelf(noted, &self.left.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
