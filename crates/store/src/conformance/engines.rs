//! What an engine says of all its realms at once. Each case takes an engine on which nobody has written.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use tokio::task::JoinSet;

use crate::{AnyStore, Batch, Engine, JobId, Leased, NewJob, Store};

/// So many seconds after the beginning of the test's time.
fn at(seconds: i64) -> Timestamp {
    Timestamp::constant(1_800_000_000, 123_456_789) + SignedDuration::from_secs(seconds)
}

/// Writes jobs that are due one second after the other.
async fn add(store: &AnyStore, kind: &str, from: i64, count: usize) {
    let job = |number: i64| NewJob {
        kind: kind.to_owned(),
        body: format!("{} {}", store.realm(), from + number),
        due: at(from + number),
    };
    let jobs = (0..).take(count).map(job).collect();
    store.commit(Batch { jobs, ..Batch::default() }).await.expect("nothing stands against a job");
}

/// Leases mails at a second, for ten seconds.
async fn lease(engine: &Engine, now: i64, most: usize, room: impl Fn(&str) -> usize + Sync) -> Vec<(String, Leased)> {
    engine.lease("mail", at(now), at(now + 10), most, |realm, _| room(realm)).await.expect("jobs can be leased")
}

fn bodies(leased: &[(String, Leased)]) -> Vec<&str> {
    leased.iter().map(|(_, leased)| leased.job.body.as_str()).collect()
}

/// One question over all realms; each job comes with its realm, under the lease that a store gives.
pub async fn jobs_of_all_realms_are_leased_together(engine: Engine) {
    let (salon, spa) = (engine.realm("salon"), engine.realm("spa"));
    assert!(lease(&engine, 100, 9, |_| 9).await.is_empty(), "there is no job yet");
    add(&salon, "mail", 1, 1).await;
    add(&spa, "mail", 2, 1).await;
    add(&spa, "forget", 0, 1).await;
    add(&spa, "mail", 50, 1).await;
    assert!(lease(&engine, 0, 9, |_| 9).await.is_empty(), "none is due yet");
    assert!(lease(&engine, 10, 0, |_| 9).await.is_empty(), "none were asked for");
    let leased = lease(&engine, 10, 9, |_| 9).await;
    assert_eq!(bodies(&leased), ["salon 1", "spa 2"], "of this kind, those that are due, the longest due first");
    let realms: Vec<&str> = leased.iter().map(|(realm, _)| realm.as_str()).collect();
    assert_eq!(realms, ["salon", "spa"], "each says whose it is");
    assert!(leased.iter().all(|(_, leased)| leased.until == at(20) && leased.job.attempts == 1), "{leased:?}");
    assert!(lease(&engine, 19, 9, |_| 9).await.is_empty(), "they are somebody's");
    assert!(salon.lease("mail", at(19), at(30), 9).await.expect("jobs can be leased").is_empty(), "here as well");

    spa.done(&leased[0].1).await.expect("another realm's lease is no failure");
    salon.done(&leased[0].1).await.expect("a job can be done");
    spa.again(&leased[1].1, at(21), "the server was away").await.expect("a job can be put back");
    let again = lease(&engine, 20, 9, |_| 9).await;
    assert!(again.is_empty(), "one is done, the other not due: {again:?}");
    let again = lease(&engine, 21, 9, |_| 9).await;
    assert_eq!(bodies(&again), ["spa 2"], "the same job");
    assert_eq!((again[0].1.job.id, again[0].1.job.attempts), (leased[1].1.job.id, 2), "the second attempt");
    let stolen = lease(&engine, 31, 9, |_| 9).await;
    assert_eq!(bodies(&stolen), ["spa 2"], "whose lease is over, others take");
    spa.done(&again[0].1).await.expect("a stale lease is no failure");
    assert_eq!(lease(&engine, 41, 9, |_| 9).await.len(), 1, "and it changes nothing");
}

