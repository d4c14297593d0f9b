//! What a device keeps of its own for one business: who is signed in, what waits, what was refused.
//!
//! **Invariant:** a command's number is on disk before the command is sent, and is never given to another command
//! of the same session.
//! **Invariant:** the desk on disk changes only from one whole desk to the next, in one batch.
//!
//! Design. All of it lies in the space `outbox` of the business's realm, which is never pulled over. In memory it is one
//! value: whoever changes it changes a copy, [`Desk::changes`] says what has to be written, and when that is on disk the
//! copy takes the old one's place.

use std::{collections::BTreeMap, sync::Arc};

use domain::{CommandId, CustomerId, DeviceId, Refusal, Timestamp};
use portal::{Command, Failure, Outcome, documents};
use protocol::{Hello, PushedVerdict, Sent, Verdict};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use store::{Batch, Document, Key, List, Read, Space, StoreError, Write};
use uuid::Uuid;

use crate::{Notice, Trouble};

/// The most commands in one push.
const TOGETHER: usize = 100;

/// The most attempts to sign in that are remembered; the oldest goes first.
const ATTEMPTS: usize = 5;

/// The space that is this device's own.
pub(crate) fn outbox() -> Space {
    "outbox".parse().expect("a name of a space")
}

/// Everything of one business that is this device's own.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Desk {
    pub(crate) account: AccountPage,
    /// In the order in which they were given.
    pub(crate) waiting: Vec<Kept>,
    /// The oldest first.
    pub(crate) notices: Vec<Notice>,
}

/// Who uses this business on this device, and how far they have come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct AccountPage {
    /// This installation, as the server of this business knows it.
    pub(crate) device: DeviceId,
    pub(crate) customer: Option<CustomerId>,
    /// The number that the next command to be sent gets.
    pub(crate) next: u64,
    /// Counts the commands given, so that they keep their order.
    pub(crate) given: u64,
    pub(crate) as_of: Option<Timestamp>,
    pub(crate) ready: bool,
    pub(crate) hello: Hello,
    /// Attempts to sign in that wait for the customer to open a mail, the latest last.
    pub(crate) attempts: Vec<Attempt>,
    /// The attempt that the last session came of, if a mail opened it: its link may come a second time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) opened_by: Option<Uuid>,
    /// The release of the zone database the server decides with, as of the last pull.
    #[serde(default)]
    pub(crate) zones: String,
    /// The epoch of which the mirror's versions are; empty before the first pull.
    #[serde(default)]
    pub(crate) epoch: String,
}

/// An attempt to sign in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Attempt {
    pub(crate) id: Uuid,
    /// The secret behind the challenge (RFC 7636).
    pub(crate) verifier: String,
    pub(crate) expires: Timestamp,
}

/// A command that was given here.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Kept {
    pub(crate) id: CommandId,
    pub(crate) order: u64,
    pub(crate) given: Timestamp,
    pub(crate) command: Command,
    pub(crate) about: String,
    /// Set before it is sent for the first time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) number: Option<u64>,
    /// What stood here before it was withdrawn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) withdrawn: Option<Command>,
    /// The server said yes; it stays in sight until the pull that brings its effect.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) accepted: bool,
}

/// A verdict that was taken note of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Heard {
    pub(crate) command: CommandId,
    pub(crate) accepted: bool,
    /// Whether the customer is told: nobody needs to hear that something they took back did not happen.
    pub(crate) told: bool,
}

impl AccountPage {
    pub(crate) fn new(hello: Hello) -> Self {
        Self {
            device: DeviceId::new(),
            customer: None,
            next: 1,
            given: 0,
            as_of: None,
            ready: false,
            hello,
            attempts: Vec::new(),
            opened_by: None,
            zones: String::new(),
            epoch: String::new(),
        }
    }
}

impl Desk {
    pub(crate) fn new(hello: Hello) -> Self {
        Self { account: AccountPage::new(hello), waiting: Vec::new(), notices: Vec::new() }
    }

    /// Reads the desk; nothing when there never was one.
    pub(crate) async fn load<R: Read>(read: &R) -> Result<Option<Self>, Trouble> {
        let Some(account) = read.get(&account_key()).await? else { return Ok(None) };
        Ok(Some(Self {
            account: decode(&account)?,
            waiting: all(read, "waiting").await?,
            notices: all(read, "notice").await?,
        }))
    }

