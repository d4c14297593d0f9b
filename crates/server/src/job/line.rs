//! The lines that take jobs, of all businesses together, and do them.
//!
//! **Invariant:** no business waits for another's: jobs are taken in turns ([`Engine::lease`](store::Engine::lease)),
//! each is a task of its own, and whoever waits for an answer that does not come has at most half of the places that the
//! others leave ([`Places`]). Ends that come at about the same time are written together, in one commit where the engine
//! can. **Invariant:** jobs of a realm that is not in the table of businesses are left alone: it
//! may be about to come into it, or be another node's that knows more.

use std::{collections::HashMap, sync::Arc, time::Duration};

use futures_util::future::join_all;
use jiff::SignedDuration;
use store::{Leased, Store as _};
use tokio::task::{Id, JoinError, JoinSet};

use super::{FORGET, Later, carry_out, places::Places};
use crate::app::{App, Hosted};

/// How long jobs gather before the next are taken: each taking, and each end, is a commit that others wait for.
const GATHER: Duration = Duration::from_millis(100);
/// How long nothing is looked for when nothing was announced: other programs write jobs too.
const PAUSE: Duration = Duration::from_secs(5);
/// After so many attempts a job has been tried for about a day, with the pauses between ([`pause`]).
pub(crate) const A_DAY: u32 = 40;
/// And after so many for about a week.
pub(crate) const A_WEEK: u32 = 240;

/// A job in this node's hands.
struct Taken {
    realm: String,
    hosted: Hosted,
    lease: Leased,
}

/// A job that was tried, and what became of it; not written yet.
struct Ended {
    hosted: Hosted,
    lease: Leased,
    result: Result<(), Later>,
}

/// The jobs of a line that are being done.
#[derive(Default)]
struct AtWork {
    work: JoinSet<Ended>,
    /// The realm of each.
    whose: HashMap<Id, String>,
    places: Places,
}

impl AtWork {
    /// Begins jobs that were taken together, one after the other until the next are taken: all at once they would keep
    /// both processors of a small machine from everybody's requests.
    fn begin(&mut self, app: &Arc<App>, taken: Vec<Taken>) {
        let step = GATHER / u32::try_from(taken.len()).unwrap_or(u32::MAX).max(1);
        for (Taken { realm, hosted, lease }, place) in taken.into_iter().zip(0..) {
            let app = Arc::clone(app);
            let task = self.work.spawn(async move {
                tokio::time::sleep(step * place).await;
                work(&app, hosted, lease).await
            });
            self.places.take(&realm);
            self.whose.insert(task.id(), realm);
        }
    }

    /// A job has ended. One that panicked has said so itself, and its lease runs out.
    fn leave(&mut self, ended: Result<(Id, Ended), JoinError>) -> Option<Ended> {
        let (id, ended) = ended.map_or_else(|error| (error.id(), None), |(id, ended)| (id, Some(ended)));
        if let Some(realm) = self.whose.remove(&id) {
            self.places.leave(&realm);
        }
        ended
    }

    /// Writes the ends of these jobs and of all others that have ended meanwhile.
    async fn write(&mut self, mut ended: Vec<Ended>) {
        while let Some(next) = self.work.try_join_next_with_id() {
            ended.extend(self.leave(next));
        }
        join_all(ended.iter().map(end)).await;
    }
}

/// Does jobs until the server stops.
pub(crate) async fn run(app: Arc<App>) {
    if !app.post.sends() {
        tracing::warn!("there is no --smtp: mails wait until there is");
    }
    tokio::join!(line(&app, portal::MAIL), line(&app, portal::WALLET), line(&app, FORGET));
}

