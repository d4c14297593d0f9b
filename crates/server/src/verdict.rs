//! Commands and their verdicts.
//!
//! **Invariant:** a command takes effect exactly once. Its effects, its verdict and the device's new number are one
//! commit, guarded by the device's document, so that of two pushes at once one has to look again and finds the verdict.
//! The verdict holds the unique key of the command's id as well: whichever way it comes again, it gets the same one.

use domain::{CommandId, CustomerId, Refusal, Timestamp};
use portal::{Actor, Command, Context, Failure, Outcome};
use protocol::{Code, Execute, Push, Pushed, PushedVerdict, Verdict};
use serde::{Deserialize, Serialize};
use store::{AnySnapshot, Batch, CommitError, Guard, Key, Read, Store as _, UniqueKey, Write};

use crate::{
    app::{App, Hosted},
    document::{self, Device, Found},
    fault::Fault,
    session::{Member, Session},
};

/// How often we look again when the same command or the same device was busy elsewhere.
const TRIES: usize = 16;
/// Most commands of one push.
const MOST: usize = 100;

/// A verdict as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Recorded {
    command: CommandId,
    verdict: Verdict,
    at: Timestamp,
}

/// Where a command's verdict goes.
#[derive(Debug, Clone, Copy)]
enum Order {
    /// A device numbered it.
    Numbered(u64),
    /// A browser gave it, at once.
    Alone,
}

/// What came of one try.
enum Step {
    /// The last word.
    Verdict(Verdict),
    /// There are commands missing before it.
    Gap,
}

/// Runs one command, or gives the verdict it had before. The first look is at the moment at which its sender came in.
pub(crate) async fn execute(
    app: &App,
    member: &Member,
    read: AnySnapshot,
    execute: &Execute,
) -> Result<Verdict, Fault> {
    match run(app, member, Some(read), Order::Alone, execute.id, &execute.command).await? {
        Step::Verdict(verdict) => Ok(verdict),
        Step::Gap => Err(Fault::new(Code::ServerError, "a command without a number cannot be out of order")),
    }
}

/// Runs a device's commands in order, as far as it goes. The first look is at the moment at which the device came in.
pub(crate) async fn push(app: &App, member: &Member, read: AnySnapshot, push: &Push) -> Result<Pushed, Fault> {
    if push.commands.is_empty() || push.commands.len() > MOST {
        return Err(Fault::new(Code::BadRequest, "a push has 1 to 100 commands"));
    }
    if push.commands.iter().any(|sent| i64::try_from(sent.number).is_err()) {
        return Err(Fault::new(Code::BadRequest, "a number has 63 bits"));
    }
    let follow = push.commands.windows(2).all(|pair| pair[0].number.checked_add(1) == Some(pair[1].number));
    if !follow || push.commands[0].number == 0 {
        return Err(Fault::new(Code::OutOfOrder, "the numbers of a push rise by one, from 1"));
    }
    let mut read = Some(read);
    let mut verdicts = Vec::with_capacity(push.commands.len());
    for sent in &push.commands {
        if !verdicts.is_empty() {
            // Each may have waited for the disk on this very thread.
            tokio::task::yield_now().await;
        }
        match run(app, member, read.take(), Order::Numbered(sent.number), sent.id, &sent.command).await {
            Ok(Step::Verdict(verdict)) => verdicts.push(PushedVerdict { number: sent.number, verdict }),
            Ok(Step::Gap) => break,
            // What is done is done, and the device should know.
            Err(fault) if !verdicts.is_empty() => {
                tracing::warn!(code = ?fault.code(), "a push stops half-way");
                break;
            }
            Err(fault) => return Err(fault),
        }
    }
    let last = match verdicts.last() {
        Some(verdict) => verdict.number,
        None => device(&member.hosted.store.snapshot().await?, &member.ticket.session).await?.value.last,
    };
    Ok(Pushed { last, verdicts })
}

async fn run(
    app: &App,
    member: &Member,
    mut first: Option<AnySnapshot>,
    order: Order,
    id: CommandId,
    command: &serde_json::Value,
) -> Result<Step, Fault> {
    let (hosted, session) = (&member.hosted, &member.ticket.session);
    // Unknown and unreadable are the same to us: another version of the app wrote it.
    let command = Command::deserialize(command).ok();
    for tried in 0..TRIES {
        let read = match first.take() {
            Some(read) => read,
            None => hosted.store.snapshot().await?,
        };
        // A number that is new comes with a command that is new: if it is not, the commit says so.
        let trusted = tried == 0 && matches!(order, Order::Numbered(_));
        let entry = match prepare(&read, session, order, id, trusted).await? {
            Prepared::Known(step) => return Ok(step),
            Prepared::Run(entry) => entry,
        };
        if tried == 0 && entry.former.is_none() {
            // Each writes something, and some a mail. What is turned away here is as if it had not come.
            app.limits.command(&hosted.slug, session.customer)?;
        }
        match decide(hosted, session, read, &entry, command.as_ref()).await {
            Ok(verdict) => {
                app.announce_work();
                return Ok(Step::Verdict(verdict));
            }
            // The same command arrived twice at once and the other was faster: look at what it got.
            Err(Failure::Overtaken(_)) => {}
            // It may have its verdict already, and then nothing has to be decided.
            Err(_) if trusted => {}
            Err(failure) => return Err(failure.into()),
        }
    }
    Err(Fault::busy())
}

/// What stands before a run.
enum Prepared {
    /// There is nothing to run.
    Known(Step),
    /// Run it, and write this with it.
    Run(Box<Entry>),
}

