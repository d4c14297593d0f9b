//! Ids that every node computes for itself.
//!
//! A space's id is made of its realm's and its name, so nobody has to look it up, and a space's row, its documents and
//! their indexes lie on the machine that the one id names. Version 5 of RFC 9562.

use uuid::Uuid;

use crate::Space;

/// What all ids of realms are derived from. Drawn once; never changed.
const REALMS: Uuid = Uuid::from_u128(0x3d0c_9a54_7d2b_4b1e_9a87_5f4e_21c6_b8d1);

/// How many buckets the list of what was touched has.
pub(super) const BUCKETS: i32 = 16;

/// A realm's id.
pub(super) fn realm(name: &str) -> Uuid {
    Uuid::new_v5(&REALMS, name.as_bytes())
}

/// A space's id.
pub(super) fn space(realm: &Uuid, name: &Space) -> Uuid {
    Uuid::new_v5(realm, name.as_str().as_bytes())
}

/// In which bucket a space is.
pub(super) fn bucket(space: &Uuid) -> i32 {
    i32::from(space.as_bytes()[15]) % BUCKETS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_never_change() {
        // Whoever changes how ids are made loses every document.
        let salon = realm("salon");
        assert_eq!(salon.to_string(), "f6b786d0-f285-54f5-8f77-01ba71f4cdd3", "the id of a realm is for ever");
        let catalogue = space(&salon, &"catalogue".parse().unwrap());
        assert_eq!(catalogue.to_string(), "400361a1-5829-58aa-9369-079831096187", "the id of a space is for ever");
        assert_ne!(space(&realm("spa"), &"catalogue".parse().unwrap()), catalogue, "each realm has its own spaces");
    }
}
