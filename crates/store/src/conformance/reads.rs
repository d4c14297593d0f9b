//! What a snapshot answers.

use std::sync::atomic::{AtomicBool, Ordering};

use super::{commit, email, find, get, gone, key, named, note, snapshot, space, version};
use crate::{Document, List, Order, Read, Store, Write};

/// One document by its key, or nothing.
pub async fn a_document_is_found_until_it_is_deleted<S: Store>(store: S) {
    let me = key("customer/1", "me");
    assert_eq!(get(&store, &me).await, None, "nothing is there yet");
    commit(&store, [Write { sort: "s".to_owned(), ..note("customer/1", "me", "{\"n\":1}") }]).await;
    let expected =
        Document { key: me.clone(), version: 1, sort: "s".to_owned(), body: "{\"n\":1}".into(), provisional: false };
    assert_eq!(get(&store, &me).await, Some(expected), "a document comes back as it was written");
    for other in [key("customer/2", "me"), key("customer/1", "you"), crate::Key { kind: "x".to_owned(), ..me.clone() }]
    {
        assert_eq!(get(&store, &other).await, None, "space, kind and id all count: {other:?}");
    }
    commit(&store, [gone("customer/1", "me")]).await;
    assert_eq!(get(&store, &me).await, None, "a deleted document is absent");
    commit(&store, [note("customer/1", "me", "2")]).await;
    let back = get(&store, &me).await.map(|document| document.version);
    assert_eq!(back, Some(3), "a deleted document can be written anew");
}

/// Notes of one space whose sorts are not their ids.
async fn sorted<S: Store>(store: &S, space_name: &str, notes: &[(&str, &str)]) {
    let writes = notes.iter().map(|(sort, id)| Write { sort: (*sort).to_owned(), ..note(space_name, id, "{}") });
    commit(store, writes).await;
}

async fn list<S: Store>(store: &S, list: &List) -> Vec<String> {
    let documents = snapshot(store).await.list(list).await.expect("a list can be read");
    documents.into_iter().map(|document| format!("{}:{}", document.sort, document.key.id)).collect()
}

fn all(space_name: &str) -> List {
    List::all(space(space_name), "note")
}

/// By sort, then id, byte by byte.
pub async fn a_list_is_in_order<S: Store>(store: S) {
    sorted(&store, "business", &[("b", "1"), ("a", "3"), ("a", "2"), ("B", "9"), ("ä", "0"), ("", "5"), ("aa", "7")])
        .await;
    let expected = [":5", "B:9", "a:2", "a:3", "aa:7", "b:1", "ä:0"];
    assert_eq!(list(&store, &all("business")).await, expected, "sorts are compared byte by byte, then ids");
    commit(&store, [gone("business", "3")]).await;
    let expected = [":5", "B:9", "a:2", "aa:7", "b:1", "ä:0"];
    assert_eq!(list(&store, &all("business")).await, expected, "a deleted document is in no list");
}

/// `from` is inside, `below` is outside.
pub async fn a_list_has_ends<S: Store>(store: S) {
    sorted(&store, "business", &[("a", "1"), ("b", "2"), ("c", "3"), ("d", "4")]).await;
    let between = |from: Option<&str>, below: Option<&str>| List {
        from: from.map(str::to_owned),
        below: below.map(str::to_owned),
        ..all("business")
    };
    let cases: [(_, _, &[&str]); 6] = [
        (Some("b"), None, &["b:2", "c:3", "d:4"]),
        (None, Some("c"), &["a:1", "b:2"]),
        (Some("b"), Some("d"), &["b:2", "c:3"]),
        (Some("b"), Some("b"), &[]),
        (Some("d"), Some("a"), &[]),
        (Some("aa"), Some("cc"), &["b:2", "c:3"]),
    ];
    for (from, below, expected) in cases {
        let found = list(&store, &between(from, below)).await;
        assert_eq!(found, expected, "from {from:?} (inside) below {below:?} (outside)");
        let falling = List { order: Order::Falling, ..between(from, below) };
        let expected: Vec<&str> = expected.iter().rev().copied().collect();
        assert_eq!(list(&store, &falling).await, expected, "the ends are the same in the other direction");
    }
}

