//! The mirror with the waiting commands' effects laid over it.
//!
//! **Invariant:** what is read through the layers is what a store would answer into which the overlay had been written;
//! only versions differ, which mean nothing on a device, and `provisional`, which tells the two apart.

use std::collections::{BTreeMap, BTreeSet};

use store::{Document, Key, List, Order, Read, Space, StoreError, UniqueKey, Write};

/// What waiting commands would change. Cheap to copy: bodies are shared.
#[derive(Debug, Clone, Default)]
pub(crate) struct Overlay {
    /// Documents as they would be; nothing where one would be deleted.
    documents: BTreeMap<Key, Option<Document>>,
    /// Unique keys that documents above hold.
    names: BTreeMap<UniqueKey, Key>,
}

impl Overlay {
    /// Lays writes on top.
    pub(crate) fn put(&mut self, writes: Vec<Write>, provisional: bool) {
        for Write { key, sort, body, keys } in writes {
            self.names.retain(|_, holder| *holder != key);
            self.names.extend(keys.into_iter().map(|name| (name, key.clone())));
            let document = body.map(|body| Document { key: key.clone(), version: 0, sort, body, provisional });
            self.documents.insert(key, document);
        }
    }

    /// Whether nothing waits that would change anything.
    pub(crate) fn is_empty(&self) -> bool {
        self.documents.is_empty()
    }

    /// What lies over a kind in a space.
    fn of<'a>(&'a self, space: &Space, kind: &str) -> impl Iterator<Item = (&'a Key, Option<&'a Document>)> {
        let first = Key { space: space.clone(), kind: kind.to_owned(), id: String::new() };
        let (space, kind) = (first.space.clone(), first.kind.clone());
        self.documents
            .range(first..)
            .take_while(move |(key, _)| key.space == space && key.kind == kind)
            .map(|(key, document)| (key, document.as_ref()))
    }
}

/// A consistent read through the overlay to what lies below.
pub(crate) struct Layered<'a, R> {
    /// What the server said.
    pub(crate) base: &'a R,
    /// What waits.
    pub(crate) overlay: &'a Overlay,
}

// The overlay may lie over any of it: read and parsed each time.
impl<R: Read> portal::Source for Layered<'_, R> {}

impl<R: Read> Read for Layered<'_, R> {
    async fn get(&self, key: &Key) -> Result<Option<Document>, StoreError> {
        match self.overlay.documents.get(key) {
            Some(above) => Ok(above.clone()),
            None => self.base.get(key).await,
        }
    }

    async fn list(&self, list: &List) -> Result<Vec<Document>, StoreError> {
        if self.overlay.is_empty() {
            return self.base.list(list).await;
        }
        let spaces: BTreeSet<&Space> = list.spaces.iter().collect();
        let above: Vec<_> = spaces.into_iter().flat_map(|space| self.overlay.of(space, &list.kind)).collect();
        if above.is_empty() {
            return self.base.list(list).await;
        }
        // Each document above may hide one below that would have been within the limit.
        let below = List { limit: list.limit.saturating_add(above.len()), ..list.clone() };
        let mut documents = self.base.list(&below).await?;
        let hidden: BTreeSet<&Key> = above.iter().map(|(key, _)| *key).collect();
        documents.retain(|document| !hidden.contains(&document.key));
        let within = |document: &&Document| {
            list.from.as_ref().is_none_or(|from| document.sort >= *from)
                && list.below.as_ref().is_none_or(|below| document.sort < *below)
        };
        documents.extend(above.iter().filter_map(|(_, document)| *document).filter(within).cloned());
        // What came from below is in order already, which this sort is quick at.
        documents.sort_by(|a, b| {
            let rising = (&a.sort, &a.key.space, &a.key.id).cmp(&(&b.sort, &b.key.space, &b.key.id));
            if list.order == Order::Rising { rising } else { rising.reverse() }
        });
        documents.truncate(list.limit);
        Ok(documents)
    }

    async fn find(&self, name: &UniqueKey) -> Result<Option<Key>, StoreError> {
        if let Some(holder) = self.overlay.names.get(name) {
            return Ok(Some(holder.clone()));
        }
        // A document that lies above holds its new names only.
        Ok(self.base.find(name).await?.filter(|holder| !self.overlay.documents.contains_key(holder)))
    }

    async fn versions(&self, spaces: &[Space]) -> Result<Vec<u64>, StoreError> {
        self.base.versions(spaces).await
    }

    async fn spaces(&self, prefix: &str) -> Result<Vec<Space>, StoreError> {
        let mut spaces: BTreeSet<Space> = self.base.spaces(prefix).await?.into_iter().collect();
        let above = self.overlay.documents.keys().map(|key| &key.space);
        spaces.extend(above.filter(|space| space.as_str().starts_with(prefix)).cloned());
        Ok(spaces.into_iter().collect())
    }
}

#[cfg(test)]
mod tests;
