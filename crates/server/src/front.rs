//! What stands behind the listener: the routes of the life that the server leads now ([`crate::life`]). Connections stay
//! when they are exchanged; each request is answered by those that it finds.

use std::{
    convert::Infallible,
    sync::{Arc, PoisonError, RwLock},
    task::{Context, Poll},
};

use axum::{
    Router,
    body::{Bytes, HttpBody},
    extract::Request,
    response::Response,
    routing::future::RouteFuture,
};
use tower::{BoxError, Service};

/// The routes. Clones are handles on the same.
#[derive(Clone)]
pub(crate) struct Front(Arc<RwLock<Router>>);

impl Front {
    pub(crate) fn new(routes: Router) -> Self {
        Self(Arc::new(RwLock::new(routes)))
    }

    /// Has these answer from now on.
    pub(crate) fn exchange(&self, routes: Router) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = routes;
    }
}

impl<B> Service<Request<B>> for Front
where
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    type Response = Response;
    type Error = Infallible;
    type Future = RouteFuture<Infallible>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        // Routes are always ready.
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> RouteFuture<Infallible> {
        let mut routes = self.0.read().unwrap_or_else(PoisonError::into_inner).clone();
        routes.call(request)
    }
}
