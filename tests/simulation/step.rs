//! What happens in a simulation, one thing after the other.
//!
//! **Invariant:** a step says everything that is left to chance. A numeral that picks from a list picks modulo its
//! length, so that a plan still runs when steps were taken out of it.

use serde::{Deserialize, Serialize};

use crate::fuse::End;

/// Everything that is needed to run a simulation again exactly.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Plan {
    /// What it was drawn from.
    pub(crate) seed: u64,
    /// Which engine the server has.
    pub(crate) engine: Kind,
    /// Of each device, whose it is.
    pub(crate) devices: Vec<usize>,
    /// Which devices begin with nothing: they get to know the business and sign in when a step says so.
    #[serde(default)]
    pub(crate) late: Vec<usize>,
    /// Of each node, by how many milliseconds its clock is ahead.
    pub(crate) nodes: Vec<i64>,
    /// What happens.
    pub(crate) steps: Vec<Step>,
}

/// A write of a node at which something happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Trouble {
    /// Which of the work's writes; the first is 0.
    pub(crate) write: u32,
    /// Whether it takes effect all the same.
    pub(crate) after: bool,
    /// What happens there.
    pub(crate) what: Met,
}

/// What a write of a node meets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Met {
    /// The engine says that it is busy.
    Busy,
    /// The engine says that it is lost.
    Lost,
    /// The device hangs up: its work is dropped there, and the node lives on.
    HungUp,
}

/// A store engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    Sqlite,
    Postgres,
}

/// One thing that happens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Step {
    /// A customer asks for an appointment.
    Book { device: usize, service: usize, start: usize, staff: usize, party: u16 },
    /// … for another time of one of theirs, made on whichever device.
    Reschedule { device: usize, booking: usize, start: usize },
    /// … for its end.
    Cancel { device: usize, booking: usize },
    /// … for another name.
    Rename { device: usize },
    /// A customer says that they are coming to one of theirs.
    Coming { device: usize, booking: usize },
    /// … that they are late for it, by so many minutes.
    Late { device: usize, booking: usize, minutes: u16 },
    /// … that they are there.
    CheckIn { device: usize, booking: usize },
    /// Somebody at the counter checks a customer in whom they know, to any of all appointments.
    ByPerson { booking: usize },
    /// The counter sends every check-in that it has no answer to.
    Settle,
    /// A customer takes a command back that waits.
    Withdraw { device: usize, waiting: usize },
    /// A customer puts a refusal away.
    Dismiss { device: usize, notice: usize },
    /// A device begins to sync, unless it does already.
    Sync { device: usize },
    /// A customer goes on towards a session, also when there is one: gets to know the business, or asks for a mail with
    /// digits, whatever waits. From the server's answer on, the device has other numbers.
    SignIn { device: usize },
    /// A customer types the digits of the latest mail.
    Digits { device: usize },
    /// A message arrives. A request arrives at that node, which pauses when it looks at its clock for those times, and
    /// at one of whose writes something may happen.
    Arrive { message: usize, node: usize, pauses: Vec<u32>, trouble: Option<Trouble> },
    /// A message is lost, and its device learns so at once.
    Lose { message: usize },
    /// A request is on its way twice.
    Repeat { message: usize },
    /// A device gives up waiting. What it sent may still arrive.
    GiveUp { device: usize },
    /// Work that paused at a node goes on until its next pause, or to its end.
    Resume { call: usize },
    /// A node looks for jobs, pausing and failing likewise.
    Work { node: usize, pauses: Vec<u32>, trouble: Option<Trouble> },
    /// A device and a node no longer reach each other.
    Part { device: usize, node: usize },
    /// They do again.
    Heal { device: usize, node: usize },
    /// A device's clock is so many seconds ahead from now on.
    Jump { device: usize, seconds: i64 },
    /// Time passes.
    Wait { seconds: i64 },
    /// A device's program ends without a warning and is started again.
    CutDevice { device: usize },
    /// The same in the middle of whatever it does from now on, at one of its waits.
    Fuse { device: usize, end: End },
    /// The same while it writes down what it was told, after so many spaces.
    CutTaking { message: usize, spaces: usize },
    /// A node ends without a warning and is started again.
    CutNode { node: usize },
}
