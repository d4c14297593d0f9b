//! Time, which passes when the simulation says so.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use domain::Timestamp;

use crate::gate;

/// The Friday before the night in which Berlin's clocks go forward: that night is within everybody's reach.
const BEGIN: &str = "2026-03-27T05:30:00Z";

/// The true time. Clones are the same time.
#[derive(Clone)]
pub(crate) struct Time(Arc<AtomicI64>);

impl Time {
    /// Time at its beginning.
    pub(crate) fn begin() -> Self {
        let begin: Timestamp = BEGIN.parse().expect("a moment");
        Self(Arc::new(AtomicI64::new(begin.as_millisecond())))
    }

    /// Lets time pass.
    pub(crate) fn pass(&self, milliseconds: i64) {
        self.0.fetch_add(milliseconds, Ordering::SeqCst);
    }

    /// How late it is, in milliseconds.
    pub(crate) fn now(&self) -> i64 {
        self.0.load(Ordering::SeqCst)
    }

    /// What a clock shows that is ahead by so much.
    pub(crate) fn ahead(&self, milliseconds: i64) -> Timestamp {
        Timestamp::from_millisecond(self.0.load(Ordering::SeqCst) + milliseconds)
            .expect("within the years of a calendar")
    }
}

/// A device's clock.
pub(crate) struct DeviceClock {
    time: Time,
    ahead: AtomicI64,
}

impl DeviceClock {
    /// A clock that is right.
    pub(crate) fn new(time: Time) -> Self {
        Self { time, ahead: AtomicI64::new(0) }
    }

    /// Sets it: so many seconds ahead.
    pub(crate) fn set(&self, seconds: i64) {
        self.ahead.store(seconds * 1000, Ordering::SeqCst);
    }
}

impl client::Clock for DeviceClock {
    fn now(&self) -> Timestamp {
        self.time.ahead(self.ahead.load(Ordering::SeqCst))
    }
}

/// A node's clock. Looking at it is where a node can be held up.
pub(crate) struct NodeClock {
    pub(crate) time: Time,
    /// Milliseconds.
    pub(crate) ahead: i64,
}

impl server::Clock for NodeClock {
    fn now(&self) -> Timestamp {
        gate::look();
        self.time.ahead(self.ahead)
    }
}
