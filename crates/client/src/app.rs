//! Everything a screen can ask of this device.
//!
//! **Invariant:** one program at a time has a folder open. Two would give the same number to two commands.

mod own_calendar;
mod reminding;
mod shelf;
mod unread;

use std::{collections::BTreeMap, fs, path::Path, sync::Arc, time::Duration};

use domain::{BookingId, CommandId};
use portal::{AgendaQuery, Command, PassOf, View};
use protocol::{LinkSent, Wallet};
use store::sqlite::SqliteEngine;
use tokio::{
    sync::{Mutex, RwLock, broadcast, watch},
    task::JoinSet,
    time::Instant,
};
use uuid::Uuid;

use crate::{
    BusinessCard, CheckInCode, Clock, Event, Link, Notice, Opening, Receipt, Reply, Trouble, Vault, Waiting,
    account::{Account, Surroundings, to_the_end},
    address,
    own_calendar::Keeper,
    sync,
    transport::{Http, Transport},
    wire::Wire,
};

use self::{
    reminding::Reminding,
    shelf::{Shelf, realm},
    unread::Unread,
};

pub use self::reminding::Answered;

/// The most events that a slow screen can be behind before it has to ask for everything.
const EVENTS: usize = 1024;

/// The app on this device: its businesses, and what is known of each. Clones are handles on the same app.
#[derive(Clone)]
pub struct App {
    inner: Arc<Inner>,
}

struct Inner {
    engine: SqliteEngine,
    transport: Arc<dyn Transport>,
    surroundings: Surroundings,
    shelf: Mutex<Shelf>,
    reminding: Reminding,
    keeper: Keeper,
    accounts: RwLock<BTreeMap<Uuid, Arc<Account>>>,
    /// The others on the shelf.
    unread: RwLock<BTreeMap<Uuid, Unread>>,
    work: Mutex<Option<Work>>,
    /// Locked as long as this app is open.
    _lock: fs::File,
}

/// What runs in the background.
struct Work {
    stop: watch::Sender<bool>,
    tasks: JoinSet<()>,
}

impl App {
    /// Opens the app's folder, or makes one. Needs a Tokio runtime.
    ///
    /// # Errors
    /// [`Trouble::Storage`] when the folder is in use, was written by a newer program, or cannot be read. A business of
    /// which only its own part cannot be read is there, with a card that says so.
    pub async fn open(folder: &Path, vault: Arc<dyn Vault>, clock: Arc<dyn Clock>) -> Result<Self, Trouble> {
        let http = Http::new().map_err(|error| Trouble::Storage { detail: error.to_string() })?;
        Self::open_with(folder, vault, clock, Arc::new(http)).await
    }

