//! What the device does when something around it is not as it should be: another customer's device id, a vault that stays
//! shut, verdicts of a newer server, a folder that is in use.

use std::{
    fs,
    sync::{
        Arc, Condvar, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
        mpsc,
    },
    time::Duration,
};

use client::{App, CheckInCode, Connection, MemoryVault, Timestamp, Trouble, Vault, VaultError};
use jiff::SignedDuration;
use portal::{Command, UpdateProfile, View, documents, spaces};
use protocol::{PasswordRequest, Push};
use serde_json::json;
use tempfile::TempDir;

use crate::{
    phone::{Phone, booked, now, somebody},
    shop,
};

#[tokio::test]
async fn a_device_of_another_customer_becomes_a_new_one() {
    let phone = Phone::ready().await;
    phone.script.refuse("sign-in/password", 409, "device_taken", None);
    phone.sign_in(somebody(2), 0).await.unwrap();
    let asked: Vec<PasswordRequest> = phone.script.asked("sign-in/password");
    let [first, taken, fresh] = &asked[..] else { panic!("one more request than sign-ins: {asked:?}") };
    assert_eq!(taken.device, first.device, "first the device is who it was");
    assert_ne!(fresh.device, taken.device, "then it is another one");
    assert_eq!(phone.card().await.customer, Some(somebody(2)), "and the second customer is signed in");
    let phone = phone.restarted().await;
    phone.sign_in(somebody(2), 0).await.unwrap();
    let again: Vec<PasswordRequest> = phone.script.asked("sign-in/password");
    assert_eq!(again[3].device, fresh.device, "it stays who it has become");
    phone.script.refuse("sign-in/password", 409, "device_taken", None);
    phone.script.refuse("sign-in/password", 409, "device_taken", None);
    assert_eq!(
        phone.sign_in(somebody(3), 0).await,
        Err(Trouble::Server),
        "a server that says so for ever is not asked for ever"
    );
}

#[tokio::test]
async fn what_waits_is_not_sent_as_another_device() {
    let phone = Phone::ready().await;
    phone.book(0).await;
    phone.script.refuse("sign-in/password", 409, "device_taken", None);
    assert_eq!(phone.sign_in(somebody(2), 0).await, Err(Trouble::StillWaiting { waiting: 1 }), "the first customer's");
    let asked: Vec<PasswordRequest> = phone.script.asked("sign-in/password");
    assert_eq!(asked.len(), 2, "nothing is asked under a new id");
    assert_eq!(phone.card().await.customer, Some(phone.customer), "nothing has changed");
    assert_eq!(phone.outbox().await.len(), 1, "nothing is lost");
}

#[tokio::test]
async fn a_device_put_back_to_an_older_copy_comes_through() {
    let phone = Phone::ready().await;
    let (booking, _) = phone.book(0).await;
    phone.script.refuse("push", 409, "out_of_order", None); // its number 1 was another command long ago
    phone.app.sync_now(phone.business).await.unwrap_err();
    phone.sign_in(phone.customer, 5).await.unwrap();
    assert!(phone.outbox().await[0].sent, "it cannot know that nothing of it arrived");
    phone.will_say(6, vec![booked(booking)]);
    phone.will_pull(vec![]);
    phone.app.sync_now(phone.business).await.unwrap();
    let pushes: Vec<Push> = phone.script.asked("push");
    assert_eq!(pushes[1].commands[0].number, 6, "it goes on from what the server has");
    assert!(phone.outbox().await.is_empty(), "and has its verdict");
}

/// A vault that can be shut.
#[derive(Default)]
struct Shut {
    within: MemoryVault,
    shut: AtomicBool,
    /// How often a secret was asked for.
    asked: AtomicUsize,
}

impl Shut {
    fn open(&self) -> Result<&MemoryVault, VaultError> {
        if self.shut.load(Ordering::SeqCst) { Err(VaultError("shut".to_owned())) } else { Ok(&self.within) }
    }
}

impl Vault for Shut {
    fn get(&self, name: &str) -> Result<Option<String>, VaultError> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        self.open()?.get(name)
    }
    fn set(&self, name: &str, secret: &str) -> Result<(), VaultError> {
        self.open()?.set(name, secret)
    }
    fn delete(&self, name: &str) -> Result<(), VaultError> {
        self.open()?.delete(name)
    }
}