/// Whoever has many jobs keeps nobody waiting.
pub async fn realms_take_turns(engine: Engine) {
    let [large, small, late] = ["large", "small", "late"].map(|name| engine.realm(name));
    // More than an engine looks at in one go.
    for from in 0..3 {
        add(&large, "mail", from * 1_000, 1_000).await;
    }
    add(&small, "mail", 4_000, 2).await;
    add(&late, "mail", 4_001, 1).await;
    let leased = lease(&engine, 9_000, 6, |_| 9).await;
    let expected = ["large 0", "small 4000", "late 4001", "large 1", "small 4001", "large 2"];
    assert_eq!(bodies(&leased), expected, "each one's first, each one's second, and then who is left");
    let leased = lease(&engine, 9_000, 6, |_| 9).await;
    assert_eq!(bodies(&leased), (3..9).map(|n| format!("large {n}")).collect::<Vec<_>>(), "who is alone has all");
}

/// Of a realm no more is taken than there is room for; one without room is left as it was.
pub async fn a_realm_without_room_is_left_alone(engine: Engine) {
    let (salon, unknown) = (engine.realm("salon"), engine.realm("unknown"));
    add(&unknown, "mail", 0, 1_500).await;
    add(&salon, "mail", 2_000, 5).await;
    let room = |name: &str| if name == "salon" { 2 } else { 0 };
    assert_eq!(bodies(&lease(&engine, 9_000, 9, room).await), ["salon 2000", "salon 2001"], "two, and of the salon");
    assert_eq!(bodies(&lease(&engine, 9_000, 9, room).await), ["salon 2002", "salon 2003"], "then the next two");
    let first = unknown.lease("mail", at(9_000), at(9_010), 1).await.expect("jobs can be leased");
    assert_eq!((first[0].job.body.as_str(), first[0].job.attempts), ("unknown 0", 1), "nobody had touched it");
}

/// Many nodes at once share the jobs of all realms.
pub async fn a_job_of_any_realm_is_leased_once_by_many(engine: Engine) {
    for number in 0..10 {
        add(&engine.realm(&format!("business-{number}")), "mail", 0, 20).await;
    }
    let mut workers = JoinSet::new();
    for _ in 0..10 {
        let engine = engine.clone();
        workers.spawn(async move {
            let mut mine: Vec<JobId> = Vec::new();
            loop {
                let some = lease(&engine, 1_000, 7, |_| 2).await;
                if some.is_empty() {
                    return mine;
                }
                mine.extend(some.iter().map(|(_, leased)| leased.job.id));
            }
        });
    }
    let mut all: Vec<JobId> = workers.join_all().await.concat();
    // Who found others at all of it has gone: whatever was left is there.
    loop {
        let rest = lease(&engine, 1_000, 50, |_| 50).await;
        if rest.is_empty() {
            break;
        }
        all.extend(rest.iter().map(|(_, leased)| leased.job.id));
    }
    let different: BTreeSet<_> = all.iter().collect();
    assert_eq!((all.len(), different.len()), (200, 200), "every job once, none twice");
}

/// Versions of all realms, on all handles, are of one history.
pub async fn an_engine_tells_one_history(engine: Engine) {
    let epoch = engine.epoch().to_owned();
    let digits = epoch.len() == 16 && epoch.chars().all(|digit| matches!(digit, '0'..='9' | 'a'..='f'));
    assert!(digits, "16 hexadecimal digits: {epoch:?}");
    assert_eq!(engine.clone().epoch(), epoch, "another handle tells the same");
    let (salon, spa) = (engine.realm("salon"), engine.realm("spa"));
    assert_eq!(salon.epoch(), epoch, "and every realm");
    assert_eq!((spa.epoch(), spa.clone().epoch()), (&*epoch, &*epoch), "and every handle on it");
    add(&salon, "mail", 0, 1).await;
    assert_eq!((engine.epoch(), salon.epoch(), engine.realm("new").epoch()), (&*epoch, &*epoch, &*epoch), "it stays");
}
