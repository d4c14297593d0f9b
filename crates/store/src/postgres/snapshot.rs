//! A consistent read.

use tokio_postgres::Row;
use uuid::Uuid;

use super::{
    error::{self, limit_to_sql, to_sql},
    ids, list,
    pipeline::Pipeline,
    pool::{Pool, Session},
    space_name,
};
use crate::{Changed, Document, Key, List, Page, Pull, Read, Space, StoreError, UniqueKey};

/// The moment is fixed by the first statement that looks, so one comes along.
const BEGIN: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SELECT 1";

const GET: &str = "
    SELECT version, sort, body FROM document WHERE space = $1 AND kind = $2 AND id = $3 AND body IS NOT NULL";

const FIND: &str = "SELECT space, kind, id FROM unique_key WHERE realm = $1 AND name = $2 AND value = $3";

const VERSIONS: &str = "SELECT id, version FROM space WHERE id = ANY($1)";

/// Those that begin so lie together in the index: no name has a character beyond the last one there is.
const SPACES: &str = "
    SELECT name FROM space WHERE realm = $1 AND name >= $2 AND name < $3 AND version > 0 ORDER BY name";

const VERSION: &str = "SELECT version FROM space WHERE id = $1";

/// Who starts from nothing has nothing to delete.
const PULL: &str = "
    SELECT kind, id, version, sort, body FROM document
    WHERE space = $1 AND version > $2 AND ($2 > 0 OR body IS NOT NULL)
    ORDER BY version, kind, id LIMIT $3";

const PULL_VERSION: &str = "
    SELECT kind, id, version, sort, body FROM document
    WHERE space = $1 AND version = $2 AND ($3 OR body IS NOT NULL) ORDER BY kind, id";

const IS_MORE: &str = "
    SELECT EXISTS (SELECT 1 FROM document WHERE space = $1 AND version > $2 AND ($3 OR body IS NOT NULL))";

/// A moment of a [`PostgresStore`](super::PostgresStore), held open until it is dropped.
pub struct PostgresSnapshot {
    session: Session,
    realm: Uuid,
}

impl PostgresSnapshot {
    /// Takes the snapshot.
    pub(super) async fn begin(pool: &Pool, realm: Uuid) -> Result<Self, StoreError> {
        let mut attempts = 0;
        loop {
            let mut session = pool.take().await?;
            session.reads();
            match session.batch_execute(BEGIN).await {
                Ok(()) => return Ok(Self { session, realm }),
                // The connection died in the pool: another one may do.
                Err(error) if error::is_lost(&error) && attempts < 2 => attempts += 1,
                Err(error) => return Err(error.into()),
            }
        }
    }

    fn id(&self, space: &Space) -> Uuid {
        ids::space(&self.realm, space)
    }

    async fn query(
        &self,
        sql: &str,
        values: &[&(dyn tokio_postgres::types::ToSql + Sync)],
    ) -> Result<Vec<Row>, StoreError> {
        let statement = self.session.prepare_cached(sql).await?;
        Ok(self.session.query(&statement, values).await?)
    }
}

impl Read for PostgresSnapshot {
    async fn get(&self, key: &Key) -> Result<Option<Document>, StoreError> {
        if cannot_be(&[&key.kind, &key.id]) {
            return Ok(None);
        }
        let rows = self.query(GET, &[&self.id(&key.space), &key.kind, &key.id]).await?;
        rows.first().map(|row| document(key.clone(), row, 0)).transpose()
    }

    async fn list(&self, list: &List) -> Result<Vec<Document>, StoreError> {
        let mut spaces: Vec<&Space> = list.spaces.iter().collect();
        spaces.sort_unstable();
        spaces.dedup();
        if spaces.is_empty() || list.limit == 0 {
            return Ok(Vec::new());
        }
        // In order of name: the database orders by the place in this.
        let ids: Vec<Uuid> = spaces.iter().map(|space| self.id(space)).collect();
        let limit = limit_to_sql(list.limit);
        let mut values: Vec<&(dyn tokio_postgres::types::ToSql + Sync)> = Vec::with_capacity(5);
        match &ids[..] {
            [id] => values.push(id),
            _ => values.push(&ids),
        }
        values.push(&list.kind);
        values.push(&limit);
        values.extend(list.from.iter().map(|from| from as &(dyn tokio_postgres::types::ToSql + Sync)));
        values.extend(list.below.iter().map(|below| below as &(dyn tokio_postgres::types::ToSql + Sync)));
        let rows = self.query(&list::sql(list, ids.len() > 1), &values).await?;
        let documents = rows.iter().map(|row| {
            let at: i32 = row.try_get(0)?;
            let space = usize::try_from(at - 1).ok().and_then(|at| spaces.get(at)).copied();
            let space =
                space.ok_or_else(|| StoreError::Engine("a list has a space that was not asked for".to_owned()))?;
            let key = Key { space: space.clone(), kind: list.kind.clone(), id: row.try_get(1)? };
            document(key, row, 2)
        });
        documents.collect()
    }

