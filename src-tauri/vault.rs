//! Where session tokens lie: in the operating system's keychain, and where there is none, in files of their owner.
//!
//! **Invariant:** a secret that was kept is found again, whichever of the two took it: a keychain that fails one day
//! (locked, or its program gone) does not sign anybody out the next.

#[cfg(desktop)]
mod keychain;

use std::path::Path;

use client::{FileVault, Vault, VaultError};

/// The keychain before the files.
pub(crate) struct Secrets {
    keychain: Option<Box<dyn Vault>>,
    files: FileVault,
}

impl Secrets {
    /// Looks once whether this system has a keychain, and says which it is.
    pub(crate) fn find(folder: &Path) -> Self {
        let keychain = keychain();
        match &keychain {
            Some(_) => tracing::info!("secrets lie in the system's keychain"),
            None => tracing::warn!("this system has no keychain: secrets lie in files that only their owner may read"),
        }
        Self { keychain, files: FileVault::new(folder.join("secrets")) }
    }
}

#[cfg(desktop)]
fn keychain() -> Option<Box<dyn Vault>> {
    match keychain::Keychain::open() {
        Ok(keychain) => Some(Box::new(keychain)),
        Err(error) => {
            tracing::debug!(%error, "no keychain");
            None
        }
    }
}

/// The keychains of phones are not spoken to yet.
#[cfg(mobile)]
fn keychain() -> Option<Box<dyn Vault>> {
    None
}

impl Vault for Secrets {
    fn get(&self, name: &str) -> Result<Option<String>, VaultError> {
        let Some(keychain) = &self.keychain else { return self.files.get(name) };
        match keychain.get(name) {
            Ok(Some(secret)) => Ok(Some(secret)),
            Ok(None) => self.files.get(name),
            // What the keychain cannot say now is not "none": only a file that is there answers for it.
            Err(error) => self.files.get(name)?.map(Some).ok_or(error),
        }
    }

    fn set(&self, name: &str, secret: &str) -> Result<(), VaultError> {
        let Some(keychain) = &self.keychain else { return self.files.set(name, secret) };
        match keychain.set(name, secret) {
            Ok(()) => self.files.delete(name),
            Err(error) => {
                tracing::warn!(%error, "the keychain took no secret: it lies in a file");
                self.files.set(name, secret)
            }
        }
    }

    fn delete(&self, name: &str) -> Result<(), VaultError> {
        let kept = self.keychain.as_ref().map_or(Ok(()), |keychain| keychain.delete(name));
        self.files.delete(name)?;
        kept
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use client::MemoryVault;

    /// A keychain that is locked and stays so.
    struct Locked;

    impl Vault for Locked {
        fn get(&self, _: &str) -> Result<Option<String>, VaultError> {
            Err(VaultError("locked".to_owned()))
        }
        fn set(&self, _: &str, _: &str) -> Result<(), VaultError> {
            Err(VaultError("locked".to_owned()))
        }
        fn delete(&self, _: &str) -> Result<(), VaultError> {
            Err(VaultError("locked".to_owned()))
        }
    }

    fn secrets(keychain: Option<Box<dyn Vault>>, folder: &Path) -> Secrets {
        Secrets { keychain, files: FileVault::new(folder) }
    }

    #[test]
    fn the_keychain_comes_first_and_leaves_no_file() {
        let folder = tempfile::tempdir().unwrap();
        secrets(None, folder.path()).set("session", "from a day without keychain").unwrap();
        let both = secrets(Some(Box::new(MemoryVault::default())), folder.path());
        assert_eq!(
            both.get("session").unwrap().as_deref(),
            Some("from a day without keychain"),
            "what a file holds is found when a keychain appears"
        );
        both.set("session", "new").unwrap();
        assert_eq!(both.get("session").unwrap().as_deref(), Some("new"), "the last secret counts");
        assert_eq!(FileVault::new(folder.path()).get("session").unwrap(), None, "no copy lies about in a file");
        both.delete("session").unwrap();
        assert_eq!(both.get("session").unwrap(), None, "what was deleted is gone");
    }

    #[test]
    fn a_locked_keychain_signs_nobody_out() {
        let folder = tempfile::tempdir().unwrap();
        let locked = secrets(Some(Box::new(Locked)), folder.path());
        assert!(locked.get("session").is_err(), "locked does not mean that there is none");
        locked.set("session", "token").unwrap();
        assert_eq!(locked.get("session").unwrap().as_deref(), Some("token"), "signing in works nevertheless");
        assert!(locked.delete("session").is_err(), "a secret may be left in the keychain, and that is said");
        assert_eq!(FileVault::new(folder.path()).get("session").unwrap(), None, "the file is gone in any case");
    }
}
