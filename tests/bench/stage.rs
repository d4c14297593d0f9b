//! The real server with the measured business, and people who are signed in to it.

use std::{path::PathBuf, time::Duration};

use anyhow::Context as _;
use tempfile::TempDir;
use testkit::{Person, Program};

use crate::{
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
}

/// Limits that are not what is measured.
pub(crate) const OPEN: [&str; 4] = ["--attempts-per-client", "1000000", "--attempts-per-address", "1000"];

impl Stage {
    /// A server on a SQLite file.
    pub(crate) async fn open(setting: &Setting, plan: Plan) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir_in(&setting.folder)?;
        salon::make_in(folder.path(), plan).await.context("the business cannot be made")?;
        let server = Program::serve(folder.path(), 0, &OPEN).await?;
        Ok(Self { server, folder })
    }

    /// Where the server listens.
    pub(crate) fn address(&self) -> &str {
        &self.server.address
    }

    /// Customers who are signed in.
    pub(crate) async fn people(&self, count: usize) -> anyhow::Result<Vec<Person>> {
        people(self.address(), count).await
    }
}

/// A program of the same build.
pub(crate) fn program(name: &str) -> anyhow::Result<PathBuf> {
    let bench = std::env::current_exe()?;
    let folder = bench.parent().and_then(std::path::Path::parent).context("no target folder")?;
    Ok(folder.join(name))
}

/// Signs customers in, some at a time.
pub(crate) async fn people(address: &str, count: usize) -> anyhow::Result<Vec<Person>> {
    let mut people = Vec::with_capacity(count);
    for number in 0..count {
        people.push(Person::sign_in(address, &salon::email(number)).await?);
    }
    Ok(people)
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
