//! As many listeners to pokes as one node takes: what they cost, when each is told, and what one more is answered.
//!
//! A system that gives a process too few files for ten thousand fails the test; with `CROWD_FEWER=1` it goes on with as
//! many as there is room for.

#![allow(clippy::unwrap_used)] // a test that cannot go on has failed
#![cfg(target_os = "linux")] // what a process holds in memory is read from /proc

mod customers;
mod listener;

use std::{collections::HashMap, time::Duration};

use domain::BookingId;
use portal::{Book, Cancel, Command};
use protocol::Verdict;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use testkit::{Person, Program};
use tokio::{
    sync::mpsc,
    time::{Instant, timeout},
};

use crate::listener::{Opened, Told};

/// How many a node lets listen, when nobody says otherwise.
const LISTENERS: usize = 10_000;
/// Says that fewer will do.
const FEWER: &str = "CROWD_FEWER";
/// How many listen with one session.
const EACH: usize = 8;
/// The most that a listener may cost, in bytes of the server's memory.
const COSTS: u64 = 64 << 10;
/// How many a node tells of what everybody may read, in a second.
const A_SECOND: usize = 2_000;
/// Nothing here takes so long.
const PATIENCE: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_listen_and_each_is_told_in_its_turn() {
    let files = room_for_files();
    // This process holds one end of each connection, the server's the other.
    let listeners = LISTENERS.min(files.saturating_sub(500) / EACH * EACH);
    if listeners < LISTENERS {
        let short = format!("this system gives a process {files} files: {listeners} of {LISTENERS} can listen");
        assert!(std::env::var_os(FEWER).is_some(), "{short}; {FEWER}=1 goes on with them");
        println!("{short}");
    }
    let folder = tempfile::tempdir().unwrap();
    Program::apply(folder.path(), &datebook_tests::business()).await.unwrap();
    let strangers = listeners / 2;
    let tokens = customers::plant(folder.path(), (listeners - strangers) / EACH - 1).await;
    let server = Program::serve(folder.path(), 0, &["--listeners", &listeners.to_string()]).await.unwrap();
    let ada = Person::sign_in(&server.address, "ada@people.example").await.unwrap();
    let (_, starts) = datebook_tests::free_starts(&ada).await.unwrap();

    let before = resident(&server);
    let (hears, mut told) = mpsc::unbounded_channel();
    let mut opening = tokio::task::JoinSet::new();
    let all = (tokens.iter().map(String::as_str)).chain([ada.token()]).flat_map(|token| [Some(token); EACH]);
    for (number, token) in all.chain((0..strangers).map(|_| None)).enumerate() {
        opening.spawn(listener::open(server.port(), token.map(str::to_owned), number, hears.clone()));
        if opening.len() >= 200 {
            assert!(matches!(opening.join_next().await.unwrap().unwrap(), Opened::Listens), "there is room");
        }
    }
    while let Some(opened) = opening.join_next().await {
        assert!(matches!(opened.unwrap(), Opened::Listens), "there is room");
    }
    let costs = resident(&server).saturating_sub(before) / listeners as u64;
    println!("{listeners} listeners: {before} bytes without them, {costs} bytes for each");
    assert!(costs < COSTS, "memory stays bounded: {costs} bytes for a listener");

    let late = Person::sign_in(&server.address, "late@people.example").await.unwrap();
    for token in [None, Some(late.token().to_owned())] {
        let Opened::Answered(answer) = listener::open(server.port(), token, listeners, hears.clone()).await else {
            panic!("more listen than there is room for")
        };
        assert!(answer.starts_with("HTTP/1.1 503 ") && answer.contains("retry-after: 15"), "one too many: {answer}");
    }

    let (service, variant, place) = datebook_tests::cut();
    let (booking, staff, party, note) = (BookingId::new(), None, 1, String::new());
    let mut book = Book { booking, service, variant, place, staff, start: starts[0], party, note };
    let begun = Instant::now();
    let verdict = ada.execute(&Command::Book(book.clone())).await.unwrap();
    assert!(matches!(verdict, Verdict::Accepted { .. }), "the time was free: {verdict:?}");
    let own = format!("customer/{}", ada.customer);
    let (mut of_own, mut of_calendar) = (HashMap::new(), HashMap::new());
    while of_own.len() < EACH || of_calendar.len() < listeners {
        let Told { number, spaces, at } = timeout(PATIENCE, told.recv()).await.expect("everybody is told").unwrap();
        for space in spaces {
            let after = at.duration_since(begun);
            let before = if space == own {
                of_own.insert(number, after)
            } else {
                assert!(space.starts_with("calendar/"), "{space} is nobody's to hear of");
                of_calendar.insert(number, after)
            };
            assert!(before.is_none(), "listener {number} hears of {space} twice");
        }
    }
    assert!(of_own.keys().all(|number| (strangers - EACH..strangers).contains(number)), "nobody else hears of ada");
    let (at_once, mut turns) = (of_own.values().max().unwrap(), of_calendar.into_values().collect::<Vec<_>>());
    turns.sort_unstable();
    let (first, middle, last) = (turns[0], turns[turns.len() / 2], turns[turns.len() - 1]);
    println!("of a booking: the customer's own devices heard after at most {at_once:?}");
    println!("all others: the first after {first:?}, half of them after {middle:?}, the last after {last:?}");
    // In its turn it would come with half of the others. What holds up the booking itself holds up both.
    let later = at_once.saturating_sub(first);
    assert!(later < Duration::from_secs(2), "what is one's own is told at once: {later:?} after the first of all");
    let round = Duration::from_millis((listeners * 1_000 / A_SECOND) as u64);
    assert!(last < round + Duration::from_secs(5), "everybody has a turn: {last:?}");
    // Each of them comes to pull: the whole point of turns is that they do not come together.
    assert!(last - first > round * 7 / 10, "they come one after the other: {:?}", last - first);

    // Now somebody changes their mind all the time.
    let (begun, worked, mut changes) = (Instant::now(), worked(&server), 0);
    while begun.elapsed() < Duration::from_secs(5) {
        // Not by moving one appointment, which has an end.
        let command = if changes % 2 == 0 {
            Command::Cancel(Cancel { booking: book.booking, reason: String::new() })
        } else {
            book.booking = BookingId::new();
            Command::Book(book.clone())
        };
        let verdict = ada.execute(&command).await.unwrap();
        assert!(matches!(verdict, Verdict::Accepted { .. }), "the time is free, or hers: {verdict:?}");
        changes += 1;
    }
    let (mut pokes, mut own_pokes) = (0, 0);
    while let Ok(Told { spaces, .. }) = told.try_recv() {
        if spaces.contains(&own) { own_pokes += 1 } else { pokes += 1 }
    }
    let (passed, worked) = (begun.elapsed(), self::worked(&server) - worked);
    println!(
        "{changes} changes in {passed:?}: {pokes} pokes in turns, {own_pokes} at once; ticks of the clock: {worked}"
    );
    let most = A_SECOND * (passed.as_millis() as usize + 500) / 1_000;
    assert!(pokes <= most, "however much happens, no more are told: {pokes} of {most}");
    assert!(own_pokes >= EACH, "and whose own it is goes first: {own_pokes}");
    let grown = resident(&server).saturating_sub(before) / listeners as u64;
    println!("afterwards {grown} bytes for each");
    assert!(grown < COSTS, "nothing is kept for those who hear less often than something happens: {grown}");
}

/// For how many ticks of the system's clock, hundredths of a second as a rule, the server has worked.
fn worked(server: &Program) -> u64 {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", server.process().unwrap())).unwrap();
    // After the name in brackets; these two are the 14th and 15th of all (proc_pid_stat(5)).
    let (_, numbers) = stat.rsplit_once(") ").expect("Linux tells it");
    numbers.split(' ').skip(11).take(2).map(|ticks| ticks.parse::<u64>().unwrap()).sum()
}

/// Raises this process's limit of open files as far as the system lets it, and says how far that is.
fn room_for_files() -> usize {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let raised = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum });
    let files = if raised.is_ok() { maximum } else { current };
    files.and_then(|files| usize::try_from(files).ok()).unwrap_or(usize::MAX)
}

/// Bytes of memory that the server's process holds.
fn resident(server: &Program) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.process().unwrap())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("Linux tells it");
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
}
