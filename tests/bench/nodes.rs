//! Promise 5: bookings on PostgreSQL through one node and through three, as many devices in all, where each node has a
//! share of a processor and where all nodes share all of them; and through a balancer while nodes are killed.

use std::{sync::Arc, time::Instant};

use anyhow::Context as _;
use futures_util::future::{join_all, try_join_all};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;
use testkit::{Balancer, Program};
use tokio_postgres::NoTls;

use crate::{
    booker::Booker,
    booking::{CLIENTS, Writing, devices},
    failover::{Tries, insist},
    load::Load,
    mails::Mails,
    postgres::{BarePostgres, Cluster},
    report::{Line, Report, Target, figure},
    salon::{self, Plan},
    share::Shares,
    stage::{Setting, WAITING, people, serve, settled},
    template::Template,
};

/// What a small machine has of a processor, in hundredths: less than a node needs when it is the only one.
const SHARE: u32 = 25;

/// Measures.
pub(crate) async fn run(setting: &Setting, report: &mut Report) -> anyhow::Result<()> {
    let cluster = Cluster::start().await?;
    // Whatever happens, the server is stopped and its files are gone.
    let measured = on(setting, &cluster.url, report).await;
    cluster.close().await?;
    measured
}

async fn on(setting: &Setting, url: &str, report: &mut Report) -> anyhow::Result<()> {
    let folder = tempfile::tempdir_in(&setting.folder)?;
    let template = Arc::new(Template::watch(setting, &folder.path().join("watched.sqlite")).await?);
    salon::make(url, Plan { horizon: 365, full: 92 }).await?;
    // Three times as many devices as take part at once, for each asks one way only.
    let emails = (0..3 * CLIENTS).map(salon::email);
    let everybody = people(folder.path(), &["--database", url], emails).await?;
    let mails = Mails::start().await?;
    let mut nodes = Vec::new();
    for _ in 0..3 {
        let own = tempfile::tempdir_in(&setting.folder)?;
        nodes.push(Node::start_in(own, 0, &mails, url).await?);
    }
    let addresses: Vec<&str> = nodes.iter().map(|node| node.server.address.as_str()).collect();
    let mut all = devices(&everybody, 15)?;
    let balanced = all.split_off(2 * CLIENTS);
    let spread = all.split_off(CLIENTS);
    let mut one = Loads(vec![Load::connect(addresses[0], all).await?]);
    let mut three = Loads(Vec::new());
    let mut shares: Vec<Vec<Booker>> = vec![Vec::new(), Vec::new(), Vec::new()];
    for (number, device) in spread.into_iter().enumerate() {
        shares[number % 3].push(device);
    }
    for (address, share) in addresses.iter().zip(shares) {
        three.0.push(Load::connect(address, share).await?);
    }
    let mut floor = Writing::begin(|| BarePostgres::open(url, CLIENTS), &template)?;
    let mut alone = Writing::begin(|| crate::booking::open(url), &template)?;
    let [mut bare, mut engine] = [const { Vec::new() }; 2];
    let [mut small, mut free] = [const { Pairs::new() }; 2];
    // One node and three differ by less than rounds do: the median of more of them stands firmer.
    for round in 0..2 * setting.rounds.count {
        let (floor, alone) = (floor.round(setting.rounds.time)?, alone.round(setting.rounds.time)?);
        let processes: Vec<u32> = nodes.iter().filter_map(|node| node.server.process()).collect();
        let shares = Shares::hold(&processes, SHARE);
        let held = match &shares {
            Some(_) => Some(pair(setting, url, &nodes, (&mut one, &mut three)).await?),
            None => None,
        };
        drop(shares);
        let pair = pair(setting, url, &nodes, (&mut one, &mut three)).await?;
        // The first is for warming up.
        if round > 0 {
            bare.push(floor);
            engine.push(alone);
            small.extend(held);
            free.push(pair);
        }
    }
    let whole = format!("bookings on PostgreSQL, {CLIENTS} devices by HTTP over three nodes");
    if small.is_empty() {
        compare(report, ("5", &whole), Target::MoreThan(1.0), &free);
    } else {
        let what = format!("{whole} that have {SHARE} % of a processor each");
        compare(report, ("5", &what), Target::MoreThan(1.0), &small);
        compare(report, ("", &format!("{whole} that share all processors")), Target::None, &free);
    }
    let [many, single]: [Vec<f64>; 2] = [0, 1].map(|of| free.iter().map(|pair| pair[of].answered).collect());
    for (what, figures) in [
        ("three nodes, the whole way by HTTP, mails apart", &many),
        ("one node, the whole way by HTTP, mails apart", &single),
        ("the engine alone", &engine),
    ] {
        let what = format!("bookings on PostgreSQL, {CLIENTS} at once: {what}");
        report.push(Line::rates("", what, (figures, &bare), "/s", Target::None));
    }
    // What the loads hold is no part of what comes now.
    drop((one, three));
    let (kills, tries) = killed(setting, (url, &mails), &mut nodes, balanced).await?;
    for failed in &tries.failed {
        eprintln!("  failed: {failed}");
    }
    let requests = tries.answered + tries.failed.len();
    report.push(Line {
        promise: "5",
        what: format!(
            "failed requests while a node is killed, {CLIENTS} devices over a balancer, {kills} kills; \
             {} of {} requests were sent again, at most {} tries and {} ms for one",
            tries.broken,
            figure(requests as f64),
            tries.most,
            figure(tries.longest.as_secs_f64() * 1e3),
        ),
        ours: format!("{} failed", tries.failed.len()),
        floor: String::new(),
        ratios: Vec::new(),
        target: Target::NoneOf(tries.failed.len()),
    });
    for node in nodes {
        node.server.kill().await?;
    }
    Ok(())
}

