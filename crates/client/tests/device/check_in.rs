//! The key for the code at the counter: it ends with its session, also when both happen at once.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use client::{App, CheckInCode, MemoryVault, Receipt, Trouble, Vault, VaultError};
use domain::{Refusal, Timestamp};
use jiff::SignedDuration;
use portal::{CheckIn, Command, documents, spaces};
use protocol::CheckInKey;

use crate::{
    faults::Slow,
    phone::{Phone, somebody},
    shop::changes,
};

fn name(phone: &Phone) -> String {
    format!("check-in-{}", phone.business)
}

fn kept(phone: &Phone) -> Option<String> {
    phone.vault.get(&name(phone)).unwrap()
}

#[tokio::test]
async fn a_code_that_is_open_while_its_customer_signs_out_leaves_no_key() {
    let mut phone = Phone::ready().await;
    let (_, _, _, times) = phone.times().await;
    let (booking, _) = phone.book(0).await;
    *phone.clock.0.lock().unwrap() = times[0] - SignedDuration::from_mins(10);
    let code = phone.app.check_in_code(phone.business, booking).await.unwrap();
    assert!(matches!(code, CheckInCode::Code { .. }), "there is a code to show: {code:?}");
    assert!(kept(&phone).is_some(), "and a key that signed it");
    let (vault, is_asked, yes) = Slow::before(phone.vault.clone());
    drop(phone.app);
    let opened = App::open_with(phone.folder.path(), vault, phone.clock.clone(), phone.script.clone());
    phone.app = opened.await.unwrap();
    let (app, business) = (phone.app.clone(), phone.business);
    let leaving = tokio::spawn(async move { app.sign_out(business, true).await });
    tokio::task::spawn_blocking(move || is_asked.recv()).await.unwrap().unwrap();
    let app = phone.app.clone();
    let asking = tokio::spawn(async move { app.check_in_code(business, booking).await });
    // Once for the call, once for the task that goes on without its caller: then it wants the key.
    for _ in 0..2 {
        tokio::task::yield_now().await;
    }
    assert!(!asking.is_finished(), "nobody knows yet whether there will be a key");
    // Its key goes, and its token.
    for _ in 0..2 {
        yes.send(()).unwrap();
    }
    let code = asking.await.unwrap();
    leaving.await.unwrap().unwrap();
    assert!(!matches!(code, Ok(CheckInCode::Code { .. })), "whoever leaves shows no code any more: {code:?}");
    assert_eq!(kept(&phone), None, "the next customer of this device must not inherit a key");
}

#[tokio::test]
async fn the_key_ends_with_its_session_whoever_ends_it() {
    let phone = Phone::ready().await;
    let first = kept(&phone).unwrap();
    phone.book(0).await;
    phone.script.refuse("push", 401, "not_signed_in", None);
    assert_eq!(phone.app.sync_now(phone.business).await, Err(Trouble::NotSignedIn), "the server does not know us");
    assert_eq!(kept(&phone), None, "a key without a session is nobody's");
    let phone = Phone::ready().await;
    let second = kept(&phone).unwrap();
    assert_ne!(first, second, "two devices, two keys");
    phone.sign_in(somebody(2), 0).await.unwrap();
    assert_ne!(kept(&phone), Some(second), "somebody else has no key yet, or one of their own");
}

#[tokio::test]
async fn where_customers_do_not_check_in_by_themselves_there_is_a_code_for_the_counter() {
    let mut phone = Phone::ready().await;
    let start: Timestamp = "2026-11-20T10:00:00Z".parse().unwrap();
    let visit = phone.shop.booking(phone.customer, 1, start);
    phone.will_pull(vec![changes(2, vec![documents::write(spaces::customer(phone.customer), &visit)])]);
    phone.app.sync_now(phone.business).await.unwrap();
    *phone.clock.0.lock().unwrap() = start - SignedDuration::from_hours(1);
    let early = phone.app.check_in_code(phone.business, visit.id).await.unwrap();
    let too_early = matches!(early, CheckInCode::Refused { refusal: Refusal::TooEarly { .. } });
    assert!(too_early, "a code that the counter would not take is not shown: {early:?}");

    phone.shop.business.terms.check_in = false;
    phone.will_pull(vec![changes(2, vec![documents::write(spaces::catalogue(), &phone.shop.business)])]);
    phone.app.sync_now(phone.business).await.unwrap();
    *phone.clock.0.lock().unwrap() = start - SignedDuration::from_mins(10);
    let by_oneself = Command::CheckIn(CheckIn { booking: visit.id, place: None });
    let by_oneself = phone.app.execute(phone.business, by_oneself).await.unwrap();
    let switched_off = matches!(by_oneself, Receipt::Refused { refusal: Refusal::SwitchedOff { .. } });
    assert!(switched_off, "only the counter checks in here: {by_oneself:?}");
    let code = phone.app.check_in_code(phone.business, visit.id).await.unwrap();
    assert!(matches!(code, CheckInCode::Code { .. }), "and it takes the code: {code:?}");
}

/// A vault whose keychain is away when it is to forget a key the first time: it says yes, and the key is there again
/// when the keychain is.
struct Away {
    secrets: Arc<MemoryVault>,
    away: AtomicBool,
}

impl Vault for Away {
    fn get(&self, name: &str) -> Result<Option<String>, VaultError> {
        self.secrets.get(name)
    }
    fn set(&self, name: &str, secret: &str) -> Result<(), VaultError> {
        self.secrets.set(name, secret)
    }
    fn delete(&self, name: &str) -> Result<(), VaultError> {
        let kept = name.starts_with("check-in") && self.away.swap(false, Ordering::SeqCst);
        if kept { Ok(()) } else { self.secrets.delete(name) }
    }
}

#[tokio::test]
async fn a_key_that_outlived_its_session_is_not_the_next_customers() {
    let mut phone = Phone::ready().await;
    let vault = Away { secrets: phone.vault.clone(), away: AtomicBool::new(true) };
    drop(phone.app);
    let opened = App::open_with(phone.folder.path(), Arc::new(vault), phone.clock.clone(), phone.script.clone());
    phone.app = opened.await.unwrap();
    phone.app.sign_out(phone.business, false).await.unwrap();
    assert!(kept(&phone).is_some(), "the keychain has kept it");
    phone.sign_in(somebody(2), 0).await.unwrap();
    phone.will_pull(vec![]);
    phone.app.sync_now(phone.business).await.unwrap();
    let told: Vec<CheckInKey> = phone.script.asked("check-in-key");
    assert_eq!(told.len(), 2, "each customer's server was told a key");
    assert_ne!(told[0].key, told[1].key, "and not the same one");
}