/// Nothing of other kinds, nothing of other spaces.
pub async fn a_list_is_of_one_kind_and_its_spaces<S: Store>(store: S) {
    sorted(&store, "customer/1", &[("a", "1")]).await;
    sorted(&store, "customer/2", &[("b", "2")]).await;
    let mut other = note("customer/1", "3", "{}");
    other.key.kind = "booking".to_owned();
    commit(&store, [other]).await;
    assert_eq!(list(&store, &all("customer/1")).await, ["a:1"], "one kind of one space");
    let nowhere = List { spaces: Vec::new(), ..all("customer/1") };
    assert!(list(&store, &nowhere).await.is_empty(), "no space, no document");
    assert!(list(&store, &all("customer/3")).await.is_empty(), "a space never written is empty");
}

/// By sort over all spaces, then space, then id; a space named twice counts once.
pub async fn a_list_over_spaces_is_merged<S: Store>(store: S) {
    // Written in an order that is not theirs, so that no engine gets it right by the order of writing.
    sorted(&store, "calendar/c", &[("1", "x"), ("3", "c")]).await;
    sorted(&store, "calendar/a", &[("1", "y"), ("2", "a")]).await;
    sorted(&store, "calendar/b", &[("1", "a"), ("1", "z"), ("4", "b")]).await;
    let spaces = ["calendar/c", "calendar/b", "calendar/a", "calendar/b", "calendar/none"].map(space).to_vec();
    let mut wanted = List { spaces, ..all("calendar/a") };
    let expected = ["1:y", "1:a", "1:z", "1:x", "2:a", "3:c", "4:b"];
    assert_eq!(list(&store, &wanted).await, expected, "sort, then space, then id");
    wanted.limit = 3;
    assert_eq!(list(&store, &wanted).await, expected[..3], "the limit is of the whole list, not of each space");
    wanted.order = Order::Falling;
    assert_eq!(list(&store, &wanted).await, ["4:b", "3:c", "2:a"], "falling, over all spaces");
    (wanted.from, wanted.below, wanted.limit) = (Some("2".to_owned()), Some("4".to_owned()), usize::MAX);
    assert_eq!(list(&store, &wanted).await, ["3:c", "2:a"], "the ends count in every space");
}

/// At most so many, the first ones.
pub async fn a_list_stops_at_its_limit<S: Store>(store: S) {
    sorted(&store, "business", &[("a", "1"), ("b", "2"), ("c", "3")]).await;
    let expected = ["a:1", "b:2", "c:3"];
    for limit in [0, 1, 2, 3, 4, usize::MAX] {
        let found = list(&store, &List { limit, ..all("business") }).await;
        assert_eq!(found, expected[..limit.min(3)], "the first {limit}");
    }
}

/// Ties too run the other way.
pub async fn a_falling_list_is_the_rising_one_from_behind<S: Store>(store: S) {
    sorted(&store, "calendar/a", &[("1", "a"), ("1", "b"), ("2", "c")]).await;
    sorted(&store, "calendar/b", &[("1", "a"), ("2", "b"), ("2", "d")]).await;
    for spaces in [vec![space("calendar/a")], vec![space("calendar/a"), space("calendar/b")]] {
        let rising = List { spaces, ..all("calendar/a") };
        let falling = List { order: Order::Falling, ..rising.clone() };
        let mut backwards = list(&store, &rising).await;
        backwards.reverse();
        assert_eq!(list(&store, &falling).await, backwards, "exactly the same from behind");
        let last = List { limit: 2, ..falling };
        assert_eq!(list(&store, &last).await, backwards[..2], "so its first are the last of the other");
    }
}

/// A document is listed where it was sorted last.
pub async fn a_changed_sort_moves_the_document<S: Store>(store: S) {
    sorted(&store, "business", &[("a", "1"), ("b", "2")]).await;
    sorted(&store, "business", &[("c", "1")]).await;
    assert_eq!(list(&store, &all("business")).await, ["b:2", "c:1"], "at its new place, and only there");
}

