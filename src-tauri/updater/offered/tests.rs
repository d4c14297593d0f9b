//! The plugin that the app is built with, a key that the test makes, packages that it signs and offers on loopback. Only
//! the window is not there.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use axum::{Router, routing::get};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use minisign::KeyPair;
use serde_json::json;
use tauri::test::{MockRuntime, mock_builder, mock_context, noop_assets};
use tauri_plugin_updater::Error;

use super::*;

/// What the app that asks calls itself.
const INSTALLED: &str = "1.2.3";
const NEWER: &str = "1.3.0";

fn ours() -> Value {
    serde_json::from_str(include_str!("../../../tauri.conf.json")).unwrap()
}

/// Who hands the app out: their key, made by what the bundler makes it with, and in the form in which it writes it.
struct Operator(KeyPair);

impl Operator {
    fn new() -> Self {
        Self(KeyPair::generate_unencrypted_keypair().unwrap())
    }

    fn public_key(&self) -> String {
        STANDARD.encode(self.0.pk.to_box().unwrap().into_string())
    }

    /// The text of a `.sig` file. `remark` is under the signature too.
    fn sign(&self, package: &[u8], remark: &str) -> String {
        let signature = minisign::sign(Some(&self.0.pk), &self.0.sk, package, Some(remark), None).unwrap();
        STANDARD.encode(signature.into_string())
    }

    fn sign_as(&self, package: &[u8], version: &str) -> String {
        self.sign(package, &format!("timestamp:1\tfile:Datebook.AppImage\tversion:{version}"))
    }
}

/// `datebook-updates.key.pub` as `tauri signer generate` (2.12) wrote it once.
const TAURI_KEY: &str = "\
    dW50cnVzdGVkIGNvbW1lbnQ6IG1pbmlzaWduIHB1YmxpYyBrZXk6IDMzMEYxMTAzNjUyRUYxQkEKUldTNjhTNWxBeEVQTXkra3Mz\
    b21KV2VQTVZxVFdGUHdzOHlwUXVKa3l3YXFsWHAzS0l6TkV6QWwK\
    ";

/// And the `.sig` of `tauri signer sign --app-version 1.3.0` with its other half, for `package("new")`.
const TAURI_SIGNATURE: &str = "\
    dW50cnVzdGVkIGNvbW1lbnQ6IHNpZ25hdHVyZSBmcm9tIHRhdXJpIHNlY3JldCBrZXkKUlVTNjhTNWxBeEVQTXlMZ2o5alF1VUFB\
    c05OV0d6RlBPNFI0TXFCUDd6ckJRUFVjOEZ3VGVOTUs5UFlySHNLeXl2TkdXcXl4R0lzMHlNb0dHY3FvRDZIN1NHcUtNMVFYM2dz\
    PQp0cnVzdGVkIGNvbW1lbnQ6IHRpbWVzdGFtcDoxNzk1NzQ1NzQ2CWZpbGU6RGF0ZWJvb2suQXBwSW1hZ2UJdmVyc2lvbjoxLjMu\
    MApQWENSNjJ0U2hxZSs0Nm1VWWp3QzJESENWQkxNNnoyVGNaNXFvS2ZLZHM2aHVNclhvQTRuV2dPa0UyY2luaVcwTWJ1UEZTbStj\
    RDFwNnFNb2NlMVlBQT09Cg==\
    ";

/// A program of Linux, as far as its first bytes say so.
fn package(text: &str) -> Vec<u8> {
    [b"\x7fELF\x02\x01\x01\0".as_slice(), &[0; 56], text.as_bytes()].concat()
}

/// What is published, and how often the package was fetched.
struct Published {
    endpoint: String,
    fetched: Arc<AtomicUsize>,
}

impl Published {
    /// Serves `package` and the file of docs/operations.md that announces it, until the test's runtime ends.
    async fn new(version: &str, package: Vec<u8>, signature: &str) -> Self {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let offer = json!({ "url": format!("{base}/package"), "signature": signature });
        let systems: HashMap<_, _> = ["linux", "windows", "darwin"]
            .map(|system| (format!("{system}-{}", std::env::consts::ARCH), offer.clone()))
            .into();
        let announced = json!({ "version": version, "platforms": systems }).to_string();
        let fetched = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&fetched);
        let fetch = move || async move {
            counter.fetch_add(1, Ordering::SeqCst);
            package
        };
        let router =
            Router::new().route("/datebook.json", get(move || async move { announced })).route("/package", get(fetch));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { endpoint: format!("{base}/datebook.json"), fetched }
    }

    fn fetched(&self) -> usize {
        self.fetched.load(Ordering::SeqCst)
    }
}

