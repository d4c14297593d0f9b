//! One attempt to sign in by mail, from the request to the session.
//!
//! **Invariant:** only who asked can finish: the verifier must fit the challenge. **Invariant:** the link works once, the
//! code it gives works once, the digits have five tries, and all of it ends after 15 minutes. Wrong digits also count for
//! the address, see [`crate::guesses`].
//! **Invariant:** what is answered and written is the same for an address nobody knows.

use std::sync::Arc;

use domain::{Business, CustomerId, DeviceId, Profile, Timestamp};
use jiff::SignedDuration;
use portal::{documents, documents::Kind as _, spaces};
use protocol::{Code, LinkOpened, LinkRequest, LinkSent, OpenLink, Proof, TokenRequest};
use serde::{Deserialize, Serialize};
use store::{Batch, CommitError, Guard, Key, Read, Space, Store as _, UniqueKey};
use uuid::Uuid;

use crate::{
    app::{App, Hosted},
    document::{self, Device, Found},
    fault::Fault,
    guesses,
    job::ServerJob,
    secret, session,
};

/// How long an attempt lasts.
const MINUTES: i64 = 15;
/// How often digits may be typed.
const TRIES: u8 = 5;
/// How often we look again when somebody else was faster.
const ROUNDS: usize = 8;

/// An attempt as it is kept: of what the mail says, only hashes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Attempt {
    email: String,
    challenge: String,
    app: bool,
    /// Hash of the link's token; nothing once the link was opened.
    link: Option<String>,
    /// Hash of the six digits.
    digits: String,
    /// Hash of the code that the link's page handed out.
    code: Option<String>,
    /// How many times the digits were wrong.
    wrong: u8,
    expires: Timestamp,
    /// Nobody was told: the address is unknown and the business takes no new customers.
    void: bool,
}

/// What a session begins with.
pub(crate) struct Opened {
    pub(crate) customer: CustomerId,
    pub(crate) token: String,
    /// The device's last command number.
    pub(crate) last: u64,
}

fn space(attempt: Uuid) -> Space {
    format!("sign-in/{attempt}").parse().expect("a UUID is made of characters that names of spaces allow")
}

fn key(attempt: Uuid) -> Key {
    Key { space: space(attempt), kind: "attempt".to_owned(), id: "attempt".to_owned() }
}

/// The attempt's name is part of the hash, so that equal digits of two attempts differ.
fn hash(attempt: Uuid, text: &str) -> String {
    secret::hash(&format!("{attempt}.{text}"))
}

/// Begins an attempt and has its mail sent.
pub(crate) async fn ask(app: &App, hosted: &Hosted, request: LinkRequest) -> Result<LinkSent, Fault> {
    let email = request.email.trim().to_owned();
    // What is not ASCII before the `@`, few mail servers pass on (RFC 6531); a domain can be written in ASCII.
    let written = documents::ascii_domain(&email);
    if written.len() > 254 || !written.is_ascii() || written.parse::<lettre::Address>().is_err() {
        return Err(Fault::new(Code::BadRequest, "this is not an email address that can be written to"));
    }
    let challenge = request.challenge;
    let fits =
        challenge.len() == 43 && challenge.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    if !fits {
        return Err(Fault::new(Code::BadRequest, "the challenge is a SHA-256 in base64url without padding"));
    }
    let now = hosted.now();
    let read = hosted.store.snapshot().await?;
    let known = profile(&read, &email).await?;
    let open = business(&read).await?.open_sign_up;
    drop(read);
    let void = known.is_none() && !open;
    // A customer's mail goes where the customer said, not to whatever spelling of it was typed: case may matter to the
    // server behind the `@`, and then the two are different people's.
    let email = known.map_or(email, |profile| profile.email);

    let attempt = Uuid::now_v7();
    // The token says where to look, so that nothing has to be searched.
    let (token, digits) = (format!("{}.{}", attempt.simple(), secret::token()), secret::digits());
    let expires = now + SignedDuration::from_mins(MINUTES);
    let kept = Attempt {
        email: email.clone(),
        challenge,
        app: request.app,
        link: Some(hash(attempt, &token)),
        digits: hash(attempt, &digits),
        code: None,
        wrong: 0,
        expires,
        void,
    };
    let mail = ServerJob::SignInMail { to: email, token, digits, expires };
    // To an unknown address the same job is written, but it has expired: whoever carries it out drops it.
    let mail = match mail {
        ServerJob::SignInMail { to, token, digits, .. } if kept.void => {
            ServerJob::SignInMail { to, token, digits, expires: now }
        }
        mail => mail,
    };
    let forget = ServerJob::ForgetSpace { space: space(attempt).to_string() };
    let batch = Batch {
        guards: Vec::new(),
        writes: vec![document::write(key(attempt), &kept, Vec::new())],
        jobs: vec![mail.due(now), forget.due(expires + SignedDuration::from_mins(1))],
    };
    hosted.store.commit(batch).await?;
    app.work.notify_one();
    Ok(LinkSent { attempt, expires })
}