    /// What a desk says that cannot be read as a whole: its account, and how many commands lie on it.
    pub(crate) async fn glimpse<R: Read>(read: &R) -> Result<(Option<AccountPage>, usize), Trouble> {
        let account = read.get(&account_key()).await?.and_then(|document| decode(&document).ok());
        Ok((account, read.list(&List::all(outbox(), "waiting")).await?.len()))
    }

    /// The writes that turn another desk into this one.
    pub(crate) fn changes(&self, from: Option<&Self>) -> Batch {
        let mut old = from.map(Self::pages).unwrap_or_default();
        let mut batch = Batch::default();
        for (key, (sort, body)) in self.pages() {
            if old.remove(&key).is_none_or(|before| before != (sort.clone(), Arc::clone(&body))) {
                batch.writes.push(Write { key, sort, body: Some(body), keys: Vec::new() });
            }
        }
        batch.writes.extend(old.into_keys().map(|key| Write {
            key,
            sort: String::new(),
            body: None,
            keys: Vec::new(),
        }));
        batch
    }

    fn pages(&self) -> BTreeMap<Key, (String, Arc<str>)> {
        let mut pages = BTreeMap::new();
        let mut page = |kind: &str, id: String, sort: String, body: String| {
            pages.insert(Key { space: outbox(), kind: kind.to_owned(), id }, (sort, body.into()));
        };
        page("account", "account".to_owned(), String::new(), json(&self.account));
        for kept in &self.waiting {
            page("waiting", kept.id.to_string(), format!("{:020}", kept.order), json(kept));
        }
        for notice in &self.notices {
            page("notice", notice.id.to_string(), documents::time_sort(notice.at), json(notice));
        }
        pages
    }

    /// Keeps a command that the rules said yes to.
    pub(crate) fn keep(&mut self, id: CommandId, command: Command, given: Timestamp, about: String) {
        self.account.given += 1;
        let order = self.account.given;
        self.waiting.push(Kept { id, order, given, command, about, number: None, withdrawn: None, accepted: false });
    }

    /// Commands that have no verdict yet.
    pub(crate) fn open(&self) -> impl Iterator<Item = &Kept> {
        self.waiting.iter().filter(|kept| !kept.accepted)
    }

    /// How many commands have no verdict yet.
    pub(crate) fn count(&self) -> u32 {
        u32::try_from(self.open().count()).unwrap_or(u32::MAX)
    }

    /// Takes a command back. One that may have been sent stays, as one that does nothing: its verdict says which of the
    /// two the server ran.
    pub(crate) fn withdraw(&mut self, id: CommandId) -> Result<(), Trouble> {
        let at = self.waiting.iter().position(|kept| kept.id == id).ok_or(Trouble::TooLate)?;
        let kept = &mut self.waiting[at];
        if kept.accepted || kept.command == Command::Withdrawn {
            return Err(Trouble::TooLate);
        }
        if kept.number.is_none() {
            self.waiting.remove(at);
        } else {
            kept.withdrawn = Some(std::mem::replace(&mut kept.command, Command::Withdrawn));
        }
        Ok(())
    }

    /// Puts a refusal away.
    pub(crate) fn dismiss(&mut self, id: CommandId) {
        self.notices.retain(|notice| notice.id != id);
    }

    /// Gives numbers to what is sent next and says what that is.
    pub(crate) fn number(&mut self) -> Vec<Sent> {
        let account = &mut self.account;
        let mut sent = Vec::new();
        for kept in self.waiting.iter_mut().filter(|kept| !kept.accepted).take(TOGETHER) {
            let number = *kept.number.get_or_insert_with(|| {
                let number = account.next;
                account.next += 1;
                number
            });
            let command = serde_json::to_value(&kept.command).expect("commands are made of maps with text keys");
            sent.push(Sent { number, id: kept.id, command });
        }
        sent
    }

    /// The server has no number above `last` from this device: it was restored from an older copy, or this is its first
    /// contact. What has a higher number did not take effect there and is numbered anew.
    pub(crate) fn renumber(&mut self, last: u64) {
        self.account.next = last + 1;
        for kept in self.waiting.iter_mut().filter(|kept| !kept.accepted && kept.number.is_some_and(|n| n > last)) {
            kept.number = None;
        }
    }

