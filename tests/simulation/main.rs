//! Devices, a counter and servers over a network that loses, repeats, delays, reorders and parts, with clocks that jump
//! and programs that end at any moment: seeded, so that whatever is found can be found again.
//!
//! The app's own code runs over its own file, and the server's own routes over its own database; only the network, the
//! clocks and whose turn it is are the simulation's. After quiet time the books must balance: see [`books`].
//!
//! | environment | |
//! |---|---|
//! | `SIMULATION_SEEDS` | how many seeds on SQLite (2000); a fifteenth of them on PostgreSQL |
//! | `SIMULATION_SEED` | the first seed, and only that one unless `SIMULATION_SEEDS` says more |
//! | `SIMULATION_ENGINE` | `sqlite`, `postgres` or `both` (default: both when `DATEBOOK_TEST_POSTGRES` names a cluster) |
//! | `SIMULATION_REPLAY` | a file that a failure has left: run exactly that, and nothing else |
//! | `SIMULATION_TWICE` | how many seeds on SQLite are run twice and compared (60) |
//! | `SIMULATION_KEEP` | the plans that find faults which are put in are written to `seeds` anew |
//!
//! What failed once is kept in `seeds` and run with every test: put the file there that a failure has left. Beside such
//! plans stand those that find the faults which are put in.
//!
//! Start reading at [`step`] (all that can happen), [`world`] (how it happens) and [`books`] (what must be so
//! afterwards). [`gate`] is how work at a node stands still between a decision and its commit.
//!
//! What is cut where. A device is cut while it waits for an answer, between two of its writes while it takes over news,
//! when it is at rest, and, by a [`fuse`], at every wait for its disk or its keychain in whatever it does. A node is cut at
//! every look at its clock: before and after each decision, between two commands of a push, within a round of jobs. Work
//! at a node is also dropped at its writes while the node lives, as when its caller hangs up. A commit that took effect
//! and whose answer nobody heard is a lost answer, or a write that fails afterwards: writes fail at random, before and
//! after they take effect (`store::faults`). Getting to know the business and signing in go over the same network as
//! everything else; only devices that are there from the beginning have done so before it fails.
//!
//! The counter checks customers in by person, whatever their devices do meanwhile, and sends what it has no answer to
//! again. Its page is not run here, so it shows no day, reads no codes and is not cut.

#![allow(clippy::unwrap_used)] // whatever goes wrong here is a test's end

mod books;
mod chance;
mod counter;
mod device;
mod fault;
mod fuse;
mod gate;
mod letters;
mod run;
mod shop;
mod stage;
mod step;
mod tally;
mod time;
mod trace;
mod world;

use std::{
    path::Path,
    time::{Duration, Instant},
};

use fault::Fault;
use stage::{POSTGRES, Stage};
use step::Kind;

/// What has to happen, or the simulation shows nothing.
const HAPPENS: [&str; 36] = [
    "answers lost",
    "answers that came too late",
    "callers that hung up",
    "check-ins that were answered again",
    "clocks that jumped",
    "commands accepted by servers",
    "commands refused by devices",
    "commands refused by servers",
    "commands taken back before they left",
    "commands taken back that may have left",
    "commands taken by devices",
    "customers who checked in by themselves",
    "customers who said that they were coming",
    "customers who said that they were late",
    "customers who were checked in at the counter",
    "cuts in the middle of commands",
    "cuts in the middle of syncs",
    "cuts in the middle of taking back",
    "cuts of devices",
    "cuts of devices that waited for an answer",
    "cuts of devices that wrote down news",
    "cuts of nodes",
    "devices that gave up waiting",
    "mails to sign in that had to be there",
    "messages lost in partitions",
    "partitions",
    "pauses of work at nodes",
    "pushes that paused while another came through",
    "requests lost",
    "requests repeated",
    "sign-ins of customers who were signed in",
    "sign-ins that came through",
    "sign-ins that did not",
    "sign-ins with digits that did not fit",
    "work that was cut off at nodes",
    "writes of nodes that failed",
];

/// What has to happen as well, and does so on devices only, whatever the engine, and once in hundreds of seeds.
const HAPPENS_RARELY: [&str; 3] = [
    "cuts in the middle of getting to know the business",
    "cuts in the middle of putting away",
    "cuts in the middle of signing in",
];

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{name} is a numeral, not {text}")))
}

/// The engines that were asked for.
fn engines() -> Vec<Kind> {
    let named = std::env::var(POSTGRES).is_ok();
    match std::env::var("SIMULATION_ENGINE").as_deref() {
        Ok("sqlite") => vec![Kind::Sqlite],
        Ok("postgres") => vec![Kind::Postgres],
        Ok("both") => vec![Kind::Sqlite, Kind::Postgres],
        Ok(other) => panic!("SIMULATION_ENGINE is sqlite, postgres or both, not {other}"),
        Err(_) if named => vec![Kind::Sqlite, Kind::Postgres],
        Err(_) => vec![Kind::Sqlite],
    }
}

