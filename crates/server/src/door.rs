//! What every request passes on its way in, and every answer on its way out.
//!
//! From outside to inside: the log, the headers that every answer has, the room for requests and answers
//! ([`crate::crowd`]); then what packs answers, for only outside of it can be seen whether an answer is taken; then whose
//! page a request comes from ([`crate::session`]), and how long an answer may take.
//!
//! It is one way for all routes and stands before them: what is laid around each route is copied for each request.

use std::{
    convert::Infallible,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::{Duration, Instant},
};

use axum::{
    Router,
    body::Body,
    extract::Request,
    http::{HeaderName, HeaderValue, header},
    response::{IntoResponse as _, Response},
};
use protocol::Code;
use tower::Service;
use tower_http::{
    CompressionLevel,
    compression::{
        Compression, DefaultPredicate, Predicate as _,
        predicate::{And, SizeAbove},
    },
};
use tracing::Instrument as _;

use crate::{app::App, crowd, fault::Fault, patience::within, session};

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// Bytes that fit into one packet of most networks.
const PACKET: u16 = 1_200;

/// The way in and out, and the routes that it leads to. Clones are cheap.
#[derive(Clone)]
pub(crate) struct Door {
    app: Arc<App>,
    packed: Compression<Inside, And<DefaultPredicate, SizeAbove>>,
}

impl Door {
    pub(crate) fn new(app: Arc<App>, routes: Router) -> Self {
        // What is smaller than a packet gains nothing; and a server that many wait for has no time for the last percents.
        let when = DefaultPredicate::new().and(SizeAbove::new(PACKET));
        let inside = Inside { app: Arc::clone(&app), routes };
        let packed = Compression::new(inside).quality(CompressionLevel::Fastest).compress_when(when);
        Self { app, packed }
    }

    /// Answers a request.
    pub(crate) async fn answer(self, request: Request) -> Response {
        if !tracing::enabled!(tracing::Level::DEBUG) {
            return self.hardened(request).await;
        }
        // Paths only: what is behind `?`, in headers and in bodies may be secret. Of some paths not all. Who is turned
        // away in a crowd must not fill the log; what breaks says so where it breaks.
        let span = tracing::debug_span!("request", method = %request.method(), path = loggable(request.uri().path()));
        let began = Instant::now();
        async {
            let response = self.hardened(request).await;
            let took = began.elapsed().as_micros();
            tracing::debug!(status = response.status().as_u16(), microseconds = took, "answered");
            response
        }
        .instrument(span)
        .await
    }

    /// What every answer says, unless it says something itself.
    async fn hardened(self, request: Request) -> Response {
        const ALWAYS: [(HeaderName, HeaderValue); 4] = [
            (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
            (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
            (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'")),
            (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        ];
        let Self { app, mut packed } = self;
        let answering = |request| async move {
            let Ok(answer) = packed.call(request).await;
            answer.map(Body::new)
        };
        let passed = crowd::pass(&app, request, answering).await;
        let mut response = passed.unwrap_or_else(Fault::into_response);
        for (name, value) in ALWAYS {
            response.headers_mut().entry(name).or_insert(value);
        }
        response
    }
}

/// What lies inside of what packs answers.
#[derive(Clone)]
struct Inside {
    app: Arc<App>,
    routes: Router,
}

impl Inside {
    async fn answer(mut self, request: Request) -> Result<Response, Fault> {
        if !session::is_same_site(&self.app, &request) {
            return Err(Fault::new(Code::CrossSite, "this comes from another site's page"));
        }
        let answering = within(PATIENCE, self.routes.call(request));
        let Ok(answer) = answering.await.map_err(|_| Fault::busy())?;
        self.app.crowd.weigh(answer)
    }
}

impl Service<Request> for Inside {
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        // Routes are always ready.
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let inside = self.clone();
        Box::pin(async { Ok(inside.answer(request).await.unwrap_or_else(Fault::into_response)) })
    }
}

/// A path as the log may have it: what follows `/feed/` opens somebody's calendar, and a phone's name in a wallet's
/// question its list of passes.
fn loggable(path: &str) -> &str {
    if path.starts_with("/feed/") {
        "/feed/…"
    } else if path.starts_with("/passkit/v1/devices/") {
        "/passkit/v1/devices/…"
    } else {
        path
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_opens_nobodys_calendar() {
        for (path, logged) in [
            ("/feed/dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk.ics", "/feed/…"),
            ("/feed/", "/feed/…"),
            ("/feedback", "/feedback"),
            ("/passkit/v1/devices/phone-1/registrations/pass.example", "/passkit/v1/devices/…"),
            ("/passkit/v1/passes/pass.example/1", "/passkit/v1/passes/pass.example/1"),
            ("/api/v1/view", "/api/v1/view"),
        ] {
            assert_eq!(
                loggable(path),
                logged,
                "what follows /feed/ is a secret, a phone's name too, and nothing else is"
            );
        }
    }
}
