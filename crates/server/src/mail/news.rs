//! Whether a mail about a booking is still news.
//!
//! A mail that waited, for a mail server that was away or because none was set, may come after the appointment, or after
//! another mail that says something else: nobody is to read "cancelled" first and "confirmed" last. Then it is not sent.

use domain::{Booking, Timestamp, booking::Change};
use jiff::SignedDuration;
use portal::{documents, spaces};
use store::{Read as _, Store as _};

use crate::{app::Hosted, job::Later};

/// A mail that is sent sooner than this after its reason is not late, whoever tried to send it before: each change has
/// its mail.
const LATE: SignedDuration = SignedDuration::from_secs(60);

/// Whether a mail that tells of a booking as it was then is to be sent now.
pub(crate) async fn is_news(hosted: &Hosted, told: &Booking) -> Result<bool, Later> {
    let now = hosted.now();
    if told.ledger.last().is_some_and(|entry| now.duration_since(entry.at) < LATE) {
        return Ok(true);
    }
    let read = hosted.store.snapshot().await?;
    let stored = read.get(&spaces::booking(told.customer, told.id)).await?;
    let stored: Option<Booking> = stored.as_ref().map(documents::decode).transpose()?;
    Ok(stored.is_some_and(|stored| !is_over(told, now) && !is_contradicted(told, &stored)))
}

/// Whether the appointment has ended. Nothing that has a mail happens to it afterwards.
fn is_over(told: &Booking, now: Timestamp) -> bool {
    told.span.to <= now
}

/// Whether another mail tells of something later.
fn is_contradicted(told: &Booking, stored: &Booking) -> bool {
    let mut since = stored.ledger.iter().skip(told.ledger.len());
    since.any(|entry| matches!(entry.change, Change::Rescheduled { .. } | Change::Cancelled { .. }))
}

#[cfg(test)]
mod tests {
    use domain::booking::{By, LedgerEntry};
    use testkit::appointment;

    use super::*;

    fn at(time: &str) -> Timestamp {
        format!("2026-11-{time}Z").parse().unwrap()
    }

    /// The appointment after these changes.
    fn after(changes: &[(&str, Change)]) -> Booking {
        let mut booking = appointment();
        let entry =
            |(time, change): &(&str, Change)| LedgerEntry { at: at(time), by: By::Customer, change: change.clone() };
        booking.ledger.extend(changes.iter().map(entry));
        booking
    }

    #[test]
    fn only_what_has_a_mail_of_its_own_contradicts() {
        let booked = ("20T10:00", Change::Booked { start: at("27T13:00") });
        let coming = ("26T10:00", Change::AttendanceConfirmed);
        let moved = ("26T11:00", Change::Rescheduled { from: at("27T12:00"), to: at("27T13:00") });
        let told = after(std::slice::from_ref(&booked));
        assert!(!is_contradicted(&told, &told), "nothing came after it");
        assert!(!is_contradicted(&told, &after(&[booked.clone(), coming.clone()])), "that has no mail");
        assert!(is_contradicted(&told, &after(&[booked.clone(), coming, moved.clone()])), "that has one");
        let told = after(&[booked.clone(), moved.clone()]);
        assert!(!is_contradicted(&told, &after(&[booked, moved])), "it does not contradict itself");
    }
}
