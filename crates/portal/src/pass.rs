//! Passes that customers have in the wallets of their phones (M07, M08): which there are, and that they follow what they
//! show.
//!
//! **Invariant:** a change of what a pass shows, the pass's new date and the job that tells the wallets are one commit. A
//! pass that is made at the same moment makes the change be decided again.
//!
//! Passes live in a space that only the server reads; on a device there are none, and none of this happens.

use domain::{BookingId, CustomerId, Timestamp};
use serde::{Deserialize, Serialize};
use store::{Batch, Guard, Key, Read, UniqueKey};

use crate::{
    Failure, Job,
    documents::{self, Kind},
    spaces,
};

/// A pass as the server keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pass {
    /// Whose.
    pub customer: CustomerId,
    /// What it shows.
    pub of: PassOf,
    /// When what it shows changed last, in whole seconds. It rises with every change, because a wallet compares seconds.
    pub changed: Timestamp,
    /// What turns the secret of a link into the secret of the pass that the link hands out: 256 random bits that are in
    /// nothing that leaves the server. Empty until the first is handed out.
    #[serde(default)]
    pub salt: String,
    /// What opens it, the newest last.
    #[serde(default)]
    pub tokens: Vec<PassToken>,
    /// The phones that want to be told of changes.
    #[serde(default)]
    pub phones: Vec<PassPhone>,
    /// Whether Google keeps an object of it.
    #[serde(default)]
    pub google: bool,
}

/// What a pass shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
#[serde(tag = "pass", rename_all = "snake_case")]
pub enum PassOf {
    /// One appointment.
    Booking {
        /// Which.
        booking: BookingId,
    },
    /// That somebody is a customer.
    Membership,
}

/// The two secrets of a pass that was handed out, of which only hashes are kept: SHA-256 in hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PassToken {
    /// What opens the link that hands out the pass.
    pub link: String,
    /// Until when.
    pub link_until: Timestamp,
    /// What opens it at the wallet's web service, for as long as there is a pass.
    pub pass: String,
}

/// A phone that holds a pass.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PassPhone {
    /// SHA-256, in hexadecimal, of the name that its wallet goes by.
    pub phone: String,
    /// Where Apple reaches it.
    pub push_token: String,
}

impl Pass {
    /// A pass that nobody has yet.
    pub fn new(customer: CustomerId, of: PassOf, now: Timestamp) -> Self {
        Self {
            customer,
            of,
            changed: whole_second(now),
            salt: String::new(),
            tokens: Vec::new(),
            phones: Vec::new(),
            google: false,
        }
    }

    /// Its serial number, for its whole life: the booking's id, or the customer's.
    pub fn serial(&self) -> String {
        serial(self.customer, self.of)
    }

    /// What it shows has changed.
    fn touch(&mut self, now: Timestamp) {
        let next = self.changed.as_second().saturating_add(1);
        self.changed = whole_second(now).max(Timestamp::from_second(next).unwrap_or(Timestamp::MAX));
    }
}

impl Kind for Pass {
    const KIND: &'static str = "pass";
    fn id(&self) -> String {
        self.serial()
    }
    fn keys(&self) -> Vec<UniqueKey> {
        vec![pass_key(&self.serial())]
    }
}

/// The unique key of a pass, by its serial number.
pub fn pass_key(serial: &str) -> UniqueKey {
    UniqueKey::new("pass", serial)
}

/// Where a customer's pass is.
pub fn pass_at(customer: CustomerId, of: PassOf) -> Key {
    Key { space: spaces::wallet(customer), kind: Pass::KIND.to_owned(), id: serial(customer, of) }
}

fn serial(customer: CustomerId, of: PassOf) -> String {
    match of {
        PassOf::Booking { booking } => booking.to_string(),
        PassOf::Membership => customer.to_string(),
    }
}

/// Adds to a change what a pass needs to follow it. Nothing when nobody has that pass; but one that is made meanwhile makes
/// the change be decided again.
///
/// # Errors
/// When the store fails or holds something unreadable.
pub async fn follow<R: Read>(
    read: &R,
    batch: &mut Batch,
    customer: CustomerId,
    of: PassOf,
    now: Timestamp,
) -> Result<(), Failure> {
    let key = pass_at(customer, of);
    let document = read.get(&key).await?;
    let version = document.as_ref().map_or(0, |document| document.version);
    batch.guards.push(Guard { key: key.clone(), version });
    if let Some(document) = document {
        let mut pass: Pass = documents::decode(&document)?;
        pass.touch(now);
        batch.writes.push(documents::write(key.space, &pass));
        batch.jobs.push(Job::PassChanged { customer, of }.due(now));
    }
    Ok(())
}

fn whole_second(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second()).unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pass_is_newer_after_every_change() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let mut pass = Pass::new(CustomerId::new(), PassOf::Membership, at("2026-11-22T10:00:00.9Z"));
        assert_eq!(pass.changed, at("2026-11-22T10:00:00Z"), "a wallet compares whole seconds");
        pass.touch(at("2026-11-22T10:00:00.95Z"));
        assert_eq!(pass.changed, at("2026-11-22T10:00:01Z"), "a second change in the same second is seen too");
        pass.touch(at("2026-11-22T09:00:00Z"));
        assert_eq!(pass.changed, at("2026-11-22T10:00:02Z"), "and one by a clock that is behind");
        pass.touch(at("2026-11-23T10:00:00Z"));
        assert_eq!(pass.changed, at("2026-11-23T10:00:00Z"), "later the clock counts");
    }
}
