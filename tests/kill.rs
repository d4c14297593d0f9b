//! `kill -9` at random moments under load: no acknowledged command is lost, none is applied twice.
//!
//! Eight devices push numbered commands as fast as they can while the server dies and rises. Afterwards the books are
//! checked, see `books.rs`. On PostgreSQL the database crashes as well, every ten rounds, and the server has to live through
//! it.
//!
//! `KILL_ROUNDS` sets how often the server dies (50 on SQLite, 30 on PostgreSQL), `KILL_SEED` the random moments; the seed
//! is printed.

#![allow(clippy::unwrap_used)] // a test that cannot go on has failed

use datebook_tests::books::{Device, Heard, balance, starts};
use rand::{Rng, SeedableRng, rngs::StdRng};
use testkit::{Cluster, Person, Program};

const DEVICES: usize = 8;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_and_nothing_happens_twice() {
    run(50, None).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_and_nothing_happens_twice_on_postgresql() {
    run(30, Some(Cluster::start().unwrap())).await;
}

async fn run(rounds: usize, mut cluster: Option<Cluster>) {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let rounds = number("KILL_ROUNDS").map_or(rounds, |rounds| usize::try_from(rounds).unwrap());
    let seed = number("KILL_SEED").unwrap_or_else(rand::random);
    let engine = if cluster.is_some() { "PostgreSQL" } else { "SQLite" };
    println!("{engine}: KILL_SEED={seed} KILL_ROUNDS={rounds}");
    let mut rng = StdRng::seed_from_u64(seed);

    let folder = tempfile::tempdir().unwrap();
    let url = cluster.as_ref().map(Cluster::url);
    let arguments: Vec<&str> = url.iter().flat_map(|url| ["--database", url]).collect();
    Program::apply_to(folder.path(), &datebook_tests::business(), &arguments).await.unwrap();
    let mut server = Program::serve(folder.path(), 0, &arguments).await.unwrap();
    let port = server.port();
    let mut devices = Vec::new();
    for number in 0..DEVICES {
        let person = Person::sign_in(&server.address, &format!("kill-{number}@people.example")).await.unwrap();
        devices.push(Device::new(person, rng.random()));
    }
    let starts = starts(&devices[0].person).await;
    let heard = Heard::default();

    let (mut under_way, mut crashes) = (0, 0);
    for round in 0..rounds {
        let tasks: Vec<_> = devices
            .drain(..)
            .map(|device| {
                let (starts, heard) = (starts.clone(), heard.clone());
                tokio::spawn(async move { device.work(&starts, &heard).await })
            })
            .collect();
        // After a random number of verdicts: whatever the other devices have under way is cut off.
        heard.more(rng.random_range(1..60)).await;
        if let Some(cluster) = cluster.as_mut().filter(|_| round % 10 == 4) {
            cluster.stop().unwrap();
            crashes += 1;
            cluster.resume().unwrap();
            heard.more(rng.random_range(1..60)).await;
        }
        server.kill().await.unwrap();
        for task in tasks {
            let device = task.await.unwrap();
            under_way += usize::from(device.waits());
            devices.push(device);
        }
        server = Program::serve(folder.path(), port, &arguments).await.unwrap();
    }

    let balance = balance(&mut devices).await;
    println!("{engine}: {rounds} kills and {crashes} crashes of the database with {under_way} pushes under way");
    println!("{engine}: {} commands with a verdict: {:?}", balance.told, balance.outcomes);
    println!("{engine}: answers that were no verdicts: {:?}", balance.tries.answered);
    assert!(under_way >= rounds, "kills hit pushes under way");
    let answers: Vec<_> = balance.tries.answered.keys().copied().collect();
    // Without its database the server says that it is busy, and nothing worse.
    assert!(answers.iter().all(|status| *status == 503), "a device comes back by itself after a 503 only: {answers:?}");
}
