//! What is kept in a room of so many bytes, by realm and key: a cache of two generations.
//!
//! What is put in or asked for is young. When the young ones have taken half of the room they are the old ones, and those
//! that were old and that nobody has asked for since are gone. So what is in use stays, and nothing is sorted.

use std::{borrow::Borrow, hash::Hash};

use foldhash::{HashMap, HashMapExt as _};

/// What is kept.
pub(super) struct Kept<K, V> {
    young: Generation<K, V>,
    old: Generation<K, V>,
    /// Half of the room, in bytes.
    half: usize,
}

struct Generation<K, V> {
    kept: HashMap<i64, HashMap<K, Entry<V>>>,
    bytes: usize,
}

/// A value and the bytes it takes.
struct Entry<V> {
    value: V,
    bytes: usize,
}

impl<K: Eq + Hash, V> Kept<K, V> {
    /// Nothing yet, in a room of so many bytes.
    pub(super) fn new(room: usize) -> Self {
        Self { young: Generation::new(), old: Generation::new(), half: room / 2 }
    }

    /// What is kept under a key; whoever changes it must not change what it takes.
    pub(super) fn get<Q>(&mut self, realm: i64, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        // Only what is looked for among the old ones is taken out of them.
        if let Some((key, value)) = self.old.remove(realm, key) {
            self.put_young(realm, key, value);
        }
        self.young.get(realm, key)
    }

    /// Keeps a value that takes so many bytes, in the place of what was there. What takes more than half of
    /// the room is not kept.
    pub(super) fn put(&mut self, realm: i64, key: K, value: V, bytes: usize) {
        self.remove(realm, &key);
        if bytes <= self.half {
            self.put_young(realm, key, Entry { value, bytes });
        }
    }

    /// Takes out what is kept under a key.
    pub(super) fn remove<Q>(&mut self, realm: i64, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        let found = self.young.remove(realm, key).or_else(|| self.old.remove(realm, key))?;
        Some(found.1.value)
    }

    /// Nothing of a realm is kept any more.
    pub(super) fn forget(&mut self, realm: i64) {
        self.young.forget(realm);
        self.old.forget(realm);
    }

    fn put_young(&mut self, realm: i64, key: K, value: Entry<V>) {
        if self.young.bytes + value.bytes > self.half {
            self.old = std::mem::replace(&mut self.young, Generation::new());
        }
        self.young.bytes += value.bytes;
        self.young.kept.entry(realm).or_default().insert(key, value);
    }
}

impl<K: Eq + Hash, V> Generation<K, V> {
    fn new() -> Self {
        Self { kept: HashMap::new(), bytes: 0 }
    }

    fn get<Q>(&mut self, realm: i64, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        Some(&mut self.kept.get_mut(&realm)?.get_mut(key)?.value)
    }

    fn remove<Q>(&mut self, realm: i64, key: &Q) -> Option<(K, Entry<V>)>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        let kept = self.kept.get_mut(&realm)?;
        let (key, value) = kept.remove_entry(key)?;
        self.bytes -= value.bytes;
        if kept.is_empty() {
            self.kept.remove(&realm);
        }
        Some((key, value))
    }

    fn forget(&mut self, realm: i64) {
        let gone = self.kept.remove(&realm).unwrap_or_default();
        self.bytes -= gone.values().map(|value| value.bytes).sum::<usize>();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The keys that are kept, in order.
    fn held(kept: &Kept<u32, u32>) -> Vec<u32> {
        let both = [&kept.young, &kept.old].map(|generation| generation.kept.values().flat_map(HashMap::keys));
        let mut keys: Vec<u32> = both.into_iter().flatten().copied().collect();
        keys.sort_unstable();
        keys
    }

    #[test]
    fn what_is_asked_for_stays_and_what_is_not_goes() {
        let mut kept = Kept::new(100);
        for key in 0..50 {
            kept.put(1, key, key, 10);
            assert!(held(&kept).len() <= 10, "the room has an end");
            assert_eq!(kept.get(1, &0), Some(&mut 0), "whoever is asked for stays");
        }
        let held = held(&kept);
        assert!(held.len() > 5, "half of the room is in use at least: {held:?}");
        assert!(held.ends_with(&[48, 49]), "the last ones: {held:?}");
    }

    #[test]
    fn what_changes_takes_its_room_once() {
        let mut kept = Kept::new(100);
        kept.put(1, 0, 0, 10);
        for value in 0..1_000 {
            kept.put(1, 1, value, 40);
        }
        assert_eq!((held(&kept), kept.young.bytes + kept.old.bytes), (vec![0, 1], 50));
        kept.put(1, 1, 7, 51);
        assert_eq!(held(&kept), [0], "what takes more than half of the room is not kept, nor what was there before");
    }

    #[test]
    fn realms_are_apart() {
        let mut kept = Kept::new(100);
        for realm in [1, 2] {
            kept.put(realm, 0, 0, 40);
            kept.put(realm, 1, 1, 5);
        }
        kept.forget(1);
        assert_eq!((kept.get(1, &0).copied(), kept.get(1, &1).copied()), (None, None));
        assert_eq!((kept.remove(2, &0), kept.get(2, &1)), (Some(0), Some(&mut 1)));
        assert_eq!(kept.young.bytes + kept.old.bytes, 5);
    }
}
