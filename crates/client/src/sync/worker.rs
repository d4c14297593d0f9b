//! Carries out the plan, one step after the other, until the app stops.
//!
//! **Invariant:** no local write is interrupted: only waiting and asking are.

use std::{sync::Arc, time::Duration};

use protocol::Poke;
use store::{Read, Store};
use tokio::{sync::watch, task::JoinSet, time::Instant};

use super::{
    Failed, backoff,
    failed::Lesson,
    plan::{self, Standing, Step, Who},
    pokes::Pokes,
};
use crate::{
    Connection,
    account::{Account, Session},
    wire::WireError,
};

/// A stream that lived this long was a good one.
const LIVED: Duration = Duration::from_secs(10);

/// The server may ask for this much patience, not for more.
const PATIENCE: u64 = 300;

/// Keeps a business in step with its server until `stop` says true, or its sender is gone.
pub(crate) async fn run(account: Arc<Account>, mut stop: watch::Receiver<bool>) {
    let mut worker = Worker {
        account,
        session: Session::Anonymous,
        pokes: None,
        stale: true,
        hold: None,
        asked: false,
        failures: 0,
        deaf: None,
        hangups: 0,
        unsent: None,
        returns: 0,
        shut: None,
        refusals: 0,
        enrolling: JoinSet::new(),
    };
    loop {
        tokio::select! {
            biased;
            _ = stop.wait_for(|stop| *stop) => return,
            () = worker.step() => {}
        }
    }
}

struct Worker {
    account: Arc<Account>,
    /// Whose stream of pokes is open.
    session: Session,
    pokes: Option<(Pokes, Instant)>,
    stale: bool,
    /// No request before.
    hold: Option<Instant>,
    /// Whether the server asked for the hold: then no ringing ends it.
    asked: bool,
    /// Requests that failed in a row.
    failures: u32,
    /// No listening before.
    deaf: Option<Instant>,
    /// Streams that did not live long, in a row.
    hangups: u32,
    /// No push before: the last one was answered, and nothing came of it.
    unsent: Option<Instant>,
    /// Pushes of which nothing came, in a row.
    returns: u32,
    /// The vault is not asked before. No ringing ends that: each time may ask its owner for a password.
    shut: Option<Instant>,
    /// How often the vault stayed shut in a row.
    refusals: u32,
    /// Tells the server this device's key, beside everything else: the vault may ask its owner first.
    enrolling: JoinSet<()>,
}

impl Worker {
    /// One step.
    async fn step(&mut self) {
        let standing = self.look().await;
        let account = Arc::clone(&self.account);
        match plan::next(&standing) {
            Step::Rest => {
                account.connected(Connection::SessionEnded);
                self.ringing().await;
            }
            Step::Unlock => match account.unlocked().await {
                Ok(_) => (self.shut, self.refusals) = (None, 0),
                Err(_) => {
                    self.refusals = self.refusals.saturating_add(1);
                    self.shut = Some(Instant::now() + backoff::shut(self.refusals));
                    account.connected(Connection::Locked);
                }
            },
            Step::Pause(pause) => {
                tokio::select! {
                    () = self.ringing() => {}
                    () = tokio::time::sleep(pause) => {}
                }
            }
            Step::Push => {
                let _syncing = account.syncing.lock().await;
                match account.push().await {
                    Ok(accepted) => {
                        (self.unsent, self.returns) = (None, 0);
                        self.answered();
                        self.stale |= accepted;
                    }
                    Err(failed) => {
                        // What waits may be sent or taken back by hand: then the pull says how things stand.
                        self.stale = true;
                        if failed.is_of_this_request() { self.returned(&failed) } else { self.failed(failed).await }
                    }
                }
            }
            Step::Pull => {
                let _syncing = account.syncing.lock().await;
                self.stale = false;
                match account.pull().await {
                    Ok(()) => {
                        self.answered();
                        self.enrol();
                    }
                    Err(failed) => {
                        self.stale = true;
                        self.failed(failed).await;
                    }
                }
            }
            Step::Listen => self.listen().await,
            Step::Await => self.hear().await,
        }
    }

    /// Has the server told this device's key, unless somebody is at it.
    fn enrol(&mut self) {
        while self.enrolling.try_join_next().is_some() {}
        if self.enrolling.is_empty() {
            let account = Arc::clone(&self.account);
            self.enrolling.spawn(async move { account.enrol().await });
        }
    }

    /// How things stand.
    async fn look(&mut self) -> Standing {
        let session = self.account.session().await;
        if session != self.session {
            // The stream was opened in another name.
            self.pokes = None;
            self.stale = true;
            (self.unsent, self.returns) = (None, 0);
            self.session = session.clone();
        }
        self.stale |= self.account.take_stale();
        let waiting = self.account.shown().await.desk.count() > 0;
        if !waiting && self.returns > 0 {
            // It was sent or taken back by hand.
            (self.unsent, self.returns, self.stale) = (None, 0, true);
        }
        let locked = session == Session::Locked;
        let now = Instant::now();
        let left = |until: Option<Instant>| {
            until.and_then(|until| until.checked_duration_since(now)).filter(|left| !left.is_zero())
        };
        Standing {
            who: match session {
                Session::Anonymous => Who::Anonymous,
                Session::Open(_) => Who::Customer,
                Session::Ended => Who::Ended,
                Session::Locked => Who::Locked,
            },
            waiting,
            stale: self.stale,
            listening: self.pokes.is_some(),
            hold: left(if locked { self.shut } else { self.hold }),
            deaf: left(self.deaf),
            unsent: left(self.unsent),
        }
    }

