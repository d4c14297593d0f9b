//! Turns a command into changes or a refusal. One file a use case.

mod book;
mod cancel;
mod check_in;
mod confirm_attendance;
mod feed;
mod reschedule;
mod running_late;
mod update_profile;

use domain::{
    Booking, BookingId, CustomerId, Profile, Refusal, Timestamp,
    booking::{By, Change, LedgerEntry},
    refusal::Noun,
};
use store::{Batch, Document, Guard, Read};

use crate::{
    Actor, Changes, Command, Context, Decision, Failure, Outcome,
    documents::{self, Kind},
    no::{No, apart},
    source::Source,
    spaces,
};

pub(crate) use self::feed::feed;

/// Decides a command. Writes nothing.
///
/// # Errors
/// When the store fails or holds something unreadable.
pub async fn execute<R: Source>(read: &R, context: &Context, command: &Command) -> Result<Decision, Failure> {
    let answer = match command {
        Command::Book(ask) => book::decide(read, context, ask).await,
        Command::Reschedule(ask) => reschedule::decide(read, context, ask).await,
        Command::Cancel(ask) => cancel::decide(read, context, ask).await,
        Command::ConfirmAttendance(ask) => confirm_attendance::decide(read, context, ask).await,
        Command::RunningLate(ask) => running_late::decide(read, context, ask).await,
        Command::CheckIn(ask) => check_in::decide(read, context, ask).await,
        Command::UpdateProfile(ask) => update_profile::decide(read, context, ask).await,
        Command::TurnFeedOn(ask) => feed::turn_on(read, context, ask).await,
        Command::RenewFeed(ask) => feed::renew(read, context, ask).await,
        Command::TurnFeedOff => feed::turn_off(read, context).await,
        Command::Withdrawn => Ok(Changes { batch: Batch::default(), outcome: Outcome::Nothing }),
    };
    Ok(match apart(answer)? {
        Ok(changes) => Decision::Accepted(changes),
        Err(refusal) => Decision::Refused(refusal),
    })
}

/// Who asks, or that nobody has signed in.
pub(crate) fn customer(context: &Context) -> Result<CustomerId, Refusal> {
    match context.actor {
        Actor::Customer(id) => Ok(id),
        Actor::Anyone => Err(Refusal::NotSignedIn),
    }
}

/// A customer's profile and the document it is in.
pub(crate) async fn profile<R: Read>(read: &R, id: CustomerId) -> Result<(Document, Profile), No> {
    let key = store::Key { space: spaces::customer(id), kind: Profile::KIND.to_owned(), id: "profile".to_owned() };
    let document = read.get(&key).await?.ok_or(Refusal::NotFound { what: Noun::Customer })?;
    let profile = documents::decode(&document)?;
    Ok((document, profile))
}

/// A customer's own booking and the document it is in. Somebody else's does not exist.
pub(crate) async fn booking<R: Read>(read: &R, customer: CustomerId, id: BookingId) -> Result<(Document, Booking), No> {
    let key = spaces::booking(customer, id);
    let document = read.get(&key).await?.ok_or(Refusal::NotFound { what: Noun::Booking })?;
    let booking = documents::decode(&document)?;
    Ok((document, booking))
}

/// The batch that notes in a booking's ledger what its customer said. Nobody is told by mail; the counter sees it.
fn noted(document: Document, mut booking: Booking, now: Timestamp, change: Change) -> Batch {
    booking.revision += 1;
    booking.ledger.push(LedgerEntry { at: now, by: By::Customer, change });
    let mut batch = Batch::default();
    batch.guards.push(Guard { key: document.key.clone(), version: document.version });
    batch.writes.push(documents::write(document.key.space, &booking));
    batch
}

/// A text without the space around it, if it is not too long.
fn text(field: &str, text: &str, most: u16) -> Result<String, Refusal> {
    let text = text.trim();
    if text.chars().count() > usize::from(most) {
        return Err(Refusal::BadText { field: field.to_owned(), most });
    }
    Ok(text.to_owned())
}