/// Does the jobs of one kind until the server stops; then ends those at hand.
async fn line(app: &Arc<App>, kind: &str) {
    if !can_do(app, kind) {
        return;
    }
    let mut stopping = app.stopping.clone();
    let bell = if kind == portal::WALLET { &app.wallet_work } else { &app.work };
    let mut at_work = AtWork::default();
    let mut ended = Vec::new();
    loop {
        at_work.write(std::mem::take(&mut ended)).await;
        let taken = take(app, kind, &at_work.places).await;
        let busy = !taken.is_empty();
        at_work.begin(app, taken);
        if *stopping.borrow() {
            break;
        }
        if busy {
            tokio::select! {
                () = tokio::time::sleep(GATHER) => {}
                _ = stopping.changed() => break,
            }
            continue;
        }
        tokio::select! {
            // Nothing that was just written is to be forgotten at once.
            () = bell.notified(), if kind != FORGET => {}
            // There may be room for what was left.
            Some(next) = at_work.work.join_next_with_id() => ended.extend(at_work.leave(next)),
            () = tokio::time::sleep(PAUSE) => {}
            _ = stopping.changed() => break,
        }
    }
    while let Some(next) = at_work.work.join_next_with_id().await {
        let ended = at_work.leave(next).into_iter().collect();
        at_work.write(ended).await;
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
        if can_do(app, kind) {
            let taken = take(app, kind, &Places::default()).await;
            busy |= !taken.is_empty();
            // One after the other: who stands still at a simulated clock must not have another's turn in its hand.
            let mut ended = Vec::with_capacity(taken.len());
            for Taken { hosted, lease, .. } in taken {
                ended.push(work(app, hosted, lease).await);
            }
            join_all(ended.iter().map(end)).await;
        }
    }
    busy
}

/// Takes what is due and has a place.
async fn take(app: &Arc<App>, kind: &str, places: &Places) -> Vec<Taken> {
    if places.free() == 0 {
        return Vec::new();
    }
    let table = match app.hosting.table().await {
        Ok(table) => table,
        Err(fault) => {
            tracing::warn!(code = ?fault.code(), "the businesses cannot be listed");
            return Vec::new();
        }
    };
    let now = app.hosting.now();
    let room = |realm: &str, others| if table.of_realm(realm).is_some() { places.room(realm, others) } else { 0 };
    let leased = app.engine.lease(kind, now, now + app.settings.lease(), places.free(), room).await;
    let leased = leased.unwrap_or_else(|error| {
        tracing::warn!(%error, "jobs cannot be taken");
        Vec::new()
    });
    let known = |(realm, lease): (String, Leased)| {
        let hosted = table.of_realm(&realm)?.clone();
        Some(Taken { realm, hosted, lease })
    };
    leased.into_iter().filter_map(known).collect()
}

/// Does a job.
async fn work(app: &Arc<App>, hosted: Hosted, lease: Leased) -> Ended {
    let result = match serde_json::from_str(&lease.job.body) {
        Ok(job) => carry_out(app, &hosted, &lease, job).await,
        // A newer program may know it; it waits for one.
        Err(error) => Err(Later::new(format!("the job cannot be read: {error}"))),
    };
    Ended { hosted, lease, result }
}

/// Writes what became of a job.
async fn end(Ended { hosted, lease, result }: &Ended) {
    let ended = match result {
        Ok(()) => hosted.store.done(lease).await,
        Err(later) if later.give_up => {
            tracing::error!(job = lease.job.id.0, error = later.error, "a job cannot be done and is dropped");
            hosted.store.done(lease).await
        }
        Err(later) => {
            let wait = pause(lease.job.attempts);
            tracing::warn!(job = lease.job.id.0, error = later.error, seconds = wait.as_secs(), "a job waits");
            hosted.store.again(lease, hosted.now() + wait, &later.error).await
        }
    };
    if let Err(error) = ended {
        // The lease runs out and the job is done again, under the same name.
        tracing::warn!(%error, "a job's end could not be written");
    }
}

/// How long a job waits that has been tried so often: ten seconds, then twice as long each time, up to 43 minutes.
fn pause(attempts: u32) -> SignedDuration {
    SignedDuration::from_secs(5 << attempts.min(9))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_about_a_day_and_a_week_a_week() {
        let hours = |attempts: u32| (1..attempts).map(pause).sum::<SignedDuration>().as_hours();
        assert_eq!((hours(A_DAY), hours(A_WEEK)), (22, 7 * 24 - 4), "with one pause less than attempts");
    }
}
