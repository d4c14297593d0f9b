//! Documents that are known at one moment: see [`known`](super::known).

use super::kept::Kept;
use crate::{Committed, Document, Key, Write};

/// Most bytes of what is kept.
const ROOM: usize = 16 << 20;
/// What a document takes besides its texts.
const EACH: usize = 500;

/// Documents by realm and key. What is not among them may be there or not.
pub(super) struct Documents(Kept<Key, Document>);

impl Default for Documents {
    fn default() -> Self {
        Self(Kept::new(ROOM))
    }
}

impl Documents {
    pub(super) fn get(&mut self, realm: i64, key: &Key) -> Option<&Document> {
        self.0.get(realm, key).map(|document| &*document)
    }

    pub(super) fn keep(&mut self, realm: i64, document: Document) {
        let bytes = bytes(&document);
        self.0.put(realm, document.key.clone(), document, bytes);
    }

    /// Takes what a commit has written along.
    pub(super) fn follow(&mut self, realm: i64, committed: &Committed, writes: Vec<Write>) {
        for Write { key, sort, body, .. } in writes {
            let place = committed.spaces.binary_search_by(|(space, _)| space.cmp(&key.space));
            match (body, place) {
                (Some(body), Ok(place)) => {
                    let version = committed.spaces[place].1;
                    self.keep(realm, Document { key, version, sort, body, provisional: false });
                }
                _ => drop(self.0.remove(realm, &key)),
            }
        }
    }

    /// Nothing of a realm is known any more.
    pub(super) fn forget(&mut self, realm: i64) {
        self.0.forget(realm);
    }
}

/// What a document takes, about.
pub(super) fn bytes(document: &Document) -> usize {
    let Document { key, sort, body, .. } = document;
    // The key is kept twice.
    EACH + 2 * (key.kind.len() + key.id.len()) + sort.len() + body.len()
}
