//! Promise 5: bookings on PostgreSQL through one node and through three, as many devices in all.

use std::sync::Arc;

use tempfile::TempDir;
use testkit::Program;

use crate::{
    booker::Booker,
    booking::{CLIENTS, Writing, devices},
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
    // Twice as many devices, for each asks one way only.
    let everybody = people(addresses[0], 2 * CLIENTS).await?;
    let mut all = devices(&everybody, 15)?;
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
    for round in 0..=setting.rounds.count {
        let figures = (
            floor.round(setting.rounds.time)?,
            alone.round(setting.rounds.time)?,
            one.round(setting).await?,
            three.round(setting).await?,
        );
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
    for node in nodes {
        node.server.kill().await?;
    }
    Ok(())
}

/// A server on the database, with a folder of its own.
struct Node {
    server: Program,
    _folder: TempDir,
}

impl Node {
    async fn start(setting: &Setting, url: &str) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir_in(&setting.folder)?;
        let mut arguments = OPEN.to_vec();
        arguments.extend(["--database", url]);
        let server = Program::serve(folder.path(), 0, &arguments).await?;
        Ok(Self { server, _folder: folder })
    }
}

/// Several loads at once.
struct Loads(Vec<Load<Booker>>);

impl Loads {
    async fn round(&mut self, setting: &Setting) -> anyhow::Result<f64> {
        let rounds = self.0.iter_mut().map(|load| load.round(setting.rounds.time));
        Ok(futures_util::future::try_join_all(rounds).await?.iter().sum())
    }
}
