//! What changed last in spaces that everybody may read.
//!
//! A booking changes a calendar day, and every device comes to pull it. So it is read once, by the first that comes, and
//! given to the others; what this program has written itself is not read at all. Devices that were away for longer read for
//! themselves.

use std::collections::{HashMap, VecDeque};

use store::{Changed, Page, Pull, Space, StoreError};

use super::{Memory, lock};

/// Most changes of one space that are kept, the last ones.
const MOST: usize = 128;
/// Most bytes that all of them take; with more, all are forgotten.
const BYTES: usize = 8 << 20;
/// What a change takes besides its texts, about.
const OVERHEAD: usize = 128;

/// All that is kept, by space.
#[derive(Default)]
pub(super) struct Recent {
    tails: HashMap<Space, Tail>,
    bytes: usize,
}

/// The changes of a space after one version and up to another.
struct Tail {
    after: u64,
    version: u64,
    /// In the order of pulls; of each document the last one only.
    changes: VecDeque<Changed>,
}

impl Memory {
    /// What changed in a space that everybody may read after a version and up to the one that it has now, in version
    /// order; nothing when that is not known without a read.
    pub fn known_changes(&self, space: &Space, after: u64, version: u64) -> Option<Vec<Changed>> {
        lock(&self.recent).tails.get(space)?.since(after, version)
    }

    /// As [`Pull::pull`], of a space that everybody may read and that has `version` at the moment that is read.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn changes<R: Pull>(
        &self,
        read: &R,
        space: &Space,
        (after, version): (u64, u64),
        limit: usize,
    ) -> Result<Page, StoreError> {
        let kept = lock(&self.recent).tails.get(space).map(|tail| tail.version);
        if let Some(kept) = kept.filter(|kept| *kept < version) {
            let page = read.pull(space, kept, MOST).await?;
            lock(&self.recent).take(space, kept, page);
        }
        if let Some(changes) = self.known_changes(space, after, version) {
            return Ok(Page { version, changes, more: false });
        }
        let page = read.pull(space, after, limit).await?;
        lock(&self.recent).begin(space, after, version, &page);
        Ok(page)
    }
}

impl Recent {
    /// Keeps what somebody has read, if it is not too much and goes back further than what is kept, or up to later. Of
    /// those that begin with nothing, and of those that were away for too long, nothing is kept but the version they have
    /// now.
    fn begin(&mut self, space: &Space, after: u64, version: u64, page: &Page) {
        let whole = after > 0 && !page.more && page.changes.len() <= MOST;
        let (after, changes) =
            if whole { (after, page.changes.iter().cloned().collect()) } else { (version, VecDeque::new()) };
        let better = |kept: &Tail| kept.version < version || (kept.version == version && after < kept.after);
        if self.tails.get(space).is_none_or(better) {
            self.put(space, Tail { after, version, changes });
        }
    }

    /// Takes over what changed after a version that was kept.
    pub(super) fn take(&mut self, space: &Space, after: u64, page: Page) {
        let Some(tail) = self.tails.get_mut(space) else { return };
        // Others may have read the same, or more, meanwhile.
        if page.version <= tail.version || tail.version < after {
            return;
        }
        if page.more {
            let version = page.version;
            self.put(space, Tail { after: version, version, changes: VecDeque::new() });
            return;
        }
        let before = tail.bytes();
        tail.append(page);
        let bytes = tail.bytes();
        self.count(before, bytes);
    }

    fn put(&mut self, space: &Space, tail: Tail) {
        let bytes = tail.bytes();
        let before = self.tails.insert(space.clone(), tail);
        self.count(before.map_or(0, |before| before.bytes()), bytes);
    }

    /// Something takes another number of bytes than before.
    fn count(&mut self, before: usize, now: usize) {
        self.bytes = self.bytes.saturating_sub(before) + now;
        if self.bytes > BYTES {
            *self = Self::default();
        }
    }
}

impl Tail {
    /// What changed after a version, if this ends with the other one and goes back far enough. Whoever begins with
    /// nothing is told of nothing that was deleted: that is another list.
    fn since(&self, after: u64, version: u64) -> Option<Vec<Changed>> {
        let whole = after > 0 && self.after <= after && self.version == version;
        whole.then(|| {
            let first = self.changes.partition_point(|change| change.version <= after);
            self.changes.range(first..).cloned().collect()
        })
    }

    /// Takes over a page that goes on from here, or from before.
    fn append(&mut self, page: Page) {
        for change in page.changes.into_iter().filter(|change| change.version > self.version) {
            self.changes.retain(|old| (&old.kind, &old.id) != (&change.kind, &change.id));
            self.changes.push_back(change);
        }
        self.version = page.version;
        while self.changes.len() > MOST {
            // A version is never cut in two.
            let Some(oldest) = self.changes.front().map(|change| change.version) else { break };
            self.changes.retain(|change| change.version > oldest);
            self.after = oldest;
        }
    }