/// The button on the link's page was pressed.
pub(crate) async fn open(hosted: &Hosted, request: OpenLink) -> Result<LinkOpened, Fault> {
    let name = request.token.split_once('.').and_then(|(name, _)| Uuid::try_parse(name).ok());
    let attempt = name.ok_or_else(Fault::wrong_credentials)?;
    for _ in 0..ROUNDS {
        let Found { value: kept, version } = alive(hosted, attempt).await?;
        let fits = kept.link.as_deref().is_some_and(|link| secret::same(link, &hash(attempt, &request.token)));
        if !fits {
            return Err(Fault::wrong_credentials());
        }
        let code = secret::token();
        let app = kept.app;
        let opened = Attempt { link: None, code: Some(hash(attempt, &code)), ..kept };
        if replace(hosted, attempt, version, &opened, Batch::default()).await? {
            return Ok(LinkOpened { attempt, code, app });
        }
    }
    Err(Fault::busy())
}

/// Turns what the mail said into a session.
pub(crate) async fn finish(app: &Arc<App>, hosted: &Hosted, request: &TokenRequest) -> Result<Opened, Fault> {
    let attempt = request.attempt;
    if !(43..=128).contains(&request.verifier.len()) {
        return Err(Fault::new(Code::BadRequest, "a verifier has 43 to 128 characters"));
    }
    for _ in 0..ROUNDS {
        let Found { value: kept, version } = alive(hosted, attempt).await?;
        if !secret::same(&kept.challenge, &secret::challenge(&request.verifier)) {
            return Err(Fault::wrong_credentials());
        }
        let mut spent = Batch {
            guards: vec![Guard { key: key(attempt), version }],
            writes: vec![document::delete(key(attempt))],
            jobs: Vec::new(),
        };
        let right = match &request.proof {
            Proof::Code(code) => kept.code.as_deref().is_some_and(|kept| secret::same(kept, &hash(attempt, code))),
            Proof::Digits(digits) => {
                let digits: String = digits.chars().filter(|c| !c.is_whitespace()).collect();
                let right = secret::same(&kept.digits, &hash(attempt, &digits));
                let now = hosted.now();
                let guesses = guesses::of(hosted, &kept.email, now).await?;
                if kept.wrong >= TRIES || guesses.used_up() {
                    return Err(Fault::wrong_credentials());
                }
                if right {
                    spent.guards.push(guesses.guard());
                } else {
                    let mut batch = Batch::default();
                    guesses.count(now, &mut batch);
                    let wrong = Attempt { wrong: kept.wrong + 1, ..kept.clone() };
                    // Not written means that somebody else tried at the same moment: then this try has to count anew.
                    if !replace(hosted, attempt, version, &wrong, batch).await? {
                        continue;
                    }
                }
                right
            }
        };
        if !right || kept.void {
            return Err(Fault::wrong_credentials());
        }
        if let Some(opened) = begin(hosted, Who::Proven(&kept.email), request.device, spent).await? {
            app.work.notify_one();
            return Ok(opened);
        }
    }
    Err(Fault::busy())
}

/// Whose session begins.
pub(crate) enum Who<'a> {
    /// Whoever has this address; a new customer if the business takes some.
    Proven(&'a str),
    /// This customer.
    Known(CustomerId),
}

