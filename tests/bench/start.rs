//! The app's start and its memory, beside a bare window of the same library (`window/`): from the start of a process to a
//! painted screen that takes clicks, and what all of its processes hold a while later.
//!
//! The app has a business whose customer is signed in and has 10,000 bookings, and its server runs. Its folder was made by
//! the client, as in an app, from what the real server sent. Each round is a new process of each; files that the one before
//! has read are in the system's memory for both. They run in a home of their own (`tests/e2e/session`): with a session bus
//! and a keychain, out of the way of an app that is in use.

mod window;

use std::{path::Path, process::Stdio, sync::Arc};

use anyhow::Context as _;
use client::{App, FileVault, Reply, SystemClock, View};
use domain::{BookingState, CustomerId, Profile, Span, Timestamp, Zone};
use jiff::{SignedDuration, ToSpan as _};
use portal::{AgendaQuery, Screen, Tab, documents, spaces};
use serde::{Deserialize, Serialize};
use store::{Batch, Engine, Store as _, Write};
use testkit::Program;

pub(crate) use self::window::run as run_windows;
use crate::{
    report::{Line, Report, Target, figure, median},
    salon::{self, Plan},
    stage::{OPEN, Setting, program},
};

/// The argument that makes this program the one that opens windows.
pub(crate) const ARGUMENT: &str = "--windows";
/// How many bookings the customer has.
const BOOKINGS: i64 = 10_000;
/// How many of them are still to come.
const AHEAD: i64 = 200;
/// The customer.
const EMAIL: &str = "regular@people.example";

/// One window's round.
#[derive(Clone, Copy, Serialize, Deserialize)]
struct Round {
    /// From the start of the process to a painted screen, in milliseconds.
    start: f64,
    /// What all its processes hold when they have come to rest, in megabytes (10⁶ bytes), shared pages shared out.
    memory: f64,
}

/// Measures.
pub(crate) async fn run(setting: &Setting, report: &mut Report) -> anyhow::Result<()> {
    let (app, bare) = (program("datebook")?, program("bare-window")?);
    if !app.exists() || !bare.exists() {
        eprintln!("  the app is not built here (its libraries are missing): its start is not measured");
        return Ok(());
    }
    let folder = tempfile::tempdir_in(&setting.folder)?;
    let server = serve(folder.path()).await?;
    let device = folder.path().join("device");
    fill(&device, &server.address).await?;
    // As many as it takes for one that was disturbed not to count.
    let rounds = rounds(&device, [&app, &bare], setting.rounds.count + 2).await;
    let rounds = rounds.context("the app's start cannot be measured (is the app as new as the rest?)")?;
    let of = |which: usize, what: fn(&Round) -> f64| rounds.iter().map(|both| what(&both[which])).collect::<Vec<_>>();
    let mut push = |what: &str, unit: &str, most: f64, of_round: fn(&Round) -> f64| {
        let (ours, floor) = (of(0, of_round), of(1, of_round));
        let ratios = ours.iter().zip(&floor).map(|(ours, floor)| ours / floor).collect();
        report.push(Line {
            promise: "app",
            what: what.to_owned(),
            ours: format!("{} {unit}", figure(median(&ours))),
            floor: format!("{} {unit} (a bare window)", figure(median(&floor))),
            ratios,
            target: Target::AtMost(most),
        });
    };
    push("cold start to a usable agenda, 10,000 bookings, its server runs", "ms", 1.5, |round| round.start);
    push("memory of all its processes, at rest", "MB", 1.3, |round| round.memory);
    server.stop().await
}

/// A server with a business and its regular.
async fn serve(folder: &Path) -> anyhow::Result<Program> {
    let url = salon::make_in(folder, Plan { horizon: 365, full: 7 }).await?;
    let engine = Engine::open(&url).await?;
    let store = salon::store(&engine).await?;
    for some in regular()?.chunks(1_000) {
        store.commit(Batch { writes: some.to_vec(), ..Batch::default() }).await?;
    }
    engine.close().await;
    Program::serve(folder, 0, &OPEN).await
}

/// A customer who comes day by day, and has for years.
fn regular() -> anyhow::Result<Vec<Write>> {
    let id = CustomerId::new();
    let created = Timestamp::now();
    let space = spaces::customer(id);
    let profile =
        Profile { id, name: "Kim Berg".into(), email: EMAIL.into(), phone: "+49 30 5550 1000".into(), created };
    let zone: Zone = salon::ZONE.parse()?;
    let mut writes = vec![documents::write(space.clone(), &profile)];
    for number in 1..=BOOKINGS {
        // From as many days ahead back to tomorrow, and from yesterday on back: none is of today, which may be either.
        let later = if number <= AHEAD { AHEAD + 1 - number } else { AHEAD - number };
        let day = salon::today().saturating_add(later.days());
        let from = zone.at(day.at(10, 0, 0, 0));
        let span = Span { from, to: from + SignedDuration::from_mins(60) };
        let state = if number <= AHEAD { BookingState::Confirmed } else { BookingState::Completed };
        let person = usize::try_from(number)? % salon::STAFF;
        writes.push(documents::write(space.clone(), &salon::booking(id, person, 60, span, state, "")));
    }
    Ok(writes)
}

/// Makes the app's folder: connects, signs in, has everything sent.
async fn fill(folder: &Path, address: &str) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder)?;
    // The app finds a secret in a file whether or not there is a keychain.
    let vault = Arc::new(FileVault::new(folder.join("secrets")));
    let app = App::open(folder, vault, Arc::new(SystemClock)).await?;
    let business = app.connect(address).await?.id;
    app.request_link(business, EMAIL).await?;
    app.sign_in_with_digits(business, &testkit::digits(address, EMAIL).await?).await?;
    app.sync_now(business).await?;
    let mut count = 0;
    for tab in [Tab::Upcoming, Tab::Past] {
        let mut after = None;
        loop {
            let query = AgendaQuery { tab, text: String::new(), from: None, to: None, after };
            let Reply::Screen { screen: Screen::Agenda(page) } = app.view(business, View::Agenda(query)).await? else {
                anyhow::bail!("the agenda is no agenda");
            };
            count += page.tickets.len();
            after = page.next;
            if after.is_none() {
                break;
            }
        }
    }
    anyhow::ensure!(i64::try_from(count)? == BOOKINGS, "the device knows of {count} bookings");
    app.stop().await;
    Ok(())
}

/// Has the windows opened, in a session and on a display of their own where there is none.
async fn rounds(device: &Path, programs: [&Path; 2], count: usize) -> anyhow::Result<Vec<[Round; 2]>> {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    let session = root.join("tests/e2e/session");
    let shown =
        ["DISPLAY", "WAYLAND_DISPLAY"].iter().any(|name| std::env::var_os(name).is_some_and(|text| !text.is_empty()));
    let mut command = if shown {
        tokio::process::Command::new(session)
    } else {
        let mut command = tokio::process::Command::new("xvfb-run");
        command.args(["--auto-servernum", "--server-args=-screen 0 1280x900x24"]).arg(session);
        command
    };
    // Not by standard output: what gives us a display mixes that with what everybody has to say.
    let result = device.with_extension("json");
    command.arg(std::env::current_exe()?).arg(ARGUMENT).args([device, &result]).args(programs).arg(count.to_string());
    let status =
        command.stdin(Stdio::null()).stdout(std::io::stderr()).status().await.context("no window can be opened")?;
    anyhow::ensure!(status.success(), "the windows: {status}");
    serde_json::from_slice(&std::fs::read(result)?).context("what the windows took")
}