    async fn find(&self, key: &UniqueKey) -> Result<Option<Key>, StoreError> {
        if cannot_be(&[&key.name, &key.value]) {
            return Ok(None);
        }
        let rows = self.query(FIND, &[&self.realm, &key.name, &key.value]).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        Ok(Some(Key { space: space_name(row.try_get(0)?)?, kind: row.try_get(1)?, id: row.try_get(2)? }))
    }

    async fn versions(&self, spaces: &[Space]) -> Result<Vec<u64>, StoreError> {
        let ids: Vec<Uuid> = spaces.iter().map(|space| self.id(space)).collect();
        let mut found = std::collections::HashMap::new();
        for row in self.query(VERSIONS, &[&ids]).await? {
            let version: i64 = row.try_get(1)?;
            found.insert(row.try_get::<_, Uuid>(0)?, version.cast_unsigned());
        }
        Ok(ids.iter().map(|id| found.get(id).copied().unwrap_or(0)).collect())
    }

    async fn spaces(&self, prefix: &str) -> Result<Vec<Space>, StoreError> {
        if cannot_be(&[prefix]) {
            return Ok(Vec::new());
        }
        let end = format!("{prefix}{}", char::MAX);
        let rows = self.query(SPACES, &[&self.realm, &prefix, &end]).await?;
        rows.iter().map(|row| space_name(row.try_get(0)?)).collect()
    }
}

impl Pull for PostgresSnapshot {
    async fn pull(&self, space: &Space, after: u64, limit: usize) -> Result<Page, StoreError> {
        let (id, after_sql) = (self.id(space), to_sql(after));
        // One more than wanted says whether the page ends inside a version.
        let limit = limit.max(1);
        let most = limit_to_sql(limit.saturating_add(1));
        let [version, changes] = self.session.prepare([VERSION, PULL]).await?;
        let mut sent = Pipeline::default();
        sent.send(async { self.session.query(&version, &[&id]).await });
        sent.send(async { self.session.query(&changes, &[&id, &after_sql, &most]).await });
        let mut answers = sent.answers().await?.into_iter();
        let (version, rows) = (answers.next().unwrap_or_default(), answers.next().unwrap_or_default());
        let version = version.first().map(|row| row.try_get::<_, i64>(0)).transpose()?.unwrap_or(0).cast_unsigned();
        // A device may be ahead of a server that was restored from a backup; there is nothing after its version.
        if after >= version {
            return Ok(Page { version, changes: Vec::new(), more: false });
        }
        let mut changes = rows.iter().map(changed).collect::<Result<Vec<_>, _>>()?;
        if changes.len() <= limit {
            return Ok(Page { version, changes, more: false });
        }
        let cut = changes[limit - 1].version;
        if changes[limit].version != cut {
            changes.truncate(limit);
            return Ok(Page { version: cut, changes, more: true });
        }
        self.to_end_of_version(id, after, changes, cut, version).await
    }
}

impl PostgresSnapshot {
    /// A page that would end inside a version, with all of that version.
    async fn to_end_of_version(
        &self,
        id: Uuid,
        after: u64,
        mut changes: Vec<Changed>,
        cut: u64,
        version: u64,
    ) -> Result<Page, StoreError> {
        let (cut_sql, tombstones) = (to_sql(cut), after > 0);
        let [whole, is_more] = self.session.prepare([PULL_VERSION, IS_MORE]).await?;
        let mut sent = Pipeline::default();
        sent.send(async { self.session.query(&whole, &[&id, &cut_sql, &tombstones]).await });
        sent.send(async { self.session.query(&is_more, &[&id, &cut_sql, &tombstones]).await });
        let mut answers = sent.answers().await?.into_iter();
        let (whole, is_more) = (answers.next().unwrap_or_default(), answers.next().unwrap_or_default());
        changes.retain(|change| change.version < cut);
        for row in &whole {
            changes.push(changed(row)?);
        }
        let more = is_more.first().map(|row| row.try_get(0)).transpose()?.unwrap_or(false);
        Ok(Page { version: if more { cut } else { version }, changes, more })
    }
}

/// Whether nothing can have such a name: PostgreSQL takes no text with the character U+0000, not even in a question.
fn cannot_be(names: &[&str]) -> bool {
    names.iter().any(|name| name.contains('\0'))
}

/// Reads version, sort and body from three columns.
fn document(key: Key, row: &Row, first: usize) -> Result<Document, StoreError> {
    let version: i64 = row.try_get(first)?;
    let body: &str = row.try_get(first + 2)?;
    let sort = row.try_get(first + 1)?;
    Ok(Document { key, version: version.cast_unsigned(), sort, body: body.into(), provisional: false })
}

fn changed(row: &Row) -> Result<Changed, StoreError> {
    let version: i64 = row.try_get(2)?;
    let body: Option<&str> = row.try_get(4)?;
    Ok(Changed {
        kind: row.try_get(0)?,
        id: row.try_get(1)?,
        version: version.cast_unsigned(),
        sort: row.try_get(3)?,
        body: body.map(Into::into),
    })
}