/// An app of [`INSTALLED`] that was built with this key and this address, lies at `path`, and has our own configuration
/// otherwise.
fn app_at(path: Option<&Path>, key: &str, endpoint: &str) -> tauri::App<MockRuntime> {
    let mut context = mock_context(noop_assets());
    let mut plugins = ours()["plugins"].clone();
    plugins["updater"]["pubkey"] = key.into();
    plugins["updater"]["endpoints"] = json!([endpoint]);
    context.config_mut().plugins = serde_json::from_value(plugins).unwrap();
    context.package_info_mut().version = INSTALLED.parse().unwrap();
    let mut builder = mock_builder();
    if let Some(path) = path {
        builder = builder.manage(installed_at(path));
    }
    builder.build(context).unwrap()
}

/// What an AppImage is told by what starts it.
#[cfg(target_os = "linux")]
fn installed_at(path: &Path) -> tauri::Env {
    let mut told = tauri::Env::default();
    told.appimage = Some(path.into());
    told
}

#[cfg(not(target_os = "linux"))]
fn installed_at(_: &Path) -> tauri::Env {
    tauri::Env::default()
}

/// Looks once, as the app does each day. What came of it, and what waits afterwards.
async fn looked(key: &str, published: &Published) -> (tauri_plugin_updater::Result<Option<String>>, Option<String>) {
    let app = app_at(None, key, &published.endpoint);
    assert!(prepare(app.handle()), "it was told where");
    let found = look(app.handle()).await;
    (found, ready(app.handle()))
}

#[tokio::test]
async fn a_newer_version_with_the_operators_signature_is_kept() {
    let (operator, package) = (Operator::new(), package("new"));
    let published = Published::new(NEWER, package.clone(), &operator.sign_as(&package, NEWER)).await;
    let (found, waits) = looked(&operator.public_key(), &published).await;
    assert_eq!(found.unwrap().as_deref(), Some(NEWER), "it is newer, and the operator's");
    assert_eq!(waits.as_deref(), Some(NEWER), "the customer is asked");
    assert_eq!(published.fetched(), 1, "it is here before anybody is asked");
}

#[tokio::test]
async fn what_the_bundlers_own_tool_has_signed_is_kept() {
    let published = Published::new(NEWER, package("new"), TAURI_SIGNATURE).await;
    let (found, waits) = looked(TAURI_KEY, &published).await;
    assert_eq!(found.unwrap().as_deref(), Some(NEWER), "docs/operations.md tells the operator to take that tool");
    assert_eq!(waits.as_deref(), Some(NEWER), "the customer is asked");
}

#[tokio::test]
async fn what_another_key_has_signed_is_refused() {
    let (operator, thief, package) = (Operator::new(), Operator::new(), package("new"));
    let published = Published::new(NEWER, package.clone(), &thief.sign_as(&package, NEWER)).await;
    let (found, waits) = looked(&operator.public_key(), &published).await;
    assert!(matches!(found, Err(Error::Minisign(_))), "{found:?}: a good signature, of somebody else");
    assert_eq!(waits, None, "nothing is kept of it");
}

#[tokio::test]
async fn a_package_that_was_changed_after_it_was_signed_is_refused() {
    let operator = Operator::new();
    let signature = operator.sign_as(&package("new"), NEWER);
    let published = Published::new(NEWER, package("mew"), &signature).await;
    let (found, waits) = looked(&operator.public_key(), &published).await;
    assert!(matches!(found, Err(Error::Minisign(_))), "{found:?}: one letter is another");
    assert_eq!(published.fetched(), 1, "it was looked at, not only its announcement");
    assert_eq!(waits, None, "nothing is kept of it");
}

#[tokio::test]
async fn an_older_version_and_the_same_are_no_update() {
    let (operator, package) = (Operator::new(), package("old"));
    for version in ["1.2.2", INSTALLED] {
        let published = Published::new(version, package.clone(), &operator.sign_as(&package, version)).await;
        let (found, waits) = looked(&operator.public_key(), &published).await;
        assert_eq!(found.unwrap(), None, "{version} is not newer than {INSTALLED}, however well signed");
        assert_eq!((waits, published.fetched()), (None, 0), "{version} is not even fetched");
    }
}

