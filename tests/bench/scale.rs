//! `./bench scale DATABASE…`: what one operation costs in databases of different sizes, each loaded with
//! `datebook-server sample --bookings-per-customer` (docs/scale.md says how).
//!
//! Every customer and place is drawn anew for each operation, so little of what is asked for was asked for before. The
//! engine and the rules run in this process: HTTP costs the same whatever the size. Nothing is part of the default run,
//! as loading takes long; the database is changed a little (jobs, and appointments that are cancelled again).

mod depth;
mod server;

use std::time::{Duration, Instant};

use anyhow::Context as _;
use domain::{BookingId, CustomerId, Timestamp};
use jiff::{SignedDuration, ToSpan as _};
use portal::{
    Actor, AgendaQuery, Book, Cancel, Command, Context, DayQuery, Memory, MonthQuery, Outcome, Screen, Tab, View,
    documents, settle,
    spaces::{self, Readable},
};
use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use store::{AnyStore, Batch, Engine, NewJob, Pull as _, Read as _, Store as _};

/// The word that asks for this.
pub(crate) const ARGUMENT: &str = "scale";

/// How often each read is asked, and each write.
const READS: usize = 1_000;
const WRITES: usize = 300;
/// The kind of the jobs that wait, which no server takes.
const KIND: &str = "scale";

/// Measures the databases that are named.
pub(crate) fn run(urls: impl Iterator<Item = String>) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    for url in urls {
        let engine = if url.starts_with("sqlite:") { "SQLite" } else { "PostgreSQL" };
        println!("\n## {engine}\n");
        runtime.block_on(depth::print(&url))?;
        runtime.block_on(server::print(&url))?;
        runtime.block_on(operations(&url))?;
    }
    Ok(())
}

/// Durations of one operation, and of the same ones in a second pass, when all that they read is in memory.
#[derive(Default)]
struct Times {
    first: Vec<Duration>,
    second: Vec<Duration>,
    is_second: bool,
}

impl Times {
    /// Waits for an operation and notes how long it took.
    async fn of<T>(&mut self, work: impl Future<Output = T>) -> T {
        let began = Instant::now();
        let done = work.await;
        let taken = began.elapsed();
        if self.is_second {
            self.second.push(taken)
        } else {
            self.first.push(taken)
        }
        done
    }

    fn print(self, what: &str) {
        println!("| {what} | {} | {} |", figures(self.first), figures(self.second));
    }
}

/// So many operations, then the very same ones again.
fn passes(count: usize) -> impl Iterator<Item = (bool, u64)> {
    let number = move || (0_u64..).take(count);
    number().map(|number| (false, number)).chain(number().map(|number| (true, number)))
}

/// Median and 99th percentile in microseconds.
fn figures(mut times: Vec<Duration>) -> String {
    if times.is_empty() {
        return "| ".to_owned();
    }
    times.sort_unstable();
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize].as_secs_f64() * 1e6;
    format!("{:.0} | {:.0}", at(0.5), at(0.99))
}

/// A database and whoever is drawn from it.
struct Chain {
    store: AnyStore,
    rng: StdRng,
    customers: u32,
    branches: u32,
}

impl Chain {
    async fn open(engine: &Engine) -> anyhow::Result<Self> {
        let store = crate::salon::store(engine).await?;
        let read = store.snapshot().await?;
        // The numbers of the customers have no gaps: the first that is not there, by halves.
        let (mut there, mut not) = (1_u32, 2_u32);
        while is_there(&read, not).await? {
            (there, not) = (not, not * 2);
        }
        while not - there > 1 {
            let middle = there.midpoint(not);
            if is_there(&read, middle).await? { there = middle } else { not = middle }
        }
        let calendars = read.spaces("calendar/staff.branch-").await?;
        let last = calendars.last().and_then(|space| space.as_str().get(22..26)).context("this is no chain")?;
        let branches = last.parse::<u32>()? + 1;
        println!("{not} customers, {} people in {branches} places\n", calendars.len());
        drop(read);
        Ok(Self { store, rng: StdRng::seed_from_u64(3), customers: not, branches })
    }

    /// Whoever is drawn next depends on this number alone.
    fn draw(&mut self, number: u64) {
        self.rng = StdRng::seed_from_u64(number);
    }

    fn email(&mut self) -> String {
        crate::salon::email(self.rng.random_range(1..self.customers) as usize)
    }

