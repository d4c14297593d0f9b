//! The unique keys of a document as its row keeps them: `[[name, value], ...]` in order, JSON; nothing when it holds none.

use std::collections::BTreeSet;

use crate::{StoreError, UniqueKey};

/// As they are kept. A key that is named twice is held once.
pub(crate) fn write_keys(keys: &[UniqueKey]) -> Option<String> {
    let keys: BTreeSet<(&str, &str)> = keys.iter().map(|key| (key.name.as_str(), key.value.as_str())).collect();
    // Pairs of texts can always be written.
    (!keys.is_empty()).then(|| serde_json::to_string(&keys).unwrap_or_default())
}

/// The reverse.
pub(crate) fn read_keys(keys: &str) -> Result<Vec<UniqueKey>, StoreError> {
    let pairs: Vec<(String, String)> = serde_json::from_str(keys)
        .map_err(|_| StoreError::Engine("a document's row does not name its unique keys well".to_owned()))?;
    Ok(pairs.into_iter().map(|(name, value)| UniqueKey { name, value }).collect())
}