/// A round of three nodes and one of a single one.
type Pairs = Vec<[Rates; 2]>;

/// Bookings a second.
#[derive(Clone, Copy)]
struct Rates {
    /// From the first request until the mails of all are sent: what is left undone is no capacity.
    whole: f64,
    /// Until the last answer, whatever is left to be sent.
    answered: f64,
}

/// While one node is measured it is the only one.
async fn pair(
    setting: &Setting,
    url: &str,
    nodes: &[Node],
    (one, three): (&mut Loads, &mut Loads),
) -> anyhow::Result<[Rates; 2]> {
    let others = Standstill::of(&nodes[1..])?;
    let one = one.round(setting, url).await?;
    drop(others);
    Ok([three.round(setting, url).await?, one])
}

/// A line about whole rounds and one about answers.
fn compare(report: &mut Report, (promise, what): (&'static str, &str), target: Target, pairs: &[[Rates; 2]]) {
    let of =
        |place: usize, rate: fn(&Rates) -> f64| -> Vec<f64> { pairs.iter().map(|pair| rate(&pair[place])).collect() };
    let whole = |place| of(place, |rates| rates.whole);
    let answered = |place| of(place, |rates| rates.answered);
    let told = format!("{what}, until their mails are sent; the floor here is one node");
    report.push(Line::rates(promise, told, (&whole(0), &whole(1)), "/s", target));
    let told = "— the same until the last answer, mails or not".to_owned();
    report.push(Line::rates("", told, (&answered(0), &answered(1)), "/s", Target::None));
}

/// Each node is killed and raised once while everybody books through a balancer. How many died, and how it went.
async fn killed(
    setting: &Setting,
    (url, mails): (&str, &Mails),
    nodes: &mut Vec<Node>,
    mut devices: Vec<Booker>,
) -> anyhow::Result<(usize, Tries)> {
    let balancer = Balancer::start().await?;
    for node in nodes.iter() {
        balancer.add(node.server.port());
    }
    let (kills, mut all) = (nodes.len(), Tries::default());
    for _ in 0..kills {
        let began = Instant::now();
        let until = began + 4 * setting.rounds.time;
        let booking = join_all(devices.iter_mut().map(|device| insist(&balancer.address, device, until)));
        let killing = async {
            tokio::time::sleep(setting.rounds.time).await;
            // The longest at work is next, and comes back where the balancer knows it.
            let Node { server, folder } = nodes.remove(0);
            let port = server.port();
            server.kill().await?;
            nodes.push(Node::start_in(folder, port, mails, url).await?);
            anyhow::Ok(())
        };
        let (tries, raised) = tokio::join!(booking, killing);
        raised.context("a node does not come back")?;
        tries.into_iter().for_each(|tries| all.add(tries));
    }
    anyhow::ensure!(all.broken > 0, "no kill hit a request: that says nothing");
    Ok((kills, all))
}

/// Nodes that stand still as long as this lives.
struct Standstill(Vec<Pid>);

impl Standstill {
    fn of(nodes: &[Node]) -> anyhow::Result<Self> {
        let mut still = Self(Vec::new());
        for node in nodes {
            let process =
                node.server.process().and_then(|id| Pid::from_raw(id.cast_signed())).context("a node has ended")?;
            kill_process(process, Signal::STOP)?;
            still.0.push(process);
        }
        Ok(still)
    }
}

impl Drop for Standstill {
    fn drop(&mut self) {
        for process in &self.0 {
            // A process that has ended need not go on.
            let _ = kill_process(*process, Signal::CONT);
        }
    }
}

/// Waits until all mails are sent.
async fn all_sent(url: &str) -> anyhow::Result<()> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    tokio::spawn(connection);
    settled(async || Ok(client.query_one(WAITING, &[]).await?.get(0))).await
}

/// A server on the database, with a folder of its own.
struct Node {
    server: Program,
    folder: TempDir,
}

impl Node {
    /// At a port; 0 takes a free one.
    async fn start_in(folder: TempDir, port: u16, mails: &Mails, url: &str) -> anyhow::Result<Self> {
        let server = serve(folder.path(), port, mails, &["--database", url]).await?;
        Ok(Self { server, folder })
    }
}

/// Several loads at once.
struct Loads(Vec<Load<Booker>>);

impl Loads {
    async fn round(&mut self, setting: &Setting, url: &str) -> anyhow::Result<Rates> {
        let began = Instant::now();
        let rounds = self.0.iter_mut().map(|load| load.round(setting.rounds.time));
        let answered: f64 = try_join_all(rounds).await?.iter().sum();
        let bookings = answered * began.elapsed().as_secs_f64();
        all_sent(url).await?;
        Ok(Rates { whole: bookings / began.elapsed().as_secs_f64(), answered })
    }
}
