//! The mark of a restart into an update. A restart repeats the arguments of the first start, which say nothing of it:
//! that the session has started the app, or a link that was opened long ago.
//!
//! **Invariant:** a mark counts for one start, the next, and only if that has the arguments that a restart repeats. An
//! update that came to nothing may leave a mark, and what somebody opens after it is opened.

use std::{
    ffi::{OsStr, OsString},
    fs,
    io::{self, ErrorKind},
    path::Path,
};

/// The file in the app's folder: a link among the arguments may work for whoever has it, and only the owner may enter.
const NAME: &str = "restarted";

/// Leaves a mark for the next start, given the arguments of this one.
///
/// # Errors
/// When it cannot be written.
pub(super) fn leave(folder: &Path, arguments: &[OsString]) -> io::Result<()> {
    fs::write(folder.join(NAME), written(arguments))
}

/// Takes the mark away. Whether there was one for a start with these arguments; one that cannot be taken away would
/// count for ever, and does not count.
pub(super) fn take(folder: &Path, arguments: &[OsString]) -> bool {
    let mark = folder.join(NAME);
    match fs::read(&mark).and_then(|left| fs::remove_file(&mark).map(|()| left)) {
        Ok(left) => left == written(arguments),
        Err(error) if error.kind() == ErrorKind::NotFound => false,
        Err(error) => {
            tracing::warn!(%error, "the mark of a restart cannot be taken away");
            false
        }
    }
}

/// No argument has a zero in it.
fn written(arguments: &[OsString]) -> Vec<u8> {
    arguments.join(OsStr::new("\0")).into_encoded_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments(given: &[&str]) -> Vec<OsString> {
        given.iter().map(OsString::from).collect()
    }

    #[test]
    fn a_mark_counts_for_one_start() {
        let folder = tempfile::tempdir().unwrap();
        for given in [arguments(&[]), arguments(&["--at-login"]), arguments(&["datebook://connect", "ü"])] {
            assert!(!take(folder.path(), &given), "somebody has started the app");
            leave(folder.path(), &given).unwrap();
            leave(folder.path(), &given).unwrap();
            assert!(take(folder.path(), &given), "it was restarted");
            assert!(!take(folder.path(), &given), "and the next start is somebody's again");
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "nothing of it stays");
    }

    #[test]
    fn a_start_with_other_arguments_is_no_restart() {
        let folder = tempfile::tempdir().unwrap();
        let (link, login) = (arguments(&["datebook://connect"]), arguments(&["--at-login"]));
        for (before, next, why) in [
            (arguments(&[]), &link, "a link that somebody has opened since"),
            (link.clone(), &login, "the session"),
            (login.clone(), &arguments(&["--at-login", "datebook://connect"]), "both"),
        ] {
            leave(folder.path(), &before).unwrap();
            assert!(!take(folder.path(), next), "{why}: the installer was declined");
            assert!(!take(folder.path(), &before), "{why}: nor does the mark wait for another start");
        }
    }

    #[test]
    fn without_a_folder_there_is_no_mark() {
        let folder = tempfile::tempdir().unwrap();
        let gone = folder.path().join("gone");
        assert!(leave(&gone, &[]).is_err(), "it is said, and the update goes on");
        assert!(!take(&gone, &[]), "the next start is like any other");
    }
}
