//! Documents that are known at one moment: see [`known`](super::known).

use foldhash::HashMap;

use crate::{Committed, Document, Key, Write};

/// Most bytes of what is kept; when there are more, all are read again.
const BYTES: usize = 16 << 20;
/// What a document takes besides its texts.
const EACH: usize = 500;

/// Documents by realm and key. What is not among them may be there or not.
#[derive(Default)]
pub(super) struct Documents {
    kept: HashMap<i64, HashMap<Key, Document>>,
    /// What that takes.
    bytes: usize,
}

impl Documents {
    pub(super) fn get(&self, realm: i64, key: &Key) -> Option<&Document> {
        self.kept.get(&realm)?.get(key)
    }

    pub(super) fn keep(&mut self, realm: i64, document: Document) {
        self.remove(realm, &document.key);
        let bytes = bytes(&document);
        if bytes > BYTES {
            return;
        }
        if self.bytes + bytes > BYTES {
            *self = Self::default();
        }
        self.bytes += bytes;
        self.kept.entry(realm).or_default().insert(document.key.clone(), document);
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
                _ => self.remove(realm, &key),
            }
        }
    }

    /// Nothing of a realm is known any more.
    pub(super) fn forget(&mut self, realm: i64) {
        let gone = self.kept.remove(&realm).unwrap_or_default();
        self.bytes -= gone.values().map(bytes).sum::<usize>();
    }

    fn remove(&mut self, realm: i64, key: &Key) {
        if let Some(gone) = self.kept.get_mut(&realm).and_then(|kept| kept.remove(key)) {
            self.bytes -= bytes(&gone);
        }
    }
}

/// What a document takes, about.
fn bytes(document: &Document) -> usize {
    let Document { key, sort, body, .. } = document;
    // The key is kept twice.
    EACH + 2 * (key.kind.len() + key.id.len()) + sort.len() + body.len()
}
