//! Jobs and their leases.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use tokio::task::JoinSet;

use super::{batch, guarded, key, note};
use crate::{Batch, JobId, Leased, NewJob, Store};

/// So many seconds after the beginning of the test's time.
fn at(seconds: i64) -> Timestamp {
    Timestamp::constant(1_800_000_000, 123_456_789) + SignedDuration::from_secs(seconds)
}

fn job(body: &str, due: Timestamp) -> NewJob {
    NewJob { kind: "mail".to_owned(), body: body.to_owned(), due }
}

async fn add<S: Store>(store: &S, jobs: impl IntoIterator<Item = NewJob>) {
    let jobs = Batch { jobs: jobs.into_iter().collect(), ..Batch::default() };
    store.commit(jobs).await.expect("nothing stands against a job");
}

async fn lease<S: Store>(store: &S, now: Timestamp, until: Timestamp) -> Vec<Leased> {
    store.lease("mail", now, until, 100).await.expect("jobs can be leased")
}

/// The only job there is to lease.
async fn lease_one<S: Store>(store: &S, now: Timestamp, until: Timestamp) -> Leased {
    let mut leased = lease(store, now, until).await;
    assert_eq!(leased.len(), 1, "one job is due: {leased:?}");
    leased.remove(0)
}

/// Not before its time.
pub async fn a_job_is_leased_when_due<S: Store>(store: S) {
    assert!(lease(&store, at(0), at(9)).await.is_empty(), "there is no job yet");
    add(&store, [job("{\"n\":1}", at(10))]).await;
    assert!(lease(&store, at(9), at(20)).await.is_empty(), "it is not due yet");
    let leased = lease_one(&store, at(10), at(20)).await;
    assert_eq!(leased.until, at(20), "the lease says its end");
    let job = (&*leased.job.kind, &*leased.job.body, leased.job.attempts);
    assert_eq!(job, ("mail", "{\"n\":1}", 1), "the job as it was written, for the first time");
}

/// Others get it when the lease is over, under the same number, one attempt later.
pub async fn a_leased_job_is_left_alone_until_its_lease_ends<S: Store>(store: S) {
    add(&store, [job("a", at(0))]).await;
    let first = lease_one(&store, at(0), at(10)).await;
    assert!(lease(&store, at(9), at(30)).await.is_empty(), "it is somebody's");
    let second = lease_one(&store, at(10), at(30)).await;
    assert_eq!(second.job.id, first.job.id, "the number is stable, it serves as idempotency key");
    assert_eq!(second.job.attempts, 2, "the attempt that was never reported counts");
}

/// A job that was carried out does not come back.
pub async fn a_done_job_is_gone<S: Store>(store: S) {
    add(&store, [job("a", at(0)), job("b", at(0))]).await;
    let leased = lease(&store, at(0), at(10)).await;
    store.done(&leased[0]).await.expect("a job can be done");
    store.done(&leased[0]).await.expect("doing it twice does nothing");
    let left = lease_one(&store, at(100), at(110)).await;
    assert_eq!(left.job.body, "b", "only the other one is left");
}

/// A job that could not be carried out comes again at the time given.
pub async fn a_job_comes_again<S: Store>(store: S) {
    add(&store, [job("a", at(0))]).await;
    let first = lease_one(&store, at(0), at(10)).await;
    store.again(&first, at(60), "the server was away").await.expect("a job can be put back");
    assert!(lease(&store, at(59), at(70)).await.is_empty(), "not before the time given, though the lease is over");
    let second = lease_one(&store, at(60), at(70)).await;
    assert_eq!((second.job.id, second.job.attempts), (first.job.id, 2), "the same job, the second attempt");
    store.again(&second, at(61), "again").await.expect("a job can be put back");
    let third = lease_one(&store, at(61), at(80)).await;
    assert_eq!(third.job.attempts, 3, "it may come again before the former lease would have ended");
}

/// Whoever lost a lease changes nothing any more.
pub async fn a_stale_lease_does_nothing<S: Store>(store: S) {
    add(&store, [job("a", at(0))]).await;
    let stale = lease_one(&store, at(0), at(10)).await;
    let current = lease_one(&store, at(10), at(20)).await;
    store.done(&stale).await.expect("a stale lease is no failure");
    store.again(&stale, at(11), "late").await.expect("a stale lease is no failure");
    assert!(lease(&store, at(11), at(30)).await.is_empty(), "the current lease still holds");
    store.again(&current, at(12), "later").await.expect("the current one may");
    store.done(&current).await.expect("a lease that was given back is no failure");
    let last = lease_one(&store, at(12), at(40)).await;
    assert_eq!(last.job.attempts, 3, "it was neither lost nor counted twice");
    store.done(&last).await.expect("a job can be done");
    assert!(lease(&store, at(1000), at(1010)).await.is_empty(), "now it is gone");
}

