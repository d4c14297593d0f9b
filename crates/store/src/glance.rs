//! What can be said of a store without reading it.

use std::sync::Arc;

use crate::{Space, sqlite::SqliteGlance};

/// How things stood at one moment, as far as an engine knows without asking its database. Whoever is not told asks a
/// snapshot instead; that makes it known to the next.
pub struct Glance(pub(crate) SqliteGlance);

impl Glance {
    /// The versions of spaces, in the order asked, 0 for a space never written; nothing unless all are known. Others may
    /// have committed since the glance was taken: two answers that are both there are of the same moment.
    pub fn versions<'a>(&self, spaces: impl IntoIterator<Item = &'a Space>) -> Option<Vec<u64>> {
        self.0.versions(spaces)
    }

    /// A space's version, see [`Glance::versions`].
    pub fn version(&self, space: &Space) -> Option<u64> {
        self.versions([space])?.first().copied()
    }

    /// The spaces that were ever written whose name starts with a text, in order of name, if they are known.
    pub fn spaces(&self, prefix: &str) -> Option<Arc<[Space]>> {
        self.0.spaces(prefix)
    }
}
