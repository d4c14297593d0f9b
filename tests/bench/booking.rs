//! Promise 2: durable bookings on SQLite with 64 clients at once, against bare SQLite with the same rows.
//!
//! Three figures take turns: the floor; the engine alone, given the same rows with their guards; and the whole way, 64
//! signed-in devices that push over HTTP, where the server reads the session, decides by the rules, writes the verdict
//! and, beside it, sends every booking's mail.

use std::{
    collections::HashMap,
    future::Future,
    sync::Arc,
    time::{Duration, Instant},
};

use domain::{StaffId, Timestamp};
use store::{AnyStore, Batch, Engine, Guard, Key, NewJob, Store as _, Write};
use testkit::Person;
use tokio::runtime::Runtime;

use crate::{
    booker::Booker,
    load::Load,
    report::{Line, Report, Target, median},
    salon::{self, Plan, STAFF},
    sqlite::BareSqlite,
    stage::{Setting, Stage},
    template::{Producer, Template},
};

/// How many clients at once.
pub(crate) const CLIENTS: usize = 64;

/// Measures.
pub(crate) async fn run(setting: &Setting, report: &mut Report) -> anyhow::Result<()> {
    let folder = tempfile::tempdir_in(&setting.folder)?;
    let [bare, engine] = ["bare.sqlite", "engine.sqlite"].map(|name| folder.path().join(name));
    let template = Arc::new(Template::watch(setting, &bare).await?);
    std::fs::copy(&bare, &engine)?;

    let url = format!("sqlite:{}", engine.display());
    let emails = (0..CLIENTS).map(salon::email);
    let stage = Stage::open(setting, Plan { horizon: 365, full: 92 }, emails).await?;
    let mut subject = Load::connect(stage.address(), devices(&stage.people, 15)?).await?;
    let mut alone = Writing::begin(|| open(&url), &template)?;
    let mut floor = Writing::begin(|| async { BareSqlite::open(&bare) }, &template)?;
    let (mut whole, mut ours, mut theirs) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..=setting.rounds.count {
        let figures = (
            floor.round(setting.rounds.time)?,
            alone.round(setting.rounds.time)?,
            subject.round(setting.rounds.time).await?,
        );
        // The first is for warming up.
        if round > 0 {
            theirs.push(figures.0);
            ours.push(figures.1);
            whole.push(figures.2);
        }
    }
    let rows = template.describe();
    let target = Target::AtLeast(0.60);
    report.push(Line::rates(
        "2",
        format!("bookings, {CLIENTS} devices, the whole way by HTTP"),
        (&whole, &theirs),
        "/s",
        target,
    ));
    report.push(Line::rates(
        "2",
        format!("bookings, {CLIENTS} tasks, the engine alone: {rows}"),
        (&ours, &theirs),
        "/s",
        target,
    ));
    let single = median(&theirs);
    anyhow::ensure!(single > 0.0, "the floor wrote nothing");
    Ok(())
}

/// The business in a database, for whoever writes to it without a server.
pub(crate) async fn open(url: &str) -> anyhow::Result<AnyStore> {
    salon::store(&Engine::open(url).await?).await
}

/// Devices with times that nobody else takes.
pub(crate) fn devices(people: &[Person], minutes: u16) -> anyhow::Result<Vec<Booker>> {
    let device =
        |(number, person): (usize, &Person)| Ok(Booker::new(person, minutes, times(number, people.len(), minutes)?));
    people.iter().enumerate().map(device).collect()
}

/// The times of the `number`th device of so many, the last first: a share of one person's free days.
pub(crate) fn times(number: usize, of: usize, minutes: u16) -> anyhow::Result<Vec<(Timestamp, StaffId)>> {
    let staff: StaffId = salon::staff(number % STAFF).parse()?;
    // The days after those that are half full, as far ahead as can be booked.
    let (first, last) = (95, 360);
    let (share, shares) = (i64::try_from(number / STAFF)?, i64::try_from(of.div_ceil(STAFF))?);
    let days = (last - first) / shares;
    let starts = salon::free_starts(first + share * days, first + (share + 1) * days, minutes)?;
    Ok(starts.into_iter().rev().map(|start| (start, staff.clone())).collect())
}

/// What takes a booking's rows.
pub(crate) trait Takes: Clone + Send + 'static {
    /// Makes them durable.
    fn take(
        &self,
        known: &mut HashMap<Key, u64>,
        writes: Vec<Write>,
        jobs: Vec<NewJob>,
    ) -> impl Future<Output = anyhow::Result<()>> + Send;
}

impl Takes for BareSqlite {
    async fn take(&self, _: &mut HashMap<Key, u64>, writes: Vec<Write>, jobs: Vec<NewJob>) -> anyhow::Result<()> {
        self.write(writes, jobs).await
    }
}

impl Takes for AnyStore {
    /// Every document is guarded at the version it was last written at.
    async fn take(&self, known: &mut HashMap<Key, u64>, writes: Vec<Write>, jobs: Vec<NewJob>) -> anyhow::Result<()> {
        let keys: Vec<Key> = writes.iter().map(|write| write.key.clone()).collect();
        let guard = |key: &Key| Guard { key: key.clone(), version: known.get(key).copied().unwrap_or(0) };
        let guards = keys.iter().map(guard).collect();
        let committed = self.commit(Batch { guards, writes, jobs }).await?;
        for key in keys {
            let version = committed.spaces.iter().find(|(space, _)| space == &key.space).map_or(0, |space| space.1);
            known.insert(key, version);
        }
        Ok(())
    }
}

/// Tasks of this process that write as fast as they can, on a runtime like the server's.
pub(crate) struct Writing<T> {
    runtime: Option<Runtime>,
    to: T,
    template: Arc<Template>,
    producers: Vec<(Producer, HashMap<Key, u64>)>,
}

impl<T: Takes> Writing<T> {
    /// Opens what is written to.
    pub(crate) fn begin<F: Future<Output = anyhow::Result<T>> + Send>(
        open: impl FnOnce() -> F + Send,
        template: &Arc<Template>,
    ) -> anyhow::Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        let to = apart(|| runtime.block_on(open()))?;
        let producers = (0..CLIENTS).map(|number| (Producer::new(number), HashMap::new())).collect();
        Ok(Self { runtime: Some(runtime), to, template: Arc::clone(template), producers })
    }

    /// Writes for some time; gives bookings per second.
    pub(crate) fn round(&mut self, time: Duration) -> anyhow::Result<f64> {
        let Some(runtime) = &self.runtime else { anyhow::bail!("it has ended") };
        let began = Instant::now();
        let tasks: Vec<_> = self
            .producers
            .drain(..)
            .map(|(mut producer, mut known)| {
                let (to, template) = (self.to.clone(), Arc::clone(&self.template));
                runtime.spawn(async move {
                    let mut written = 0_u64;
                    while began.elapsed() < time {
                        let (writes, jobs) = producer.next(&template);
                        to.take(&mut known, writes, jobs).await?;
                        written += 1;
                    }
                    anyhow::Ok((producer, known, written))
                })
            })
            .collect();
        let mut written = 0;
        for task in tasks {
            let (producer, known, count) = apart(|| runtime.block_on(task))??;
            self.producers.push((producer, known));
            written += count;
        }
        Ok(written as f64 / began.elapsed().as_secs_f64())
    }
}

impl<T> Drop for Writing<T> {
    fn drop(&mut self) {
        // A runtime may not be waited for inside another one.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// Runs on a thread of its own: one runtime cannot be entered inside another.
fn apart<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| scope.spawn(work).join().expect("the thread ends"))
}
