//! Starts and stops a server.

use std::{net::SocketAddr, time::Duration};

use anyhow::Context as _;
use axum::{ServiceExt, extract::Request};
use axum_server::{Handle, tls_rustls::RustlsConfig};
use hyper_util::{
    rt::{TokioExecutor, TokioTimer},
    server::conn::auto::Builder,
};
use store::Engine;
use tokio::{sync::watch, task::JoinHandle};
use url::Url;

use crate::{
    Settings, files,
    head::HeadTimer,
    life::{self, Birth, Current},
    prompt::{Connections, Promptly},
};

/// How long requests may take to end once the server is told to stop.
const GRACE: Duration = Duration::from_secs(10);
/// How often the other end of an HTTP/2 connection is asked whether it is still there.
const STILL_THERE: Duration = Duration::from_secs(30);
/// Most requests at a time on one HTTP/2 connection.
const STREAMS: u32 = 64;
/// Most bytes of a request's head.
const HEAD: usize = 64 * 1024;

/// A server that answers.
pub struct Running {
    /// Where it listens.
    pub address: SocketAddr,
    /// Where a program on this machine reaches it.
    pub url: String,
    current: Current,
    stopping: watch::Sender<bool>,
    handle: Handle<SocketAddr>,
    tasks: Vec<JoinHandle<()>>,
}

impl Running {
    /// The engine, for tests and tools that look beneath the API. After a copy was put in the place of the data it is
    /// another one.
    pub fn engine(&self) -> Engine {
        self.current.engine().clone()
    }

    /// Lets requests end, the job at hand too, and closes the store.
    pub async fn stop(self) {
        self.stopping.send_replace(true);
        self.handle.graceful_shutdown(Some(GRACE));
        for task in self.tasks {
            // A task that panicked has said so itself.
            let _ = task.await;
        }
        let engine = self.current.engine().clone();
        engine.close().await;
    }
}

/// Starts a server and returns as soon as it answers.
///
/// # Errors
/// When the settings do not fit together, the address is in use, or the data cannot be opened.
pub async fn serve(settings: Settings) -> anyhow::Result<Running> {
    settings.check()?;
    settings.check_links()?;
    let tls = tls(&settings).await?;
    let listener = std::net::TcpListener::bind(settings.listen)
        .with_context(|| format!("cannot listen on {}", settings.listen))?;
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    let scheme = if settings.tls() { "https" } else { "http" };
    let url = format!("{scheme}://{address}");
    let origin: Url = if settings.origin.is_empty() { url.parse() } else { settings.origin.parse() }?;

    if settings.demo && !address.ip().is_loopback() {
        tracing::warn!("anybody who reaches this demonstration can read its mails and sign in as anybody");
    }
    let (stopping, stopped) = watch::channel(false);
    let birth = Birth { settings, origin };
    let life = birth.life().await?;
    let current = Current::new(life.engine());
    let handle = Handle::new();
    let patience = birth.settings.patience();
    let connections = Connections::new(files::enough_for(birth.settings.connections as usize));
    let front = life.front();
    let service = ServiceExt::<Request>::into_make_service_with_connect_info::<SocketAddr>(front.clone());
    let answering = match tls {
        Some(tls) => {
            let server = axum_server::from_tcp_rustls(listener, tls)?.handle(handle.clone());
            let mut server =
                server.map(|inner| Promptly { inner: inner.handshake_timeout(patience), connections, patience });
            bound(server.http_builder(), patience);
            tokio::spawn(async move { report(server.serve(service).await) })
        }
        None => {
            let server = axum_server::from_tcp(listener)?.handle(handle.clone());
            let mut server = server.map(|inner| Promptly { inner, connections, patience });
            bound(server.http_builder(), patience);
            tokio::spawn(async move { report(server.serve(service).await) })
        }
    };
    anyhow::ensure!(handle.listening().await.is_some(), "cannot listen on {address}");
    let living = tokio::spawn(life::lead(birth, life, front, current.clone(), stopped));
    tracing::info!(%url, "listening");
    Ok(Running { address, url, current, stopping, handle, tasks: vec![answering, living] })
}

/// What a connection may take, so that those who are slow or gone do not pile up.
fn bound(http: &mut Builder<TokioExecutor>, patience: Duration) {
    http.http1().timer(HeadTimer).header_read_timeout(patience).max_buf_size(HEAD);
    http.http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(STILL_THERE)
        .keep_alive_timeout(patience)
        .max_concurrent_streams(STREAMS)
        .max_header_list_size(HEAD as u32);
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
