//! What a commit does, and what a refused one does not.

use std::sync::Arc;

use tokio::task::JoinSet;

use super::{batch, commit, email, find, get, gone, guarded, key, named, note, pull, snapshot, space, version};
use crate::{Batch, CommitError, NewJob, Read, Store, Write};

/// A space's version rises by exactly one with each commit that touches it, however many documents it writes there.
pub async fn a_version_rises_by_one_with_each_commit<S: Store>(store: S) {
    assert_eq!(version(&store, "catalogue").await, 0, "a space that was never written has version 0");
    let first = commit(&store, [note("catalogue", "a", "1"), note("catalogue", "b", "1")]).await;
    assert_eq!(first.spaces, [(space("catalogue"), 1)], "two documents in one commit are one version");
    let second = commit(&store, [note("catalogue", "a", "2")]).await;
    assert_eq!(second.spaces, [(space("catalogue"), 2)], "a change is a version");
    let third = commit(&store, [gone("catalogue", "a"), note("catalogue", "c", "1")]).await;
    assert_eq!(third.spaces, [(space("catalogue"), 3)], "a deletion is a version");
    assert_eq!(version(&store, "catalogue").await, 3, "the version read is the version answered");
    let documents = [get(&store, &key("catalogue", "b")).await, get(&store, &key("catalogue", "c")).await];
    let versions = documents.map(|document| document.expect("it was written").version);
    assert_eq!(versions, [1, 3], "a document has the version of its last change");
}

/// Other spaces keep their versions.
pub async fn a_commit_raises_only_what_it_touches<S: Store>(store: S) {
    commit(&store, [note("calendar/anna", "a", "1")]).await;
    commit(&store, [note("calendar/ben", "a", "1")]).await;
    commit(&store, [note("calendar/ben", "a", "2")]).await;
    let versions = (version(&store, "calendar/anna").await, version(&store, "calendar/ben").await);
    assert_eq!(versions, (1, 2), "each space counts its own commits");
}

/// A batch takes effect in all its spaces; the answer names each once, in order.
pub async fn a_batch_over_two_spaces_is_one<S: Store>(store: S) {
    commit(&store, [note("customer/1", "old", "1")]).await;
    let both = [note("customer/1", "a", "1"), note("calendar/anna", "a", "1"), note("customer/1", "b", "1")];
    let committed = commit(&store, both).await;
    let expected = [(space("calendar/anna"), 1), (space("customer/1"), 2)];
    assert_eq!(committed.spaces, expected, "each space once, in order of name, one version higher");
    let refused =
        guarded([(key("calendar/anna", "a"), 9)], [note("calendar/anna", "b", "1"), note("customer/1", "c", "1")]);
    assert!(store.commit(refused).await.is_err(), "the guard names a version that never was");
    let versions = (version(&store, "calendar/anna").await, version(&store, "customer/1").await);
    assert_eq!(versions, (1, 2), "a refused batch takes effect in none of its spaces");
}

/// A batch without writes touches nothing.
pub async fn an_empty_batch_is_fine<S: Store>(store: S) {
    let committed = store.commit(Batch::default()).await.expect("nothing stands against nothing");
    assert!(committed.spaces.is_empty(), "nothing was touched");
}

/// A guard holds at the version that was seen and at no other.
pub async fn a_guard_holds_at_the_version_seen<S: Store>(store: S) {
    let day = key("calendar/anna", "day");
    commit(&store, [note("calendar/anna", "day", "1")]).await;
    let second = guarded([(day.clone(), 1)], [note("calendar/anna", "day", "2")]);
    store.commit(second.clone()).await.expect("the document is at the version seen");
    match store.commit(second).await {
        Err(CommitError::Changed(changed)) => assert_eq!(changed, day, "the refusal names what changed"),
        other => panic!("a document that changed must refuse the batch, got {other:?}"),
    }
    commit(&store, [note("calendar/anna", "other", "1")]).await;
    let third = guarded([(day, 2)], [note("calendar/anna", "day", "3")]);
    store.commit(third).await.expect("a change of its neighbour does not change a document");
}

/// Version 0 stands for no document; a deleted one is none.
pub async fn a_guard_on_nothing_holds_while_there_is_nothing<S: Store>(store: S) {
    let day = key("calendar/anna", "day");
    let make = || guarded([(day.clone(), 0)], [note("calendar/anna", "day", "1")]);
    store.commit(make()).await.expect("there is no such document");
    let again = store.commit(make()).await;
    assert!(matches!(again, Err(CommitError::Changed(_))), "now there is one");
    commit(&store, [gone("calendar/anna", "day")]).await;
    let at_tombstone = store.commit(guarded([(day.clone(), 2)], [])).await;
    assert!(matches!(at_tombstone, Err(CommitError::Changed(_))), "a tombstone's version is not a document's");
    let committed = store.commit(make()).await.expect("a tombstone counts as none");
    assert_eq!(committed.spaces, [(space("calendar/anna"), 3)], "versions go on after a tombstone");
}

