//! How PostgreSQL goes about it.

use super::{super::jobs::DUE, PostgresEngine, format};

/// What a connection of ours does to find the next jobs, one step to a line.
async fn plan(engine: &PostgresEngine, name: &str) -> String {
    let session = engine.shared.writers.take().await.unwrap();
    session.batch_execute(&format!("PREPARE {name} (text, bigint, uuid[], bigint) AS {DUE}")).await.unwrap();
    let rows = session.query(&format!("EXPLAIN EXECUTE {name} ('mail', 9, '{{}}', 256)"), &[]).await.unwrap();
    rows.iter().map(|row| row.get::<_, String>(0)).collect::<Vec<_>>().join("\n")
}

/// A queue is empty at one moment and full at the next, and statistics come minutes later.
#[tokio::test]
async fn the_next_jobs_come_in_the_order_of_their_index_whatever_statistics_say() {
    let engine = PostgresEngine::open(&format::database().await).await.unwrap();
    let run = async |sql: &str| engine.shared.writers.take().await.unwrap().batch_execute(sql).await.unwrap();
    let fill = "INSERT INTO job (realm, kind, body, due) SELECT '00000000-0000-0000-0000-000000000001', 'mail', \
                repeat('x', 900), i FROM generate_series(1, 5000) i";
    let ordered = |plan: &str| plan.contains("job_waiting") && !plan.contains("Sort");
    run("ALTER TABLE job SET (autovacuum_enabled = false)").await;
    run(fill).await;
    let unknown = plan(&engine, "unknown").await;
    assert!(ordered(&unknown), "without statistics:\n{unknown}");
    run("ANALYZE job").await;
    let known = plan(&engine, "known").await;
    assert!(ordered(&known), "with statistics of one realm's jobs:\n{known}");
    run("DELETE FROM job").await;
    run("VACUUM ANALYZE job").await;
    let empty = plan(&engine, "empty").await;
    assert!(ordered(&empty), "a plan made while there is nothing must do when there is much:\n{empty}");
    engine.close().await;
}
