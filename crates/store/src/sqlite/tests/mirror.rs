//! Taking over pages.

use super::{SqliteStore, batch, engine, fresh, get, key, note};
use crate::{
    ApplyError, Batch, Changed, CommitError, Guard, Mirror, Read, Replacement, Space, Store, Touched, UniqueKey, Write,
};

fn space() -> Space {
    key("").space
}

fn change(id: &str, version: u64, body: Option<&str>) -> Changed {
    let sort = if body.is_some() { format!("sort of {id}") } else { String::new() };
    Changed { kind: "note".to_owned(), id: id.to_owned(), version, sort, body: body.map(Into::into) }
}

fn own(body: &str) -> Write {
    let mut write = note("own", body);
    write.key.space = "own".parse().unwrap();
    write
}

async fn version(store: &SqliteStore, space: &Space) -> u64 {
    store.snapshot().await.unwrap().version(space).await.unwrap()
}

#[tokio::test]
async fn a_page_is_taken_over_with_its_versions() {
    let (store, _directory) = fresh().await;
    let mut hears = store.watch();
    let page = [change("a", 3, Some("1")), change("b", 7, Some("1"))];
    let committed = store.apply(&space(), 9, &page, batch([own("1")])).await.unwrap();
    let own_space: Space = "own".parse().unwrap();
    assert_eq!(committed.spaces, [(space(), 9), (own_space.clone(), 1)], "both spaces, in order of name");
    assert_eq!(hears.try_recv().unwrap(), Touched { space: space(), version: 9 }, "the page is told");
    assert_eq!(hears.try_recv().unwrap(), Touched { space: own_space, version: 1 }, "the batch is told");
    let found = get(&store, "b").await.unwrap();
    assert_eq!((found.version, found.sort.as_str()), (7, "sort of b"), "version and sort are the original's");
    assert_eq!(version(&store, &space()).await, 9, "the space's version is the page's");
    assert_eq!(
        store.pull(&space(), 0, 10).await.unwrap().changes,
        page,
        "what is pulled here is what was pulled there"
    );
    let same = store.apply(&space(), 9, &page, Batch::default()).await.unwrap();
    assert_eq!(same.spaces, [(space(), 9)], "the same page may come twice");
    store.apply(&space(), 10, &[change("a", 10, None)], Batch::default()).await.unwrap();
    assert!(get(&store, "a").await.is_none(), "a tombstone deletes");
    store.apply(&space(), 12, &[], Batch::default()).await.unwrap();
    assert_eq!(version(&store, &space()).await, 12, "an empty page may raise the version");
    let nothing = store.apply(&space(), 12, &[], Batch::default()).await.unwrap();
    assert!(nothing.spaces.is_empty(), "nothing new touches nothing");
}

#[tokio::test]
async fn a_page_that_does_not_fit_changes_nothing() {
    let (store, _directory) = fresh().await;
    store.apply(&space(), 5, &[change("a", 5, Some("old"))], Batch::default()).await.unwrap();
    let page = [change("a", 4, Some("older"))];
    let behind = store.apply(&space(), 4, &page, batch([own("1")])).await;
    assert!(matches!(behind, Err(ApplyError::Behind { current: 5 })), "a mirror never goes back: {behind:?}");
    let page = [change("a", 7, Some("newer"))];
    let newer = store.apply(&space(), 6, &page, batch([own("1")])).await;
    assert!(matches!(newer, Err(ApplyError::Unfit)), "a page holds nothing newer than itself: {newer:?}");
    let both = store.apply(&space(), 7, &page, batch([note("b", "1")])).await;
    assert!(matches!(both, Err(ApplyError::Unfit)), "a mirrored space has no versions of its own: {both:?}");
    let guards = vec![Guard { key: own("").key, version: 1 }];
    let changed = store.apply(&space(), 7, &page, Batch { guards, ..batch([own("1")]) }).await;
    let refused = matches!(changed, Err(ApplyError::Commit(CommitError::Changed(_))));
    assert!(refused, "the batch's guards count: {changed:?}");
    assert_eq!(&*get(&store, "a").await.unwrap().body, "old", "nothing of all this took effect");
    let versions = (version(&store, &space()).await, version(&store, &"own".parse().unwrap()).await);
    assert_eq!(versions, (5, 0), "nothing of all this took effect");
}

