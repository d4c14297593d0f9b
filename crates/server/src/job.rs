//! Work that is done once its commit is durable: mails, news for the wallets of phones, and forgetting what has expired.
//!
//! **Invariant:** a job is done at least once, and what it does twice it does under the same name: a mail's Message-ID
//! comes from the job's number, and in a demonstration the mail's document does. **Invariant:** whoever has not handed a
//! mail over when a quarter of the lease is left breaks off, so two nodes work at the same mail only if one of them has
//! stood still meanwhile. **Invariant:** a node takes no job that it could not do.
//!
//! Any number of nodes share the jobs: each takes some for as long as `--lease` says, and when it dies another takes them
//! after that time. Their clocks count: one that is ahead by more than the lease takes what others are doing. Mails, news
//! for wallets and forgetting are taken by themselves, so that none waits for the other.

use std::{sync::Arc, time::Duration};

use domain::Timestamp;
use futures_util::future::join_all;
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use store::{Batch, Key, Leased, NewJob, Space, Store as _};

use crate::{
    app::{App, Hosted},
    document, guesses,
    mail::{self, Sending},
    wallet,
};

/// The server's own jobs; those of bookings are [`portal::Job`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "job", rename_all = "snake_case")]
pub(crate) enum ServerJob {
    /// Send the mail that signs in.
    SignInMail {
        /// Where to.
        to: String,
        /// For the link.
        token: String,
        /// Beside it.
        digits: String,
        /// When both stop working; later the mail is not sent.
        expires: Timestamp,
    },
    /// Delete a document that has expired.
    ForgetDocument {
        /// Where it lives.
        space: String,
        /// What it is.
        kind: String,
        /// Which one.
        id: String,
    },
    /// Remove an address's wrong guesses once none of them counts any more.
    ForgetGuesses {
        /// Where they are counted.
        space: String,
    },
    /// Remove a space that has served its purpose, tombstones and all.
    ForgetSpace {
        /// Which.
        space: String,
    },
}

/// The kind of the jobs that remove what has expired.
const FORGET: &str = "forget";

impl ServerJob {
    /// The job as it is written.
    pub(crate) fn due(&self, due: Timestamp) -> NewJob {
        let kind = match self {
            Self::SignInMail { .. } => portal::MAIL,
            Self::ForgetDocument { .. } | Self::ForgetGuesses { .. } | Self::ForgetSpace { .. } => FORGET,
        };
        let body = serde_json::to_string(self).expect("jobs are made of maps with text keys");
        NewJob { kind: kind.to_owned(), body, due }
    }
}

/// Deletes a document at its time.
pub(crate) fn forget_document(key: &Key, due: Timestamp) -> NewJob {
    let job = ServerJob::ForgetDocument { space: key.space.to_string(), kind: key.kind.clone(), id: key.id.clone() };
    job.due(due)
}

/// What a job says.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum AnyJob {
    Server(ServerJob),
    Booking(Box<portal::Job>),
}

/// How many jobs of a kind are taken at a time.
const AT_ONCE: usize = 32;
/// How long jobs gather before the next are taken: each taking, and each end, is a commit that others wait for.
const GATHER: Duration = Duration::from_millis(100);
/// How long nothing is looked for when nothing was announced: other programs write jobs too.
const PAUSE: Duration = Duration::from_secs(5);

/// Does jobs until the server stops.
pub(crate) async fn run(app: Arc<App>) {
    if !app.post.sends() {
        tracing::warn!("there is no --smtp: mails wait until there is");
    }
    tokio::join!(line(&app, portal::MAIL), line(&app, portal::WALLET), line(&app, FORGET));
}

/// Does the jobs of one kind until the server stops.
async fn line(app: &Arc<App>, kind: &str) {
    let mut stopping = app.stopping.clone();
    let bell = if kind == portal::WALLET { &app.wallet_work } else { &app.work };
    if !can_do(app, kind) {
        return;
    }
    loop {
        let busy = rounds(app, kind).await;
        if *stopping.borrow() {
            return;
        }
        if busy {
            tokio::select! {
                () = tokio::time::sleep(GATHER) => {}
                _ = stopping.changed() => return,
            }
            continue;
        }
        tokio::select! {
            // Nothing that was just written is to be forgotten at once.
            () = bell.notified(), if kind != FORGET => {}
            () = tokio::time::sleep(PAUSE) => {}
            _ = stopping.changed() => return,
        }
    }
}

/// Whether this node does jobs of a kind. What waits for a mail server waits untouched, however much of it there is.
fn can_do(app: &App, kind: &str) -> bool {
    match kind {
        portal::MAIL => app.post.sends(),
        portal::WALLET => app.wallets.tells(),
        _ => true,
    }
}

/// One round of everything over all businesses. Says whether there was anything to do.
pub(crate) async fn once(app: &Arc<App>) -> bool {
    let mut busy = false;
    for kind in [portal::MAIL, portal::WALLET, FORGET] {
        busy |= can_do(app, kind) && rounds(app, kind).await;
    }
    busy
}

