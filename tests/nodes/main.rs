//! Three servers on one PostgreSQL, behind a balancer that knows nothing of them.
//!
//! Devices push through the balancer while nodes die and rise, or are stopped in turn: the books balance, no request is
//! lost, every mail goes out, and a poke reaches whoever listens at another node. `killed.rs` kills, `rolling.rs` stops,
//! `jobs.rs` looks at who does which job, `pokes.rs` listens. `apps.rs` has real apps among the devices: their mirrors are compared with the
//! database at the end.
//!
//! The database is the one of `scripts/postgres`; `NODES_KILLS` sets how often a node dies (24), `NODES_SEED` the random
//! moments; the seed is printed.

#![allow(clippy::unwrap_used)] // a test that cannot go on has failed

mod apps;
mod farm;
mod jobs;
mod killed;
mod pokes;
mod receiver;
mod rolling;

use std::{future::Future, time::Duration};

use datebook_tests::books::Device;
use tokio::sync::Mutex;

use crate::{
    farm::{Farm, NODES, address},
    receiver::Receiver,
};

/// The tests take turns: what one of them measures the other would disturb.
static TURN: Mutex<()> = Mutex::const_new(());

/// How many devices push at once.
const DEVICES: usize = 12;

/// Guards against waiting for ever.
async fn soon<T>(what: &str, of: impl Future<Output = T>) -> T {
    let guarded = tokio::time::timeout(Duration::from_secs(60), of).await;
    guarded.unwrap_or_else(|_| panic!("waited too long: {what}"))
}

/// What a node that sends mails is started with.
fn mails(receiver: &Receiver, node: usize, lease: u32) -> Vec<String> {
    ["--smtp", &receiver.url(node), "--lease", &lease.to_string()].map(str::to_owned).to_vec()
}

/// Waits until every accepted command has its mail and nothing is left to send; no address got more than that.
async fn all_mails_came(farm: &Farm, receiver: &Receiver, devices: &[Device]) {
    let expected = devices.iter().enumerate().map(|(number, device)| (address(number), device.accepted()));
    let expected: std::collections::BTreeMap<_, _> = expected.filter(|(_, mails)| *mails > 0).collect();
    soon("every mail arrives", receiver.until(|receiver| receiver.by_address() == expected)).await;
    let nothing_left = async { while !farm.jobs(portal::MAIL).await.is_empty() {} };
    soon("every mail is noted as sent", nothing_left).await;
    assert_eq!(receiver.by_address(), expected, "each accepted command is told by one mail, and nothing else is");
}

/// The devices of all people of a farm.
fn devices(farm: &Farm, mut seed: impl FnMut() -> u64) -> Vec<Device> {
    farm.people.iter().map(|person| Device::new(person.clone(), seed())).collect()
}

const _: () = assert!(NODES == 3, "the tests speak of three nodes");