    /// The last number the server has, as it says when somebody signs in. What waits goes on from there: this file may
    /// be an older copy, so that its numbers are other commands' at the server. What the server has already keeps its
    /// verdict under any number, because it knows a command by its id; and it keeps a number here, because only what
    /// was never sent can be taken back without asking.
    pub(crate) fn meet(&mut self, last: u64) {
        let account = &mut self.account;
        account.next = last.saturating_add(1);
        for number in self.waiting.iter_mut().filter(|kept| !kept.accepted).filter_map(|kept| kept.number.as_mut()) {
            *number = account.next;
            account.next = account.next.saturating_add(1);
        }
    }

    /// Takes note of verdicts. One that came before, or for something unknown, is passed over.
    pub(crate) fn hear(&mut self, verdicts: Vec<PushedVerdict>, now: Timestamp) -> Vec<Heard> {
        let mut heard = Vec::new();
        for PushedVerdict { number, verdict } in verdicts {
            let found = self.waiting.iter().position(|kept| kept.number == Some(number) && !kept.accepted);
            let Some(at) = found else { continue };
            let kept = &self.waiting[at];
            let command = kept.id;
            let accepted = matches!(verdict, Verdict::Accepted { .. });
            let nothing = matches!(verdict, Verdict::Accepted { outcome: Outcome::Nothing } | Verdict::Refused { .. });
            let told = kept.withdrawn.is_none() || !nothing;
            match verdict {
                Verdict::Accepted { outcome: Outcome::Nothing } => drop(self.waiting.remove(at)),
                Verdict::Accepted { .. } => {
                    let kept = &mut self.waiting[at];
                    kept.accepted = true;
                    // Withdrawn too late: what it asked for has happened.
                    if let Some(original) = kept.withdrawn.take() {
                        kept.command = original;
                    }
                }
                Verdict::Refused { refusal } => {
                    let kept = self.waiting.remove(at);
                    if told {
                        self.notice(kept, refusal, now);
                    }
                }
            }
            heard.push(Heard { command, accepted, told });
        }
        heard
    }

    fn notice(&mut self, kept: Kept, refusal: Refusal, at: Timestamp) {
        let Kept { id, command, about, .. } = kept;
        self.notices.push(Notice { id, command, refusal, at, about });
    }

    /// The pull is through that brings what these commands brought about.
    pub(crate) fn settle(&mut self, accepted: &[CommandId]) {
        self.waiting.retain(|kept| !(kept.accepted && accepted.contains(&kept.id)));
    }

    /// Remembers an attempt to sign in, and forgets those that are over.
    pub(crate) fn attempt(&mut self, attempt: Attempt, now: Timestamp) {
        let attempts = &mut self.account.attempts;
        attempts.retain(|old| old.expires > now && old.id != attempt.id);
        attempts.push(attempt);
        if attempts.len() > ATTEMPTS {
            attempts.remove(0);
        }
    }

    /// Nobody is signed in any more, and nothing of whoever was is left. The next one is another installation to the
    /// server: numbers start again.
    pub(crate) fn vacate(&mut self) {
        let AccountPage { hello, zones, epoch, .. } = self.account.clone();
        *self = Self::new(hello);
        // The spaces that everybody may read stay on the device.
        self.account.zones = zones;
        self.account.epoch = epoch;
    }
}

fn account_key() -> Key {
    Key { space: outbox(), kind: "account".to_owned(), id: "account".to_owned() }
}

async fn all<R: Read, T: DeserializeOwned>(read: &R, kind: &str) -> Result<Vec<T>, Trouble> {
    read.list(&List::all(outbox(), kind)).await?.iter().map(decode).collect()
}

/// Reads one of this device's own documents.
pub(crate) fn decode<T: DeserializeOwned>(document: &Document) -> Result<T, Trouble> {
    documents::decode(document).map_err(|failure| Trouble::Storage { detail: failure.to_string() })
}

/// Writes one of this device's own values.
pub(crate) fn json<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).expect("what is kept is made of maps with text keys")
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        Self::Storage { detail: error.to_string() }
    }
}

impl From<Failure> for Trouble {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Store(error) => error.into(),
            // Nothing was pulled yet, and only a server can change that.
            Failure::NoBusiness => Self::Offline,
            failure => Self::Storage { detail: failure.to_string() },
        }
    }
}

#[cfg(test)]
pub(crate) mod tests;
