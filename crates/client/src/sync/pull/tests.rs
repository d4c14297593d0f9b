//! A server that tells another history, and does not come to its end.

use std::sync::atomic::{AtomicUsize, Ordering};

use domain::Timestamp;
use futures_util::future::BoxFuture;
use store::{Batch, sqlite::SqliteEngine};
use tokio::sync::broadcast;
use uuid::Uuid;

use super::*;
use crate::{
    MemoryVault, SystemClock,
    account::Surroundings,
    desk::tests::hello,
    transport::{Heard, NoAnswer, Request, Response, Transport},
    wire::Wire,
};

/// Always has one more page, each with a document of 1000 bytes.
#[derive(Default)]
struct Endless {
    asked: AtomicUsize,
}

fn document(version: u64) -> protocol::Changed {
    let body: Arc<str> = format!("{:?}", "x".repeat(998)).into();
    let (kind, id) = ("service".to_owned(), version.to_string());
    protocol::Changed { kind, id, version, sort: String::new(), body: Some(body.into()) }
}

impl Transport for Endless {
    fn send(&self, _: Request) -> BoxFuture<'_, Result<Response, NoAnswer>> {
        let version = self.asked.fetch_add(1, Ordering::SeqCst) as u64 + 1;
        let page = SpaceChanges { space: "catalogue".to_owned(), version, changes: vec![document(version)] };
        let (zones, epoch, now) = (String::new(), "another".to_owned(), Timestamp::UNIX_EPOCH);
        let pulled = Pulled { spaces: vec![page], gone: Vec::new(), more: true, now, zones, epoch };
        let body = serde_json::to_vec(&pulled).unwrap();
        Box::pin(async move { Ok(Response { status: 200, retry_after: None, body }) })
    }
    fn listen(&self, _: Request) -> BoxFuture<'_, Result<Heard, NoAnswer>> {
        Box::pin(async { Err(NoAnswer("nobody is there".to_owned())) })
    }
}

#[tokio::test]
async fn a_history_that_does_not_end_is_given_up_before_it_fills_the_memory() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteEngine::open(&folder.path().join("datebook.sqlite")).unwrap().realm("salon");
    store.commit(Desk::new(hello()).changes(None)).await.unwrap();
    let catalogue: Space = "catalogue".parse().unwrap();
    store.apply(&catalogue, 7, &[change(document(7))], Batch::default()).await.unwrap();
    let endless = Arc::new(Endless::default());
    let wire = Wire::new(endless.clone(), "https://salon.example".to_owned());
    let (vault, events) = (Arc::new(MemoryVault::default()), broadcast::Sender::new(8));
    let surroundings = Surroundings { vault, clock: Arc::new(SystemClock), events };
    let account = Account::open(Uuid::nil(), store, wire, surroundings).await.unwrap().unwrap();
    let failed = account.pull_anew(&Session::Anonymous, None, 2_500).await.unwrap_err();
    assert!(matches!(failed, Failed::Stuck), "nothing comes of it: {failed:?}");
    assert_eq!(endless.asked.load(Ordering::SeqCst), 3, "the third page is more than there is room for");
    let kept = account.store.snapshot().await.unwrap().version(&catalogue).await.unwrap();
    assert_eq!(kept, 7, "the old history is still whole");
}
