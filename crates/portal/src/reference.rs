//! The short names of bookings.
//!
//! **Invariant:** only who knows the customer's id can tell a reference that is made here from the booking's id, which
//! stands in the public calendars: whoever says a reference at the counter or on the telephone is believed to have read it.

use domain::{BookingId, CustomerId, booking::Reference};
use sha2::{Digest as _, Sha256};

/// The `attempt`th candidate for a booking, on the device and on the server. Two bookings seldom have the same; then the
/// next attempt is taken.
pub fn reference(booking: BookingId, customer: CustomerId, attempt: u32) -> Reference {
    let digest = Sha256::new()
        .chain_update(booking.0.as_bytes())
        .chain_update(customer.0.as_bytes())
        .chain_update(attempt.to_be_bytes())
        .finalize();
    let number = digest.iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte));
    Reference::numbered(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_sees_the_calendar_does_not_see_the_reference() {
        let (booking, ada, ben) = (BookingId::new(), CustomerId::new(), CustomerId::new());
        let first = reference(booking, ada, 0);
        assert_eq!(reference(booking, ada, 0), first, "device and server find the same one");
        assert_ne!(reference(booking, ada, 1), first, "the next attempt is another one");
        assert_ne!(reference(booking, ben, 0), first, "without the customer's id it cannot be told");
    }
}
