//! "I'm late". The booking stays as it is: whether it can still take place is between two people.
//!
//! **Invariant:** a booking does not grow by it. Of what somebody says of being late, with nothing else between, the
//! ledger keeps the last word and when it was said. A bound on how often it can be said would leave the counter with a
//! word that is no longer true, just when it matters; whoever repeats themselves has only the last word heard anyway.

use domain::{Refusal, booking::Change, check_in::LATE, refusal::Act};

use super::{booking, customer, noted};
use crate::{Changes, Context, Outcome, RunningLate, no::No, source::Source};

pub(super) async fn decide<R: Source>(read: &R, context: &Context, ask: &RunningLate) -> Result<Changes, No> {
    let (document, mut booking) = booking(read, customer(context)?, ask.booking).await?;
    booking.may_run_late(context.now)?;
    if !LATE.contains(&ask.minutes) {
        return Err(Refusal::OutOfRange { least: *LATE.start(), most: *LATE.end() }.into());
    }
    if booking.attendance().late == Some(ask.minutes) {
        return Err(Refusal::AlreadyDone { act: Act::RunningLate }.into());
    }
    if matches!(booking.ledger.last().map(|entry| &entry.change), Some(Change::RunningLate { .. })) {
        booking.ledger.pop();
    }
    let outcome = Outcome::RunningLate { booking: booking.id };
    let change = Change::RunningLate { minutes: ask.minutes };
    Ok(Changes { batch: noted(document, booking, context.now, change), outcome })
}
