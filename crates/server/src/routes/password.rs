//! Signing in by password, and setting it (A08, A15).

use std::sync::Arc;

use axum::{extract::State, http::StatusCode, response::Response};
use protocol::{Code, NewPassword, PasswordRequest, Problem, SignedIn};
use store::{Batch, CommitError, Guard, List, Read as _, Store as _};

use super::sign_in::signed_in;
use crate::{
    app::{App, Hosted},
    attempt::{self, Who},
    body::Body,
    document,
    fault::Fault,
    password::{self, Password},
    session::{Client, Member},
};

/// Most characters of a password.
const MOST: usize = 200;
/// Fewest characters of a new one.
const FEWEST: usize = 10;

/// Signs in by email address and password.
#[utoipa::path(post, path = "/api/v1/sign-in/password", tag = "sign-in", request_body = PasswordRequest, responses(
    (status = 200, body = SignedIn),
    (status = "4XX", body = Problem, content_type = "application/problem+json"),
))]
pub(crate) async fn sign_in(
    State(app): State<Arc<App>>,
    hosted: Hosted,
    Client(client): Client,
    Body(request): Body<PasswordRequest>,
) -> Result<Response, Fault> {
    if request.password.is_empty() || request.password.chars().count() > MOST {
        return Err(Fault::new(Code::BadRequest, "a password has 1 to 200 characters"));
    }
    app.limits.attempt(&hosted.slug, &request.email, client)?;
    let read = hosted.store.snapshot().await?;
    let customer = attempt::customer(&read, &request.email).await?;
    let kept = match customer {
        Some(customer) => document::read::<Password>(&read, &password::key(customer)).await?,
        None => None,
    };
    drop(read);
    let right = app.hasher.verify(request.password, kept.map(|kept| kept.value.hash)).await?;
    let customer = customer.filter(|_| right).ok_or_else(Fault::wrong_credentials)?;
    // Somebody else can only be faster at making this very device known.
    for _ in 0..4 {
        if let Some(opened) = attempt::begin(&hosted, Who::Known(customer), request.device, Batch::default()).await? {
            return Ok(signed_in(&app, opened, request.browser));
        }
    }
    Err(Fault::busy())
}

/// Sets or changes the password. All other sessions of the customer end.
#[utoipa::path(
    put, path = "/api/v1/password", tag = "sign-in", request_body = NewPassword,
    security(("bearer" = []), ("cookie" = [])), responses(
        (status = 204),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn change(
    State(app): State<Arc<App>>,
    member: Member,
    Client(client): Client,
    Body(request): Body<NewPassword>,
) -> Result<StatusCode, Fault> {
    if !(FEWEST..=MOST).contains(&request.new.chars().count()) || request.current.chars().count() > MOST {
        return Err(Fault::new(Code::BadRequest, "a new password has 10 to 200 characters"));
    }
    let Member { hosted, ticket } = member;
    let customer = ticket.session.customer;
    app.limits.attempt(&hosted.slug, &format!("password of {customer}"), client)?;
    let key = password::key(customer);
    let read = hosted.store.snapshot().await?;
    let kept = document::read::<Password>(&read, &key).await?;
    let sessions = read.list(&List::all(key.space.clone(), "session")).await?;
    drop(read);
    let version = kept.as_ref().map_or(0, |kept| kept.version);
    if let Some(kept) = kept
        && !app.hasher.verify(request.current, Some(kept.value.hash)).await?
    {
        return Err(Fault::wrong_credentials());
    }
    let hash = app.hasher.hash(request.new).await?;
    let mut writes = vec![document::write(key.clone(), &Password { hash }, Vec::new())];
    let others = sessions.into_iter().filter(|session| session.key != ticket.key);
    writes.extend(others.map(|session| document::delete(session.key)));
    let batch = Batch { guards: vec![Guard { key, version }], writes, jobs: Vec::new() };
    match hosted.store.commit(batch).await {
        Ok(_) => Ok(StatusCode::NO_CONTENT),
        // Somebody changed it at the same moment: the present one is no longer what was said.
        Err(CommitError::Changed(_)) => Err(Fault::wrong_credentials()),
        Err(error) => Err(error.into()),
    }
}
