//! Promise 4: how long people wait when everything happens at once, at half of what the server can take.
//!
//! First the greatest rate is looked for: at first with every connection asking as fast as it is answered, then, from
//! half of that upwards or downwards, with requests that come at an even rate, each at a moment of its own.
//! Connections that ask as soon as they are answered hand the server its work in heaps, which costs it less for each; at
//! an even rate it has to wake up for nearly every one, so only that rate has a half. Then requests come at half of it,
//! and a wait is counted from a request's moment, also while nobody was free to send. The floor is the bare handler at
//! the very same rate.

use std::{collections::BTreeMap, time::Duration};

use anyhow::bail;
use domain::{BookingId, CommandId, StaffId, Timestamp};
use portal::{AgendaQuery, Tab, View};
use protocol::Pull;
use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use serde::{Deserialize, de::IgnoredAny};
use testkit::Person;

use crate::{
    availability,
    bare::Bare,
    booking::times,
    load::{Load, Source, Wait, ok},
    pull::known,
    report::{Line, Report, Target},
    salon::{self, Plan},
    stage::{Setting, Stage},
    wire::{Answer, Wire, post},
};

/// How many devices: enough that a request finds one free, however long the disk takes for the bookings of others.
const DEVICES: usize = 192;

/// What people do, and how often of a hundred times: who books has looked around before. As many cancel as book, so that
/// the server is asked for the same at the end as at the beginning, however long the greatest rate is looked for.
const SHARES: [(&str, u32); 8] = [
    ("pull", 40),
    ("month", 20),
    ("day", 20),
    ("agenda", 10),
    ("catalogue", 5),
    ("book", 2),
    ("move", 1),
    ("cancel", 2),
];
/// The share of requests that may be sent late; with more, the rate is not kept.
const LATE: f64 = 0.02;
/// How far apart the rates are that are tried.
const STEP: f64 = 1.1;
/// How often the waits are measured, in turns with the floor: a machine's bad seconds are seen to be its own.
const PARTS: usize = 3;
/// How long the services take that are booked, in minutes.
const MINUTES: u16 = 15;

