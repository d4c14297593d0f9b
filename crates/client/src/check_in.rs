//! The code at the counter: a key of this device's own, and what it signs (Z08).
//!
//! **Invariant:** the key never leaves the vault but to sign; the server has its public half only. **Invariant:** to show
//! a code takes no network.
//!
//! Design. The key is made when the first session of a customer begins and told to the server in the name of that
//! session ([`Account::enrol`]); the session's end is the key's end, whoever ended it: both change under one lock, and a
//! key is made only for the session that asks while it lasts. A vault may ask its owner for a password each time: one that
//! gives no key is asked again in the same run only for a code to show. A code is a `datebook://check-in` link, so that a
//! phone that reads it by accident opens this app and not nothing. A server that does not know of keys yet answers that
//! there is nothing at that address: then there are no codes, and everything else goes on.

mod key;

use std::sync::Arc;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::{
    BookingId, PlaceId, Refusal, Timestamp,
    booking::Reference,
    check_in::token::{SECONDS, Token},
};
use jiff::SignedDuration;
use portal::{Screen, View};
use protocol::CheckInKey;
use rand::Rng as _;
use serde::{Deserialize, Serialize};
use tokio::sync::MutexGuard;
use url::Url;
use uuid::Uuid;

use self::key::{Key, short};
use crate::{
    Reply, Trouble,
    account::{Account, Session},
};

/// What stands before the name of a place in the link of its door. No code begins like this.
const DOOR: &str = "at_";

/// A code to show at the counter, or why there is none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum CheckInCode {
    /// Show it.
    Code {
        /// What the picture says: a link.
        link: String,
        /// For typing, when the picture cannot be read.
        reference: Reference,
        /// When the next one is due: well before this one ends.
        renew: Timestamp,
    },
    /// Not now.
    Refused {
        /// Why not.
        refusal: Refusal,
    },
}

/// The place whose door a link names; nothing when the token is something else.
pub fn door(token: &str) -> Option<PlaceId> {
    token.strip_prefix(DOOR)?.parse().ok()
}

/// The name of a business's key in the vault.
pub(crate) fn secret(business: Uuid) -> String {
    format!("check-in-{business}")
}

/// The link that a code travels in.
fn link(server: &str, token: &str) -> String {
    let mut url = Url::parse("datebook://check-in").expect("a link");
    url.query_pairs_mut().append_pair("server", server).append_pair("token", token);
    url.into()
}

impl Account {
    /// Tells the server this device's key, once for each session. Made when there is none yet. May wait for the vault's
    /// owner: nothing that others wait for is to be held meanwhile.
    pub(crate) async fn enrol(&self) {
        // Somebody is at it, and may be waiting for the vault's owner.
        let Ok(_enrolling) = self.enrolling.try_lock() else { return };
        let Session::Open(token) = self.session().await else { return };
        let asked = Some(&token);
        if self.enrolled.lock().await.as_ref() == asked || self.keyless.lock().await.as_ref() == asked {
            return;
        }
        let public = match self.signing_key(&token).await {
            Ok(key) => URL_SAFE_NO_PAD.encode(key.public()),
            Err(trouble) => {
                tracing::warn!(%trouble, business = %self.id, "there is no key to check in with");
                *self.keyless.lock().await = Some(token);
                return;
            }
        };
        match self.wire.enrol(&token, &CheckInKey { key: public }).await {
            Ok(()) => *self.enrolled.lock().await = Some(token),
            // Tried again with the next round; a server from before keys says so every time.
            Err(error) => tracing::debug!(%error, business = %self.id, "the server has not taken the key"),
        }
    }

