//! Lists that are known at one moment: see [`known`](super::known).
//!
//! Whoever looks at a page again, or has changed something on it, asks for the same list.

use std::sync::Arc;

use super::{documents, kept::Kept};
use crate::{Committed, Document, List, Order, Space, Write};

/// Most bytes of what is kept.
const ROOM: usize = 16 << 20;
/// Most bytes of one list: who reads a whole space does so once.
const LARGEST: usize = 256 << 10;
/// Most lists of one space; there are as many tabs, and a few more.
pub(super) const MOST: usize = 8;
/// What a list takes besides its documents.
const EACH: usize = 300;

/// Lists of single spaces, by realm and space; of each space the one that was asked for last comes last.
pub(super) struct Lists(Kept<Space, Vec<Listed>>);

/// A list and what is in it.
pub(super) struct Listed {
    list: List,
    found: Arc<Vec<Document>>,
    /// What it takes, about.
    bytes: usize,
}

impl Default for Lists {
    fn default() -> Self {
        Self(Kept::new(ROOM))
    }
}

impl Lists {
    /// What is in a list of one space.
    pub(super) fn get(&mut self, realm: i64, space: &Space, list: &List) -> Option<Arc<Vec<Document>>> {
        let lists = self.0.get(realm, space)?;
        let place = lists.iter().position(|listed| listed.list == *list)?;
        lists[place..].rotate_left(1);
        lists.last().map(|listed| Arc::clone(&listed.found))
    }

    pub(super) fn keep(&mut self, realm: i64, space: &Space, listed: Listed) {
        let mut lists = self.0.remove(realm, space).unwrap_or_default();
        lists.retain(|other| other.list != listed.list);
        if lists.len() >= MOST {
            lists.remove(0);
        }
        lists.push(listed);
        self.put(realm, space, lists);
    }

    /// Takes what a commit has written along.
    pub(super) fn follow(&mut self, realm: i64, committed: &Committed, writes: &[Write]) {
        for (space, version) in &committed.spaces {
            let Some(mut lists) = self.0.remove(realm, space) else { continue };
            for write in writes.iter().filter(|write| write.key.space == *space) {
                lists.retain_mut(|listed| listed.follow(*version, write));
            }
            self.put(realm, space, lists);
        }
    }

    /// A space was written to as a whole.
    pub(super) fn end(&mut self, realm: i64, space: &Space) {
        self.0.remove(realm, space);
    }

    fn put(&mut self, realm: i64, space: &Space, lists: Vec<Listed>) {
        if !lists.is_empty() {
            let bytes = lists.iter().map(|listed| listed.bytes).sum();
            self.0.put(realm, space.clone(), lists, bytes);
        }
    }
}

impl Listed {
    /// What was found of a list, unless that is too much.
    pub(super) fn of(list: &List, found: &[Document]) -> Option<Self> {
        let bytes = EACH + found.iter().map(documents::bytes).sum::<usize>();
        (bytes <= LARGEST).then(|| Self { list: list.clone(), found: Arc::new(found.to_vec()), bytes })
    }

    /// Takes a write along; says whether what is in the list is still known, and not too much.
    fn follow(&mut self, version: u64, write: &Write) -> bool {
        let Self { list, found, bytes } = self;
        let Write { key, sort, body, .. } = write;
        if list.kind != key.kind {
            return true;
        }
        let was = found.iter().position(|document| document.key.id == key.id);
        let begins = list.from.as_ref().is_none_or(|from| from <= sort);
        let ends = list.below.as_ref().is_some_and(|below| below <= sort);
        let body = body.as_ref().filter(|_| begins && !ends);
        if was.is_none() && body.is_none() {
            return true;
        }
        // Nobody has read what comes after the last one of a list that is full.
        if found.len() >= list.limit {
            return false;
        }
        let found = Arc::make_mut(found);
        if let Some(was) = was {
            *bytes -= documents::bytes(&found.remove(was));
        }
        if let Some(body) = body {
            let place = (sort, &key.id);
            let at = found.partition_point(|other| match list.order {
                Order::Rising => (&other.sort, &other.key.id) < place,
                Order::Falling => (&other.sort, &other.key.id) > place,
            });
            let (key, sort, body) = (key.clone(), sort.clone(), Arc::clone(body));
            let document = Document { key, version, sort, body, provisional: false };
            *bytes += documents::bytes(&document);
            found.insert(at, document);
        }
        *bytes <= LARGEST
    }
}
