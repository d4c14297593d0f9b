//! Every route on one screen.

use std::sync::Arc;

use axum::{
    Router,
    routing::{get, post, put},
};
use protocol::Code;

use crate::{app::App, door::Door, fault::Fault, routes::*};

/// All of HTTP.
pub(crate) fn router(app: Arc<App>) -> Door {
    let routes = Router::new()
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
        // Answers for as long as somebody listens.
        .route("/api/v1/pokes", get(pokes::pokes))
        .fallback(ui::ui)
        .method_not_allowed_fallback(method_not_allowed)
        .with_state(Arc::clone(&app));
    Door::new(app, routes)
}

async fn method_not_allowed() -> Fault {
    Fault::new(Code::MethodNotAllowed, "this address takes another method")
}
