//! What stands behind the listener: the routes of the life that the server leads now ([`crate::life`]). Connections stay
//! when they are exchanged; each request is answered by those that it finds.

use std::{
    convert::Infallible,
    future::Future,
    pin::Pin,
    sync::{Arc, PoisonError, RwLock},
    task::{Context, Poll},
};

use axum::{
    body::{Body, Bytes, HttpBody},
    extract::Request,
    response::Response,
};
use tower::{BoxError, Service};

use crate::door::Door;

/// The routes. Clones are handles on the same.
#[derive(Clone)]
pub(crate) struct Front(Arc<RwLock<Door>>);

impl Front {
    pub(crate) fn new(door: Door) -> Self {
        Self(Arc::new(RwLock::new(door)))
    }

    /// Has these answer from now on.
    pub(crate) fn exchange(&self, door: Door) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = door;
    }
}

impl<B> Service<Request<B>> for Front
where
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        // Routes are always ready.
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let door = self.0.read().unwrap_or_else(PoisonError::into_inner).clone();
        let request = request.map(Body::new);
        Box::pin(async { Ok(door.answer(request).await) })
    }
}
