//! The hot paths on the store itself, one after the other on one thread, on both engines: what a question costs before
//! HTTP and beside it. The floor is the bare SQL that reads (or writes) the same rows.

use std::{
    collections::HashMap,
    future::Future,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::Context as _;
use domain::{CalendarId, Refusal, Timestamp};
use portal::{Actor, Context, Memory, View, spaces};
use store::{AnyStore, Pull as _, Read as _, Space, Store as _};
use tokio_postgres::NoTls;

use crate::{
    availability,
    booking::{Takes, open},
    postgres::{BarePostgres, Cluster},
    report::{Line, Report, Target, figure, median},
    salon::{self, Plan, STAFF},
    sqlite::BareSqlite,
    stage::Setting,
    template::{Producer, Template},
};

/// The rows that a month is made of, in one question. `live` says of a row that it is no tombstone.
fn rows(live: &str) -> String {
    format!(
        "SELECT document.body FROM document JOIN space ON space.id = document.space
         WHERE space.name LIKE 'calendar/%' AND document.kind = 'day' AND document.{live}
         AND document.sort >= $1 AND document.sort < $2"
    )
}

/// How things stand, in one question. `version` is a space's.
fn versions(version: &str) -> String {
    let names = (0..STAFF).map(|number| format!(", 'calendar/staff.{}'", salon::staff(number)));
    format!(
        "SELECT name, {version} FROM space
         WHERE realm IN (SELECT id FROM realm WHERE name <> 'operator') AND name IN ('catalogue'{})",
        names.collect::<String>()
    )
}

/// Measures.
pub(crate) async fn run(setting: &Setting, report: &mut Report) -> anyhow::Result<()> {
    let folder = tempfile::tempdir_in(&setting.folder)?;
    let copy = folder.path().join("watched.sqlite");
    let template = Template::watch(setting, &copy).await?;
    let url = format!("sqlite:{}", copy.display());
    let store = open(&url).await?;
    let bare = rusqlite::Connection::open(&copy)?;
    let newest = "(SELECT max(version) FROM document WHERE space = space.id)";
    let questions = [(rows("gone IS NULL"), month()), (versions(newest), Vec::new())];
    let [rows, versions] = questions.map(|(sql, values)| {
        let bare = &bare;
        move || {
            let mut query = bare.prepare_cached(&sql).expect("SQL");
            let mut found = query.query(rusqlite::params_from_iter(&values)).expect("an answer");
            let mut read = Vec::new();
            while let Some(row) = found.next().expect("a row") {
                read.push(row.get::<_, String>(0).expect("a text"));
            }
            std::hint::black_box(read.len());
            std::future::ready(anyhow::Ok(()))
        }
    });
    let floor = Floor {
        rows: time(setting, rows).await?,
        versions: time(setting, versions).await?,
        commit: commits(setting, &BareSqlite::open(&copy)?, 0, &template).await?,
    };
    engine("SQLite", setting, &store, &template, &floor, report).await?;

    let cluster = Cluster::start().await?;
    let measured = on_postgres(setting, &cluster.url, &template, report).await;
    cluster.close().await?;
    measured
}

async fn on_postgres(setting: &Setting, url: &str, template: &Template, report: &mut Report) -> anyhow::Result<()> {
    salon::make(url, Plan { horizon: 365, full: 92 }).await?;
    let store = open(url).await?;
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    tokio::spawn(connection);
    let (rows, versions) = (rows("body IS NOT NULL"), versions("version"));
    let (rows, versions) = (client.prepare(&rows).await?, client.prepare(&versions).await?);
    let month = month();
    let floor = Floor {
        rows: time(setting, || async { Ok(client.query(&rows, &[&month[0], &month[1]]).await?) }).await?,
        versions: time(setting, || async { Ok(client.query(&versions, &[]).await?) }).await?,
        commit: commits(setting, &BarePostgres::open(url, 1).await?, 0, template).await?,
    };
    engine("PostgreSQL", setting, &store, template, &floor, report).await
}

/// The first day of next month and of the month after, as calendar days are sorted.
fn month() -> Vec<String> {
    use jiff::ToSpan as _;
    let first = salon::today().last_of_month().saturating_add(1.days());
    vec![first.to_string(), first.saturating_add(1.months()).to_string()]
}

/// What bare SQL takes, in seconds.
struct Floor {
    rows: Vec<f64>,
    versions: Vec<f64>,
    commit: Vec<f64>,
}

async fn engine(
    name: &str,
    setting: &Setting,
    store: &AnyStore,
    template: &Template,
    floor: &Floor,
    report: &mut Report,
) -> anyhow::Result<()> {
    let memory = &Memory::default();
    let context = &Context { now: Timestamp::now(), actor: Actor::Anyone };
    let mut push = |what: &str, ours: &[f64], floor: &[f64], of: &str| {
        report.push(Line {
            promise: "",
            what: format!("{name}: {what}"),
            ours: format!("{} µs", figure(median(ours) * 1e6)),
            floor: format!("{} µs ({of})", figure(median(floor) * 1e6)),
            ratios: vec![median(ours) / median(floor)],
            target: Target::Time,
        });
    };
    // The second is next month, with anybody.
    let next = availability::months().into_iter().nth(1).context("a month")?;
    let day = availability::days().into_iter().nth(3).context("a day")?;
    let days = "reading a month's calendar days";
    for (what, view) in [("a month", &next), ("a day", &day)] {
        let cold = time(setting, || async {
            let read = store.snapshot().await?;
            answered(portal::view(&read, context, view).await?)
        });
        push(&format!("{what}, nothing remembered"), &cold.await?, &floor.rows, days);
        let parsed = time(setting, || async {
            let read = memory.recall(store.snapshot().await?);
            answered(portal::view(&read, context, view).await?)
        });
        push(&format!("{what}, calendars remembered"), &parsed.await?, &floor.rows, days);
        let known = time(setting, || answer(store, memory, context, view));
        push(&format!("{what}, answer remembered"), &known.await?, &floor.versions, "reading the versions");
    }
    let calendars = (0..STAFF).map(|number| anyhow::Ok(CalendarId::Staff(salon::staff(number).parse()?)));
    let mut all: Vec<Space> = calendars.map(|id| Ok(spaces::calendar(&id?))).collect::<anyhow::Result<_>>()?;
    all.push(spaces::catalogue());
    let all = &all;
    let nothing = time(setting, || async { Ok(store.snapshot().await?.versions(all).await?) });
    push("is there anything new in 13 spaces", &nothing.await?, &floor.versions, "reading the versions");
    let version = store.snapshot().await?.version(&all[0]).await?;
    let one = time(setting, || async { Ok(store.snapshot().await?.pull(&all[0], version - 1, 100).await?) });
    push("a pull of one change", &one.await?, &floor.versions, "reading the versions");
    let commit = commits(setting, store, 1, template).await?;
    push("one booking's commit, alone", &commit, &floor.commit, "writing the same rows");
    Ok(())
}

async fn answer(store: &AnyStore, memory: &Memory, context: &Context, view: &View) -> anyhow::Result<Arc<str>> {
    answered(memory.recall(store.snapshot().await?).answer(context, view.clone()).await?)
}

fn answered<T>(answer: Result<T, Refusal>) -> anyhow::Result<T> {
    answer.map_err(|refusal| anyhow::anyhow!("refused: {refusal:?}"))
}

/// How long something takes, over and over for a while.
async fn time<T, F: Future<Output = anyhow::Result<T>>>(
    setting: &Setting,
    mut what: impl FnMut() -> F,
) -> anyhow::Result<Vec<f64>> {
    let end = Instant::now() + setting.rounds.time.min(Duration::from_millis(700));
    let mut took = Vec::new();
    while took.len() < 5 || (Instant::now() < end && took.len() < 20_000) {
        let began = Instant::now();
        std::hint::black_box(what().await?);
        took.push(began.elapsed().as_secs_f64());
    }
    Ok(took)
}

/// `number` says whose days are written: those who share a database each need their own.
async fn commits<T: Takes>(setting: &Setting, to: &T, number: usize, template: &Template) -> anyhow::Result<Vec<f64>> {
    let (mut producer, mut known) = (Producer::new(number), HashMap::new());
    let end = Instant::now() + setting.rounds.time;
    let mut took = Vec::new();
    while took.len() < 5 || Instant::now() < end {
        let (writes, jobs) = producer.next(template);
        let began = Instant::now();
        to.take(&mut known, writes, jobs).await?;
        took.push(began.elapsed().as_secs_f64());
    }
    Ok(took)
}
