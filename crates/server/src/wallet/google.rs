//! Writes passes at Google, by the REST API of Google Wallet, as a service account that shows a signed assertion
//! (RFC 7523).
//!
//! **Invariant:** an object is written whole each time, so that twice is as good as once.

use std::time::Duration;

use anyhow::Context as _;
use domain::Timestamp;
use jiff::SignedDuration;
use paper::google_wallet::{Account, Object};
use portal::{Pass, PassOf};
use reqwest::{Client, Method, Response, StatusCode, redirect::Policy};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::Mutex;
use url::Url;

use super::{Shown, apple::outside};
use crate::job::Later;

/// How long Google may take for each answer.
const PATIENCE: Duration = Duration::from_secs(15);
/// A token is renewed so long before it ends.
const MARGIN: SignedDuration = SignedDuration::from_mins(2);

/// What it takes to make passes for Google Wallet.
pub(crate) struct Google {
    pub(crate) account: Account,
    http: Client,
    api: Url,
    token_uri: Url,
    token: Mutex<Option<Token>>,
}

struct Token {
    text: String,
    until: Timestamp,
}

#[derive(Deserialize)]
struct Granted {
    access_token: String,
    #[serde(default)]
    expires_in: i32,
}

impl Google {
    pub(crate) fn new(account: Account, api: &str) -> anyhow::Result<Self> {
        let api = outside(api).context("--google-wallet-api")?;
        let token_uri = outside(account.token_uri()).context("the token_uri of --google-wallet-key")?;
        // Whoever was first in this process has installed the same.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = Client::builder().timeout(PATIENCE).redirect(Policy::none()).build()?;
        Ok(Self { account, http, api, token_uri, token: Mutex::default() })
    }

    /// A pass as Google keeps it. The business's name is in the id: several may share an issuer.
    pub(crate) fn object(&self, slug: &str, pass: &Pass, shown: &Shown) -> Object {
        let class = match pass.of {
            PassOf::Booking { .. } => "appointment",
            PassOf::Membership => "membership",
        };
        let (class, suffix) = (format!("{slug}-{class}"), format!("{slug}-{}", pass.serial()));
        self.account.object(&class, &suffix, &shown.business, &shown.shows())
    }

    /// Writes an object, whether Google has it already or not.
    pub(crate) async fn put(&self, object: &Object, now: Timestamp) -> Result<(), Later> {
        let changed = self.ask(Method::PATCH, &["genericObject", &object.id], &object.body, now).await?;
        if changed.status() != StatusCode::NOT_FOUND {
            return done(&changed);
        }
        let class = self.ask(Method::POST, &["genericClass"], &json!({ "id": object.class }), now).await?;
        // There is one already, mostly.
        if class.status() != StatusCode::CONFLICT {
            done(&class)?;
        }
        // When somebody else was faster, what they wrote may be older: the next attempt changes it.
        done(&self.ask(Method::POST, &["genericObject"], &object.body, now).await?)
    }

    async fn ask(&self, method: Method, path: &[&str], body: &Value, now: Timestamp) -> Result<Response, Later> {
        let mut url = self.api.clone();
        let no_address = |()| Later::new("no address of Google Wallet");
        url.path_segments_mut().map_err(no_address)?.extend(["walletobjects", "v1"]).extend(path);
        let token = self.access(now).await?;
        let answer = self.http.request(method, url).bearer_auth(token).json(body).send().await.map_err(lost)?;
        if answer.status() == StatusCode::UNAUTHORIZED {
            self.token.lock().await.take();
        }
        Ok(answer)
    }

    /// A token that holds for a while yet.
    async fn access(&self, now: Timestamp) -> Result<String, Later> {
        let mut token = self.token.lock().await;
        if let Some(token) = token.as_ref().filter(|token| token.until > now) {
            return Ok(token.text.clone());
        }
        let form = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer")
            .append_pair("assertion", &self.account.assertion(now))
            .finish();
        let request = self.http.post(self.token_uri.clone());
        let request = request.header("content-type", "application/x-www-form-urlencoded").body(form);
        let answer = request.send().await.map_err(lost)?;
        done(&answer)?;
        let granted: Granted = answer.json().await.map_err(lost)?;
        let until = now + SignedDuration::from_secs(granted.expires_in.into()) - MARGIN;
        let text = granted.access_token;
        *token = Some(Token { text: text.clone(), until });
        Ok(text)
    }
}

fn done(answer: &Response) -> Result<(), Later> {
    if answer.status().is_success() {
        return Ok(());
    }
    Err(Later::new(format!("Google answers {} with {}", answer.url().path(), answer.status())))
}

fn lost(error: reqwest::Error) -> Later {
    Later::new(error.without_url().to_string())
}
