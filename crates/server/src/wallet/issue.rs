//! Handing out passes.

use std::sync::Arc;

use domain::{CustomerId, Refusal, Timestamp, refusal::Noun};
use jiff::SignedDuration;
use paper::pass::{self, Updates};
use portal::{Job, Pass, PassOf, PassToken};
use protocol::{Code, Wallet};
use store::Store as _;

use super::{Shown, change};
use crate::{
    app::{App, Hosted},
    document,
    fault::Fault,
    secret,
};

/// How long the link works that hands out a pass.
const MINUTES: i64 = 15;
/// How many times a pass can be handed out and all of them be kept up to date; then the oldest is not any more.
const TOKENS: usize = 8;

/// Where a wallet takes a pass from.
pub(crate) async fn add(
    app: &App,
    hosted: &Hosted,
    customer: CustomerId,
    wallet: Wallet,
    of: PassOf,
) -> Result<String, Fault> {
    let now = hosted.now();
    if !app.wallets.offered(now).contains(&wallet) {
        return Err(Fault::new(Code::NotFound, "there are no passes for this wallet"));
    }
    let read = hosted.store.snapshot().await?;
    let shown = Shown::load(app, hosted, &read, customer, of).await?.filter(|shown| shown.worth_having(now));
    drop(read);
    let shown = shown.ok_or(Refusal::NotFound { what: Noun::Booking })?;
    let key = portal::pass_at(customer, of);
    let origin = hosted.origin(app);
    match (wallet, &app.wallets.google) {
        (Wallet::Google, Some(google)) => {
            let pass = change(hosted, &key, |found, batch| {
                let pass = Pass { google: true, ..found.unwrap_or_else(|| Pass::new(customer, of, now)) };
                // The link may leave things out; Google gets all of it from here.
                batch.jobs.push(Job::PassChanged { customer, of }.due(now));
                Ok(Some((pass.clone(), pass)))
            });
            let pass = pass.await?.ok_or_else(Fault::busy)?;
            app.announce_work();
            let object = google.object(&hosted.slug, &pass, &shown);
            Ok(google.account.save_link(&object, &origin, now))
        }
        (Wallet::Google, None) => Err(Fault::new(Code::NotFound, "there are no passes for this wallet")),
        (Wallet::Apple, _) => {
            let (token, salt) = (secret::token(), secret::token());
            let given = change(hosted, &key, |found, _| {
                let mut pass = found.unwrap_or_else(|| Pass::new(customer, of, now));
                if pass.salt.is_empty() {
                    pass.salt.clone_from(&salt);
                }
                let link_until = now + SignedDuration::from_mins(MINUTES);
                let of_pass = secret::hash(&pass_token(&pass, &token));
                pass.tokens.push(PassToken { link: secret::hash(&token), link_until, pass: of_pass });
                let too_many = pass.tokens.len().saturating_sub(TOKENS);
                pass.tokens.drain(..too_many);
                let serial = pass.serial();
                Ok(Some((pass, serial)))
            });
            let serial = given.await?.ok_or_else(Fault::busy)?;
            Ok(format!("{origin}/passes/{serial}?token={token}"))
        }
    }
}

/// The secret of the pass that a link hands out. It follows from the link's, so that fetching a link writes nothing; but
/// not without the salt, so that a link that was seen somewhere opens nothing once its time is over.
fn pass_token(pass: &Pass, link: &str) -> String {
    // All salts have one length: salt and link never run into each other.
    secret::challenge(&format!("{}{link}", pass.salt))
}

/// What somebody shows to get a pass. Neither opens what the other does.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Secret<'a> {
    /// The secret of a link, which hands the pass out for some minutes.
    Link(&'a str),
    /// The secret in a pass, which keeps it up to date for as long as there is a pass.
    Pass(&'a str),
}

/// A pass that somebody asks for with a token.
pub(crate) struct Asked {
    pub(crate) pass: Pass,
    shown: Shown,
    /// What is in the pass.
    token: String,
}

/// Looks for the pass of a serial number and whether what is shown opens it.
pub(crate) async fn ask(app: &App, hosted: &Hosted, serial: &str, shown: Secret<'_>) -> Result<Asked, Fault> {
    let now = hosted.now();
    let read = hosted.store.snapshot().await?;
    let pass = found(&read, serial).await?.filter(|pass| opens(pass, shown, now));
    let pass = pass.ok_or_else(|| Fault::new(Code::NotSignedIn, "this opens no pass, or not any more"))?;
    let what = Shown::load(app, hosted, &read, pass.customer, pass.of).await?;
    let what = what.ok_or_else(|| Fault::new(Code::NotFound, "what the pass shows is gone"))?;
    let token = match shown {
        Secret::Link(link) => pass_token(&pass, link),
        Secret::Pass(token) => token.to_owned(),
    };
    Ok(Asked { pass, shown: what, token })
}

/// The pass of a serial number.
async fn found(read: &impl store::Read, serial: &str) -> Result<Option<Pass>, Fault> {
    let Some(key) = read.find(&portal::pass_key(serial)).await? else { return Ok(None) };
    Ok(document::read::<Pass>(read, &key).await?.map(|found| found.value))
}

/// Whether what is shown opens a pass. All that is kept is looked at, however early one fits.
fn opens(pass: &Pass, shown: Secret<'_>, now: Timestamp) -> bool {
    let (Secret::Link(token) | Secret::Pass(token)) = shown;
    let hash = secret::hash(token);
    let fits = |kept: &PassToken| match shown {
        Secret::Link(_) => secret::same(&kept.link, &hash) & (kept.link_until > now),
        Secret::Pass(_) => secret::same(&kept.pass, &hash),
    };
    pass.tokens.iter().fold(false, |found, kept| found | fits(kept))
}

impl Asked {
    /// The file.
    pub(crate) async fn file(self, app: &Arc<App>, hosted: &Hosted) -> Result<Vec<u8>, Fault> {
        let (app, hosted) = (Arc::clone(app), hosted.clone());
        // Pictures and a signature: some milliseconds of work.
        let made = tokio::task::spawn_blocking(move || {
            let apple = app.wallets.apple.as_ref()?;
            let service = format!("{}/passkit", hosted.origin(&app));
            let serial = self.pass.serial();
            let updates = Some(Updates { service: &service, token: &self.token });
            let shows = self.shown.shows();
            let pass = pass::Pass { serial: &serial, business: &self.shown.business, shows, updates };
            Some(pass::write(&pass, &apple.signer, hosted.now()))
        });
        let failed = |error: String| {
            tracing::error!(error, "a pass cannot be made");
            Fault::new(Code::ServerError, "the pass cannot be made")
        };
        let made = made.await.map_err(|error| failed(error.to_string()))?;
        let made = made.ok_or_else(|| Fault::new(Code::NotFound, "there are no passes for this wallet"))?;
        made.map_err(|error| failed(error.to_string()))
    }
}