#[test]
fn everybody_agrees_when_all_is_quiet() {
    if let Ok(file) = std::env::var("SIMULATION_REPLAY") {
        let failed = run::load(Path::new(&file));
        println!("{file} failed with: {}", failed.why);
        run::replay(&Stage::new(failed.plan.engine).unwrap(), &failed.plan, None)
            .unwrap_or_else(|why| panic!("it still fails: {why}"));
        return;
    }
    let engines = engines();
    let first = number("SIMULATION_SEED");
    let count = number("SIMULATION_SEEDS").unwrap_or(if first.is_some() { 1 } else { 2_000 });
    for engine in engines {
        // What PostgreSQL adds is its own engine; the rest is the same, and each question to it takes longer.
        let count = if engine == Kind::Postgres && first.is_none() { count.div_ceil(15) } else { count };
        let (first, since) = (first.unwrap_or(1), Instant::now());
        let tally = run::all(first, count, engine);
        println!("{count} seeds from {first} on {engine:?} in {} s:{tally}", since.elapsed().as_secs());
        // A few seeds may miss something by chance.
        let hardly_any = tally.of(books::OVERTAKEN) * 10 < tally.of(books::TOLD);
        assert!(count < 100 || hardly_any, "hardly any change goes without its letter");
        for (least, happens) in [(100, &HAPPENS[..]), (2_000, &HAPPENS_RARELY[..])] {
            for what in happens {
                assert!(
                    count < least || tally.of(what) > 0,
                    "a simulation without {what} would find nothing about them"
                );
            }
        }
    }
}

/// The same seed makes the same of it, line by line: or what failed once could not be found again.
#[test]
fn a_seed_is_the_same_simulation_each_time() {
    let count = number("SIMULATION_TWICE").unwrap_or(60);
    for engine in engines() {
        let (one, other) = (Stage::new(engine).unwrap(), Stage::new(engine).unwrap());
        let count = if engine == Kind::Postgres { count.div_ceil(15) } else { count };
        for seed in 1..=count {
            let (first, second) = (run::traced(&one, seed, engine), run::traced(&other, seed, engine));
            let differs = first.iter().zip(&second).position(|(first, second)| first != second);
            if let Some(line) = differs {
                let before = first[line.saturating_sub(8)..line].join("\n");
                panic!(
                    "seed {seed} on {engine:?}, line {line}, after\n{before}\n{}\nor\n{}",
                    first[line], second[line]
                );
            }
            assert_eq!(first.len(), second.len(), "seed {seed} on {engine:?} goes on longer once than another time");
        }
    }
}

#[test]
fn what_failed_once_does_not_fail_again() {
    let stage = Stage::new(Kind::Sqlite).unwrap();
    let kept = run::kept();
    let put_in = Fault::ALL.map(|fault| (fault, run::put_in(fault)));
    let found: Vec<_> = put_in.into_iter().filter(|(_, file)| kept.contains(file)).collect();
    assert!(!found.is_empty(), "with nothing kept this would pass over nothing");
    for (fault, file) in found {
        let plan = run::load(&file).plan;
        assert!(run::replay(&stage, &plan, Some(fault)).is_err(), "{} finds what it was kept for", file.display());
    }
    for file in kept {
        // What went wrong on one engine is not to go wrong on another either.
        let plan = run::load(&file).plan;
        run::replay(&stage, &plan, None).unwrap_or_else(|why| panic!("{}: {why}", file.display()));
    }
}

/// The checks can fail: faults that are put in on purpose are found.
#[test]
fn faults_that_are_put_in_are_found() {
    let stage = Stage::new(Kind::Sqlite).unwrap();
    for fault in Fault::ALL {
        let found = (1..=1_000).find_map(|seed| run::draw(&stage, seed, Kind::Sqlite, Some(fault)).err());
        let found = found.unwrap_or_else(|| panic!("nobody notices {fault:?}"));
        println!("{fault:?}: seed {}: {}", found.plan.seed, found.why);
        let again = run::replay(&stage, &found.plan, Some(fault));
        assert!(again.is_err(), "the plan of a failure fails again: {fault:?}");
        if std::env::var_os("SIMULATION_KEEP").is_some() {
            let smaller = run::smaller(&stage, &found, Some(fault), Duration::from_secs(20));
            run::write(&smaller, &run::put_in(fault));
        }
    }
}

/// What a failure leaves behind is smaller, and fails again.
#[test]
fn a_failure_is_made_smaller_and_runs_again_from_its_file() {
    let stage = Stage::new(Kind::Sqlite).unwrap();
    let fault = Some(Fault::Swallowed);
    let failed = (1..=100).find_map(|seed| run::draw(&stage, seed, Kind::Sqlite, fault).err()).unwrap();
    let smaller = run::smaller(&stage, &failed, fault, Duration::from_secs(10));
    assert!(smaller.plan.steps.len() < failed.plan.steps.len(), "most steps have nothing to do with a failure");
    let file = run::save(&smaller);
    let read = run::load(&file);
    std::fs::remove_file(&file).unwrap();
    assert_eq!(read.plan.steps, smaller.plan.steps, "the file says every step");
    assert!(run::replay(&stage, &read.plan, fault).is_err(), "and they fail again");
}
