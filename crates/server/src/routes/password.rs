//! Signing in by password, and setting it (A08, A14, A15).
//!
//! **Invariant:** after a change no session works but the one that made it, and those that the new password or a mail
//! opened later: signing in guards the password it compared, and changing guards the latest session that began.

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
    limit::Purpose,
    password::{self, Password},
    session::{self, Client, Member},
};

/// Most characters of a password.
const MOST: usize = 200;
/// Fewest characters of a new one.
const FEWEST: usize = 10;
/// How often we look again when somebody else was faster.
const ROUNDS: usize = 8;

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
    app.limits.attempt(Purpose::Password, &hosted.slug, &request.email, client)?;
    for _ in 0..ROUNDS {
        let read = hosted.store.snapshot().await?;
        let customer = attempt::customer(&read, &request.email).await?;
        let kept = match customer {
            Some(customer) => document::read::<Password>(&read, &password::key(customer)).await?,
            None => None,
        };
        drop(read);
        let version = kept.as_ref().map_or(0, |kept| kept.version);
        let right = app.hasher.verify(request.password.clone(), kept.map(|kept| kept.value.hash)).await?;
        let customer = customer.filter(|_| right).ok_or_else(Fault::wrong_credentials)?;
        // The session begins only under the password that was compared: when it changed meanwhile, we compare anew.
        let guards = vec![Guard { key: password::key(customer), version }];
        let batch = Batch { guards, ..Batch::default() };
        if let Some(opened) = attempt::begin(&hosted, Who::Known(customer), request.device, batch).await? {
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
    let forgotten = ticket.session.replaces_password(hosted.now());
    app.limits.attempt(Purpose::Password, &hosted.slug, &format!("password of {customer}"), client)?;
    let (key, latest) = (password::key(customer), session::latest(customer));
    let mut hash = None;
    let mut verified = None;
    for _ in 0..ROUNDS {
        let read = hosted.store.snapshot().await?;
        let kept = document::read::<Password>(&read, &key).await?;
        let begun = document::read::<session::Latest>(&read, &latest).await?.map_or(0, |found| found.version);
        let sessions = read.list(&List::all(key.space.clone(), "session")).await?;
        drop(read);
        if !sessions.iter().any(|session| session.key == ticket.key) {
            return Err(Fault::new(Code::NotSignedIn, "the session has ended"));
        }
        let version = kept.as_ref().map_or(0, |kept| kept.version);
        // Comparing takes long; a session that began meanwhile is no reason to do it again, another password is.
        if verified != Some(version) {
            if let Some(kept) = kept
                && !forgotten
                && !app.hasher.verify(request.current.clone(), Some(kept.value.hash)).await?
            {
                return Err(Fault::wrong_credentials());
            }
            verified = Some(version);
        }
        let hash = match &hash {
            Some(hash) => String::clone(hash),
            None => hash.insert(app.hasher.hash(request.new.clone()).await?).clone(),
        };
        let mut writes = vec![document::write(key.clone(), &Password { hash }, Vec::new())];
        let others = sessions.into_iter().filter(|session| session.key != ticket.key);
        writes.extend(others.map(|session| document::delete(session.key)));
        let guards = vec![Guard { key: key.clone(), version }, Guard { key: latest.clone(), version: begun }];
        match hosted.store.commit(Batch { guards, writes, jobs: Vec::new() }).await {
            Ok(_) => return Ok(StatusCode::NO_CONTENT),
            // Somebody changed it, or a session began, at the same moment: we look again.
            Err(CommitError::Changed(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Fault::busy())
}
