//! Documents and how they are found.

use std::sync::Arc;

use crate::Space;

/// Which document.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// Where it lives.
    pub space: Space,
    /// What it is, for example `booking`.
    pub kind: String,
    /// Which one of its kind in its space.
    pub id: String,
}

/// One document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// Which.
    pub key: Key,
    /// The space's version at its last change.
    pub version: u64,
    /// Its place among its kind.
    pub sort: String,
    /// JSON text.
    pub body: Arc<str>,
    /// Whether it comes from a command that still waits for its verdict. Always false on a server.
    pub provisional: bool,
}

/// A name that at most one document of a business holds, for example (`email`, `ada@example.org`).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UniqueKey {
    /// What kind of name.
    pub name: String,
    /// The name.
    pub value: String,
}

impl UniqueKey {
    /// A unique key.
    pub fn new(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self { name: name.into(), value: value.into() }
    }
}

/// In which direction a list runs. Falling is exactly rising from behind, ties included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    /// Smallest sort first.
    #[default]
    Rising,
    /// Greatest sort first.
    Falling,
}

/// Which documents to list. They come ordered by (sort, space, id).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct List {
    /// In these spaces; one that is named twice counts once.
    pub spaces: Vec<Space>,
    /// Of this kind.
    pub kind: String,
    /// With a sort of at least this.
    pub from: Option<String>,
    /// With a sort below this.
    pub below: Option<String>,
    /// In this direction.
    pub order: Order,
    /// At most so many.
    pub limit: usize,
}

impl List {
    /// All documents of a kind in a space.
    pub fn all(space: Space, kind: &str) -> Self {
        Self {
            spaces: vec![space],
            kind: kind.to_owned(),
            from: None,
            below: None,
            order: Order::Rising,
            limit: usize::MAX,
        }
    }
}
