//! The way out. Whoever ends the app is reminded by nobody until it is opened again, or starts at the next login: until
//! then the events in their calendar ring (docs/adr/0018-who-rings.md).
//!
//! **Invariant:** a session that closes hands nothing over: where the events are silent, the next one starts the app.

use std::time::Duration;

use tauri::{
    AppHandle, Manager, RunEvent, Wry,
    plugin::{self, TauriPlugin},
};

use crate::{device::Device, signals};

/// How long the calendar may take; nobody wants to wait for the end of a program.
const PATIENCE: Duration = Duration::from_secs(3);

/// Hands reminding over when the app ends, in whatever way its owner ends it.
pub(crate) fn hand_over() -> TauriPlugin<Wry> {
    let heed = |app: &AppHandle, event: &RunEvent| {
        if let (RunEvent::Exit, false, Some(device)) = (event, signals::were_heard(), app.try_state::<Device>()) {
            tauri::async_runtime::block_on(leave(&device));
        }
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
