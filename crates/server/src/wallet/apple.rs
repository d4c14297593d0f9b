//! Tells phones, by Apple's push service, that a pass has changed; they then fetch it from here.
//!
//! A push says nothing but that there is something: an empty body to the pass type's topic, over a connection that shows
//! the pass certificate.
//!
//! **Invariant:** what is said twice is said under the same name (`apns-id`): a job that is done again says the same as
//! before. Of news of one pass that wait for a phone only the last is kept (`apns-collapse-id`). Both names are
//! computed, and say nothing to Apple.

use std::time::Duration;

use anyhow::Context as _;
use paper::pass::Signer;
use portal::{Pass, PassPhone};
use reqwest::{Client, Identity, StatusCode, redirect::Policy};
use store::{JobId, Store as _};
use url::Url;
use uuid::Uuid;

use crate::{app::Hosted, job::Later};

/// How long Apple may take.
const PATIENCE: Duration = Duration::from_secs(15);

/// What it takes to make passes for Apple Wallet, and to say that they have changed.
pub(crate) struct Apple {
    pub(crate) signer: Signer,
    http: Client,
    push: Url,
}

/// What all names of pushes are derived from. Drawn once.
const NEWS: Uuid = uuid::uuid!("8f0c4f2e-5d0b-4a53-9d8e-2a4f6c1b7e35");

/// The names of a push.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct News {
    /// Of the push: the same whenever the same job tells the same phone.
    id: Uuid,
    /// Of what it is about: the same for all news of a pass.
    of: Uuid,
}

impl News {
    /// The names of what a job tells a phone of a pass. Numbers of jobs are given out again after a backup was put back,
    /// so the history counts.
    pub(crate) fn new(hosted: &Hosted, job: JobId, phone: &PassPhone, pass: &Pass) -> Self {
        let business = Uuid::new_v5(&NEWS, hosted.slug.as_bytes());
        let id = format!("{}.{}.{}", hosted.store.epoch(), job.0, phone.phone);
        let name = |text: &str| Uuid::new_v5(&business, text.as_bytes());
        Self { id: name(&id), of: name(&pass.serial()) }
    }
}

/// What became of a push.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pushed {
    /// Apple has it.
    Told,
    /// The phone has removed the pass, or is no more.
    Gone,
}

impl Apple {
    pub(crate) fn new(signer: Signer, certificate: &[u8], key: &[u8], push: &str) -> anyhow::Result<Self> {
        let push = outside(push).context("--apple-push")?;
        // Whoever was first in this process has installed the same.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let identity = Identity::from_pem(&[key, b"\n", certificate].concat());
        let identity = identity.context("--apple-pass-cert and --apple-pass-key must be PEM files for pushes")?;
        let http = Client::builder().identity(identity).timeout(PATIENCE).redirect(Policy::none());
        let http = http.build().context("--apple-pass-cert and --apple-pass-key open no connection to Apple")?;
        Ok(Self { signer, http, push })
    }

    /// Tells one phone.
    pub(crate) async fn push(&self, token: &str, news: &News) -> Result<Pushed, Later> {
        let mut url = self.push.clone();
        url.path_segments_mut().map_err(|()| Later::new("no address for pushes"))?.extend(["3", "device", token]);
        let request = self.http.post(url).header("apns-topic", self.signer.pass_type());
        let request = request.header("apns-id", news.id.to_string()).header("apns-collapse-id", news.of.to_string());
        let request = request.body("{}");
        // The address holds the phone's token: it must not come into an error's words.
        let answer = request.send().await.map_err(|error| Later::new(error.without_url().to_string()))?;
        match answer.status() {
            StatusCode::OK => Ok(Pushed::Told),
            StatusCode::GONE => Ok(Pushed::Gone),
            // A token that Apple does not know will not become one.
            StatusCode::BAD_REQUEST => {
                let reason = answer.text().await.unwrap_or_default();
                if reason.contains("BadDeviceToken") || reason.contains("DeviceTokenNotForTopic") {
                    return Ok(Pushed::Gone);
                }
                Err(Later::new("Apple does not take the push"))
            }
            status => Err(Later::new(format!("Apple answers a push with {status}"))),
        }
    }
}

/// The address of somebody outside: by HTTPS, or on this machine.
pub(super) fn outside(text: &str) -> anyhow::Result<Url> {
    let url = Url::parse(text).context("not a URL")?;
    let here = match url.host() {
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        Some(url::Host::Domain(name)) => name == "localhost",
        None => false,
    };
    anyhow::ensure!(url.scheme() == "https" || (url.scheme() == "http" && here), "not an https:// address");
    Ok(url)
}
