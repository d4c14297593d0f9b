//! Which businesses the server hosts, and at which hosts each answers. Kept in the operator's realm, which no request
//! from outside can name.

use std::sync::Arc;

use portal::documents;
use serde::{Deserialize, Serialize};
use store::{
    AnyStore, Batch, CommitError, Engine, Key, List, Read as _, Space, Store as _, StoreError, UniqueKey, Write,
};

use crate::{
    app::{Clock, Hosted},
    fault::Fault,
};

const KIND: &str = "hosting";

/// The table of businesses.
#[derive(Clone)]
pub(crate) struct Hosting {
    engine: Engine,
    clock: Arc<dyn Clock>,
    operator: AnyStore,
}

/// One line of the table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Entry {
    /// The business's name among the others.
    pub(crate) slug: String,
    /// Where it answers.
    pub(crate) hosts: Vec<String>,
}

impl Hosting {
    pub(crate) fn new(engine: Engine, clock: Arc<dyn Clock>) -> Self {
        let operator = engine.realm("operator");
        Self { engine, clock, operator }
    }

    /// The business that answers at a host. With exactly one business, every host is its.
    pub(crate) async fn find(&self, host: &str) -> Result<Option<Hosted>, Fault> {
        let read = self.operator.snapshot().await?;
        let document = match read.find(&host_key(host)).await? {
            Some(key) => read.get(&key).await?,
            None => match read.list(&List { limit: 2, ..List::all(space(), KIND) }).await?.as_slice() {
                [only] => Some(only.clone()),
                _ => None,
            },
        };
        Ok(document.map(|document| documents::decode(&document)).transpose()?.map(|entry: Entry| self.hosted(entry)))
    }

    /// All businesses.
    pub(crate) async fn all(&self) -> Result<Vec<Hosted>, Fault> {
        let read = self.operator.snapshot().await?;
        let documents = read.list(&List::all(space(), KIND)).await?;
        let entries: Result<Vec<Entry>, _> = documents.iter().map(documents::decode).collect();
        Ok(entries?.into_iter().map(|entry| self.hosted(entry)).collect())
    }

    /// Writes a line. Says whether anything changed.
    ///
    /// # Errors
    /// [`CommitError::Taken`] when another business answers at one of the hosts.
    pub(crate) async fn put(&self, entry: &Entry) -> Result<bool, CommitError> {
        let key = Key { space: space(), kind: KIND.to_owned(), id: entry.slug.clone() };
        let body = serde_json::to_string(entry).map_err(|error| StoreError::Engine(error.to_string()))?;
        let read = self.operator.snapshot().await?;
        if read.get(&key).await?.is_some_and(|document| *document.body == *body) {
            return Ok(false);
        }
        drop(read);
        let keys = entry.hosts.iter().map(|host| host_key(host)).collect();
        let write = Write { key, sort: String::new(), body: Some(body.into()), keys };
        self.operator.commit(Batch { writes: vec![write], ..Batch::default() }).await?;
        Ok(true)
    }

    /// The first of the hosts at which another business answers.
    pub(crate) async fn taken(&self, entry: &Entry) -> Result<Option<String>, StoreError> {
        let read = self.operator.snapshot().await?;
        for host in &entry.hosts {
            if read.find(&host_key(host)).await?.is_some_and(|key| key.id != entry.slug) {
                return Ok(Some(host.clone()));
            }
        }
        Ok(None)
    }

    /// The store of a business that is in the table or about to be.
    pub(crate) fn hosted(&self, entry: Entry) -> Hosted {
        let store = self.engine.realm(&realm(&entry.slug));
        Hosted { slug: entry.slug, hosts: entry.hosts, store, clock: Arc::clone(&self.clock) }
    }
}

/// The name of a business's realm.
pub(crate) fn realm(slug: &str) -> String {
    // The prefix keeps a business from being called like the operator.
    format!("business/{slug}")
}

fn host_key(host: &str) -> UniqueKey {
    UniqueKey::new("host", host.to_lowercase())
}

fn space() -> Space {
    "hosting".parse().expect("a plain word is the name of a space")
}
