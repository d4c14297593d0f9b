//! Where secrets lie: the session token of each business.
//!
//! **Invariant:** a session token is never written into the database, a log or a backup of it.
//!
//! The shell brings the operating system's keychain; [`FileVault`] stands in where there is none.

use std::{
    collections::BTreeMap,
    fs,
    io::{ErrorKind, Write},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

/// A place for secrets. Calls may block, for example while the keychain asks for a password.
pub trait Vault: Send + Sync + 'static {
    /// The secret of that name, if there is one.
    ///
    /// # Errors
    /// When the vault cannot be opened.
    fn get(&self, name: &str) -> Result<Option<String>, VaultError>;

    /// Keeps a secret, in place of the one that had the name.
    ///
    /// # Errors
    /// When the vault cannot be opened.
    fn set(&self, name: &str, secret: &str) -> Result<(), VaultError>;

    /// Forgets a secret. Nothing happens when there is none.
    ///
    /// # Errors
    /// When the vault cannot be opened.
    fn delete(&self, name: &str) -> Result<(), VaultError>;
}

/// The vault cannot be opened, read or written.
#[derive(Debug, Clone, thiserror::Error)]
#[error("the vault failed: {0}")]
pub struct VaultError(pub String);

impl From<std::io::Error> for VaultError {
    fn from(error: std::io::Error) -> Self {
        Self(error.to_string())
    }
}

/// Secrets in a folder that only its owner may enter, one file each. Safe from other users of the machine, not from
/// programs of the same user.
#[derive(Debug)]
pub struct FileVault {
    folder: PathBuf,
}

impl FileVault {
    /// Secrets in this folder; it is made when the first one is kept.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    fn file(&self, name: &str) -> Result<PathBuf, VaultError> {
        let fine = (1..=100).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        if fine { Ok(self.folder.join(name)) } else { Err(VaultError("not a name of a secret".to_owned())) }
    }
}

impl Vault for FileVault {
    fn get(&self, name: &str) -> Result<Option<String>, VaultError> {
        match fs::read_to_string(self.file(name)?) {
            Ok(secret) => Ok(Some(secret)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    fn set(&self, name: &str, secret: &str) -> Result<(), VaultError> {
        let file = self.file(name)?;
        private_folder(&self.folder)?;
        // Written beside and moved over, so that a crash leaves the old secret or the new one, never half of one.
        let partial = file.with_extension("partial");
        if fs::exists(&partial)? {
            fs::remove_file(&partial)?;
        }
        let mut options = fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut open = options.open(&partial)?;
        open.write_all(secret.as_bytes())?;
        open.sync_all()?;
        Ok(fs::rename(&partial, &file)?)
    }

    fn delete(&self, name: &str) -> Result<(), VaultError> {
        match fs::remove_file(self.file(name)?) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }
}

fn private_folder(folder: &Path) -> Result<(), VaultError> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    Ok(builder.create(folder)?)
}

/// Secrets that end with the program: for tests, and for a device that keeps nothing.
#[derive(Debug, Default)]
pub struct MemoryVault {
    secrets: Mutex<BTreeMap<String, String>>,
}

impl Vault for MemoryVault {
    fn get(&self, name: &str) -> Result<Option<String>, VaultError> {
        Ok(self.secrets.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned())
    }

    fn set(&self, name: &str, secret: &str) -> Result<(), VaultError> {
        self.secrets.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned(), secret.to_owned());
        Ok(())
    }

    fn delete(&self, name: &str) -> Result<(), VaultError> {
        self.secrets.lock().unwrap_or_else(PoisonError::into_inner).remove(name);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keeps_and_forgets(vault: &dyn Vault) {
        assert_eq!(vault.get("session-1").unwrap(), None, "a new vault is empty");
        vault.delete("session-1").unwrap();
        vault.set("session-1", "first").unwrap();
        vault.set("session-1", "second").unwrap();
        assert_eq!(vault.get("session-1").unwrap().as_deref(), Some("second"), "the last secret of a name counts");
        assert_eq!(vault.get("session-2").unwrap(), None, "names are kept apart");
        vault.delete("session-1").unwrap();
        assert_eq!(vault.get("session-1").unwrap(), None, "what was deleted is gone");
    }

    #[test]
    fn every_vault_keeps_and_forgets() {
        let folder = tempfile::tempdir().unwrap();
        keeps_and_forgets(&FileVault::new(folder.path().join("vault")));
        keeps_and_forgets(&MemoryVault::default());
    }

    #[cfg(unix)]
    #[test]
    fn a_secret_in_a_file_is_its_owners_alone() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let vault = FileVault::new(folder.path().join("vault"));
        vault.set("session", "secret").unwrap();
        let mode = |path: PathBuf| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(folder.path().join("vault")), 0o700, "nobody else may look into the folder");
        assert_eq!(mode(folder.path().join("vault/session")), 0o600, "nobody else may read the secret");
    }

    #[test]
    fn a_name_cannot_leave_the_folder() {
        let vault = FileVault::new("/nowhere");
        for name in ["", "..", "../x", "a/b", "a\\b", "x.y"] {
            assert!(vault.get(name).is_err(), "{name:?} is no name of a secret");
        }
    }
}
