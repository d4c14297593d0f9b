//! Work that is done once its commit is durable: mails, news for the wallets of phones, and forgetting what has expired.
//!
//! **Invariant:** a job is done at least once, and what it does twice it does under the same name: a mail's Message-ID
//! comes from the job's number, and in a demonstration the mail's document does. **Invariant:** whoever has not handed a
//! mail over when a quarter of the lease is left breaks off, so two nodes work at the same mail only if one of them has
//! stood still meanwhile. **Invariant:** a node takes no job that it could not do.
//!
//! Any number of nodes share the jobs: each takes some for as long as `--lease` says, and when it dies another takes them
//! after that time. Their clocks count: one that is ahead by more than the lease takes what others are doing. Mails, news
//! for wallets and forgetting are taken by themselves, so that none waits for the other ([`line`]).

mod line;
mod places;

use std::{sync::Arc, time::Duration};

use domain::Timestamp;
use serde::{Deserialize, Serialize};
use store::{Batch, Key, Leased, NewJob, Space, Store as _};

pub(crate) use self::line::{A_DAY, A_WEEK, once, run};

use crate::{
    app::{App, Hosted},
    document, guesses,
    mail::{self, Sending},
    threads::aside::Undone,
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
            let business = mail::business(hosted).await?;
            let make = move |app: &App, hosted: &Hosted| mail::sign_in(app, hosted, business, &to, &token, &digits);
            deliver(app, hosted, lease, make).await
        }
        AnyJob::Booking(job) => match *job {
            portal::Job::BookingMail { booking, .. } if !mail::is_news(hosted, &booking).await? => {
                tracing::info!(job = lease.job.id.0, "a mail that came late is no news any more and is not sent");
                Ok(())
            }
            portal::Job::BookingMail { to, name, news, booking } => {
                let business = mail::business(hosted).await?;
                let now = hosted.now();
                let make = move |app: &App, hosted: &Hosted| {
                    mail::booking(app, hosted, business, (&to, &name), &news, &booking, now)
                };
                deliver(app, hosted, lease, make).await
            }
            portal::Job::PassChanged { customer, of } => wallet::tell(app, hosted, lease, customer, of).await,
        },
    }
}

/// Makes a mail aside: however many there are, nobody's request waits for one. Then hands it over.
async fn deliver(
    app: &Arc<App>,
    hosted: &Hosted,
    lease: &Leased,
    make: impl FnOnce(&App, &Hosted) -> Result<mail::Mail, Later> + Send + 'static,
) -> Result<(), Later> {
    // With the history in it: after a backup was put back, numbers are given out once more.
    let name = format!("{}.{}.{}", hosted.slug, hosted.store.epoch(), lease.job.id.0);
    let (theirs, of, named) = (Arc::clone(app), hosted.clone(), name.clone());
    let made = app.aside.run(move || make(&theirs, &of).map(|mail| theirs.post.pack(&named, mail))).await;
    let parcel = made.unwrap_or_else(|Undone| Err(Later::new("the mail could not be made")))?;
    // What is left must do for saying that it is done; another node waits for the lease to end.
    let left = lease.until.duration_since(hosted.now()) - app.settings.lease() / 4;
    let Some(within) = Duration::try_from(left).ok().filter(|within| !within.is_zero()) else {
        return Err(Later::new("the lease ended before the mail was begun"));
    };
    match app.post.send(hosted, &name, lease.job.id, parcel, within).await {
        Sending::Sent => Ok(()),
        Sending::Later(error) => Err(Later::new(error)),
        // All attempts count, those also at which nobody answered: so it is a week, which no outage takes.
        Sending::Refused(error) => Err(Later { give_up: lease.job.attempts >= A_WEEK, ..Later::new(error) }),
        Sending::Impossible(error) => Err(Later { give_up: lease.job.attempts >= 3, ..Later::new(error) }),
    }
}
