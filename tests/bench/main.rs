//! `./bench`: what the server and the app do, each beside the floor that the machine sets in the same run.
//!
//! Every measurement is a file; [`MEASUREMENTS`] lists them. Floor and subject take turns in short rounds, because a
//! machine is never quiet for long; what counts is the median of the rounds' ratios.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a measurement that cannot go on has failed
#![allow(clippy::float_arithmetic)] // rates and ratios are what floats are for
#![allow(clippy::cast_precision_loss)]

mod availability;
mod bare;
mod booker;
mod booking;
mod failover;
mod hot;
mod load;
mod loopback;
mod machine;
mod mails;
mod mixed;
mod nodes;
mod postgres;
mod pull;
mod report;
mod salon;
mod scale;
mod share;
mod sqlite;
mod stage;
mod start;
mod template;
mod wire;

use std::{path::PathBuf, time::Duration};

use stage::{Rounds, Setting};

/// What can be asked for by name, in the order of the table.
const MEASUREMENTS: [&str; 8] = ["availability", "booking", "pull", "loopback", "mixed", "nodes", "hot", "start"];

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1).peekable();
    if arguments.next_if(|first| first == bare::ARGUMENT).is_some() {
        return bare::run(arguments);
    }
    if arguments.next_if(|first| first == start::ARGUMENT).is_some() {
        return start::run_windows(arguments);
    }
    // Not of the default run: what it measures takes long to load.
    if arguments.next_if(|first| first == scale::ARGUMENT).is_some() {
        return scale::run(arguments.filter(|argument| argument != "--bench"));
    }
    let mut names = Vec::new();
    let mut quick = false;
    for argument in arguments {
        match argument.as_str() {
            "--quick" => quick = true,
            // What cargo adds by itself.
            "--bench" => {}
            "--list" => {
                MEASUREMENTS.iter().for_each(|name| println!("{name}"));
                return Ok(());
            }
            name if MEASUREMENTS.contains(&name) => names.push(name.to_owned()),
            other => anyhow::bail!("there is nothing called '{other}'; --list lists what there is"),
        }
    }
    let rounds = if quick {
        Rounds { count: 3, time: Duration::from_millis(400) }
    } else {
        Rounds { count: 5, time: Duration::from_millis(1_000) }
    };
    let root = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    let folder = root.join(".work/bench");
    std::fs::create_dir_all(&folder)?;
    let setting = Setting { folder, rounds };
    // One thread asks: the client must cost little beside what it measures, and the same for floor and subject.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let load = machine::load();
    let mut report = report::Report::default();
    let mut failed = 0;
    for name in MEASUREMENTS.iter().filter(|name| names.is_empty() || names.iter().any(|wanted| wanted == *name)) {
        eprintln!("▸ {name}");
        let measured = runtime.block_on(async {
            match *name {
                "availability" => availability::run(&setting, &mut report).await,
                "booking" => booking::run(&setting, &mut report).await,
                "loopback" => loopback::run(&setting, &mut report).await,
                "mixed" => mixed::run(&setting, &mut report).await,
                "nodes" => nodes::run(&setting, &mut report).await,
                "hot" => hot::run(&setting, &mut report).await,
                "start" => start::run(&setting, &mut report).await,
                _ => pull::run(&setting, &mut report).await,
            }
        });
        // What the others measure is worth seeing all the same.
        if let Err(error) = measured {
            eprintln!("  {name} has failed: {error:#}");
            failed += 1;
        }
    }
    let table = report::table(&report.lines);
    print!("{table}");
    anyhow::ensure!(failed == 0, "{failed} of the measurements have failed; the page stays as it was");
    // Only a whole run in full rounds is worth keeping.
    if names.is_empty() && !quick {
        let Rounds { count, time } = setting.rounds;
        let page = include_str!("page.md")
            .replace("{machine}", &machine::describe(&setting.folder, &load)?)
            .replace("{table}", &table)
            .replace("{rounds}", &format!("{count} of {} s each", time.as_secs_f64()));
        std::fs::write(root.join("docs/performance.md"), page)?;
    }
    Ok(())
}