/// What is written with a verdict.
struct Entry {
    id: CommandId,
    key: Key,
    /// That nobody else runs the same number or command meanwhile.
    guard: Guard,
    /// The device's new number.
    device: Option<Write>,
    /// The verdict that the command had when it came another way.
    former: Option<Verdict>,
}

impl Entry {
    fn batch(&self, customer: CustomerId, verdict: &Verdict, at: Timestamp) -> Batch {
        let recorded = Recorded { command: self.id, verdict: verdict.clone(), at };
        let keys = if self.former.is_some() { Vec::new() } else { vec![unique(customer, self.id)] };
        let mut writes = vec![document::write(self.key.clone(), &recorded, keys)];
        writes.extend(self.device.clone());
        Batch { guards: vec![self.guard.clone()], writes, jobs: Vec::new() }
    }
}

/// Looks at what stands before a run. Whether the command has a verdict from another way is not asked when it is
/// `trusted` to have none.
async fn prepare(
    read: &AnySnapshot,
    session: &Session,
    order: Order,
    id: CommandId,
    trusted: bool,
) -> Result<Prepared, Fault> {
    let key = verdict_key(session, order, id);
    let former = async {
        let found = if trusted { None } else { former(read, session.customer, id).await? };
        Ok(found.map(|recorded| recorded.verdict))
    };
    let Order::Numbered(number) = order else {
        let former = former.await?;
        return Ok(match former {
            Some(verdict) => Prepared::Known(Step::Verdict(verdict)),
            None => {
                let guard = Guard { key: key.clone(), version: 0 };
                Prepared::Run(Box::new(Entry { id, key, guard, device: None, former: None }))
            }
        });
    };
    // Both at once: where the store is another machine that is one way there and back.
    let (former, Found { value: device, version }) = tokio::try_join!(former, device(read, session))?;
    if number <= device.last {
        return Ok(Prepared::Known(Step::Verdict(given(read, &key, id).await?)));
    }
    if number > device.last + 1 {
        return Ok(Prepared::Known(Step::Gap));
    }
    let device_key = document::device_key(session.device);
    let guard = Guard { key: device_key.clone(), version };
    let device = document::write(device_key, &Device { last: number, ..device }, Vec::new());
    Ok(Prepared::Run(Box::new(Entry { id, key, guard, device: Some(device), former })))
}

/// Decides by the moment that the entry was prepared from.
async fn decide(
    hosted: &Hosted,
    session: &Session,
    read: AnySnapshot,
    entry: &Entry,
    command: Option<&Command>,
) -> Result<Verdict, Failure> {
    let verdict = match (&entry.former, command) {
        // The number is used up, the command does not run again.
        (Some(former), _) => former.clone(),
        (None, None) => Verdict::Refused { refusal: Refusal::UnknownCommand },
        (None, Some(command)) => {
            let context = || Context { now: hosted.now(), actor: Actor::Customer(session.customer) };
            let extra = |answer: &_| entry.batch(session.customer, &verdict_of(answer), hosted.now());
            let answer = portal::settle_from(&hosted.store, read, &hosted.memory, context, command, extra).await?;
            return Ok(verdict_of(&answer));
        }
    };
    drop(read);
    match hosted.store.commit(entry.batch(session.customer, &verdict, hosted.now())).await {
        Ok(_) => Ok(verdict),
        Err(CommitError::Store(error)) => Err(error.into()),
        Err(CommitError::Changed(_) | CommitError::Taken(_)) => Err(Failure::Overtaken(entry.key.clone())),
    }
}

fn verdict_of(answer: &Result<Outcome, Refusal>) -> Verdict {
    match answer {
        Ok(outcome) => Verdict::Accepted { outcome: outcome.clone() },
        Err(refusal) => Verdict::Refused { refusal: refusal.clone() },
    }
}

/// The verdict that a number was given before.
async fn given(read: &impl Read, key: &Key, id: CommandId) -> Result<Verdict, Fault> {
    match document::read::<Recorded>(read, key).await? {
        Some(found) if found.value.command == id => Ok(found.value.verdict),
        // Somebody else's answer would be worse than none: the installation has forgotten how far it was.
        _ => Err(Fault::new(Code::OutOfOrder, "this number was given to another command")),
    }
}

async fn former(read: &impl Read, customer: CustomerId, id: CommandId) -> Result<Option<Recorded>, Failure> {
    let Some(key) = read.find(&unique(customer, id)).await? else { return Ok(None) };
    Ok(document::read::<Recorded>(read, &key).await?.map(|found| found.value))
}

/// The session's device; every session begins by writing it.
async fn device(read: &impl Read, session: &Session) -> Result<Found<Device>, Fault> {
    let found = document::read::<Device>(read, &document::device_key(session.device)).await?;
    match found {
        Some(found) if found.value.customer == session.customer => Ok(found),
        _ => Err(Fault::new(Code::NotSignedIn, "the session's device is not known")),
    }
}

fn unique(customer: CustomerId, id: CommandId) -> UniqueKey {
    // With the customer in it, nobody can use up another's id.
    UniqueKey::new("command", format!("{customer}/{id}"))
}

fn verdict_key(session: &Session, order: Order, id: CommandId) -> Key {
    let space = portal::spaces::device(session.device);
    match order {
        Order::Numbered(number) => Key { space, kind: "verdict".to_owned(), id: format!("{number:020}") },
        Order::Alone => Key { space, kind: "executed".to_owned(), id: id.to_string() },
    }
}
