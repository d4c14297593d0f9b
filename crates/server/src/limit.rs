//! How often somebody may try, and how much a customer may ask for.
//!
//! Token buckets in memory, so they hold for one node and start afresh with it; with several nodes a stranger has as
//! many tries as there are nodes. **Invariant:** a table never grows past [`MOST`] buckets of one fixed size, whoever
//! knocks, and a bucket that is full again is gone after [`SWEEP`]. **Invariant:** however many customers there are, they
//! push nobody's attempts out: commands have a table of their own.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use domain::CustomerId;
use portal::documents;
use protocol::Code;
use sha2::{Digest as _, Sha256};

use crate::{fault::Fault, settings::Settings};

/// The most buckets that are kept.
const MOST: usize = 50_000;
/// The time in which an empty bucket fills up.
const WINDOW: Duration = Duration::from_secs(15 * 60);
/// How often full buckets are thrown away.
const SWEEP: Duration = Duration::from_secs(60);
/// How often a feed may be read in that time: four times a minute.
const FEED: u32 = 60;
/// How often phones may register for a pass in that time: more than all phones of a household do.
const PASS: u32 = 60;
/// Most bytes of an email address (RFC 5321, section 4.5.3.1.3, without the angle brackets).
const LONGEST: usize = 254;

/// What is tried with an address. Each has buckets of its own: asking for mails must not lock the password out, nor the
/// other way round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// To be sent a mail that signs in.
    Mail,
    /// To guess or change a password.
    Password,
    /// To read a calendar feed, which its secret names.
    Feed,
    /// To register phones for a pass, which its serial number names.
    Pass,
    /// To have something done as a customer: a command, a pass, a key to check in with.
    Command,
}

/// Who tries.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Who {
    /// SHA-256 of purpose, business and email address: of one size, however long the address is.
    Address([u8; 32]),
    /// An IPv4 address, or the /64 of an IPv6 address: whoever has one of its addresses has them all.
    Client(IpAddr),
    /// The same, asking for feeds that are not there. Counted apart: any page can have its visitors ask for such an
    /// address, and that must not keep them from signing in.
    Stranger(IpAddr),
}

#[derive(Default)]
struct Table {
    /// When each bucket will be full again: the only thing one has to know of it.
    full_at: HashMap<Who, Instant>,
    swept: Option<Instant>,
}

/// The buckets.
pub(crate) struct Limits {
    attempts: Mutex<Table>,
    commands: Mutex<Table>,
    per_address: u32,
    per_client: u32,
    per_customer: u32,
}

impl Limits {
    /// As much in a quarter of an hour as the settings say.
    pub(crate) fn new(settings: &Settings) -> Self {
        Self {
            attempts: Mutex::default(),
            commands: Mutex::default(),
            per_address: settings.attempts_per_address.max(1),
            per_client: settings.attempts_per_client.max(1),
            per_customer: settings.commands_per_customer.max(1),
        }
    }

    /// Takes one try from an address's and from a client's bucket. What is too long to be an address is refused before.
    pub(crate) fn attempt(&self, purpose: Purpose, business: &str, address: &str, client: IpAddr) -> Result<(), Fault> {
        let address = address.trim();
        if address.len() > LONGEST {
            return Err(Fault::new(Code::BadRequest, "an email address has at most 254 bytes"));
        }
        self.client(client)?;
        self.take(bucket(purpose, business, address), self.per_address, Instant::now())
    }

    /// Takes one try from a client's bucket.
    pub(crate) fn client(&self, client: IpAddr) -> Result<(), Fault> {
        self.take(Who::Client(network(client)), self.per_client, Instant::now())
    }

    /// Takes one try from the bucket of a client that asked for a feed that is not there.
    pub(crate) fn stranger(&self, client: IpAddr) -> Result<(), Fault> {
        self.take(Who::Stranger(network(client)), self.per_client, Instant::now())
    }

    /// Takes one reading from a feed's bucket.
    pub(crate) fn feed(&self, business: &str, secret: &str) -> Result<(), Fault> {
        self.take(Who::Address(digest(Purpose::Feed, business, secret)), FEED, Instant::now())
    }

    /// Takes one registration from a pass's bucket.
    pub(crate) fn pass(&self, business: &str, serial: &str) -> Result<(), Fault> {
        self.take(Who::Address(digest(Purpose::Pass, business, serial)), PASS, Instant::now())
    }

    /// Takes one command from a customer's bucket.
    pub(crate) fn command(&self, business: &str, customer: CustomerId) -> Result<(), Fault> {
        let who = Who::Address(digest(Purpose::Command, business, &customer.to_string()));
        lock(&self.commands).take(who, self.per_customer, Instant::now()).map_err(|wait| {
            Fault::new(Code::TooManyAttempts, "too many commands of this customer").after(wait.as_secs() + 1)
        })
    }

    fn take(&self, who: Who, size: u32, now: Instant) -> Result<(), Fault> {
        lock(&self.attempts).take(who, size, now).map_err(|wait| {
            let detail = "too many attempts from this client or for this address";
            Fault::new(Code::TooManyAttempts, detail).after(wait.as_secs() + 1)
        })
    }
}

