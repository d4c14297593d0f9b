//! The key for the code at the counter: it ends with its session, also when both happen at once.

use std::{
    sync::{Arc, Mutex, mpsc as wait},
    time::Duration,
};

use client::{App, CheckInCode, MemoryVault, Trouble, Vault, VaultError};
use jiff::SignedDuration;
use tokio::sync::mpsc;

use crate::phone::{Phone, somebody};

fn name(phone: &Phone) -> String {
    format!("check-in-{}", phone.business)
}

fn kept(phone: &Phone) -> Option<String> {
    phone.vault.get(&name(phone)).unwrap()
}

/// A vault that is slow to forget a key: it waits until somebody has kept another, or nobody does.
struct Slow {
    secrets: Arc<MemoryVault>,
    forgotten: mpsc::UnboundedSender<()>,
    made: (Mutex<wait::Sender<()>>, Mutex<wait::Receiver<()>>),
}

impl Vault for Slow {
    fn get(&self, name: &str) -> Result<Option<String>, VaultError> {
        self.secrets.get(name)
    }

    fn set(&self, name: &str, secret: &str) -> Result<(), VaultError> {
        self.secrets.set(name, secret)?;
        if name.starts_with("check-in") {
            self.made.0.lock().unwrap().send(()).unwrap();
        }
        Ok(())
    }

    fn delete(&self, name: &str) -> Result<(), VaultError> {
        self.secrets.delete(name)?;
        if name.starts_with("check-in") {
            self.forgotten.send(()).unwrap();
            // That nobody keeps one is what should be, and takes this long to be sure of.
            let _ = self.made.1.lock().unwrap().recv_timeout(Duration::from_millis(300));
        }
        Ok(())
    }
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
    let (forgotten, mut forgets) = mpsc::unbounded_channel();
    let (made, makes) = wait::channel();
    let vault = Slow { secrets: phone.vault.clone(), forgotten, made: (Mutex::new(made), Mutex::new(makes)) };
    drop(phone.app);
    let opened = App::open_with(phone.folder.path(), Arc::new(vault), phone.clock.clone(), phone.script.clone());
    phone.app = opened.await.unwrap();
    let (app, business) = (phone.app.clone(), phone.business);
    let leaving = tokio::spawn(async move { app.sign_out(business, true).await });
    forgets.recv().await.unwrap();
    let code = phone.app.check_in_code(phone.business, booking).await;
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
