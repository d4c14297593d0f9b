//! How often somebody may try.
//!
//! Token buckets in memory, so they hold for one node and start afresh with it; with several nodes a stranger has as
//! many tries as there are nodes. **Invariant:** the table never grows past [`MOST`] buckets, whoever knocks.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use protocol::Code;

use crate::fault::Fault;

/// The most buckets that are kept.
const MOST: usize = 50_000;
/// The time in which an empty bucket fills up.
const WINDOW: Duration = Duration::from_secs(15 * 60);

/// Who tries.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Who {
    /// Business and email address.
    Address(String, String),
    /// An IPv4 address, or the /64 of an IPv6 address: whoever has one of its addresses has them all.
    Client(IpAddr),
}

/// The buckets.
pub(crate) struct Limits {
    /// When each bucket will be full again: the only thing one has to know of it.
    full_at: Mutex<HashMap<Who, Instant>>,
    per_address: u32,
    per_client: u32,
}

impl Limits {
    /// So many tries each in a quarter of an hour.
    pub(crate) fn new(per_address: u32, per_client: u32) -> Self {
        Self { full_at: Mutex::default(), per_address: per_address.max(1), per_client: per_client.max(1) }
    }

    /// Takes one try from an address's and from a client's bucket.
    pub(crate) fn attempt(&self, business: &str, address: &str, client: IpAddr) -> Result<(), Fault> {
        self.client(client)?;
        let address = address.trim().to_lowercase();
        self.take(Who::Address(business.to_owned(), address), self.per_address, Instant::now())
    }

    /// Takes one try from a client's bucket.
    pub(crate) fn client(&self, client: IpAddr) -> Result<(), Fault> {
        let client = match client {
            IpAddr::V6(address) => match address.to_ipv4_mapped() {
                Some(address) => address.into(),
                None => IpAddr::V6((u128::from(address) >> 64 << 64).into()),
            },
            address => address,
        };
        self.take(Who::Client(client), self.per_client, Instant::now())
    }

    fn take(&self, who: Who, size: u32, now: Instant) -> Result<(), Fault> {
        let mut table = self.full_at.lock().unwrap_or_else(PoisonError::into_inner);
        if table.len() >= MOST && !table.contains_key(&who) {
            table.retain(|_, full_at| *full_at > now);
            if table.len() >= MOST {
                // Rather forget one bucket than lock everybody out or grow.
                let Some(victim) = table.keys().next().cloned() else { return Ok(()) };
                table.remove(&victim);
            }
        }
        let one = WINDOW / size;
        let full_at = table.get(&who).copied().unwrap_or(now).max(now) + one;
        let over = full_at.duration_since(now).saturating_sub(WINDOW);
        if over > Duration::ZERO {
            let detail = "too many attempts from this client or for this address";
            return Err(Fault::new(Code::TooManyAttempts, detail).after(over.as_secs() + 1));
        }
        table.insert(who, full_at);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_empties_and_fills_again() {
        let limits = Limits::new(3, 100);
        let (who, start) = (Who::Address("b".to_owned(), "a@example.org".to_owned()), Instant::now());
        for _ in 0..3 {
            assert!(limits.take(who.clone(), 3, start).is_ok(), "three tries were promised");
        }
        assert!(limits.take(who.clone(), 3, start).is_err(), "a fourth was not");
        assert!(limits.take(who, 3, start + WINDOW / 3).is_ok(), "after a third of the window there is one more");
    }

    #[test]
    fn neighbours_of_one_network_share_a_bucket() {
        let limits = Limits::new(1, 1);
        let client = |text: &str| limits.client(text.parse().unwrap());
        assert!(client("2001:db8::1").is_ok(), "the first try");
        assert!(client("2001:db8::2").is_err(), "another address of the same /64");
        assert!(client("2001:db8:0:1::1").is_ok(), "another network");
        assert!(client("192.0.2.1").is_ok() && client("::ffff:192.0.2.1").is_err(), "a mapped address is the same");
    }

    #[test]
    fn the_table_does_not_grow_for_ever() {
        let limits = Limits::new(1, 1);
        for n in 0..(MOST as u32 + 10) {
            let _ = limits.client(IpAddr::from((n + 1).to_be_bytes()));
        }
        assert!(limits.full_at.lock().unwrap().len() <= MOST, "memory is bounded whoever knocks");
    }
}
