//! Removing a space as if it had never been written.

use tokio_postgres::Error;
use uuid::Uuid;

use super::{
    commit::{BEGIN, RELEASE, TOUCH},
    hearing::News,
    ids,
    pool::{Pool, Session},
};
use crate::{Space, StoreError, keys::read_keys};

/// Removes all traces of a space; gives the news if there were any.
pub(super) async fn forget(pool: &Pool, realm: Uuid, space: &Space) -> Result<Option<News>, StoreError> {
    let mut session = pool.take().await?;
    session.writes();
    let found = remove(&session, realm, space).await;
    if !matches!(found, Ok(Some(_))) {
        session.undo();
        return found;
    }
    session.batch_execute("COMMIT").await?;
    session.over();
    found
}

async fn remove(session: &Session, realm: Uuid, space: &Space) -> Result<Option<News>, StoreError> {
    let id = ids::space(&realm, space);
    session.batch_execute(BEGIN).await?;
    let lock = "SELECT version, greatest(touched + 1, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint)
        FROM space WHERE id = $1 FOR UPDATE";
    let Some(row) = session.query_opt(lock, &[&id]).await? else { return Ok(None) };
    let (version, at): (i64, i64) = (row.try_get(0)?, row.try_get(1)?);
    if version == 0 {
        return Ok(None);
    }
    let keys = session.query("SELECT keys FROM document WHERE space = $1 AND keys IS NOT NULL", &[&id]).await?;
    let keys: Vec<Option<String>> = keys.iter().map(|row| row.try_get(0)).collect::<Result<_, Error>>()?;
    let (mut names, mut values) = (Vec::new(), Vec::new());
    for key in keys.iter().flatten() {
        for key in read_keys(key)? {
            names.push(key.name);
            values.push(key.value);
        }
    }
    session.execute(RELEASE, &[&realm, &names, &values]).await?;
    session.execute("DELETE FROM document WHERE space = $1", &[&id]).await?;
    session.execute("DELETE FROM space WHERE id = $1", &[&id]).await?;
    let (buckets, moments, names) = (vec![ids::bucket(&id)], vec![at], vec![space.as_str()]);
    session.execute(TOUCH, &[&realm, &buckets, &moments, &vec![id], &names, &vec![0_i64]]).await?;
    Ok(Some(News { realm, space: space.clone(), version: 0, at }))
}
