//! Batches on their way.

use std::{
    io::Write as _,
    time::{Duration, Instant},
};

use anyhow::Context as _;
use store::{Batch, CommitError, Key, Read, Store, StoreError, Write};
use tokio::task::JoinSet;

use crate::sample::batch;

/// About how many documents one batch holds. Whatever belongs to one space is in one batch.
const BATCH: usize = 10_000;
/// How many batches are on their way at a time: those that wait share a transaction where the engine can.
const FLYING: usize = 3;
/// How often a batch is tried that a busy store does not take, and how long it waits in between.
const TRIES: u32 = 30;
const PAUSE: Duration = Duration::from_secs(2);
/// How often it says how far it is.
const SAYING: Duration = Duration::from_secs(10);

/// Writes in batches, some of them at a time, and says how far it is.
pub(super) struct Pages<'a, S> {
    store: &'a S,
    writes: Vec<Write>,
    flying: JoinSet<Result<(), CommitError>>,
    began: Instant,
    said: Instant,
    customers: u32,
    documents: usize,
}

impl<'a, S: Store> Pages<'a, S> {
    pub(super) fn new(store: &'a S, customers: u32) -> Self {
        let (writes, flying, began) = (Vec::new(), JoinSet::new(), Instant::now());
        Self { store, writes, flying, began, said: began, customers, documents: 0 }
    }

    /// Writes all of this in one batch.
    pub(super) async fn put(&mut self, writes: Vec<Write>) -> anyhow::Result<()> {
        self.writes.extend(writes);
        if self.writes.len() >= BATCH { self.flush().await } else { Ok(()) }
    }

    async fn flush(&mut self) -> anyhow::Result<()> {
        let writes = std::mem::take(&mut self.writes);
        self.documents += writes.len();
        if self.flying.len() >= FLYING {
            self.land().await?;
        }
        let store = self.store.clone();
        self.flying.spawn(async move { patiently(&store, batch(writes)).await });
        Ok(())
    }

    async fn land(&mut self) -> anyhow::Result<()> {
        if let Some(landed) = self.flying.join_next().await {
            landed?.context("the sample could not be written")?;
        }
        Ok(())
    }

    pub(super) async fn end(mut self) -> anyhow::Result<()> {
        self.flush().await?;
        while !self.flying.is_empty() {
            self.land().await?;
        }
        self.say(self.customers);
        Ok(())
    }

    /// So many customers are made.
    pub(super) fn made(&mut self, customers: u32) {
        if self.said.elapsed() >= SAYING {
            self.say(customers);
        }
    }

    fn say(&mut self, done: u32) {
        self.said = Instant::now();
        let seconds = self.began.elapsed().as_secs().max(1);
        let rate = self.documents as u64 / seconds;
        let (all, documents) = (self.customers, self.documents);
        // Nobody may be reading; that is no reason to stop.
        let _ = writeln!(
            std::io::stderr(),
            "{done} of {all} customers, {documents} documents in {seconds} s, {rate} a second"
        );
    }
}

/// Writes a batch, and waits while the store is busy. One that took effect although the store said so is written again:
/// days that it holds are found to be there, and without any nothing changes but versions.
async fn patiently<S: Store>(store: &S, batch: Batch) -> Result<(), CommitError> {
    let mut tries = 1;
    loop {
        match store.commit(batch.clone()).await {
            Err(CommitError::Store(StoreError::Busy)) if tries < TRIES => tokio::time::sleep(PAUSE).await,
            Err(CommitError::Changed(key)) if tries > 1 => {
                let ours = is_written(&store.snapshot().await?, &batch, &key).await?;
                return if ours { Ok(()) } else { Err(CommitError::Changed(key)) };
            }
            other => return other.map(|_| ()),
        }
        tries += 1;
    }
}

/// Whether a document is as a batch writes it.
async fn is_written<R: Read>(read: &R, batch: &Batch, key: &Key) -> Result<bool, StoreError> {
    let wanted = batch.writes.iter().find(|write| write.key == *key).and_then(|write| write.body.clone());
    let found = read.get(key).await?.map(|document| document.body);
    Ok(found.is_some() && found == wanted)
}

#[cfg(test)]
mod tests {
    use domain::{BookingId, CalendarDay, CalendarId, Claim, Span, Timestamp};
    use portal::{documents, spaces};
    use store::{
        Engine,
        faults::{self, Planned, What, When},
    };

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn days_that_were_written_unheard_are_not_taken_for_somebody_elses() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("pages.sqlite").display());
        let store = Engine::open(&url).await.unwrap().realm("salon");
        let now = Timestamp::now();
        let day = |claims| {
            let calendar = CalendarId::Staff("anna".parse().unwrap());
            let key = spaces::calendar_day(&calendar, domain::calendar::utc_date(now));
            batch(vec![documents::write_day(key, &CalendarDay { claims })])
        };
        let busy = |when| faults::plan(Some(Planned { write: 0, what: What::Fails(StoreError::Busy), when }));
        busy(When::After);
        patiently(&store, day(Vec::new())).await.expect("it is there, whatever the store has said");
        busy(When::Before);
        let claim = Claim { id: BookingId::new(), span: Span { from: now, to: now }, session: None };
        let refused = patiently(&store, day(vec![claim])).await;
        assert!(matches!(refused, Err(CommitError::Changed(_))), "a day of somebody else's stays: {refused:?}");
    }
}