/// Those that wait longest first.
pub async fn a_lease_takes_the_longest_due_and_no_more_than_asked<S: Store>(store: S) {
    add(&store, [job("c", at(3)), job("a", at(1)), job("b", at(2)), job("later", at(50))]).await;
    assert!(
        store.lease("mail", at(10), at(20), 0).await.expect("jobs can be leased").is_empty(),
        "none were asked for"
    );
    let two = store.lease("mail", at(10), at(20), 2).await.expect("jobs can be leased");
    let bodies: Vec<&str> = two.iter().map(|leased| leased.job.body.as_str()).collect();
    assert_eq!(bodies, ["a", "b"], "the two that wait longest");
    assert_eq!(lease_one(&store, at(10), at(20)).await.job.body, "c", "then the third; the last is not due");
}

/// Whoever asks for one kind gets that kind, however many of another wait.
pub async fn a_lease_is_of_one_kind<S: Store>(store: S) {
    let forget = NewJob { kind: "forget".to_owned(), ..job("forget", at(5)) };
    add(&store, (0..20).map(|number| job(&number.to_string(), at(0))).chain([forget])).await;
    let leased = store.lease("forget", at(10), at(20), 8).await.expect("jobs can be leased");
    let bodies: Vec<&str> = leased.iter().map(|leased| leased.job.body.as_str()).collect();
    assert_eq!(bodies, ["forget"], "the others wait longer, and for somebody else");
    assert!(store.lease("unheard of", at(10), at(20), 8).await.expect("jobs can be leased").is_empty(), "none");
    let mails = lease(&store, at(10), at(20)).await;
    assert_eq!(mails.len(), 20, "nobody has touched them");
    assert!(mails.iter().all(|mail| mail.job.attempts == 1), "and no attempt was counted");
}

/// Many workers at once share the jobs.
pub async fn a_job_is_leased_once_by_many<S: Store>(store: S) {
    add(&store, (0..100).map(|number| job(&number.to_string(), at(0)))).await;
    let mut workers = JoinSet::new();
    for _ in 0..10 {
        let store = store.clone();
        workers.spawn(async move {
            let mut mine = Vec::new();
            loop {
                let some = store.lease("mail", at(0), at(100), 7).await.expect("jobs can be leased");
                if some.is_empty() {
                    return mine;
                }
                mine.extend(some.iter().map(|leased| leased.job.id));
            }
        });
    }
    let all: Vec<JobId> = workers.join_all().await.concat();
    let different: BTreeSet<_> = all.iter().collect();
    assert_eq!((all.len(), different.len()), (100, 100), "every job once, none twice");
}

/// A later commit's jobs have higher numbers, even when all former ones are gone.
pub async fn numbers_rise_in_commit_order<S: Store>(store: S) {
    let mut last = None;
    for round in 0..5 {
        add(&store, [job("a", at(0)), job("b", at(0))]).await;
        let leased = lease(&store, at(round), at(round + 1)).await;
        for leased in &leased {
            assert!(Some(leased.job.id) > last, "numbers rise and are not used again: {leased:?} after {last:?}");
            last = Some(leased.job.id);
            store.done(leased).await.expect("a job can be done");
        }
        assert_eq!(leased.len(), 2, "both are there");
    }
}

/// A job is written with its reason or not at all.
pub async fn jobs_of_a_refused_batch_are_never_done<S: Store>(store: S) {
    let refused = guarded([(key("business", "a"), 3)], [note("business", "a", "1")]);
    let refused = Batch { jobs: vec![job("refused", at(0))], ..refused };
    assert!(store.commit(refused).await.is_err(), "there is no such version");
    let accepted = Batch { jobs: vec![job("accepted", at(0))], ..batch([note("business", "a", "1")]) };
    store.commit(accepted).await.expect("nothing stands against it");
    assert_eq!(lease_one(&store, at(1), at(2)).await.job.body, "accepted", "only what was committed is done");
}
