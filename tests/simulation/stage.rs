//! Where simulations take place: a runtime for the nodes, a folder on a disk of memory when there is one, and databases
//! with the business in them.

use std::{path::Path, sync::Arc};

use store::Engine;
use tempfile::TempDir;
use tokio::runtime::{Builder, Handle, Runtime};
use tokio_postgres::{Client, NoTls};
use uuid::Uuid;

use crate::{shop, step::Kind};

/// Names the cluster to make databases in.
pub(crate) const POSTGRES: &str = "DATEBOOK_TEST_POSTGRES";

/// What the names of databases begin with.
const NAME: &str = "simulation";

/// A stage. Each thread has its own.
pub(crate) struct Stage {
    runtime: Runtime,
    /// A SQLite file with the business in it, to be copied.
    template: TempDir,
    cluster: Option<Cluster>,
}

/// A PostgreSQL server in which databases are made, from one with the business in it.
struct Cluster {
    client: Arc<Client>,
    url: String,
    template: String,
}

/// A database. It is gone when this is dropped, after those who use it.
pub(crate) struct Database {
    /// Where it is.
    pub(crate) url: String,
    /// In which server under which name, when it is not a file.
    within: Option<(Handle, Arc<Client>, String)>,
}

impl Drop for Database {
    fn drop(&mut self) {
        if let Some((runtime, client, name)) = &self.within {
            // A server that is gone has no databases left either.
            let _ = runtime.block_on(client.batch_execute(&format!("DROP DATABASE {name} WITH (FORCE)")));
        }
    }
}

impl Stage {
    /// A stage for an engine.
    pub(crate) fn new(kind: Kind) -> Result<Self, String> {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let template = memory().map_err(|error| error.to_string())?;
        let mut stage = Self { runtime: runtime.map_err(|error| error.to_string())?, template, cluster: None };
        match kind {
            Kind::Sqlite => stage.load(&sqlite(stage.template.path()))?,
            Kind::Postgres => {
                let url = std::env::var(POSTGRES).map_err(|_| format!("{POSTGRES} names no PostgreSQL server"))?;
                let cluster = stage.runtime.block_on(Cluster::join(url))?;
                stage.load(&cluster.url_of(&cluster.template))?;
                stage.cluster = Some(cluster);
            }
        }
        Ok(stage)
    }

    /// Where nodes live.
    pub(crate) fn runtime(&self) -> Handle {
        self.runtime.handle().clone()
    }

    /// An empty folder.
    pub(crate) fn folder(&self) -> std::io::Result<TempDir> {
        memory()
    }

    /// A database with the business in it and nothing else.
    pub(crate) fn database(&self, folder: &Path) -> Result<Database, String> {
        let Some(cluster) = &self.cluster else {
            let file = folder.join("server.sqlite");
            std::fs::copy(self.template.path().join("server.sqlite"), file).map_err(|error| error.to_string())?;
            return Ok(Database { url: sqlite(folder), within: None });
        };
        let name = unheard_of();
        let make = format!("CREATE DATABASE {name} TEMPLATE {}", cluster.template);
        self.runtime.block_on(cluster.client.batch_execute(&make)).map_err(|error| format!("{make}: {error:?}"))?;
        let url = cluster.url_of(&name);
        Ok(Database { url, within: Some((self.runtime(), Arc::clone(&cluster.client), name)) })
    }

    /// Loads the business into a new database.
    fn load(&self, database: &str) -> Result<(), String> {
        self.runtime.block_on(async {
            let engine = Engine::open(database).await.map_err(|error| error.to_string())?;
            server::apply(&engine, shop::SLUG, shop::FILE).await.map_err(|error| format!("{error:?}"))?;
            engine.close().await;
            Ok(())
        })
    }
}

impl Cluster {
    /// Makes an empty database to be the template.
    async fn join(url: String) -> Result<Self, String> {
        let (client, connection) =
            tokio_postgres::connect(&url, NoTls).await.map_err(|error| format!("{POSTGRES}: {error}"))?;
        tokio::spawn(connection);
        let template = unheard_of();
        let make = format!("CREATE DATABASE {template}");
        client.batch_execute(&make).await.map_err(|error| format!("{make}: {error:?}"))?;
        Ok(Self { client: Arc::new(client), url, template })
    }

    /// Where a database of this server is: its name stands last in the address.
    fn url_of(&self, name: &str) -> String {
        let (before, database) = self.url.rsplit_once('/').unwrap_or((&self.url, ""));
        let options = database.split_once('?').map(|(_, options)| format!("?{options}")).unwrap_or_default();
        format!("{before}/{name}{options}")
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        if let Some(Cluster { client, template, .. }) = &self.cluster {
            let _ = self.runtime.block_on(client.batch_execute(&format!("DROP DATABASE {template} WITH (FORCE)")));
        }
    }
}

/// A name for a database that nobody has.
fn unheard_of() -> String {
    format!("{NAME}_{}", Uuid::now_v7().simple())
}

fn sqlite(folder: &Path) -> String {
    format!("sqlite:{}", folder.join("server.sqlite").display())
}

/// A folder on a disk of memory when there is one: what survives a power cut is not asked here.
fn memory() -> std::io::Result<TempDir> {
    let shared = Path::new("/dev/shm");
    if shared.is_dir() {
        return tempfile::Builder::new().prefix("simulation-").tempdir_in(shared);
    }
    tempfile::tempdir()
}
