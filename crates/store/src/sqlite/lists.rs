//! Lists that are known at one moment: see [`known`](super::known).
//!
//! Whoever looks at a page again, or at the next one and back, asks for the same list. It is the same until its space is
//! written to, whatever becomes of all others.

use std::sync::Arc;

use super::{documents, kept::Kept};
use crate::{Document, List, Space};

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
    found: Arc<[Document]>,
    bytes: usize,
}

impl Default for Lists {
    fn default() -> Self {
        Self(Kept::new(ROOM))
    }
}

impl Lists {
    /// What is in a list of one space.
    pub(super) fn get(&mut self, realm: i64, space: &Space, list: &List) -> Option<Arc<[Document]>> {
        let lists = self.0.get(realm, space)?;
        lists.iter().find(|known| known.list == *list).map(|known| Arc::clone(&known.found))
    }

    pub(super) fn keep(&mut self, realm: i64, space: &Space, list: &List, found: &[Document]) {
        let bytes = EACH + found.iter().map(documents::bytes).sum::<usize>();
        if bytes > LARGEST {
            return;
        }
        let mut lists = self.0.remove(realm, space).unwrap_or_default();
        lists.retain(|known| known.list != *list);
        if lists.len() >= MOST {
            lists.remove(0);
        }
        lists.push(Known { list: list.clone(), found: found.into(), bytes });
        let bytes = lists.iter().map(|known| known.bytes).sum();
        self.0.put(realm, space.clone(), lists, bytes);
    }

    /// A space was written to.
    pub(super) fn end(&mut self, realm: i64, space: &Space) {
        self.0.remove(realm, space);
    }
}
