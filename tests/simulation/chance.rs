//! What happens next, drawn at random from what can.

use rand::{Rng, rngs::StdRng};

use crate::{
    fuse::End,
    step::{Kind, Met, Plan, Step, Trouble},
    world::World,
};

/// Makes a step of one kind.
type Make<'a> = &'a dyn Fn(&mut StdRng) -> Step;

/// Who is there.
pub(crate) fn plan(rng: &mut StdRng, seed: u64, engine: Kind) -> Plan {
    let customers = rng.random_range(1..=3);
    let devices = rng.random_range(2..=4);
    let nodes = rng.random_range(1..=3);
    Plan {
        seed,
        engine,
        devices: (0..devices)
            .map(|device| if device < customers { device } else { rng.random_range(0..customers) })
            .collect(),
        late: (0..devices).filter(|_| rng.random_bool(0.2)).collect(),
        nodes: (0..nodes).map(|_| rng.random_range(-3_000..3_000)).collect(),
        steps: Vec::new(),
    }
}

/// What happens next.
pub(crate) fn step(rng: &mut StdRng, world: &World) -> Step {
    let device = rng.random_range(0..world.devices.len());
    let node = rng.random_range(0..world.nodes.len());
    let pick = rng.random_range(0..10_000);
    // What is under way goes on more often the more of it there is, so that it neither stands still nor piles up.
    let flights = world.flights.len();
    let flying = if flights == 0 { 0 } else { 40 + 10 * flights as u32 };
    let held = world.calls.len() as u32 * 10;
    let chances: [(u32, Make<'_>); 27] = [
        (flying, &|rng| {
            let decided = world.flights[pick % flights].decided();
            Step::Arrive { message: pick, node, pauses: pauses(rng, decided), trouble: trouble(rng, 3) }
        }),
        (flying / 16, &|_| Step::Lose { message: pick }),
        (flying / 12, &|_| Step::Repeat { message: pick }),
        (flying / 20, &|_| Step::CutTaking { message: pulled(world).unwrap_or(pick), spaces: device }),
        (held, &|_| Step::Resume { call: pick }),
        (3, &|_| Step::GiveUp { device }),
        (16, &|rng| Step::Book {
            device,
            service: rng.random_range(0..3),
            start: start(rng),
            staff: rng.random_range(0..4),
            party: rng.random_range(0..3),
        }),
        (10, &|rng| Step::Reschedule { device, booking: pick, start: start(rng) }),
        (5, &|_| Step::Cancel { device, booking: pick }),
        (3, &|_| Step::Rename { device }),
        (5, &|_| Step::Coming { device, booking: pick }),
        (5, &|rng| Step::Late { device, booking: pick, minutes: 10 * rng.random_range(1..=3) }),
        (5, &|_| Step::CheckIn { device, booking: pick }),
        (8, &|_| Step::ByPerson { booking: pick }),
        (8, &|_| Step::Settle),
        (4, &|_| Step::Withdraw { device, waiting: pick }),
        (putting_away(world, device), &|_| Step::Dismiss { device, notice: pick }),
        (30, &|_| Step::Sync { device }),
        (signing_in(world, device), &|_| {
            if world.devices[device].asked { Step::Digits { device } } else { Step::SignIn { device } }
        }),
        (1, &|_| Step::SignIn { device }),
        (6, &|rng| Step::Work { node, pauses: pauses(rng, 3), trouble: trouble(rng, 2) }),
        (2, &|_| Step::Part { device, node }),
        (4, &|_| Step::Heal { device, node }),
        (2, &|rng| Step::Jump { device, seconds: ahead(rng) }),
        (2, &|rng| Step::Wait { seconds: rng.random_range(1..40 * 60) }),
        (4, &|rng| if rng.random_bool(0.5) { Step::CutDevice { device } } else { Step::CutNode { node } }),
        (6, &|rng| Step::Fuse { device, end: end(rng) }),
    ];
    let mut left = rng.random_range(0..chances.iter().map(|(weight, _)| weight).sum());
    for (weight, make) in chances {
        if left < weight {
            return make(rng);
        }
        left -= weight;
    }
    Step::Sync { device }
}

/// Where a node pauses, whose first decision is made and not committed at that look at its clock.
fn pauses(rng: &mut StdRng, decided: u32) -> Vec<u32> {
    match rng.random_range(0..10) {
        0..4 => Vec::new(),
        4..7 => vec![decided],
        7..9 => vec![rng.random_range(1..10)],
        // Never more than two: who was overtaken twice takes turns with others, and must not be held up then.
        _ => vec![decided, rng.random_range(decided + 1..10)],
    }
}

/// How much whoever is not signed in wants to be.
fn signing_in(world: &World, device: usize) -> u32 {
    if world.devices[device].asked || world.devices[device].is_new() { 20 } else { 1 }
}

/// How much whoever was refused something wants to put that away.
fn putting_away(world: &World, device: usize) -> u32 {
    if world.devices[device].refusals.is_empty() { 1 } else { 20 }
}

/// At which write something happens, and which of the things that can, if it does.
fn trouble(rng: &mut StdRng, of: usize) -> Option<Trouble> {
    let what = [Met::Busy, Met::Lost, Met::HungUp][rng.random_range(0..of)];
    let trouble = Trouble { write: rng.random_range(0..3), after: rng.random(), what };
    rng.random_bool(0.15).then_some(trouble)
}

/// Where a program ends.
fn end(rng: &mut StdRng) -> End {
    let keychain = rng.random_bool(0.15);
    End { keychain, wait: rng.random_range(0..if keychain { 2 } else { 5 }), after: rng.random() }
}

/// Times at which many want to come: tomorrow, and today, when customers can be checked in.
fn start(rng: &mut StdRng) -> usize {
    match rng.random_range(0..10) {
        0..4 => rng.random_range(4..8),
        4..8 => rng.random_range(0..4),
        _ => rng.random_range(0..14),
    }
}

/// How wrong a device's clock is, in seconds.
fn ahead(rng: &mut StdRng) -> i64 {
    match rng.random_range(0..4) {
        0 => 0,
        1 => rng.random_range(-300..300),
        2 => rng.random_range(-40_000..40_000),
        _ => rng.random_range(-400..400) * 86_400,
    }
}

fn pulled(world: &World) -> Option<usize> {
    world.flights.iter().position(|flight| flight.is_pulled())
}
