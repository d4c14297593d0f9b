//! A device: the app over its own file, with a network that the simulation holds in its hands.
//!
//! **Invariant:** every command that the device took is in its outbox until it has its verdict or was taken back unsent;
//! looked at after each thing the device does.
//!
//! Design. All that a device does runs on a runtime of its own, on the simulation's thread, until it asks the network
//! for something or has come to its end. Cutting it drops the runtime with everything in it where it stands; the file
//! and the vault stay.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    pin::Pin,
    sync::{Arc, Mutex},
};

use client::{
    App, Event, MemoryVault, Receipt, Trouble,
    transport::{Heard, NoAnswer, Request, Response, Transport},
};
use domain::{CommandId, Refusal};
use portal::Command;
use tokio::{
    runtime::{Builder, Runtime},
    sync::{Notify, broadcast, oneshot},
    task::JoinHandle,
};
use uuid::Uuid;

use crate::{gate::STUCK, shop, time::DeviceClock};

/// Where an answer is waited for.
pub(crate) type Reply = oneshot::Sender<Result<Response, NoAnswer>>;

type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The device's end of the network.
#[derive(Default)]
struct Line {
    asked: Mutex<Option<(Request, Reply)>>,
    bell: Notify,
}

impl Transport for Line {
    fn send(&self, request: Request) -> Boxed<'_, Result<Response, NoAnswer>> {
        Box::pin(async move {
            let (reply, answer) = oneshot::channel();
            let before = self.asked.lock().unwrap().replace((request, reply));
            assert!(before.is_none(), "a device asks for one thing at a time here");
            self.bell.notify_one();
            answer.await.unwrap_or_else(|_| Err(NoAnswer("cut off".to_owned())))
        })
    }

    fn listen(&self, _: Request) -> Boxed<'_, Result<Heard, NoAnswer>> {
        Box::pin(async { Err(NoAnswer("there are no pokes in a simulation: it says when to pull".to_owned())) })
    }
}

/// What a device has come to.
pub(crate) enum Came {
    /// It asks the network for something.
    Asked(Request, Reply),
    /// It is done.
    Ended(Result<(), Trouble>),
}

/// A command that a device took.
#[derive(Debug, Clone)]
pub(crate) struct Given {
    pub(crate) id: CommandId,
    pub(crate) command: Command,
    /// Whether its customer took it back, and whether it may have been sent by then.
    pub(crate) withdrawn: Option<Sent>,
}

/// Whether a command may have left its device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sent {
    No,
    Perhaps,
}

/// A device.
pub(crate) struct Device {
    pub(crate) customer: usize,
    pub(crate) clock: Arc<DeviceClock>,
    pub(crate) folder: PathBuf,
    vault: Arc<MemoryVault>,
    on: Option<On>,
    business: Uuid,
    /// Every command that it ever took, in order.
    pub(crate) given: Vec<Given>,
    /// The verdicts that it told its screens of: whether they were a yes.
    pub(crate) heard: BTreeMap<CommandId, bool>,
    /// The refusals it has shown.
    pub(crate) refusals: BTreeMap<CommandId, Refusal>,
    /// Commands that were gone after a restart without a word: their verdict was kept, and told to nobody any more.
    pub(crate) silent: BTreeSet<CommandId>,
    /// Whether what was last said to it was that the server cannot serve it now.
    pub(crate) turned_away: bool,
}

/// A device that is on.
struct On {
    runtime: Runtime,
    app: App,
    line: Arc<Line>,
    events: broadcast::Receiver<Event>,
    doing: Option<JoinHandle<Result<(), Trouble>>>,
}

impl Device {
    /// A new device with an empty folder, which is on.
    pub(crate) fn new(customer: usize, folder: PathBuf, clock: DeviceClock) -> Result<Self, String> {
        let mut device = Self {
            customer,
            clock: Arc::new(clock),
            folder,
            vault: Arc::default(),
            on: None,
            business: Uuid::nil(),
            given: Vec::new(),
            heard: BTreeMap::new(),
            refusals: BTreeMap::new(),
            silent: BTreeSet::new(),
            turned_away: false,
        };
        device.start()?;
        Ok(device)
    }

