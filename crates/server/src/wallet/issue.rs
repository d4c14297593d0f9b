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
            let token = secret::token();
            let given = change(hosted, &key, |found, _| {
                let mut pass = found.unwrap_or_else(|| Pass::new(customer, of, now));
                let link_until = now + SignedDuration::from_mins(MINUTES);
                pass.tokens.push(PassToken { hash: secret::hash(&token), link_until });
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

/// A pass that somebody asks for with a token.
pub(crate) struct Asked {
    pub(crate) pass: Pass,
    shown: Shown,
    token: String,
}

/// Looks for the pass of a serial number and whether a token opens it. The link's token does so for some minutes, the
/// pass's own for as long as there is a pass; they are the same text.
pub(crate) async fn ask(app: &App, hosted: &Hosted, serial: &str, token: &str, by_link: bool) -> Result<Asked, Fault> {
    let now = hosted.now();
    let read = hosted.store.snapshot().await?;
    let pass = found(&read, serial).await?.filter(|pass| opens(pass, token, by_link.then_some(now)));
    let pass = pass.ok_or_else(|| Fault::new(Code::NotSignedIn, "this opens no pass, or not any more"))?;
    let shown = Shown::load(app, hosted, &read, pass.customer, pass.of).await?;
    let shown = shown.ok_or_else(|| Fault::new(Code::NotFound, "what the pass shows is gone"))?;
    Ok(Asked { pass, shown, token: token.to_owned() })
}

/// The pass of a serial number.
async fn found(read: &impl store::Read, serial: &str) -> Result<Option<Pass>, Fault> {
    let Some(key) = read.find(&portal::pass_key(serial)).await? else { return Ok(None) };
    Ok(document::read::<Pass>(read, &key).await?.map(|found| found.value))
}

/// Whether a token opens a pass. All of them are looked at, however early one fits.
fn opens(pass: &Pass, token: &str, link_at: Option<Timestamp>) -> bool {
    let hash = secret::hash(token);
    let fits = |kept: &PassToken| secret::same(&kept.hash, &hash) & link_at.is_none_or(|now| kept.link_until > now);
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
