//! What a server on such a database holds in memory.

use anyhow::Context as _;
use portal::{MonthQuery, View};
use testkit::{Person, Program};

use crate::{
    stage::OPEN,
    wire::{Wire, post},
};

/// How many people sign in and look.
const PEOPLE: usize = 20;

/// Prints it.
pub(super) async fn print(url: &str) -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let mut arguments = vec!["--database", url];
    arguments.extend(OPEN);
    let server = Program::serve(folder.path(), 0, &arguments).await?;
    let process = server.process().context("the server has ended")?;
    let mut wire = Wire::connect(&server.address).await?;
    println!("| a server's memory | MB |\n|---|---|");
    println!("| idle | {} |", resident(process)?);
    for branch in 0..200 {
        let query = MonthQuery {
            service: "dry-cut".parse()?,
            variant: "standard".parse()?,
            place: format!("branch-{branch:04}").parse()?,
            staff: None,
            party: 1,
            moving: None,
            month: None,
        };
        let request = post("/api/v1/view", None, false, &serde_json::to_string(&View::Month(query))?);
        // There are no more places.
        if wire.ask(&request).await?.status != 200 {
            break;
        }
    }
    println!("| after a month of every place | {} |", resident(process)?);
    let mut came = 0;
    for number in 1..PEOPLE * 50 {
        // Somebody may have mail from a former run in the demonstration's mailbox, which is not the one to sign in with.
        let Ok(person) = Person::sign_in(&server.address, &crate::salon::email(number)).await else { continue };
        person.view(&View::Profile).await?;
        let first = post("/api/v1/pull", Some(person.token()), false, "{}");
        crate::load::ok(&wire.ask(&first).await?)?;
        came += 1;
        if came == PEOPLE {
            break;
        }
    }
    anyhow::ensure!(came == PEOPLE, "nobody can sign in");
    println!("| after {PEOPLE} people signed in and pulled their first page | {} |\n", resident(process)?);
    server.kill().await
}

/// Megabytes that are in memory.
fn resident(process: u32) -> anyhow::Result<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
    Ok(line.trim().trim_end_matches("kB").trim().parse::<u64>()? / 1024)
}
