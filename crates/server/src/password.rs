//! Passwords: argon2id, a few at a time.
//!
//! **Invariant:** an address nobody knows costs the same work as a wrong password.

use std::sync::{Arc, OnceLock};

use argon2::{Argon2, PasswordHash, PasswordHasher as _, PasswordVerifier as _, password_hash::SaltString};
use domain::CustomerId;
use portal::spaces;
use protocol::Code;
use serde::{Deserialize, Serialize};
use store::Key;
use tokio::sync::Semaphore;

use crate::fault::Fault;

/// Each takes 19 MiB while it runs.
const AT_ONCE: usize = 4;
/// How many may wait for their turn.
const WAITING: usize = 64;

/// What is kept of a password, in its customer's identity.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Password {
    /// A PHC string.
    pub(crate) hash: String,
}

/// Where a customer's password is.
pub(crate) fn key(customer: CustomerId) -> Key {
    Key { space: spaces::identity(customer), kind: "password".to_owned(), id: "password".to_owned() }
}

/// Hashes and compares on threads of its own, so that requests go on meanwhile.
pub(crate) struct Hasher {
    running: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
}

impl Hasher {
    pub(crate) fn new() -> Self {
        Self { running: Arc::new(Semaphore::new(AT_ONCE)), waiting: Arc::new(Semaphore::new(AT_ONCE + WAITING)) }
    }

    /// The hash of a new password.
    pub(crate) async fn hash(&self, password: String) -> Result<String, Fault> {
        self.run(move || hash(&password)).await?.ok_or_else(|| Fault::new(Code::ServerError, "hashing failed"))
    }

    /// Whether a password is the one whose hash is given; with no hash, no, after the same work.
    pub(crate) async fn verify(&self, password: String, kept: Option<String>) -> Result<bool, Fault> {
        self.run(move || {
            let known = kept.is_some();
            let kept = kept.unwrap_or_else(|| nobodys().to_owned());
            let right = PasswordHash::new(&kept)
                .is_ok_and(|kept| Argon2::default().verify_password(password.as_bytes(), &kept).is_ok());
            right && known
        })
        .await
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Fault> {
        let _place = Arc::clone(&self.waiting).try_acquire_owned().map_err(|_| Fault::busy())?;
        let turn = Arc::clone(&self.running).acquire_owned().await.map_err(|_| Fault::busy())?;
        tokio::task::spawn_blocking(move || {
            let _turn = turn;
            work()
        })
        .await
        .map_err(|_| Fault::new(Code::ServerError, "hashing failed"))
    }
}

fn hash(password: &str) -> Option<String> {
    let salt = SaltString::encode_b64(&rand::random::<[u8; 16]>()).ok()?;
    Some(Argon2::default().hash_password(password.as_bytes(), &salt).ok()?.to_string())
}

/// The hash of a password that nobody has.
fn nobodys() -> &'static str {
    static HASH: OnceLock<String> = OnceLock::new();
    HASH.get_or_init(|| hash(&crate::secret::token()).unwrap_or_default())
}
