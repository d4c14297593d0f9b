//! A device has what the server has, version for version, in every space that it may read, and nothing waits on it.

use std::{collections::BTreeMap, path::Path, sync::Arc};

use store::{List, Read as _, Space, Store, sqlite::SqliteEngine};

use super::Books;

/// Kind and id, and of each document the version, its place and its text, byte for byte.
type Documents = BTreeMap<(String, String), (u64, String, Arc<str>)>;

impl Books {
    /// Compares a device's file with the server.
    pub(super) async fn mirror_agrees(&self, folder: &Path) -> Result<(), String> {
        let engine = SqliteEngine::open(&folder.join("datebook.sqlite")).map_err(|error| error.to_string())?;
        let agreed = self.compare(&engine).await;
        engine.close().await;
        agreed
    }

    async fn compare(&self, engine: &SqliteEngine) -> Result<(), String> {
        let mut devices = Vec::new();
        for name in engine.realms().await.map_err(|error| error.to_string())? {
            let realm = engine.realm(&name);
            let read = realm.snapshot().await.map_err(|error| error.to_string())?;
            if name.starts_with("b-") && !read.spaces("").await.map_err(|error| error.to_string())?.is_empty() {
                devices.push(realm);
            }
        }
        // A program that ended while it got to know the business has left a name, and must not have left more.
        let [device] = &devices[..] else { return Err(format!("a device keeps {} businesses", devices.len())) };
        let here = device.snapshot().await.map_err(|error| error.to_string())?;
        let (mut own, mut mirrored) = (0, 0);
        for space in here.spaces("").await.map_err(|error| error.to_string())? {
            if space.as_str() == "outbox" {
                let waiting = here.list(&List::all(space, "waiting")).await.map_err(|error| error.to_string())?;
                if !waiting.is_empty() {
                    return Err(format!("something waits when all is quiet: {waiting:?}"));
                }
                continue;
            }
            own += usize::from(space.as_str().starts_with("customer/"));
            mirrored += 1;
            let (mine, theirs) = (documents(device, &space).await?, documents(&self.store, &space).await?);
            if mine != theirs {
                return Err(format!("the mirror of {space} is {mine:?} and the server has {theirs:?}"));
            }
        }
        let calendars = self.spaces("calendar/").await?.len();
        if own != 1 || mirrored != calendars + 2 {
            return Err(format!("a device has {mirrored} spaces, {own} of customers, of {calendars} calendars"));
        }
        Ok(())
    }
}

/// What is in a space, and its version.
async fn documents(store: &impl Store, space: &Space) -> Result<(u64, Documents), String> {
    let (mut found, mut after) = (BTreeMap::new(), 0);
    loop {
        let page = store.pull(space, after, 1_000).await.map_err(|error| error.to_string())?;
        for change in page.changes {
            let Some(body) = change.body else { continue };
            found.insert((change.kind, change.id), (change.version, change.sort, body));
        }
        after = page.version;
        if !page.more {
            return Ok((after, found));
        }
    }
}
