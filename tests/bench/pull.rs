//! Promise 3: pulls. Nothing new and one change against a bare handler that returns the same bytes; a first sync against
//! reading the same rows from bare SQLite and sending the same bytes.

use std::{path::Path, time::Instant};

use anyhow::Context as _;
use protocol::{Pull, Pulled};
use testkit::Person;

use crate::{
    bare::Bare,
    load::{Cycle, Load},
    report::{Line, Report, Target, figure, median},
    salon::{self, Plan},
    stage::{Rounds, Setting, Stage, record},
    wire::{Wire, post},
};

/// How many connections ask for small things.
const CONNECTIONS: usize = 32;
const PATH: &str = "/api/v1/pull";

/// Measures.
pub(crate) async fn run(setting: &Setting, report: &mut Report) -> anyhow::Result<()> {
    let emails = (0..8).map(salon::email).chain([salon::ARCHIVE.to_owned()]);
    let mut stage = Stage::open(setting, Plan { horizon: 90, full: 92 }, emails).await?;
    let archive = stage.people.pop().context("the archive's customer is the last")?;
    let (mut nothing, mut one) = (Vec::new(), Vec::new());
    for person in &stage.people {
        let known = known(stage.address(), person).await?;
        nothing.push(post(PATH, Some(person.token()), false, &serde_json::to_string(&known)?));
        let mut behind = known.clone();
        *behind.have.get_mut(&own(person)).context("a customer reads their own space")? -= 1;
        one.push(post(PATH, Some(person.token()), false, &serde_json::to_string(&behind)?));
    }
    for (promise, what, requests, target) in [
        ("3", "a pull with nothing new, signed in", nothing, Target::AtLeast(0.60)),
        ("", "a pull of one change", one, Target::None),
    ] {
        let (bytes, ours, theirs) = small(setting.rounds, &stage, requests).await?;
        report.push(Line::rates(promise, format!("{what} ({bytes} bytes)"), (&ours, &theirs), "/s", target));
    }
    for (promise, gzip) in [("3", false), ("3", true)] {
        report.push(first_sync(setting.rounds, &stage, &archive, promise, gzip).await?);
    }
    Ok(())
}

fn own(person: &Person) -> String {
    portal::spaces::customer(person.customer).to_string()
}

/// What a device that has everything says it has.
pub(crate) async fn known(address: &str, person: &Person) -> anyhow::Result<Pull> {
    let mut wire = Wire::connect(address).await?;
    let mut pull = Pull::default();
    loop {
        let request = post(PATH, Some(person.token()), false, &serde_json::to_string(&pull)?);
        let answer = wire.ask(&request).await?;
        let pulled: Pulled = serde_json::from_slice(&answer.body())?;
        pull.have.extend(pulled.spaces.iter().map(|space| (space.space.clone(), space.version)));
        pull.epoch = Some(pulled.epoch);
        if !pulled.more {
            return Ok(pull);
        }
    }
}

async fn small(rounds: Rounds, stage: &Stage, requests: Vec<Vec<u8>>) -> anyhow::Result<(usize, Vec<f64>, Vec<f64>)> {
    let recorded = record(stage.address(), &requests).await?;
    let bytes = recorded.iter().map(Vec::len).sum::<usize>() / recorded.len();
    let bare = Bare::start(&recorded, None).await?;
    // The floor is asked with the very same bytes but for the path.
    let same = |number: usize, request: &Vec<u8>| {
        let text = String::from_utf8_lossy(request).replacen(PATH, &format!("/{number}"), 1);
        text.into_bytes()
    };
    let asked = requests.iter().enumerate().map(|(number, request)| same(number, request)).collect();
    let mut floor = Load::connect(&bare.address, Cycle::over(asked, CONNECTIONS)).await?;
    let mut subject = Load::connect(stage.address(), Cycle::over(requests, CONNECTIONS)).await?;
    floor.round(rounds.time / 4).await?;
    subject.round(rounds.time / 4).await?;
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..rounds.count {
        theirs.push(floor.round(rounds.time).await?);
        ours.push(subject.round(rounds.time).await?);
    }
    Ok((bytes, ours, theirs))
}

/// One device after the other takes a space of two thousand documents.
async fn first_sync(
    rounds: Rounds,
    stage: &Stage,
    person: &Person,
    promise: &'static str,
    gzip: bool,
) -> anyhow::Result<Line> {
    let mut pull = known(stage.address(), person).await?;
    pull.have.remove(&own(person));
    let body = serde_json::to_string(&pull)?;
    let request = post(PATH, Some(person.token()), gzip, &body);
    let recorded = record(stage.address(), std::slice::from_ref(&request)).await?;
    let file = stage.folder.path().join("datebook.sqlite");
    let bare = Bare::start(&recorded, Some((&file, &own(person)))).await?;
    let bare_request = post("/rows/0", Some(person.token()), gzip, &body);
    let (count, bytes) = document_bytes(&file, &own(person))?;
    let mut subject = Wire::connect(stage.address()).await?;
    let mut floor = Wire::connect(&bare.address).await?;
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..(rounds.count * 8) {
        theirs.push(time(&mut floor, &bare_request).await?);
        ours.push(time(&mut subject, &request).await?);
    }
    let speed = |seconds: f64| bytes as f64 / 1_000_000.0 / seconds;
    let (our, their) = (median(&ours), median(&theirs));
    let gzip = if gzip { "with gzip" } else { "without gzip" };
    Ok(Line {
        promise,
        what: format!(
            "a first sync of {count} documents of {} bytes, {gzip} ({} bytes sent)",
            bytes / count,
            recorded[0].len()
        ),
        ours: format!("{} MB/s, {} ms", figure(speed(our)), figure(our * 1e3)),
        floor: format!("{} MB/s, {} ms", figure(speed(their)), figure(their * 1e3)),
        ratios: ours.iter().zip(&theirs).map(|(ours, theirs)| ours / theirs).collect(),
        target: Target::AtMostOr(1.5, speed(our) >= 50.0, "≥ 50 MB/s"),
    })
}

async fn time(wire: &mut Wire, request: &[u8]) -> anyhow::Result<f64> {
    let began = Instant::now();
    crate::load::ok(&wire.ask(request).await?)?;
    Ok(began.elapsed().as_secs_f64())
}

/// How many documents a space has and how many bytes their bodies.
fn document_bytes(file: &Path, space: &str) -> anyhow::Result<(usize, usize)> {
    let connection = rusqlite::Connection::open(file)?;
    let sql = "SELECT count(*), sum(octet_length(body)) FROM document JOIN space ON space.id = document.space
               WHERE space.name = ?1 AND body IS NOT NULL";
    let row = |row: &rusqlite::Row<'_>| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?));
    let (count, bytes) = connection.query_row(sql, [space], row)?;
    Ok((usize::try_from(count)?, usize::try_from(bytes)?))
}