/// Which document holds a key.
pub async fn a_unique_key_leads_to_its_document<S: Store>(store: S) {
    assert_eq!(find(&store, &email("a@example.org")).await, None, "nobody holds it yet");
    commit(&store, [named("customer/1", "me", &["a@example.org"]), named("customer/2", "me", &["b@example.org"])])
        .await;
    assert_eq!(find(&store, &email("a@example.org")).await, Some(key("customer/1", "me")), "one has the one");
    assert_eq!(find(&store, &email("b@example.org")).await, Some(key("customer/2", "me")), "the other has the other");
    assert_eq!(find(&store, &crate::UniqueKey::new("link", "a@example.org")).await, None, "another name, another key");
}

/// The number of commits that touched it.
pub async fn a_space_has_a_version<S: Store>(store: S) {
    assert_eq!(version(&store, "business").await, 0, "never written");
    for expected in 1..=3 {
        commit(&store, [note("business", "a", "1")]).await;
        assert_eq!(version(&store, "business").await, expected, "one more with each commit");
    }
    assert_eq!(version(&store, "busines").await, 0, "a name that is nearly the same is another");
}

/// In the order asked, a space named twice answered twice, all of one moment.
pub async fn versions_are_answered_together<S: Store>(store: S) {
    let ended = std::sync::Arc::new(AtomicBool::new(false));
    let writer = tokio::spawn({
        let (store, ended) = (store.clone(), ended.clone());
        async move {
            for number in 1..=100 {
                let body = number.to_string();
                commit(&store, [note("calendar/a", "n", &body), note("customer/1", "n", &body)]).await;
            }
            ended.store(true, Ordering::Release);
        }
    });
    let ok = "versions can be read";
    let asked = ["customer/1", "never", "calendar/a", "customer/1"].map(space);
    let mut last = 0;
    while !ended.load(Ordering::Acquire) {
        let found = snapshot(&store).await.versions(&asked).await.expect(ok);
        assert_eq!(found, [found[0], 0, found[0], found[0]], "both were raised by the same commits");
        assert!(found[0] >= last, "versions do not fall");
        last = found[0];
    }
    writer.await.expect("the writer ends well");
    let moment = snapshot(&store).await;
    assert_eq!(moment.versions(&asked).await.expect(ok), [100, 0, 100, 100], "every commit counts");
    assert!(moment.versions(&[]).await.expect(ok).is_empty(), "no question, no answer");
}

/// All spaces that were ever written and begin so, in order; every character stands for itself.
pub async fn spaces_are_found_by_prefix<S: Store>(store: S) {
    let names = ["customer/2", "customer/1", "customer/10", "customer", "calendar/a.b", "calendar/a-b", "customers"];
    for name in names {
        commit(&store, [note(name, "a", "1")]).await;
    }
    commit(&store, [gone("customer/10", "a")]).await;
    let cases: [(&str, &[&str]); 9] = [
        ("", &["calendar/a-b", "calendar/a.b", "customer", "customer/1", "customer/10", "customer/2", "customers"]),
        ("customer/", &["customer/1", "customer/10", "customer/2"]),
        ("customer", &["customer", "customer/1", "customer/10", "customer/2", "customers"]),
        ("customer/1", &["customer/1", "customer/10"]),
        ("calendar/a.b", &["calendar/a.b"]),
        ("calendar/a_", &[]),
        ("%", &[]),
        ("c%r", &[]),
        ("Customer", &[]),
    ];
    for (prefix, expected) in cases {
        let found = snapshot(&store).await.spaces(prefix).await.expect("spaces can be listed");
        let found: Vec<&str> = found.iter().map(crate::Space::as_str).collect();
        assert_eq!(found, expected, "those that begin with {prefix:?}, emptied ones too, in order");
    }
}

