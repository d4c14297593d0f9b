//! Signing in and out on the device.
//!
//! **Invariant:** commands of one customer are never sent in the name of another. **Invariant:** the end of a session
//! takes nothing from the device but the token and the key that was made for it.

use std::sync::Arc;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::DeviceId;
use protocol::{Code, LinkRequest, LinkSent, NewPassword, PasswordRequest, Proof, SignedIn, TokenRequest};
use rand::Rng;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{Account, Session, Token, forget_strangers, keep_secret};
use crate::{Connection, Trouble, desk::Attempt, wire::WireError};

impl Account {
    /// Asks for a mail with a link and digits.
    pub(crate) async fn request_link(&self, email: &str) -> Result<LinkSent, Trouble> {
        let email = address(email)?;
        let verifier = verifier();
        let challenge = challenge(&verifier);
        let sent = self.wire.request_link(&LinkRequest { email, challenge, app: true }).await?;
        let attempt = Attempt { id: sent.attempt, verifier, expires: sent.expires };
        let now = self.surroundings.clock.now();
        let mut desk = self.desk().await;
        self.change(&mut desk, |desk| {
            desk.attempt(attempt, now);
            Ok(())
        })
        .await?;
        self.show(&desk).await?;
        Ok(sent)
    }

    /// Finishes the latest attempt with the six digits of its mail.
    pub(crate) async fn sign_in_with_digits(&self, digits: &str) -> Result<(), Trouble> {
        let digits: String = digits.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
        if digits.len() != 6 || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(Trouble::WrongCredentials);
        }
        let attempt = self.desk().await.account.attempts.last().cloned();
        self.prove(attempt, Proof::Digits(digits)).await
    }

    /// Finishes an attempt with the code of its link.
    pub(crate) async fn sign_in_with_code(&self, id: Uuid, code: &str) -> Result<(), Trouble> {
        let account = self.desk().await.account.clone();
        if account.opened_by == Some(id) && matches!(self.session().await, Session::Open(_) | Session::Locked) {
            // A link that comes twice has done already what it says.
            return Ok(());
        }
        self.prove(account.attempts.into_iter().find(|attempt| attempt.id == id), Proof::Code(code.to_owned())).await
    }

    async fn prove(&self, attempt: Option<Attempt>, proof: Proof) -> Result<(), Trouble> {
        let attempt = attempt.ok_or(Trouble::NoAttempt)?;
        let Attempt { id: attempt, verifier, .. } = attempt;
        let mut request = TokenRequest { attempt, verifier, proof, device: self.device().await, browser: false };
        let mut answer = self.wire.token(&request).await;
        if taken(&answer) {
            request.device = self.another_device().await?;
            answer = self.wire.token(&request).await;
        }
        self.admit(answer?, request.device, Some(attempt)).await
    }

    /// Signs in by password.
    pub(crate) async fn sign_in_with_password(&self, email: &str, password: String) -> Result<(), Trouble> {
        let email = address(email)?;
        if !(1..=200).contains(&password.chars().count()) {
            return Err(Trouble::WrongCredentials);
        }
        let mut request = PasswordRequest { email, password, device: self.device().await, browser: false };
        let mut answer = self.wire.password(&request).await;
        if taken(&answer) {
            request.device = self.another_device().await?;
            answer = self.wire.password(&request).await;
        }
        self.admit(answer?, request.device, None).await
    }

    async fn device(&self) -> DeviceId {
        self.desk().await.account.device
    }

    /// An id for this installation in place of one that is another customer's. What still waits was given under the
    /// old one and must not be sent under the new one.
    async fn another_device(&self) -> Result<DeviceId, Trouble> {
        match self.desk().await.count() {
            0 => Ok(DeviceId::new()),
            waiting => Err(Trouble::StillWaiting { waiting }),
        }
    }

    /// Sets or changes the password of whoever is signed in.
    pub(crate) async fn set_password(&self, current: String, new: String) -> Result<(), Trouble> {
        if !(10..=200).contains(&new.chars().count()) {
            return Err(Trouble::NotAcceptable);
        }
        let Session::Open(token) = self.unlocked().await? else { return Err(Trouble::NotSignedIn) };
        let answer = self.wire.set_password(&token, &NewPassword { current, new }).await;
        if answer.as_ref().is_err_and(|error| error.code() == Some(Code::NotSignedIn)) {
            self.end_session(&token).await;
        }
        Ok(answer?)
    }

    /// Ends the session on the device, and on the server when it can be reached.
    pub(crate) async fn sign_out(&self, lose_waiting: bool) -> Result<(), Trouble> {
        self.unlocked_if_possible().await;
        let mut desk = self.desk().await;
        let waiting = desk.count();
        if waiting > 0 && !lose_waiting {
            return Err(Trouble::StillWaiting { waiting });
        }
        let keys = self.keys().await;
        // First what may fail: a vault that stays shut leaves everything as it was.
        self.forget_key(&keys).await?;
        keep_secret(&self.surroundings.vault, self.id, |vault, name| vault.delete(name)).await?;
        self.change(&mut desk, |desk| {
            desk.vacate();
            Ok(())
        })
        .await?;
        // A sync that is under way waits for the desk, finds its session gone and takes nothing over any more.
        let token = self.token.send_replace(Token::None);
        drop(keys);
        forget_strangers(&self.store, &desk).await?;
        self.thaw(&desk).await?;
        self.say_goodbye(token.known());
        self.connected(Connection::Connecting);
        self.ring(true);
        Ok(())
    }

    /// Tells the server that a session is over. Nobody waits for it: without a network the session ends by its age.
    pub(crate) fn say_goodbye(&self, token: Option<&Arc<str>>) {
        if let Some(token) = token {
            let (wire, token) = (self.wire.clone(), Arc::clone(token));
            tokio::spawn(async move { wire.sign_out(&token).await });
        }
    }

    /// The server says that the session has ended. What waits stays and is sent after the next sign-in.
    pub(crate) async fn end_session(&self, token: &Arc<str>) {
        let keys = self.keys().await;
        let ended = self.token.send_if_modified(|now| {
            let same = now.known() == Some(token);
            if same {
                *now = Token::None;
            }
            same
        });
        if ended {
            let deleted = keep_secret(&self.surroundings.vault, self.id, |vault, name| vault.delete(name)).await;
            if let Err(trouble) = deleted {
                tracing::warn!(%trouble, business = %self.id, "the token of an ended session stays in the vault");
            }
            if let Err(trouble) = self.forget_key(&keys).await {
                tracing::warn!(%trouble, business = %self.id, "the key of an ended session stays in the vault");
            }
            self.connected(Connection::SessionEnded);
        }
    }

    /// Takes over a session that the server has opened for a device, by a mail if there was an attempt.
    async fn admit(&self, signed: SignedIn, device: DeviceId, attempt: Option<Uuid>) -> Result<(), Trouble> {
        let token: Arc<str> = signed.token.ok_or(Trouble::Server)?.into();
        let _syncing = self.syncing.lock().await;
        let mut desk = self.desk().await;
        let same = desk.account.customer == Some(signed.customer);
        let other = !same && desk.account.customer.is_some();
        if (other || desk.account.device != device) && desk.count() > 0 {
            self.say_goodbye(Some(&token));
            return Err(Trouble::StillWaiting { waiting: desk.count() });
        }
        let keys = self.keys().await;
        let unread = matches!(*self.token.borrow(), Token::Unread);
        if other {
            // Should the program end here, nobody may find one customer's desk with another one's token.
            self.forget_key(&keys).await?;
            keep_secret(&self.surroundings.vault, self.id, |vault, name| vault.delete(name)).await?;
        } else if (unread || desk.account.customer.is_none())
            && let Err(trouble) = self.forget_key(&keys).await
        {
            // A vault that was away when somebody signed out may have kept theirs. It may never open again, and this
            // device needs a key to show codes.
            tracing::warn!(%trouble, business = %self.id, "the former key stays in the vault");
        }
        let before = desk.clone();
        self.change(&mut desk, |desk| {
            if other {
                desk.vacate();
            }
            let account = &mut desk.account;
            account.device = device;
            account.ready &= same;
            account.customer = Some(signed.customer);
            account.attempts.clear();
            account.opened_by = attempt;
            desk.meet(signed.last);
            Ok(())
        })
        .await?;
        let secret = token.to_string();
        let kept = keep_secret(&self.surroundings.vault, self.id, move |vault, name| vault.set(name, &secret)).await;
        if kept.is_err() {
            // A session that would end with the program is none. The one before goes on only for its own customer.
            self.say_goodbye(Some(&token));
            if !same {
                self.token.send_replace(Token::None);
            }
            self.change(&mut desk, |desk| {
                if same {
                    *desk = before;
                } else {
                    desk.vacate();
                }
                Ok(())
            })
            .await?;
        }
        forget_strangers(&self.store, &desk).await?;
        self.thaw(&desk).await?;
        if kept.is_ok() {
            self.token.send_replace(Token::Known(token));
        }
        drop(keys);
        self.connected(match desk.account.customer {
            Some(_) => self.token.borrow().connection(),
            None => Connection::Connecting,
        });
        self.ring(true);
        kept
    }
}

