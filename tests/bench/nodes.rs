//! Promise 5: bookings on PostgreSQL through one node and through three, as many devices in all; and through a balancer
//! while nodes are killed.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail};
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
    postgres::{BarePostgres, Cluster},
    report::{Line, Report, Target, figure, median},
    salon::{self, Plan},
    stage::{OPEN, Setting, people},
    template::Template,
};

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
    let mut nodes = Vec::new();
    for _ in 0..3 {
        nodes.push(Node::start(setting, url).await?);
    }
    let addresses: Vec<&str> = nodes.iter().map(|node| node.server.address.as_str()).collect();
    // Three times as many devices, for each asks one way only.
    let everybody = people(addresses[0], 3 * CLIENTS).await?;
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
    let [mut bare, mut engine, mut single, mut many] = [const { Vec::new() }; 4];
    // One node and three differ by less than rounds do: the median of more of them stands firmer.
    for round in 0..2 * setting.rounds.count {
        let (floor, alone) = (floor.round(setting.rounds.time)?, alone.round(setting.rounds.time)?);
        // While one node is measured it is the only one, and no round sends the mails of another.
        let others = Standstill::of(&nodes[1..])?;
        let one = one.round(setting).await?;
        drop(others);
        settled(url).await?;
        let figures = (floor, alone, one, three.round(setting).await?);
        settled(url).await?;
        // The first is for warming up.
        if round > 0 {
            bare.push(figures.0);
            engine.push(figures.1);
            single.push(figures.2);
            many.push(figures.3);
        }
    }
    let ratios = many.iter().zip(&single).map(|(many, single)| many / single).collect();
    report.push(Line {
        promise: "5",
        what: format!("bookings on PostgreSQL, {CLIENTS} devices by HTTP over three nodes; the floor here is one node"),
        ours: format!("{} /s", figure(median(&many))),
        floor: format!("{} /s", figure(median(&single))),
        ratios,
        target: Target::MoreThan(1.0),
    });
    for (what, figures) in [
        ("three nodes, the whole way by HTTP", &many),
        ("one node, the whole way by HTTP", &single),
        ("the engine alone", &engine),
    ] {
        let what = format!("bookings on PostgreSQL, {CLIENTS} at once: {what}");
        report.push(Line::rates("", what, (figures, &bare), "/s", Target::None));
    }
    // What the loads hold is no part of what comes now.
    drop((one, three));
    let (kills, tries) = killed(setting, url, &mut nodes, balanced).await?;
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

/// Each node is killed and raised once while everybody books through a balancer. How many died, and how it went.
async fn killed(
    setting: &Setting,
    url: &str,
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
            nodes.push(Node::start_in(folder, port, url).await?);
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
async fn settled(url: &str) -> anyhow::Result<()> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    tokio::spawn(connection);
    let waiting = client.prepare("SELECT count(*) FROM job WHERE kind = 'mail'").await?;
    for _ in 0..600 {
        if client.query_one(&waiting, &[]).await?.get::<_, i64>(0) == 0 {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    bail!("after a minute there are still mails to be sent")
}

/// A server on the database, with a folder of its own.
struct Node {
    server: Program,
    folder: TempDir,
}

impl Node {
    async fn start(setting: &Setting, url: &str) -> anyhow::Result<Self> {
        Self::start_in(tempfile::tempdir_in(&setting.folder)?, 0, url).await
    }

    /// At a port; 0 takes a free one.
    async fn start_in(folder: TempDir, port: u16, url: &str) -> anyhow::Result<Self> {
        let mut arguments = OPEN.to_vec();
        arguments.extend(["--database", url]);
        let server = Program::serve(folder.path(), port, &arguments).await?;
        Ok(Self { server, folder })
    }
}

/// Several loads at once.
struct Loads(Vec<Load<Booker>>);

impl Loads {
    async fn round(&mut self, setting: &Setting) -> anyhow::Result<f64> {
        let rounds = self.0.iter_mut().map(|load| load.round(setting.rounds.time));
        Ok(try_join_all(rounds).await?.iter().sum())
    }
}