/// Measures.
pub(crate) async fn run(setting: &Setting, report: &mut Report) -> anyhow::Result<()> {
    let stage = Stage::open(setting, Plan { horizon: 365, full: 92 }, (0..DEVICES).map(salon::email)).await?;
    report.push(Line::plain("memory of a node that has just started", memory(&stage)?));
    let mut people = Vec::new();
    for (number, person) in stage.people.iter().enumerate() {
        let known = known(stage.address(), person).await?;
        people.push(Customer::new(number, person, known)?);
    }
    let bodies = sample(&stage, &mut people[0]).await?;
    let bare = Bare::start(&bodies, None).await?;
    let recorded = people.iter().map(|person| Recorded { like: person.rng.clone(), requests: person.recorded() });
    let mut floor = Load::connect(&bare.address, recorded.collect()).await?;
    let mut subject = Load::connect(stage.address(), people).await?;
    subject.round(setting.rounds.time).await?;
    let heaps = subject.round(setting.rounds.time * 6).await?;
    let most = most(&stage, &mut subject, heaps, setting.rounds.time * 3).await?;
    stage.settled().await?;
    let rate = most / 2.0;
    let (mut theirs, mut ours, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..PARTS {
        theirs.extend(floor.paced(rate, setting.rounds.time * 8).await?);
        subject.renew(stage.address()).await?;
        // Every device first catches up with what the others wrote while the floor was measured and before.
        subject.paced(rate, setting.rounds.time * 3).await?;
        let part = Waits::of(subject.paced(rate, setting.rounds.time * 8).await?);
        ratios.push(part.percentile(None, 99.0) / part.percentile(None, 50.0));
        ours.extend(part.sorted);
    }
    let (theirs, ours) = (Waits::of(theirs), Waits::of(ours));
    let share: Vec<String> = SHARES.iter().map(|(name, share)| format!("{name} {share} %")).collect();
    report.push(Line {
        promise: "4",
        what: format!(
            "p99 over p50 of a mixed load at {rate:.0} requests a second, half of the most at an even rate ({}; {heaps:.0} a \
             second when {DEVICES} connections ask as soon as they are answered)",
            share.join(", ")
        ),
        ours: ours.all(),
        floor: theirs.all(),
        ratios,
        target: Target::BelowIf(5.0, ours.late() < LATE),
    });
    for (kind, (name, _)) in SHARES.iter().enumerate() {
        let [p50, p99] = [50.0, 99.0].map(|percent| ours.percentile(Some(kind), percent));
        report.push(Line {
            ratios: vec![p99 / p50],
            target: Target::Time,
            ..Line::plain(
                format!("— of these, {name}; its own p99 over its own p50"),
                format!("p50 {:.2}, p99 {:.2} ms", p50 * 1e3, p99 * 1e3),
            )
        });
    }
    report.push(Line::plain("memory of the node after that load", memory(&stage)?));
    Ok(())
}

/// The greatest even rate that the server keeps up with, to a tenth. `heaps` is what it answers when it is asked in heaps,
/// more than it ever does at an even rate.
async fn most(stage: &Stage, subject: &mut Load<Customer>, heaps: f64, time: Duration) -> anyhow::Result<f64> {
    let mut rate = heaps / 2.0;
    let rises = keeps_up(stage, subject, rate, time).await?;
    loop {
        let next = if rises { rate * STEP } else { rate / STEP };
        let kept = keeps_up(stage, subject, next, time).await?;
        match (rises, kept) {
            (true, false) => return Ok(rate),
            (false, true) => return Ok(next),
            _ => rate = next,
        }
    }
}

/// Whether the server keeps up with an even rate. It may first get over the last one, which was too much perhaps.
async fn keeps_up(stage: &Stage, subject: &mut Load<Customer>, rate: f64, time: Duration) -> anyhow::Result<bool> {
    stage.settled().await?;
    subject.renew(stage.address()).await?;
    Ok(Waits::of(subject.paced(rate, time).await?).late() < LATE)
}

/// What the server's process holds in memory.
fn memory(stage: &Stage) -> anyhow::Result<String> {
    let Some(process) = stage.server.process() else { bail!("the server has ended") };
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
    Ok(kilobytes.map_or("unknown on this system".to_owned(), |kilobytes| format!("{} MB", kilobytes.div_ceil(1024))))
}

/// A customer on a device.
struct Customer {
    token: String,
    rng: StdRng,
    kind: usize,
    views: BTreeMap<&'static str, Vec<Vec<u8>>>,
    /// What the device has.
    pull: Pull,
    /// Times nobody else takes, the last first.
    times: Vec<(Timestamp, StaffId)>,
    /// Appointments that are live, each with its person, whom it keeps when it is moved.
    mine: Vec<BookingId>,
    number: u64,
    request: Vec<u8>,
}

impl Customer {
    fn new(number: usize, person: &Person, pull: Pull) -> anyhow::Result<Self> {
        let view = |view: &View| anyhow::Ok(post(VIEW, Some(person.token()), false, &serde_json::to_string(view)?));
        let all = |views: &[View]| views.iter().map(view).collect::<anyhow::Result<Vec<_>>>();
        let tab = |tab| View::Agenda(AgendaQuery { tab, text: String::new(), from: None, to: None, after: None });
        Ok(Self {
            token: person.token().to_owned(),
            rng: StdRng::seed_from_u64(number as u64),
            kind: 0,
            views: BTreeMap::from([
                ("month", all(&availability::months())?),
                ("day", all(&availability::days())?),
                ("agenda", all(&[tab(Tab::Upcoming), tab(Tab::Upcoming), tab(Tab::Past)])?),
                ("catalogue", all(&[View::Catalogue])?),
            ]),
            pull,
            times: times(number, DEVICES, MINUTES)?,
            mine: Vec::new(),
            number: 0,
            request: Vec::new(),
        })
    }

    /// The request of one kind.
    fn ask(&mut self, kind: usize) -> anyhow::Result<()> {
        // Whoever has nothing to move or to cancel books.
        self.kind = match SHARES[kind].0 {
            "move" | "cancel" if self.mine.is_empty() => BOOK,
            _ => kind,
        };
        let name = SHARES[self.kind].0;
        let command = match name {
            "pull" => {
                self.request = post(PULL, Some(&self.token), false, &serde_json::to_string(&self.pull)?);
                return Ok(());
            }
            "book" => {
                let Some((start, staff)) = self.times.pop() else { bail!("there are no times left") };
                let (booking, service) = (BookingId::new(), salon::service(MINUTES));
                self.mine.push(booking);
                format!(
                    r#"{{"type":"book@1","booking":"{booking}","service":"{service}","variant":"usual","place":"here","staff":"{staff}","start":"{start}","party":1,"note":""}}"#
                )
            }
            "move" => {
                let Some((start, _)) = self.times.pop() else { bail!("there are no times left") };
                let booking = self.mine[self.rng.random_range(0..self.mine.len())];
                format!(r#"{{"type":"reschedule@1","booking":"{booking}","start":"{start}"}}"#)
            }
            "cancel" => {
                let booking = self.mine.swap_remove(self.rng.random_range(0..self.mine.len()));
                format!(r#"{{"type":"cancel@1","booking":"{booking}","reason":""}}"#)
            }
            view => {
                let views = &self.views[view];
                self.request.clone_from(&views[self.rng.random_range(0..views.len())]);
                return Ok(());
            }
        };
        self.number += 1;
        let (number, id) = (self.number, CommandId::new());
        let body = format!(r#"{{"commands":[{{"number":{number},"id":"{id}","command":{command}}}]}}"#);
        self.request = post(PUSH, Some(&self.token), false, &body);
        Ok(())
    }

    /// One request of each kind, for the bare handler.
    fn recorded(&self) -> Vec<Vec<u8>> {
        let of = |(number, (name, _)): (usize, &(&str, u32))| {
            let path = format!("/{number}");
            match self.views.get(name) {
                Some(views) => again(&views[0], VIEW, &path),
                None => post(&path, Some(&self.token), false, &serde_json::to_string(&self.pull).unwrap_or_default()),
            }
        };
        SHARES.iter().enumerate().map(of).collect()
    }
}

const VIEW: &str = "/api/v1/view";
const PULL: &str = "/api/v1/pull";
const PUSH: &str = "/api/v1/push";
/// Where `book` stands in [`SHARES`].
const BOOK: usize = 5;

fn again(request: &[u8], path: &str, other: &str) -> Vec<u8> {
    String::from_utf8_lossy(request).replacen(path, other, 1).into_bytes()
}

/// A kind, as often as its share says.
fn any(rng: &mut StdRng) -> usize {
    let mut left = rng.random_range(0..SHARES.iter().map(|(_, share)| share).sum());
    SHARES
        .iter()
        .position(|(_, share)| {
            let found = left < *share;
            left = left.saturating_sub(*share);
            found
        })
        .unwrap_or(0)
}

/// What of an answer a device must know to ask again.
#[derive(Deserialize)]
struct New {
    spaces: Vec<NewIn>,
    more: bool,
}

#[derive(Deserialize)]
struct NewIn {
    space: String,
    version: u64,
    #[serde(rename = "changes")]
    _changes: IgnoredAny,
}

impl Source for Customer {
    fn next(&mut self) -> &[u8] {
        let kind = any(&mut self.rng);
        self.ask(kind).expect("a request can be made");
        &self.request
    }

    fn kind(&self) -> usize {
        self.kind
    }

    fn check(&mut self, answer: &Answer<'_>) -> anyhow::Result<()> {
        ok(answer)?;
        match SHARES[self.kind].0 {
            "pull" => {
                let new: New = serde_json::from_slice(&answer.body())?;
                self.pull.have.extend(new.spaces.into_iter().map(|space| (space.space, space.version)));
                anyhow::ensure!(!new.more, "a device that pulls so often has no backlog");
            }
            "book" | "move" | "cancel" => {
                let body = answer.body();
                let accepted = br#""verdict":"accepted""#;
                if !body.windows(accepted.len()).any(|window| window == accepted) {
                    bail!("{} was not accepted: {}", SHARES[self.kind].0, String::from_utf8_lossy(&body));
                }
            }
            _ => {}
        }
        Ok(())
    }
}

/// The same shares of what was recorded.
struct Recorded {
    like: StdRng,
    requests: Vec<Vec<u8>>,
}

impl Source for Recorded {
    fn next(&mut self) -> &[u8] {
        &self.requests[any(&mut self.like)]
    }
}

/// The server's answer to each kind.
async fn sample(stage: &Stage, customer: &mut Customer) -> anyhow::Result<Vec<Vec<u8>>> {
    let mut wire = Wire::connect(stage.address()).await?;
    let mut bodies = vec![Vec::new(); SHARES.len()];
    // First an appointment, so that there is something to pull, to move and to cancel.
    for kind in [BOOK, 0, 1, 2, 3, 4, 6, 7] {
        customer.ask(kind)?;
        let answer = wire.ask(&customer.request).await?;
        customer.check(&answer)?;
        bodies[kind] = answer.body().into_owned();
    }
    Ok(bodies)
}

/// How long was waited, by kind.
struct Waits {
    sorted: Vec<Wait>,
}

impl Waits {
    fn of(mut waits: Vec<Wait>) -> Self {
        waits.sort_by(|a, b| a.seconds.total_cmp(&b.seconds));
        Self { sorted: waits }
    }

    /// In seconds: so many of a hundred waited no longer (the next higher rank, so never shorter than it was).
    fn percentile(&self, kind: Option<usize>, percent: f64) -> f64 {
        let wanted = |one: &&Wait| kind.is_none_or(|kind| kind == one.kind);
        let of: Vec<f64> = self.sorted.iter().filter(wanted).map(|one| one.seconds).collect();
        let rank = (of.len() as f64 * percent / 100.0).ceil() as usize;
        of.get(rank.min(of.len()).saturating_sub(1)).copied().unwrap_or(f64::NAN)
    }

    /// The share that was sent late: with more than a few the rate is more than can be taken, and everybody waits alike.
    fn late(&self) -> f64 {
        self.sorted.iter().filter(|one| one.late).count() as f64 / self.sorted.len() as f64
    }

    fn all(&self) -> String {
        let parts =
            [50.0, 90.0, 99.0, 99.9].map(|percent| format!("p{percent} {:.2}", self.percentile(None, percent) * 1e3));
        let late = (self.late() * 1000.0).ceil() / 10.0;
        format!("{} ms; {late} % found no connection free", parts.join(", "))
    }
}
