//! Calendar files: a customer's feed (Y12), and one appointment (E17).
//!
//! **Invariant:** a feed is opened by its secret and by nothing else; every address that opens none gets the same answer,
//! whether it never was one, was revoked, or is no secret at all. **Invariant:** reading changes nothing, and the secret
//! reaches no log (see [`crate::router`]).
//!
//! Design: a feed is made anew for each reader and carries a hash of its text as entity tag, so a calendar that comes
//! every hour is told with a few bytes that nothing has changed. Only the reader may keep it. Whoever tries addresses
//! that open nothing has as many tries as somebody who tries to sign in, counted apart; a feed that opens may be read
//! four times a minute, because the servers of large calendars come for many customers from one address.

use std::sync::Arc;

use axum::{
    extract::{Path, State, rejection::PathRejection},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use domain::{Booking, BookingId, CustomerId, Feed, FeedSecret, calendar::utc_date};
use jiff::SignedDuration;
use paper::icalendar::{self, Entry, Head};
use portal::{
    documents::{self, Kind as _},
    spaces,
};
use protocol::{Code, Problem};
use sha2::{Digest as _, Sha256};
use store::{AnySnapshot, List, Order, Read as _, Store as _};

use crate::{
    app::{App, Hosted},
    attempt, document,
    fault::Fault,
    mail, secret,
    session::{Caller, Client, Present},
};

/// How far back a feed goes.
const PAST: SignedDuration = SignedDuration::from_hours(24 * 366);
/// The most appointments of a feed; past ones make room for those to come.
const MOST: usize = 2_000;

/// A customer's appointments from a year ago on, for calendar programs. The secret is the customer's alone.
#[utoipa::path(get, path = "/feed/{file}", tag = "calendar",
    params(("file" = String, Path, description = "The feed's secret and `.ics`.")), responses(
        (status = 200, body = String, content_type = "text/calendar"),
        (status = 304, description = "It is as the `If-None-Match` has it."),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = "5XX", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn feed(
    State(app): State<Arc<App>>,
    hosted: Hosted,
    Client(client): Client,
    file: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
) -> Result<Response, Fault> {
    let secret = file.ok().and_then(|Path(file)| file.strip_suffix(".ics")?.parse::<FeedSecret>().ok());
    let read = hosted.store.snapshot().await?;
    let owner = match &secret {
        Some(secret) => owner(&read, secret).await?,
        None => None,
    };
    let (Some(secret), Some(customer)) = (secret, owner) else {
        drop(read);
        app.limits.stranger(client)?;
        return Err(Fault::new(Code::NotFound, "there is no calendar at this address"));
    };
    app.limits.feed(&hosted.slug, secret.as_str())?;
    let bookings = bookings(&hosted, &read, customer).await?;
    let business = attempt::business(&read).await?;
    drop(read);
    let origin = hosted.origin(&app);
    let entry = |booking| Entry { booking, link: mail::link_of(&origin, booking) };
    let entries: Vec<Entry<'_>> = bookings.iter().map(entry).collect();
    let head = Head { business: &business.name, organizer: &business.contact.email, now: hosted.now() };
    Ok(answer(icalendar::feed(&entries, &head), &headers))
}

/// Whose feed a secret opens.
async fn owner(read: &AnySnapshot, secret: &FeedSecret) -> Result<Option<CustomerId>, Fault> {
    let Some(key) = read.find(&documents::feed_key(secret)).await? else { return Ok(None) };
    let Some(found) = document::read::<Feed>(read, &key).await? else { return Ok(None) };
    let same = secret::same(found.value.secret.as_str(), secret.as_str());
    Ok(key.space.owner().and_then(|owner| owner.parse().ok()).filter(|_| same))
}

/// What is in the feed of a customer, in order of time.
async fn bookings(hosted: &Hosted, read: &AnySnapshot, customer: CustomerId) -> Result<Vec<Booking>, Fault> {
    let now = hosted.now();
    let all = || List::all(spaces::customer(customer), Booking::KIND);
    // Whole days: whoever comes again today asks for the same lists.
    let [year_ago, today] = [now - PAST, now].map(|at| documents::day_sort(utc_date(at)));
    let coming = List { from: Some(today.clone()), limit: MOST, ..all() };
    let coming = read.list(&coming).await?;
    let past =
        List { from: Some(year_ago), below: Some(today), order: Order::Falling, limit: MOST - coming.len(), ..all() };
    let past = read.list(&past).await?;
    let bookings = past.iter().rev().chain(&coming).map(documents::decode).collect::<Result<_, _>>()?;
    Ok(bookings)
}

fn answer(text: String, headers: &HeaderMap) -> Response {
    let hash: String = Sha256::digest(text.as_bytes()).iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    // Weak: what is sent may be packed (RFC 9110, section 8.8.3.3).
    let tag = format!("W/\"{hash}\"");
    let known = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    let fresh = known
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .any(|one| one == "*" || one.strip_prefix("W/").unwrap_or(one).trim_matches('"') == hash);
    let kept = [
        (header::ETAG, HeaderValue::from_str(&tag).unwrap_or(HeaderValue::from_static("W/\"\""))),
        (header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache")),
        (header::HeaderName::from_static("x-robots-tag"), HeaderValue::from_static("noindex, nofollow")),
    ];
    if fresh {
        return (StatusCode::NOT_MODIFIED, kept).into_response();
    }
    let name = HeaderValue::from_static("inline; filename=\"appointments.ics\"");
    (kept, [(header::CONTENT_TYPE, CALENDAR), (header::CONTENT_DISPOSITION, name)], text).into_response()
}

const CALENDAR: HeaderValue = HeaderValue::from_static("text/calendar; charset=utf-8");

/// One of the customer's own appointments as a file for their calendar.
#[utoipa::path(get, path = "/api/v1/bookings/{booking}/calendar.ics", tag = "calendar",
    params(("booking" = BookingId, Path, description = "Which appointment.")),
    security(("bearer" = []), ("cookie" = [])), responses(
        (status = 200, body = String, content_type = "text/calendar"),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = "5XX", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn file(
    State(app): State<Arc<App>>,
    caller: Caller,
    booking: Result<Path<String>, PathRejection>,
) -> Result<Response, Fault> {
    let Present { hosted, ticket, read } = caller.enter().await?;
    let ticket = ticket.ok_or_else(|| Fault::new(Code::NotSignedIn, "nobody is signed in"))?;
    let missing = || Fault::new(Code::NotFound, "there is no such appointment");
    let id = booking.ok().and_then(|Path(id)| id.parse::<BookingId>().ok()).ok_or_else(missing)?;
    let key = spaces::booking(ticket.session.customer, id);
    let booking = document::read::<Booking>(&read, &key).await?.ok_or_else(missing)?.value;
    let business = attempt::business(&read).await?;
    drop(read);
    let head = Head { business: &business.name, organizer: &business.contact.email, now: hosted.now() };
    let entry = Entry { booking: &booking, link: mail::link_of(&hosted.origin(&app), &booking) };
    // Browsers that know a calendar ask it at once, the others keep a file. Its name is made of the characters of a reference, which need no escape.
    let name = format!("inline; filename=\"appointment-{}.ics\"", booking.reference);
    let name = HeaderValue::from_str(&name).unwrap_or(HeaderValue::from_static("inline"));
    let headers = [(header::CONTENT_TYPE, CALENDAR), (header::CONTENT_DISPOSITION, name)];
    Ok((headers, icalendar::file(&entry, &head)).into_response())
}
