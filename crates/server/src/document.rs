//! The server's own documents: they live in spaces that nobody reads but the server.

use domain::{CustomerId, DeviceId};
use portal::{Failure, documents, spaces};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use store::{Key, Read, UniqueKey, Write};

/// What the server remembers of an installation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Device {
    /// Whose it is.
    pub(crate) customer: CustomerId,
    /// The number of the last command that has its verdict.
    pub(crate) last: u64,
}

/// Where a device is.
pub(crate) fn device_key(id: DeviceId) -> Key {
    Key { space: spaces::device(id), kind: "device".to_owned(), id: "device".to_owned() }
}

/// A document with the version it was read at.
pub(crate) struct Found<T> {
    pub(crate) value: T,
    pub(crate) version: u64,
}

/// Reads a document, if it is there.
pub(crate) async fn read<T: DeserializeOwned>(read: &impl Read, key: &Key) -> Result<Option<Found<T>>, Failure> {
    let Some(document) = read.get(key).await? else { return Ok(None) };
    Ok(Some(Found { value: documents::decode(&document)?, version: document.version }))
}

/// The write that stores a document.
pub(crate) fn write<T: Serialize>(key: Key, value: &T, keys: Vec<UniqueKey>) -> Write {
    let body = serde_json::to_string(value).expect("the server's documents are made of maps with text keys");
    Write { key, sort: String::new(), body: Some(body.into()), keys }
}

/// The write that deletes a document.
pub(crate) fn delete(key: Key) -> Write {
    Write { key, sort: String::new(), body: None, keys: Vec::new() }
}
