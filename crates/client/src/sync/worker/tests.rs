//! How long the worker waits, on a clock that jumps to the next timer as soon as nothing is left to do.
//!
//! What SQLite has to do is done before: it works on threads of its own, for which such a clock does not wait. It does
//! wait for the thread that asks the vault.

use std::sync::Mutex;

use domain::CustomerId;
use futures_util::future::BoxFuture;
use store::sqlite::SqliteEngine;
use tokio::sync::broadcast;
use uuid::Uuid;

use super::*;
use crate::{
    SystemClock, Vault, VaultError,
    account::Surroundings,
    desk::{Desk, tests::hello},
    transport::{Heard, NoAnswer, Request, Response, Transport},
    wire::Wire,
};

/// Whoever asks more often than this has gone wild, and is to come to an end.
const WILD: usize = 50;

/// A vault that stays shut, and when it was asked.
#[derive(Default)]
struct Shut {
    asked: Mutex<Vec<Instant>>,
}

impl Vault for Shut {
    fn get(&self, _: &str) -> Result<Option<String>, VaultError> {
        let mut asked = self.asked.lock().unwrap();
        asked.push(Instant::now());
        if asked.len() > WILD { Ok(None) } else { Err(VaultError("its owner types no password".to_owned())) }
    }
    fn set(&self, _: &str, _: &str) -> Result<(), VaultError> {
        Ok(())
    }
    fn delete(&self, _: &str) -> Result<(), VaultError> {
        Ok(())
    }
}

/// Nobody is at the other end.
struct Nobody;

impl Transport for Nobody {
    fn send(&self, _: Request) -> BoxFuture<'_, Result<Response, NoAnswer>> {
        Box::pin(async { Err(NoAnswer("nobody is there".to_owned())) })
    }
    fn listen(&self, _: Request) -> BoxFuture<'_, Result<Heard, NoAnswer>> {
        Box::pin(async { Err(NoAnswer("nobody is there".to_owned())) })
    }
}

/// A customer who has signed in before, with this vault.
async fn signed_in(engine: &SqliteEngine, vault: Arc<Shut>) -> Arc<Account> {
    let store = engine.realm("salon");
    let mut desk = Desk::new(hello());
    desk.account.customer = Some(CustomerId::new());
    store.commit(desk.changes(None)).await.unwrap();
    let wire = Wire::new(Arc::new(Nobody), "https://salon.example".to_owned());
    let surroundings = Surroundings { vault, clock: Arc::new(SystemClock), events: broadcast::Sender::new(8) };
    Account::open(Uuid::nil(), store, wire, surroundings).await.unwrap().unwrap()
}

#[tokio::test]
async fn ringing_does_not_shorten_the_wait_for_a_shut_vault() {
    let (folder, vault) = (tempfile::tempdir().unwrap(), Arc::new(Shut::default()));
    let engine = SqliteEngine::open(&folder.path().join("datebook.sqlite")).unwrap();
    let account = signed_in(&engine, Arc::clone(&vault)).await;
    assert_eq!(account.session().await, Session::Locked, "the vault was asked at the start and did not say");
    vault.asked.lock().unwrap().clear();

    tokio::time::pause();
    let (stop, stopped) = watch::channel(false);
    let began = Instant::now();
    let working = tokio::spawn(run(Arc::clone(&account), stopped));
    for _ in 0..360 {
        tokio::time::sleep(Duration::from_millis(100)).await;
        account.ring(true);
    }
    stop.send_replace(true);
    working.await.unwrap();
    let asked: Vec<u64> =
        vault.asked.lock().unwrap().iter().map(|asked| asked.duration_since(began).as_secs()).collect();
    assert_eq!(asked, [0, 5, 15, 35], "each time may ask for a password, however often somebody rings");
    assert_eq!(account.connection(), Connection::Locked, "and its owner is told why nothing comes");
}