#[tokio::test]
async fn unique_keys_are_not_kept_for_applied_documents() {
    let (store, _directory) = fresh().await;
    let email = UniqueKey::new("email", "ada@example.org");
    store.commit(batch([Write { keys: vec![email.clone()], ..note("a", "1") }])).await.unwrap();
    store.apply(&space(), 2, &[change("a", 2, Some("2"))], Batch::default()).await.unwrap();
    let found = store.snapshot().await.unwrap().find(&email).await.unwrap();
    assert_eq!(found, None, "whoever applies does not know the keys, so none is claimed");
}

#[tokio::test]
async fn a_forgotten_space_was_never_there() {
    let (engine, _directory) = engine();
    let store = engine.realm("salon");
    let email = UniqueKey::new("email", "ada@example.org");
    store.commit(batch([Write { keys: vec![email.clone()], ..note("a", "1") }, own("1")])).await.unwrap();
    let mut hears = store.watch();
    store.forget(&space()).await.unwrap();
    store.forget(&space()).await.expect("forgetting twice does nothing");
    assert_eq!(hears.try_recv().unwrap(), Touched { space: space(), version: 0 }, "watchers are told of version 0");
    assert!(hears.try_recv().is_err(), "and once");
    let now = store.snapshot().await.unwrap();
    assert_eq!(now.spaces("").await.unwrap(), [own("").key.space], "the space is gone, the other one stays");
    assert_eq!(now.find(&email).await.unwrap(), None, "its unique keys are gone");
    let page = store.pull(&space(), 1, 10).await.unwrap();
    assert_eq!((page.version, page.changes.len()), (0, 0), "no tombstone is left");
    store.apply(&space(), 1, &[change("a", 1, Some("new"))], Batch::default()).await.expect("it can begin anew");
}

#[tokio::test]
async fn another_history_takes_the_place_of_the_old_one_as_a_whole() {
    let (store, _directory) = fresh().await;
    let other: crate::Space = "catalogue".parse().unwrap();
    store
        .apply(&space(), 5, &[change("a", 5, Some("old")), change("b", 4, Some("old"))], Batch::default())
        .await
        .unwrap();
    store.apply(&other, 9, &[change("c", 9, Some("old"))], Batch::default()).await.unwrap();
    let page =
        |version, id: &str| Replacement { space: space(), version, changes: vec![change(id, version, Some("new"))] };
    let gone = [space(), other.clone()];
    let behind = store.replace(&gone, vec![page(3, "a"), page(2, "d")], batch([own("1")])).await;
    assert!(matches!(behind, Err(ApplyError::Behind { current: 3 })), "pages come in order: {behind:?}");
    let unfit = store.replace(&gone, vec![page(3, "a")], batch([note("b", "1")])).await;
    assert!(matches!(unfit, Err(ApplyError::Unfit)), "a mirrored space has no versions of its own: {unfit:?}");
    assert_eq!(&*get(&store, "a").await.unwrap().body, "old", "what did not come about as a whole left nothing");
    let done = store.replace(&gone, vec![page(2, "a"), page(3, "d")], batch([own("1")])).await.unwrap();
    let own = own("").key.space;
    assert_eq!(done.spaces, [(other.clone(), 0), (space(), 3), (own.clone(), 1)], "all that changed is told");
    assert_eq!(&*get(&store, "a").await.unwrap().body, "new", "a lower version of another history replaces a higher");
    assert!(get(&store, "b").await.is_none(), "what the other history does not know is gone");
    let versions = (version(&store, &space()).await, version(&store, &other).await, version(&store, &own).await);
    assert_eq!(versions, (3, 0, 1), "each space as the other history has it");
}
