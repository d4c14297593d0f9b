//! The mails to sign in: which there must be, and how many there may be.
//!
//! A mail is owed to whoever was told that it is on its way, once somebody has looked for jobs, found none left, and by
//! their clock it was due and still worked. Who asked and heard nothing may get one or none.
//!
//! **Invariant:** what a mail is judged by is certain, whatever else went wrong. So whoever is held up while looking for
//! jobs, or has a write fail, may have taken any mail that was promised by then: it is not due before that lease has ended
//! and the wait after a failure is over. And by whose clock it no longer works may have dropped it.
//!
//! A node does not look at its clock between a request's commit and its answer, so nobody is held up between these two,
//! and whoever took a mail before its promise was heard has also sent it.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

/// For how long, in milliseconds, what is in a mail works from the moment that it is due.
const WORKS: i64 = 15 * 60 * 1000;

/// For how long, in milliseconds, whoever takes a job has it.
const LEASE: i64 = 60_000;

/// For how long, in milliseconds, a job waits at most after its nth failure.
fn wait(failures: u32) -> i64 {
    5_000 << failures.min(9)
}

/// How a look for jobs went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Look {
    /// There were some, and they are done.
    Some,
    /// There were none.
    None,
    /// It stands still, did so before, or had a write fail: what it took may be done, be in its hands, or wait.
    HeldUp,
}

/// A mail that was promised and is not known to be sent. Moments in milliseconds, by the clock of whoever looks.
struct Promised {
    /// From when on everybody who looks finds it.
    due: i64,
    /// From when on nobody sends it.
    expires: i64,
    /// How often it may have failed.
    failures: u32,
}

/// What is known of them.
#[derive(Default)]
pub(crate) struct Letters {
    promised: BTreeMap<Uuid, Promised>,
    /// The attempts whose mail must be there.
    pub(crate) owed: BTreeSet<Uuid>,
    /// How many there may be.
    pub(crate) most: usize,
}

impl Letters {
    /// A request for one reached a node.
    pub(crate) fn asked(&mut self) {
        self.most += 1;
    }

    /// A node has said that it is on its way, and until when it works.
    pub(crate) fn promised(&mut self, attempt: Uuid, expires: i64) {
        self.promised.insert(attempt, Promised { due: expires - WORKS, expires, failures: 0 });
    }

    /// Somebody has looked for jobs by this clock. Says for how many mails that shows that they must be there.
    pub(crate) fn looked(&mut self, clock: i64, look: Look) -> u64 {
        self.promised.retain(|_, mail| clock < mail.expires);
        match look {
            Look::Some => 0,
            Look::None => {
                let shown = self.promised.extract_if(.., |_, mail| mail.due <= clock);
                let before = self.owed.len();
                self.owed.extend(shown.map(|(attempt, _)| attempt));
                (self.owed.len() - before) as u64
            }
            Look::HeldUp => {
                for mail in self.promised.values_mut() {
                    mail.failures += 1;
                    mail.due = mail.due.max(clock + LEASE.max(wait(mail.failures)));
                }
                0
            }
        }
    }
}