/// A device that has met the business and keeps its secrets in this vault.
async fn met_with<V: Vault>(vault: Arc<V>) -> (Phone, TempDir) {
    let mut phone = Phone::met().await;
    let folder = tempfile::tempdir().unwrap();
    phone.app = App::open_with(folder.path(), vault, phone.clock.clone(), phone.script.clone()).await.unwrap();
    phone.script.answer("hello", &phone.shop.hello());
    phone.business = phone.app.connect("salon.example").await.unwrap().id;
    (phone, folder)
}

#[tokio::test]
async fn a_sign_in_whose_token_is_not_kept_is_none() {
    let vault = Arc::new(Shut::default());
    let (phone, _folder) = met_with(vault.clone()).await;
    vault.shut.store(true, Ordering::SeqCst);
    let failed = phone.sign_in(phone.customer, 0).await;
    assert!(matches!(failed, Err(Trouble::Storage { .. })), "the token cannot be kept: {failed:?}");
    let token = Some(format!("token-{}-0", phone.customer));
    assert_eq!(phone.script.tokens("sign-out"), [token], "the server need not wait for its session to grow old");
    let card = phone.card().await;
    assert_eq!((card.customer, card.connection), (None, Connection::Connecting), "nobody was, and nobody is signed in");
    phone.will_pull(vec![phone.shop.catalogue()]);
    assert_eq!(phone.app.sync_now(phone.business).await, Ok(()), "what is for everybody comes as before");
    assert_eq!(phone.script.tokens("pull").last(), Some(&None), "in nobody's name");
    vault.shut.store(false, Ordering::SeqCst);
    phone.sign_in(phone.customer, 1).await.unwrap();
    phone.will_pull(vec![]);
    assert_eq!(phone.app.sync_now(phone.business).await, Ok(()), "an open vault keeps the next one");
    assert!(phone.card().await.ready, "and now they are");
}

#[tokio::test]
async fn a_vault_that_stays_shut_leaves_everything_as_it_was() {
    let vault = Arc::new(Shut::default());
    let (phone, _folder) = met_with(vault.clone()).await;
    phone.sign_in(phone.customer, 0).await.unwrap();
    vault.shut.store(true, Ordering::SeqCst);
    let failed = phone.app.sign_out(phone.business, false).await;
    assert!(matches!(failed, Err(Trouble::Storage { .. })), "the token cannot be taken away: {failed:?}");
    phone.will_pull(vec![phone.shop.catalogue()]);
    assert_eq!(phone.app.sync_now(phone.business).await, Ok(()), "the session goes on");
    let failed = phone.app.disconnect(phone.business, false).await;
    assert!(matches!(failed, Err(Trouble::Storage { .. })), "neither now: {failed:?}");
    phone.will_pull(vec![]);
    assert_eq!(phone.app.sync_now(phone.business).await, Ok(()), "the business goes on");
    vault.shut.store(false, Ordering::SeqCst);
    phone.app.sign_out(phone.business, false).await.unwrap();
    assert_eq!(phone.card().await.customer, None, "an open vault lets go");
}

/// A device whose owner is signed in, started again after something has happened to its vault.
async fn started_again<V: Vault>(vault: &Arc<V>, happens: impl FnOnce(&V)) -> (Phone, TempDir) {
    let (mut phone, folder) = met_with(Arc::clone(vault)).await;
    phone.sign_in(phone.customer, 0).await.unwrap();
    happens(vault);
    drop(phone.app);
    let opening = App::open_with(folder.path(), vault.clone(), phone.clock.clone(), phone.script.clone());
    let opened = tokio::time::timeout(Duration::from_secs(20), opening).await;
    phone.app = opened.expect("nobody waits for a vault to see their appointments").unwrap();
    (phone, folder)
}

/// A device whose owner is signed in, started again while its vault is shut.
async fn locked() -> (Phone, Arc<Shut>, TempDir) {
    let vault = Arc::new(Shut::default());
    let (phone, folder) = started_again(&vault, |vault| vault.shut.store(true, Ordering::SeqCst)).await;
    (phone, vault, folder)
}

#[tokio::test]
async fn a_vault_that_is_shut_at_the_start_ends_no_session() {
    let (phone, vault, _folder) = locked().await;
    let business = phone.business;
    assert_eq!(phone.card().await.connection, Connection::Locked, "nobody has said that the session has ended");
    assert_eq!(phone.app.sync_now(business).await, Err(Trouble::Locked), "the token cannot be read now");
    assert_eq!(phone.script.tokens("pull").len(), 0, "and nothing is asked in nobody's name");
    assert_eq!(phone.card().await.customer, Some(phone.customer), "they are still signed in");

    vault.shut.store(false, Ordering::SeqCst);
    phone.will_pull(vec![phone.shop.catalogue()]);
    assert_eq!(phone.app.sync_now(business).await, Ok(()), "it opens, and all goes on without a sign-in");
    let token = Some(format!("token-{}-0", phone.customer));
    assert_eq!(phone.script.tokens("pull"), std::slice::from_ref(&token), "in the name of whoever is signed in");
    assert_eq!(phone.card().await.connection, Connection::Connecting, "nothing is locked any more");
    assert_eq!(vault.get(&format!("session-{business}")).unwrap(), token, "the token is where it was");
}

