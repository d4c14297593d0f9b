//! What was written into the customer's own calendar, on disk.
//!
//! It lies in the app's realm and not in the businesses': a business that is removed from the device leaves no events
//! behind.

use std::collections::BTreeMap;

use domain::BookingId;
use serde::{Deserialize, Serialize};
use store::{Batch, Key, List, Read, Space, Store, Write, sqlite::SqliteStore};

use super::plan::Written;
use crate::{
    Trouble,
    desk::{decode, json},
};

/// What the customer chose.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Choice {
    pub(super) on: bool,
    pub(super) name: Option<String>,
}

/// The log on disk.
#[derive(Clone)]
pub(super) struct Log {
    store: SqliteStore,
}

impl Log {
    pub(super) fn new(store: SqliteStore) -> Self {
        Self { store }
    }

    pub(super) async fn choice(&self) -> Result<Choice, Trouble> {
        match self.store.snapshot().await?.get(&key("choice", "choice")).await? {
            Some(document) => Ok(decode(&document)?),
            None => Ok(Choice::default()),
        }
    }

    pub(super) async fn choose(&self, choice: &Choice) -> Result<(), Trouble> {
        self.write(key("choice", "choice"), Some(json(choice))).await
    }

    pub(super) async fn written(&self) -> Result<BTreeMap<BookingId, Written>, Trouble> {
        let documents = self.store.snapshot().await?.list(&List::all(space(), "written")).await?;
        let mut log = BTreeMap::new();
        for document in documents {
            let Ok(booking) = document.key.id.parse() else { continue };
            match decode(&document) {
                Ok(written) => drop(log.insert(booking, written)),
                // Its event is told by its name all the same; only a hand that moved it is not told any more.
                Err(trouble) => tracing::warn!(%booking, %trouble, "a note about an event cannot be read"),
            }
        }
        Ok(log)
    }

    pub(super) async fn note(&self, booking: BookingId, written: Option<&Written>) -> Result<(), Trouble> {
        self.write(key("written", &booking.to_string()), written.map(json)).await
    }

    async fn write(&self, key: Key, body: Option<String>) -> Result<(), Trouble> {
        let write = Write { sort: String::new(), body: body.map(Into::into), keys: Vec::new(), key };
        self.store.commit(Batch { writes: vec![write], ..Batch::default() }).await?;
        Ok(())
    }
}

fn key(kind: &str, id: &str) -> Key {
    Key { space: space(), kind: kind.to_owned(), id: id.to_owned() }
}

fn space() -> Space {
    "own-calendar".parse().expect("a name of a space")
}
