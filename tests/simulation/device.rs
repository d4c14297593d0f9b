//! A device: the app over its own file, with a network that the simulation holds in its hands.
//!
//! **Invariant:** every command that the device took is in its outbox until it has its verdict or was taken back unsent;
//! looked at after each thing the device does.
//!
//! Design. All that a device does runs on a runtime of its own, on the simulation's thread, until it asks the network
//! for something or has come to its end. Cutting it drops the runtime with everything in it where it stands; the file
//! and the vault stay. A [`Fuse`] cuts it in the middle.

mod halt;
mod line;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    rc::Rc,
    sync::Arc,
};

use client::{App, Connection, Event, Receipt, Trouble, transport::Request};
use domain::{CommandId, Refusal};
use portal::Command;
use tokio::{
    runtime::{Builder, Runtime},
    sync::broadcast,
    task::JoinHandle,
};
use uuid::Uuid;

pub(crate) use self::{halt::Halt, line::Reply};

use self::line::Line;
use crate::{
    fuse::{End, Fuse},
    gate::STUCK,
    shop,
    time::DeviceClock,
};

/// What a device does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Doing {
    Nothing,
    Meet,
    Ask,
    Prove,
    Sync,
    Execute,
    Withdraw,
    Dismiss,
}

/// How a device stands with the business.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It has not met it.
    Unknown,
    /// Nobody is signed in, or no longer.
    SignedOut,
    SignedIn,
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
    fuse: Rc<Fuse>,
    on: Option<On>,
    business: Uuid,
    /// What it needs the network for, or did last.
    pub(crate) doing: Doing,
    /// What it is at just now.
    pub(crate) at: Doing,
    /// Whether its customer has asked for digits.
    pub(crate) asked: bool,
    /// What is being taken back, and whether it may have been sent.
    taking_back: Option<(CommandId, Sent)>,
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
    fuse: Rc<Fuse>,
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
            fuse: Rc::new(Fuse::new()),
            on: None,
            business: Uuid::nil(),
            doing: Doing::Nothing,
            at: Doing::Nothing,
            asked: false,
            taking_back: None,
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
        let vault = Arc::clone(&self.fuse.keychain);
        let app = App::open_with(&self.folder, vault, self.clock.clone(), line.clone());
        let app = within(&runtime, &self.fuse, app)?.map_err(|trouble| format!("the app does not open: {trouble}"))?;
        let events = app.events();
        self.on = Some(On { runtime, fuse: Rc::clone(&self.fuse), app, line, events, doing: None });
        self.meet()
    }

    /// Takes note of the business, once it is known.
    fn meet(&mut self) -> Result<(), String> {
        let on = self.on.as_ref().ok_or("the device is off")?;
        let cards = on.within(on.app.businesses())?.map_err(|trouble| trouble.to_string())?;
        self.business = cards.first().map_or(Uuid::nil(), |card| card.id);
        Ok(())
    }

    /// How it stands with the business.
    pub(crate) fn standing(&mut self) -> Result<Standing, String> {
        self.meet()?;
        let on = self.on.as_ref().ok_or("the device is off")?;
        let cards = on.within(on.app.businesses())?.map_err(|trouble| trouble.to_string())?;
        Ok(match cards.first() {
            None => Standing::Unknown,
            Some(card) if card.customer.is_none() || card.connection == Connection::SessionEnded => Standing::SignedOut,
            Some(_) => Standing::SignedIn,
        })
    }

    /// Whether its program has come to its end by a fuse.
    pub(crate) fn has_blown(&self) -> bool {
        self.fuse.has_blown()
    }

    /// Whether it has not met the business.
    pub(crate) fn is_new(&self) -> bool {
        self.business.is_nil()
    }

    /// From now on its program ends at that of its waits.
    pub(crate) fn put_fuse(&self, end: End) {
        self.fuse.put(end);
    }

    /// Takes a fuse out that did not blow.
    pub(crate) fn remove_fuse(&self) {
        self.fuse.remove();
    }

    /// Ends its program without a warning.
    pub(crate) fn stop(&mut self) {
        if let Some(On { runtime, app, .. }) = self.on.take() {
            // What is under way is dropped first, where it stands; who stands at the keychain is not waited for.
            runtime.shutdown_background();
            drop(app);
        }
        self.fuse.remove();
    }

    /// Ends its program without a warning and starts it again. Gives the commands that it took and never said so.
    pub(crate) fn cut(&mut self) -> Result<Vec<Command>, String> {
        // What it said until then was said.
        self.hear()?;
        self.stop();
        self.start()?;
        let outbox = self.outbox()?;
        let mut taken = Vec::new();
        for waiting in &outbox {
            if waiting.command != Command::Withdrawn && !self.given.iter().any(|given| given.id == waiting.id) {
                let command = waiting.command.clone();
                self.given.push(Given { id: waiting.id, command: command.clone(), withdrawn: None });
                taken.push(command);
            }
        }
        if taken.len() > usize::from(self.at == Doing::Execute) {
            return Err(format!("commands wait that nobody gave: {taken:?}"));
        }
        if let Some((id, sent)) = self.taking_back.take() {
            let there = outbox.iter().find(|waiting| waiting.id == id);
            if there.is_none_or(|waiting| waiting.command == Command::Withdrawn)
                && let Some(given) = self.given.iter_mut().find(|given| given.id == id)
            {
                given.withdrawn = Some(sent);
            }
        }
        let open: BTreeSet<_> = outbox.into_iter().map(|waiting| waiting.id).collect();
        let known = |given: &&Given| {
            given.withdrawn != Some(Sent::No) && !self.heard.contains_key(&given.id) && !open.contains(&given.id)
        };
        let silent: Vec<_> = self.given.iter().filter(known).map(|given| given.id).collect();
        self.silent.extend(silent);
        (self.doing, self.at) = (Doing::Nothing, Doing::Nothing);
        self.look()?;
        Ok(taken)
    }

    fn on(&mut self) -> &mut On {
        self.on.as_mut().expect("the device is on")
    }

    /// Whether it talks to the network.
    pub(crate) fn busy(&self) -> bool {
        self.on.as_ref().is_some_and(|on| on.doing.is_some())
    }

    /// Begins something that needs the network.
    fn begin<F>(&mut self, what: Doing, doing: impl FnOnce(App, Uuid) -> F)
    where
        F: Future<Output = Result<(), Trouble>> + Send + 'static,
    {
        self.doing = what;
        let business = self.business;
        let on = self.on();
        let doing = doing(on.app.clone(), business);
        on.doing = Some(on.runtime.spawn(doing));
    }

    /// Begins to get to know the business.
    pub(crate) fn connect(&mut self) {
        self.begin(Doing::Meet, |app, _| async move { app.connect(shop::ADDRESS).await.map(drop) });
    }

    /// Begins to ask for a mail.
    pub(crate) fn request_mail(&mut self, email: String) {
        self.asked = true;
        self.begin(Doing::Ask, |app, business| async move { app.request_link(business, &email).await.map(drop) });
    }

    /// Begins to sign in.
    pub(crate) fn sign_in(&mut self, digits: String) {
        self.begin(Doing::Prove, |app, business| async move { app.sign_in_with_digits(business, &digits).await });
    }

    /// Begins to sync.
    pub(crate) fn sync(&mut self) {
        self.begin(Doing::Sync, |app, business| async move { app.sync_now(business).await });
    }

    /// Lets it go on until it needs the network or is done.
    pub(crate) fn go_on(&mut self) -> Result<Came, Halt> {
        self.at = self.doing;
        let on = self.on();
        let mut doing = on.doing.take().ok_or("a device that does nothing cannot go on")?;
        let line = Arc::clone(&on.line);
        let ended = on.within(async {
            tokio::select! {
                biased;
                ended = &mut doing => Some(ended),
                () = line.bell.notified() => None,
            }
        })?;
        let came = match ended {
            Some(ended) => {
                let ended = ended.map_err(|error| format!("a device broke: {error}"))?;
                if self.doing == Doing::Meet {
                    self.meet()?;
                }
                Came::Ended(ended)
            }
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
        if self.business.is_nil() {
            return Ok(Vec::new());
        }
        on.within(on.app.outbox(self.business))?.map_err(|trouble| trouble.to_string())
    }

    /// The refusals that were not put away.
    pub(crate) fn notices(&self) -> Result<Vec<client::Notice>, String> {
        let on = self.on.as_ref().ok_or("the device is off")?;
        if self.business.is_nil() {
            return Ok(Vec::new());
        }
        on.within(on.app.notices(self.business))?.map_err(|trouble| trouble.to_string())
    }

    /// Its customer gives a command. Says whether it was taken.
    pub(crate) fn execute(&mut self, command: Command) -> Result<bool, Halt> {
        let business = self.business;
        if business.is_nil() {
            return Ok(false);
        }
        self.at = Doing::Execute;
        let on = self.on();
        let receipt = on.within(on.app.execute(business, command.clone()))?;
        let taken = match receipt.map_err(|trouble| format!("a device cannot take a command: {trouble}"))? {
            Receipt::Waiting { command: id } => {
                self.given.push(Given { id, command, withdrawn: None });
                true
            }
            Receipt::Refused { .. } => false,
            Receipt::Accepted { .. } => return Err("a device has no last word".into()),
        };
        self.look()?;
        Ok(taken)
    }

    /// Its customer takes a command back. Says whether that was in time.
    pub(crate) fn withdraw(&mut self, nth: usize) -> Result<Option<Sent>, Halt> {
        let outbox = self.outbox()?;
        if outbox.is_empty() {
            return Ok(None);
        }
        let waiting = &outbox[nth % outbox.len()];
        let sent = if waiting.sent { Sent::Perhaps } else { Sent::No };
        let business = self.business;
        let again = waiting.command == Command::Withdrawn;
        self.at = Doing::Withdraw;
        self.taking_back = (!again).then_some((waiting.id, sent));
        let on = self.on();
        let answer = on.within(on.app.withdraw(business, waiting.id))?;
        self.taking_back = None;
        match answer {
            Ok(()) if !again => {
                let given = self.given.iter_mut().find(|given| given.id == waiting.id);
                given.ok_or("a command waits that nobody gave")?.withdrawn = Some(sent);
            }
            Err(Trouble::TooLate) if again => return Ok(None),
            answer => return Err(format!("{waiting:?} was taken back and answered {answer:?}").into()),
        }
        self.look()?;
        Ok(Some(sent))
    }

    /// Its customer puts a refusal away. Says whether there was one.
    pub(crate) fn dismiss(&mut self, nth: usize) -> Result<bool, Halt> {
        let notices = self.notices()?;
        if notices.is_empty() {
            return Ok(false);
        }
        let (business, id) = (self.business, notices[nth % notices.len()].id);
        self.at = Doing::Dismiss;
        let on = self.on();
        on.within(on.app.dismiss(business, id))?.map_err(|trouble| trouble.to_string())?;
        self.look()?;
        Ok(true)
    }

    /// What it was given and told.
    pub(crate) fn in_words(&self) -> String {
        let Self { customer, given, heard, refusals, silent, .. } = self;
        format!("customer {customer}: {given:?} {heard:?} {refusals:?} {silent:?}")
    }

    /// Takes in what it shows, and that nothing is missing in it.
    fn look(&mut self) -> Result<(), String> {
        if self.business.is_nil() {
            // It has not met anybody yet.
            return Ok(());
        }
        self.hear()?;
        for notice in self.notices()? {
            self.refusals.insert(notice.id, notice.refusal);
        }
        let open: BTreeSet<_> = self.outbox()?.into_iter().map(|waiting| waiting.id).collect();
        for given in &self.given {
            let over = self.heard.contains_key(&given.id)
                || given.withdrawn == Some(Sent::No)
                || self.silent.contains(&given.id);
            match (over, open.contains(&given.id)) {
                (true, true) => return Err(format!("{given:?} is over and still shows as waiting")),
                // Of what was taken back and did not happen nobody is told.
                (false, false) if given.withdrawn != Some(Sent::Perhaps) => {
                    return Err(format!("{given:?} was lost without a word"));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Takes in the verdicts that it tells its screens of.
    fn hear(&mut self) -> Result<(), String> {
        while let Ok(event) = self.on().events.try_recv() {
            if let Event::Verdict { command, accepted, .. } = event
                && self.heard.insert(command, accepted).is_some()
            {
                return Err(format!("{command} was told its verdict twice"));
            }
        }
        Ok(())
    }
}

impl On {
    /// Runs something of this device to its end, which it comes to without the network, or until its fuse blows.
    fn within<T>(&self, work: impl Future<Output = T>) -> Result<T, Halt> {
        within(&self.runtime, &self.fuse, work)
    }
}

fn within<T>(runtime: &Runtime, fuse: &Fuse, work: impl Future<Output = T>) -> Result<T, Halt> {
    let timed = runtime.block_on(fuse.guard(async { tokio::time::timeout(STUCK, work).await })).ok_or(Halt::Cut)?;
    timed.map_err(|_| Halt::Broken("a device waits for what never comes".to_owned()))
}
