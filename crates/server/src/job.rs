//! Work that is done once its commit is durable: mails, and forgetting what has expired.
//!
//! **Invariant:** a job is done at least once, and what it does twice it does under the same name: a mail's Message-ID
//! comes from the job's number, and in a demonstration the mail's document does.

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

impl ServerJob {
    /// The job as it is written.
    pub(crate) fn due(&self, due: Timestamp) -> NewJob {
        let kind = match self {
            Self::SignInMail { .. } => "mail",
            Self::ForgetDocument { .. } | Self::ForgetGuesses { .. } | Self::ForgetSpace { .. } => "forget",
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

/// How long a job is taken for.
const LEASE: SignedDuration = SignedDuration::from_secs(60);
/// How many jobs are taken at a time.
const AT_ONCE: usize = 8;
/// How long nothing is looked for when nothing was announced: other programs write jobs too.
const PAUSE: Duration = Duration::from_secs(5);

/// Does jobs until the server stops.
pub(crate) async fn run(app: Arc<App>) {
    let mut stopping = app.stopping.clone();
    loop {
        let businesses = app.hosting.all().await.unwrap_or_else(|fault| {
            tracing::warn!(code = ?fault.code(), "the businesses cannot be listed");
            Vec::new()
        });
        let mut busy = false;
        for hosted in &businesses {
            busy |= round(&app, hosted).await;
        }
        if *stopping.borrow() {
            return;
        }
        if busy {
            continue;
        }
        tokio::select! {
            () = app.work.notified() => {}
            () = tokio::time::sleep(PAUSE) => {}
            _ = stopping.changed() => return,
        }
    }
}

/// Takes what is due in one business and does it. Says whether there was anything.
async fn round(app: &Arc<App>, hosted: &Hosted) -> bool {
    let now = hosted.now();
    let leased = match hosted.store.lease(now, now + LEASE, AT_ONCE).await {
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
        Err(later) if later.quiet => hosted.store.again(lease, hosted.now() + LEASE, &later.error).await,
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
    /// It was said already, and it is nobody's failure.
    pub(crate) quiet: bool,
}

impl Later {
    /// Something failed that may pass.
    pub(crate) fn new(error: impl Into<String>) -> Self {
        Self { error: error.into(), give_up: false, quiet: false }
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
        },
    }
}

async fn deliver(app: &App, hosted: &Hosted, lease: &Leased, mail: mail::Mail) -> Result<(), Later> {
    let name = format!("{}.{}", hosted.slug, lease.job.id.0);
    match app.post.send(hosted, &name, mail).await {
        Sending::Sent => Ok(()),
        Sending::Later(error) => Err(Later::new(error)),
        Sending::Nowhere => Err(Later { quiet: true, ..Later::new("no mail server is set") }),
        // A mail server that means it says so three times.
        Sending::Refused(error) => Err(Later { give_up: lease.job.attempts >= 3, ..Later::new(error) }),
    }
}
