//! The names of realms by their ids, as far as anybody asked for them: a realm never has another name.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, Mutex, PoisonError},
};

use uuid::Uuid;

use super::pool::Session;
use crate::{StoreError, turns::Due};

const NAMES: &str = "SELECT id, name FROM realm WHERE id = ANY($1)";

/// What is known.
#[derive(Default)]
pub(super) struct Names(Mutex<HashMap<Uuid, Arc<str>>>);

impl Names {
    /// Gives jobs the names of their realms.
    pub(super) async fn give(&self, session: &Session, mut jobs: Vec<Due<Uuid>>) -> Result<Vec<Due<Uuid>>, StoreError> {
        let unknown: Vec<Uuid> = {
            let names = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let unknown: BTreeSet<Uuid> =
                jobs.iter().map(|job| job.realm).filter(|id| !names.contains_key(id)).collect();
            unknown.into_iter().collect()
        };
        if !unknown.is_empty() {
            let rows = session.query(&session.prepare_cached(NAMES).await?, &[&unknown]).await?;
            let mut names = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            for row in rows {
                names.insert(row.try_get(0)?, row.try_get::<_, &str>(1)?.into());
            }
        }
        let names = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for job in &mut jobs {
            // Nothing here writes a job without its realm's row. One that somebody else wrote goes by the realm's id,
            // which is no business's name, and is in nobody's way.
            job.name = names.get(&job.realm).cloned().unwrap_or_else(|| job.realm.to_string().into());
        }
        Ok(jobs)
    }
}
