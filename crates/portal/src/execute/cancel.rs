//! The end of an appointment (G01, G02, G06–G08).
//!
//! **Invariant:** what was paid stays as it is: the business refunds by hand (G08). **Invariant:** it works also when the
//! service has left the catalogue; then the business's own terms hold.

use domain::{
    BookingState,
    booking::{By, Change, Claimed, LedgerEntry},
};
use store::Guard;

use super::{booking, customer, profile, text};
use crate::{
    BookingNews, Cancel, Changes, Context, Job, Outcome, PassOf, documents, no::No, pass, sheets::Sheets,
    source::Source,
};

/// Most characters of a reason.
const REASON: u16 = 500;

pub(super) async fn decide<R: Source>(read: &R, context: &Context, ask: &Cancel) -> Result<Changes, No> {
    let now = context.now;
    let customer = customer(context)?;
    let reason = text("reason", &ask.reason, REASON)?;
    let (document, mut booking) = booking(read, customer, ask.booking).await?;
    let (_, profile) = profile(read, customer).await?;
    read.catalogue().await?.standing(&booking).may_cancel(&booking, now)?;

    let mut sheets = Sheets::new(read);
    for Claimed { calendar, span } in std::mem::take(&mut booking.claims) {
        sheets.free(&calendar, span, booking.id).await?;
    }
    booking.state = BookingState::Cancelled;
    booking.revision += 1;
    booking.ledger.push(LedgerEntry { at: now, by: By::Customer, change: Change::Cancelled { reason } });

    let mut batch = sheets.into_batch();
    batch.guards.push(Guard { key: document.key.clone(), version: document.version });
    batch.writes.push(documents::write(document.key.space, &booking));
    let id = booking.id;
    pass::follow(read, &mut batch, customer, PassOf::Booking { booking: id }, now).await?;
    let (news, booking) = (BookingNews::Cancelled, Box::new(booking));
    batch.jobs.push(Job::BookingMail { to: profile.email, name: profile.name, news, booking }.due(now));
    Ok(Changes { batch, outcome: Outcome::Cancelled { booking: id } })
}
