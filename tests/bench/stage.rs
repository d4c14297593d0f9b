//! The real server with the measured business, as a business runs it, and people who are signed in to it.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context as _, bail};
use tempfile::TempDir;
use testkit::{Person, Program};

use crate::{
    mails::Mails,
    salon::{self, Plan},
    wire::Wire,
};

/// How long and how often is measured.
#[derive(Clone, Copy)]
pub(crate) struct Rounds {
    /// How many rounds of each, taking turns.
    pub(crate) count: usize,
    /// How long each.
    pub(crate) time: Duration,
}

/// What every measurement is given.
pub(crate) struct Setting {
    /// A folder on the disk that is measured.
    pub(crate) folder: PathBuf,
    /// How long and how often.
    pub(crate) rounds: Rounds,
}

/// A server with its folder.
pub(crate) struct Stage {
    /// The server.
    pub(crate) server: Program,
    /// Where it keeps everything.
    pub(crate) folder: TempDir,
    /// Customers who are signed in.
    pub(crate) people: Vec<Person>,
    _mails: Mails,
}

/// Limits that are not what is measured.
pub(crate) const OPEN: [&str; 4] = ["--attempts-per-client", "1000000", "--attempts-per-address", "1000"];

impl Stage {
    /// A server on a SQLite file, and customers with these addresses.
    pub(crate) async fn open(
        setting: &Setting,
        plan: Plan,
        emails: impl IntoIterator<Item = String>,
    ) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir_in(&setting.folder)?;
        salon::make_in(folder.path(), plan).await.context("the business cannot be made")?;
        let people = people(folder.path(), &[], emails).await?;
        let mails = Mails::start().await?;
        let server = serve(folder.path(), 0, &mails, &[]).await?;
        let people = people.iter().map(|person| person.at(&server.address)).collect();
        Ok(Self { server, folder, people, _mails: mails })
    }

    /// Where the server listens.
    pub(crate) fn address(&self) -> &str {
        &self.server.address
    }

    /// Waits until all mails are sent: those of what was done so far belong to it, and not to what is measured next.
    pub(crate) async fn settled(&self) -> anyhow::Result<()> {
        let file = self.folder.path().join("datebook.sqlite");
        settled(async || Ok(rusqlite::Connection::open(&file)?.query_row(WAITING, [], |row| row.get(0))?)).await
    }
}

/// Whether a mail waits: 1 or 0.
pub(crate) const WAITING: &str = "SELECT count(*) FROM (SELECT 1 FROM job WHERE kind = 'mail' LIMIT 1) AS waiting";

/// Waits until no mail waits any more, but not for ever.
pub(crate) async fn settled(waiting: impl AsyncFn() -> anyhow::Result<i64>) -> anyhow::Result<()> {
    for _ in 0..3_000 {
        if waiting().await? == 0 {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    bail!("after a minute there are still mails to be sent")
}

/// A server as a business runs it: its mails go to a mail server. At a port; 0 takes a free one.
pub(crate) async fn serve(folder: &Path, port: u16, mails: &Mails, arguments: &[&str]) -> anyhow::Result<Program> {
    let smtp = ["--smtp", &mails.url];
    Program::start(folder, port, &[&OPEN[..], &smtp, arguments].concat()).await
}

/// Signs customers in at a demonstration, whose mails can be read; it has ended when this returns.
pub(crate) async fn people(
    folder: &Path,
    arguments: &[&str],
    emails: impl IntoIterator<Item = String>,
) -> anyhow::Result<Vec<Person>> {
    let reception = Program::serve(folder, 0, &[&OPEN[..], arguments].concat()).await?;
    let mut people = Vec::new();
    for email in emails {
        people.push(Person::sign_in(&reception.address, &email).await?);
    }
    reception.stop().await?;
    Ok(people)
}

/// A program of the same build.
pub(crate) fn program(name: &str) -> anyhow::Result<PathBuf> {
    let bench = std::env::current_exe()?;
    let folder = bench.parent().and_then(std::path::Path::parent).context("no target folder")?;
    Ok(folder.join(name))
}

/// The answers to some requests, one after the other.
pub(crate) async fn record(address: &str, requests: &[Vec<u8>]) -> anyhow::Result<Vec<Vec<u8>>> {
    let mut wire = Wire::connect(address).await?;
    let mut bodies = Vec::with_capacity(requests.len());
    for request in requests {
        let answer = wire.ask(request).await?;
        crate::load::ok(&answer)?;
        bodies.push(answer.body().into_owned());
    }
    Ok(bodies)
}
