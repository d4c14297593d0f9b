//! Who asks, and when.

use domain::{CustomerId, Timestamp, availability::whole_minute};

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Actor {
    /// Somebody who has not signed in.
    Anyone,
    /// A customer.
    Customer(CustomerId),
}

/// What a decision knows besides the documents. Time is passed in, never asked for.
#[derive(Debug, Clone, Copy)]
pub struct Context {
    /// The moment of the decision. A device replaying a waiting command passes the moment it was given.
    pub now: Timestamp,
    /// Who asks.
    pub actor: Actor,
}

impl Context {
    /// The same at the next whole minute, which is fine enough for times that begin on whole minutes.
    pub(crate) fn whole_minute(&self) -> Self {
        Self { now: whole_minute(self.now), ..*self }
    }
}
