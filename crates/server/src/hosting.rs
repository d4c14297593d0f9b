//! Which businesses the server hosts, and at which hosts each answers. Kept in the operator's realm, which no request
//! from outside can name.
//!
//! **Invariant:** the only business answers at every host. **Invariant:** of several, one that names hosts answers at
//! these and nowhere else, and what nobody names is answered by the one that names none; among several such nobody is
//! guessed.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use domain::Timestamp;
use portal::{Failure, documents};
use serde::{Deserialize, Serialize};
use store::{
    AnyStore, Batch, CommitError, Engine, Key, List, Read as _, Space, Store as _, StoreError, Touched, UniqueKey,
    Write,
};
use tokio::sync::broadcast::{self, error::TryRecvError};

use crate::{
    app::{Business, Clock, Hosted},
    fault::Fault,
};

const KIND: &str = "hosting";

/// The operator's realm.
const OPERATOR: &str = "operator";

/// What the realms' names of businesses begin with: it keeps a business from being called like the operator.
const REALMS: &str = "business/";

/// The table of businesses. It is read again when somebody has written it; what other programs write is heard within a
/// second or so.
pub(crate) struct Hosting {
    engine: Engine,
    clock: Arc<dyn Clock>,
    operator: AnyStore,
    known: Mutex<Known>,
}

/// The table as it was read last.
struct Known {
    heard: broadcast::Receiver<Touched>,
    /// How often something was heard.
    changes: u64,
    /// Of which count the table is.
    read: Option<u64>,
    table: Arc<Table>,
}

/// The businesses.
#[derive(Default)]
pub(crate) struct Table {
    businesses: BTreeMap<String, Hosted>,
    /// Business by host.
    hosts: HashMap<String, String>,
    /// Who answers at hosts that nobody names: the only business, or the only one that names none.
    elsewhere: Option<String>,
}

impl Table {
    /// The business that has a realm.
    pub(crate) fn of_realm(&self, realm: &str) -> Option<&Hosted> {
        self.businesses.get(realm.strip_prefix(REALMS)?)
    }
}

/// One line of the table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Entry {
    /// The business's name among the others.
    pub(crate) slug: String,
    /// Where it answers; wherever no other does when there are none.
    pub(crate) hosts: Vec<String>,
}

impl Entry {
    /// What only one business has.
    fn keys(&self) -> Vec<UniqueKey> {
        if self.hosts.is_empty() {
            return vec![UniqueKey::new("business", "without hosts")];
        }
        self.hosts.iter().map(|host| host_key(host)).collect()
    }
}

impl Hosting {
    pub(crate) fn new(engine: Engine, clock: Arc<dyn Clock>) -> Self {
        let operator = engine.realm(OPERATOR);
        let known = Known { heard: operator.watch(), changes: 0, read: None, table: Arc::default() };
        Self { engine, clock, operator, known: Mutex::new(known) }
    }

    /// The business that answers at a host, given in small letters.
    pub(crate) async fn find(&self, host: impl FnOnce() -> String) -> Result<Option<Hosted>, Fault> {
        let table = self.table().await?;
        let named = if table.hosts.is_empty() { None } else { table.hosts.get(&host()) };
        let found = named.or(table.elsewhere.as_ref()).and_then(|slug| table.businesses.get(slug));
        Ok(found.cloned())
    }

    /// All businesses.
    pub(crate) async fn all(&self) -> Result<Vec<Hosted>, Fault> {
        Ok(self.table().await?.businesses.values().cloned().collect())
    }

    /// All businesses by the names of their realms, as of now.
    pub(crate) async fn table(&self) -> Result<Arc<Table>, Fault> {
        let (changes, last) = {
            let mut known = self.known();
            // A closed engine says so when it is asked.
            while !matches!(known.heard.try_recv(), Err(TryRecvError::Empty | TryRecvError::Closed)) {
                known.changes += 1;
            }
            if known.read == Some(known.changes) {
                return Ok(Arc::clone(&known.table));
            }
            (known.changes, Arc::clone(&known.table))
        };
        let read = self.operator.snapshot().await?;
        let documents = read.list(&List::all(space(), KIND)).await?;
        drop(read);
        let mut table = Table::default();
        for document in &documents {
            let entry: Entry = documents::decode(document)?;
            table.hosts.extend(entry.hosts.iter().map(|host| (host.to_lowercase(), entry.slug.clone())));
            let hosted = match last.businesses.get(&entry.slug) {
                // What is remembered of it stays.
                Some(former) => Hosted(Arc::new(Business { hosts: entry.hosts, ..Business::clone(former) })),
                None => self.hosted(entry),
            };
            table.businesses.insert(hosted.slug.clone(), hosted);
        }
        let alone = table.businesses.len() == 1;
        let mut without = table.businesses.values().filter(|hosted| alone || hosted.hosts.is_empty());
        let first = without.next().map(|hosted| hosted.slug.clone());
        table.elsewhere = if without.next().is_none() { first } else { None };
        let table = Arc::new(table);
        let mut known = self.known();
        // Somebody may have read it later than we and be here earlier.
        if known.read.is_none_or(|read| read < changes) {
            (known.read, known.table) = (Some(changes), Arc::clone(&table));
        }
        Ok(table)
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes a line. Says whether anything changed.
    ///
    /// # Errors
    /// [`CommitError::Taken`] when another business answers at one of the hosts, or names none either.
    pub(crate) async fn put(&self, entry: &Entry) -> Result<bool, CommitError> {
        let key = key(&entry.slug);
        let body = serde_json::to_string(entry).map_err(|error| StoreError::Engine(error.to_string()))?;
        let read = self.operator.snapshot().await?;
        if read.get(&key).await?.is_some_and(|document| *document.body == *body) {
            return Ok(false);
        }
        drop(read);
        let write = Write { key, sort: String::new(), body: Some(body.into()), keys: entry.keys() };
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

    /// Another business that names no hosts, when this one names none.
    pub(crate) async fn also_without_hosts(&self, entry: &Entry) -> Result<Option<String>, Failure> {
        if !entry.hosts.is_empty() {
            return Ok(None);
        }
        let read = self.operator.snapshot().await?;
        // All of them: an older program let several be, and put nothing down of which there can be only one.
        for document in read.list(&List::all(space(), KIND)).await? {
            let other: Entry = documents::decode(&document)?;
            if other.slug != entry.slug && other.hosts.is_empty() {
                return Ok(Some(other.slug));
            }
        }
        Ok(None)
    }

    /// The moment it is.
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The store of a business that is in the table or about to be.
    pub(crate) fn hosted(&self, entry: Entry) -> Hosted {
        let store = self.engine.realm(&realm(&entry.slug));
        Hosted(Arc::new(Business {
            slug: entry.slug,
            hosts: entry.hosts,
            store,
            clock: Arc::clone(&self.clock),
            memory: Arc::default(),
            sessions: Arc::default(),
            whereabouts: Arc::default(),
        }))
    }
}

/// The name of a business's realm.
pub(crate) fn realm(slug: &str) -> String {
    format!("{REALMS}{slug}")
}

/// The realm and the document of a business's line of the table.
pub(crate) fn entry(slug: &str) -> (String, Key) {
    (OPERATOR.to_owned(), key(slug))
}

fn key(slug: &str) -> Key {
    Key { space: space(), kind: KIND.to_owned(), id: slug.to_owned() }
}

fn host_key(host: &str) -> UniqueKey {
    UniqueKey::new("host", host.to_lowercase())
}

fn space() -> Space {
    "hosting".parse().expect("a plain word is the name of a space")
}
