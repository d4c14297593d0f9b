//! Devices, nodes and what lies between them, as a plan moves them.
//!
//! **Invariant:** nothing happens but by a step, and a step leaves everybody waiting for the next.

mod counter;
mod network;
mod quiet;
mod setup;

use std::{collections::BTreeSet, path::PathBuf, sync::Arc};

use client::{
    Trouble,
    transport::{NoAnswer, Request, Response},
};
use domain::{BookingId, Timestamp};
use portal::{Book, Cancel, CheckIn, Command, ConfirmAttendance, Reschedule, RunningLate, UpdateProfile};
use server::Node;
use store::Engine;
use tempfile::TempDir;
use uuid::Uuid;

use crate::{
    counter::Counter,
    device::{Came, Device, Doing, Halt, Reply, Sent, Standing},
    fault::{Fault, Seen},
    gate::{Pool, Worker},
    letters::Letters,
    shop,
    stage::{Database, Stage},
    step::{Plan, Step},
    tally::Tally,
    time::Time,
    trace::Trace,
};

/// How long a step takes, in milliseconds.
const STEP: i64 = 700;

/// Most work that may pause at a time: each holds a connection of its node.
const PAUSED: usize = 6;

/// In the tally: syncs that met nobody.
const FAILED: &str = "syncs that did not";

/// Everybody and everything.
pub(crate) struct World {
    pub(crate) devices: Vec<Device>,
    pub(crate) nodes: Vec<Slot>,
    pub(crate) time: Time,
    pub(crate) flights: Vec<Flight>,
    pub(crate) calls: Vec<Call>,
    /// Device and node that do not reach each other.
    pub(crate) parted: BTreeSet<(usize, usize)>,
    pub(crate) tally: Tally,
    /// Of each customer, the bookings that their devices took.
    pub(crate) bookings: Vec<Vec<BookingId>>,
    /// Where the business checks customers in.
    pub(crate) counter: Counter,
    /// What each device waits for.
    waiting: Vec<Option<(u64, Reply)>>,
    pool: Pool,
    runtime: tokio::runtime::Handle,
    database: String,
    starts: Vec<Timestamp>,
    /// Counts whatever needs a number of its own.
    numbers: u64,
    /// How many pushes came to their end at nodes.
    pushes: u64,
    /// The mails to sign in that were asked for.
    pub(crate) letters: Letters,
    /// What happened.
    pub(crate) trace: Trace,
    seed: u64,
    fault: Option<Fault>,
    _database: Database,
    _folder: TempDir,
}

/// A node's place.
pub(crate) struct Slot {
    pub(crate) engine: Engine,
    node: Option<Arc<Node>>,
    /// By how many milliseconds its clock is ahead.
    ahead: i64,
}

/// A message on its way.
pub(crate) struct Flight {
    with: Peer,
    what: What,
}

/// Who talks to a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Peer {
    /// A device, and for which of its requests the answer is.
    Device {
        device: usize,
        ticket: u64,
    },
    Counter,
}

/// What a message is.
enum What {
    Request(Request),
    Answer { node: usize, pull: bool, response: Response },
}

impl Flight {
    /// Whether it goes to a node.
    pub(crate) fn is_request(&self) -> bool {
        matches!(self.what, What::Request(_))
    }

    /// Whether it tells a device what changed.
    pub(crate) fn is_pulled(&self) -> bool {
        matches!(self.what, What::Answer { pull: true, .. })
    }

    /// At which of its looks at the clock a node has made its first decision and not committed it. A device's session
    /// takes one look more.
    pub(crate) fn decided(&self) -> u32 {
        if self.with == Peer::Counter { 2 } else { 3 }
    }
}

/// Work at a node that has paused.
pub(crate) struct Call {
    node: usize,
    worker: Worker,
    of: Of,
    /// How many pushes had come through by then.
    since: u64,
    /// What it saw, for a fault that is put in.
    seen: Seen,
}

/// Whose work it is.
#[derive(Clone, Copy)]
enum Of {
    Peer {
        with: Peer,
        pull: bool,
        push: bool,
        link: bool,
    },
    /// Whether they have paused before.
    Jobs {
        paused: bool,
    },
}