    /// Starts its program.
    fn start(&mut self) -> Result<(), String> {
        let runtime = Builder::new_current_thread().enable_time().build().map_err(|error| error.to_string())?;
        let line = Arc::new(Line::default());
        let app = App::open_with(&self.folder, self.vault.clone(), self.clock.clone(), line.clone());
        let app = within(&runtime, app)?.map_err(|trouble| format!("the app does not open: {trouble}"))?;
        let events = app.events();
        self.on = Some(On { runtime, app, line, events, doing: None });
        Ok(())
    }

    /// Ends its program without a warning.
    pub(crate) fn stop(&mut self) {
        if let Some(On { runtime, app, .. }) = self.on.take() {
            // What is under way is dropped first, where it stands.
            drop(runtime);
            drop(app);
        }
    }

    /// Ends its program without a warning and starts it again.
    pub(crate) fn cut(&mut self) -> Result<(), String> {
        self.stop();
        self.start()?;
        let open: BTreeSet<_> = self.outbox()?.into_iter().map(|waiting| waiting.id).collect();
        let known = |given: &&Given| {
            given.withdrawn != Some(Sent::No) && !self.heard.contains_key(&given.id) && !open.contains(&given.id)
        };
        let silent: Vec<_> = self.given.iter().filter(known).map(|given| given.id).collect();
        self.silent.extend(silent);
        self.look()
    }

    fn on(&mut self) -> &mut On {
        self.on.as_mut().expect("the device is on")
    }

    /// Whether it talks to the network.
    pub(crate) fn busy(&self) -> bool {
        self.on.as_ref().is_some_and(|on| on.doing.is_some())
    }

    /// Begins something that needs the network.
    fn begin<F>(&mut self, doing: impl FnOnce(App, Uuid) -> F)
    where
        F: Future<Output = Result<(), Trouble>> + Send + 'static,
    {
        let business = self.business;
        let on = self.on();
        let doing = doing(on.app.clone(), business);
        on.doing = Some(on.runtime.spawn(doing));
    }

    /// Begins to get to know the business.
    pub(crate) fn connect(&mut self) {
        self.begin(|app, _| async move { app.connect(shop::ADDRESS).await.map(drop) });
    }

    /// Begins to ask for a mail.
    pub(crate) fn request_mail(&mut self, email: String) {
        if let Some(on) = &self.on
            && let Ok(Ok(cards)) = within(&on.runtime, on.app.businesses())
        {
            self.business = cards.first().map_or(Uuid::nil(), |card| card.id);
        }
        self.begin(|app, business| async move { app.request_link(business, &email).await.map(drop) });
    }

    /// Begins to sign in.
    pub(crate) fn sign_in(&mut self, digits: String) {
        self.begin(|app, business| async move { app.sign_in_with_digits(business, &digits).await });
    }

    /// Begins to sync.
    pub(crate) fn sync(&mut self) {
        self.begin(|app, business| async move { app.sync_now(business).await });
    }

    /// Lets it go on until it needs the network or is done.
    pub(crate) fn go_on(&mut self) -> Result<Came, String> {
        let on = self.on();
        let mut doing = on.doing.take().ok_or("a device that does nothing cannot go on")?;
        let line = Arc::clone(&on.line);
        let ended = within(&on.runtime, async {
            tokio::select! {
                biased;
                ended = &mut doing => Some(ended),
                () = line.bell.notified() => None,
            }
        })?;
        let came = match ended {
            Some(ended) => Came::Ended(ended.map_err(|error| format!("a device broke: {error}"))?),
            None => {
                on.doing = Some(doing);
                let (request, reply) = line.asked.lock().unwrap().take().ok_or("a bell without a request")?;
                Came::Asked(request, reply)
            }
        };
        self.look()?;
        Ok(came)
    }