#[tokio::test]
async fn whoever_signs_in_again_need_not_wait_for_the_vault() {
    let (phone, vault, _folder) = locked().await;
    phone.sign_in(phone.customer, 1).await.unwrap_err();
    assert_eq!(phone.card().await.connection, Connection::Locked, "a vault that keeps nothing keeps no new token");
    vault.shut.store(false, Ordering::SeqCst);
    phone.sign_in(phone.customer, 1).await.unwrap();
    phone.will_pull(vec![phone.shop.catalogue()]);
    phone.app.sync_now(phone.business).await.unwrap();
    let token = Some(format!("token-{}-1", phone.customer));
    assert_eq!(phone.script.tokens("pull"), [token], "the new session counts, not the one that was not read");
}

#[tokio::test(start_paused = true)]
async fn the_background_asks_a_shut_vault_again_until_it_opens() {
    let (phone, vault, _folder) = locked().await;
    phone.app.start().await;
    let mut told = phone.app.events();
    tokio::time::sleep(Duration::from_secs(3600)).await;
    assert_eq!(phone.card().await.connection, Connection::Locked, "an hour later it is still only locked");
    assert!(vault.asked.load(Ordering::SeqCst) < 20, "its owner was not asked for a password all the time");
    vault.shut.store(false, Ordering::SeqCst);
    let opened = async {
        while phone.card().await.connection == Connection::Locked {
            told.recv().await.unwrap();
        }
    };
    tokio::time::timeout(Duration::from_secs(1000), opened).await.expect("by itself, within a quarter of an hour");
    phone.app.stop().await;
}

/// A vault that asks its owner first, who does not answer at once.
#[derive(Default)]
struct Asking {
    within: MemoryVault,
    /// Whether it asks.
    asks: AtomicBool,
    asked: AtomicUsize,
    answered: (Mutex<bool>, Condvar),
}

impl Asking {
    /// Its owner answers.
    fn answer(&self) {
        *self.answered.0.lock().unwrap() = true;
        self.answered.1.notify_all();
    }
}

impl Vault for Asking {
    fn get(&self, name: &str) -> Result<Option<String>, VaultError> {
        if self.asks.load(Ordering::SeqCst) {
            self.asked.fetch_add(1, Ordering::SeqCst);
            let (answered, told) = &self.answered;
            drop(told.wait_while(answered.lock().unwrap(), |answered| !*answered).unwrap());
        }
        self.within.get(name)
    }
    fn set(&self, name: &str, secret: &str) -> Result<(), VaultError> {
        self.within.set(name, secret)
    }
    fn delete(&self, name: &str) -> Result<(), VaultError> {
        self.within.delete(name)
    }
}

#[tokio::test]
async fn the_background_asks_a_shut_vault_for_the_key_once_until_its_owner_shows_a_code() {
    let vault = Arc::new(Shut::default());
    let (phone, _folder) = met_with(vault.clone()).await;
    phone.sign_in(phone.customer, 0).await.unwrap();
    let (own, start) = (spaces::customer(phone.customer), "2026-11-20T10:00:00Z".parse::<Timestamp>().unwrap());
    let visit = phone.shop.booking(phone.customer, 1, start);
    let profile = documents::write(own.clone(), &shop::profile(phone.customer, now()));
    phone.will_pull(vec![phone.shop.catalogue(), shop::changes(1, vec![profile, documents::write(own, &visit)])]);
    vault.shut.store(true, Ordering::SeqCst);
    vault.asked.store(0, Ordering::SeqCst);
    for _ in 0..10 {
        phone.app.sync_now(phone.business).await.unwrap();
        phone.will_pull(vec![]);
    }
    assert_eq!(vault.asked.load(Ordering::SeqCst), 1, "each time may ask for a password");
    *phone.clock.0.lock().unwrap() = start - SignedDuration::from_mins(10);
    vault.shut.store(false, Ordering::SeqCst);
    let code = phone.app.check_in_code(phone.business, visit.id).await.unwrap();
    assert!(matches!(code, CheckInCode::Code { .. }), "its owner is asked again for what they want: {code:?}");
    assert!(phone.script.tokens("check-in-key").is_empty(), "to show a code takes no network");
    phone.app.sync_now(phone.business).await.unwrap();
    assert_eq!(phone.script.tokens("check-in-key").len(), 1, "there is a key now, and the server is told it");
}