/// One round of one kind over all businesses. Says whether there was anything to do.
async fn rounds(app: &Arc<App>, kind: &str) -> bool {
    let businesses = app.hosting.all().await.unwrap_or_else(|fault| {
        tracing::warn!(code = ?fault.code(), "the businesses cannot be listed");
        Vec::new()
    });
    let mut busy = false;
    for hosted in &businesses {
        busy |= round(app, hosted, kind).await;
    }
    busy
}

/// Takes what is due in one business and does it. Says whether there was anything.
async fn round(app: &Arc<App>, hosted: &Hosted, kind: &str) -> bool {
    let now = hosted.now();
    let leased = match hosted.store.lease(kind, now, now + app.settings.lease(), AT_ONCE).await {
        Ok(leased) => leased,
        Err(error) => {
            tracing::warn!(%error, "jobs cannot be taken");
            return false;
        }
    };
    join_all(leased.iter().map(|lease| one(app, hosted, lease))).await;
    !leased.is_empty()
}

async fn one(app: &Arc<App>, hosted: &Hosted, lease: &Leased) {
    let result = match serde_json::from_str(&lease.job.body) {
        Ok(job) => carry_out(app, hosted, lease, job).await,
        // A newer program may know it; it waits for one.
        Err(error) => Err(Later::new(format!("the job cannot be read: {error}"))),
    };
    let ended = match result {
        Ok(()) => hosted.store.done(lease).await,
        Err(later) if later.give_up => {
            tracing::error!(job = lease.job.id.0, error = later.error, "a job cannot be done and is dropped");
            hosted.store.done(lease).await
        }
        Err(later) => {
            let wait = SignedDuration::from_secs(5 << lease.job.attempts.min(9));
            tracing::warn!(job = lease.job.id.0, error = later.error, seconds = wait.as_secs(), "a job waits");
            hosted.store.again(lease, hosted.now() + wait, &later.error).await
        }
    };
    if let Err(error) = ended {
        // The lease runs out and the job is done again, under the same name.
        tracing::warn!(%error, "a job's end could not be written");
    }
}

/// Why a job is not done.
pub(crate) struct Later {
    pub(crate) error: String,
    /// Trying again would not help.
    pub(crate) give_up: bool,
}

impl Later {
    /// Something failed that may pass.
    pub(crate) fn new(error: impl Into<String>) -> Self {
        Self { error: error.into(), give_up: false }
    }
}

impl<E: std::error::Error> From<E> for Later {
    fn from(error: E) -> Self {
        Self::new(error.to_string())
    }
}

async fn carry_out(app: &Arc<App>, hosted: &Hosted, lease: &Leased, job: AnyJob) -> Result<(), Later> {
    match job {
        AnyJob::Server(ServerJob::ForgetDocument { space, kind, id }) => {
            let write = document::delete(Key { space: space.parse()?, kind, id });
            hosted.store.commit(Batch { writes: vec![write], ..Batch::default() }).await?;
            Ok(())
        }
        AnyJob::Server(ServerJob::ForgetGuesses { space }) => {
            let space: Space = space.parse()?;
            let stale = guesses::stale(hosted, &space, hosted.now()).await;
            if stale.map_err(|fault| Later::new(format!("{:?}", fault.code())))? {
                hosted.store.forget(&space).await?;
            }
            Ok(())
        }
        AnyJob::Server(ServerJob::ForgetSpace { space }) => {
            let space: Space = space.parse()?;
            Ok(hosted.store.forget(&space).await?)
        }
        AnyJob::Server(ServerJob::SignInMail { expires, .. }) if expires <= hosted.now() => Ok(()),
        AnyJob::Server(ServerJob::SignInMail { to, token, digits, .. }) => {
            let mail = mail::sign_in(app, hosted, &to, &token, &digits).await?;
            deliver(app, hosted, lease, mail).await
        }
        AnyJob::Booking(job) => match *job {
            portal::Job::BookingMail { to, name, news, booking } => {
                let mail = mail::booking(app, hosted, &to, &name, &news, &booking).await?;
                deliver(app, hosted, lease, mail).await
            }
            portal::Job::PassChanged { customer, of } => wallet::tell(app, hosted, lease, customer, of).await,
        },
    }
}

async fn deliver(app: &App, hosted: &Hosted, lease: &Leased, mail: mail::Mail) -> Result<(), Later> {
    // With the history in it: after a backup was put back, numbers are given out once more.
    let name = format!("{}.{}.{}", hosted.slug, hosted.store.epoch(), lease.job.id.0);
    // What is left must do for saying that it is done; another node waits for the lease to end.
    let left = lease.until.duration_since(hosted.now()) - app.settings.lease() / 4;
    let Some(within) = Duration::try_from(left).ok().filter(|within| !within.is_zero()) else {
        return Err(Later::new("the lease ended before the mail was begun"));
    };
    match app.post.send(hosted, &name, mail, within).await {
        Sending::Sent => Ok(()),
        Sending::Later(error) => Err(Later::new(error)),
        // A mail server that means it says so three times.
        Sending::Refused(error) => Err(Later { give_up: lease.job.attempts >= 3, ..Later::new(error) }),
    }
}
