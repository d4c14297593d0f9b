//! At which place a booking is, remembered so that a counter looks up another place's only once.
//!
//! **Invariant:** what is remembered stays true: a booking's place never changes. **Invariant:** no more is remembered than
//! the bookings that counters were asked about since the last of them began.

use std::{
    collections::{HashMap, HashSet},
    sync::{Mutex, MutexGuard, PoisonError},
};

use domain::{BookingId, PlaceId};

/// The places of bookings that were read, of one business.
#[derive(Default)]
pub(crate) struct Whereabouts(Mutex<HashMap<BookingId, PlaceId>>);

impl Whereabouts {
    /// Those of some bookings that may be at a place, in the same order. What is known of any others is forgotten.
    pub(super) fn perhaps_at(&self, place: &PlaceId, bookings: Vec<BookingId>) -> Vec<BookingId> {
        let mut known = self.lock();
        let asked: HashSet<BookingId> = bookings.iter().copied().collect();
        known.retain(|id, _| asked.contains(id));
        bookings.into_iter().filter(|id| known.get(id).is_none_or(|known| known == place)).collect()
    }

    /// A booking was read.
    pub(super) fn learn(&self, booking: BookingId, place: &PlaceId) {
        self.lock().insert(booking, place.clone());
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<BookingId, PlaceId>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_asks_about_any_more_is_forgotten() {
        let (mitte, island): (PlaceId, PlaceId) = ("mitte".parse().unwrap(), "island".parse().unwrap());
        let [here, there, unknown] = [BookingId::new(), BookingId::new(), BookingId::new()];
        let whereabouts = Whereabouts::default();
        whereabouts.learn(here, &mitte);
        whereabouts.learn(there, &island);
        let all = vec![there, unknown, here];
        assert_eq!(whereabouts.perhaps_at(&mitte, all.clone()), [unknown, here], "what is elsewhere is left out");
        assert_eq!(whereabouts.perhaps_at(&island, all.clone()), [there, unknown], "it is expected there");
        assert_eq!(whereabouts.perhaps_at(&mitte, vec![here]), [here], "the others are long gone");
        assert_eq!(whereabouts.perhaps_at(&mitte, all), [there, unknown, here], "nothing is known of them any more");
    }
}