#[tokio::test]
async fn what_is_booked_while_the_vault_asks_for_the_key_is_sent() {
    let vault = Arc::new(Asking::default());
    let (phone, _folder) = met_with(vault.clone()).await;
    phone.sign_in(phone.customer, 0).await.unwrap();
    vault.asks.store(true, Ordering::SeqCst);
    let mut told = phone.app.events();
    let _pokes = phone.script.stream();
    let profile = documents::write(spaces::customer(phone.customer), &shop::profile(phone.customer, now()));
    phone.will_pull(vec![phone.shop.catalogue(), shop::changes(1, vec![profile])]);
    phone.will_pull(vec![]);
    phone.app.start().await;
    let asks = async {
        while vault.asked.load(Ordering::SeqCst) == 0 {
            tokio::task::yield_now().await;
        }
    };
    let asked = tokio::time::timeout(Duration::from_secs(20), asks).await;
    let (booking, _) = phone.book(0).await;
    phone.will_say(1, vec![booked(booking)]);
    phone.will_pull(vec![]);
    let sent = async {
        while !phone.outbox().await.is_empty() {
            told.recv().await.unwrap();
        }
    };
    let sent = tokio::time::timeout(Duration::from_secs(20), sent).await;
    vault.answer();
    phone.app.stop().await;
    asked.expect("the key is asked for");
    sent.expect("nobody waits for the key to book");
}

#[tokio::test]
async fn the_app_opens_before_its_owner_has_answered_the_vault() {
    let vault = Arc::new(Asking::default());
    let (phone, _folder) = started_again(&vault, |vault| vault.asks.store(true, Ordering::SeqCst)).await;
    assert_eq!(phone.card().await.connection, Connection::Locked, "it says what it waits for");
    assert!(phone.app.view(phone.business, View::Profile).await.is_ok(), "and shows what it has");
    let mut told = phone.app.events();
    phone.app.start().await;
    phone.will_pull(vec![phone.shop.catalogue()]);
    vault.answer();
    let synced = async {
        while phone.script.tokens("pull").is_empty() {
            told.recv().await.unwrap();
        }
    };
    tokio::time::timeout(Duration::from_secs(20), synced).await.expect("with the answer it goes on by itself");
    assert_eq!(vault.asked.load(Ordering::SeqCst), 1, "they were asked once");
    phone.app.stop().await;
}

#[tokio::test]
async fn the_list_of_businesses_does_not_wait_for_the_vault_of_one_that_is_removed() {
    let vault = Arc::new(Asking::default());
    let (phone, _folder) = started_again(&vault, |vault| vault.asks.store(true, Ordering::SeqCst)).await;
    let (app, business) = (phone.app.clone(), phone.business);
    let removing = tokio::spawn(async move { app.disconnect(business, false).await });
    // Once for the call, once for the task that goes on without its caller: then it waits for the vault.
    for _ in 0..2 {
        tokio::task::yield_now().await;
    }
    let listed = tokio::time::timeout(Duration::from_secs(5), phone.app.businesses()).await;
    vault.answer();
    assert_eq!(removing.await.unwrap(), Ok(()), "with the answer it is removed");
    let listed = listed.expect("nobody waits for a vault to see what there is").unwrap();
    assert_eq!(listed.len(), 1, "and until then it is there");
    assert!(phone.app.businesses().await.unwrap().is_empty(), "now it is gone");
}

/// A vault that takes its time to let go.
pub(crate) struct Slow {
    within: Arc<MemoryVault>,
    asked: mpsc::Sender<()>,
    yes: Mutex<mpsc::Receiver<()>>,
}

impl Slow {
    /// Before another vault: tells whenever it is asked to let go of something, and waits each time for a yes.
    pub(crate) fn before(within: Arc<MemoryVault>) -> (Arc<Self>, mpsc::Receiver<()>, mpsc::Sender<()>) {
        let ((asked, is_asked), (yes, says_yes)) = (mpsc::channel(), mpsc::channel());
        (Arc::new(Self { within, asked, yes: Mutex::new(says_yes) }), is_asked, yes)
    }
}

impl Vault for Slow {
    fn get(&self, name: &str) -> Result<Option<String>, VaultError> {
        self.within.get(name)
    }
    fn set(&self, name: &str, secret: &str) -> Result<(), VaultError> {
        self.within.set(name, secret)
    }
    fn delete(&self, name: &str) -> Result<(), VaultError> {
        let _ = self.asked.send(());
        self.yes.lock().unwrap().recv().unwrap();
        self.within.delete(name)
    }
}

