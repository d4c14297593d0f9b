//! A server without sockets and without a clock of its own, for a simulation that brings both.
//!
//! It is what [`serve`](crate::serve) runs: the same routes over the same store, and the same rounds of jobs; only who
//! calls, and when, is the caller's to say.

use std::{net::SocketAddr, sync::Arc};

use anyhow::Context as _;
use axum::{body::Body, extract::ConnectInfo, http::Request, response::Response};
use domain::PlaceId;
use store::Engine;
use tokio::sync::watch;
use url::Url;

use crate::{
    Settings,
    app::{App, Clock},
    counter,
    door::Door,
    job, router,
};

/// A server without sockets. What is under way when it is dropped is cut off there, as by a power cut; the engine stays
/// the caller's to close.
pub struct Node {
    app: Arc<App>,
    door: Door,
    _stopping: watch::Sender<bool>,
}

impl Node {
    /// A node over an engine. `origin` of the settings is where people reach it.
    ///
    /// # Errors
    /// When the settings do not fit together.
    pub fn new(settings: Settings, engine: Engine, clock: Arc<dyn Clock>) -> anyhow::Result<Self> {
        settings.check()?;
        let origin: Url = settings.origin.parse()?;
        let (stopping, stopped) = watch::channel(false);
        let app = App::new(settings, origin, engine, clock, stopped)?;
        Ok(Self { door: router::router(Arc::clone(&app)), app, _stopping: stopping })
    }

    /// Makes a counter at a place of a business, as its operator does. Answers the token for its link.
    ///
    /// # Errors
    /// When there is no such business, or the store fails.
    pub async fn counter_link(&self, business: &str, place: PlaceId) -> anyhow::Result<String> {
        let businesses = self.app.hosting.all().await.map_err(|fault| anyhow::anyhow!("{fault:?}"))?;
        let hosted =
            businesses.into_iter().find(|hosted| hosted.slug == business).context("there is no such business")?;
        let (_, token) = counter::make(&hosted.store, place, "Counter", hosted.now()).await?;
        Ok(token)
    }

    /// Answers a request as if it had come from this machine.
    pub async fn answer(&self, mut request: Request<Body>) -> Response {
        request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([127, 0, 0, 1], 1))));
        self.door.clone().answer(request).await
    }

    /// Does one round of the jobs that are due. Says whether there were any.
    pub async fn work(&self) -> bool {
        job::once(&self.app).await
    }
}
