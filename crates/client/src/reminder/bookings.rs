//! The bookings that may remind, as this device shows them.

use domain::{Booking, Timestamp};
use portal::{
    Source,
    documents::{self, Kind},
    spaces,
};
use store::{List, Read};

use super::RemindedBooking;
use crate::{Trouble, account::Account, layered::Layered};

/// The most bookings of one business that are planned for. More are planned when the first of them are over.
const MOST: usize = 200;

impl Account {
    /// The next bookings of whoever is signed in, in order of their start; those too that wait to be sent.
    pub(crate) async fn reminded(&self, now: Timestamp) -> Result<Vec<RemindedBooking>, Trouble> {
        let (shown, base) = self.look().await?;
        let Some(customer) = shown.desk.account.customer else { return Ok(Vec::new()) };
        let read = Layered { base: &*base, overlay: &shown.preview.overlay };
        let from = Some(documents::time_sort(now));
        let list = List { from, limit: MOST, ..List::all(spaces::customer(customer), Booking::KIND) };
        let found = read.list(&list).await?;
        if found.is_empty() {
            return Ok(Vec::new());
        }
        // Without the terms a reminder has fewer buttons; without the reminder somebody misses a visit.
        let catalogue = match read.catalogue().await {
            Ok(catalogue) => Some(catalogue),
            Err(failure) => {
                tracing::warn!(%failure, business = %self.id, "a catalogue cannot be read; its reminders offer less");
                None
            }
        };
        let mut bookings = Vec::with_capacity(found.len());
        for document in found {
            // One that a newer program wrote must not silence the others.
            let Ok(booking) = documents::decode::<Booking>(&document) else { continue };
            let terms = catalogue.as_ref().map(|catalogue| catalogue.terms(&booking));
            bookings.push(RemindedBooking { business: self.id, booking, waiting: document.provisional, terms });
        }
        Ok(bookings)
    }
}
