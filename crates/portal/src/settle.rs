//! The way of a command from question to durable answer, where the verdict falls.
//!
//! **Invariant:** the effects and what the caller adds (the verdict) take effect together or not at all; on a refusal
//! what the caller adds takes effect alone.
//!
//! Whoever was not fast enough decides again. When that happens twice, the next attempts for the same document queue up
//! in this process, so that two hundred people who book seats of one class need hundreds of decisions and not tens of
//! thousands. The queue is for speed alone: what prevents double booking are the guards, also between processes.

use std::hash::{DefaultHasher, Hash, Hasher};

use domain::Refusal;
use store::{Batch, CommitError, Key, Store};
use tokio::sync::{Mutex, MutexGuard};

use crate::{Changes, Command, Context, Decision, Failure, Memory, Outcome, execute, memory::to_tell};

/// How often a command is decided before the caller is told to come back later.
const TRIES: usize = 64;
/// After so many tries, a command waits for its turn.
const FREE_TRIES: usize = 2;

/// Documents share a queue when they fall on the same one; that costs a little time and nothing else.
static QUEUES: [Mutex<()>; 64] = [const { Mutex::const_new(()) }; 64];

/// Decides a command and commits what comes of it, together with what `extra` adds, which is how the verdict is
/// recorded. `context_of` and `extra` are asked anew for every try.
///
/// # Errors
/// [`Failure::Overtaken`] when a guard or unique key of `extra` does not hold: only its maker can read again what it
/// rests on. [`Failure::Busy`] when others were faster every time. Nothing was changed then, nor with other failures.
pub async fn settle<S: Store>(
    store: &S,
    memory: &Memory,
    context_of: impl Fn() -> Context,
    command: &Command,
    extra: impl Fn(&Result<Outcome, Refusal>) -> Batch,
) -> Result<Result<Outcome, Refusal>, Failure> {
    settle_from(store, store.snapshot().await?, memory, context_of, command, extra).await
}

/// The same for whoever has looked already: the first try decides by that moment.
///
/// # Errors
/// As [`settle`].
pub async fn settle_from<S: Store>(
    store: &S,
    first: S::Snapshot,
    memory: &Memory,
    context_of: impl Fn() -> Context,
    command: &Command,
    extra: impl Fn(&Result<Outcome, Refusal>) -> Batch,
) -> Result<Result<Outcome, Refusal>, Failure> {
    let mut first = Some(first);
    let mut turn: Option<MutexGuard<'static, ()>> = None;
    for tried in 1..=TRIES {
        let moment = match first.take() {
            Some(moment) => moment,
            None => store.snapshot().await?,
        };
        // The moment is let go before the commit: whoever holds one must not ask for more.
        let decision = execute(&memory.recall(moment).trusting(tried == 1), &context_of(), command).await?;
        let (answer, mut batch) = match decision {
            Decision::Accepted(Changes { batch, outcome }) => (Ok(outcome), batch),
            Decision::Refused(refusal) => (Err(refusal), Batch::default()),
        };
        if answer.is_err() {
            // A refusal rests on nothing that somebody else could change before it is written.
            turn = None;
        }
        let added = extra(&answer);
        let of_caller = Added::of(&added);
        batch.guards.extend(added.guards);
        batch.writes.extend(added.writes);
        batch.jobs.extend(added.jobs);
        if batch.guards.is_empty() && batch.writes.is_empty() && batch.jobs.is_empty() {
            return Ok(answer);
        }
        let written = to_tell(&batch.writes);
        let key = match store.commit(batch).await {
            Ok(committed) => {
                memory.wrote(&written, &committed);
                return Ok(answer);
            }
            Err(CommitError::Store(error)) => return Err(error.into()),
            Err(CommitError::Changed(key)) if of_caller.keys.contains(&key) => return Err(Failure::Overtaken(key)),
            Err(CommitError::Changed(key)) => Some(key),
            Err(CommitError::Taken(unique)) => match of_caller.unique.into_iter().find(|(name, _)| name == &unique) {
                Some((_, key)) => return Err(Failure::Overtaken(key)),
                None => None,
            },
        };
        drop(turn.take());
        if let Some(key) = key.filter(|_| tried >= FREE_TRIES) {
            turn = Some(queue(&key).lock().await);
        }
    }
    Err(Failure::Busy)
}

fn queue(key: &Key) -> &'static Mutex<()> {
    let mut hasher = DefaultHasher::new();
    key.hash(&mut hasher);
    &QUEUES[(hasher.finish() % QUEUES.len() as u64) as usize]
}

/// What of a batch is the caller's.
struct Added {
    keys: Vec<Key>,
    unique: Vec<(store::UniqueKey, Key)>,
}

impl Added {
    fn of(batch: &Batch) -> Self {
        let keys = batch.guards.iter().map(|guard| guard.key.clone()).collect();
        let holds = |write: &store::Write| -> Vec<_> {
            write.keys.iter().map(|unique| (unique.clone(), write.key.clone())).collect()
        };
        Self { keys, unique: batch.writes.iter().flat_map(holds).collect() }
    }
}
