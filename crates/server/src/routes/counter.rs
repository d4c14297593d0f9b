//! The counter's requests, and the key that a customer's device signs its codes with.

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use protocol::{CheckInKey, Code, CounterDay, OpenCounter, Problem, Settle, Settled};
use store::{Batch, CommitError, Guard, Store as _};

use crate::{
    app::{App, Hosted},
    body::Body,
    counter::{self, AtCounter, day, settle},
    document,
    fault::Fault,
    session::{self, Client, Member, Session},
};

/// Most check-ins in one request.
const MOST: usize = 100;

/// Takes note of the key that the device of this session signs its check-in codes with.
#[utoipa::path(
    put, path = "/api/v1/check-in-key", tag = "check-in", request_body = CheckInKey, security(("bearer" = [])),
    responses(
        (status = 204),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn enrol(
    State(app): State<Arc<App>>,
    member: Member,
    Body(request): Body<CheckInKey>,
) -> Result<StatusCode, Fault> {
    if !URL_SAFE_NO_PAD.decode(&request.key).is_ok_and(|key| key.len() == 32) {
        return Err(Fault::new(Code::BadRequest, "a key is 32 bytes in base64url"));
    }
    let Member { hosted, ticket } = member;
    let read = hosted.store.snapshot().await?;
    let ended = || Fault::new(Code::NotSignedIn, "the session has ended");
    let found = document::read::<Session>(&read, &ticket.key).await?.ok_or_else(ended)?;
    drop(read);
    if found.value.check_in_key.as_ref() == Some(&request.key) {
        return Ok(StatusCode::NO_CONTENT);
    }
    app.limits.command(&hosted.slug, found.value.customer)?;
    let session = Session { check_in_key: Some(request.key), ..found.value };
    let guards = vec![Guard { key: ticket.key.clone(), version: found.version }];
    let writes = vec![session::kept(ticket.key.clone(), &session)];
    match hosted.store.commit(Batch { guards, writes, ..Batch::default() }).await {
        Ok(_) => Ok(StatusCode::NO_CONTENT),
        Err(CommitError::Changed(_)) => Err(Fault::busy()),
        Err(error) => Err(error.into()),
    }
}

/// Makes the browser that asks a counter.
#[utoipa::path(
    post, path = "/api/v1/counter/open", tag = "check-in", request_body = OpenCounter, responses(
        (status = 204),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn open(
    State(app): State<Arc<App>>,
    hosted: Hosted,
    Client(client): Client,
    Body(request): Body<OpenCounter>,
) -> Result<Response, Fault> {
    app.limits.client(client)?;
    let cookie = counter::open(&hosted, &request.token).await?;
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, counter::set_cookie(&cookie, app.secure()))]).into_response())
}

/// Who is expected at this counter.
#[utoipa::path(get, path = "/api/v1/counter/day", tag = "check-in", security(("counter" = [])), responses(
    (status = 200, body = CounterDay),
    (status = "4XX", body = Problem, content_type = "application/problem+json"),
))]
pub(crate) async fn today(State(app): State<Arc<App>>, at: AtCounter, headers: HeaderMap) -> Result<Response, Fault> {
    let mut answer = Json(day::day(&app, &at.hosted, &at.counter).await?).into_response();
    // The same secret again: a counter that is used does not end with its cookie's year.
    let again = counter::cookie(&headers, app.secure()).map(|token| counter::set_cookie(&token, app.secure()));
    if let Some(cookie) = again.and_then(|cookie| HeaderValue::try_from(cookie).ok()) {
        answer.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    Ok(answer)
}

/// Takes over whom this counter checked in.
#[utoipa::path(
    post, path = "/api/v1/counter/settle", tag = "check-in", request_body = Settle, security(("counter" = [])),
    responses(
        (status = 200, body = Settled),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn settle(
    State(app): State<Arc<App>>,
    at: AtCounter,
    Body(request): Body<Settle>,
) -> Result<Json<Settled>, Fault> {
    if !(1..=MOST).contains(&request.seen.len()) {
        return Err(Fault::new(Code::BadRequest, "1 to 100 check-ins at a time"));
    }
    let mut settled = Vec::with_capacity(request.seen.len());
    for seen in request.seen {
        settled.push(settle::settle(&app, &at.hosted, &at.counter, seen).await?);
    }
    Ok(Json(Settled { settled }))
}
