//! What every request passes on its way in, and every answer on its way out.
//!
//! From outside to inside: the log, the headers that every answer has, the room for requests and answers
//! ([`crate::crowd`]); then what packs answers, for only outside of it can be seen whether an answer is taken; then whose
//! page a request comes from ([`crate::session`]), and how long an answer may take.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{
    extract::{Request, State},
    http::{HeaderName, HeaderValue, header},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use protocol::Code;
use tracing::Instrument as _;

use crate::{app::App, crowd, fault::Fault, session};

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// Outside of what packs answers.
pub(crate) async fn outside(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    if !tracing::enabled!(tracing::Level::DEBUG) {
        return hardened(&app, request, next).await;
    }
    // Paths only: what is behind `?`, in headers and in bodies may be secret. Of some paths not all. Who is turned away
    // in a crowd must not fill the log; what breaks says so where it breaks.
    let span = tracing::debug_span!("request", method = %request.method(), path = loggable(request.uri().path()));
    let began = Instant::now();
    async {
        let response = hardened(&app, request, next).await;
        let took = began.elapsed().as_micros();
        tracing::debug!(status = response.status().as_u16(), microseconds = took, "answered");
        response
    }
    .instrument(span)
    .await
}

/// Inside of what packs answers.
pub(crate) async fn inside(State(app): State<Arc<App>>, request: Request, next: Next) -> Result<Response, Fault> {
    let (parts, body) = request.into_parts();
    if !session::is_same_site(&app, &parts) {
        return Err(Fault::new(Code::CrossSite, "this comes from another site's page"));
    }
    let answering = next.run(Request::from_parts(parts, body));
    let answer = tokio::time::timeout(PATIENCE, answering).await.map_err(|_| Fault::busy())?;
    app.crowd.weigh(answer)
}

/// What every answer says, unless it says something itself.
async fn hardened(app: &App, request: Request, next: Next) -> Response {
    const ALWAYS: [(HeaderName, HeaderValue); 4] = [
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    let mut response = crowd::pass(app, request, next).await.unwrap_or_else(Fault::into_response);
    for (name, value) in ALWAYS {
        response.headers_mut().entry(name).or_insert(value);
    }
    response
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
