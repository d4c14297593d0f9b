//! The web view that draws the screens. Windows 11 brings it, and so does our installer where it is missing; who copies
//! the program to an older machine may have none, and without a console a program can say so only in a box.

use crate::reminders::say;

/// Ends the program when there is none, after having said so.
pub(crate) fn demand() {
    let Err(error) = tauri::webview_version() else { return };
    tracing::error!(%error, "there is no web view");
    rfd::MessageDialog::new()
        .set_level(rfd::MessageLevel::Error)
        .set_title("Datebook")
        .set_description(say("no_web_view", &[]))
        .show();
    std::process::exit(1);
}
