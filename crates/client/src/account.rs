//! One business on this device.
//!
//! **Invariant:** a view sees a mirror and the overlay that was made from that very mirror. **Invariant:** no view and no
//! command waits for the network. **Invariant:** what is shown as waiting is on disk.
//!
//! Design. [`Account::shown`] is what screens see, replaced as a whole. While a pull writes page after page into the
//! mirror, screens go on reading a snapshot from before its first page (`frozen`); when it is through, the overlay is
//! made anew and both change in one step. [`Account::desk`] is held by whoever changes what is this device's own, for
//! the time of a local commit; `syncing` by whoever talks to the server about commands and documents.

mod commands;
mod passes;
mod session;
mod shown;
mod token;

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use domain::CommandId;
use portal::{Context, View};
use protocol::Hello;
use store::{Read, Store, sqlite::SqliteStore};
use tokio::sync::{Mutex, Notify, OwnedMutexGuard, RwLock, broadcast, watch};
use uuid::Uuid;

use self::{shown::Shown, token::Token};
use crate::{
    BusinessCard, Clock, Connection, Event, Notice, Reply, Trouble, Vault, Waiting, check_in,
    desk::{self, Desk},
    layered::Layered,
    replay::{actor, replay},
    sync::{Failed, Lesson},
    wire::Wire,
};

/// One business on this device.
pub(crate) struct Account {
    pub(crate) id: Uuid,
    pub(crate) store: SqliteStore,
    pub(crate) wire: Wire,
    pub(crate) surroundings: Surroundings,
    desk: Arc<Mutex<Desk>>,
    shown: RwLock<Arc<Shown>>,
    token: watch::Sender<Token>,
    connection: watch::Sender<Connection>,
    pub(crate) syncing: Mutex<()>,
    /// Rings when there is something to sync, or a new reason to try.
    pub(crate) bell: Notify,
    /// Whether the next round begins with a pull, whatever the pokes say.
    stale: AtomicBool,
    /// Set when the business was removed from this device: nothing is written for it any more.
    removed: AtomicBool,
    /// The session in whose name the server was told this device's key.
    pub(crate) enrolled: Mutex<Option<Arc<str>>>,
    /// The session for which the vault gave no key.
    pub(crate) keyless: Mutex<Option<Arc<str>>>,
    /// Held by whoever tells the server this device's key.
    pub(crate) enrolling: Mutex<()>,
    /// Held while the key is looked for, made or forgotten, and while a session ends or begins; the desk comes first.
    pub(crate) keymaking: Mutex<()>,
    /// Held by whoever asks the vault for a token that it has not given yet.
    unlocking: Mutex<()>,
}

/// What all businesses of an app share.
#[derive(Clone)]
pub(crate) struct Surroundings {
    pub(crate) vault: Arc<dyn Vault>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) events: broadcast::Sender<Event>,
}

/// Who talks to the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Session {
    /// Nobody in particular.
    Anonymous,
    /// A customer, with this token.
    Open(Arc<str>),
    /// A customer who has to sign in again.
    Ended,
    /// A customer whose token cannot be read at present ([`Account::unlocked`]).
    Locked,
}

impl Session {
    pub(crate) fn token(&self) -> Option<&str> {
        match self {
            Self::Open(token) => Some(token),
            _ => None,
        }
    }
}

impl Account {
    /// Opens a business that was connected before; nothing when its desk was never written.
    pub(crate) async fn open(
        id: Uuid,
        store: SqliteStore,
        wire: Wire,
        surroundings: Surroundings,
    ) -> Result<Option<Arc<Self>>, Trouble> {
        let Some(desk) = Desk::load(&store.snapshot().await?).await? else { return Ok(None) };
        let (token, connection) = match desk.account.customer {
            Some(_) => (Token::Unread, Token::Unread.connection()),
            None => (Token::None, Connection::Connecting),
        };
        forget_strangers(&store, &desk).await?;
        let preview = replay(&store.snapshot().await?, &desk).await?;
        let shown = Shown { desk: desk.clone(), preview, frozen: None };
        let account = Arc::new(Self {
            id,
            store,
            wire,
            surroundings,
            desk: Arc::new(Mutex::new(desk)),
            shown: RwLock::new(Arc::new(shown)),
            token: watch::Sender::new(token),
            connection: watch::Sender::new(connection),
            syncing: Mutex::default(),
            bell: Notify::new(),
            stale: AtomicBool::new(true),
            removed: AtomicBool::new(false),
            enrolled: Mutex::default(),
            keyless: Mutex::default(),
            enrolling: Mutex::default(),
            keymaking: Mutex::default(),
            unlocking: Mutex::default(),
        });
        account.unlocked_soon().await;
        Ok(Some(account))
    }

    /// Begins the desk of a business, so that [`open`](Self::open) finds it.
    pub(crate) async fn found(store: &SqliteStore, hello: Hello) -> Result<(), Trouble> {
        store.commit(Desk::new(hello).changes(None)).await?;
        Ok(())
    }

