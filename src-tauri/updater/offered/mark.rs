//! The mark of a restart into an update. A restart repeats the arguments of the first start, which say nothing of it:
//! that the session has started the app, or a link that was opened long ago.
//!
//! **Invariant:** a mark counts for one start, the next.

use std::{
    fs,
    io::{self, ErrorKind},
    path::Path,
};

/// The file in the app's folder.
const NAME: &str = "restarted";

/// Leaves a mark for the next start.
///
/// # Errors
/// When it cannot be written.
pub(super) fn leave(folder: &Path) -> io::Result<()> {
    fs::write(folder.join(NAME), "")
}

/// Takes the mark away. Whether there was one; one that cannot be taken away would count for ever, and does not count.
pub(super) fn take(folder: &Path) -> bool {
    match fs::remove_file(folder.join(NAME)) {
        Ok(()) => true,
        Err(error) if error.kind() == ErrorKind::NotFound => false,
        Err(error) => {
            tracing::warn!(%error, "the mark of a restart cannot be taken away");
            false
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_counts_for_one_start() {
        let folder = tempfile::tempdir().unwrap();
        assert!(!take(folder.path()), "somebody has started the app");
        leave(folder.path()).unwrap();
        leave(folder.path()).unwrap();
        assert!(take(folder.path()), "it was restarted");
        assert!(!take(folder.path()), "and the next start is somebody's again");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "nothing of it stays");
    }

    #[test]
    fn without_a_folder_there_is_no_mark() {
        let folder = tempfile::tempdir().unwrap();
        let gone = folder.path().join("gone");
        assert!(leave(&gone).is_err(), "it is said, and the update goes on");
        assert!(!take(&gone), "the next start is like any other");
    }
}
