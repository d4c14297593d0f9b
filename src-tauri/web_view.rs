//! The web view that draws the screens. Windows 11 brings it, and so does our installer where it is missing; who copies
//! the program to an older machine may have none, and without a console a program can say so only in a box.

use std::process::ExitCode;

use crate::reminders::say;

/// Says so in a box when there is none; what the program is to end with then.
pub(crate) fn missing() -> Option<ExitCode> {
    let error = tauri::webview_version().err()?;
    tracing::error!(%error, "there is no web view");
    rfd::MessageDialog::new()
        .set_level(rfd::MessageLevel::Error)
        .set_title("Datebook")
        .set_description(say("no_web_view", &[]))
        .show();
    Some(ExitCode::FAILURE)
}