    /// About how much memory it takes.
    fn bytes(&self) -> usize {
        let of = |change: &Changed| {
            let body = change.body.as_ref().map_or(0, |body| body.len());
            OVERHEAD + change.kind.len() + change.id.len() + change.sort.len() + body
        };
        self.changes.iter().map(of).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A page with one change of each version, of so many documents in turn.
    fn page(versions: std::ops::RangeInclusive<u64>, documents: u64, body: &str) -> Page {
        let version = *versions.end();
        let change = |version: u64| Changed {
            kind: "day".to_owned(),
            id: (version % documents).to_string(),
            version,
            sort: String::new(),
            body: Some(body.into()),
        };
        Page { version, changes: versions.map(change).collect(), more: false }
    }

    /// Somebody has begun with nothing and was given all up to a version.
    fn begin(recent: &mut Recent, space: &Space, version: u64) {
        recent.begin(space, 0, version, &page(1..=version, u64::MAX, "{}"));
    }

    fn versions(recent: &Recent, space: &Space, after: u64, version: u64) -> Option<Vec<u64>> {
        let changes = recent.tails.get(space)?.since(after, version)?;
        Some(changes.iter().map(|change| change.version).collect())
    }

    #[test]
    fn the_last_changes_are_kept_and_no_more() {
        let space: Space = "calendar/staff.anna".parse().unwrap();
        let mut recent = Recent::default();
        begin(&mut recent, &space, 10);
        recent.take(&space, 10, page(11..=14, 2, "{}"));
        assert_eq!(versions(&recent, &space, 10, 14), Some(vec![13, 14]), "of each document the last change");
        recent.take(&space, 14, page(15..=1_000, u64::MAX, "{}"));
        assert_eq!(versions(&recent, &space, 14, 1_000), None, "who was away for long reads");
        let first = 1_000 - MOST as u64;
        assert_eq!(versions(&recent, &space, first, 1_000).unwrap().len(), MOST, "who was not is given all of it");
        assert_eq!(versions(&recent, &space, first - 1, 1_000), None, "and whoever misses one more is not");
        assert_eq!(recent.bytes, recent.tails[&space].bytes(), "what it takes is counted");
    }

    #[test]
    fn what_one_has_read_others_are_given() {
        let space: Space = "calendar/staff.anna".parse().unwrap();
        let mut recent = Recent::default();
        recent.begin(&space, 8, 10, &page(9..=10, u64::MAX, "{}"));
        assert_eq!(versions(&recent, &space, 8, 10), Some(vec![9, 10]));
        recent.begin(&space, 9, 10, &page(10..=10, u64::MAX, "{}"));
        assert_eq!(versions(&recent, &space, 8, 10), Some(vec![9, 10]), "less does not take the place of more");
        recent.begin(&space, 6, 10, &page(7..=10, u64::MAX, "{}"));
        assert_eq!(versions(&recent, &space, 6, 10), Some(vec![7, 8, 9, 10]), "more does");
        recent.begin(&space, 1, 9, &page(2..=9, u64::MAX, "{}"));
        assert_eq!(versions(&recent, &space, 6, 10), Some(vec![7, 8, 9, 10]), "an older moment does not");
        let far = 11 + MOST as u64;
        recent.begin(&space, 10, far, &page(11..=far, u64::MAX, "{}"));
        assert_eq!(versions(&recent, &space, 10, far), None, "what is too much is not kept");
        assert_eq!(versions(&recent, &space, far, far), Some(vec![]), "but what comes after it");
    }

    #[test]
    fn pages_that_overlap_are_taken_once() {
        let space: Space = "calendar/staff.anna".parse().unwrap();
        let mut recent = Recent::default();
        begin(&mut recent, &space, 10);
        recent.take(&space, 10, page(11..=13, u64::MAX, "{}"));
        // Two have read after version 10; the second of them a later moment.
        recent.take(&space, 10, page(11..=15, u64::MAX, "{}"));
        recent.take(&space, 10, page(11..=14, u64::MAX, "{}"));
        assert_eq!(versions(&recent, &space, 10, 15), Some(vec![11, 12, 13, 14, 15]));
        recent.take(&space, 20, page(21..=22, u64::MAX, "{}"));
        assert_eq!(versions(&recent, &space, 10, 15), Some(vec![11, 12, 13, 14, 15]), "no gap is bridged");
        recent.take(&space, 15, Page { more: true, ..page(16..=18, u64::MAX, "{}") });
        assert_eq!(versions(&recent, &space, 10, 18), None, "what is too much to keep is not kept");
        assert_eq!(versions(&recent, &space, 18, 18), Some(vec![]), "but what comes after it");
        assert_eq!(recent.bytes, 0);
    }

    #[test]
    fn there_is_an_end_to_what_is_kept() {
        let mut recent = Recent::default();
        let body = "x".repeat(64 << 10);
        for number in 0..1_000 {
            let space: Space = format!("calendar/staff.{number}").parse().unwrap();
            begin(&mut recent, &space, 1);
            recent.take(&space, 1, page(2..=3, u64::MAX, &body));
            assert!(recent.bytes <= BYTES, "kept: {}", recent.bytes);
        }
        let kept: usize = recent.tails.values().map(Tail::bytes).sum();
        assert_eq!(recent.bytes, kept, "what is kept is what is counted");
        assert!(kept > 0, "and something is kept");
    }
}