    /// What waits.
    pub(crate) fn outbox(&self) -> Result<Vec<client::Waiting>, String> {
        let on = self.on.as_ref().ok_or("the device is off")?;
        within(&on.runtime, on.app.outbox(self.business))?.map_err(|trouble| trouble.to_string())
    }

    /// The refusals that were not put away.
    pub(crate) fn notices(&self) -> Result<Vec<client::Notice>, String> {
        let on = self.on.as_ref().ok_or("the device is off")?;
        within(&on.runtime, on.app.notices(self.business))?.map_err(|trouble| trouble.to_string())
    }

    /// Its customer gives a command. Says whether it was taken.
    pub(crate) fn execute(&mut self, command: Command) -> Result<bool, String> {
        let business = self.business;
        let on = self.on();
        let receipt = within(&on.runtime, on.app.execute(business, command.clone()))?;
        let taken = match receipt.map_err(|trouble| format!("a device cannot take a command: {trouble}"))? {
            Receipt::Waiting { command: id } => {
                self.given.push(Given { id, command, withdrawn: None });
                true
            }
            Receipt::Refused { .. } => false,
            Receipt::Accepted { .. } => return Err("a device has no last word".to_owned()),
        };
        self.look()?;
        Ok(taken)
    }

    /// Its customer takes a command back. Says whether that was in time.
    pub(crate) fn withdraw(&mut self, nth: usize) -> Result<Option<Sent>, String> {
        let outbox = self.outbox()?;
        if outbox.is_empty() {
            return Ok(None);
        }
        let waiting = &outbox[nth % outbox.len()];
        let sent = if waiting.sent { Sent::Perhaps } else { Sent::No };
        let business = self.business;
        let on = self.on();
        let answer = within(&on.runtime, on.app.withdraw(business, waiting.id))?;
        let again = waiting.command == Command::Withdrawn;
        match answer {
            Ok(()) if !again => {
                let given = self.given.iter_mut().find(|given| given.id == waiting.id);
                given.ok_or("a command waits that nobody gave")?.withdrawn = Some(sent);
            }
            Err(Trouble::TooLate) if again => return Ok(None),
            answer => return Err(format!("{waiting:?} was taken back and answered {answer:?}")),
        }
        self.look()?;
        Ok(Some(sent))
    }

    /// Its customer puts a refusal away. Says whether there was one.
    pub(crate) fn dismiss(&mut self, nth: usize) -> Result<bool, String> {
        let notices = self.notices()?;
        if notices.is_empty() {
            return Ok(false);
        }
        let (business, id) = (self.business, notices[nth % notices.len()].id);
        let on = self.on();
        within(&on.runtime, on.app.dismiss(business, id))?.map_err(|trouble| trouble.to_string())?;
        self.look()?;
        Ok(true)
    }

    /// Takes in what it shows, and that nothing is missing in it.
    fn look(&mut self) -> Result<(), String> {
        if self.business.is_nil() {
            // It has not met anybody yet.
            return Ok(());
        }
        while let Ok(event) = self.on().events.try_recv() {
            if let Event::Verdict { command, accepted, .. } = event
                && self.heard.insert(command, accepted).is_some()
            {
                return Err(format!("{command} was told its verdict twice"));
            }
        }
        for notice in self.notices()? {
            self.refusals.insert(notice.id, notice.refusal);
        }
        let open: BTreeSet<_> = self.outbox()?.into_iter().map(|waiting| waiting.id).collect();
        for given in &self.given {
            let over = self.heard.contains_key(&given.id)
                || given.withdrawn == Some(Sent::No)
                || self.silent.contains(&given.id);
            if over == open.contains(&given.id) {
                let what = if over { "is over and still shows as waiting" } else { "was lost without a word" };
                return Err(format!("{given:?} {what}"));
            }
        }
        Ok(())
    }
}

/// Runs something of a device to its end, which it comes to without the network.
fn within<T>(runtime: &Runtime, work: impl Future<Output = T>) -> Result<T, String> {
    let timed = runtime.block_on(async { tokio::time::timeout(STUCK, work).await });
    timed.map_err(|_| "a device waits for what never comes".to_owned())
}
