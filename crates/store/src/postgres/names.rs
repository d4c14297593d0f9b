//! The names of realms by their ids, as far as anybody asked for them: a realm never has another name.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, Mutex, PoisonError},
};

use uuid::Uuid;

use super::pool::Session;
use crate::StoreError;

const NAMES: &str = "SELECT id, name FROM realm WHERE id = ANY($1)";

/// What is known.
#[derive(Default)]
pub(super) struct Names(Mutex<HashMap<Uuid, Arc<str>>>);

impl Names {
    /// The name of each of these realms. Nothing here writes a job without its realm's row; the realm of one that
    /// somebody else wrote goes by its id, which is no business's name, and is in nobody's way.
    pub(super) async fn of(
        &self,
        session: &Session,
        realms: BTreeSet<Uuid>,
    ) -> Result<HashMap<Uuid, Arc<str>>, StoreError> {
        let unknown: Vec<Uuid> = {
            let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            realms.iter().copied().filter(|id| !known.contains_key(id)).collect()
        };
        if !unknown.is_empty() {
            let rows = session.query(&session.prepare_cached(NAMES).await?, &[&unknown]).await?;
            let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            for row in rows {
                known.insert(row.try_get(0)?, row.try_get::<_, &str>(1)?.into());
            }
        }
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let name = |id: Uuid| known.get(&id).cloned().unwrap_or_else(|| id.to_string().into());
        Ok(realms.into_iter().map(|id| (id, name(id))).collect())
    }
}