/// A decision may rest on a document that it does not change.
pub async fn a_guard_may_rest_on_what_is_not_written<S: Store>(store: S) {
    commit(&store, [note("catalogue", "cut", "1")]).await;
    let rests = |version| guarded([(key("catalogue", "cut"), version)], [note("customer/1", "a", "1")]);
    let committed = store.commit(rests(1)).await.expect("the guard holds");
    assert_eq!(committed.spaces, [(space("customer/1"), 1)], "a guard does not touch its space");
    assert!(matches!(store.commit(rests(0)).await, Err(CommitError::Changed(_))), "the document is there");
}

/// What was refused for a guard leaves no trace: no document, no version, no unique key, no job.
pub async fn a_batch_that_changed_leaves_nothing<S: Store>(store: S) {
    commit(&store, [note("calendar/anna", "day", "1")]).await;
    let mut refused = guarded(
        [(key("calendar/anna", "day"), 0)],
        [named("customer/1", "me", &["ada@example.org"]), note("calendar/anna", "day", "2")],
    );
    refused.jobs.push(mail());
    assert!(matches!(store.commit(refused).await, Err(CommitError::Changed(_))), "the day is there already");
    leaves_nothing(&store).await;
}

/// The same for what was refused for a unique key.
pub async fn a_batch_whose_key_is_taken_leaves_nothing<S: Store>(store: S) {
    commit(&store, [named("calendar/anna", "day", &["taken@example.org"])]).await;
    let mut refused = batch([
        named("customer/1", "me", &["ada@example.org", "taken@example.org"]),
        note("calendar/anna", "other", "1"),
    ]);
    refused.jobs.push(mail());
    match store.commit(refused).await {
        Err(CommitError::Taken(taken)) => assert_eq!(taken, email("taken@example.org"), "the refusal names the key"),
        other => panic!("a key that another holds must refuse the batch, got {other:?}"),
    }
    leaves_nothing(&store).await;
}

fn mail() -> NewJob {
    NewJob { kind: "mail".to_owned(), body: "{}".to_owned(), due: jiff::Timestamp::UNIX_EPOCH }
}

/// Nothing is there but the one commit that was made before.
async fn leaves_nothing<S: Store>(store: &S) {
    let versions = (version(store, "calendar/anna").await, version(store, "customer/1").await);
    assert_eq!(versions, (1, 0), "a refused batch raises no version");
    assert_eq!(get(store, &key("customer/1", "me")).await, None, "a refused batch writes no document");
    assert_eq!(find(store, &email("ada@example.org")).await, None, "a refused batch takes no unique key");
    let page = pull(store, "calendar/anna", 0, 10).await;
    assert_eq!(page.changes.len(), 1, "a refused batch is not pulled");
    let spaces = snapshot(store).await.spaces("").await.expect("spaces can be listed");
    assert_eq!(spaces, [space("calendar/anna")], "a refused batch makes no space");
    let jobs = store.lease("mail", jiff::Timestamp::MAX, jiff::Timestamp::MAX, 10).await.expect("jobs can be leased");
    assert!(jobs.is_empty(), "a refused batch leaves no job");
}

/// A batch that writes a document twice is a mistake and takes no effect.
pub async fn a_document_is_written_once<S: Store>(store: S) {
    let twice = batch([note("catalogue", "a", "1"), note("catalogue", "a", "2")]);
    assert!(matches!(store.commit(twice).await, Err(CommitError::Store(_))), "which of the two should it be?");
    assert_eq!(version(&store, "catalogue").await, 0, "nothing of it took effect");
}

/// A key that a document no longer lists, or whose document is deleted, is free again.
pub async fn unique_keys_are_released<S: Store>(store: S) {
    commit(&store, [named("customer/1", "me", &["a@example.org", "b@example.org"])]).await;
    commit(&store, [named("customer/1", "me", &["b@example.org", "b@example.org"])]).await;
    assert_eq!(find(&store, &email("a@example.org")).await, None, "a key no longer listed leads nowhere");
    let kept = find(&store, &email("b@example.org")).await;
    assert_eq!(kept, Some(key("customer/1", "me")), "a key still listed, even twice, is kept");
    commit(&store, [named("customer/2", "me", &["a@example.org"])]).await;
    commit(&store, [Write { keys: vec![email("c@example.org")], ..gone("customer/1", "me") }]).await;
    assert_eq!(find(&store, &email("b@example.org")).await, None, "a deleted document holds no key");
    assert_eq!(find(&store, &email("c@example.org")).await, None, "nor one that its deletion lists");
    commit(&store, [named("customer/3", "me", &["b@example.org"])]).await;
    let found = find(&store, &email("b@example.org")).await;
    assert_eq!(found, Some(key("customer/3", "me")), "a released key can be taken");
}

