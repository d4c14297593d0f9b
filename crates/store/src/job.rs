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

/// A job's number, rising in commit order within an engine. Stable over attempts: use it as idempotency key.
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
