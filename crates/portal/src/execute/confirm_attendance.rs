//! "I'm coming" (Y07).

use domain::booking::Change;

use super::{booking, customer, noted};
use crate::{Changes, ConfirmAttendance, Context, Outcome, no::No, source::Source};

pub(super) async fn decide<R: Source>(read: &R, context: &Context, ask: &ConfirmAttendance) -> Result<Changes, No> {
    let (document, booking) = booking(read, customer(context)?, ask.booking).await?;
    read.catalogue().await?.standing(&booking).may_confirm_attendance(&booking, context.now)?;
    let outcome = Outcome::AttendanceConfirmed { booking: booking.id };
    Ok(Changes { batch: noted(document, booking, context.now, Change::AttendanceConfirmed), outcome })
}