    /// Ends everything that goes on for a business; what is under way finds itself overtaken.
    pub(crate) async fn remove(&self, lose_waiting: bool) -> Result<(), Trouble> {
        self.unlocked_if_possible().await;
        let desk = self.desk().await;
        let waiting = desk.count();
        if waiting > 0 && !lose_waiting {
            return Err(Trouble::StillWaiting { waiting });
        }
        let keys = self.keys().await;
        // First what may fail: a vault that stays shut leaves everything as it was.
        self.forget_key(&keys).await?;
        keep_secret(&self.surroundings.vault, self.id, |vault, name| vault.delete(name)).await?;
        self.removed.store(true, Ordering::SeqCst);
        let token = self.token.send_replace(Token::None);
        self.say_goodbye(token.known());
        Ok(())
    }

    /// Removes everything of a business from the file.
    pub(crate) async fn erase(store: &SqliteStore) -> Result<(), Trouble> {
        for space in store.snapshot().await?.spaces("").await? {
            store.forget(&space).await?;
        }
        Ok(())
    }

    /// Answers a view.
    pub(crate) async fn view(&self, view: &View) -> Result<Reply, Trouble> {
        let (shown, base) = self.look().await?;
        let layered = Layered { base: &*base, overlay: &shown.preview.overlay };
        let context = Context { now: self.surroundings.clock.now(), actor: actor(shown.desk.account.customer) };
        Ok(match portal::view(&layered, &context, view).await? {
            Ok(screen) => Reply::Screen { screen },
            Err(refusal) => Reply::Refused { refusal },
        })
    }

    /// The commands that have no verdict yet, in order.
    pub(crate) async fn outbox(&self) -> Vec<Waiting> {
        let shown = self.shown().await;
        let waiting = |kept: &desk::Kept| Waiting {
            id: kept.id,
            command: kept.command.clone(),
            given: kept.given,
            sent: kept.number.is_some(),
            doubt: shown.preview.doubts.get(&kept.id).cloned(),
            about: kept.about.clone(),
        };
        shown.desk.open().map(waiting).collect()
    }

    /// The refusals that were not put away, the latest first.
    pub(crate) async fn notices(&self) -> Vec<Notice> {
        self.shown().await.desk.notices.iter().rev().cloned().collect()
    }

    /// How the business shows on this device.
    pub(crate) async fn card(&self) -> BusinessCard {
        let shown = self.shown().await;
        let Desk { account, notices, .. } = &shown.desk;
        let hello = account.hello.clone();
        BusinessCard {
            id: self.id,
            address: self.wire.address().to_owned(),
            name: hello.name,
            tagline: hello.tagline,
            logo: hello.logo,
            colour: hello.colour,
            demo_email: hello.demo_email,
            wallets: hello.wallets,
            customer: account.customer,
            connection: *self.connection.borrow(),
            as_of: account.as_of,
            ready: account.ready,
            waiting: shown.desk.count(),
            refused: u32::try_from(notices.len()).unwrap_or(u32::MAX),
        }
    }

    /// Asks the server who it is and keeps the answer.
    pub(crate) async fn greet(self: &Arc<Self>) -> Result<(), Trouble> {
        let hello = self.wire.hello().await?;
        let mut desk = self.desk().await;
        let session = self.session().await;
        if desk.account.hello == hello || session == Session::Ended {
            return Ok(());
        }
        let account = Arc::clone(self);
        to_the_end(async move {
            account
                .change(&mut desk, |desk| {
                    desk.account.hello = hello;
                    Ok(())
                })
                .await?;
            account.confirm(&desk).await;
            Ok(())
        })
        .await
    }

    /// Has the server's word on everything now.
    pub(crate) async fn sync(self: &Arc<Self>) -> Result<(), Trouble> {
        let session = self.unlocked().await?;
        if session == Session::Ended {
            return Err(Trouble::NotSignedIn);
        }
        let result = self.sync_once().await;
        if let (Err(failed), Session::Open(token)) = (&result, &session)
            && failed.lesson() == Lesson::SignIn
        {
            self.end_session(token).await;
        }
        // Now is a good time for the background too, or a bad one.
        self.ring(result.is_err());
        Ok(result?)
    }

    async fn sync_once(self: &Arc<Self>) -> Result<(), Failed> {
        let syncing = self.syncing.lock().await;
        let sent = self.push_all().await;
        // A push of which nothing comes keeps no news away.
        if sent.as_ref().err().is_none_or(Failed::is_of_this_request) {
            self.pull().await?;
            drop(syncing);
            self.enrol().await;
        }
        sent
    }

    /// Sends everything that waits: a push takes a hundred commands at most.
    async fn push_all(self: &Arc<Self>) -> Result<(), Failed> {
        while self.push().await? {}
        Ok(())
    }