    /// Waits until somebody rings, which is a reason to try at once.
    async fn ringing(&mut self) {
        self.account.bell.notified().await;
        self.rung();
    }

    fn rung(&mut self) {
        if !self.asked {
            // Whoever rings may have sent or taken back what nothing came of: the next pull says how things stand.
            self.stale |= self.returns > 0;
            (self.hold, self.failures) = (None, 0);
            (self.unsent, self.returns) = (None, 0);
        }
        self.deaf = None;
    }

    /// The server answered.
    fn answered(&mut self) {
        (self.hold, self.asked, self.failures) = (None, false, 0);
        match self.account.connection() {
            // It does not understand what waits, whatever else it answers.
            Connection::TooOld if self.returns > 0 => {}
            _ if self.pokes.is_some() => self.account.connected(Connection::Online),
            Connection::Online => {}
            _ => self.account.connected(Connection::Connecting),
        }
    }

    /// Nothing came of a push. Whether the server answers other requests the next pull finds out.
    fn returned(&mut self, failed: &Failed) {
        tracing::debug!(business = %self.account.id, %failed, "nothing came of a push");
        self.returns = self.returns.saturating_add(1);
        self.unsent = Some(Instant::now() + self.jitter(self.returns));
        if failed.lesson() == Lesson::TooOld {
            self.account.connected(Connection::TooOld);
        }
    }

    /// The server did not answer, or not well.
    async fn failed(&mut self, failed: Failed) {
        tracing::debug!(business = %self.account.id, %failed, "sync failed");
        let lesson = failed.lesson();
        let pause = match lesson {
            Lesson::Again => return,
            Lesson::SignIn => {
                if let Session::Open(token) = self.session.clone() {
                    self.account.end_session(&token).await;
                    return;
                }
                // Nobody is signed in and the server wants somebody: there is nothing to hurry for.
                self.hold = Some(Instant::now() + backoff::LONGEST);
                self.account.connected(Connection::Online);
                return;
            }
            Lesson::After(seconds) => {
                self.failures = self.failures.saturating_add(1);
                backoff::after(Duration::from_secs(seconds.min(PATIENCE)), self.failures, &mut rand::rng())
            }
            Lesson::Later | Lesson::TooOld => {
                self.failures = self.failures.saturating_add(1);
                self.jitter(self.failures)
            }
        };
        self.asked = matches!(lesson, Lesson::After(_));
        self.hold = Some(Instant::now() + pause);
        self.account.connected(match (lesson, &failed) {
            (Lesson::TooOld, _) => Connection::TooOld,
            (_, Failed::Here(_)) => Connection::Storage,
            _ => Connection::Offline,
        });
    }

    fn jitter(&self, failures: u32) -> Duration {
        backoff::pause(failures, &mut rand::rng())
    }

    /// Opens the stream of pokes, unless somebody rings first or there is something to send again: something between here
    /// and the server may hold its answer back for as long as anybody waits.
    async fn listen(&mut self) {
        let answer = tokio::select! {
            () = self.account.bell.notified() => return self.rung(),
            () = reached(self.unsent) => return,
            answer = self.account.wire.pokes(self.session.token()) => answer,
        };
        match answer {
            Ok(bytes) => {
                self.pokes = Some((Pokes::new(bytes), Instant::now()));
                // What happened before the stream was open was not heard.
                self.stale = true;
                if let Err(trouble) = self.account.greet().await {
                    tracing::debug!(business = %self.account.id, %trouble, "the server does not say who it is");
                }
            }
            Err(error) => {
                self.hung_up();
                let silent = matches!(error, WireError::NoAnswer(_));
                let failed = Failed::from(error);
                // Where there are no pokes to be had, everything else still goes on, by asking now and then; whether the
                // server is there at all the next pull finds out.
                if !silent && failed.lesson() != Lesson::TooOld {
                    self.failed(failed).await;
                }
            }
        }
    }

    /// Waits for pokes, until somebody rings, or until there is something to send again.
    async fn hear(&mut self) {
        let Some((pokes, since)) = &mut self.pokes else { return };
        let (since, unsent) = (*since, self.unsent);
        tokio::select! {
            () = self.account.bell.notified() => self.rung(),
            () = reached(unsent) => {}
            heard = pokes.next() => match heard {
                Some(heard) => self.stale = news(&self.account, &heard).await,
                None => {
                    self.pokes = None;
                    self.stale = true;
                    self.account.connected(Connection::Connecting);
                    if since.elapsed() < LIVED { self.hung_up() } else { self.hangups = 0 }
                }
            },
        }
    }

    /// A stream did not come about, or not for long.
    fn hung_up(&mut self) {
        self.stale = true;
        self.hangups = self.hangups.saturating_add(1);
        self.deaf = Some(Instant::now() + self.jitter(self.hangups));
    }
}

/// Waits until then; for ever where there is no such moment.
async fn reached(moment: Option<Instant>) {
    match moment {
        Some(moment) => tokio::time::sleep_until(moment).await,
        None => std::future::pending().await,
    }
}

/// Whether pokes tell anything that this device does not have: they also come for what it did itself.
async fn news(account: &Account, pokes: &[Poke]) -> bool {
    let Ok(snapshot) = account.store.snapshot().await else { return true };
    for poke in pokes {
        let Ok(space) = poke.space.parse() else { return true };
        if snapshot.version(&space).await.map_or(true, |version| version < poke.version) {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests;