impl World {
    /// Everybody at their place, signed in and with nothing to do.
    pub(crate) fn new(plan: &Plan, stage: &Stage, fault: Option<Fault>, trace: Trace) -> Result<Self, String> {
        let folder = stage.folder().map_err(|error| error.to_string())?;
        let time = Time::begin();
        let database = stage.database(folder.path())?;
        let mut world = Self {
            devices: Vec::new(),
            nodes: Vec::new(),
            time,
            flights: Vec::new(),
            calls: Vec::new(),
            parted: BTreeSet::new(),
            tally: Tally::default(),
            bookings: vec![Vec::new(); plan.devices.iter().max().map_or(0, |most| most + 1)],
            counter: Counter::default(),
            waiting: Vec::new(),
            pool: Pool::new(stage.runtime()),
            runtime: stage.runtime(),
            database: database.url.clone(),
            starts: shop::starts(),
            numbers: 0,
            pushes: 0,
            letters: Letters::default(),
            trace,
            seed: plan.seed,
            fault,
            _database: database,
            _folder: folder,
        };
        for ahead in &plan.nodes {
            world.add_node(*ahead)?;
        }
        world.open_counter()?;
        for (number, customer) in plan.devices.iter().enumerate() {
            let folder: PathBuf = world._folder.path().join(format!("device-{number}"));
            world.add_device(*customer, folder, plan.late.contains(&number))?;
        }
        Ok(world)
    }

    /// Makes a step.
    pub(crate) fn step(&mut self, step: &Step) -> Result<(), String> {
        self.trace.tell(|| format!("{step:?}"));
        self.make(step)?;
        // Whoever's fuse has blown ends where it stands.
        for device in 0..self.devices.len() {
            if self.devices[device].has_blown() {
                let at = self.devices[device].at;
                self.tally.note(match at {
                    Doing::Meet => "cuts in the middle of getting to know the business",
                    Doing::Ask | Doing::Prove => "cuts in the middle of signing in",
                    Doing::Sync => "cuts in the middle of syncs",
                    Doing::Execute => "cuts in the middle of commands",
                    Doing::Withdraw => "cuts in the middle of taking back",
                    Doing::Dismiss => "cuts in the middle of putting away",
                    Doing::Nothing => return Err("a fuse blew in a device that did nothing".to_owned()),
                });
                self.cut_device(device)?;
            }
        }
        Ok(())
    }