    /// Changes the desk on disk, then here. Must not be given up half way: see [`to_the_end`].
    pub(crate) async fn change<T>(
        &self,
        desk: &mut Desk,
        how: impl FnOnce(&mut Desk) -> Result<T, Trouble> + Send,
    ) -> Result<T, Trouble>
    where
        T: Send,
    {
        self.is_here()?;
        let mut next = desk.clone();
        let answer = how(&mut next)?;
        let batch = next.changes(Some(desk));
        if !batch.writes.is_empty() {
            self.store.commit(batch).await?;
        }
        *desk = next;
        Ok(answer)
    }

    /// Whoever waited for the desk while the business was removed comes too late.
    pub(crate) fn is_here(&self) -> Result<(), Trouble> {
        if self.removed.load(Ordering::SeqCst) { Err(Trouble::NoBusiness) } else { Ok(()) }
    }

    /// The desk, for whoever wants to change it. Do so in [`to_the_end`].
    pub(crate) async fn desk(&self) -> OwnedMutexGuard<Desk> {
        Arc::clone(&self.desk).lock_owned().await
    }

    /// Who talks to the server now.
    pub(crate) async fn session(&self) -> Session {
        if self.removed.load(Ordering::SeqCst) {
            return Session::Ended;
        }
        let customer = self.shown().await.desk.account.customer;
        match (&*self.token.borrow(), customer) {
            (_, None) => Session::Anonymous,
            (Token::Known(token), Some(_)) => Session::Open(Arc::clone(token)),
            (Token::Unread, Some(_)) => Session::Locked,
            (Token::None, Some(_)) => Session::Ended,
        }
    }

    /// Notes how things stand with the server.
    pub(crate) fn connected(&self, connection: Connection) {
        let changed = self.connection.send_if_modified(|now| std::mem::replace(now, connection) != connection);
        if changed {
            self.tell(Event::Card { business: self.id });
        }
    }

    /// How things stand with the server.
    pub(crate) fn connection(&self) -> Connection {
        *self.connection.borrow()
    }

    /// Has the sync look at once whether there is something to do; `stale` also has it pull.
    pub(crate) fn ring(&self, stale: bool) {
        if stale {
            self.stale.store(true, Ordering::SeqCst);
        }
        self.bell.notify_one();
    }

    /// Whether a pull was asked for since this was last called.
    pub(crate) fn take_stale(&self) -> bool {
        self.stale.swap(false, Ordering::SeqCst)
    }

    /// Tells whoever listens.
    pub(crate) fn tell(&self, event: Event) {
        // Nobody may be listening; screens ask again when they open.
        let _ = self.surroundings.events.send(event);
    }

    /// Puts a refusal away.
    pub(crate) async fn dismiss(&self, command: CommandId) -> Result<(), Trouble> {
        let mut desk = self.desk().await;
        self.change(&mut desk, |desk| {
            desk.dismiss(command);
            Ok(())
        })
        .await?;
        self.show(&desk).await
    }
}

/// Does something on a task of its own, which comes to its end even when nobody waits for it any more: what was committed
/// takes effect on disk whoever listens, and memory has to follow.
pub(crate) async fn to_the_end<T: Send + 'static>(
    work: impl Future<Output = Result<T, Trouble>> + Send + 'static,
) -> Result<T, Trouble> {
    let stopped = |error: tokio::task::JoinError| Trouble::Storage { detail: error.to_string() };
    tokio::spawn(work).await.map_err(stopped)?
}

/// Customers' spaces that are not of whoever is signed in were left behind by a sign-out that did not come to its end.
async fn forget_strangers(store: &SqliteStore, desk: &Desk) -> Result<(), Trouble> {
    let own = desk.account.customer.map(portal::spaces::customer);
    for space in store.snapshot().await?.spaces("customer/").await? {
        if Some(&space) != own.as_ref() {
            store.forget(&space).await?;
        }
    }
    Ok(())
}

/// Takes everything of a business out of the vault, also of one that cannot be read. Gives the session's token.
pub(crate) async fn forget_secrets(vault: &Arc<dyn Vault>, business: Uuid) -> Result<Option<String>, Trouble> {
    keep_secret(vault, business, move |vault, session| {
        let token = vault.get(session)?;
        vault.delete(&check_in::secret(business))?;
        vault.delete(session)?;
        Ok(token)
    })
    .await
}

/// Uses the vault on a thread that may block: a keychain may ask its owner for a password.
async fn keep_secret<T: Send + 'static>(
    vault: &Arc<dyn Vault>,
    business: Uuid,
    how: impl FnOnce(&dyn Vault, &str) -> Result<T, crate::VaultError> + Send + 'static,
) -> Result<T, Trouble> {
    let vault = Arc::clone(vault);
    let name = format!("session-{business}");
    let answer = tokio::task::spawn_blocking(move || how(&*vault, &name)).await;
    let failed = |detail: String| Trouble::Storage { detail };
    answer.map_err(|stopped| failed(stopped.to_string()))?.map_err(|error| failed(error.to_string()))
}

impl From<store::CommitError> for Trouble {
    fn from(error: store::CommitError) -> Self {
        Self::Storage { detail: error.to_string() }
    }
}