#[tokio::test]
async fn what_is_pressed_while_a_business_is_removed_is_not_lost_in_silence() {
    let (vault, is_asked, yes) = Slow::before(Arc::default());
    let (phone, _folder) = met_with(vault).await;
    // Whoever signs in where nobody was makes sure that there is no key.
    yes.send(()).unwrap();
    phone.sign_in(phone.customer, 0).await.unwrap();
    is_asked.recv().unwrap();
    phone.will_pull(vec![phone.shop.catalogue()]);
    phone.app.sync_now(phone.business).await.unwrap();
    let (app, business) = (phone.app.clone(), phone.business);
    let removing = tokio::spawn(async move { app.disconnect(business, false).await });
    tokio::task::spawn_blocking(move || is_asked.recv()).await.unwrap().unwrap();
    let app = phone.app.clone();
    let profile = Command::UpdateProfile(UpdateProfile { name: "Ada".to_owned(), phone: String::new() });
    let given = tokio::spawn(async move { app.execute(business, profile).await });
    // Once for the call, once for the task that goes on without its caller: then it stands at the desk.
    for _ in 0..2 {
        tokio::task::yield_now().await;
    }
    assert!(!given.is_finished(), "it waits for its turn");
    yes.send(()).unwrap();
    // A key of this device, if there is one, is let go as well.
    let _ = yes.send(());
    assert_eq!(removing.await.unwrap(), Ok(()), "the business is gone");
    assert_eq!(given.await.unwrap(), Err(Trouble::NoBusiness), "and nobody hears that something waits for it");
}

#[tokio::test]
async fn a_verdict_of_a_newer_server_keeps_nothing_waiting() {
    let phone = Phone::ready().await;
    for nth in [0, 4, 8] {
        phone.book(nth).await;
    }
    let verdicts = json!([
        { "number": 1, "verdict": { "verdict": "accepted", "outcome": { "is": "wait_listed" } } },
        { "number": 2, "verdict": { "verdict": "refused", "refusal": { "code": "closed_for_good" } } },
        { "number": 3, "verdict": { "verdict": "refused", "refusal": { "code": "nothing_changed" } } },
    ]);
    phone.script.answer("push", &json!({ "last": 3, "verdicts": verdicts }));
    phone.will_pull(vec![]);
    phone.app.sync_now(phone.business).await.unwrap();
    assert!(phone.outbox().await.is_empty(), "all three have their verdict");
    let refusals: Vec<_> = phone.app.notices(phone.business).await.unwrap().into_iter().map(|n| n.refusal).collect();
    assert_eq!(refusals.len(), 2, "both refusals are told: {refusals:?}");
    assert!(refusals.contains(&domain::Refusal::UnknownCommand), "the strange one as what this app cannot read");
}

#[tokio::test]
async fn a_folder_in_use_is_not_touched() {
    let phone = Phone::met().await;
    let folder = tempfile::tempdir().unwrap();
    let lock = fs::File::create(folder.path().join("datebook.lock")).unwrap();
    lock.try_lock().unwrap();
    let opened = App::open_with(folder.path(), phone.vault.clone(), phone.clock.clone(), phone.script.clone()).await;
    assert!(matches!(opened, Err(Trouble::Storage { .. })), "somebody else is at work there");
    let database = folder.path().join("datebook.sqlite");
    assert!(!database.exists(), "nothing is made or brought up to date under another program's hands");
    drop(lock);
    let within = folder.path().join("made").join("anew");
    App::open_with(&within, phone.vault.clone(), phone.clock.clone(), phone.script.clone()).await.unwrap();
    assert!(within.join("datebook.sqlite").exists(), "a folder that is not there is made");
}

#[tokio::test]
async fn a_folder_that_is_about_to_be_let_go_is_waited_for() {
    let phone = Phone::ready().await;
    let (vault, clock, script) = (phone.vault.clone(), phone.clock.clone(), phone.script.clone());
    let folder = phone.folder.path().to_owned();
    let opening = tokio::spawn(async move { App::open_with(&folder, vault, clock, script).await.map(drop) });
    // Its first look at the folder comes before it first waits.
    tokio::task::yield_now().await;
    assert!(!opening.is_finished(), "one program at a time has a folder");
    drop(phone.app);
    assert_eq!(opening.await.unwrap(), Ok(()), "as whoever updates the app lets go after the new one has begun");
}
