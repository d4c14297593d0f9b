//! What is left when somebody breaks off in the middle.

use std::{
    collections::BTreeSet,
    future::{Future, poll_fn},
    pin::pin,
    task::Poll,
};

use super::{commit, email, gone, named, note, snapshot, space};
use crate::{Batch, List, NewJob, Read, Store};

/// Drops a future after so many polls, perhaps before the first; gives its answer if it came before.
async fn dropped_after<T>(future: impl Future<Output = T>, polls: usize) -> Option<T> {
    if polls == 0 {
        return None;
    }
    let mut future = pin!(future);
    let mut left = polls;
    poll_fn(|context| match future.as_mut().poll(context) {
        Poll::Ready(answer) => Poll::Ready(Some(answer)),
        Poll::Pending if left <= 1 => Poll::Ready(None),
        Poll::Pending => {
            left -= 1;
            Poll::Pending
        }
    })
    .await
}

/// Which notes of a space are there.
async fn ids<R: Read>(moment: &R, name: &str) -> BTreeSet<String> {
    let documents = moment.list(&List::all(space(name), "note")).await.expect("a list can be read");
    documents.into_iter().map(|document| document.key.id).collect()
}

/// A commit whose future is dropped, before or after whichever poll, took effect in all its parts or in none, and keeps
/// nobody from anything afterwards. Where an engine answers in the first poll there is no middle, and only those that were
/// never polled are dropped.
pub async fn a_dropped_commit_is_whole_or_nothing<S: Store>(store: S) {
    let mut answered = BTreeSet::new();
    for number in 0..96_usize {
        let id = number.to_string();
        let writes = [named("customer/1", &id, &[&id]), note("calendar/a", &id, "1"), gone("business", &id)];
        let jobs = vec![NewJob { kind: "mail".to_owned(), body: id.clone(), due: jiff::Timestamp::UNIX_EPOCH }];
        let writing = store.commit(Batch { guards: Vec::new(), writes: writes.into(), jobs });
        if let Some(result) = dropped_after(writing, number % 17).await {
            result.expect("nothing stands against this batch");
            answered.insert(id);
        }
    }
    assert!(answered.len() < 96, "some were dropped before their answer");
    // Comes after all that is still under way, as it writes in the same spaces.
    commit(&store, [note("customer/1", "last", "1"), note("calendar/a", "last", "1")]).await;

    let moment = snapshot(&store).await;
    let written = ids(&moment, "customer/1").await;
    assert_eq!(written, ids(&moment, "calendar/a").await, "a commit is in both of its spaces or in none");
    assert!(answered.is_subset(&written), "what was answered is there");
    for number in 0..96 {
        let id = number.to_string();
        let holder = moment.find(&email(&id)).await.expect("a key can be looked up").map(|holder| holder.id);
        assert_eq!(holder.as_ref(), written.get(&id), "a unique key is held by whoever is there");
    }
    let names = ["customer/1", "calendar/a", "business"].map(space);
    let versions = moment.versions(&names).await.expect("versions can be read");
    let commits = written.len() as u64;
    assert_eq!(versions, [commits, commits, commits - 1], "what was dropped counted all its spaces or none");
    drop(moment);
    let jobs =
        store.lease("mail", jiff::Timestamp::UNIX_EPOCH, jiff::Timestamp::MAX, 1000).await.expect("jobs can be leased");
    let jobs: BTreeSet<String> = jobs.into_iter().map(|leased| leased.job.body).chain(["last".to_owned()]).collect();
    assert_eq!(jobs, written, "a commit that took effect brought its job, and no other did");
}
