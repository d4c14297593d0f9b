//! The browser's UI: the same screens as the app's, as files in the program.

use std::borrow::Cow;

use axum::{
    body::Bytes,
    http::{HeaderValue, Method, StatusCode, Uri, header},
    response::{Html, IntoResponse as _, Response},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use protocol::Code;
use rust_embed::{EmbeddedFile, RustEmbed};
use sha2::{Digest as _, Sha256};

use crate::fault::Fault;

/// What the UI's build has made. A development build of the server reads the folder whenever it is asked.
#[derive(RustEmbed)]
#[folder = "../../ui/build"]
#[allow_missing = true]
struct Files;

/// What keeps the counter's page on its machine.
const WORKER: &str = "service-worker.js";

/// A file, or the page that shows every screen.
pub(crate) async fn ui(method: Method, uri: Uri) -> Result<Response, Fault> {
    let path = uri.path();
    if path == "/api" || path.starts_with("/api/") {
        return Err(Fault::new(Code::NotFound, "there is nothing at this address"));
    }
    if !matches!(method, Method::GET | Method::HEAD) {
        return Err(Fault::new(Code::MethodNotAllowed, "this address takes another method"));
    }
    let name = path.trim_start_matches('/');
    match Files::get(name).filter(|_| !name.ends_with(".html")) {
        Some(found) => Ok(file(name, found)),
        // A hashed file of an older build is gone; a page in its place would be taken for a script.
        None if name.starts_with("_app/") => Err(Fault::new(Code::NotFound, "there is nothing at this address")),
        None => Ok(page(path)),
    }
}

fn file(name: &str, file: EmbeddedFile) -> Response {
    let kept = if name.starts_with("_app/immutable/") { "public, max-age=31536000, immutable" } else { "no-cache" };
    let kind = file.metadata.mimetype().to_owned();
    let bytes = match file.data {
        // In the program already: not copied for everybody who loads it slowly.
        Cow::Borrowed(bytes) => Bytes::from_static(bytes),
        Cow::Owned(bytes) => Bytes::from(bytes),
    };
    let mut answer = ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, kept.to_owned())], bytes).into_response();
    if name == WORKER {
        // A worker lives by the policy of its own file, and this one fetches the page's files.
        let policy = HeaderValue::from_static("default-src 'none'; connect-src 'self'; script-src 'self'");
        answer.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    answer
}

fn page(path: &str) -> Response {
    let Some(file) = Files::get("index.html") else {
        let words = "<!doctype html><title>Datebook</title><p>The server runs. This build of it has no pages.";
        return (StatusCode::OK, Html(words)).into_response();
    };
    let html = String::from_utf8_lossy(&file.data).into_owned();
    let policy = policy(&html, path == "/counter");
    let headers = [(header::CONTENT_SECURITY_POLICY, policy), (header::CACHE_CONTROL, "no-cache".to_owned())];
    (headers, Html(html)).into_response()
}

/// Only the server's own files, and of scripts in the page only those that it came with.
fn policy(html: &str, counter: bool) -> String {
    use std::fmt::Write as _;
    let mut scripts = String::from("'self'");
    if counter {
        // What reads codes from the camera's picture is WebAssembly; only the counter's page has it.
        scripts.push_str(" 'wasm-unsafe-eval'");
    }
    for script in inline_scripts(html) {
        // Writing into a String does not fail.
        let _ = write!(scripts, " 'sha256-{}'", STANDARD.encode(Sha256::digest(script.as_bytes())));
    }
    format!(
        "default-src 'none'; script-src {scripts}; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; \
         font-src 'self' data:; connect-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; \
         form-action 'self'; frame-ancestors 'none'"
    )
}

fn inline_scripts(html: &str) -> impl Iterator<Item = &str> {
    html.split("<script").skip(1).filter_map(|rest| {
        let (attributes, rest) = rest.split_once('>')?;
        let (script, _) = rest.split_once("</script>")?;
        (!attributes.contains("src=")).then_some(script)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_scripts_of_the_page_may_run() {
        let html = r#"<script src="/a.js"></script><script>alert(1)</script><script type="module">x</script>"#;
        assert_eq!(inline_scripts(html).collect::<Vec<_>>(), ["alert(1)", "x"], "those without a file of their own");
        let counter = policy(html, true);
        assert!(counter.contains("'wasm-unsafe-eval'"), "the counter's page reads codes");
        let policy = policy("<script>alert(1)</script>", false);
        assert!(!policy.contains("wasm"), "no other page runs WebAssembly");
        assert!(policy.contains("'sha256-bhHHL3z2vDgxUt0W3dWQOrprscmda2Y5pLsLg4GF+pI='"), "as CSP level 3 hashes it");
        assert!(!policy.contains("script-src 'self' 'unsafe-inline'"), "no other script runs");
    }
}
