//! What screens see, and when it changes.
//!
//! **Invariant:** a mirror and the overlay that was made from it change in one step.

use std::sync::Arc;

use store::{Store, StoreError, sqlite::SqliteSnapshot};

use super::Account;
use crate::{
    Event, Trouble,
    desk::Desk,
    replay::{Preview, replay},
};

/// What screens see.
#[derive(Clone)]
pub(crate) struct Shown {
    pub(crate) desk: Desk,
    pub(crate) preview: Preview,
    /// The mirror to read while a pull is writing into the store.
    pub(super) frozen: Option<Arc<SqliteSnapshot>>,
}

impl Account {
    /// What screens see now.
    pub(crate) async fn shown(&self) -> Arc<Shown> {
        Arc::clone(&*self.shown.read().await)
    }

    /// What screens see now, and the mirror it was made from.
    pub(crate) async fn look(&self) -> Result<(Arc<Shown>, Arc<SqliteSnapshot>), StoreError> {
        // Under the lock: no pull may begin to write between the two.
        let shown = self.shown.read().await;
        let base = match &shown.frozen {
            Some(frozen) => Arc::clone(frozen),
            None => Arc::new(self.store.snapshot().await?),
        };
        Ok((Arc::clone(&*shown), base))
    }

    /// From now on screens read the mirror as it is now, until [`thaw`](Self::thaw).
    pub(crate) async fn freeze(&self) -> Result<(), StoreError> {
        let mut shown = self.shown.write().await;
        if shown.frozen.is_none() {
            let frozen = Some(Arc::new(self.store.snapshot().await?));
            *shown = Arc::new(Shown { frozen, ..Shown::clone(&shown) });
        }
        Ok(())
    }

    /// Whether screens read a mirror from before what a pull has written.
    pub(crate) async fn is_frozen(&self) -> bool {
        self.shown.read().await.frozen.is_some()
    }

    /// Screens see the mirror as it is on disk, and what waits over it.
    pub(crate) async fn thaw(&self, desk: &Desk) -> Result<(), Trouble> {
        let preview = replay(&self.store.snapshot().await?, desk).await?;
        *self.shown.write().await = Arc::new(Shown { desk: desk.clone(), preview, frozen: None });
        self.tell(Event::Changed { business: self.id });
        self.tell(Event::Card { business: self.id });
        Ok(())
    }

    /// Screens see that what they show is still so.
    pub(crate) async fn confirm(&self, desk: &Desk) {
        let mut shown = self.shown.write().await;
        *shown = Arc::new(Shown { desk: desk.clone(), ..Shown::clone(&shown) });
        drop(shown);
        self.tell(Event::Card { business: self.id });
    }

    /// Screens see what waits now over the same mirror as before.
    pub(crate) async fn show(&self, desk: &Desk) -> Result<(), Trouble> {
        let (_, base) = self.look().await?;
        let preview = replay(&*base, desk).await?;
        self.present(desk, preview).await;
        Ok(())
    }

    /// Screens see this.
    pub(super) async fn present(&self, desk: &Desk, preview: Preview) {
        let mut shown = self.shown.write().await;
        let frozen = shown.frozen.clone();
        *shown = Arc::new(Shown { desk: desk.clone(), preview, frozen });
        drop(shown);
        self.tell(Event::Changed { business: self.id });
        self.tell(Event::Card { business: self.id });
    }
}