fn lock(table: &Mutex<Table>) -> MutexGuard<'_, Table> {
    table.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Table {
    /// Takes one from a bucket of that size, or says how long to wait for it.
    fn take(&mut self, who: Who, size: u32, now: Instant) -> Result<(), Duration> {
        let Self { full_at: table, swept } = self;
        if swept.is_none_or(|swept| now.saturating_duration_since(swept) >= SWEEP) {
            table.retain(|_, full_at| *full_at > now);
            *swept = Some(now);
        }
        if table.len() >= MOST && !table.contains_key(&who) {
            // Rather forget one bucket than lock everybody out or grow.
            let Some(victim) = table.keys().next().cloned() else { return Ok(()) };
            table.remove(&victim);
        }
        let one = WINDOW / size;
        let full_at = table.get(&who).copied().unwrap_or(now).max(now) + one;
        let over = full_at.duration_since(now).saturating_sub(WINDOW);
        if over > Duration::ZERO {
            return Err(over);
        }
        table.insert(who, full_at);
        Ok(())
    }
}

fn bucket(purpose: Purpose, business: &str, address: &str) -> Who {
    // The same spelling by which customers are found.
    Who::Address(digest(purpose, business, &documents::email_key(address).value))
}

fn digest(purpose: Purpose, business: &str, what: &str) -> [u8; 32] {
    // Slugs of businesses have no line breaks, so that two parts never run into each other.
    Sha256::digest(format!("{purpose:?}\n{business}\n{what}")).into()
}

/// The address whose owner has all of the network's.
fn network(client: IpAddr) -> IpAddr {
    match client {
        IpAddr::V6(address) => match address.to_ipv4_mapped() {
            Some(address) => address.into(),
            None => IpAddr::V6((u128::from(address) >> 64 << 64).into()),
        },
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(attempts_per_address: u32, attempts_per_client: u32) -> Limits {
        Limits::new(&Settings { attempts_per_address, attempts_per_client, ..Settings::default() })
    }

    #[test]
    fn a_bucket_empties_and_fills_again() {
        let limits = limits(3, 100);
        let (who, start) = (bucket(Purpose::Mail, "b", "a@example.org"), Instant::now());
        for _ in 0..3 {
            assert!(limits.take(who.clone(), 3, start).is_ok(), "three tries were promised");
        }
        assert!(limits.take(who.clone(), 3, start).is_err(), "a fourth was not");
        assert!(limits.take(who, 3, start + WINDOW / 3).is_ok(), "after a third of the window there is one more");
    }

    #[test]
    fn neighbours_of_one_network_share_a_bucket() {
        let limits = limits(1, 1);
        let client = |text: &str| limits.client(text.parse().unwrap());
        assert!(client("2001:db8::1").is_ok(), "the first try");
        assert!(client("2001:db8::2").is_err(), "another address of the same /64");
        assert!(client("2001:db8:0:1::1").is_ok(), "another network");
        assert!(client("192.0.2.1").is_ok() && client("::ffff:192.0.2.1").is_err(), "a mapped address is the same");
    }

    #[test]
    fn the_table_does_not_grow_for_ever() {
        let limits = limits(1, 1);
        for n in 0..(MOST as u32 + 10) {
            let _ = limits.client(IpAddr::from((n + 1).to_be_bytes()));
        }
        assert!(lock(&limits.attempts).full_at.len() <= MOST, "memory is bounded whoever knocks");
    }

    #[test]
    fn full_buckets_are_thrown_away_long_before_the_table_is_full() {
        let (limits, start) = (limits(1, 1), Instant::now());
        for n in 0..100 {
            let who = bucket(Purpose::Mail, "b", &format!("{n}@example.org"));
            assert!(limits.take(who, 1, start).is_ok(), "each address has its own bucket");
        }
        let later = start + WINDOW + SWEEP;
        assert!(limits.take(bucket(Purpose::Mail, "b", "new@example.org"), 1, later).is_ok(), "a first try");
        assert_eq!(lock(&limits.attempts).full_at.len(), 1, "what is full again needs no memory");
    }

    #[test]
    fn mails_and_passwords_are_counted_apart_and_what_is_no_address_not_at_all() {
        let limits = limits(1, 100);
        let client: IpAddr = "192.0.2.1".parse().unwrap();
        let attempt = |purpose, address: &str| limits.attempt(purpose, "b", address, client);
        assert!(attempt(Purpose::Mail, "a@example.org").is_ok(), "the one mail");
        assert!(attempt(Purpose::Mail, " A@example.org").is_err(), "not a second, however it is written");
        assert!(attempt(Purpose::Mail, "b@bücher.example").is_ok(), "another address");
        assert!(attempt(Purpose::Mail, "b@xn--bcher-kva.example").is_err(), "nor another way to write its domain");
        assert!(attempt(Purpose::Password, "a@example.org").is_ok(), "the password is still open");
        let before = lock(&limits.attempts).full_at.len();
        let fault = attempt(Purpose::Mail, &"a".repeat(255)).unwrap_err();
        assert_eq!(fault.code(), Code::BadRequest, "too long for an address");
        assert_eq!(lock(&limits.attempts).full_at.len(), before, "and it took no memory");
    }

    #[test]
    fn whoever_asks_for_feeds_that_are_not_there_can_still_sign_in() {
        let (limits, client) = (limits(1, 2), "192.0.2.1".parse().unwrap());
        let asked = || limits.stranger(client);
        assert!(asked().is_ok() && asked().is_ok() && asked().is_err(), "two tries for two feeds");
        assert!(limits.client(client).is_ok(), "signing in is counted apart");
        for _ in 0..FEED {
            assert!(limits.feed("b", "one").is_ok(), "a feed that is there is read as often as was said");
        }
        assert!(limits.feed("b", "one").is_err() && limits.feed("b", "two").is_ok(), "each for itself");
    }
}
