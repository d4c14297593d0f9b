//! Where session tokens lie: in the operating system's keychain, and where there is none, in files of their owner.
//!
//! **Invariant:** a secret that was kept is found again, whichever of the two took it: a keychain that fails one day
//! (locked, or its program gone or not there yet) does not sign anybody out the next. **Invariant:** a file that is there
//! holds the newer secret: it is written only when the keychain takes none, and goes as soon as the keychain takes one.
//!
//! Design. The keychain is looked for until it is found, because its program may start after this one. A file says that
//! it has held a secret of that name: from then on, until the secret is deleted, "no keychain" does not mean "no secret".

mod keychain;

use std::{
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use client::{FileVault, Vault, VaultError};

/// The file that says that the keychain has held the secret of a name.
fn mark(name: &str) -> String {
    format!("keychain-{name}")
}

/// The keychain, and files for what it did not take.
pub(crate) struct Secrets {
    look: Look,
    found: Mutex<Option<Arc<dyn Vault>>>,
    files: FileVault,
}

/// How the keychain is found.
type Look = Box<dyn Fn() -> Result<Arc<dyn Vault>, VaultError> + Send + Sync>;

impl Secrets {
    /// Looks whether this system has a keychain, and says which it is.
    pub(crate) fn find(folder: &Path) -> Self {
        let open = || keychain::Keychain::open().map(|keychain| Arc::new(keychain) as Arc<dyn Vault>);
        let secrets = Self::new(Box::new(open), &folder.join("secrets"));
        match secrets.keychain() {
            Ok(_) => tracing::info!("secrets lie in the system's keychain"),
            Err(error) => tracing::warn!(
                %error,
                "no keychain answers: without one, secrets lie in files that only their owner may read"
            ),
        }
        secrets
    }

    fn new(look: Look, folder: &Path) -> Self {
        Self { look, found: Mutex::default(), files: FileVault::new(folder) }
    }

    fn keychain(&self) -> Result<Arc<dyn Vault>, VaultError> {
        let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(keychain) = &*found {
            return Ok(Arc::clone(keychain));
        }
        let keychain = (self.look)()?;
        *found = Some(Arc::clone(&keychain));
        Ok(keychain)
    }

    /// Notes that the keychain holds a secret. Where that fails, the secret is found all the same while it answers.
    fn note_use(&self, name: &str) {
        let mark = mark(name);
        let noted = match self.files.get(&mark) {
            Ok(None) => self.files.set(&mark, "used"),
            noted => noted.map(drop),
        };
        if let Err(error) = noted {
            tracing::warn!(%error, "nobody will know that the keychain holds a secret");
        }
    }
}

impl Vault for Secrets {
    fn get(&self, name: &str) -> Result<Option<String>, VaultError> {
        if let Some(secret) = self.files.get(name)? {
            return Ok(Some(secret));
        }
        match self.keychain() {
            Ok(keychain) => {
                let found = keychain.get(name)?;
                if found.is_some() {
                    self.note_use(name);
                }
                Ok(found)
            }
            Err(error) if self.files.get(&mark(name))?.is_some() => Err(error),
            Err(_) => Ok(None),
        }
    }

    fn set(&self, name: &str, secret: &str) -> Result<(), VaultError> {
        match self.keychain().and_then(|keychain| keychain.set(name, secret)) {
            Ok(()) => {
                self.note_use(name);
                self.files.delete(name)
            }
            Err(error) => {
                tracing::warn!(%error, "the keychain took no secret: it lies in a file");
                self.files.set(name, secret)
            }
        }
    }

    fn delete(&self, name: &str) -> Result<(), VaultError> {
        // The file last: without it, an older secret in a keychain that could not be opened would count again.
        match self.keychain() {
            Ok(keychain) => keychain.delete(name)?,
            Err(error) if self.files.get(&mark(name))?.is_some() => {
                tracing::warn!(%error, "a secret that is not wanted any more stays in the keychain");
            }
            Err(_) => {}
        }
        self.files.delete(&mark(name))?;
        self.files.delete(name)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

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

    fn secrets(keychain: Option<Arc<dyn Vault>>, folder: &Path) -> Secrets {
        let missing = || VaultError("nobody answers".to_owned());
        Secrets::new(Box::new(move || keychain.clone().ok_or_else(missing)), folder)
    }

    #[test]
    fn the_keychain_comes_first_and_leaves_no_file() {
        let folder = tempfile::tempdir().unwrap();
        secrets(None, folder.path()).set("session", "from a day without keychain").unwrap();
        let both = secrets(Some(Arc::new(MemoryVault::default())), folder.path());
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
    fn a_keychain_that_comes_late_signs_nobody_out() {
        let folder = tempfile::tempdir().unwrap();
        let without = secrets(None, folder.path());
        assert_eq!(without.get("session").unwrap(), None, "a system without a keychain has no secret elsewhere");
        let keychain: Arc<dyn Vault> = Arc::new(MemoryVault::default());
        secrets(Some(Arc::clone(&keychain)), folder.path()).set("session", "kept").unwrap();
        assert!(without.get("session").is_err(), "one that has held secrets may hold this one: nobody can say now");

        // It starts after the app.
        let (answers, late) = (Arc::new(AtomicBool::new(false)), Arc::clone(&keychain));
        let there = Arc::clone(&answers);
        let look = move || {
            let silent = || VaultError("nobody answers".to_owned());
            there.load(Ordering::SeqCst).then(|| Arc::clone(&late)).ok_or_else(silent)
        };
        let both = Secrets::new(Box::new(look), folder.path());
        assert!(both.get("session").is_err(), "not yet");
        answers.store(true, Ordering::SeqCst);
        assert_eq!(both.get("session").unwrap().as_deref(), Some("kept"), "it is there, and so is the session");

        without.delete("session").unwrap();
        assert_eq!(without.get("session").unwrap(), None, "what is not wanted any more is not waited for");

        let old = tempfile::tempdir().unwrap();
        keychain.set("old", "of an older app").unwrap();
        secrets(Some(keychain), old.path()).get("old").unwrap();
        assert!(
            secrets(None, old.path()).get("old").is_err(),
            "what an older app has kept there is known from then on"
        );
    }

    #[test]
    fn a_locked_keychain_signs_nobody_out() {
        let folder = tempfile::tempdir().unwrap();
        let file = FileVault::new(folder.path());
        let keychain = Lockable::default();
        let both = secrets(Some(Arc::new(keychain.clone())), folder.path());
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
