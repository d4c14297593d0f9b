//! HTTPS by the server itself, and what is made smaller on the way.

use domain::DeviceId;
use reqwest::{Client, header};
use serde_json::json;

use crate::support::{BUSINESS, CHALLENGE, Server, VERIFIER, digits};

/// A server with a certificate of its own for `localhost`, and its URL there.
async fn https() -> (Server, String) {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let rcgen::CertifiedKey { cert, signing_key } =
        rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (chain, key) = (folder.path().join("chain.pem"), folder.path().join("key.pem"));
    std::fs::write(&chain, cert.pem()).unwrap();
    std::fs::write(&key, signing_key.serialize_pem()).unwrap();
    let tls = |settings| server::Settings { tls_cert: chain, tls_key: key, ..settings };
    let mut server = Server::with(BUSINESS, tls).await;
    let trusted = reqwest::Certificate::from_pem(cert.pem().as_bytes()).unwrap();
    server.http = Client::builder().tls_certs_only([trusted]).build().unwrap();
    let port = server.running.address.port();
    server.running.url = format!("https://localhost:{port}");
    let url = server.running.url.clone();
    (server, url)
}

#[tokio::test]
async fn a_browser_signs_in_by_https() {
    let (server, url) = https().await;
    let hello = server.get("/api/v1/hello").await;
    assert_eq!((hello.status().as_u16(), hello.version()), (200, reqwest::Version::HTTP_2), "TLS agrees on HTTP/2");

    let sent: protocol::LinkSent = server
        .post("/api/v1/sign-in/link", &json!({"email": "ada@example.org", "challenge": CHALLENGE}))
        .await
        .json()
        .await
        .unwrap();
    let letter = &server.letters("ada@example.org", 1).await[0];
    assert!(letter["text"].as_str().unwrap().contains("https://"), "the link does not leave HTTPS");
    let body = json!({
        "attempt": sent.attempt, "verifier": VERIFIER, "proof": {"digits": digits(letter)}, "device": DeviceId::new(),
        "browser": true
    });
    let answer = server.post("/api/v1/sign-in/token", &body).await;
    let line = answer.headers()[header::SET_COOKIE].to_str().unwrap().to_owned();
    assert!(line.starts_with("__Host-datebook_session="), "no neighbouring host can set it: {line}");
    let mut flags: Vec<&str> = line.split("; ").skip(1).filter(|flag| !flag.starts_with("Max-Age=")).collect();
    flags.sort_unstable();
    assert_eq!(flags, ["HttpOnly", "Path=/", "SameSite=Strict", "Secure"], "{line}");

    let cookie = line.split(';').next().unwrap();
    let profile = async |cookie: &str, from: &str| {
        let request = server.request(reqwest::Method::POST, "/api/v1/view").header(header::COOKIE, cookie);
        request.header(header::ORIGIN, from).json(&json!({"view": "profile"})).send().await.unwrap().status().as_u16()
    };
    assert_eq!(profile(cookie, &url).await, 200, "the cookie is the session");
    assert_eq!(profile(cookie, "https://evil.example").await, 403, "but not for another site's page");
    let bare = cookie.trim_start_matches("__Host-");
    assert_eq!(profile(bare, &url).await, 401, "nor under the name that a neighbour could set");
}

#[tokio::test]
async fn plain_http_is_no_way_in_where_https_is_spoken() {
    let (server, url) = https().await;
    let plain = server.http.get(url.replace("https", "http")).send().await;
    assert!(plain.is_err(), "no answer in the clear: {plain:?}");
}

#[tokio::test]
async fn answers_are_packed_for_who_can_unpack() {
    let server = Server::start().await;
    let plain = Client::builder().no_gzip().build().unwrap();
    let get = |path: &'static str, packing: &'static str| {
        plain.get(format!("{}{path}", server.running.url)).header(header::ACCEPT_ENCODING, packing).send()
    };
    let packed = get("/api/openapi.json", "gzip").await.unwrap();
    assert_eq!(packed.headers()[header::CONTENT_ENCODING], "gzip");
    let packed = packed.bytes().await.unwrap();
    assert_eq!(packed[..2], [0x1f, 0x8b], "the first bytes of gzip (RFC 1952)");
    let whole = get("/api/openapi.json", "identity").await.unwrap();
    assert!(!whole.headers().contains_key(header::CONTENT_ENCODING), "who did not ask gets it as it is");
    assert!(whole.bytes().await.unwrap().len() > packed.len(), "it is smaller on the way");
    let small = get("/api/v1/hello", "gzip").await.unwrap();
    assert!(!small.headers().contains_key(header::CONTENT_ENCODING), "what fits into a packet gains nothing");
    let pokes = plain.get(format!("{}/api/v1/pokes", server.running.url)).header(header::ACCEPT_ENCODING, "gzip");
    let pokes = pokes.send().await.unwrap();
    assert!(!pokes.headers().contains_key(header::CONTENT_ENCODING), "a packer would keep pokes back until it is full");
}
