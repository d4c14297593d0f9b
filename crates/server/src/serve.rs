//! Starts and stops a server.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use anyhow::Context as _;
use axum_server::{Handle, tls_rustls::RustlsConfig};
use store::sqlite::SqliteEngine;
use tokio::{
    sync::{Notify, Semaphore, watch},
    task::JoinHandle,
};
use url::Url;

use crate::{Settings, app::App, cli, hosting::Hosting, job, limit::Limits, mail::Post, password::Hasher, router};

/// How long requests may take to end once the server is told to stop.
const GRACE: Duration = Duration::from_secs(10);
/// Most listeners to pokes at a time.
const LISTENERS: usize = 10_000;

/// A server that answers.
pub struct Running {
    /// Where it listens.
    pub address: SocketAddr,
    /// Where a program on this machine reaches it.
    pub url: String,
    engine: SqliteEngine,
    stopping: watch::Sender<bool>,
    handle: Handle<SocketAddr>,
    tasks: Vec<JoinHandle<()>>,
}

impl Running {
    /// The engine, for tests and tools that look beneath the API.
    pub fn engine(&self) -> &SqliteEngine {
        &self.engine
    }

    /// Lets requests end, the job at hand too, and closes the store.
    pub async fn stop(self) {
        self.stopping.send_replace(true);
        self.handle.graceful_shutdown(Some(GRACE));
        for task in self.tasks {
            // A task that panicked has said so itself.
            let _ = task.await;
        }
        self.engine.close().await;
    }
}

/// Starts a server and returns as soon as it answers.
///
/// # Errors
/// When the settings do not fit together, the address is in use, or the data cannot be opened.
pub async fn serve(settings: Settings) -> anyhow::Result<Running> {
    settings.check()?;
    let tls = tls(&settings).await?;
    let listener = std::net::TcpListener::bind(settings.listen)
        .with_context(|| format!("cannot listen on {}", settings.listen))?;
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    let scheme = if settings.tls() { "https" } else { "http" };
    let url = format!("{scheme}://{address}");
    let origin: Url = if settings.origin.is_empty() { url.parse() } else { settings.origin.parse() }?;

    let path = cli::database(&settings);
    let engine = SqliteEngine::open(&path).with_context(|| format!("cannot open {}", path.display()))?;
    if settings.demo && !address.ip().is_loopback() {
        tracing::warn!("anybody who reaches this demonstration can read its mails and sign in as anybody");
    }
    let (stopping, stopped) = watch::channel(false);
    let app = Arc::new(App {
        hosting: Hosting::new(engine.clone()),
        limits: Limits::new(settings.attempts_per_address, settings.attempts_per_client),
        hasher: Hasher::new(),
        post: Post::new(&settings, origin.host_str().unwrap_or("localhost"))?,
        origin,
        work: Notify::new(),
        stopping: stopped,
        listeners: Arc::new(Semaphore::new(LISTENERS)),
        engine: engine.clone(),
        settings,
    });
    let handle = Handle::new();
    let service = router::router(Arc::clone(&app)).into_make_service_with_connect_info::<SocketAddr>();
    let answering = match tls {
        Some(tls) => {
            let server = axum_server::from_tcp_rustls(listener, tls)?.handle(handle.clone());
            tokio::spawn(async move { report(server.serve(service).await) })
        }
        None => {
            let server = axum_server::from_tcp(listener)?.handle(handle.clone());
            tokio::spawn(async move { report(server.serve(service).await) })
        }
    };
    anyhow::ensure!(handle.listening().await.is_some(), "cannot listen on {address}");
    let working = tokio::spawn(job::run(app));
    tracing::info!(%url, "listening");
    Ok(Running { address, url, engine, stopping, handle, tasks: vec![answering, working] })
}

fn report(ended: std::io::Result<()>) {
    if let Err(error) = ended {
        tracing::error!(%error, "the server cannot go on listening");
    }
}

async fn tls(settings: &Settings) -> anyhow::Result<Option<RustlsConfig>> {
    if !settings.tls() {
        return Ok(None);
    }
    // Whoever was first in this process has installed the same.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let config = RustlsConfig::from_pem_file(&settings.tls_cert, &settings.tls_key).await;
    Ok(Some(config.context("--tls-cert and --tls-key are not a certificate and its key")?))
}
