//! How often digits were wrong for one email address, over all its attempts to sign in.
//!
//! An attempt has five tries, but whoever wants in may begin many attempts. So wrong digits are counted for the address
//! too, in the store: a restart or another node does not begin anew. The link in the mail is not guessable and goes on
//! working. **Invariant:** an address has at most [`MOST`] wrong digits in any [`WINDOW`], however many try at once: each
//! guess, right or wrong, is guarded by the count it was made under. **Invariant:** known and unknown addresses are
//! counted alike, and the address itself is not kept, only its hash.

use domain::Timestamp;
use jiff::SignedDuration;
use portal::{documents, spaces};
use serde::{Deserialize, Serialize};
use store::{Batch, Guard, Key, Space, Store as _};

use crate::{app::Hosted, document, fault::Fault, job::ServerJob, secret};

/// How many wrong digits an address has.
const MOST: usize = 10;
/// For how long a wrong guess counts.
const WINDOW: SignedDuration = SignedDuration::from_hours(24);

/// When digits were wrong, oldest first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Wrong {
    at: Vec<Timestamp>,
}

/// The count of an address as it was read.
#[derive(Debug)]
pub(crate) struct Guesses {
    key: Key,
    version: u64,
    wrong: Wrong,
}

fn key(space: Space) -> Key {
    Key { space, kind: "guesses".to_owned(), id: "guesses".to_owned() }
}

/// Reads the count of an address; guesses that are long past do not count.
pub(crate) async fn of(hosted: &Hosted, email: &str, now: Timestamp) -> Result<Guesses, Fault> {
    // The same spelling by which customers are found: else every change of case would be a fresh address.
    let address = documents::email_key(email);
    read(hosted, spaces::guesses(&secret::hash(&address.value)), now).await
}

async fn read(hosted: &Hosted, space: Space, now: Timestamp) -> Result<Guesses, Fault> {
    let key = key(space);
    let found = document::read::<Wrong>(&hosted.store.snapshot().await?, &key).await?;
    let (mut wrong, version) = found.map_or_else(Default::default, |found| (found.value, found.version));
    wrong.at.retain(|at| *at + WINDOW > now);
    Ok(Guesses { key, version, wrong })
}

impl Guesses {
    /// Whether digits no longer open anything for this address.
    pub(crate) fn used_up(&self) -> bool {
        self.wrong.at.len() >= MOST
    }

    /// Makes a batch fail when somebody guessed meanwhile.
    pub(crate) fn guard(&self) -> Guard {
        Guard { key: self.key.clone(), version: self.version }
    }

    /// Adds one more wrong guess to a batch.
    pub(crate) fn count(mut self, now: Timestamp, batch: &mut Batch) {
        batch.guards.push(self.guard());
        let forget = ServerJob::ForgetGuesses { space: self.key.space.to_string() };
        batch.jobs.push(forget.due(now + WINDOW + SignedDuration::from_mins(1)));
        self.wrong.at.push(now);
        batch.writes.push(document::write(self.key, &self.wrong, Vec::new()));
    }
}

/// Whether nothing counts any more in a space of guesses, so that it can go. A later guess has a later job.
pub(crate) async fn stale(hosted: &Hosted, space: &Space, now: Timestamp) -> Result<bool, Fault> {
    Ok(read(hosted, space.clone(), now).await?.wrong.at.is_empty())
}
