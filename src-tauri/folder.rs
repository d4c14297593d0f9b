//! The folder that everything of this device lies in.
//!
//! **Invariant:** nobody but its owner may enter it, and one program at a time works in it.

use std::{
    env, fs, io,
    path::{Path, PathBuf},
};

use tauri::{AppHandle, Manager};

/// Names another folder than the platform's; for trying things out and for tests.
pub(crate) const OVERRIDE: &str = "DATEBOOK_DATA";

/// The open folder. Another program may have it when this is dropped, or when this program ends in any way at all.
#[derive(Debug)]
pub(crate) struct Folder {
    path: PathBuf,
    // Locked as long as it is open.
    _lock: fs::File,
}

impl Folder {
    /// Opens the folder, making it if need be.
    ///
    /// # Errors
    /// When it cannot be made or closed to others, or when another Datebook has it open.
    pub(crate) fn open(app: &AppHandle) -> io::Result<Self> {
        let path = match env::var_os(OVERRIDE).filter(|given| !given.is_empty()) {
            Some(given) => std::path::absolute(given)?,
            None => app.path().app_data_dir().map_err(io::Error::other)?,
        };
        Self::at(&path)
    }

    fn at(path: &Path) -> io::Result<Self> {
        fs::create_dir_all(path)?;
        keep_private(path)?;
        let lock = fs::File::create(path.join("lock"))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { path: path.to_owned(), _lock: lock }),
            Err(fs::TryLockError::WouldBlock) => {
                Err(io::Error::new(io::ErrorKind::WouldBlock, "another Datebook has this folder open"))
            }
            Err(fs::TryLockError::Error(error)) => Err(error),
        }
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_program_at_a_time() {
        let outer = tempfile::tempdir().unwrap();
        let path = outer.path().join("datebook");
        let first = Folder::at(&path).unwrap();
        assert_eq!(Folder::at(&path).unwrap_err().kind(), io::ErrorKind::WouldBlock, "two would overwrite each other");
        drop(first);
        assert!(Folder::at(&path).is_ok(), "a closed folder can be opened again");
    }

    #[cfg(unix)]
    #[test]
    fn a_folder_is_its_owners_alone() {
        use std::os::unix::fs::PermissionsExt;
        let outer = tempfile::tempdir().unwrap();
        let path = outer.path().join("datebook");
        fs::create_dir(&path).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        let _open = Folder::at(&path).unwrap();
        let mode = fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o700, "a folder that others could enter is closed to them");
    }
}
