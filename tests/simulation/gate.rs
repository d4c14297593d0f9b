//! Threads that take turns: work on a node runs until it looks at its clock, and stays there for as long as the simulation
//! likes.
//!
//! **Invariant:** of the simulation and all its work, one goes on at a time. So a decision can rest on something, others
//! can change it, and only then the commit comes, and the same plan always makes the same of it.
//!
//! Design. A node's clock is asked before each decision, and again between the decision and its commit. Whoever asks on
//! one of these threads is counted; at the counts it was told of, it says so and waits. Instead of going on it may be
//! told that its node has ended: then it unwinds, which drops everything it held where it stood.

use std::{
    cell::RefCell,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    pin::Pin,
    sync::mpsc::{Receiver, Sender, channel},
    thread,
    time::Duration,
};

use client::transport::Response;
use tokio::runtime::Handle;

/// Nothing takes that long that is not stuck, on a machine that has other things to do as well.
pub(crate) const STUCK: Duration = Duration::from_secs(300);

/// What comes of work.
#[derive(Debug)]
pub(crate) enum Said {
    /// It has not come to its end.
    Paused,
    /// A request has its answer.
    Answered(Response),
    /// A round of jobs is over; whether there were any.
    Worked(bool),
    /// One of its writes failed; what came of it all the same.
    Troubled(Box<Said>),
    /// Its caller went away, and it was dropped where it waited.
    HungUp,
    /// It was cut off.
    Gone,
    /// It panicked.
    Broken(String),
}

/// What the simulation tells work that paused.
enum Turn {
    On,
    Cut,
}

/// Why a thread unwinds.
struct Cut;

type Work = Box<dyn FnOnce() -> Pin<Box<dyn Future<Output = Said>>> + Send>;

struct Gate {
    looks: u32,
    pauses: Vec<u32>,
    said: Sender<Said>,
    turn: Receiver<Turn>,
}

thread_local! {
    static GATE: RefCell<Option<Gate>> = const { RefCell::new(None) };
}

/// A node looks at its clock.
pub(crate) fn look() {
    let cut = GATE.with_borrow_mut(|gate| {
        let Some(gate) = gate else { return false };
        gate.looks += 1;
        if !gate.pauses.contains(&gate.looks) {
            return false;
        }
        let _ = gate.said.send(Said::Paused);
        !matches!(gate.turn.recv(), Ok(Turn::On))
    });
    if cut {
        // Not a panic: nobody needs to read of it.
        resume_unwind(Box::new(Cut));
    }
}

/// Threads that wait for work.
pub(crate) struct Pool {
    runtime: Handle,
    idle: Vec<Worker>,
}

/// A thread.
pub(crate) struct Worker {
    jobs: Sender<(Vec<u32>, Work)>,
    turn: Sender<Turn>,
    said: Receiver<Said>,
}

impl Pool {
    /// Threads whose work lives on a runtime.
    pub(crate) fn new(runtime: Handle) -> Self {
        Self { runtime, idle: Vec::new() }
    }

    /// Begins work, and gives its thread when it has paused.
    pub(crate) fn begin(&mut self, pauses: Vec<u32>, work: Work) -> (Said, Option<Worker>) {
        let worker = self.idle.pop().unwrap_or_else(|| Worker::start(self.runtime.clone()));
        worker.jobs.send((pauses, work)).expect("the thread waits for work");
        self.hear(worker)
    }

    /// Lets work go on.
    pub(crate) fn resume(&mut self, worker: Worker) -> (Said, Option<Worker>) {
        worker.turn.send(Turn::On).expect("the thread waits for its turn");
        self.hear(worker)
    }

    /// Cuts work off where it paused.
    pub(crate) fn cut(&mut self, worker: Worker) -> Said {
        worker.turn.send(Turn::Cut).expect("the thread waits for its turn");
        self.hear(worker).0
    }

    fn hear(&mut self, worker: Worker) -> (Said, Option<Worker>) {
        match worker.said.recv_timeout(STUCK) {
            Ok(Said::Paused) => (Said::Paused, Some(worker)),
            Ok(said) => {
                self.idle.push(worker);
                (said, None)
            }
            Err(error) => (Said::Broken(format!("a node does not come to an end: {error}")), None),
        }
    }
}

impl Worker {
    fn start(runtime: Handle) -> Self {
        let (jobs, work) = channel::<(Vec<u32>, Work)>();
        let (turn, my_turn) = channel();
        let (say, said) = channel();
        thread::spawn(move || {
            GATE.set(Some(Gate { looks: 0, pauses: Vec::new(), said: say.clone(), turn: my_turn }));
            for (pauses, work) in work {
                GATE.with_borrow_mut(|gate| {
                    if let Some(gate) = gate {
                        (gate.looks, gate.pauses) = (0, pauses);
                    }
                });
                let ended = catch_unwind(AssertUnwindSafe(|| runtime.block_on(work())));
                let _ = say.send(ended.unwrap_or_else(|payload| {
                    if payload.is::<Cut>() { Said::Gone } else { Said::Broken(words(&*payload)) }
                }));
            }
        });
        Self { jobs, turn, said }
    }
}

/// What a panic says.
pub(crate) fn words(payload: &(dyn std::any::Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_else(|| "a panic without words".to_owned())
}
