//! Why versions are not taken from a sequence: the store that does so, and what becomes of those who follow it.

use std::sync::Arc;

use deadpool_postgres::Pool;
use tokio_postgres::NoTls;

use super::url;
use crate::conformance::pulls::{Followed, skipped};

/// The least there is to a store whose versions come from a plain sequence of the database.
#[derive(Clone)]
struct FromSequence {
    pool: Pool,
    table: Arc<str>,
}

impl FromSequence {
    async fn new() -> Self {
        let config: tokio_postgres::Config = url().parse().unwrap();
        let pool = Pool::builder(deadpool_postgres::Manager::new(config, NoTls)).max_size(8).build().unwrap();
        let table: Arc<str> = format!("sequence_{}", uuid::Uuid::new_v4().simple()).into();
        // In a schema of its own: the engine's tests share the other one.
        let sql =
            format!("CREATE SCHEMA {table}; CREATE SEQUENCE {table}.v; CREATE TABLE {table}.d (id TEXT, v BIGINT)");
        pool.get().await.unwrap().batch_execute(&sql).await.unwrap();
        Self { pool, table }
    }
}

impl Followed for FromSequence {
    async fn write(&self, ids: Vec<String>) {
        let mut client = self.pool.get().await.unwrap();
        let transaction = client.transaction().await.unwrap();
        let Self { table, .. } = self;
        let next = format!("SELECT nextval('{table}.v')");
        let version: i64 = transaction.query_one(&next, &[]).await.unwrap().get(0);
        for id in ids {
            let insert = format!("INSERT INTO {table}.d VALUES ($1, $2)");
            transaction.execute(&insert, &[&id, &version]).await.unwrap();
        }
        transaction.commit().await.unwrap();
    }

    async fn follow(&self, after: u64) -> (Vec<String>, u64) {
        let query = format!("SELECT id, v FROM {}.d WHERE v > $1", self.table);
        let rows = self.pool.get().await.unwrap().query(&query, &[&after.cast_signed()]).await.unwrap();
        let version = rows.iter().map(|row| row.get::<_, i64>(1).cast_unsigned()).max();
        (rows.iter().map(|row| row.get(0)).collect(), version.unwrap_or(after))
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn versions_from_a_sequence_are_skipped() {
    let toy = FromSequence::new().await;
    let skipped = skipped(toy.clone()).await;
    toy.pool.get().await.unwrap().batch_execute(&format!("DROP SCHEMA {} CASCADE", toy.table)).await.unwrap();
    assert!(!skipped.is_empty(), "or the suite would not tell such an engine from a good one");
}
