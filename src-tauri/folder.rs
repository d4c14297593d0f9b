//! The folder that everything of this device lies in.
//!
//! **Invariant:** nobody but its owner may enter it. (That one program at a time works in it is [`client::App`]'s care.)

use std::{
    env, fs, io,
    path::{Path, PathBuf},
};

use tauri::{AppHandle, Manager};

/// Names another folder than the platform's; for trying things out and for tests.
pub(crate) const OVERRIDE: &str = "DATEBOOK_APP_DATA";

/// Opens the folder, making it if need be.
///
/// # Errors
/// When it cannot be made, or not be closed to others.
pub(crate) fn open(app: &AppHandle) -> io::Result<PathBuf> {
    let path = match env::var_os(OVERRIDE).filter(|given| !given.is_empty()) {
        Some(given) => std::path::absolute(given)?,
        None => app.path().app_data_dir().map_err(io::Error::other)?,
    };
    fs::create_dir_all(&path)?;
    keep_private(&path)?;
    Ok(path)
}

#[cfg(unix)]
fn keep_private(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(0o700))
}

/// Elsewhere the user's own folders are closed to others already.
#[cfg(not(unix))]
fn keep_private(_path: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_its_owners_alone() {
        use std::os::unix::fs::PermissionsExt;
        let outer = tempfile::tempdir().unwrap();
        let path = outer.path().join("datebook");
        fs::create_dir(&path).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        keep_private(&path).unwrap();
        let mode = fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o700, "a folder that others could enter is closed to them");
    }
}
