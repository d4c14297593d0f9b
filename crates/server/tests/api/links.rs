//! Links into the app: what Apple and Google ask for, and the page for whoever has no app.

use reqwest::{StatusCode, header};
use serde_json::{Value, json};
use server::Settings;

use crate::support::{BUSINESS, Server};

const ID: &str = "01936f3e-8a57-7cc2-b3a4-0f3b1c2d4e5f";
const FINGERPRINT: &str =
    "14:6D:E9:83:C5:73:06:50:D8:EE:B9:95:2F:34:FC:64:16:A0:83:42:E6:1D:BE:A8:8A:04:96:B2:3F:CF:44:E5";

/// A server that does not follow where it is sent: neither Apple nor Google do.
async fn with_apps() -> Server {
    let apps = |settings| Settings {
        apple_app: "ABCDE12345.example.salon.app".to_owned(),
        android_app: "example.salon.app".to_owned(),
        android_fingerprints: format!("{FINGERPRINT}, {FINGERPRINT}"),
        app_store: "https://apps.example/datebook?a=1&b=2".to_owned(),
        desktop_app: "https://salon.example/get".to_owned(),
        ..settings
    };
    let mut server = Server::with(BUSINESS, apps).await;
    server.http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    server
}

#[tokio::test]
async fn apple_and_google_learn_which_app_it_is() {
    let server = with_apps().await;
    let apple = server.get("/.well-known/apple-app-site-association").await;
    assert_eq!(apple.status(), StatusCode::OK, "not somewhere else: Apple follows nobody");
    assert_eq!(apple.headers()[header::CONTENT_TYPE], "application/json", "Apple takes no other type");
    let apple: Value = apple.json().await.unwrap();
    let details = &apple["applinks"]["details"][0];
    assert_eq!(details["appIDs"], json!(["ABCDE12345.example.salon.app"]), "the app that was named");
    assert_eq!(
        details["components"][0]["/"], "/open/*",
        "links open the app, the browser's screens stay in the browser"
    );

    let android = server.get("/.well-known/assetlinks.json").await;
    assert_eq!(android.status(), StatusCode::OK, "not somewhere else: Google follows nobody");
    assert_eq!(android.headers()[header::CONTENT_TYPE], "application/json", "Google takes no other type");
    let android: Value = android.json().await.unwrap();
    assert_eq!(android[0]["relation"], json!(["delegate_permission/common.handle_all_urls"]), "what it may do");
    assert_eq!(android[0]["target"]["package_name"], "example.salon.app", "the app that was named");
    let prints = json!([FINGERPRINT, FINGERPRINT]);
    assert_eq!(android[0]["target"]["sha256_cert_fingerprints"], prints, "one for each certificate");
}

#[tokio::test]
async fn without_an_app_there_is_nothing_to_learn() {
    let server = Server::start().await;
    for path in ["/.well-known/apple-app-site-association", "/.well-known/assetlinks.json"] {
        assert_eq!(server.get(path).await.status(), StatusCode::NOT_FOUND, "{path} would be kept as an empty promise");
    }
}

#[test]
fn a_misspelt_app_is_found_out_at_the_start() {
    let set = |change: fn(&mut Settings)| {
        let mut settings = Settings::default();
        change(&mut settings);
        settings.check().err().map(|error| error.to_string()).unwrap_or_default()
    };
    for (said, words) in [
        (set(|s| s.apple_app = "example.salon.app".to_owned()), "--apple-app"),
        (set(|s| s.android_app = "example.salon.app".to_owned()), "go together"),
        (set(|s| s.android_fingerprints = "14:6D".to_owned()), "32 pairs"),
        (set(|s| s.android_app = "\"x".to_owned()), "--android-app"),
        (set(|s| s.app_store = "javascript:alert(1)".to_owned()), "https://"),
    ] {
        assert!(said.contains(words), "{words:?} is missing in {said:?}");
    }
}

/// A page as its reader sees its addresses.
async fn page(server: &Server, path: &str) -> (StatusCode, String) {
    let answer = server.get(path).await;
    let (status, policy) =
        (answer.status(), answer.headers()[header::CONTENT_SECURITY_POLICY].to_str().unwrap().to_owned());
    assert!(policy.starts_with("default-src 'none'") && !policy.contains("script-src 'unsafe-inline'"), "{policy}");
    let html = answer.text().await.unwrap();
    (status, html.replace("&#x2f;", "/").replace("&amp;", "&"))
}

/// The pairs of both forms that the app's reader is held to as well.
#[tokio::test]
async fn the_page_hands_each_link_to_the_app_in_its_own_form() {
    let server = with_apps().await;
    let corpus: Value = serde_json::from_str(include_str!("../../../../tests/fuzz/links/corpus.json")).unwrap();
    let pairs = corpus["pairs"].as_array().unwrap();
    assert_eq!(pairs.len(), 7, "one for each kind of link");
    let here: String = url::form_urlencoded::byte_serialize(server.running.url.as_bytes()).collect();
    for pair in pairs {
        let app = pair[0].as_str().unwrap().replace("https%3A%2F%2Fsalon.example", &here);
        let web = pair[1].as_str().unwrap().strip_prefix("https://salon.example").unwrap();
        let (path, carried) = web.split_once('#').unwrap_or((web, ""));
        let (status, html) = page(&server, path).await;
        assert_eq!(status, StatusCode::OK, "{path}");
        // What stands behind # never comes here; the page's script puts it there.
        let link = match app.strip_suffix(carried).filter(|_| !carried.is_empty()) {
            Some(start) => format!("data-with=\"{start}\""),
            None => format!("href=\"{app}\""),
        };
        assert!(html.contains(&link), "{path} leads to {link}: {html}");
        let connect = format!("href=\"datebook://connect?server={here}\"");
        assert!(carried.is_empty() || html.contains(&connect), "without a script the app opens the business: {html}");
        assert!(html.contains(">Go on in the browser</a>"), "nobody needs the app: {html}");
        assert_eq!(html.contains("<script"), !carried.is_empty(), "a script where there is something to carry only");
    }
}

#[tokio::test]
async fn the_page_is_the_business_s_own_and_offers_what_the_operator_gave() {
    let server = with_apps().await;
    let (_, html) = page(&server, &format!("/open/booking/{ID}")).await;
    assert!(html.contains("Test & Co") && html.contains("#2f6b4f"), "name and colour: {html}");
    assert!(html.contains(&format!("href=\"/agenda/{ID}\"")), "the browser's way");
    assert!(html.contains("href=\"https://apps.example/datebook?a=1&b=2\"") && html.contains("Computer"), "{html}");
    assert!(!html.contains(">Android<"), "no shop that the operator did not name: {html}");
    let (_, html) = page(&Server::start().await, &format!("/open/booking/{ID}")).await;
    assert!(!html.contains("Without the app yet"), "no shops at all: {html}");
}

#[tokio::test]
async fn a_link_that_is_none_is_told_so() {
    let server = Server::start().await;
    for path in
        ["/open/frobnicate", "/open/booking/1", "/open/booking/%3Cscript%3E", &format!("/open/booking/{ID}/cancel")]
    {
        let (status, html) = page(&server, path).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{path}");
        assert!(html.contains("This link leads nowhere"), "{path} says so kindly: {html}");
        assert!(!html.contains("datebook://") && !html.contains("<script"), "{path}: nothing of it comes back");
    }
}
