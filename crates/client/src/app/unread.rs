//! A business whose desk this program cannot read: a newer one has written it, or the file is torn.
//!
//! **Invariant:** it keeps no other business from opening. **Invariant:** it stays on disk as it is, until its owner
//! removes it: the next program may read it.

use std::sync::Arc;

use protocol::Hello;
use store::{Store, sqlite::SqliteStore};

use super::{
    App,
    shelf::{Place, realm},
};
use crate::{
    BusinessCard, Connection, Event, Trouble,
    account::{Account, forget_secrets},
    desk::Desk,
    wire::Wire,
};

/// A business that could not be read at the start.
#[derive(Clone)]
pub(super) struct Unread {
    /// Why.
    pub(super) trouble: Trouble,
    /// What can be said of it all the same.
    pub(super) card: BusinessCard,
    /// Whether nobody knows what waits.
    blind: bool,
    wire: Wire,
}

impl Unread {
    pub(super) async fn new(place: &Place, store: &SqliteStore, wire: Wire, trouble: Trouble) -> Self {
        let seen = match store.snapshot().await {
            Ok(snapshot) => Desk::glimpse(&snapshot).await.ok(),
            Err(_) => None,
        };
        let blind = seen.is_none();
        let (account, waiting) = seen.unwrap_or_default();
        let hello = account.as_ref().map(|account| &account.hello);
        let said = |of: fn(&Hello) -> &String| hello.map(of).cloned().unwrap_or_default();
        let card = BusinessCard {
            id: place.id,
            address: place.address.clone(),
            name: hello.map_or(&place.address, |hello| &hello.name).clone(),
            tagline: said(|hello| &hello.tagline),
            logo: said(|hello| &hello.logo),
            colour: said(|hello| &hello.colour),
            demo_email: None,
            wallets: Vec::new(),
            customer: account.as_ref().and_then(|account| account.customer),
            connection: Connection::Storage,
            as_of: account.as_ref().and_then(|account| account.as_of),
            ready: account.as_ref().is_some_and(|account| account.ready),
            waiting: u32::try_from(waiting).unwrap_or(u32::MAX),
            refused: 0,
        };
        Self { trouble, card, blind, wire }
    }
}

impl App {
    /// Removes such a business from this device, and tells its server that the session is over.
    pub(super) async fn discard(&self, unread: Unread, lose_waiting: bool) -> Result<(), Trouble> {
        let Unread { card: BusinessCard { id: business, waiting, .. }, blind, wire, .. } = unread;
        if (waiting > 0 || blind) && !lose_waiting {
            return Err(Trouble::StillWaiting { waiting: waiting.max(1) });
        }
        if let Some(token) = forget_secrets(&self.inner.surroundings.vault, business).await? {
            let token: Arc<str> = token.into();
            tokio::spawn(async move { wire.sign_out(&token).await });
        }
        let mut shelf = self.inner.shelf.lock().await;
        shelf.remove(business).await?;
        self.inner.unread.write().await.remove(&business);
        Account::erase(&self.inner.engine.realm(&realm(business))).await?;
        // Its events leave the customer's own calendar.
        self.look_at_calendar();
        let _ = self.inner.surroundings.events.send(Event::Card { business });
        Ok(())
    }
}
