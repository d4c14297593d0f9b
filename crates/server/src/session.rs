//! Who a request comes from.
//!
//! A session is 256 random bits; the server keeps their SHA-256 only, in the customer's identity, for 90 days. A device
//! sends it as a bearer token, a browser as a cookie that no script can read.
//!
//! **Invariant:** a request that changes something on the strength of a cookie comes from the business's own page.

use std::{
    collections::HashMap,
    net::{IpAddr, SocketAddr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::{
    extract::{ConnectInfo, FromRequestParts, Request},
    http::{HeaderMap, Method, header, request::Parts},
};
use domain::{CustomerId, DeviceId, Timestamp};
use jiff::SignedDuration;
use portal::{Actor, spaces};
use protocol::Code;
use serde::{Deserialize, Serialize};
use store::{AnySnapshot, Glance, Key, NewJob, Read, Store as _, UniqueKey, Write};

use crate::{
    app::{App, Hosted, authority},
    counter, document,
    fault::Fault,
    job, secret,
};

/// How long a session lasts, however much it is used.
const DAYS: i64 = 90;
/// How long a mail that was opened stands in for the present password.
const MINUTES: i64 = 15;

/// A session as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Session {
    /// Whose.
    pub(crate) customer: CustomerId,
    /// On which installation.
    pub(crate) device: DeviceId,
    /// Since when.
    pub(crate) created: Timestamp,
    /// Until when.
    pub(crate) expires: Timestamp,
    /// The public key that its device signs check-in codes with, base64url; nothing from devices that have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) check_in_key: Option<String>,
    /// Whether a mail to the customer's address began it; not known of sessions from before this was kept.
    #[serde(default)]
    pub(crate) by_mail: bool,
}

impl Session {
    /// Whether a mail began it so lately that a password can be set without the present one (A14).
    pub(crate) fn replaces_password(&self, now: Timestamp) -> bool {
        self.by_mail && now <= self.created + SignedDuration::from_mins(MINUTES)
    }
}

/// What it takes to begin a session.
pub(crate) struct Begun {
    /// For the customer; kept nowhere.
    pub(crate) token: String,
    /// For the store.
    pub(crate) writes: Vec<Write>,
    /// Takes the session away when it has expired.
    pub(crate) job: NewJob,
}

/// A new session, and whether a mail began it.
pub(crate) fn begin(customer: CustomerId, device: DeviceId, by_mail: bool, now: Timestamp) -> Begun {
    let expires = now + SignedDuration::from_hours(24 * DAYS);
    let token = secret::token();
    let hash = secret::hash(&token);
    let key = Key { space: spaces::identity(customer), kind: "session".to_owned(), id: hash.clone() };
    let job = job::forget_document(&key, expires);
    let session = Session { customer, device, created: now, expires, check_in_key: None, by_mail };
    let writes = vec![
        document::write(key, &session, vec![unique(&hash)]),
        document::write(latest(customer), &Latest { at: now }, Vec::new()),
    ];
    Begun { token, writes, job }
}

/// The write that keeps a session after a change.
pub(crate) fn kept(key: Key, session: &Session) -> Write {
    let keys = vec![unique(&key.id)];
    document::write(key, session, keys)
}

/// When a customer's latest session began. Every beginning writes it, so that whoever ends all sessions can guard it and
/// misses none that began meanwhile; beginnings do not get into each other's way.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Latest {
    at: Timestamp,
}

/// Where a customer's [`Latest`] is.
pub(crate) fn latest(customer: CustomerId) -> Key {
    Key { space: spaces::identity(customer), kind: "latest-session".to_owned(), id: "latest-session".to_owned() }
}

fn unique(hash: &str) -> UniqueKey {
    UniqueKey::new("session", hash)
}

/// A session with its place in the store.
#[derive(Debug, Clone)]
pub(crate) struct Ticket {
    pub(crate) session: Session,
    pub(crate) key: Key,
}

