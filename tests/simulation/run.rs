//! Runs simulations, on as many threads as there are processors, and says what came of them.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use rand::{Rng, SeedableRng, rngs::StdRng};
use serde::{Deserialize, Serialize};

use crate::{
    books::Books,
    chance,
    fault::Fault,
    gate,
    stage::Stage,
    step::{Kind, Plan},
    tally::Tally,
    trace::Trace,
    world::World,
};

/// A plan that failed, and how.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Failed {
    pub(crate) why: String,
    pub(crate) plan: Plan,
}

/// Draws a plan from a seed while carrying it out.
pub(crate) fn draw(stage: &Stage, seed: u64, engine: Kind, fault: Option<Fault>) -> Result<(Plan, Tally), Box<Failed>> {
    drawn(stage, seed, engine, fault, &mut Trace::default())
}

/// The same, and what happened.
pub(crate) fn traced(stage: &Stage, seed: u64, engine: Kind) -> Vec<String> {
    let mut trace = Trace::kept();
    let mut ended = match drawn(stage, seed, engine, None, &mut trace) {
        Ok((_, tally)) => format!("all is well:{tally}"),
        Err(failed) => failed.why,
    };
    trace.tell(|| std::mem::take(&mut ended));
    trace.lines()
}

fn drawn(
    stage: &Stage,
    seed: u64,
    engine: Kind,
    fault: Option<Fault>,
    trace: &mut Trace,
) -> Result<(Plan, Tally), Box<Failed>> {
    let mut rng = StdRng::seed_from_u64(seed);
    let mut plan = chance::plan(&mut rng, seed, engine);
    let steps = rng.random_range(30..150);
    let ended = carried_out(stage, &mut plan, fault, trace, |world, plan| {
        for _ in 0..steps {
            let step = chance::step(&mut rng, world);
            plan.steps.push(step.clone());
            world.step(&step)?;
        }
        Ok(())
    });
    match ended {
        Ok(tally) => Ok((plan, tally)),
        Err(why) => Err(Box::new(Failed { why, plan })),
    }
}

/// Carries out a plan.
pub(crate) fn replay(stage: &Stage, plan: &Plan, fault: Option<Fault>) -> Result<Tally, String> {
    let steps = |world: &mut World, plan: &mut Plan| plan.steps.iter().try_for_each(|step| world.step(step));
    carried_out(stage, &mut plan.clone(), fault, &mut Trace::default(), steps)
}

fn carried_out(
    stage: &Stage,
    plan: &mut Plan,
    fault: Option<Fault>,
    trace: &mut Trace,
    steps: impl FnOnce(&mut World, &mut Plan) -> Result<(), String>,
) -> Result<Tally, String> {
    let ended = catch_unwind(AssertUnwindSafe(|| {
        let mut world = World::new(plan, stage, fault, std::mem::take(trace))?;
        world.tally = Tally::default();
        let ended = steps(&mut world, plan)
            .and_then(|()| world.quiet())
            .and_then(|()| stage.runtime().block_on(Books::balance(&mut world)));
        let tally = std::mem::take(&mut world.tally);
        for device in &world.devices {
            world.trace.tell(|| device.in_words());
        }
        *trace = std::mem::take(&mut world.trace);
        world.end();
        ended.map(|()| tally)
    }));
    ended.unwrap_or_else(|payload| Err(format!("a panic: {}", gate::words(&*payload))))
}

/// Takes steps out of a plan for as long as it goes on to fail, and not for longer than that.
pub(crate) fn smaller(stage: &Stage, failed: &Failed, fault: Option<Fault>, most: Duration) -> Failed {
    let (mut best, since) = (failed.clone(), Instant::now());
    let mut size = best.plan.steps.len().div_ceil(2);
    loop {
        let (mut from, mut less) = (0, false);
        while from < best.plan.steps.len() {
            if since.elapsed() > most {
                return best;
            }
            let mut plan = best.plan.clone();
            plan.steps.drain(from..(from + size).min(plan.steps.len()));
            match replay(stage, &plan, fault) {
                Err(why) => (best, less) = (Failed { why, plan }, true),
                Ok(_) => from += size,
            }
        }
        if size == 1 && !less {
            return best;
        }
        if !less || size > best.plan.steps.len() {
            size = (size / 2).max(1);
        }
    }
}

/// Runs this many seeds from a first one on.
///
/// # Panics
/// When one fails: with its number, its steps, and the file that runs it again.
pub(crate) fn all(first: u64, count: u64, engine: Kind) -> Tally {
    let (next, failed, tally) = (AtomicU64::new(0), AtomicBool::new(false), Mutex::new(Tally::default()));
    let threads = thread::available_parallelism().map_or(2, |count| count.get() as u64).min(count);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let stage = Stage::new(engine).unwrap();
                loop {
                    let seed = first + next.fetch_add(1, Ordering::SeqCst);
                    if seed >= first + count || failed.load(Ordering::SeqCst) {
                        return;
                    }
                    match draw(&stage, seed, engine, None) {
                        Ok((_, one)) => tally.lock().unwrap().merge(&one),
                        Err(first) => {
                            failed.store(true, Ordering::SeqCst);
                            report(&stage, &first);
                        }
                    }
                }
            });
        }
    });
    assert!(!failed.load(Ordering::SeqCst), "a simulation failed, see above");
    tally.into_inner().unwrap()
}

/// Says what failed, and writes down how to run it again.
fn report(stage: &Stage, failed: &Failed) {
    let best = smaller(stage, failed, None, Duration::from_secs(20));
    let file = save(&best);
    println!("seed {} on {:?} failed: {}", failed.plan.seed, failed.plan.engine, failed.why);
    println!("with {} of its {} steps: {}", best.plan.steps.len(), failed.plan.steps.len(), best.why);
    println!("devices {:?}, nodes {:?}", best.plan.devices, best.plan.nodes);
    for (n, step) in best.plan.steps.iter().enumerate() {
        println!("  {n:>3} {step:?}");
    }
    println!("run it again with SIMULATION_REPLAY={}", file.display());
}

/// Writes a plan down.
pub(crate) fn save(failed: &Failed) -> PathBuf {
    let name = format!("simulation-{:?}-{}.json", failed.plan.engine, failed.plan.seed).to_lowercase();
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    write(failed, &file);
    file
}

/// The same to a file of one's own choice.
pub(crate) fn write(failed: &Failed, file: &Path) {
    std::fs::write(file, serde_json::to_string_pretty(failed).unwrap() + "\n").unwrap();
}

/// Where plans are kept.
fn seeds() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("simulation/seeds")
}

/// The plan that finds a fault which is put in.
pub(crate) fn put_in(fault: Fault) -> PathBuf {
    seeds().join(format!("put-in-{fault:?}.json").to_lowercase())
}

/// A plan that was written down.
pub(crate) fn load(file: &Path) -> Failed {
    let text = std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

/// Plans that failed once, and were kept.
pub(crate) fn kept() -> Vec<PathBuf> {
    let mut files: Vec<_> = std::fs::read_dir(seeds()).unwrap().map(|file| file.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "json"));
    files.sort();
    files
}
