//! Work that reaches the outside world, written in the same commit as its reason.

use jiff::Timestamp;

/// A job to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewJob {
    /// Who carries it out, for example `mail`.
    pub kind: String,
    /// JSON text.
    pub body: String,
    /// Not before.
    pub due: Timestamp,
}

/// A job's number: unique within an engine, never used again, and stable over attempts, so use it as idempotency key.
/// It rises with the commits of whoever commits one after the other; of commits at the same time a later one may have
/// a lower number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobId(pub i64);

/// A job that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Its number.
    pub id: JobId,
    /// Who carries it out.
    pub kind: String,
    /// JSON text.
    pub body: String,
    /// How many times it was leased, this one included.
    pub attempts: u32,
}

/// A job taken by somebody for some time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leased {
    /// The job.
    pub job: Job,
    /// Until then nobody else takes it. Together with the id it names the lease.
    pub until: Timestamp,
}
