//! An appointment as a file for the default program.

use std::{fs, path::Path};

use client::own_calendar::Entry;
use tauri::AppHandle;
use tauri_plugin_opener::OpenerExt;

/// Writes the file and opens it. There is one such file at a time: the next takes its place.
pub(super) fn open(app: &AppHandle, folder: &Path, entry: &Entry) -> Result<(), String> {
    let folder = folder.join("handed-over");
    let file = folder.join("appointment.ics");
    fs::create_dir_all(&folder).and_then(|()| fs::write(&file, &entry.ics)).map_err(|error| error.to_string())?;
    app.opener().open_path(file.to_string_lossy(), None::<&str>).map_err(|error| error.to_string())
}
