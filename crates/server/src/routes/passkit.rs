//! The web service that Apple Wallet asks: which of a phone's passes have changed, and the pass as it is now.
//!
//! **Invariant:** what concerns one pass wants that pass's token (`Authorization: ApplePass …`), which is not the one of the
//! link that handed it out. A phone's list of passes wants the name of the phone, which only the phone knows; it says
//! serial numbers and nothing else. **Invariant:** whoever has a pass writes no more than [`crate::limit`] says.
//!
//! Source: Apple, "Wallet Passes web service". Errors answer a `Problem`, which Wallet does not read.

use std::sync::Arc;

use axum::{
    Json,
    extract::{RawQuery, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use domain::Timestamp;
use jiff::SignedDuration;
use protocol::Code;
use serde::Deserialize;
use serde_json::json;

use crate::{
    app::{App, Hosted},
    body::Body,
    fault::Fault,
    in_path::InPath,
    routes::pass::said,
    wallet::{
        issue::{self, Asked},
        phones,
    },
};

/// A pass that has changed is named again for so long: nodes have clocks of their own, and a commit takes a moment.
const OVERLAP: SignedDuration = SignedDuration::from_secs(60);

/// Most characters of what a phone is called; no more than theirs.
const NAME: usize = 128;
/// Most characters of what Apple calls it: hexadecimal.
const PUSH_TOKEN: usize = 200;

/// How many words of a phone are written down at a time, and how long each may be.
const WORDS: (usize, usize) = (10, 500);

#[derive(Deserialize)]
pub(crate) struct Registration {
    #[serde(rename = "pushToken")]
    push_token: String,
}

/// A phone holds a pass and wants to be told of changes: `201`, or `200` when it was told already.
pub(crate) async fn register(
    State(app): State<Arc<App>>,
    hosted: Hosted,
    InPath((phone, pass_type, serial)): InPath<(String, String, String)>,
    headers: HeaderMap,
    Body(registration): Body<Registration>,
) -> Result<StatusCode, Fault> {
    let asked = admitted(&app, &hosted, &pass_type, &serial, &headers).await?;
    app.limits.pass(&hosted.slug, &serial)?;
    let made_of =
        |text: &str, most: usize, fits: fn(u8) -> bool| (1..=most).contains(&text.len()) && text.bytes().all(fits);
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    if !made_of(&phone, NAME, plain) {
        return Err(Fault::new(Code::BadRequest, "this is not how a phone is called"));
    }
    // What Apple would not know would be asked of it for as long as there is the pass.
    if !made_of(&registration.push_token, PUSH_TOKEN, |byte| byte.is_ascii_hexdigit()) {
        return Err(Fault::new(Code::BadRequest, "a push token is hexadecimal"));
    }
    let new = phones::register(&hosted, &phone, &asked.pass, &registration.push_token).await?;
    Ok(if new { StatusCode::CREATED } else { StatusCode::OK })
}

/// A phone has removed a pass.
pub(crate) async fn unregister(
    State(app): State<Arc<App>>,
    hosted: Hosted,
    InPath((phone, pass_type, serial)): InPath<(String, String, String)>,
    headers: HeaderMap,
) -> Result<StatusCode, Fault> {
    let asked = admitted(&app, &hosted, &pass_type, &serial, &headers).await?;
    phones::unregister(&hosted, &phone, &asked.pass).await?;
    Ok(StatusCode::OK)
}

/// Which of a phone's passes have changed: serial numbers, and the moment to ask from next time. `204` when none has.
pub(crate) async fn changed(
    State(app): State<Arc<App>>,
    hosted: Hosted,
    InPath((phone, pass_type)): InPath<(String, String)>,
    RawQuery(query): RawQuery,
) -> Result<Response, Fault> {
    of_this_type(&app, &pass_type)?;
    // What is not a moment that we gave counts as never.
    let since = said(query.as_deref(), "passesUpdatedSince")
        .parse()
        .ok()
        .and_then(|second| Timestamp::from_second(second).ok());
    let since = since.map_or(Timestamp::MIN, |since| since.checked_sub(OVERLAP).unwrap_or(Timestamp::MIN));
    // First the clock, then the look: what changes in between is named next time.
    let now = hosted.now();
    let passes = phones::of(&hosted, &phone).await?;
    let serials: Vec<String> = passes.iter().filter(|pass| pass.changed > since).map(portal::Pass::serial).collect();
    if serials.is_empty() {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let last = now.as_second().to_string();
    Ok(Json(json!({ "serialNumbers": serials, "lastUpdated": last })).into_response())
}

/// The pass as it is now; `304` when the phone has it so.
pub(crate) async fn pass(
    State(app): State<Arc<App>>,
    hosted: Hosted,
    InPath((pass_type, serial)): InPath<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Fault> {
    let asked = admitted(&app, &hosted, &pass_type, &serial, &headers).await?;
    let changed = asked.pass.changed;
    let has = headers.get(header::IF_MODIFIED_SINCE).and_then(|value| value.to_str().ok());
    let has = has.and_then(|text| jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(text).ok());
    let last_modified = HeaderValue::from_str(&changed.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string());
    let last_modified = last_modified.map_err(|_| Fault::new(Code::ServerError, "a moment that cannot be said"))?;
    if has.is_some_and(|has| changed <= has) {
        return Ok((StatusCode::NOT_MODIFIED, [(header::LAST_MODIFIED, last_modified)]).into_response());
    }
    let file = asked.file(&app, &hosted).await?;
    let kind = HeaderValue::from_static(paper::pass::CONTENT_TYPE);
    Ok(([(header::CONTENT_TYPE, kind), (header::LAST_MODIFIED, last_modified)], file).into_response())
}

#[derive(Deserialize)]
pub(crate) struct Words {
    #[serde(default)]
    logs: Vec<String>,
}

/// What a phone has to complain about. Anybody can say anything here, so it stands in the log at `debug` only, and not
/// much of it.
pub(crate) async fn log(_: Hosted, Body(words): Body<Words>) -> StatusCode {
    for word in words.logs.iter().take(WORDS.0) {
        let word: String = word.chars().take(WORDS.1).collect();
        tracing::debug!(?word, "a wallet says");
    }
    StatusCode::OK
}

/// Whoever shows the token of a pass.
async fn admitted(
    app: &App,
    hosted: &Hosted,
    pass_type: &str,
    serial: &str,
    headers: &HeaderMap,
) -> Result<Asked, Fault> {
    of_this_type(app, pass_type)?;
    let shown = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = shown.and_then(|value| value.strip_prefix("ApplePass ")).unwrap_or_default();
    issue::ask(app, hosted, serial, issue::Secret::Pass(token)).await
}

fn of_this_type(app: &App, pass_type: &str) -> Result<(), Fault> {
    let apple = app.wallets.apple.as_ref().filter(|apple| apple.signer.pass_type() == pass_type);
    apple.map(|_| ()).ok_or_else(|| Fault::new(Code::NotFound, "there are no passes of this type"))
}
