//! How deep the trees are, and how much there is.

use std::{fs::File, os::unix::fs::FileExt as _, path::Path};

use anyhow::Context as _;

/// Prints both.
pub(super) async fn print(url: &str) -> anyhow::Result<()> {
    match url.strip_prefix("sqlite:") {
        Some(path) => sqlite(Path::new(path)),
        None => postgres(url).await,
    }
}

fn sqlite(path: &Path) -> anyhow::Result<()> {
    let connection = rusqlite::Connection::open(path)?;
    // All of it into the main file, whose pages are looked at.
    connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)")?;
    let mut query = connection.prepare("SELECT name, rootpage FROM sqlite_schema WHERE rootpage > 0")?;
    let trees = query.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, u32>(1)?)))?;
    let file = File::open(path)?;
    let mut head = [0; 100];
    file.read_exact_at(&mut head, 0)?;
    let page = match u16::from_be_bytes([head[16], head[17]]) {
        1 => 65_536,
        size => u64::from(size),
    };
    println!("{} bytes\n\n| tree | levels |\n|---|---|", file.metadata()?.len());
    for tree in trees {
        let (name, root) = tree?;
        let levels = levels(&file, page, root)?;
        if levels > 1 {
            println!("| {name} | {levels} |");
        }
    }
    println!();
    Ok(())
}

/// From the root down by the last child of each page (the format is described at sqlite.org/fileformat2.html, 1.6).
fn levels(file: &File, page: u64, root: u32) -> anyhow::Result<u32> {
    let (mut at, mut levels) = (u64::from(root), 1);
    loop {
        let mut head = [0; 12];
        // The first page begins with the file's own head.
        let skip = if at == 1 { 100 } else { 0 };
        file.read_exact_at(&mut head, (at - 1) * page + skip)?;
        if !matches!(head[0], 2 | 5) {
            return Ok(levels);
        }
        at = u32::from_be_bytes([head[8], head[9], head[10], head[11]]).into();
        levels += 1;
    }
}

async fn postgres(url: &str) -> anyhow::Result<()> {
    let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await?;
    tokio::spawn(connection);
    client.batch_execute("CREATE EXTENSION IF NOT EXISTS pageinspect; CHECKPOINT").await.context("pageinspect")?;
    let size = client.query_one("SELECT pg_database_size(current_database())", &[]).await?;
    println!("{} bytes\n\n| tree | levels |\n|---|---|", size.get::<_, i64>(0));
    let trees = "SELECT relname, (bt_metap(relname)).level + 1 FROM pg_class
        WHERE relkind = 'i' AND relnamespace = 'public'::regnamespace ORDER BY 1";
    for row in client.query(trees, &[]).await? {
        println!("| {} | {} |", row.get::<_, String>(0), row.get::<_, i64>(1));
    }
    println!();
    Ok(())
}
