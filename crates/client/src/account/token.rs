//! The token of a customer's session: in the vault, and here once it was read.
//!
//! **Invariant:** a vault that cannot be read ends no session. It may be locked until its owner has typed a password, or
//! not be there yet right after a login; the token is asked for again whenever it is needed. **Invariant:** the app opens
//! without it: whoever has not typed the password sees their appointments all the same.

use std::{sync::Arc, time::Duration};

use uuid::Uuid;

use super::{Account, Session, keep_secret};
use crate::{Connection, Trouble, Vault};

/// How long the start waits for a vault: one that is open answers in a few milliseconds.
const OPEN: Duration = Duration::from_millis(300);

/// What this device knows of a session's token.
pub(super) enum Token {
    /// There is none.
    None,
    /// There may be one; the vault did not say.
    Unread,
    /// It is this.
    Known(Arc<str>),
}

impl Token {
    /// Asks the vault.
    pub(super) async fn read(vault: &Arc<dyn Vault>, business: Uuid) -> Self {
        match keep_secret(vault, business, |vault, name| vault.get(name)).await {
            Ok(found) => found.map_or(Self::None, |token| Self::Known(token.into())),
            Err(trouble) => {
                tracing::warn!(%trouble, %business, "the session's token cannot be read now");
                Self::Unread
            }
        }
    }

    pub(super) fn known(&self) -> Option<&Arc<str>> {
        match self {
            Self::Known(token) => Some(token),
            Self::None | Self::Unread => None,
        }
    }

    /// How things stand with the server of a customer who has this token, before it was asked.
    pub(super) fn connection(&self) -> Connection {
        match self {
            Self::None => Connection::SessionEnded,
            Self::Unread => Connection::Locked,
            Self::Known(_) => Connection::Connecting,
        }
    }
}

impl Account {
    /// Who talks to the server now, after asking the vault once more if it has not said so yet.
    ///
    /// # Errors
    /// [`Trouble::Locked`] as long as the vault does not say.
    pub(crate) async fn unlocked(&self) -> Result<Session, Trouble> {
        if self.session().await == Session::Locked {
            // Of two who ask, one does. Who signs in or out meanwhile does not wait: a vault may ask its owner first.
            let _unlocking = self.unlocking.lock().await;
            if self.session().await != Session::Locked {
                return Ok(self.session().await);
            }
            let token = Token::read(&self.surroundings.vault, self.id).await;
            let _keys = self.keys().await;
            if matches!(*self.token.borrow(), Token::Unread) {
                if matches!(token, Token::Unread) {
                    return Err(Trouble::Locked);
                }
                let connection = token.connection();
                self.token.send_replace(token);
                self.connected(connection);
                self.ring(false);
            }
        }
        Ok(self.session().await)
    }

    /// At the start: asks the vault, if there is something to ask for, and does not wait for one that asks its owner first.
    pub(super) async fn unlocked_soon(self: &Arc<Self>) {
        if self.session().await == Session::Locked {
            let account = Arc::clone(self);
            let asking = tokio::spawn(async move { account.unlocked().await.map(drop) });
            // It goes on by itself; whoever else asks meanwhile waits for its answer.
            let _ = tokio::time::timeout(OPEN, asking).await;
        }
    }

    /// Before a session is ended here: what the vault does not give, its server is not told the end of.
    pub(super) async fn unlocked_if_possible(&self) {
        if let Err(trouble) = self.unlocked().await {
            tracing::debug!(%trouble, business = %self.id, "a session ends by its age, unless its vault opens");
        }
    }
}
