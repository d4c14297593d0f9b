//! Links into the app: the files by which Apple and Google know that this host and the app belong together, and the
//! page for whoever opens such a link where the app does not take it.
//!
//! **Invariant:** opening a link does nothing. The page shows two ways on, to the app and to the browser's screens, and
//! needs no script for either.
//! **Invariant:** what works for whoever has it stands behind `#` and never comes here. Only on the page itself, a script
//! of a few lines puts it behind the ways on; without it the app opens the right business all the same.
//!
//! The grammar of links, with both forms of each, is in `crates/client/src/link.rs`.

use std::sync::{Arc, LazyLock};

use axum::{
    Json,
    extract::State,
    http::{StatusCode, Uri, header},
    response::{Html, IntoResponse as _, Response},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use domain::BookingId;
use minijinja::{Value, context};
use protocol::Code;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use store::Store as _;
use url::Url;
use uuid::Uuid;

use crate::{
    app::{App, Hosted},
    attempt,
    fault::Fault,
    mail,
};

/// Apple and Google fetch their files again after about a day in any case.
const KEPT: (header::HeaderName, &str) = (header::CACHE_CONTROL, "public, max-age=3600");

/// Puts what stands behind `#` behind the ways on, as far as it looks like what we put there.
const SCRIPT: &str = "if(/^#[\\w.~=-]{1,1200}$/.test(location.hash))for(const a of document.querySelectorAll('a[data-with]'))a.href=a.dataset.with+location.hash.slice(1)";

static POLICY: LazyLock<String> = LazyLock::new(|| {
    format!(
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src 'sha256-{}'; base-uri 'none'; \
         form-action 'none'; frame-ancestors 'none'",
        STANDARD.encode(Sha256::digest(SCRIPT))
    )
});

/// Where a booking is, for people: the app if they have it, else a page that leads there.
pub(crate) fn booking(origin: &str, booking: BookingId) -> String {
    format!("{origin}/open/booking/{booking}")
}

/// `/.well-known/apple-app-site-association`: which app opens our links on Apple's systems. There is none without
/// `--apple-app`.
pub(crate) async fn apple(State(app): State<Arc<App>>) -> Result<Response, Fault> {
    let name = &app.settings.apple_app;
    if name.is_empty() {
        return Err(nothing_here());
    }
    let components = json!([{ "/": "/open/*", "comment": "what the app knows the way to" }]);
    let file = json!({ "applinks": { "details": [{ "appIDs": [name], "components": components }] } });
    Ok(([KEPT], Json(file)).into_response())
}

/// `/.well-known/assetlinks.json`: which app opens our links on Android. There is none without `--android-app`.
pub(crate) async fn android(State(app): State<Arc<App>>) -> Result<Response, Fault> {
    let name = &app.settings.android_app;
    if name.is_empty() {
        return Err(nothing_here());
    }
    let fingerprints: Vec<&str> = app.settings.android_fingerprints.split(',').map(str::trim).collect();
    let target = json!({ "namespace": "android_app", "package_name": name, "sha256_cert_fingerprints": fingerprints });
    let file = json!([{ "relation": ["delegate_permission/common.handle_all_urls"], "target": target }]);
    Ok(([KEPT], Json(file)).into_response())
}

/// `/open/…`: the page of a link, for whoever is not in the app.
pub(crate) async fn page(State(app): State<Arc<App>>, hosted: Hosted, uri: Uri) -> Result<Response, Fault> {
    let business = attempt::business(&hosted.store.snapshot().await?).await?;
    let server = hosted.origin(&app);
    let way = Way::of(uri.path());
    let status = if way.is_some() { StatusCode::OK } else { StatusCode::NOT_FOUND };
    let connect = app_link(&server, "connect", None);
    let way = way.map(|way| {
        let carried = way.carries.then(|| format!("{}&", app_link(&server, way.kind, way.named)));
        let app = if way.carries { connect.clone() } else { app_link(&server, way.kind, way.named) };
        // The screen at the door wants to know which door it is.
        let browser_carried = (way.kind == "check-in").then_some("/check-in#");
        context! { kind => way.kind, app, carried, browser => way.browser, browser_carried }
    });
    let settings = &app.settings;
    let values = context! {
        business => &business.name,
        logo => &business.logo,
        colour => &business.colour,
        way,
        app_store => &settings.app_store,
        play_store => &settings.play_store,
        desktop_app => &settings.desktop_app,
        script => Value::from_safe_string(SCRIPT.to_owned()),
    };
    let page = mail::render("open.html", values).map_err(|error| {
        tracing::error!(%error, "the page of a link cannot be rendered");
        Fault::new(Code::ServerError, "the page of a link cannot be rendered")
    })?;
    Ok((status, [(header::CONTENT_SECURITY_POLICY, POLICY.as_str())], Html(page)).into_response())
}

fn nothing_here() -> Fault {
    Fault::new(Code::NotFound, "there is nothing at this address")
}

/// The app's form of a link.
fn app_link(server: &str, kind: &str, named: Option<(&str, Uuid)>) -> String {
    let start = format!("datebook://{kind}?");
    let at = start.len();
    let mut query = url::form_urlencoded::Serializer::for_suffix(start, at);
    query.append_pair("server", server);
    if let Some((name, id)) = named {
        query.append_pair(name, &id.to_string());
    }
    query.finish()
}

/// What a link wants, as far as its path says.
#[derive(Debug, PartialEq, Eq)]
struct Way {
    kind: &'static str,
    /// The id in its path, and what the app's form calls it.
    named: Option<(&'static str, Uuid)>,
    /// Whether more stands behind `#`.
    carries: bool,
    /// The browser's screen.
    browser: String,
}

impl Way {
    fn of(path: &str) -> Option<Self> {
        let mut parts = path.strip_prefix("/open")?.trim_start_matches('/').split('/');
        let (kind, id) = (parts.next()?, parts.next());
        if parts.next().is_some() {
            return None;
        }
        let way = |kind, carries, browser: &str| Self { kind, named: None, carries, browser: browser.to_owned() };
        match (kind, id) {
            ("" | "connect", None) => Some(way("connect", false, "/")),
            ("guest", None) => Some(way("guest", true, "/")),
            ("gift-card", None) => Some(way("gift-card", true, "/wallet")),
            ("check-in", None) => Some(way("check-in", true, "/agenda")),
            ("sign-in", Some(id)) => {
                Some(Self { named: Some(("attempt", uuid(id)?)), ..way("sign-in", true, "/sign-in") })
            }
            ("booking", Some(id)) => {
                let id = uuid(id)?;
                Some(Self { named: Some(("booking", id)), ..way("booking", false, &format!("/agenda/{id}")) })
            }
            ("payment", Some(id)) => {
                Some(Self { named: Some(("payment", uuid(id)?)), ..way("payment", false, "/agenda") })
            }
            _ => None,
        }
    }
}

/// Only as we write it.
fn uuid(text: &str) -> Option<Uuid> {
    Uuid::try_parse(text).ok().filter(|id| id.to_string() == text)
}

/// Whether an address may stand on the page as the way to a shop.
pub(crate) fn is_shop(text: &str) -> bool {
    text.is_empty() || Url::parse(text).is_ok_and(|url| url.scheme() == "https" && url.host().is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_of_the_grammar_lead_somewhere() {
        let id = "01936f3e-8a57-7cc2-b3a4-0f3b1c2d4e5f";
        for (path, kind) in [
            ("/open", Some("connect")),
            ("/open/connect", Some("connect")),
            (&format!("/open/booking/{id}"), Some("booking")),
            (&format!("/open/sign-in/{id}"), Some("sign-in")),
            (&format!("/open/payment/{id}"), Some("payment")),
            ("/open/gift-card", Some("gift-card")),
            ("/open/guest", Some("guest")),
            ("/open/check-in", Some("check-in")),
            ("/open/booking", None),
            ("/open/booking/1", None),
            (&format!("/open/booking/{}", id.to_uppercase()), None),
            (&format!("/open/booking/{id}/cancel"), None),
            ("/open/gift-card/RYE-2026", None),
            ("/open/frobnicate", None),
        ] {
            assert_eq!(Way::of(path).map(|way| way.kind), kind, "{path}");
        }
    }

    #[test]
    fn a_shop_is_an_address_that_a_person_may_follow() {
        for (text, fits) in [
            ("", true),
            ("https://apps.example/datebook", true),
            ("http://apps.example", false),
            ("javascript:alert(1)", false),
            ("apps.example", false),
        ] {
            assert_eq!(is_shop(text), fits, "{text:?}");
        }
    }
}
