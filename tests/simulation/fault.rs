//! Faults that are put in on purpose, to see that they are found.
//!
//! None of them is in the product: they are on the network, or in the database behind the server's back.

use client::transport::{Request, Response};
use domain::CommandId;
use portal::Outcome;
use protocol::{Pulled, Push, Pushed, PushedVerdict, Verdict};
use rusqlite::Connection;
use serde::{Serialize, de::DeserializeOwned};
use uuid::Uuid;

/// A fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// A push that is sent again has new ids and numbers, as if it were another one.
    NewIds,
    /// A push is answered with a yes and never arrives.
    Swallowed,
    /// A no reaches the device as a yes.
    FalseYes,
    /// Of what changed, one document is left out, as if its version had been seen too late.
    Skipped,
    /// Commits are not guarded by the calendar days that they rest on.
    Unguarded,
    /// A mail to sign in is promised and never sent.
    Unsent,
    /// Commits are not guarded by the bookings that they change.
    Overwritten,
}

impl Fault {
    /// All of them.
    pub(crate) const ALL: [Self; 7] = [
        Self::NewIds,
        Self::Swallowed,
        Self::FalseYes,
        Self::Skipped,
        Self::Unguarded,
        Self::Unsent,
        Self::Overwritten,
    ];

    /// What answers a request in the server's place.
    pub(crate) fn instead(fault: Option<Self>, request: &Request) -> Option<Response> {
        if fault != Some(Self::Swallowed) || !request.url.ends_with("/push") {
            return None;
        }
        let push: Push = read(request.body.as_deref().unwrap_or_default().as_bytes())?;
        let yes = Verdict::Accepted { outcome: Outcome::ProfileUpdated };
        let verdicts: Vec<_> =
            push.commands.iter().map(|sent| PushedVerdict { number: sent.number, verdict: yes.clone() }).collect();
        let last = verdicts.last()?.number;
        Some(Response { status: 200, retry_after: None, body: write(&Pushed { last, verdicts }) })
    }

    /// A request that is sent again.
    pub(crate) fn again(fault: Option<Self>, mut request: Request) -> Request {
        if fault == Some(Self::NewIds)
            && request.url.ends_with("/push")
            && let Some(mut push) = read::<Push>(request.body.as_deref().unwrap_or_default().as_bytes())
        {
            let more = push.commands.len() as u64;
            for sent in &mut push.commands {
                (sent.number, sent.id) = (sent.number + more, CommandId::new());
            }
            request.body = serde_json::to_string(&push).ok();
        }
        request
    }

    /// An answer on its way to a device.
    pub(crate) fn answered(fault: Option<Self>, mut response: Response) -> Response {
        match fault {
            Some(Self::FalseYes) => {
                if let Some(mut pushed) = read::<Pushed>(&response.body) {
                    for told in &mut pushed.verdicts {
                        if matches!(told.verdict, Verdict::Refused { .. }) {
                            told.verdict = Verdict::Accepted { outcome: Outcome::ProfileUpdated };
                        }
                    }
                    response.body = write(&pushed);
                }
            }
            Some(Self::Skipped) => {
                if let Some(mut pulled) = read::<Pulled>(&response.body) {
                    if let Some(space) = pulled.spaces.iter_mut().find(|space| space.space.starts_with("calendar/")) {
                        space.changes.pop();
                    }
                    response.body = write(&pulled);
                }
            }
            _ => {}
        }
        response
    }

    /// A mail for an attempt has just been promised.
    pub(crate) fn promised(fault: Option<Self>, attempt: Uuid, database: &str) {
        if fault == Some(Self::Unsent) {
            // The link's token begins with it.
            let token = format!("%{}.%", attempt.simple());
            let gone = open(database).execute("DELETE FROM job WHERE kind = 'mail' AND body LIKE ?1", [token]).unwrap();
            assert_eq!(gone, 1, "there was a mail to lose");
        }
    }

    /// The documents that commits are not guarded by, as work sees them that pauses; `decides` unless it only reads.
    pub(crate) fn unguarded(fault: Option<Self>, decides: bool, database: &str) -> Seen {
        match fault {
            Some(Self::Unguarded) => Seen::read("day", &open(database)),
            // Who reads has to see what there is.
            Some(Self::Overwritten) if decides => Seen::read("booking", &open(database)),
            _ => Seen::default(),
        }
    }
}

/// The versions of documents of one kind, by their rows.
#[derive(Default)]
pub(crate) struct Seen {
    kind: &'static str,
    rows: Vec<(i64, i64)>,
}

impl Seen {
    fn read(kind: &'static str, connection: &Connection) -> Self {
        let mut query = connection.prepare("SELECT rowid, version FROM document WHERE kind = ?1").unwrap();
        let rows = query.query_map([kind], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        Self { kind, rows: rows.map(Result::unwrap).collect() }
    }

    /// Makes documents that have changed since look as if they had not. Gives how they were.
    pub(crate) fn pretend(&self, database: &str) -> Self {
        if self.rows.is_empty() {
            return Self::default();
        }
        let connection = open(database);
        let mut now = Self::read(self.kind, &connection);
        now.rows.retain(|now| self.rows.iter().any(|(row, version)| *row == now.0 && *version != now.1));
        // Versions go on from where they are: that one comes twice would be another fault.
        let spaces = "UPDATE space SET least = max(least, coalesce(
            (SELECT max(document.version) FROM document WHERE document.space = space.id), 0))";
        connection.execute(spaces, []).unwrap();
        for (row, version) in &self.rows {
            connection.execute("UPDATE document SET version = ?2 WHERE rowid = ?1", [row, version]).unwrap();
        }
        now
    }

    /// Undoes that where nobody has written meanwhile.
    pub(crate) fn undo(&self, pretended: &Self, database: &str) {
        for (row, version) in &self.rows {
            let Some((_, old)) = pretended.rows.iter().find(|(other, _)| other == row) else { continue };
            let connection = open(database);
            let undo = "UPDATE document SET version = ?2 WHERE rowid = ?1 AND version = ?3";
            connection.execute(undo, [row, version, old]).unwrap();
        }
    }
}

fn open(database: &str) -> Connection {
    Connection::open(database.trim_start_matches("sqlite:")).unwrap()
}

fn read<T: DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    serde_json::from_slice(bytes).ok()
}

fn write<T: Serialize>(value: &T) -> Vec<u8> {
    serde_json::to_vec(value).unwrap()
}
