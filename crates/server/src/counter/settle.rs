//! What a counter did while it was alone becomes what the business knows.
//!
//! **Invariant:** a check-in takes effect once: its id is kept with what became of it, in the same commit, and a code's
//! random number belongs to one check-in for ever. **Invariant:** the server believes nothing of the counter but that
//! somebody stood there: code, place, day, window and state are looked at again, at the moment the counter says it was.
//! **Invariant:** what is kept of a check-in is bounded: of a code that is longer than any can be, nothing is.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::{
    Booking, BookingState, Refusal, Timestamp,
    booking::{By, Change, LedgerEntry},
    check_in::token::{CONTEXT, SKEW, Token},
    refusal::Act,
};
use jiff::SignedDuration;
use portal::{PassOf, documents};
use protocol::{Finding, HowFound, LONGEST_CODE, OneSettled, SeenCheckIn, SettledAs};
use ring::signature::{ED25519, UnparsedPublicKey};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use store::{AnySnapshot, Batch, CommitError, Guard, Key, Read as _, Store as _, UniqueKey};

use super::{Counter, day, space};
use crate::{
    app::{App, Hosted},
    document,
    fault::Fault,
    job,
};

/// How old a check-in may be when it comes.
const WEEK: SignedDuration = SignedDuration::from_hours(7 * 24);
/// How long it is remembered what became of one: longer than any comes late, and than any code holds.
const KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);
/// How often we look again when somebody else was faster.
const ROUNDS: usize = 8;

/// What is kept of a check-in.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Kept {
    seen: SeenCheckIn,
    became: SettledAs,
}

/// Settles one check-in.
pub(crate) async fn settle(
    app: &App,
    hosted: &Hosted,
    counter: &Counter,
    mut seen: SeenCheckIn,
) -> Result<OneSettled, Fault> {
    if let HowFound::Code { code } = &mut seen.how
        && code.len() > LONGEST_CODE
    {
        code.clear();
    }
    let key = Key { space: space(counter.id), kind: "check-in".to_owned(), id: seen.id.to_string() };
    for _ in 0..ROUNDS {
        let read = hosted.store.snapshot().await?;
        if let Some(kept) = document::read::<Kept>(&read, &key).await? {
            return Ok(OneSettled { id: seen.id, became: kept.value.became });
        }
        let decided = decide(app, hosted, counter, &read, &seen).await?;
        drop(read);
        let (mut batch, number, became) = match decided {
            Ok(Agreed { number, batch }) => (batch, number, SettledAs::Done),
            Err(finding) => (Batch::default(), None, SettledAs::Found { finding }),
        };
        batch.guards.push(Guard { key: key.clone(), version: 0 });
        let kept = Kept { seen: seen.clone(), became: became.clone() };
        batch.writes.push(document::write(key.clone(), &kept, number.into_iter().collect()));
        batch.jobs.push(job::forget_document(&key, hosted.now() + KEPT));
        match hosted.store.commit(batch).await {
            Ok(_) => return Ok(OneSettled { id: seen.id, became }),
            // The booking changed, the code was used, or the same check-in came twice: we look again.
            Err(CommitError::Changed(_) | CommitError::Taken(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Fault::busy())
}

/// A check-in that the server agrees with.
struct Agreed {
    /// What makes a code this code and no other.
    number: Option<UniqueKey>,
    /// What changes by it: the booking and its pass; nothing when the booking said so already.
    batch: Batch,
}

/// Looks at everything again.
async fn decide(
    app: &App,
    hosted: &Hosted,
    counter: &Counter,
    read: &AnySnapshot,
    seen: &SeenCheckIn,
) -> Result<Result<Agreed, Finding>, Fault> {
    // Also what is left of a code that was too long.
    if matches!(&seen.how, HowFound::Code { code } if code.is_empty()) {
        return Ok(Err(Finding::Forged));
    }
    let now = hosted.now();
    if seen.at > now + SignedDuration::from_secs(SKEW) || seen.at < now - WEEK {
        return Ok(Err(Finding::BadTime));
    }
    let Some((document, mut booking)) = day::found(read, seen.booking).await? else {
        return Ok(Err(Finding::NoBooking));
    };
    let number = match &seen.how {
        HowFound::Person => None,
        HowFound::Code { code } => {
            let keys = day::keys(read, booking.customer, now).await?;
            match proven(code, &booking, &keys, &day::addresses(app, hosted), seen.at) {
                Ok(number) if read.find(&number).await?.is_some() => return Ok(Err(Finding::Replayed)),
                Ok(number) => Some(number),
                Err(finding) => return Ok(Err(finding)),
            }
        }
    };
    if booking.place != counter.place {
        return Ok(Err(Finding::WrongPlace { place: booking.names.place }));
    }
    let terms = day::terms(read, &booking).await?;
    if !booking.is_expected(&terms, seen.at) {
        return Ok(Err(Finding::WrongDay { start: booking.zone.civil(booking.span.from) }));
    }
    let may = match &seen.how {
        // Whoever stands there is there.
        HowFound::Person => booking.may_be_checked_in(seen.at),
        HowFound::Code { .. } => booking.may_be_checked_in_by_code(&terms, seen.at),
    };
    match may {
        Ok(()) => {}
        // The customer pressed the button as well: both wanted the same.
        Err(Refusal::AlreadyDone { act: Act::CheckIn }) => return Ok(Ok(Agreed { number, batch: Batch::default() })),
        Err(refusal) => return Ok(Err(Finding::Refused { refusal })),
    }
    booking.state = BookingState::CheckedIn;
    booking.revision += 1;
    booking.ledger.push(LedgerEntry { at: seen.at, by: By::Business, change: Change::CheckedIn });
    let mut batch = Batch::default();
    batch.guards.push(Guard { key: document.key.clone(), version: document.version });
    batch.writes.push(documents::write(document.key.space, &booking));
    let pass = PassOf::Booking { booking: booking.id };
    portal::follow(read, &mut batch, booking.customer, pass, now).await?;
    Ok(Ok(Agreed { number, batch }))
}

/// Whether a code is one of this booking, made by a device of its customer, and held at that moment. Answers what makes
/// it this code and no other.
fn proven(
    code: &str,
    booking: &Booking,
    keys: &[String],
    addresses: &[String],
    at: Timestamp,
) -> Result<UniqueKey, Finding> {
    let bytes = URL_SAFE_NO_PAD.decode(code).map_err(|_| Finding::Forged)?;
    let (token, signature) = Token::read(&bytes).map_err(|_| Finding::Forged)?;
    let said = bytes.get(..bytes.len() - signature.len()).ok_or(Finding::Forged)?;
    let signed = [CONTEXT, said].concat();
    let genuine = keys.iter().filter_map(|key| URL_SAFE_NO_PAD.decode(key).ok()).any(|key| {
        short(&key) == token.key && UnparsedPublicKey::new(&ED25519, &key).verify(&signed, &signature).is_ok()
    });
    let ours = addresses.iter().any(|address| short(address.as_bytes()) == token.business);
    if !genuine || !ours || token.booking != booking.id || token.place != booking.place {
        return Err(Finding::Forged);
    }
    token.holds(at).map_err(|_| Finding::Expired)?;
    let number = URL_SAFE_NO_PAD.encode([token.key, token.nonce].concat());
    Ok(UniqueKey::new("check-in-code", number))
}

fn short(bytes: &[u8]) -> [u8; 8] {
    let mut short = [0; 8];
    short.copy_from_slice(&Sha256::digest(bytes)[..8]);
    short
}

#[cfg(test)]
mod tests;
