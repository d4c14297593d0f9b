//! "I'm late". The booking stays as it is: whether it can still take place is between two people.

use domain::{Refusal, booking::Change, check_in::LATE, refusal::Act};

use super::{booking, customer, noted};
use crate::{Changes, Context, Outcome, RunningLate, no::No, source::Source};

pub(super) async fn decide<R: Source>(read: &R, context: &Context, ask: &RunningLate) -> Result<Changes, No> {
    let (document, booking) = booking(read, customer(context)?, ask.booking).await?;
    booking.may_run_late(context.now)?;
    if !LATE.contains(&ask.minutes) {
        return Err(Refusal::OutOfRange { least: *LATE.start(), most: *LATE.end() }.into());
    }
    if booking.attendance().late == Some(ask.minutes) {
        return Err(Refusal::AlreadyDone { act: Act::RunningLate }.into());
    }
    let outcome = Outcome::RunningLate { booking: booking.id };
    let change = Change::RunningLate { minutes: ask.minutes };
    Ok(Changes { batch: noted(document, booking, context.now, change), outcome })
}
