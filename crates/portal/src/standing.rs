//! What a customer may still do with a booking, now that the catalogue may have changed. Commands and screens ask the
//! same functions, so that no button is shown that is refused when pressed (Y08).

use domain::{Booking, Business, Place, Refusal, Service, Staff, Terms, Timestamp, refusal::Noun};

/// What is left in the catalogue of the things a booking names.
pub(crate) struct Standing<'a> {
    /// The service's terms; the business's when the service is gone.
    pub(crate) terms: Terms,
    service: Option<&'a Service>,
    place: Option<&'a Place>,
    staff: Option<&'a Staff>,
}

impl<'a> Standing<'a> {
    /// The terms that hold for a booking, and what it rests on. What is not given is gone.
    pub(crate) fn new(
        business: &Business,
        service: Option<&'a Service>,
        place: Option<&'a Place>,
        staff: Option<&'a Staff>,
    ) -> Self {
        let terms = service.map_or_else(|| business.terms.clone(), |service| business.terms.of(&service.terms));
        Self { terms, service, place, staff }
    }

    /// Whether the booking may be moved now (F01, F05, F07).
    pub(crate) fn may_reschedule(&self, booking: &Booking, now: Timestamp) -> Result<(), Refusal> {
        booking.may_reschedule(&self.terms, now)?;
        let missing = |what| Err(Refusal::NotFound { what });
        let Some(service) = self.service else { return missing(Noun::Service) };
        if service.variant(&booking.variant).is_none() {
            return missing(Noun::Variant);
        }
        if self.place.is_none() {
            return missing(Noun::Place);
        }
        if self.staff.is_none() {
            return missing(Noun::Staff);
        }
        Ok(())
    }

    /// Whether the booking may be cancelled now (G01, G07), whatever became of the catalogue.
    pub(crate) fn may_cancel(&self, booking: &Booking, now: Timestamp) -> Result<(), Refusal> {
        booking.may_cancel(&self.terms, now)
    }

    /// Whether "I'm coming" may be said now (Y07).
    pub(crate) fn may_confirm_attendance(&self, booking: &Booking, now: Timestamp) -> Result<(), Refusal> {
        booking.may_confirm_attendance(&self.terms, now)
    }

    /// Whether the customer may check in now (Y10).
    pub(crate) fn may_check_in(&self, booking: &Booking, now: Timestamp) -> Result<(), Refusal> {
        booking.may_check_in(&self.terms, now)
    }

    /// Whether the same can be booked anew.
    pub(crate) fn can_be_booked_again(&self, booking: &Booking) -> bool {
        let Some(service) = self.service else { return false };
        self.terms.online_booking
            && service.variant(&booking.variant).is_some()
            && self.place.is_some()
            && service.is_given_at(&booking.place)
    }
}
