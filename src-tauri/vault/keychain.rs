//! The system's keychain: Secret Service, Keychain or Credential Manager on a desktop, which `keyring` chooses among;
//! on a phone iOS's protected store and Android's Keystore, each named here, because `keyring` knows neither.

use client::{Vault, VaultError};
#[cfg(desktop)]
use keyring::{Entry, Error};
#[cfg(mobile)]
use keyring_core::{Entry, Error};

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
        name_store().map_err(|error| failed(&error))?;
        Self.get("probe").map(|_| Self)
    }
}

/// On a desktop the library looks for itself.
#[cfg(desktop)]
fn name_store() -> Result<(), Error> {
    Ok(())
}

/// Items stay on this phone: they are of its session, and another phone signs in by itself.
#[cfg(target_os = "ios")]
fn name_store() -> Result<(), Error> {
    keyring_core::set_default_store(apple_native_keyring_store::protected::Store::new()?);
    Ok(())
}

/// The window's library has told the Android context by the time this runs.
#[cfg(target_os = "android")]
fn name_store() -> Result<(), Error> {
    keyring_core::set_default_store(android_native_keyring_store::Store::new()?);
    Ok(())
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
