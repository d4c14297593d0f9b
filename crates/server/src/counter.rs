//! Counters: machines at a business's places where customers are checked in.
//!
//! The operator makes a link (`datebook-server counter link`), somebody opens it on the machine and presses the button,
//! and from then on that machine is the counter until the operator takes it back.
//!
//! **Invariant:** a link opens one machine once, within a day; of link and cookie the server keeps the SHA-256 only.
//! **Invariant:** a counter belongs to one place and sees who is expected there, and nothing else.

pub(crate) mod cli;
pub(crate) mod day;
#[cfg(test)]
mod salon;
pub(crate) mod settle;
pub(crate) mod whereabouts;

use std::sync::Arc;

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, header, request::Parts},
};
use domain::{PlaceId, Timestamp};
use jiff::SignedDuration;
use protocol::Code;
use serde::{Deserialize, Serialize};
use store::{AnyStore, Batch, CommitError, Guard, Key, Read as _, Space, Store as _, UniqueKey};
use uuid::Uuid;

use crate::{
    app::{App, Hosted},
    document,
    fault::Fault,
    secret,
};

/// How long a link can be opened.
const LINK: SignedDuration = SignedDuration::from_hours(24);
/// How long a browser keeps the cookie, in seconds: a year from when the counter was last there.
const KEEP: i64 = 365 * 24 * 60 * 60;

/// A counter as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Counter {
    pub(crate) id: Uuid,
    /// What the operator calls it.
    pub(crate) label: String,
    pub(crate) place: PlaceId,
    pub(crate) made: Timestamp,
    /// The hash of the link's token, until it was opened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    link: Option<String>,
    /// The hash of the cookie, once it was opened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cookie: Option<String>,
    /// When it was opened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) opened: Option<Timestamp>,
}

/// The space of one counter: itself, and what it did.
fn space(id: Uuid) -> Space {
    format!("counter/{id}").parse().expect("an id is made of characters that names of spaces allow")
}

fn key(id: Uuid) -> Key {
    Key { space: space(id), kind: "counter".to_owned(), id: "counter".to_owned() }
}

impl Counter {
    fn keys(&self) -> Vec<UniqueKey> {
        let link = self.link.iter().map(|hash| UniqueKey::new("counter-link", hash));
        link.chain(self.cookie.iter().map(|hash| UniqueKey::new("counter", hash))).collect()
    }
}

/// Makes a counter. Answers the token for its link.
pub(crate) async fn make(
    store: &AnyStore,
    place: PlaceId,
    label: &str,
    now: Timestamp,
) -> Result<(Counter, String), CommitError> {
    let token = secret::token();
    let link = Some(secret::hash(&token));
    let counter =
        Counter { id: Uuid::now_v7(), label: label.to_owned(), place, made: now, link, cookie: None, opened: None };
    let writes = vec![document::write(key(counter.id), &counter, counter.keys())];
    store.commit(Batch { writes, ..Batch::default() }).await?;
    Ok((counter, token))
}

/// All counters, the oldest first.
pub(crate) async fn all(store: &AnyStore) -> Result<Vec<Counter>, portal::Failure> {
    let read = store.snapshot().await?;
    let mut counters = Vec::new();
    for space in read.spaces("counter/").await? {
        let key = Key { space, kind: "counter".to_owned(), id: "counter".to_owned() };
        counters.extend(document::read::<Counter>(&read, &key).await?.map(|found| found.value));
    }
    counters.sort_by_key(|counter| counter.made);
    Ok(counters)
}

/// Takes a counter back. Says whether there was one.
pub(crate) async fn revoke(store: &AnyStore, id: Uuid) -> Result<bool, CommitError> {
    let there = store.snapshot().await?.get(&key(id)).await?.is_some();
    if there {
        store.commit(Batch { writes: vec![document::delete(key(id))], ..Batch::default() }).await?;
    }
    Ok(there)
}

/// Opens a counter by the token of its link. Answers the secret for the cookie.
pub(crate) async fn open(hosted: &Hosted, token: &str) -> Result<String, Fault> {
    let now = hosted.now();
    let read = hosted.store.snapshot().await?;
    let found = match read.find(&UniqueKey::new("counter-link", secret::hash(token))).await? {
        Some(key) => document::read::<Counter>(&read, &key).await?,
        None => None,
    };
    drop(read);
    let found = found.filter(|found| now <= found.value.made + LINK).ok_or_else(Fault::wrong_credentials)?;
    let cookie = secret::token();
    let mut counter = found.value;
    (counter.link, counter.cookie, counter.opened) = (None, Some(secret::hash(&cookie)), Some(now));
    let key = key(counter.id);
    let guards = vec![Guard { key: key.clone(), version: found.version }];
    let writes = vec![document::write(key, &counter, counter.keys())];
    match hosted.store.commit(Batch { guards, writes, ..Batch::default() }).await {
        Ok(_) => Ok(cookie),
        // Somebody opened it at the same moment: it works once.
        Err(CommitError::Changed(_)) => Err(Fault::wrong_credentials()),
        Err(error) => Err(error.into()),
    }
}

/// A counter that asks.
pub(crate) struct AtCounter {
    pub(crate) hosted: Hosted,
    pub(crate) counter: Counter,
}

impl FromRequestParts<Arc<App>> for AtCounter {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Fault> {
        let hosted = Hosted::from_request_parts(parts, app).await?;
        let ended = || Fault::new(Code::NotSignedIn, "this is no counter, or not any more");
        let token = cookie(&parts.headers, app.secure()).ok_or_else(ended)?;
        let read = hosted.store.snapshot().await?;
        let key = read.find(&UniqueKey::new("counter", secret::hash(&token))).await?.ok_or_else(ended)?;
        let counter = document::read::<Counter>(&read, &key).await?.ok_or_else(ended)?.value;
        drop(read);
        Ok(Self { hosted, counter })
    }
}

fn cookie_name(secure: bool) -> &'static str {
    // As for sessions (RFC 6265bis, section 4.1.3.2).
    if secure { "__Host-datebook_counter" } else { "datebook_counter" }
}

/// The cookie of a counter, if a request shows one.
pub(crate) fn cookie(headers: &HeaderMap, secure: bool) -> Option<String> {
    let values = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    values
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, _)| *name == cookie_name(secure))
        .map(|(_, token)| token.to_owned())
}

/// The header that makes a browser the counter.
pub(crate) fn set_cookie(token: &str, secure: bool) -> String {
    let (name, flag) = (cookie_name(secure), if secure { "; Secure" } else { "" });
    format!("{name}={token}; Path=/; Max-Age={KEEP}; HttpOnly; SameSite=Strict{flag}")
}