/// What is committed after the snapshot was taken is not in it, whatever is asked.
pub async fn a_snapshot_does_not_see_later_commits<S: Store>(store: S) {
    commit(&store, [named("customer/1", "a", &["a@example.org"]), note("customer/1", "b", "1")]).await;
    let before = snapshot(&store).await;
    commit(&store, [named("customer/1", "a", &["b@example.org"]), gone("customer/1", "b")]).await;
    commit(&store, [note("customer/2", "c", "1")]).await;
    let ok = "a snapshot goes on answering";
    assert_eq!(before.get(&key("customer/1", "a")).await.expect(ok).map(|found| found.version), Some(1), "as it was");
    assert!(before.get(&key("customer/1", "b")).await.expect(ok).is_some(), "not deleted at that moment");
    assert!(before.get(&key("customer/2", "c")).await.expect(ok).is_none(), "not written at that moment");
    assert_eq!(before.list(&all("customer/1")).await.expect(ok).len(), 2, "the list is of that moment");
    assert_eq!(before.version(&space("customer/1")).await.expect(ok), 1, "the version is of that moment");
    assert!(before.find(&email("a@example.org")).await.expect(ok).is_some(), "the key was held at that moment");
    assert!(before.find(&email("b@example.org")).await.expect(ok).is_none(), "the other key was not");
    assert_eq!(before.spaces("").await.expect(ok), [space("customer/1")], "the spaces are of that moment");
    drop(before);
    assert_eq!(version(&store, "customer/1").await, 2, "a new snapshot sees what was committed");
}

/// Also when nothing at all had been written.
pub async fn a_snapshot_of_nothing_stays_empty<S: Store>(store: S) {
    let before = snapshot(&store).await;
    commit(&store, [named("customer/1", "a", &["a@example.org"])]).await;
    let ok = "a snapshot goes on answering";
    assert!(before.get(&key("customer/1", "a")).await.expect(ok).is_none(), "nothing was there");
    assert!(before.list(&all("customer/1")).await.expect(ok).is_empty(), "nothing was there to list");
    assert!(before.find(&email("a@example.org")).await.expect(ok).is_none(), "nothing held a key");
    assert_eq!(before.version(&space("customer/1")).await.expect(ok), 0, "nothing had been committed");
    assert!(before.spaces("").await.expect(ok).is_empty(), "there was no space");
}

/// While somebody writes the same number into two spaces again and again, every snapshot sees two equal numbers.
pub async fn all_answers_are_of_one_moment<S: Store>(store: S) {
    let ended = std::sync::Arc::new(AtomicBool::new(false));
    let writer = tokio::spawn({
        let (store, ended) = (store.clone(), ended.clone());
        async move {
            for number in 1..=200 {
                let body = number.to_string();
                commit(&store, [note("calendar/a", "n", &body), note("customer/1", "n", &body)]).await;
            }
            ended.store(true, Ordering::Release);
        }
    });
    while !ended.load(Ordering::Acquire) {
        let moment = snapshot(&store).await;
        let ok = "a snapshot answers while others write";
        let first = moment.get(&key("calendar/a", "n")).await.expect(ok);
        tokio::task::yield_now().await;
        let second = moment.get(&key("customer/1", "n")).await.expect(ok);
        tokio::task::yield_now().await;
        let version = moment.version(&space("customer/1")).await.expect(ok);
        let bodies = (first.as_ref().map(|found| &found.body), second.as_ref().map(|found| &found.body));
        assert_eq!(bodies.0, bodies.1, "both were written in the same commits");
        assert_eq!(second.map_or(0, |found| found.version), version, "the version is that of the last commit seen");
    }
    writer.await.expect("the writer ends well");
}

/// Whoever holds snapshots keeps nobody from reading or writing.
pub async fn snapshots_may_be_many<S: Store>(store: S) {
    let mut held = Vec::new();
    for number in 0..32 {
        commit(&store, [note("business", "a", &number.to_string())]).await;
        held.push(snapshot(&store).await);
    }
    for (number, moment) in held.iter().enumerate() {
        let found = moment.get(&key("business", "a")).await.expect("every snapshot answers").expect("it was written");
        assert_eq!(&*found.body, number.to_string(), "each of its own moment");
    }
}
