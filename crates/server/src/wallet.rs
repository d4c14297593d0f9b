//! Passes in the wallets of customers' phones (M07, M08, M09).
//!
//! **Invariant:** who may have a pass is decided by the session; what keeps a pass up to date afterwards is a token that
//! is in the pass and of which only the hash is kept here. **Invariant:** wallets are told of a change by a job that was
//! written with it ([`portal::Job::PassChanged`]). **Invariant:** whatever was told is what was stored when the job ended,
//! or the job is done again; it breaks off before its lease ends, so that no other node does it meanwhile.
//!
//! Design: [`issue`] hands out passes, [`phones`] knows which phone holds which, `apple` and `google` reach Apple and
//! Google. A pass is made anew each time somebody asks for it, from what is stored then.
//!
//! Not done yet: a pass does not follow a change of the business's name or colour before its appointment changes.

pub(crate) mod apple;
pub(crate) mod google;
pub(crate) mod issue;
pub(crate) mod phones;

use std::{path::Path, time::Duration};

use anyhow::Context as _;
use domain::{Booking, BookingState, Business, CustomerId, Profile, Timestamp};
use futures_util::future::join_all;
use paper::{
    google_wallet::Account,
    pass::{Shows, Signer},
};
use portal::{Pass, PassOf, documents, spaces};
use protocol::Wallet;
use store::{Batch, CommitError, Guard, JobId, Key, Leased, Read, Store as _};

use self::{
    apple::{Apple, News},
    google::Google,
};
use crate::{
    app::{App, Hosted},
    attempt, document,
    fault::Fault,
    job::{A_DAY, Later},
    mail, routes,
    settings::Settings,
};

/// How often we look again when somebody else was faster.
const ROUNDS: usize = 8;

/// The wallets that the operator has set up.
#[derive(Default)]
pub(crate) struct Wallets {
    pub(crate) apple: Option<Apple>,
    pub(crate) google: Option<Google>,
}

impl Wallets {
    /// Reads the files that the settings name.
    ///
    /// # Errors
    /// In words, for whoever starts the server.
    pub(crate) fn new(settings: &Settings) -> anyhow::Result<Self> {
        let mut wallets = Self::default();
        if settings.apple_wallet() {
            let (certificate, key) = (read(&settings.apple_pass_cert)?, read(&settings.apple_pass_key)?);
            let signer = Signer::new(&certificate, &key, &read(&settings.apple_wwdr)?);
            let signer = signer.context("--apple-pass-cert, --apple-pass-key and --apple-wwdr do not make passes")?;
            wallets.apple = Some(Apple::new(signer, &certificate, &key, &settings.apple_push)?);
        }
        if settings.google_wallet() {
            let account = Account::new(&settings.google_wallet_issuer, &read(&settings.google_wallet_key)?);
            let account = account.context("--google-wallet-issuer and --google-wallet-key do not make passes")?;
            wallets.google = Some(Google::new(account, &settings.google_wallet_api)?);
        }
        Ok(wallets)
    }

    /// Says at the start what will not work.
    pub(crate) fn warn(&self, secure: bool, now: Timestamp) {
        if let Some(apple) = &self.apple {
            let expires = apple.signer.expires();
            if expires <= now {
                tracing::warn!(%expires, "the pass certificate has expired: there are no passes for Apple Wallet");
            }
            if !secure {
                tracing::warn!("--origin is not https: Apple Wallet will not fetch changed passes");
            }
        }
    }

    /// The wallets for which there are passes now.
    pub(crate) fn offered(&self, now: Timestamp) -> Vec<Wallet> {
        let apple = self.apple.as_ref().filter(|apple| apple.signer.expires() > now).map(|_| Wallet::Apple);
        let google = self.google.as_ref().map(|_| Wallet::Google);
        apple.into_iter().chain(google).collect()
    }

    /// Whether this node can tell any wallet.
    pub(crate) fn tells(&self) -> bool {
        self.apple.is_some() || self.google.is_some()
    }
}

fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}

/// What a pass shows, as it is stored.
pub(crate) struct Shown {
    pub(crate) business: Business,
    what: What,
    link: String,
    code: String,
}

enum What {
    Appointment(Box<Booking>),
    Membership(Profile),
}

impl Shown {
    /// Reads it; nothing when it is not there.
    pub(crate) async fn load(
        app: &App,
        hosted: &Hosted,
        read: &impl Read,
        customer: CustomerId,
        of: PassOf,
    ) -> Result<Option<Self>, Fault> {
        let origin = hosted.origin(app);
        let found = match of {
            PassOf::Booking { booking } => {
                let found = document::read::<Booking>(read, &spaces::booking(customer, booking)).await?;
                found.map(|found| {
                    let (link, code) = (mail::link_of(&origin, &found.value), code(&origin, &found.value));
                    (What::Appointment(Box::new(found.value)), link, code)
                })
            }
            PassOf::Membership => {
                let id = "profile".to_owned();
                let key = Key { space: spaces::customer(customer), kind: id.clone(), id };
                let found = document::read::<Profile>(read, &key).await?;
                found.map(|found| (What::Membership(found.value), format!("{origin}/agenda"), String::new()))
            }
        };
        let Some((what, link, code)) = found else { return Ok(None) };
        Ok(Some(Self { business: attempt::business(read).await?, what, link, code }))
    }

    /// As passes are written.
    pub(crate) fn shows(&self) -> Shows<'_> {
        let link = self.link.as_str();
        match &self.what {
            What::Appointment(booking) => Shows::Appointment { booking, link, code: &self.code },
            What::Membership(profile) => Shows::Membership { profile, link },
        }
    }

    /// Whether there is a point in having a pass of it.
    fn worth_having(&self, now: Timestamp) -> bool {
        match &self.what {
            What::Appointment(booking) => booking.is_upcoming(now),
            What::Membership(_) => true,
        }
    }

    /// Whether nobody looks at it any more. A cancelled appointment is not over before its time: that it will not take
    /// place is news.
    fn is_over(&self, now: Timestamp) -> bool {
        match &self.what {
            What::Appointment(booking) => booking.state != BookingState::Postponed && booking.span.to <= now,
            What::Membership(_) => false,
        }
    }
}

/// What the code on an appointment's pass says: the link that shows the booking, to the customer's phone as to the
/// counter. It opens nothing by itself, so that a photograph of a pass is worth no more than the reference beside it.
fn code(origin: &str, booking: &Booking) -> String {
    routes::links::booking(origin, booking.id)
}

