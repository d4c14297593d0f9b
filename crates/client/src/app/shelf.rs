//! Which businesses this device knows, and which of them is shown.

use serde::{Deserialize, Serialize};
use store::{Batch, Key, List, Read, Space, Store, Write, sqlite::SqliteStore};
use uuid::Uuid;

use crate::{
    Trouble,
    desk::{decode, json},
};

/// The realm of a business in the device's file.
pub(super) fn realm(business: Uuid) -> String {
    format!("b-{business}")
}

/// The businesses of this device.
pub(super) struct Shelf {
    store: SqliteStore,
    /// In the order in which they were connected.
    places: Vec<Place>,
    settings: Settings,
}

/// A business's place on the shelf. What it looks like lies in its own realm.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Place {
    pub(super) id: Uuid,
    pub(super) address: String,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Settings {
    current: Option<Uuid>,
}

impl Shelf {
    /// Reads the shelf.
    pub(super) async fn load(store: SqliteStore) -> Result<Self, Trouble> {
        let snapshot = store.snapshot().await?;
        let mut places: Vec<Place> = Vec::new();
        for document in snapshot.list(&List::all(space(), "business")).await? {
            places.push(decode(&document)?);
        }
        let settings = match snapshot.get(&key("settings", "settings")).await? {
            Some(document) => decode(&document)?,
            None => Settings::default(),
        };
        drop(snapshot);
        Ok(Self { store, places, settings })
    }

    pub(super) fn places(&self) -> &[Place] {
        &self.places
    }

    pub(super) fn find(&self, address: &str) -> Option<Uuid> {
        self.places.iter().find(|place| place.address == address).map(|place| place.id)
    }

    /// The business that is shown: the one chosen last, or any when that one is gone.
    pub(super) fn current(&self) -> Option<Uuid> {
        let chosen = self.settings.current.filter(|id| self.places.iter().any(|place| place.id == *id));
        chosen.or_else(|| self.places.first().map(|place| place.id))
    }

    pub(super) async fn select(&mut self, business: Uuid) -> Result<(), Trouble> {
        let settings = Settings { current: Some(business) };
        self.write(vec![page(key("settings", "settings"), Some(json(&settings)))]).await?;
        self.settings = settings;
        Ok(())
    }

    /// Puts a business on the shelf and chooses it. Ids made later sort later, so the order is kept.
    pub(super) async fn add(&mut self, id: Uuid, address: String) -> Result<(), Trouble> {
        let (place, settings) = (Place { id, address }, Settings { current: Some(id) });
        let writes = vec![
            page(key("business", &id.to_string()), Some(json(&place))),
            page(key("settings", "settings"), Some(json(&settings))),
        ];
        self.write(writes).await?;
        self.places.push(place);
        self.settings = settings;
        Ok(())
    }

    pub(super) async fn remove(&mut self, business: Uuid) -> Result<(), Trouble> {
        self.write(vec![page(key("business", &business.to_string()), None)]).await?;
        self.places.retain(|place| place.id != business);
        Ok(())
    }

    async fn write(&self, writes: Vec<Write>) -> Result<(), Trouble> {
        self.store.commit(Batch { writes, ..Batch::default() }).await?;
        Ok(())
    }
}

fn page(key: Key, body: Option<String>) -> Write {
    Write { sort: String::new(), body: body.map(Into::into), keys: Vec::new(), key }
}

fn key(kind: &str, id: &str) -> Key {
    Key { space: space(), kind: kind.to_owned(), id: id.to_owned() }
}

fn space() -> Space {
    "app".parse().expect("a name of a space")
}