    /// Somebody.
    async fn customer(&mut self) -> anyhow::Result<CustomerId> {
        let email = self.email();
        let key = self.store.snapshot().await?.find(&documents::email_key(&email)).await?.context("nobody")?;
        Ok(key.space.owner().context("no owner")?.parse()?)
    }

    /// Something to book somewhere.
    fn question(&mut self) -> anyhow::Result<MonthQuery> {
        Ok(MonthQuery {
            service: "dry-cut".parse()?,
            variant: "standard".parse()?,
            place: format!("branch-{:04}", self.rng.random_range(0..self.branches)).parse()?,
            staff: None,
            party: 1,
            moving: None,
            month: None,
        })
    }

    async fn ask(&self, memory: &Memory, who: Actor, view: View) -> anyhow::Result<String> {
        let context = Context { now: Timestamp::now(), actor: who };
        let answer = memory.recall(self.store.snapshot().await?).answer(&context, view).await?;
        Ok(answer.map_err(|refusal| anyhow::anyhow!("{refusal:?}"))?.to_string())
    }
}

async fn is_there(read: &store::AnySnapshot, number: u32) -> anyhow::Result<bool> {
    Ok(read.find(&documents::email_key(&crate::salon::email(number as usize))).await?.is_some())
}

async fn operations(url: &str) -> anyhow::Result<()> {
    let engine = Engine::open(url).await?;
    let mut chain = Chain::open(&engine).await?;
    println!("| operation, µs | median | p99 | second pass: median | p99 |\n|---|---|---|---|---|");
    reads(&mut chain).await?;
    writes(&mut chain).await?;
    jobs(&chain).await?;
    engine.close().await;
    Ok(())
}

async fn reads(chain: &mut Chain) -> anyhow::Result<()> {
    let mut find = Times::default();
    for (second, number) in passes(READS) {
        chain.draw(number);
        find.is_second = second;
        let email = documents::email_key(&chain.email());
        let found = find.of(async {
            let read = chain.store.snapshot().await?;
            let key = read.find(&email).await?.context("nobody")?;
            read.get(&key).await?.context("no profile")
        });
        found.await?;
    }
    find.print("find a customer by email, read the profile");

    let memory = Memory::default();
    chain.ask(&memory, Actor::Anyone, View::Catalogue).await?;
    for (tab, what) in [(Tab::Upcoming, "upcoming"), (Tab::Past, "past")] {
        let mut agenda = Times::default();
        for (second, number) in passes(READS) {
            chain.draw(number);
            agenda.is_second = second;
            let who = Actor::Customer(chain.customer().await?);
            let query = AgendaQuery { tab, text: String::new(), from: None, to: None, after: None };
            agenda.of(chain.ask(&memory, who, View::Agenda(query))).await?;
        }
        agenda.print(&format!("agenda of a customer, {what}"));
    }

    let mut own = Times::default();
    for (second, number) in passes(READS) {
        chain.draw(number);
        own.is_second = second;
        let space = spaces::customer(chain.customer().await?);
        let page = own.of(async { chain.store.snapshot().await?.pull(&space, 0, 2_000).await }).await?;
        anyhow::ensure!(page.changes.len() > 1, "a profile and appointments");
    }
    own.print("first pull of a customer's own space");

    let (mut fresh, mut recalled) = (Times::default(), Times::default());
    for (second, number) in passes(WRITES) {
        chain.draw(number);
        (fresh.is_second, recalled.is_second) = (second, second);
        let question = View::Month(chain.question()?);
        let memory = Memory::default();
        chain.ask(&memory, Actor::Anyone, View::Catalogue).await?;
        fresh.of(chain.ask(&memory, Actor::Anyone, question.clone())).await?;
        recalled.of(chain.ask(&memory, Actor::Anyone, question)).await?;
    }
    fresh.print("a month at one place, its calendars read and parsed");
    recalled.print("the same month again");

    let mut catalogue = Times::default();
    for _ in 0..20 {
        let memory = Memory::default();
        catalogue.of(chain.ask(&memory, Actor::Anyone, View::Catalogue)).await?;
    }
    catalogue.print("*the whole catalogue, read and parsed*");

    let mut nothing = Times::default();
    for _ in 0..WRITES {
        let who = Actor::Customer(chain.customer().await?);
        let versions = nothing.of(async {
            let read = chain.store.snapshot().await?;
            let readable = Readable::ask(&read, who).await?;
            read.versions(&readable.to_vec()).await
        });
        anyhow::ensure!(versions.await?.len() > 2, "catalogue, calendars, own");
    }
    nothing.print("*pull with nothing new, over all calendars*");

    let began = Instant::now();
    let read = chain.store.snapshot().await?;
    let (mut documents, mut bytes) = (0, 0);
    for calendar in read.spaces("calendar/").await? {
        let page = read.pull(&calendar, 0, usize::MAX).await?;
        documents += page.changes.len();
        bytes += page.changes.iter().filter_map(|change| change.body.as_ref()).map(|body| body.len()).sum::<usize>();
    }
    let seconds = began.elapsed().as_secs_f64();
    println!("| *first pull of all calendars: {documents} documents, {bytes} bytes, {seconds:.2} s* | | | | |");
    Ok(())
}