    fn make(&mut self, step: &Step) -> Result<(), String> {
        self.time.pass(STEP);
        match *step {
            Step::Book { device, service, start, staff, party } => {
                let services = shop::services();
                let service = services[service % services.len()].clone();
                let people = shop::staff();
                let booking = BookingId(self.id());
                let device = self.device(device);
                let book = Book {
                    booking,
                    party: 1 + party % shop::seats(&service),
                    service,
                    variant: shop::variant(),
                    place: shop::place(),
                    staff: people.get(staff % (people.len() * 2)).cloned(),
                    start: self.starts[start % self.starts.len()],
                    note: String::new(),
                };
                if self.give(device, Command::Book(book))? {
                    let customer = self.devices[device].customer;
                    self.bookings[customer].push(booking);
                }
            }
            Step::Reschedule { device, booking, start } => {
                let start = self.starts[start % self.starts.len()];
                self.give_about(device, booking, |booking| Command::Reschedule(Reschedule { booking, start }))?;
            }
            Step::Cancel { device, booking } => {
                let device = self.device(device);
                let Some(booking) = self.pick(device, booking) else { return Ok(()) };
                let reason = format!("reason {}", self.number());
                self.give(device, Command::Cancel(Cancel { booking, reason }))?;
            }
            Step::Rename { device } => {
                let (device, name) = (self.device(device), format!("Name {}", self.number()));
                self.give(device, Command::UpdateProfile(UpdateProfile { name, phone: String::new() }))?;
            }
            Step::Coming { device, booking } => {
                self.give_about(device, booking, |booking| Command::ConfirmAttendance(ConfirmAttendance { booking }))?;
            }
            Step::Late { device, booking, minutes } => {
                self.give_about(device, booking, |booking| Command::RunningLate(RunningLate { booking, minutes }))?;
            }
            Step::CheckIn { device, booking } => {
                self.give_about(device, booking, |booking| Command::CheckIn(CheckIn { booking, place: None }))?;
            }
            Step::ByPerson { booking } => self.check_in(booking),
            Step::Settle => self.settle(false),
            Step::Withdraw { device, waiting } => {
                let device = self.device(device);
                match Halt::unless_cut(self.devices[device].withdraw(waiting))?.flatten() {
                    Some(Sent::No) => self.tally.note("commands taken back before they left"),
                    Some(Sent::Perhaps) => self.tally.note("commands taken back that may have left"),
                    None => {}
                }
            }
            Step::Dismiss { device, notice } => {
                let device = self.device(device);
                Halt::unless_cut(self.devices[device].dismiss(notice))?;
            }
            Step::Sync { device } => {
                let device = self.device(device);
                if !self.devices[device].busy() && !self.devices[device].is_new() {
                    self.devices[device].sync();
                    self.go_on(device)?;
                }
            }
            Step::SignIn { device } => {
                let device = self.device(device);
                if !self.devices[device].busy() {
                    match self.devices[device].standing()? {
                        Standing::Unknown => self.devices[device].connect(),
                        standing => {
                            if standing == Standing::SignedIn {
                                self.tally.note("sign-ins of customers who were signed in");
                            }
                            let email = self.email(device);
                            self.devices[device].request_mail(email);
                        }
                    }
                    self.go_on(device)?;
                }
            }
            Step::Digits { device } => {
                let device = self.device(device);
                if !self.devices[device].busy()
                    && !self.devices[device].is_new()
                    && let Some(digits) = self.digits(&self.email(device))?
                {
                    self.devices[device].sign_in(digits);
                    self.go_on(device)?;
                }
            }
            Step::Arrive { message, node, ref pauses, trouble } => {
                if !self.flights.is_empty() {
                    let flight = self.flights.remove(message % self.flights.len());
                    self.arrive(flight, node % self.nodes.len(), (pauses.clone(), trouble))?;
                }
            }
            Step::Lose { message } => {
                if !self.flights.is_empty() {
                    let flight = self.flights.remove(message % self.flights.len());
                    self.lose(&flight)?;
                }
            }
            Step::Repeat { message } => self.repeat(message),
            Step::GiveUp { device } => {
                let device = self.device(device);
                if self.waiting[device].is_some() {
                    self.tally.note("devices that gave up waiting");
                    self.answer(device, None, Err(NoAnswer("too slow".to_owned())))?;
                }
            }
            Step::Resume { call } => {
                if !self.calls.is_empty() {
                    let call = self.calls.remove(call % self.calls.len());
                    self.resume(call)?;
                }
            }
            Step::Work { node, ref pauses, trouble } => {
                self.work(node % self.nodes.len(), (pauses.clone(), trouble)).map(drop)?;
            }
            Step::Part { device, node } => {
                if self.parted.insert((self.device(device), node % self.nodes.len())) {
                    self.tally.note("partitions");
                }
            }
            Step::Heal { device, node } => {
                self.parted.remove(&(self.device(device), node % self.nodes.len()));
            }
            Step::Jump { device, seconds } => {
                let device = self.device(device);
                self.devices[device].clock.set(seconds);
                self.tally.note("clocks that jumped");
            }
            Step::Wait { seconds } => self.time.pass(seconds * 1000),
            Step::CutDevice { device } => {
                let device = self.device(device);
                self.cut_device(device)?;
            }
            Step::Fuse { device, end } => {
                let device = self.device(device);
                self.devices[device].put_fuse(end);
                self.tally.note("fuses in devices");
            }
            Step::CutTaking { message, spaces } => {
                if !self.flights.is_empty() {
                    let flight = self.flights.remove(message % self.flights.len());
                    self.cut_taking(flight, spaces)?;
                }
            }
            Step::CutNode { node } => self.cut_node(node % self.nodes.len())?,
        }
        Ok(())
    }

    /// Whether one more may pause.
    pub(crate) fn may_pause(&self) -> bool {
        self.calls.len() < PAUSED
    }

    fn device(&self, number: usize) -> usize {
        number % self.devices.len()
    }