/// Changes a pass. `how` is given what is there, and says nothing when it stays as it is.
pub(crate) async fn change<T>(
    hosted: &Hosted,
    key: &Key,
    how: impl Fn(Option<Pass>, &mut Batch) -> Result<Option<(Pass, T)>, Fault>,
) -> Result<Option<T>, Fault> {
    for _ in 0..ROUNDS {
        let read = hosted.store.snapshot().await?;
        let found = document::read::<Pass>(&read, key).await?;
        drop(read);
        let (version, pass) = found.map_or((0, None), |found| (found.version, Some(found.value)));
        let mut batch = Batch::default();
        let Some((pass, answer)) = how(pass, &mut batch)? else { return Ok(None) };
        batch.guards.push(Guard { key: key.clone(), version });
        batch.writes.push(documents::write(key.space.clone(), &pass));
        match hosted.store.commit(batch).await {
            Ok(_) => return Ok(Some(answer)),
            Err(CommitError::Changed(_) | CommitError::Taken(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Fault::busy())
}

/// Tells the wallets that hold a pass that it has changed. Gives up after about a day ([`A_DAY`]), and before when the
/// appointment is over.
pub(crate) async fn tell(
    app: &App,
    hosted: &Hosted,
    lease: &Leased,
    customer: CustomerId,
    of: PassOf,
) -> Result<(), Later> {
    let told = try_to_tell(app, hosted, lease, customer, of).await;
    told.map_err(|later| Later { give_up: later.give_up || lease.job.attempts >= A_DAY, ..later })
}

async fn try_to_tell(
    app: &App,
    hosted: &Hosted,
    lease: &Leased,
    customer: CustomerId,
    of: PassOf,
) -> Result<(), Later> {
    let Some((pass, shown)) = as_it_is(app, hosted, customer, of).await? else { return Ok(()) };
    // What is left must do for saying that it is done; another node waits for the lease to end.
    let left = lease.until.duration_since(hosted.now()) - app.settings.lease() / 4;
    let Some(within) = Duration::try_from(left).ok().filter(|within| !within.is_zero()) else {
        return Err(Later::new("the lease ended before the wallets were told"));
    };
    // All at once: one that does not answer must not keep the news from the others.
    let (phones, google) = tokio::join!(
        tell_phones(app, hosted, lease.job.id, &pass, within),
        tell_google(app, hosted, &pass, shown.as_ref(), within)
    );
    // What Google was given may have come there after what another node gave it.
    let now = as_it_is(app, hosted, customer, of).await?;
    if now.is_some_and(|(now, _)| pass.google && now.changed > pass.changed) {
        return Err(Later::new("the pass has changed meanwhile"));
    }
    let over = shown.is_none_or(|shown| shown.is_over(hosted.now()));
    phones.and(google).map_err(|later| Later { give_up: over, ..later })
}

/// A pass and what it shows, of one moment.
async fn as_it_is(
    app: &App,
    hosted: &Hosted,
    customer: CustomerId,
    of: PassOf,
) -> Result<Option<(Pass, Option<Shown>)>, Later> {
    let read = hosted.store.snapshot().await?;
    let Some(found) = document::read::<Pass>(&read, &portal::pass_at(customer, of)).await? else { return Ok(None) };
    let shown = Shown::load(app, hosted, &read, customer, of).await.map_err(failed)?;
    Ok(Some((found.value, shown)))
}

async fn tell_phones(app: &App, hosted: &Hosted, job: JobId, pass: &Pass, within: Duration) -> Result<(), Later> {
    if pass.phones.is_empty() {
        return Ok(());
    }
    let Some(apple) = &app.wallets.apple else {
        return Err(Later::new("this node has no files for Apple Wallet: another may tell the phones"));
    };
    let pushes = pass.phones.iter().map(|phone| async move {
        let news = News::new(hosted, job, phone, pass);
        tokio::time::timeout(within, apple.push(&phone.push_token, &news)).await
    });
    let mut told = Ok(());
    for (phone, pushed) in pass.phones.iter().zip(join_all(pushes).await) {
        match pushed {
            Ok(Ok(apple::Pushed::Told)) => {}
            Ok(Ok(apple::Pushed::Gone)) => {
                phones::forget(hosted, phone, pass.customer, pass.of).await.map_err(failed)?;
            }
            Ok(Err(later)) => told = Err(later),
            Err(_) => told = Err(Later::new("Apple does not answer a push in time")),
        }
    }
    told
}

async fn tell_google(
    app: &App,
    hosted: &Hosted,
    pass: &Pass,
    shown: Option<&Shown>,
    within: Duration,
) -> Result<(), Later> {
    let Some(shown) = shown.filter(|_| pass.google) else { return Ok(()) };
    let Some(google) = &app.wallets.google else {
        return Err(Later::new("this node has no files for Google Wallet: another may write the pass"));
    };
    let object = google.object(&hosted.slug, pass, shown);
    let put = tokio::time::timeout(within, google.put(&object, hosted.now()));
    put.await.unwrap_or_else(|_| Err(Later::new("Google does not answer in time")))
}

fn failed(fault: Fault) -> Later {
    Later::new(format!("{:?}", fault.code()))
}