/// Begins a session on a device, together with a batch. Nothing when somebody else was faster at something.
pub(crate) async fn begin(
    hosted: &Hosted,
    who: Who<'_>,
    device: DeviceId,
    mut batch: Batch,
) -> Result<Option<Opened>, Fault> {
    let now = hosted.now();
    let by_mail = matches!(who, Who::Proven(_));
    let read = hosted.store.snapshot().await?;
    let customer = match who {
        Who::Known(customer) => customer,
        Who::Proven(email) => match customer(&read, email).await? {
            Some(customer) => customer,
            None if !business(&read).await?.open_sign_up => return Err(Fault::wrong_credentials()),
            None => {
                let id = CustomerId::new();
                let profile =
                    Profile { id, name: String::new(), email: email.to_owned(), phone: String::new(), created: now };
                // The profile holds the address as a unique key: of two at once, one finds it taken and looks again.
                batch.writes.push(documents::write(spaces::customer(id), &profile));
                id
            }
        },
    };
    let device_key = document::device_key(device);
    let last = match document::read::<Device>(&read, &device_key).await? {
        Some(found) if found.value.customer == customer => found.value.last,
        Some(_) => {
            // Before anything is written: what was proven is not spent and works again with a new id.
            return Err(Fault::new(Code::DeviceTaken, "this device id belongs to another customer: make a new one"));
        }
        None => {
            batch.guards.push(Guard { key: device_key.clone(), version: 0 });
            batch.writes.push(document::write(device_key, &Device { customer, last: 0 }, Vec::new()));
            0
        }
    };
    drop(read);
    let session = session::begin(customer, device, by_mail, now);
    batch.writes.extend(session.writes);
    batch.jobs.push(session.job);
    match hosted.store.commit(batch).await {
        Ok(_) => Ok(Some(Opened { customer, token: session.token, last })),
        Err(CommitError::Changed(_) | CommitError::Taken(_)) => Ok(None),
        Err(CommitError::Store(error)) => Err(error.into()),
    }
}

/// The customer with an address.
pub(crate) async fn customer(read: &impl Read, email: &str) -> Result<Option<CustomerId>, Fault> {
    Ok(profile(read, email).await?.map(|profile| profile.id))
}

async fn profile(read: &impl Read, email: &str) -> Result<Option<Profile>, Fault> {
    let key = documents::email_key(email);
    // Of a profile that was written before domains were kept in ASCII.
    let former = UniqueKey::new("email", email.trim().to_lowercase());
    let found = match read.find(&key).await? {
        None if former != key => read.find(&former).await?,
        found => found,
    };
    let Some(key) = found else { return Ok(None) };
    Ok(document::read::<Profile>(read, &key).await?.map(|found| found.value))
}

/// The business's own document.
pub(crate) async fn business(read: &impl Read) -> Result<Business, Fault> {
    let key = Key { space: spaces::catalogue(), kind: Business::KIND.to_owned(), id: Business::KIND.to_owned() };
    let found = document::read::<Business>(read, &key).await?;
    found.map(|found| found.value).ok_or_else(|| Fault::new(Code::NotFound, "the business has no catalogue yet"))
}

async fn alive(hosted: &Hosted, attempt: Uuid) -> Result<Found<Attempt>, Fault> {
    let read = hosted.store.snapshot().await?;
    let found = document::read::<Attempt>(&read, &key(attempt)).await?;
    found.filter(|found| found.value.expires > hosted.now()).ok_or_else(Fault::wrong_credentials)
}

/// Writes an attempt, together with a batch, unless something has changed. Says whether it was written.
async fn replace(
    hosted: &Hosted,
    attempt: Uuid,
    version: u64,
    kept: &Attempt,
    mut batch: Batch,
) -> Result<bool, Fault> {
    batch.guards.push(Guard { key: key(attempt), version });
    batch.writes.push(document::write(key(attempt), kept, Vec::new()));
    match hosted.store.commit(batch).await {
        Ok(_) => Ok(true),
        Err(CommitError::Changed(_)) => Ok(false),
        Err(error) => Err(error.into()),
    }
}