/// Whether the server knows this installation as another customer's. Then nothing was used up.
fn taken(answer: &Result<SignedIn, WireError>) -> bool {
    answer.as_ref().is_err_and(|error| error.code() == Some(Code::DeviceTaken))
}

/// An email address as typed, without what surrounds it. Whether it exists only a mail can tell.
fn address(email: &str) -> Result<String, Trouble> {
    let email = email.trim();
    let parts = email.split_once('@').is_some_and(|(name, host)| !name.is_empty() && !host.is_empty());
    let fine = parts && email.len() <= 254 && !email.chars().any(|c| c.is_whitespace() || c.is_control());
    if fine { Ok(email.to_owned()) } else { Err(Trouble::NotAcceptable) }
}

/// A new secret: 32 random bytes as 43 characters (RFC 7636, section 4.1).
fn verifier() -> String {
    URL_SAFE_NO_PAD.encode(rand::rng().random::<[u8; 32]>())
}

/// What may be known of a verifier before it is used (RFC 7636, section 4.2).
fn challenge(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_challenge_is_that_of_the_standard() {
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        let expected = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
        assert_eq!(challenge(verifier), expected, "RFC 7636, appendix B");
    }

    #[test]
    fn verifiers_are_long_enough_and_never_the_same() {
        let (a, b) = (verifier(), verifier());
        assert_eq!(a.len(), 43, "32 bytes in base64url");
        assert_ne!(a, b, "a verifier that repeats could be guessed");
    }

    #[test]
    fn an_address_is_taken_as_typed() {
        assert_eq!(address("  Ada@Example.org "), Ok("Ada@Example.org".to_owned()));
        for bad in ["", "ada", "@example.org", "ada@", "a b@example.org", &"a".repeat(300)] {
            assert_eq!(address(bad), Err(Trouble::NotAcceptable), "{bad:?} is no address");
        }
    }
}