    /// As [`open`](Self::open), with another way to reach servers.
    ///
    /// # Errors
    /// As for [`open`](Self::open).
    pub async fn open_with(
        folder: &Path,
        vault: Arc<dyn Vault>,
        clock: Arc<dyn Clock>,
        transport: Arc<dyn Transport>,
    ) -> Result<Self, Trouble> {
        // First the lock: opening the database may bring it up to date, which only one program may do.
        let lock = lock(folder).await?;
        let engine = SqliteEngine::open(&folder.join("datebook.sqlite"))?;
        let surroundings = Surroundings { vault, clock, events: broadcast::Sender::new(EVENTS) };
        let shelf = Shelf::load(engine.realm("app")).await?;
        let reminding = Reminding::load(engine.realm("app")).await?;
        let keeper = Keeper::new(engine.realm("app"));
        let (mut accounts, mut unread) = (BTreeMap::new(), BTreeMap::new());
        for place in shelf.places() {
            let wire = Wire::new(Arc::clone(&transport), place.address.clone());
            let store = engine.realm(&realm(place.id));
            match Account::open(place.id, store.clone(), wire.clone(), surroundings.clone()).await {
                Ok(Some(account)) => {
                    accounts.insert(place.id, account);
                }
                Ok(None) => {}
                Err(trouble) => {
                    tracing::error!(%trouble, business = %place.id, "a business cannot be read");
                    unread.insert(place.id, Unread::new(place, &store, wire, trouble).await);
                }
            }
        }
        // Left behind by a program that ended while it removed or added a business.
        for name in engine.realms().await? {
            if name.starts_with("b-") && !accounts.keys().chain(unread.keys()).any(|id| realm(*id) == name) {
                Account::erase(&engine.realm(&name)).await?;
            }
        }
        let inner = Inner {
            engine,
            transport,
            surroundings,
            shelf: Mutex::new(shelf),
            reminding,
            keeper,
            accounts: RwLock::new(accounts),
            unread: RwLock::new(unread),
            work: Mutex::default(),
            _lock: lock,
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Begins to keep all businesses in step with their servers, those too that are connected later. Nothing happens
    /// when it has begun already.
    pub async fn start(&self) {
        let mut work = self.inner.work.lock().await;
        if work.is_none() {
            let mut begun = Work { stop: watch::Sender::new(false), tasks: JoinSet::new() };
            for account in self.inner.accounts.read().await.values() {
                begun.tasks.spawn(sync::run(Arc::clone(account), begun.stop.subscribe()));
            }
            if self.inner.keeper.has_calendar() {
                begun.tasks.spawn(own_calendar::run(Arc::downgrade(&self.inner), begun.stop.subscribe()));
            }
            *work = Some(begun);
        }
    }

    /// Ends what [`start`](Self::start) began, and waits for what is being written. The app can be used on, and started
    /// again.
    pub async fn stop(&self) {
        if let Some(mut work) = self.inner.work.lock().await.take() {
            work.stop.send_replace(true);
            while work.tasks.join_next().await.is_some() {}
        }
        for account in self.inner.accounts.read().await.values() {
            drop(account.desk().await);
        }
    }

    /// What happens from now on. A receiver that lags asks for everything it shows.
    pub fn events(&self) -> broadcast::Receiver<Event> {
        self.inner.surroundings.events.subscribe()
    }

    /// Tells all screens that a link has come.
    pub fn announce_link(&self) {
        let _ = self.inner.surroundings.events.send(Event::Link);
    }

    /// Reads a `datebook://` link. Nothing happens by it.
    pub fn open_link(text: &str) -> Link {
        crate::open_link(text)
    }

    /// The businesses of this device, in the order in which they were connected.
    ///
    /// # Errors
    /// None today; screens must not rely on it.
    pub async fn businesses(&self) -> Result<Vec<BusinessCard>, Trouble> {
        let order: Vec<Uuid> = self.inner.shelf.lock().await.places().iter().map(|place| place.id).collect();
        let (accounts, unread) = (self.inner.accounts.read().await, self.inner.unread.read().await);
        let mut cards = Vec::with_capacity(order.len());
        for id in &order {
            match accounts.get(id) {
                Some(account) => cards.push(account.card().await),
                None => cards.extend(unread.get(id).map(|unread| unread.card.clone())),
            }
        }
        Ok(cards)
    }

    /// The business that is shown, if there is one.
    ///
    /// # Errors
    /// None today; screens must not rely on it.
    pub async fn current(&self) -> Result<Option<Uuid>, Trouble> {
        Ok(self.inner.shelf.lock().await.current())
    }

    /// What a start shows. What cannot be answered yet is left out: the screen asks for it, and says why.
    ///
    /// # Errors
    /// Those of [`App::businesses`] and [`App::current`].
    pub async fn opening(&self) -> Result<Opening, Trouble> {
        let (businesses, current) = (self.businesses().await?, self.current().await?);
        let shown = businesses.iter().find(|card| Some(card.id) == current).or(businesses.first());
        let agenda = match shown.filter(|card| card.customer.is_some()) {
            Some(card) => self.view(card.id, View::Agenda(AgendaQuery::default())).await.ok(),
            None => None,
        };
        Ok(Opening { businesses, current, agenda })
    }

    /// Chooses the business that is shown.
    ///
    /// # Errors
    /// [`Trouble::NoBusiness`].
    pub async fn select(&self, business: Uuid) -> Result<(), Trouble> {
        if matches!(self.account(business).await, Err(Trouble::NoBusiness)) {
            return Err(Trouble::NoBusiness);
        }
        let app = self.clone();
        to_the_end(async move { app.inner.shelf.lock().await.select(business).await }).await
    }

    /// Gets to know a business by what somebody typed or pasted, and chooses it. One that is known already is chosen.
    ///
    /// # Errors
    /// [`Trouble::BadAddress`], [`Trouble::NotEncrypted`], [`Trouble::Offline`], [`Trouble::NotDatebook`].
    pub async fn connect(&self, pasted: &str) -> Result<BusinessCard, Trouble> {
        let address = address::origin(pasted)?;
        let wire = Wire::new(Arc::clone(&self.inner.transport), address.clone());
        let known = self.inner.shelf.lock().await.find(&address);
        if let Some(id) = known {
            // Known addresses can be chosen without a network.
            self.select(id).await?;
            let account = self.account(id).await?;
            account.ring(true);
            return Ok(account.card().await);
        }
        let hello = wire.hello().await?;
        let app = self.clone();
        to_the_end(async move {
            let mut shelf = app.inner.shelf.lock().await;
            if let Some(id) = shelf.find(&address) {
                shelf.select(id).await?;
                return Ok(app.account(id).await?.card().await);
            }
            let id = Uuid::now_v7();
            let store = app.inner.engine.realm(&realm(id));
            Account::found(&store, hello).await?;
            shelf.add(id, address).await?;
            let account = Account::open(id, store, wire, app.inner.surroundings.clone()).await?;
            let account = account.ok_or(Trouble::NoBusiness)?;
            app.inner.accounts.write().await.insert(id, Arc::clone(&account));
            if let Some(work) = &mut *app.inner.work.lock().await {
                work.tasks.spawn(sync::run(Arc::clone(&account), work.stop.subscribe()));
            }
            account.tell(Event::Card { business: id });
            Ok(account.card().await)
        })
        .await
    }

    /// Removes a business and everything of it from this device. The server keeps what it has.
    ///
    /// # Errors
    /// [`Trouble::StillWaiting`] when commands wait and `lose_waiting` is false.
    pub async fn disconnect(&self, business: Uuid, lose_waiting: bool) -> Result<(), Trouble> {
        let app = self.clone();
        let unread = self.inner.unread.read().await.get(&business).cloned();
        if let Some(unread) = unread {
            return to_the_end(async move { app.discard(unread, lose_waiting).await }).await;
        }
        let account = self.account(business).await?;
        to_the_end(async move {
            // First, and alone: the vault may ask its owner, and the others go on meanwhile.
            account.remove(lose_waiting).await?;
            let mut shelf = app.inner.shelf.lock().await;
            shelf.remove(business).await?;
            app.inner.accounts.write().await.remove(&business);
            Account::erase(&account.store).await?;
            account.ring(false);
            // Its events leave the customer's own calendar.
            app.look_at_calendar();
            account.tell(Event::Card { business });
            Ok(())
        })
        .await
    }

    /// Answers a screen's question from what this device knows.
    ///
    /// # Errors
    /// [`Trouble::NoBusiness`], [`Trouble::Storage`], [`Trouble::Offline`] before the first contact has come through.
    pub async fn view(&self, business: Uuid, view: View) -> Result<Reply, Trouble> {
        self.account(business).await?.view(&view).await
    }

    /// Gives a command. It is decided with what this device knows; on a yes it waits for the server's verdict.
    ///
    /// # Errors
    /// [`Trouble::NoBusiness`], [`Trouble::Storage`].
    pub async fn execute(&self, business: Uuid, command: Command) -> Result<Receipt, Trouble> {
        let account = self.account(business).await?;
        to_the_end(async move { account.execute(command).await }).await
    }

    /// A code to show at the counter, signed now; works without a network (Z08).
    ///
    /// # Errors
    /// [`Trouble::NoBusiness`], [`Trouble::NotSignedIn`]; [`Trouble::Locked`] when the vault stays shut,
    /// [`Trouble::Storage`] when it does so only now.
    pub async fn check_in_code(&self, business: Uuid, booking: BookingId) -> Result<CheckInCode, Trouble> {
        let account = self.account(business).await?;
        // A key that was made has to be kept, whoever still waits for the code.
        to_the_end(async move { account.check_in_code(booking).await }).await
    }

    /// The commands that have no verdict yet, in the order in which they were given.
    ///
    /// # Errors
    /// [`Trouble::NoBusiness`].
    pub async fn outbox(&self, business: Uuid) -> Result<Vec<Waiting>, Trouble> {
        Ok(self.account(business).await?.outbox().await)
    }

    /// Takes a command back. One that may have reached the server already stays in the outbox as
    /// [`Command::Withdrawn`] until the server says which of the two it ran.
    ///
    /// # Errors
    /// [`Trouble::TooLate`] when it has its verdict or was taken back already.
    pub async fn withdraw(&self, business: Uuid, command: CommandId) -> Result<(), Trouble> {
        let account = self.account(business).await?;
        to_the_end(async move { account.withdraw(command).await }).await
    }

    /// The refusals that were not put away, the latest first.
    ///
    /// # Errors
    /// [`Trouble::NoBusiness`].
    pub async fn notices(&self, business: Uuid) -> Result<Vec<Notice>, Trouble> {
        Ok(self.account(business).await?.notices().await)
    }

    /// Puts a refusal away. Nothing happens when there is none of that command.
    ///
    /// # Errors
    /// [`Trouble::NoBusiness`], [`Trouble::Storage`].
    pub async fn dismiss(&self, business: Uuid, command: CommandId) -> Result<(), Trouble> {
        let account = self.account(business).await?;
        to_the_end(async move { account.dismiss(command).await }).await
    }

    /// Asks the server for a mail with a link and six digits. The secret behind it stays on this device and survives a
    /// restart.
    ///
    /// # Errors
    /// [`Trouble::NotAcceptable`] for what is no address, [`Trouble::Offline`], [`Trouble::TooManyAttempts`].
    pub async fn request_link(&self, business: Uuid, email: &str) -> Result<LinkSent, Trouble> {
        let (account, email) = (self.account(business).await?, email.to_owned());
        to_the_end(async move { account.request_link(&email).await }).await
    }

    /// Signs in with the six digits of the mail that was asked for last.
    ///
    /// # Errors
    /// [`Trouble::NoAttempt`], [`Trouble::WrongCredentials`], [`Trouble::TooManyAttempts`], [`Trouble::Offline`];
    /// [`Trouble::StillWaiting`] when commands of another customer wait.
    pub async fn sign_in_with_digits(&self, business: Uuid, digits: &str) -> Result<(), Trouble> {
        let (account, digits) = (self.account(business).await?, digits.to_owned());
        to_the_end(async move { account.sign_in_with_digits(&digits).await }).await
    }

    /// Signs in with what a [`Link::SignIn`] says. Nothing happens when that link has opened the session that lasts.
    ///
    /// # Errors
    /// As for [`sign_in_with_digits`](Self::sign_in_with_digits).
    pub async fn sign_in_with_code(&self, business: Uuid, attempt: Uuid, code: &str) -> Result<(), Trouble> {
        let (account, code) = (self.account(business).await?, code.to_owned());
        to_the_end(async move { account.sign_in_with_code(attempt, &code).await }).await
    }

    /// Signs in by password.
    ///
    /// # Errors
    /// As for [`sign_in_with_digits`](Self::sign_in_with_digits), [`Trouble::NoAttempt`] aside.
    pub async fn sign_in_with_password(&self, business: Uuid, email: &str, password: &str) -> Result<(), Trouble> {
        let account = self.account(business).await?;
        let (email, password) = (email.to_owned(), password.to_owned());
        to_the_end(async move { account.sign_in_with_password(&email, password).await }).await
    }

    /// Sets or changes the password of whoever is signed in; `current` may be empty when there was none.
    ///
    /// # Errors
    /// [`Trouble::NotAcceptable`] unless the new one has 10 to 200 characters, [`Trouble::NotSignedIn`],
    /// [`Trouble::WrongCredentials`], [`Trouble::Offline`], [`Trouble::Locked`].
    pub async fn set_password(&self, business: Uuid, current: &str, new: &str) -> Result<(), Trouble> {
        let account = self.account(business).await?;
        account.set_password(current.to_owned(), new.to_owned()).await
    }

    /// Ends the session and removes the customer's documents from this device. Works without a network.
    ///
    /// # Errors
    /// [`Trouble::StillWaiting`] when commands wait and `lose_waiting` is false.
    pub async fn sign_out(&self, business: Uuid, lose_waiting: bool) -> Result<(), Trouble> {
        let account = self.account(business).await?;
        to_the_end(async move { account.sign_out(lose_waiting).await }).await
    }

    /// Has the server make a pass for a wallet (M07, M08). Answers the address at which the wallet takes it; it works for
    /// some minutes.
    ///
    /// # Errors
    /// [`Trouble::NotSignedIn`], [`Trouble::Locked`], [`Trouble::Offline`], [`Trouble::NotAcceptable`] for what there is no
    /// pass of,
    /// [`Trouble::Server`] when the server makes none.
    pub async fn pass_link(&self, business: Uuid, wallet: Wallet, of: PassOf) -> Result<String, Trouble> {
        self.account(business).await?.pass_link(wallet, of).await
    }

    /// Sends what waits and fetches what changed, now. Answers when everything is as the server has it.
    ///
    /// # Errors
    /// [`Trouble::Offline`], [`Trouble::NotSignedIn`] when the session has ended, [`Trouble::Locked`] while the vault stays
    /// shut, [`Trouble::Server`].
    pub async fn sync_now(&self, business: Uuid) -> Result<(), Trouble> {
        self.account(business).await?.sync().await
    }

    async fn account(&self, business: Uuid) -> Result<Arc<Account>, Trouble> {
        if let Some(account) = self.inner.accounts.read().await.get(&business) {
            return Ok(Arc::clone(account));
        }
        let unread = self.inner.unread.read().await;
        Err(unread.get(&business).map_or(Trouble::NoBusiness, |unread| unread.trouble.clone()))
    }
}

/// How long the start waits for a program that is about to end: whoever updates the app starts the new one first, and
/// whoever starts it while it ends has no other. Longer than the shell's end takes at most (`src-tauri/quit.rs`).
const ENDING: Duration = Duration::from_secs(5);

/// Keeps other programs out of the folder.
async fn lock(folder: &Path) -> Result<fs::File, Trouble> {
    let failed = |error: std::io::Error| Trouble::Storage { detail: error.to_string() };
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(failed)?;
    let path = folder.join("datebook.lock");
    let file = fs::OpenOptions::new().create(true).truncate(false).write(true).open(path).map_err(failed)?;
    let since = Instant::now();
    loop {
        return match file.try_lock() {
            Ok(()) => Ok(file),
            Err(fs::TryLockError::WouldBlock) if since.elapsed() < ENDING => {
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            }
            Err(fs::TryLockError::WouldBlock) => Err(Trouble::Storage { detail: "the folder is in use".to_owned() }),
            // Some file systems know no locks; then nobody else is kept away, as on most.
            Err(fs::TryLockError::Error(error)) if error.kind() == std::io::ErrorKind::Unsupported => Ok(file),
            Err(fs::TryLockError::Error(error)) => Err(failed(error)),
        };
    }
}
