//! Where session tokens lie: in the operating system's keychain, and where there is none, in files of their owner.
//!
//! **Invariant:** a secret that was kept is found again, whichever of the two took it: a keychain that fails one day
//! (locked, or its program gone) does not sign anybody out the next. **Invariant:** a file that is there holds the newer
//! secret: it is written only when the keychain takes none, and goes as soon as the keychain takes one.

mod keychain;

use std::path::Path;

use client::{FileVault, Vault, VaultError};

/// The keychain, and files for what it did not take.
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

fn keychain() -> Option<Box<dyn Vault>> {
    match keychain::Keychain::open() {
        Ok(keychain) => Some(Box::new(keychain)),
        Err(error) => {
            tracing::debug!(%error, "no keychain");
            None
        }
    }
}

impl Vault for Secrets {
    fn get(&self, name: &str) -> Result<Option<String>, VaultError> {
        match (self.files.get(name)?, &self.keychain) {
            (None, Some(keychain)) => keychain.get(name),
            (found, _) => Ok(found),
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
        // The file last: without it, an older secret in a keychain that could not be opened would count again.
        if let Some(keychain) = &self.keychain {
            keychain.delete(name)?;
        }
        self.files.delete(name)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    };

    use super::*;
    use client::MemoryVault;

    /// A keychain that can be locked.
    #[derive(Clone, Default)]
    struct Lockable {
        within: Arc<MemoryVault>,
        locked: Arc<AtomicBool>,
    }

    impl Lockable {
        fn open(&self) -> Result<&MemoryVault, VaultError> {
            if self.locked.load(Ordering::SeqCst) { Err(VaultError("locked".to_owned())) } else { Ok(&self.within) }
        }
    }

    impl Vault for Lockable {
        fn get(&self, name: &str) -> Result<Option<String>, VaultError> {
            self.open()?.get(name)
        }
        fn set(&self, name: &str, secret: &str) -> Result<(), VaultError> {
            self.open()?.set(name, secret)
        }
        fn delete(&self, name: &str) -> Result<(), VaultError> {
            self.open()?.delete(name)
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
        let file = FileVault::new(folder.path());
        let keychain = Lockable::default();
        let both = secrets(Some(Box::new(keychain.clone())), folder.path());
        both.set("session", "old").unwrap();
        keychain.locked.store(true, Ordering::SeqCst);
        assert!(both.get("session").is_err(), "locked does not mean that there is none");
        both.set("session", "new").unwrap();
        assert_eq!(both.get("session").unwrap().as_deref(), Some("new"), "signing in works nevertheless");
        assert!(both.delete("session").is_err(), "a secret would be left in the keychain, and that is said");
        assert_eq!(both.get("session").unwrap().as_deref(), Some("new"), "what failed has changed nothing");
        keychain.locked.store(false, Ordering::SeqCst);
        assert_eq!(both.get("session").unwrap().as_deref(), Some("new"), "the older one does not come back");
        both.set("session", "newest").unwrap();
        assert_eq!(both.get("session").unwrap().as_deref(), Some("newest"), "the last secret counts");
        assert_eq!(file.get("session").unwrap(), None, "the file is gone once the keychain has taken one");
        both.delete("session").unwrap();
        assert_eq!(both.get("session").unwrap(), None, "nothing is left in either");
    }
}