/// The session whose token has that hash, if there is one.
async fn find(read: &impl Read, hash: &str, now: Timestamp) -> Result<Option<Ticket>, Fault> {
    let Some(key) = read.find(&unique(hash)).await? else { return Ok(None) };
    let Some(found) = document::read::<Session>(read, &key).await? else { return Ok(None) };
    Ok((found.value.expires > now).then_some(Ticket { session: found.value, key }))
}

/// Most sessions that are remembered; when there are more, all are looked up anew.
const REMEMBERED: usize = 20_000;

/// Sessions that were looked up, with the version of the customer's identity at which they were there: as long as that
/// has not changed, they are. What is kept of a token is its hash.
#[derive(Default)]
pub(crate) struct Sessions(Mutex<HashMap<String, (u64, Arc<Ticket>)>>);

impl Sessions {
    /// Whose session it is that is remembered, if it can be told without a read that it still is one.
    fn recall(&self, glance: &Glance, hash: &str, now: Timestamp) -> Option<CustomerId> {
        let (version, ticket) = self.lock().get(hash).cloned()?;
        let lasts = ticket.session.expires > now && glance.version(&ticket.key.space)? == version;
        lasts.then_some(ticket.session.customer)
    }

    async fn find(&self, read: &impl Read, hash: &str, now: Timestamp) -> Result<Option<Arc<Ticket>>, Fault> {
        let kept = self.lock().get(hash).cloned();
        if let Some((version, ticket)) = kept
            && read.version(&ticket.key.space).await? == version
        {
            return Ok((ticket.session.expires > now).then_some(ticket));
        }
        let found = find(read, hash, now).await?.map(Arc::new);
        match &found {
            Some(ticket) => {
                let version = read.version(&ticket.key.space).await?;
                let mut kept = self.lock();
                if kept.len() >= REMEMBERED {
                    kept.clear();
                }
                kept.insert(hash.to_owned(), (version, Arc::clone(ticket)));
            }
            None => drop(self.lock().remove(hash)),
        }
        Ok(found)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, (u64, Arc<Ticket>)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Somebody at the door, and what they show. [`Caller::enter`] looks at it; not before the request has arrived whole,
/// for whoever is slow must not hold a moment of the store open.
pub(crate) struct Caller {
    hosted: Hosted,
    token: Option<Token>,
}

struct Token {
    /// Of what was shown.
    hash: String,
    /// A device sent it, not a browser.
    bearer: bool,
}

/// Somebody who was signed in when the request began: nobody else is asked what they want. When it has arrived whole they
/// enter as any [`Caller`].
pub(crate) struct Recognised(pub(crate) Caller);

/// Somebody, signed in or not, and the moment of the store at which that was so.
pub(crate) struct Present {
    pub(crate) hosted: Hosted,
    pub(crate) ticket: Option<Arc<Ticket>>,
    pub(crate) read: AnySnapshot,
}

/// Somebody, signed in or not.
pub(crate) struct Visitor {
    pub(crate) hosted: Hosted,
    pub(crate) ticket: Option<Arc<Ticket>>,
}

/// Somebody who is signed in.
pub(crate) struct Member {
    pub(crate) hosted: Hosted,
    pub(crate) ticket: Arc<Ticket>,
}

fn actor(ticket: Option<&Arc<Ticket>>) -> Actor {
    ticket.map_or(Actor::Anyone, |ticket| Actor::Customer(ticket.session.customer))
}

impl Caller {
    /// Who it is and how things stand, if both can be told without a read. Whoever gets no answer enters.
    pub(crate) fn glance(&self) -> Option<(Glance, Actor)> {
        let glance = self.hosted.store.glance()?;
        let actor = match &self.token {
            Some(token) => Actor::Customer(self.hosted.sessions.recall(&glance, &token.hash, self.hosted.now())?),
            None => Actor::Anyone,
        };
        Some((glance, actor))
    }

    /// The business.
    pub(crate) fn hosted(&self) -> &Hosted {
        &self.hosted
    }

    /// Who it is.
    ///
    /// # Errors
    /// [`Code::NotSignedIn`] when a device shows a session that has ended.
    pub(crate) async fn enter(&self) -> Result<Present, Fault> {
        let Self { hosted, token } = self;
        let read = hosted.store.snapshot().await?;
        let ticket = match token {
            Some(token) => hosted.sessions.find(&read, &token.hash, hosted.now()).await?,
            None => None,
        };
        // A device has to learn that its session has ended. A browser with an old cookie is simply nobody.
        if ticket.is_none() && token.as_ref().is_some_and(|token| token.bearer) {
            return Err(Fault::new(Code::NotSignedIn, "the session has ended"));
        }
        Ok(Present { hosted: hosted.clone(), ticket, read })
    }
}

impl Present {
    /// Somebody who is signed in, and the moment.
    ///
    /// # Errors
    /// [`Code::NotSignedIn`] for nobody.
    pub(crate) fn member(self) -> Result<(Member, AnySnapshot), Fault> {
        let Self { hosted, ticket, read } = self;
        let ticket = ticket.ok_or_else(|| Fault::new(Code::NotSignedIn, "nobody is signed in"))?;
        Ok((Member { hosted, ticket }, read))
    }

    /// Who it is.
    pub(crate) fn actor(&self) -> Actor {
        actor(self.ticket.as_ref())
    }
}

impl Visitor {
    /// Who it is.
    pub(crate) fn actor(&self) -> Actor {
        actor(self.ticket.as_ref())
    }
}

impl FromRequestParts<Arc<App>> for Caller {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Fault> {
        let hosted = Hosted::from_request_parts(parts, app).await?;
        let bearer = bearer(&parts.headers).map(|text| Token { hash: secret::hash(text), bearer: true });
        let cookie = || cookie(&parts.headers, app.secure());
        let token = bearer.or_else(|| Some(Token { hash: secret::hash(cookie()?), bearer: false }));
        Ok(Self { hosted, token })
    }
}

impl FromRequestParts<Arc<App>> for Recognised {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Fault> {
        let caller = Caller::from_request_parts(parts, app).await?;
        if !matches!(caller.glance(), Some((_, Actor::Customer(_)))) {
            caller.enter().await?.member()?;
        }
        Ok(Self(caller))
    }
}

impl FromRequestParts<Arc<App>> for Visitor {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Fault> {
        let Present { hosted, ticket, read: _ } = Caller::from_request_parts(parts, app).await?.enter().await?;
        Ok(Self { hosted, ticket })
    }
}

impl FromRequestParts<Arc<App>> for Member {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Fault> {
        let (member, _) = Caller::from_request_parts(parts, app).await?.enter().await?.member()?;
        Ok(member)
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn cookie_name(secure: bool) -> &'static str {
    // The prefix makes browsers refuse the cookie from a neighbouring host (RFC 6265bis, section 4.1.3.2).
    if secure { "__Host-datebook_session" } else { "datebook_session" }
}

fn cookie(headers: &HeaderMap, secure: bool) -> Option<&str> {
    let values = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    values
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, _)| *name == cookie_name(secure))
        .map(|(_, token)| token)
}

/// The header that gives a browser its session.
pub(crate) fn set_cookie(token: &str, secure: bool) -> String {
    let seconds = DAYS * 24 * 60 * 60;
    cookie_line(token, seconds, secure)
}

/// The header that takes it away.
pub(crate) fn clear_cookie(secure: bool) -> String {
    cookie_line("", 0, secure)
}

fn cookie_line(token: &str, seconds: i64, secure: bool) -> String {
    let name = cookie_name(secure);
    let flag = if secure { "; Secure" } else { "" };
    format!("{name}={token}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Strict{flag}")
}

/// Whether a request comes from the business's own page, or changes nothing.
pub(crate) fn is_same_site(app: &App, request: &Request) -> bool {
    if matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS) {
        return true;
    }
    let text = |name| request.headers().get(name).and_then(|value| value.to_str().ok());
    match (text("sec-fetch-site"), text("origin")) {
        (Some(site), _) => matches!(site, "same-origin" | "none"),
        (None, Some(origin)) => {
            let host = origin.split_once("://").map(|(_, host)| host.to_lowercase());
            let proxied = app.origin.as_str().trim_end_matches('/') == origin;
            proxied || (host.is_some() && host == authority(request.headers(), request.uri()))
        }
        // A program that is no browser sends neither header and no cookie, neither a customer's nor a counter's.
        (None, None) => {
            cookie(request.headers(), app.secure()).is_none()
                && counter::cookie(request.headers(), app.secure()).is_none()
        }
    }
}