    /// A code for a booking, signed now.
    pub(crate) async fn check_in_code(&self, id: BookingId) -> Result<CheckInCode, Trouble> {
        let Session::Open(session) = self.unlocked().await? else { return Err(Trouble::NotSignedIn) };
        let view = match self.view(&View::Booking { booking: id }).await? {
            Reply::Screen { screen: Screen::Booking(view) } => view,
            Reply::Refused { refusal } => return Ok(CheckInCode::Refused { refusal }),
            Reply::Screen { .. } => return Err(Trouble::Storage { detail: "another screen".to_owned() }),
        };
        // Where customers may not check in by themselves, the counter still takes their code.
        match view.actions.check_in.refusal {
            None | Some(Refusal::SwitchedOff { .. }) => {}
            Some(refusal) => return Ok(CheckInCode::Refused { refusal }),
        }
        let now = self.surroundings.clock.now();
        let key = self.signing_key(&session).await?;
        if self.keyless.lock().await.take().is_some() {
            // Now there is something to tell the server.
            self.ring(true);
        }
        let token = Token {
            business: short(self.wire.address().as_bytes()),
            booking: id,
            key: short(&key.public()),
            issued: now,
            seconds: SECONDS,
            nonce: rand::rng().random(),
            place: view.place.clone(),
        };
        let link = link(self.wire.address(), &URL_SAFE_NO_PAD.encode(key.sign(&token)));
        let renew = now + SignedDuration::from_secs(i64::from(SECONDS) / 2);
        Ok(CheckInCode::Code { link, reference: view.reference, renew })
    }

    /// Held by whoever ends a session or begins one, until it is done: nobody reads or makes a key in between.
    pub(crate) async fn keys(&self) -> MutexGuard<'_, ()> {
        self.keymaking.lock().await
    }

    /// Forgets the key: whoever signs in next gets another.
    pub(crate) async fn forget_key(&self, _keys: &MutexGuard<'_, ()>) -> Result<(), Trouble> {
        *self.enrolled.lock().await = None;
        self.use_key(|vault, name| vault.delete(name)).await
    }

    /// The key of a session, made when there is none yet.
    async fn signing_key(&self, session: &Arc<str>) -> Result<Key, Trouble> {
        // One at a time: two that find no key would make two, and the server would know the one that is gone.
        let _keys = self.keys().await;
        // Another customer may have signed in since somebody asked.
        if self.session().await != Session::Open(Arc::clone(session)) {
            return Err(Trouble::NotSignedIn);
        }
        let kept = self.use_key(|vault, name| vault.get(name)).await?;
        if let Some(key) = kept.as_deref().and_then(Key::read) {
            return Ok(key);
        }
        let (key, secret) = Key::make().ok_or_else(|| Trouble::Storage { detail: "no randomness".to_owned() })?;
        self.use_key(move |vault, name| vault.set(name, &secret)).await?;
        Ok(key)
    }

    /// Uses the vault on a thread that may block.
    async fn use_key<T: Send + 'static>(
        &self,
        how: impl FnOnce(&dyn crate::Vault, &str) -> Result<T, crate::VaultError> + Send + 'static,
    ) -> Result<T, Trouble> {
        let (vault, name) = (Arc::clone(&self.surroundings.vault), secret(self.id));
        let answer = tokio::task::spawn_blocking(move || how(&*vault, &name)).await;
        let failed = |detail: String| Trouble::Storage { detail };
        answer.map_err(|stopped| failed(stopped.to_string()))?.map_err(|error| failed(error.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Link, open_link};

    #[test]
    fn a_code_is_a_link_of_this_app() {
        let link = link("https://salon.example", "AQ_-x");
        let read = Link::CheckIn { server: "https://salon.example".to_owned(), token: "AQ_-x".to_owned() };
        assert_eq!(open_link(&link), read, "a phone that reads it by accident opens the app");
        assert_eq!(door("AQ_-x"), None, "and the app does not take it for a door");
    }

    #[test]
    fn a_door_names_a_place() {
        assert_eq!(door("at_mitte"), "mitte".parse().ok(), "as the server prints it");
        for other in ["at_", "mitte", "at_Mitte!", "at_../x"] {
            assert_eq!(door(other), None, "{other:?} is no door");
        }
    }
}
