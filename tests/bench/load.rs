//! Many connections that ask as fast as they are answered.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::bail;
use tokio::{sync::Semaphore, task::JoinHandle};

use crate::wire::{Answer, Wire};

/// What one connection asks.
pub(crate) trait Source: Send + 'static {
    /// The next request.
    fn next(&mut self) -> &[u8];

    /// What kind of request the last one was, for those who ask different things.
    fn kind(&self) -> usize {
        0
    }

    /// Whether the answer is the one that was wanted.
    ///
    /// # Errors
    /// When it is not: a wrong answer that came fast is not a result.
    fn check(&mut self, answer: &Answer<'_>) -> anyhow::Result<()> {
        ok(answer)
    }
}

/// The answer says 200.
pub(crate) fn ok(answer: &Answer<'_>) -> anyhow::Result<()> {
    if answer.status != 200 {
        bail!("answered {}: {}", answer.status, String::from_utf8_lossy(&answer.body()));
    }
    Ok(())
}

/// The same requests over and over, each connection beginning elsewhere.
pub(crate) struct Cycle {
    requests: Arc<Vec<Vec<u8>>>,
    at: usize,
}

impl Cycle {
    /// One for each of `connections`.
    pub(crate) fn over(requests: Vec<Vec<u8>>, connections: usize) -> Vec<Self> {
        let requests = Arc::new(requests);
        let step = (requests.len() / connections).max(1);
        (0..connections).map(|number| Self { requests: Arc::clone(&requests), at: number * step }).collect()
    }
}

impl Source for Cycle {
    fn next(&mut self) -> &[u8] {
        self.at += 1;
        &self.requests[self.at % self.requests.len()]
    }
}

/// What became of a request that had its moment.
#[derive(Clone, Copy)]
pub(crate) struct Wait {
    /// What kind of request it was.
    pub(crate) kind: usize,
    /// From its moment to its answer.
    pub(crate) seconds: f64,
    /// Whether it was sent late, because no connection was free.
    pub(crate) late: bool,
}

/// Later than this is late.
const LATE: Duration = Duration::from_millis(5);

/// For as long as it lives, the thread that asks, and those that it starts, get a processor before what is measured. On
/// a machine with few of them it would wait its turn behind the server's threads, and its own lateness would count as
/// theirs: for the floor as for the subject. Only who may do so (root) gets it.
struct First(Option<i32>);

impl First {
    fn come() -> Self {
        let before = rustix::process::getpriority_process(None).ok();
        Self(before.filter(|_| rustix::process::setpriority_process(None, -20).is_ok()))
    }
}

impl Drop for First {
    fn drop(&mut self) {
        if let Some(before) = self.0 {
            let _ = rustix::process::setpriority_process(None, before);
        }
    }
}

/// Connections with what they ask, kept open over all rounds.
pub(crate) struct Load<S> {
    lines: Vec<(Wire, S)>,
}

impl<S: Source> Load<S> {
    /// Connects one for each source.
    pub(crate) async fn connect(address: &str, sources: Vec<S>) -> anyhow::Result<Self> {
        let mut lines = Vec::with_capacity(sources.len());
        for source in sources {
            lines.push((Wire::connect(address).await?, source));
        }
        Ok(Self { lines })
    }

    /// Connects anew: the server closes connections that nobody uses for some seconds.
    pub(crate) async fn renew(&mut self, address: &str) -> anyhow::Result<()> {
        for (wire, _) in &mut self.lines {
            *wire = Wire::connect(address).await?;
        }
        Ok(())
    }

    /// Asks at an even rate, whatever the answers take: each request has its moment, and is sent at that moment or as
    /// soon afterwards as a connection is free. Gives what each waited.
    pub(crate) async fn paced(&mut self, rate: f64, time: Duration) -> anyhow::Result<Vec<Wait>> {
        let _first = First::come();
        let (came, taken) = (Arc::new(Semaphore::new(0)), Arc::new(AtomicU32::new(0)));
        let began = Instant::now();
        let moment = move |number: u32| began + Duration::from_secs_f64(f64::from(number) / rate);
        let clock = {
            let came = Arc::clone(&came);
            // A thread: the runtime's own clock only knows milliseconds.
            std::thread::spawn(move || {
                for number in 0.. {
                    let due = moment(number);
                    if due > began + time {
                        break;
                    }
                    std::thread::sleep(due.saturating_duration_since(Instant::now()));
                    came.add_permits(1);
                }
            })
        };
        let tasks: Vec<_> = self
            .lines
            .drain(..)
            .map(|(mut wire, mut source)| {
                let (came, taken) = (Arc::clone(&came), Arc::clone(&taken));
                tokio::spawn(async move {
                    let mut answers = Vec::new();
                    while let Ok(one) = came.acquire().await {
                        one.forget();
                        let due = moment(taken.fetch_add(1, Ordering::Relaxed));
                        let late = due.elapsed() > LATE;
                        let answer = wire.ask(source.next()).await?;
                        answers.push(Wait { kind: source.kind(), seconds: due.elapsed().as_secs_f64(), late });
                        source.check(&answer)?;
                    }
                    anyhow::Ok((wire, source, answers))
                })
            })
            .collect();
        tokio::task::spawn_blocking(move || clock.join()).await?.map_err(|_| anyhow::anyhow!("the clock stopped"))?;
        // Whoever still has a moment to serve finds a permit; then there are none left.
        while came.available_permits() > 0 && !tasks.iter().all(JoinHandle::is_finished) {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        came.close();
        let mut all = Vec::new();
        for task in tasks {
            let (wire, source, answers) = task.await??;
            self.lines.push((wire, source));
            all.extend(answers);
        }
        Ok(all)
    }

    /// Asks for some time; gives answers per second. Every connection's last answer counts as much as it lies within.
    pub(crate) async fn round(&mut self, time: Duration) -> anyhow::Result<f64> {
        let began = Instant::now();
        let end = began + time;
        let mut tasks = Vec::with_capacity(self.lines.len());
        for (mut wire, mut source) in self.lines.drain(..) {
            tasks.push(tokio::spawn(async move {
                let mut answers = 0_u64;
                while Instant::now() < end {
                    let answer = wire.ask(source.next()).await?;
                    source.check(&answer)?;
                    answers += 1;
                }
                anyhow::Ok((wire, source, answers))
            }));
        }
        let mut answers = 0;
        for task in tasks {
            let (wire, source, count) = task.await??;
            self.lines.push((wire, source));
            answers += count;
        }
        Ok(answers as f64 / began.elapsed().as_secs_f64())
    }
}