/// The address a request comes from.
pub(crate) struct Client(pub(crate) IpAddr);

impl FromRequestParts<Arc<App>> for Client {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Fault> {
        let header = &app.settings.client_header;
        let named = named(&parts.headers, header);
        if named.is_none() && !header.is_empty() {
            app.unnamed.call_once(|| tracing::warn!(%header, "the proxy does not name the client"));
        }
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
        named.or(peer).map(Self).ok_or_else(|| Fault::new(Code::ServerError, "the client's address is not known"))
    }
}

/// The address that the proxy in front wrote: the last part of the last line, for all before it may be the client's own.
fn named(headers: &HeaderMap, name: &str) -> Option<IpAddr> {
    if name.is_empty() {
        return None;
    }
    let last = headers.get_all(name).iter().next_back()?;
    let last = last.to_str().ok()?.rsplit(',').next()?.trim();
    // Some proxies write the client's port too, and then an IPv6 address in brackets.
    last.parse().ok().or_else(|| last.parse::<SocketAddr>().ok().map(|with_port| with_port.ip()))
}

#[cfg(test)]
mod tests {
    use store::{Batch, Engine};

    use super::*;

    #[tokio::test]
    async fn a_session_ends_whether_it_is_remembered_or_read() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("datebook.sqlite").display());
        let store = Engine::open(&url).await.unwrap().realm("salon");
        let (ada, began) = (CustomerId::new(), "2026-11-22T09:30:00Z".parse::<Timestamp>().unwrap());
        let Begun { token, writes, .. } = begin(ada, DeviceId::new(), true, began);
        store.commit(Batch { writes, ..Batch::default() }).await.unwrap();
        let hash = secret::hash(&token);
        let end = began + SignedDuration::from_hours(24 * 90);
        let before = end - SignedDuration::from_secs(1);

        let (sessions, read) = (Sessions::default(), store.snapshot().await.unwrap());
        assert!(sessions.find(&read, &hash, before).await.unwrap().is_some(), "it lasts for 90 days");
        assert!(Sessions::default().find(&read, &hash, end).await.unwrap().is_none(), "and no longer");
        assert!(sessions.find(&read, &hash, end).await.unwrap().is_none(), "also where it is remembered");
        let glance = store.glance().expect("what was read is known");
        assert_eq!(sessions.recall(&glance, &hash, before), Some(ada), "without a read it lasts as long");
        assert_eq!(sessions.recall(&glance, &hash, end), None, "and no longer");
    }

    #[test]
    fn only_what_the_proxy_wrote_last_names_the_client() {
        let mut headers = HeaderMap::new();
        for line in ["198.51.100.1", "198.51.100.2, 203.0.113.7"] {
            headers.append("x-forwarded-for", line.parse().unwrap());
        }
        let expected = "203.0.113.7".parse().ok();
        assert_eq!(named(&headers, "x-forwarded-for"), expected, "lines before the last may be the client's own");
        headers.append("x-forwarded-for", "unknown".parse().unwrap());
        assert_eq!(named(&headers, "x-forwarded-for"), None, "nor does an earlier line stand in for a last one");
        for (line, address) in [("203.0.113.7:51234", "203.0.113.7"), ("[2001:db8::1]:443", "2001:db8::1")] {
            headers.append("x-forwarded-for", line.parse().unwrap());
            assert_eq!(named(&headers, "x-forwarded-for"), address.parse().ok(), "the port of {line} is no part of it");
        }
        assert_eq!(named(&headers, ""), None, "without a proxy there is no such header");
    }
}
