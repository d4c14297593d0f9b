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
const MOST: usize = 8;
/// What a list takes besides its documents.
const EACH: usize = 300;

/// Lists of single spaces, by realm and space.
pub(super) struct Lists(Kept<Space, Vec<Known>>);

struct Known {
    list: List,
    found: Arc<Vec<Document>>,
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
        lists.iter().find(|known| known.list == *list).map(|known| Arc::clone(&known.found))
    }

    pub(super) fn keep(&mut self, realm: i64, space: &Space, list: &List, found: &[Document]) {
        if found.iter().map(documents::bytes).sum::<usize>() > LARGEST {
            return;
        }
        let mut lists = self.0.remove(realm, space).unwrap_or_default();
        lists.retain(|known| known.list != *list);
        if lists.len() >= MOST {
            lists.remove(0);
        }
        lists.push(Known { list: list.clone(), found: Arc::new(found.to_vec()) });
        self.put(realm, space.clone(), lists);
    }

    /// Takes what a commit has written along.
    pub(super) fn follow(&mut self, realm: i64, committed: &Committed, writes: &[Write]) {
        for (space, version) in &committed.spaces {
            let Some(mut lists) = self.0.remove(realm, space) else { continue };
            for write in writes.iter().filter(|write| write.key.space == *space) {
                lists.retain_mut(|known| known.follow(*version, write));
            }
            self.put(realm, space.clone(), lists);
        }
    }

    /// A space was written to as a whole.
    pub(super) fn end(&mut self, realm: i64, space: &Space) {
        self.0.remove(realm, space);
    }

    fn put(&mut self, realm: i64, space: Space, lists: Vec<Known>) {
        let bytes = lists.iter().map(|known| EACH + known.found.iter().map(documents::bytes).sum::<usize>()).sum();
        self.0.put(realm, space, lists, bytes);
    }
}

impl Known {
    /// Takes a write along; says whether what is in the list is still known.
    fn follow(&mut self, version: u64, write: &Write) -> bool {
        let Self { list, found } = self;
        let Write { key, sort, body, .. } = write;
        let was = found.iter().position(|document| document.key.id == key.id);
        let within =
            list.from.as_ref().is_none_or(|from| from <= sort) && list.below.as_ref().is_none_or(|below| sort < below);
        let body = body.as_ref().filter(|_| within);
        if list.kind != key.kind || (was.is_none() && body.is_none()) {
            return true;
        }
        // Nobody has read what comes after the last one of a list that is full.
        if found.len() >= list.limit {
            return false;
        }
        let found = Arc::make_mut(found);
        was.map(|was| found.remove(was));
        if let Some(body) = body {
            let place = (sort, &key.id);
            let at = found.partition_point(|other| match list.order {
                Order::Rising => (&other.sort, &other.key.id) < place,
                Order::Falling => (&other.sort, &other.key.id) > place,
            });
            let (key, sort, body) = (key.clone(), sort.clone(), Arc::clone(body));
            found.insert(at, Document { key, version, sort, body, provisional: false });
        }
        true
    }
}