/// Within a batch, keys move from one document to another in any order.
pub async fn unique_keys_may_be_swapped<S: Store>(store: S) {
    commit(&store, [named("customer/1", "me", &["a@example.org"]), named("customer/2", "me", &["b@example.org"])])
        .await;
    commit(&store, [named("customer/1", "me", &["b@example.org"]), named("customer/2", "me", &["a@example.org"])])
        .await;
    let found = (find(&store, &email("a@example.org")).await, find(&store, &email("b@example.org")).await);
    assert_eq!(found, (Some(key("customer/2", "me")), Some(key("customer/1", "me"))), "each has the other's");
    commit(&store, [named("customer/3", "me", &["a@example.org"]), gone("customer/2", "me")]).await;
    let found = find(&store, &email("a@example.org")).await;
    assert_eq!(found, Some(key("customer/3", "me")), "a key passes on from what is deleted beside it");
    let both = batch([named("customer/4", "me", &["d@example.org"]), named("customer/5", "me", &["d@example.org"])]);
    assert!(matches!(store.commit(both).await, Err(CommitError::Taken(_))), "two of a batch cannot both have it");
}

/// A key is unique in the whole business, its name and value together.
pub async fn unique_keys_are_one_for_all_spaces<S: Store>(store: S) {
    commit(&store, [named("customer/1", "me", &["a@example.org"])]).await;
    let elsewhere = store.commit(batch([named("customer/2", "me", &["a@example.org"])])).await;
    assert!(matches!(elsewhere, Err(CommitError::Taken(_))), "another space does not make it another key");
    let other_id = store.commit(batch([named("customer/1", "twin", &["a@example.org"])])).await;
    assert!(matches!(other_id, Err(CommitError::Taken(_))), "nor does another document of the same space");
    let mut other_name = named("customer/2", "me", &[]);
    other_name.keys.push(crate::UniqueKey::new("invited", "a@example.org"));
    commit(&store, [other_name]).await;
    let shouted = named("customer/3", "me", &["A@example.org"]);
    commit(&store, [shouted]).await;
    let found = find(&store, &email("a@example.org")).await;
    assert_eq!(found, Some(key("customer/1", "me")), "names and letters are told apart");
}

/// Two batches, each of which rests on the other's document not being there, cannot both take effect: also when nothing
/// at all was written in either space, so that there is nothing yet that an engine could lock.
pub async fn a_guard_in_an_unwritten_space_holds_against_a_first_write<S: Store>(store: S) {
    for round in 0..40 {
        let (mine, yours) = (key(&format!("customer/{round}"), "a"), key(&format!("shared/{round}"), "a"));
        let first = guarded([(mine.clone(), 0)], [note(yours.space.as_str(), "a", "1")]);
        let second = guarded([(yours.clone(), 0)], [note(mine.space.as_str(), "a", "1")]);
        let racers = [first, second].map(|batch| {
            let store = store.clone();
            tokio::spawn(async move { store.commit(batch).await })
        });
        let mut won = 0;
        for racer in racers {
            match racer.await.expect("a commit does not panic") {
                Ok(_) => won += 1,
                Err(CommitError::Changed(_)) => {}
                Err(other) => panic!("a lost race is `Changed`, not {other:?}"),
            }
        }
        assert_eq!(won, 1, "round {round}: whoever is second finds what the first has written");
    }
    let spaces = snapshot(&store).await.spaces("").await.expect("spaces can be listed");
    assert_eq!(spaces.len(), 40, "a space that was only looked at was never written: {spaces:?}");
}

/// Many who saw the same free slot take it at the same time: one gets it, all others are told that it changed.
pub async fn one_of_many_wins<S: Store>(store: S) {
    let mut attempts = JoinSet::new();
    for customer in 0..100 {
        let store = store.clone();
        attempts.spawn(async move {
            let writes =
                [note("calendar/anna", "day", &customer.to_string()), note(&format!("customer/{customer}"), "a", "1")];
            store.commit(guarded([(key("calendar/anna", "day"), 0)], writes)).await
        });
    }
    let (mut won, mut lost) = (0, 0);
    for result in attempts.join_all().await {
        match result {
            Ok(_) => won += 1,
            Err(CommitError::Changed(_)) => lost += 1,
            Err(other) => panic!("a lost race is `Changed`, not {other:?}"),
        }
    }
    assert_eq!((won, lost), (1, 99), "a slot is taken exactly once");
    assert_eq!(version(&store, "calendar/anna").await, 1, "the losers left nothing in the calendar");
    let customers = snapshot(&store).await.spaces("customer/").await.expect("spaces can be listed");
    assert_eq!(customers.len(), 1, "the losers left nothing in their own spaces");
}

