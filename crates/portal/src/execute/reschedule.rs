//! An appointment's new time (F01, F05–F11, F16, Y19).
//!
//! **Invariant:** only the time changes, and with it the room: person, variant, place, answers, price and what was paid
//! stay. **Invariant:** the old time is free in the same commit in which the new one is taken.

use domain::{
    Claim, Refusal,
    booking::{By, Change, Claimed, LedgerEntry},
};
use store::Guard;

use super::{booking, customer, profile};
use crate::{
    BookingNews, Changes, Context, Job, Outcome, PassOf, Reschedule, documents,
    no::No,
    pass,
    sheets::Sheets,
    shelf::{self, Shelf, Who},
    source::Source,
};

pub(super) async fn decide<R: Source>(read: &R, context: &Context, ask: &Reschedule) -> Result<Changes, No> {
    let now = context.now;
    let customer = customer(context)?;
    let (document, mut booking) = booking(read, customer, ask.booking).await?;
    let (_, profile) = profile(read, customer).await?;
    read.catalogue().await?.standing(&booking).may_reschedule(&booking, now)?;
    if ask.start == booking.span.from {
        return Err(Refusal::NothingChanged.into());
    }

    let shelf = Shelf::load(read, &booking.service, &booking.variant, &booking.place).await?;
    let offer = shelf.offer(shelf.candidates(Who::Kept(&booking.staff))?, booking.party, Some(booking.id));
    let date = shelf::date_of(&offer, ask.start);
    let calendars = shelf::calendars(read, &offer, (date, date), now).await?;
    let taking = match offer.check(&calendars, ask.start, now) {
        Ok(taking) => taking,
        Err(why) => return Err(shelf::refusal(read, &offer, None, (ask.start, why), now).await?.into()),
    };

    let mut sheets = Sheets::new(read);
    for Claimed { calendar, span } in &booking.claims {
        sheets.free(calendar, *span, booking.id).await?;
    }
    let claim = Claim { id: booking.id, span: taking.claim, session: taking.session.clone() };
    for calendar in &taking.calendars {
        sheets.take(calendar, &claim).await?;
    }
    let from = booking.span.from;
    booking.span = taking.span;
    booking.zone = shelf.place.zone.clone();
    booking.claims = taking.calendars.into_iter().map(|calendar| Claimed { calendar, span: taking.claim }).collect();
    booking.moves = booking.moves.saturating_add(1);
    booking.revision += 1;
    let change = Change::Rescheduled { from, to: booking.span.from };
    booking.ledger.push(LedgerEntry { at: now, by: By::Customer, change });

    let mut batch = sheets.into_batch();
    batch.guards.push(Guard { key: document.key.clone(), version: document.version });
    batch.writes.push(documents::write(document.key.space, &booking));
    let id = booking.id;
    pass::follow(read, &mut batch, customer, PassOf::Booking { booking: id }, now).await?;
    let (news, booking) = (BookingNews::Rescheduled { from }, Box::new(booking));
    batch.jobs.push(Job::BookingMail { to: profile.email, name: profile.name, news, booking }.due(now));
    Ok(Changes { batch, outcome: Outcome::Rescheduled { booking: id } })
}
