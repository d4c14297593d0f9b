//! Signing in by mail, and signing out.

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse as _, Response},
};
use protocol::{LinkOpened, LinkRequest, LinkSent, OpenLink, Problem, SignedIn, TokenRequest};
use store::{Batch, Store as _};

use crate::{
    app::{App, Hosted},
    attempt::{self, Opened},
    body::Body,
    document,
    fault::Fault,
    limit::Purpose,
    session::{self, Client, Member},
};

/// Asks for a mail with a link and six digits.
#[utoipa::path(post, path = "/api/v1/sign-in/link", tag = "sign-in", request_body = LinkRequest, responses(
    (status = 200, body = LinkSent),
    (status = "4XX", body = Problem, content_type = "application/problem+json"),
))]
pub(crate) async fn link(
    State(app): State<Arc<App>>,
    hosted: Hosted,
    Client(client): Client,
    Body(request): Body<LinkRequest>,
) -> Result<Json<LinkSent>, Fault> {
    app.limits.attempt(Purpose::Mail, &hosted.slug, &request.email, client)?;
    Ok(Json(attempt::ask(&app, &hosted, request).await?))
}

/// The button on the link's page was pressed.
#[utoipa::path(post, path = "/api/v1/sign-in/open", tag = "sign-in", request_body = OpenLink, responses(
    (status = 200, body = LinkOpened),
    (status = "4XX", body = Problem, content_type = "application/problem+json"),
))]
pub(crate) async fn open(
    State(app): State<Arc<App>>,
    hosted: Hosted,
    Client(client): Client,
    Body(request): Body<OpenLink>,
) -> Result<Json<LinkOpened>, Fault> {
    app.limits.client(client)?;
    Ok(Json(attempt::open(&hosted, request).await?))
}

/// Turns what the mail said into a session.
#[utoipa::path(post, path = "/api/v1/sign-in/token", tag = "sign-in", request_body = TokenRequest, responses(
    (status = 200, body = SignedIn),
    (status = "4XX", body = Problem, content_type = "application/problem+json"),
))]
pub(crate) async fn token(
    State(app): State<Arc<App>>,
    hosted: Hosted,
    Client(client): Client,
    Body(request): Body<TokenRequest>,
) -> Result<Response, Fault> {
    app.limits.client(client)?;
    let opened = attempt::finish(&app, &hosted, &request).await?;
    Ok(signed_in(&app, opened, request.browser))
}

/// Ends the session.
#[utoipa::path(post, path = "/api/v1/sign-out", tag = "sign-in", security(("bearer" = []), ("cookie" = [])), responses(
    (status = 204),
    (status = "4XX", body = Problem, content_type = "application/problem+json"),
))]
pub(crate) async fn out(State(app): State<Arc<App>>, member: Member) -> Result<Response, Fault> {
    let writes = vec![document::delete(member.ticket.key.clone())];
    member.hosted.store.commit(Batch { writes, ..Batch::default() }).await?;
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, session::clear_cookie(app.secure()))]).into_response())
}

/// The answer that begins a session: a cookie for a browser, a token for everything else.
pub(super) fn signed_in(app: &App, opened: Opened, browser: bool) -> Response {
    let Opened { customer, token, last } = opened;
    if browser {
        let cookie = session::set_cookie(&token, app.secure());
        return ([(header::SET_COOKIE, cookie)], Json(SignedIn { customer, token: None, last })).into_response();
    }
    Json(SignedIn { customer, token: Some(token), last }).into_response()
}
