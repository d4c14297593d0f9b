//! A customer with a device of their own, speaking the wire protocol by hand.

use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use domain::{CommandId, CustomerId, DeviceId};
use portal::{Command, Screen, View};
use protocol::{
    Execute, LinkRequest, LinkSent, Proof, Pull, Pulled, Push, Pushed, SignedIn, SpaceChanges, TokenRequest, Verdict,
};
use serde::{Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};
use uuid::Uuid;

pub use protocol::Sent;

/// A mail takes no longer, however much else the machine has to do.
const PATIENCE: Duration = Duration::from_secs(30);

/// Who has no answer by then gives up, as the app does.
const LONGEST: Duration = Duration::from_secs(20);

/// A server's answer that is not what was asked for.
#[derive(Debug, thiserror::Error)]
#[error("the server answered {status}: {text}")]
pub struct Answered {
    /// The status of HTTP.
    pub status: u16,
    /// What it says.
    pub text: String,
}

/// A request that had no answer for too long.
#[derive(Debug, thiserror::Error)]
#[error("no answer from {0} after {LONGEST:?}")]
pub struct Lost(String);

/// One customer on one device.
#[derive(Clone)]
pub struct Person {
    http: reqwest::Client,
    address: String,
    token: String,
    /// Who.
    pub customer: CustomerId,
    /// On which device.
    pub device: DeviceId,
}

impl Person {
    /// Signs in with the digits of a mail, as an app does.
    ///
    /// # Errors
    /// Whatever the server answers that is not what it should be.
    pub async fn sign_in(address: &str, email: &str) -> anyhow::Result<Self> {
        // A second call finds it done; that is fine.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder().timeout(LONGEST).build()?;
        let verifier = format!("{}{}", Uuid::now_v7().simple(), Uuid::now_v7().simple());
        let request = LinkRequest {
            email: email.to_owned(),
            challenge: BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(&verifier)),
            app: true,
        };
        let sent: LinkSent = post(&http, None, &format!("{address}/api/v1/sign-in/link"), &request).await?;
        let digits = digits_with(&http, address, email).await?;
        let device = DeviceId::new();
        let request =
            TokenRequest { attempt: sent.attempt, verifier, proof: Proof::Digits(digits), device, browser: false };
        let signed: SignedIn = post(&http, None, &format!("{address}/api/v1/sign-in/token"), &request).await?;
        Ok(Self {
            http,
            address: address.to_owned(),
            token: signed.token.context("an app's session has a token")?,
            customer: signed.customer,
            device,
        })
    }

    /// The same person, who reaches the server at another address.
    #[must_use]
    pub fn at(&self, address: &str) -> Self {
        Self { address: address.to_owned(), ..self.clone() }
    }

    /// What stands behind `Bearer` in this person's requests, for whoever writes requests by hand.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// Asks for a screen.
    ///
    /// # Errors
    /// When there is no answer, or not a screen.
    pub async fn view(&self, view: &View) -> anyhow::Result<Screen> {
        self.post("view", view).await
    }

    /// Does something at once, as a browser does.
    ///
    /// # Errors
    /// When there is no verdict.
    pub async fn execute(&self, command: &Command) -> anyhow::Result<Verdict> {
        self.post("execute", &Execute { id: CommandId::new(), command: serde_json::to_value(command)? }).await
    }

    /// Sends numbered commands, as a device does.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn push(&self, commands: Vec<Sent>) -> anyhow::Result<Pushed> {
        self.post("push", &Push { commands }).await
    }

    /// Everything this person may read, from the beginning.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn pull(&self) -> anyhow::Result<Vec<SpaceChanges>> {
        let mut pull = Pull::default();
        let mut all = Vec::new();
        loop {
            let pulled: Pulled = self.post("pull", &pull).await?;
            pull.have.extend(pulled.spaces.iter().map(|space| (space.space.clone(), space.version)));
            all.extend(pulled.spaces);
            if !pulled.more {
                return Ok(all);
            }
        }
    }

    async fn post<A: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> anyhow::Result<A> {
        post(&self.http, Some(&self.token), &format!("{}/api/v1/{path}", self.address), body).await
    }
}

/// The six digits of the newest mail to an address, once it is there.
///
/// # Errors
/// When the server does not answer, or no mail comes.
pub async fn digits(address: &str, email: &str) -> anyhow::Result<String> {
    // A second call finds it done; that is fine.
    let _ = rustls::crypto::ring::default_provider().install_default();
    digits_with(&reqwest::Client::new(), address, email).await
}

async fn digits_with(http: &reqwest::Client, address: &str, email: &str) -> anyhow::Result<String> {
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
        let mails: serde_json::Value = http.get(format!("{address}/api/v1/mailbox")).send().await?.json().await?;
        let mails = mails.as_array().context("the mailbox is a list")?;
        let mine = mails.iter().find(|mail| mail["to"].as_str().is_some_and(|to| to.contains(email)));
        if let Some(text) = mine.and_then(|mail| mail["text"].as_str()) {
            // They stand on a line of their own, in two groups.
            let found = text
                .lines()
                .map(|line| line.replace(' ', ""))
                .find(|line| line.len() == 6 && line.bytes().all(|b| b.is_ascii_digit()));
            return found.context("the mail has six digits");
        }
        // Mails are sent by a job a moment after the request; each look is a round trip, and a short one.
        tokio::task::yield_now().await;
    }
    bail!("no mail came for {email}")
}

async fn post<A: DeserializeOwned>(
    http: &reqwest::Client,
    token: Option<&str>,
    url: &str,
    body: &impl Serialize,
) -> anyhow::Result<A> {
    let mut request = http.post(url).json(body);
    if let Some(token) = token {
        request = request.bearer_auth(token);
    }
    let answer = request.send().await.map_err(|error| match error.is_timeout() {
        true => Lost(url.to_owned()).into(),
        false => anyhow::Error::from(error),
    })?;
    let status = answer.status();
    let text = answer.text().await?;
    if !status.is_success() {
        return Err(Answered { status: status.as_u16(), text }.into());
    }
    serde_json::from_str(&text).with_context(|| format!("{url} answered {text}"))
}
