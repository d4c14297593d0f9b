use std::sync::Arc;

use proptest::prelude::*;
use store::{Batch, Store, sqlite::SqliteEngine};

use super::*;

const SPACES: [&str; 3] = ["calendar/staff.anna", "calendar/staff.ben", "customer/1"];

/// One write: space, kind, id, sort, and whether it deletes.
type Step = (usize, u8, u8, u8, bool);

fn write(&(space, kind, id, sort, delete): &Step, text: &str) -> Write {
    let key = Key { space: SPACES[space].parse().unwrap(), kind: format!("kind-{kind}"), id: format!("id-{id}") };
    let name = UniqueKey::new("name", format!("{}/{}/{}", key.space, key.kind, key.id));
    let body: Option<Arc<str>> = (!delete).then(|| format!("\"{text}\"").into());
    let keys = if delete { Vec::new() } else { vec![name] };
    Write { key, sort: format!("{sort:02}"), body, keys }
}

/// At most one write a document, the last one.
fn writes(steps: &[Step], text: &str) -> Vec<Write> {
    let mut last: BTreeMap<Key, Write> = BTreeMap::new();
    for step in steps {
        let write = write(step, text);
        last.insert(write.key.clone(), write);
    }
    last.into_values().collect()
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    proptest::collection::vec((0..3usize, 0..2u8, 0..6u8, 0..5u8, any::<bool>()), 0..30)
}

fn plain(documents: Vec<Document>) -> Vec<(Key, String, Arc<str>)> {
    documents.into_iter().map(|document| (document.key, document.sort, document.body)).collect()
}

async fn commit(store: &impl Store, writes: Vec<Write>) {
    if !writes.is_empty() {
        store.commit(Batch { writes, ..Batch::default() }).await.unwrap();
    }
}

/// What a list asks for.
type Question = (Vec<usize>, u8, Option<u8>, Option<u8>, bool, usize);

fn question() -> impl Strategy<Value = Question> {
    let space = proptest::collection::vec(0..3usize, 1..4);
    (space, 0..2u8, proptest::option::of(0..5u8), proptest::option::of(0..6u8), any::<bool>(), 0..12usize)
}

fn list((spaces, kind, from, below, rising, limit): &Question) -> List {
    List {
        spaces: spaces.iter().map(|space| SPACES[*space].parse().unwrap()).collect(),
        kind: format!("kind-{kind}"),
        from: from.map(|sort| format!("{sort:02}")),
        below: below.map(|sort| format!("{sort:02}")),
        order: if *rising { Order::Rising } else { Order::Falling },
        limit: if *limit == 11 { usize::MAX } else { *limit },
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn layers_answer_like_a_store_into_which_the_overlay_was_written(
        below in steps(),
        first in steps(),
        second in steps(),
        questions in proptest::collection::vec(question(), 1..8),
    ) {
        tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
            let folder = tempfile::tempdir().unwrap();
            let engine = SqliteEngine::open(&folder.path().join("store.sqlite")).unwrap();
            let (mirror, whole) = (engine.realm("mirror"), engine.realm("whole"));
            commit(&mirror, writes(&below, "below")).await;
            commit(&whole, writes(&below, "below")).await;
            let mut overlay = Overlay::default();
            for (steps, text) in [(&first, "first"), (&second, "second")] {
                overlay.put(writes(steps, text), true);
                commit(&whole, writes(steps, text)).await;
            }
            let (base, whole) = (mirror.snapshot().await.unwrap(), whole.snapshot().await.unwrap());
            let layered = Layered { base: &base, overlay: &overlay };
            for question in &questions {
                let list = list(question);
                let (seen, expected) = (layered.list(&list).await.unwrap(), whole.list(&list).await.unwrap());
                for document in &seen {
                    let waits = document.body.as_ref() != "\"below\"";
                    prop_assert_eq!(document.provisional, waits, "only what waits is provisional");
                }
                prop_assert_eq!(plain(seen), plain(expected), "the same documents in the same order: {:?}", list);
            }
            for key in writes(&below, "").into_iter().chain(writes(&first, "")).chain(writes(&second, "")) {
                let (seen, expected) = (layered.get(&key.key).await.unwrap(), whole.get(&key.key).await.unwrap());
                prop_assert_eq!(plain(seen.into_iter().collect()), plain(expected.into_iter().collect()), "one document");
                for name in &key.keys {
                    let (seen, expected) = (layered.find(name).await.unwrap(), whole.find(name).await.unwrap());
                    prop_assert_eq!(seen, expected, "whoever holds a name");
                }
            }
            for prefix in ["", "calendar/", "nowhere/"] {
                let (seen, expected) = (layered.spaces(prefix).await.unwrap(), whole.spaces(prefix).await.unwrap());
                prop_assert_eq!(seen, expected, "spaces that come into being with a command are there");
            }
            Ok(())
        })?;
    }
}
