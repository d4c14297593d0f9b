//! A processor for each thread that answers.
//!
//! Linux wakes a thread where it ran last or where its waker runs, and once the processors of a small machine are half
//! busy, it does not look for one that is idle: both threads of a machine with two processors wait for the same one, for
//! milliseconds, and nobody sees to it. tokio hands tasks from a busy thread to an idle one within microseconds, if they
//! are not where they get into each other's way (docs/adr/0028).

use std::{
    io,
    sync::{
        Arc, Barrier, OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
    thread::available_parallelism,
};

use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
use tokio::runtime::{Builder, Runtime};

/// Of more processors Linux looks at enough to find one that is idle, and may know better than we which is the fastest.
const MOST: usize = 4;

/// All processors that the server may use, once its threads are seated.
static ALL: OnceLock<CpuSet> = OnceLock::new();

pub(super) struct Seats {
    /// All processors that the server may use.
    all: CpuSet,
    /// Their numbers.
    processors: Vec<usize>,
    /// How many threads have begun.
    begun: AtomicUsize,
    /// Whoever answers is seated before anybody else begins.
    seated: Barrier,
}

impl Seats {
    /// Where there is anything to choose and all of it is the server's. Who is given a share of the processors
    /// (`TOKIO_WORKER_THREADS`, or a control group's quota) has fewer threads, and must not sit where all others who
    /// have a share would sit too.
    pub(super) fn here() -> Option<Self> {
        let all = sched_getaffinity(None).ok()?;
        let processors: Vec<usize> = (0..CpuSet::MAX_CPU).filter(|number| all.is_set(*number)).collect();
        let own = std::env::var_os("TOKIO_WORKER_THREADS").is_none()
            && available_parallelism().is_ok_and(|threads| threads.get() == processors.len());
        let (begun, seated) = (AtomicUsize::new(0), Barrier::new(processors.len() + 1));
        (own && (2..=MOST).contains(&processors.len())).then_some(Self { all, processors, begun, seated })
    }

    /// Threads that are seated.
    pub(super) fn seat(self, threads: &mut Builder) -> io::Result<Runtime> {
        let _ = ALL.set(self.all);
        let seats = Arc::new(self);
        let (count, taken) = (seats.processors.len(), Arc::clone(&seats));
        let runtime = threads.worker_threads(count).on_thread_start(move || taken.take()).build()?;
        seats.seated.wait();
        Ok(runtime)
    }

    /// What a thread does first. Those that answer begin with the runtime. All later ones do what takes time, and go
    /// where there is room; they would stay with whoever has begun them.
    fn take(&self) {
        let seat = self.processors.get(self.begun.fetch_add(1, Ordering::Relaxed));
        let place = seat.map_or(self.all, |processor| {
            let mut own = CpuSet::new();
            own.set(*processor);
            own
        });
        // Without a seat everything works, only later: no system must let us choose.
        let _ = sched_setaffinity(None, &place);
        if seat.is_some() {
            self.seated.wait();
        }
    }
}

/// Lets a thread that was begun by a seated one go where there is room.
pub(super) fn anywhere() {
    if let Some(all) = ALL.get() {
        let _ = sched_setaffinity(None, all);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn whoever_answers_has_a_processor_and_whoever_takes_time_has_all() {
        let Some(seats) = Seats::here() else {
            return eprintln!("not tried: this machine has one processor or many, or gives a share of them");
        };
        let (all, count) = (seats.all, seats.processors.len());
        let runtime = seats.seat(Builder::new_multi_thread().enable_all()).unwrap();
        let may = || sched_getaffinity(None).unwrap();
        let ask = || {
            // Each waits for the other, so no thread answers twice.
            let together = Arc::new(Barrier::new(count));
            let answer = move |together: Arc<Barrier>| async move {
                together.wait();
                may()
            };
            (0..count).map(|_| runtime.spawn(answer(Arc::clone(&together)))).collect::<Vec<_>>()
        };
        let answers: Vec<CpuSet> = ask().into_iter().map(|answer| runtime.block_on(answer).unwrap()).collect();
        assert!(answers.iter().all(|answer| answer.count() == 1), "one processor each");
        let places: BTreeSet<usize> =
            answers.iter().filter_map(|answer| (0..CpuSet::MAX_CPU).find(|number| answer.is_set(*number))).collect();
        assert_eq!(places.len(), count, "and each another one");
        let begun =
            runtime.block_on(async { tokio::spawn(async move { tokio::task::spawn_blocking(may).await }).await });
        assert_eq!(begun.unwrap().unwrap(), all, "what takes time is not bound to whoever has begun it");
        assert_eq!(may(), all, "nor is who made them");
    }
}
