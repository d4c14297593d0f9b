//! Every route on one screen.

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    extract::{DefaultBodyLimit, Request, State},
    http::{HeaderName, HeaderValue, header},
    middleware::{Next, from_fn_with_state, map_response},
    response::Response,
    routing::{get, post, put},
};
use protocol::Code;
use tower_http::{
    CompressionLevel,
    compression::{CompressionLayer, DefaultPredicate, Predicate, predicate::SizeAbove},
    trace::TraceLayer,
};

use crate::{app::App, body, crowd, fault::Fault, routes::*, session};

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// Bytes that fit into one packet of most networks.
const PACKET: u16 = 1_200;

/// All of HTTP.
pub(crate) fn router(app: Arc<App>) -> Router {
    let api = Router::new()
        .route("/api/v1/hello", get(hello::hello))
        .route("/api/v1/sign-in/link", post(sign_in::link))
        .route("/api/v1/sign-in/open", post(sign_in::open))
        .route("/api/v1/sign-in/token", post(sign_in::token))
        .route("/api/v1/sign-in/password", post(password::sign_in))
        .route("/api/v1/sign-out", post(sign_in::out))
        .route("/api/v1/password", put(password::change))
        .route("/api/v1/check-in-key", put(counter::enrol))
        .route("/api/v1/counter/open", post(counter::open))
        .route("/api/v1/counter/day", get(counter::today))
        .route("/api/v1/counter/settle", post(counter::settle))
        .route("/api/v1/pull", post(pull::pull))
        .route("/api/v1/push", post(push::push))
        .route("/api/v1/execute", post(execute::execute))
        .route("/api/v1/view", post(view::view))
        .route("/api/v1/bookings/{booking}/calendar.ics", get(feed::file))
        .route("/api/v1/passes", post(pass::add))
        .route("/api/v1/mailbox", get(mailbox::list))
        .route("/api/openapi.json", get(openapi::openapi))
        .route("/feed/{file}", get(feed::feed))
        .route("/passes/{serial}", get(pass::file))
        .route(
            "/passkit/v1/devices/{phone}/registrations/{pass_type}/{serial}",
            post(passkit::register).delete(passkit::unregister),
        )
        .route("/passkit/v1/devices/{phone}/registrations/{pass_type}", get(passkit::changed))
        .route("/passkit/v1/passes/{pass_type}/{serial}", get(passkit::pass))
        .route("/passkit/v1/log", post(passkit::log))
        .route("/mailbox", get(mailbox::page))
        .route("/mailbox/{id}", get(mailbox::body))
        .route("/open", get(links::page))
        .route("/open/{*rest}", get(links::page))
        .route("/.well-known/apple-app-site-association", get(links::apple))
        .route("/.well-known/assetlinks.json", get(links::android))
        .route("/healthz", get(health::health))
        .layer(from_fn_with_state(Arc::clone(&app), in_time));
    Router::new()
        .merge(api)
        // Answers for as long as somebody listens.
        .route("/api/v1/pokes", get(pokes::pokes))
        .fallback(ui::ui)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(DefaultBodyLimit::max(body::LIMIT))
        .layer(from_fn_with_state(Arc::clone(&app), session::same_site))
        .layer(compression())
        // Outside of what packs: only there can be seen whether an answer is taken.
        .layer(from_fn_with_state(Arc::clone(&app), crowd::crowd))
        .layer(map_response(harden))
        // Paths only: what is behind `?`, in headers and in bodies may be secret. Of some paths not all.
        .layer(
            TraceLayer::new_for_http()
                .make_span_with(|request: &Request| {
                    tracing::debug_span!("request", method = %request.method(), path = loggable(request.uri().path()))
                })
                // Who is turned away in a crowd must not fill the log; what breaks says so where it breaks.
                .on_failure(()),
        )
        .with_state(app)
}

/// What is smaller than a packet gains nothing; and a server that many wait for has no time for the last percents.
fn compression() -> CompressionLayer<impl Predicate> {
    let when = DefaultPredicate::new().and(SizeAbove::new(PACKET));
    CompressionLayer::new().quality(CompressionLevel::Fastest).compress_when(when)
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

async fn method_not_allowed() -> Fault {
    Fault::new(Code::MethodNotAllowed, "this address takes another method")
}

async fn in_time(State(app): State<Arc<App>>, request: Request, next: Next) -> Result<Response, Fault> {
    let answer = tokio::time::timeout(PATIENCE, next.run(request)).await.map_err(|_| Fault::busy())?;
    app.crowd.weigh(answer)
}

/// What every answer says, unless it says something itself.
async fn harden(mut response: Response) -> Response {
    const ALWAYS: [(HeaderName, &str); 4] = [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    for (name, value) in ALWAYS {
        response.headers_mut().entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
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