#[tokio::test]
async fn an_old_package_cannot_be_passed_off_as_a_new_one() {
    let (operator, package) = (Operator::new(), package("old"));
    let published = Published::new(NEWER, package.clone(), &operator.sign_as(&package, "1.2.2")).await;
    let (found, waits) = looked(&operator.public_key(), &published).await;
    assert!(matches!(found, Err(Error::SignedVersionMismatch { .. })), "{found:?}: it was signed for another version");
    assert_eq!(waits, None, "nothing is kept of it");

    let published = Published::new(NEWER, package.clone(), &operator.sign(&package, "timestamp:1")).await;
    let (found, waits) = looked(&operator.public_key(), &published).await;
    assert!(matches!(found, Err(Error::MissingSignedVersion)), "{found:?}: it was signed for no version");
    assert_eq!(waits, None, "nothing is kept of it");
}

#[tokio::test]
async fn an_address_that_announces_nothing_is_an_error_and_no_update() {
    let (operator, package) = (Operator::new(), package("new"));
    let mut published = Published::new(NEWER, package.clone(), &operator.sign_as(&package, NEWER)).await;
    published.endpoint = published.endpoint.replace("datebook.json", "nothing.json");
    let (found, waits) = looked(&operator.public_key(), &published).await;
    assert!(found.is_err(), "{found:?}: there is no such file");
    assert_eq!(waits, None, "the app goes on as it is");
}

/// An AppImage that lies in a folder of the test's own.
#[cfg(target_os = "linux")]
fn installed() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("Datebook.AppImage");
    std::fs::write(&path, package("installed")).unwrap();
    (folder, path)
}

/// An app that lies there, and the newer package that it may take.
#[cfg(target_os = "linux")]
async fn offered_at(path: &Path) -> (tauri::App<MockRuntime>, Vec<u8>) {
    let (operator, new) = (Operator::new(), package("new"));
    let published = Published::new(NEWER, new.clone(), &operator.sign_as(&new, NEWER)).await;
    let app = app_at(Some(path), &operator.public_key(), &published.endpoint);
    assert!(prepare(app.handle()), "it was told where");
    (app, new)
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn it_is_put_in_place_when_the_customer_says_so_and_not_before() {
    let (_folder, path) = installed();
    let (app, new) = offered_at(&path).await;
    assert!(!put_in_place(app.handle()).unwrap(), "nothing waits yet");
    look(app.handle()).await.unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), package("installed"), "nobody has said yes");
    assert!(put_in_place(app.handle()).unwrap(), "it waits");
    assert_eq!(std::fs::read(&path).unwrap(), new, "what is started from now on");
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn what_was_refused_is_never_put_in_place() {
    let (operator, (_folder, path)) = (Operator::new(), installed());
    let published = Published::new(NEWER, package("mew"), &operator.sign_as(&package("new"), NEWER)).await;
    let app = app_at(Some(&path), &operator.public_key(), &published.endpoint);
    assert!(prepare(app.handle()), "it was told where");
    look(app.handle()).await.unwrap_err();
    assert!(!put_in_place(app.handle()).unwrap(), "nothing waits, whatever the customer presses");
    assert_eq!(std::fs::read(&path).unwrap(), package("installed"), "the app that is there stays");
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_place_that_is_gone_is_said_and_the_update_goes_on_waiting() {
    let (folder, path) = installed();
    let (app, _) = offered_at(&path).await;
    look(app.handle()).await.unwrap();
    drop(folder);
    assert!(matches!(put_in_place(app.handle()), Err(Trouble::Storage { .. })), "there is nothing to replace");
    assert_eq!(ready(app.handle()).as_deref(), Some(NEWER), "it can be tried again");
}

#[test]
fn only_a_build_that_was_told_looks_for_updates() {
    let plugins = |updater: Value| [("updater".to_owned(), updater)].into();
    let key = "dW50cnVzdGVk";
    let place = "https://updates.example/{{target}}";
    assert!(configured(&plugins(json!({ "pubkey": key, "endpoints": [place] }))), "both are said");
    assert!(!configured(&plugins(json!({ "pubkey": "", "endpoints": [place] }))), "no key");
    assert!(!configured(&plugins(json!({ "pubkey": key, "endpoints": [] }))), "no address");
    assert!(!configured(&plugins(json!({ "pubkey": key }))), "no addresses at all");
    assert!(!configured(&HashMap::new()), "nothing is said");
}

#[test]
fn what_is_committed_asks_nobody() {
    let plugins = serde_json::from_value(ours()["plugins"].clone()).unwrap();
    assert!(!configured(&plugins), "the operator says where, not we");
    assert_eq!(ours()["plugins"]["updater"]["requireSignedVersion"], true, "an old package is no update");
}
