//! "I'm here": the customer checks in by themselves, inside the window (Y10).
//!
//! Whoever scans the code at the door says with it where they are; then that has to be the booking's place.

use domain::{BookingState, Refusal, booking::Change};

use super::{booking, customer, noted};
use crate::{Changes, CheckIn, Context, Outcome, PassOf, no::No, pass, source::Source};

pub(super) async fn decide<R: Source>(read: &R, context: &Context, ask: &CheckIn) -> Result<Changes, No> {
    let customer = customer(context)?;
    let (document, mut booking) = booking(read, customer, ask.booking).await?;
    if ask.place.as_ref().is_some_and(|place| *place != booking.place) {
        let start = booking.zone.civil(booking.span.from);
        return Err(Refusal::WrongPlace { place: booking.names.place, start }.into());
    }
    read.catalogue().await?.standing(&booking).may_check_in(&booking, context.now)?;
    booking.state = BookingState::CheckedIn;
    let id = booking.id;
    let mut batch = noted(document, booking, context.now, Change::CheckedIn);
    pass::follow(read, &mut batch, customer, PassOf::Booking { booking: id }, context.now).await?;
    Ok(Changes { batch, outcome: Outcome::CheckedIn { booking: id } })
}
