//! What all requests share.

use std::{
    ops::Deref,
    sync::{Arc, Once},
};

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, Uri, header, request::Parts},
};
use domain::Timestamp;
use portal::Memory;
use protocol::Code;
use store::{AnyStore, Engine};
use tokio::sync::{Notify, watch};
use url::Url;

use crate::{
    counter::whereabouts::Whereabouts, crowd::Crowd, fault::Fault, hosting::Hosting, limit::Limits,
    listeners::Listeners, mail::Post, password::Hasher, session::Sessions, settings::Settings, threads::aside::Aside,
    wallet::Wallets,
};

/// The engine's store of one business.
pub(crate) type Realm = AnyStore;

/// Tells the time. A simulation brings its own.
pub trait Clock: Send + Sync + 'static {
    /// The moment it is.
    fn now(&self) -> Timestamp;
}

/// The clock of this machine.
pub(crate) struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

/// What all requests share. Nothing in it would be missed after a restart.
pub(crate) struct App {
    pub(crate) settings: Settings,
    pub(crate) engine: Engine,
    pub(crate) hosting: Hosting,
    pub(crate) limits: Limits,
    pub(crate) hasher: Hasher,
    pub(crate) post: Post,
    /// The wallets of phones that there are passes for.
    pub(crate) wallets: Wallets,
    /// Where people reach the server when their business has no host of its own.
    pub(crate) origin: Url,
    /// Jobs have been written.
    pub(crate) work: Notify,
    /// Jobs for wallets may have been written.
    pub(crate) wallet_work: Notify,
    /// Where mails are made.
    pub(crate) aside: Aside,
    /// Becomes true when the server stops.
    pub(crate) stopping: watch::Receiver<bool>,
    /// Room for requests.
    pub(crate) crowd: Crowd,
    /// Places for listeners to pokes.
    pub(crate) listeners: Listeners,
    /// It was said that the proxy does not name the client.
    pub(crate) unnamed: Once,
}

impl App {
    /// Everything a node needs besides its sockets.
    pub(crate) fn new(
        settings: Settings,
        origin: Url,
        engine: Engine,
        clock: Arc<dyn Clock>,
        stopping: watch::Receiver<bool>,
    ) -> anyhow::Result<Arc<Self>> {
        let wallets = Wallets::new(&settings)?;
        wallets.warn(origin.scheme() == "https", clock.now());
        Ok(Arc::new(Self {
            wallets,
            hosting: Hosting::new(engine.clone(), clock),
            limits: Limits::new(&settings),
            hasher: Hasher::new(),
            post: Post::new(&settings, origin.host_str().unwrap_or("localhost"))?,
            origin,
            work: Notify::new(),
            wallet_work: Notify::new(),
            aside: Aside::default(),
            stopping,
            crowd: Crowd::new(settings.requests as usize),
            listeners: Listeners::new(settings.listeners as usize),
            unnamed: Once::new(),
            engine,
            settings,
        }))
    }

    /// Has all lines of work look at what was just written.
    pub(crate) fn announce_work(&self) {
        self.work.notify_one();
        self.wallet_work.notify_one();
    }

    /// Whether browsers reach the server by HTTPS, by itself or through a proxy.
    pub(crate) fn secure(&self) -> bool {
        self.origin.scheme() == "https"
    }
}

/// One business on this server. Clones are handles on the same one.
#[derive(Clone)]
pub(crate) struct Hosted(pub(crate) Arc<Business>);

impl Deref for Hosted {
    type Target = Business;
    fn deref(&self) -> &Business {
        &self.0
    }
}

/// What there is of a business while the server runs.
#[derive(Clone)]
pub(crate) struct Business {
    /// Its name among the server's businesses.
    pub(crate) slug: String,
    /// The hosts it answers at; when there are none, wherever no other does.
    pub(crate) hosts: Vec<String>,
    /// Its documents and jobs.
    pub(crate) store: Realm,
    pub(crate) clock: Arc<dyn Clock>,
    /// What was read of its catalogue and calendars.
    pub(crate) memory: Arc<Memory>,
    /// Who was let in lately.
    pub(crate) sessions: Arc<Sessions>,
    /// Where the bookings around now are.
    pub(crate) whereabouts: Arc<Whereabouts>,
}

impl Hosted {
    /// The moment it is.
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Where people reach it, without a slash at the end.
    pub(crate) fn origin(&self, app: &App) -> String {
        let mut url = app.origin.clone();
        if let Some(host) = self.hosts.first() {
            // A host that a URL cannot carry was refused when the business was applied.
            let _ = url.set_host(Some(host));
        }
        url.as_str().trim_end_matches('/').to_owned()
    }
}

impl FromRequestParts<Arc<App>> for Hosted {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Fault> {
        app.hosting
            .find(|| host(parts).unwrap_or_default())
            .await?
            .ok_or_else(|| Fault::new(Code::NotFound, "no business answers at this host"))
    }
}

/// The host that a request is for, with its port.
pub(crate) fn authority(headers: &HeaderMap, uri: &Uri) -> Option<String> {
    let header = headers.get(header::HOST).and_then(|value| value.to_str().ok());
    header.or_else(|| uri.authority().map(|authority| authority.as_str())).map(str::to_lowercase)
}

fn host(parts: &Parts) -> Option<String> {
    let authority = authority(&parts.headers, &parts.uri)?;
    let authority: axum::http::uri::Authority = authority.parse().ok()?;
    Some(authority.host().to_owned())
}