async fn writes(chain: &mut Chain) -> anyhow::Result<()> {
    let memory = Memory::default();
    let (mut book, mut cancel, mut nothing) = (Times::default(), Times::default(), Times::default());
    let mut tried = 0;
    while book.first.len() < WRITES {
        tried += 1;
        anyhow::ensure!(tried < WRITES * 10, "hardly any time is free");
        let of = chain.question()?;
        let date = jiff::Zoned::now().date().saturating_add(i64::from(chain.rng.random_range(3..60)).days());
        let customer = chain.customer().await?;
        let who = Actor::Customer(customer);
        let text = chain.ask(&memory, who, View::Day(DayQuery { of: of.clone(), date })).await?;
        let Screen::Day(day) = serde_json::from_str(&text)? else { anyhow::bail!("not a day") };
        if day.times.is_empty() {
            continue;
        }
        let time = &day.times[chain.rng.random_range(0..day.times.len())];
        let booking = BookingId::new();
        let ask = Book {
            booking,
            service: of.service,
            variant: of.variant,
            place: of.place,
            staff: None,
            start: time.start.at,
            party: 1,
            note: String::new(),
        };
        let context = || Context { now: Timestamp::now(), actor: who };
        let nobody = |_: &Result<Outcome, domain::Refusal>| Batch::default();
        let command = Command::Book(ask);
        let booked = book.of(settle(&chain.store, &memory, context, &command, nobody)).await?;
        anyhow::ensure!(booked.is_ok(), "a free time can be booked: {booked:?}");
        let after = nothing.of(async {
            let read = chain.store.snapshot().await?;
            let readable = Readable::ask(&read, who).await?;
            read.versions(&readable.to_vec()).await
        });
        after.await?;
        let command = Command::Cancel(Cancel { booking, reason: String::new() });
        let cancelled = cancel.of(settle(&chain.store, &memory, context, &command, nobody)).await?;
        anyhow::ensure!(cancelled.is_ok(), "and cancelled: {cancelled:?}");
    }
    book.print("book: decide and commit durably");
    cancel.print("cancel: decide and commit durably");
    nothing.print("*pull with nothing new, just after somebody's commit*");
    Ok(())
}

/// One job in ten customers waits for next year.
async fn jobs(chain: &Chain) -> anyhow::Result<()> {
    let now = Timestamp::now();
    let job = |due| NewJob { kind: KIND.to_owned(), body: "{}".to_owned(), due };
    let mut left = chain.customers / 10;
    while left > 0 {
        let some = left.min(5_000);
        let jobs = (0..some)
            .map(|one| job(now + SignedDuration::from_hours(24 * 365) + SignedDuration::from_secs(one.into())));
        chain.store.commit(Batch { jobs: jobs.collect(), ..Batch::default() }).await?;
        left -= some;
    }
    let due = (0..8 * WRITES).map(|_| job(now)).collect();
    chain.store.commit(Batch { jobs: due, ..Batch::default() }).await?;
    let (mut lease, mut done) = (Times::default(), Times::default());
    for _ in 0..WRITES {
        let until = Timestamp::now() + SignedDuration::from_mins(10);
        let leased = lease.of(chain.store.lease(KIND, Timestamp::now(), until, 8)).await?;
        anyhow::ensure!(leased.len() == 8, "there are enough");
        for one in &leased {
            if done.first.len() < WRITES {
                done.of(chain.store.done(one)).await?;
            } else {
                chain.store.done(one).await?;
            }
        }
    }
    lease.print("lease eight jobs");
    done.print("a job is done");
    Ok(())
}