/// Commits made at once all take effect, each with a version of its own, refusals among them or not.
pub async fn nothing_is_lost_in_a_crowd<S: Store>(store: S) {
    let mut crowd = JoinSet::new();
    for member in 0..120_u64 {
        let store = store.clone();
        crowd.spawn(async move {
            // Every third rests on something that never was.
            let guards = (member % 3 == 0).then(|| (key("business", "never"), 1));
            let result = store.commit(guarded(guards, [note("business", &member.to_string(), "1")])).await;
            assert_eq!(result.is_ok(), member % 3 != 0, "each batch stands or falls alone: {result:?}");
            result.ok().map(|committed| committed.spaces[0].1)
        });
    }
    let mut versions: Vec<u64> = crowd.join_all().await.into_iter().flatten().collect();
    versions.sort_unstable();
    assert_eq!(versions, (1..=80).collect::<Vec<_>>(), "every accepted commit has a version of its own, without gap");
}

/// Texts come back as they were given.
pub async fn large_and_odd_texts_come_back<S: Store>(store: S) {
    let bodies: [Arc<str>; 4] =
        ["".into(), "\"Zoë's 💇 'cut' %_\\\"".into(), "z".repeat(3 << 20).into(), "{\"line\":\"a\\nb\"}".into()];
    for (number, body) in bodies.iter().enumerate() {
        let id = format!("Ä %_'\"/{number}");
        commit(&store, [note("catalogue", &id, body)]).await;
        let found = get(&store, &key("catalogue", &id)).await.expect("it was written");
        assert_eq!((&found.body, &found.sort), (body, &id), "body and sort are kept byte for byte");
        assert!(!found.provisional, "an engine knows only what is settled");
    }
}

/// Documents, tombstones, unique keys and version are gone; watchers are told of version 0; jobs and other spaces stay.
pub async fn a_forgotten_space_was_never_written<S: Store>(store: S) {
    let mine = [named("customer/1", "me", &["a@example.org"]), note("customer/1", "b", "1")];
    let jobs = Batch { jobs: vec![mail()], ..batch(mine) };
    store.commit(jobs).await.expect("nothing stands against it");
    commit(&store, [gone("customer/1", "b"), named("customer/2", "me", &["b@example.org"])]).await;
    let mut watcher = store.watch();
    let ok = "a space can be forgotten";
    store.forget(&space("customer/1")).await.expect(ok);
    let told = watcher.try_recv().map(|touched| (touched.space, touched.version));
    assert_eq!(told, Ok((space("customer/1"), 0)), "watchers are told before the answer, of version 0");
    store.forget(&space("customer/1")).await.expect("twice does nothing");
    store.forget(&space("customer/3")).await.expect("one that was never written, too");
    assert!(watcher.try_recv().is_err(), "what did nothing is not told");

    let moment = snapshot(&store).await;
    assert_eq!(moment.spaces("").await.expect(ok), [space("customer/2")], "only the other space is left");
    assert_eq!(moment.get(&key("customer/1", "me")).await.expect(ok), None, "its documents are gone");
    assert_eq!(moment.find(&email("a@example.org")).await.expect(ok), None, "its unique keys are free");
    let other = moment.find(&email("b@example.org")).await.expect(ok);
    assert_eq!(other, Some(key("customer/2", "me")), "those of other spaces are not");
    drop(moment);
    let page = pull(&store, "customer/1", 1, 10).await;
    assert_eq!((page.version, page.changes.len()), (0, 0), "no version and no tombstone is left");
    let jobs = store.lease("mail", jiff::Timestamp::MAX, jiff::Timestamp::MAX, 10).await.expect("jobs can be leased");
    assert_eq!(jobs.len(), 1, "what was to be done stays to be done");

    let again = commit(&store, [named("customer/1", "new", &["a@example.org"])]).await;
    assert_eq!(again.spaces, [(space("customer/1"), 1)], "it can begin anew");
    let told = watcher.try_recv().map(|touched| (touched.space, touched.version));
    assert_eq!(told, Ok((space("customer/1"), 1)), "and watchers hear of its new beginning");
}
