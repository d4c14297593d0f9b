//! What the screens are told.

use client::Event;
use tauri::{AppHandle, Emitter};

/// The one event the screens listen for; what happened is in it.
const NAME: &str = "datebook";

/// Tells every screen. One that does not listen yet asks for everything when it starts, so nothing is lost.
pub(crate) fn tell(app: &AppHandle, event: &Event) {
    if let Err(error) = app.emit(NAME, event) {
        tracing::warn!(%error, "the screens could not be told");
    }
}
