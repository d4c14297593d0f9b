//! The mails to sign in: which there must be, and how many there may be.
//!
//! A mail is owed to whoever was told that it is on its way, unless nobody came to send it in time: what is in it works for
//! a quarter of an hour, and later it is not sent. Who asked and heard nothing may get one or none.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

/// In milliseconds: who looks for jobs so long after a mail was asked for finds it, whatever the nodes' clocks show.
const DUE: i64 = 10_000;

/// In milliseconds: until then every node finds that the mail still works.
const WORKS: i64 = 14 * 60 * 1000;

/// What is known of them.
#[derive(Default)]
pub(crate) struct Letters {
    /// Promised, and not known to be sent: since when.
    open: BTreeMap<Uuid, i64>,
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

    /// A node has said that it is on its way.
    pub(crate) fn promised(&mut self, attempt: Uuid, now: i64) {
        self.open.insert(attempt, now);
    }

    /// Somebody who does jobs was held up or failed, and may keep some of them until it is too late.
    pub(crate) fn held_up(&mut self) {
        self.open.clear();
    }

    /// Somebody who was not held up found no job left.
    pub(crate) fn all_done(&mut self, now: i64) {
        let owed = &mut self.owed;
        self.open.retain(|attempt, since| {
            if now - *since > WORKS {
                return false;
            }
            let is_open = now - *since <= DUE;
            if !is_open {
                owed.insert(*attempt);
            }
            is_open
        });
    }
}