    fn number(&mut self) -> u64 {
        self.numbers += 1;
        self.numbers
    }

    fn id(&mut self) -> Uuid {
        // The last 62 bits are spread as if they were random, as those that devices draw are.
        let low = (self.seed << 20 | self.number()).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 2;
        Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000 | u128::from(low))
    }

    fn pick(&self, device: usize, booking: usize) -> Option<BookingId> {
        let bookings = &self.bookings[self.devices[device].customer];
        if bookings.is_empty() { None } else { Some(bookings[booking % bookings.len()]) }
    }

    /// A customer gives a command about one of their bookings, if there are any.
    fn give_about(
        &mut self,
        device: usize,
        booking: usize,
        command: impl FnOnce(BookingId) -> Command,
    ) -> Result<(), String> {
        let device = self.device(device);
        let Some(booking) = self.pick(device, booking) else { return Ok(()) };
        self.give(device, command(booking)).map(drop)
    }

    fn give(&mut self, device: usize, command: Command) -> Result<bool, String> {
        // One whose fuse blows says nothing: what it has taken shows when it is on again.
        let Some(taken) = Halt::unless_cut(self.devices[device].execute(command))? else { return Ok(false) };
        self.tally.note(if taken { "commands taken by devices" } else { "commands refused by devices" });
        Ok(taken)
    }

    /// Lets a device go on until it needs the network or is done.
    fn go_on(&mut self, device: usize) -> Result<(), String> {
        let Some(came) = Halt::unless_cut(self.devices[device].go_on())? else { return Ok(()) };
        self.trace.tell(|| match &came {
            Came::Asked(Request { method, url, body, .. }, _) => {
                format!("device {device} asks {method:?} {url} {}", body.as_deref().unwrap_or_default())
            }
            Came::Ended(ended) => format!("device {device} is done: {ended:?}"),
        });
        let doing = self.devices[device].doing;
        match came {
            Came::Asked(request, reply) => {
                let ticket = self.number();
                self.waiting[device] = Some((ticket, reply));
                self.flights.push(Flight { with: Peer::Device { device, ticket }, what: What::Request(request) });
                self.tally.note("requests");
                Ok(())
            }
            Came::Ended(Ok(())) => {
                self.tally.note(match doing {
                    Doing::Meet => "meetings that came through",
                    Doing::Ask => "mails to sign in that were asked for",
                    Doing::Prove => "sign-ins that came through",
                    _ => "syncs that came through",
                });
                self.devices[device].asked &= doing != Doing::Prove;
                Ok(())
            }
            Came::Ended(Err(Trouble::Offline)) => {
                self.tally.note(match doing {
                    Doing::Meet => "meetings that did not",
                    Doing::Ask | Doing::Prove => "sign-ins that did not",
                    _ => FAILED,
                });
                Ok(())
            }
            // Mails are lost, are too old, or are of another device.
            Came::Ended(Err(Trouble::WrongCredentials | Trouble::NoAttempt | Trouble::TooManyAttempts { .. }))
                if matches!(doing, Doing::Ask | Doing::Prove) =>
            {
                self.tally.note("sign-ins with digits that did not fit");
                self.devices[device].asked = false;
                Ok(())
            }
            Came::Ended(Err(Trouble::NotSignedIn)) if self.devices[device].standing()? != Standing::SignedIn => Ok(()),
            Came::Ended(Err(trouble)) => {
                let turned_away = std::mem::take(&mut self.devices[device].turned_away);
                if turned_away && trouble == Trouble::Server {
                    return Ok(());
                }
                Err(format!("device {device} cannot {doing:?}: {trouble:?}"))
            }
        }
    }

    fn cut_device(&mut self, device: usize) -> Result<(), String> {
        self.waiting[device] = None;
        self.tally.note("cuts of devices");
        if self.devices[device].busy() {
            self.tally.note("cuts of devices that waited for an answer");
        }
        for command in self.devices[device].cut()? {
            self.tally.note("commands taken by devices");
            if let Command::Book(book) = command {
                let customer = self.devices[device].customer;
                self.bookings[customer].push(book.booking);
            }
        }
        Ok(())
    }
}
