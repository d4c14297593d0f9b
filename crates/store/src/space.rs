//! Names of spaces.

use std::{fmt, str::FromStr, sync::Arc};

/// The unit of ownership, visibility, ordering and sync. A name is one or two parts joined by `/`, each 1 to 64
/// characters of `a`–`z`, `0`–`9`, `-` and `.`; for example `catalogue` or `calendar/staff.anna`. Clones share it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Space(Arc<str>);

/// Not the name of a space.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not the name of a space")]
pub struct SpaceError;

impl Space {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part before the `/`, or the whole name.
    pub fn family(&self) -> &str {
        self.0.split_once('/').map_or(&self.0, |(family, _)| family)
    }

    /// The part after the `/`.
    pub fn owner(&self) -> Option<&str> {
        self.0.split_once('/').map(|(_, owner)| owner)
    }
}

impl FromStr for Space {
    type Err = SpaceError;
    fn from_str(name: &str) -> Result<Self, SpaceError> {
        let part = |part: &str| {
            (1..=64).contains(&part.len()) && part.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.'))
        };
        let mut parts = name.split('/');
        match (parts.next(), parts.next(), parts.next()) {
            (Some(family), None, None) if part(family) => Ok(Self(name.into())),
            (Some(family), Some(owner), None) if part(family) && part(owner) => Ok(Self(name.into())),
            _ => Err(SpaceError),
        }
    }
}

impl fmt::Display for Space {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
