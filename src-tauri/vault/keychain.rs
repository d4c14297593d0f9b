//! The keychain of a desktop: Secret Service, Keychain, Credential Manager.

use client::{Vault, VaultError};
use keyring::{Entry, Error};

/// Under which our secrets stand there.
const OWNER: &str = "app.datebook.desktop";

/// The user's keychain.
#[derive(Debug)]
pub(super) struct Keychain;

impl Keychain {
    /// The keychain, if one answers. Reads a name that is never written, so nobody is asked for a password.
    ///
    /// # Errors
    /// When there is none.
    pub(super) fn open() -> Result<Self, VaultError> {
        Self.get("probe").map(|_| Self)
    }
}

fn entry(name: &str) -> Result<Entry, VaultError> {
    Entry::new(OWNER, name).map_err(|error| failed(&error))
}

fn failed(error: &Error) -> VaultError {
    // The error's debug form may hold bytes of a secret, its display form never does.
    VaultError(error.to_string())
}

impl Vault for Keychain {
    fn get(&self, name: &str) -> Result<Option<String>, VaultError> {
        match entry(name)?.get_password() {
            Ok(secret) => Ok(Some(secret)),
            Err(Error::NoEntry) => Ok(None),
            Err(error) => Err(failed(&error)),
        }
    }

    fn set(&self, name: &str, secret: &str) -> Result<(), VaultError> {
        entry(name)?.set_password(secret).map_err(|error| failed(&error))
    }

    fn delete(&self, name: &str) -> Result<(), VaultError> {
        match entry(name)?.delete_credential() {
            Ok(()) | Err(Error::NoEntry) => Ok(()),
            Err(error) => Err(failed(&error)),
        }
    }
}
