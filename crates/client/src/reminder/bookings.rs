//! The bookings that may remind, as this device shows them.

use domain::{Booking, CustomerId, Timestamp};
use portal::{
    Source,
    documents::{self, Kind},
    spaces,
};
use store::{Document, List, Read};

use super::RemindedBooking;
use crate::{Trouble, account::Account, layered::Layered};

/// The most bookings of one business that are planned for. More are planned when the first of them are over.
const MOST: usize = 200;

impl Account {
    /// The next bookings of whoever is signed in that take place, in order of their start; those too that wait to be sent.
    pub(crate) async fn reminded(&self, now: Timestamp) -> Result<Vec<RemindedBooking>, Trouble> {
        let (shown, base) = self.look().await?;
        let Some(customer) = shown.desk.account.customer else { return Ok(Vec::new()) };
        let read = Layered { base: &*base, overlay: &shown.preview.overlay };
        let found = live(&read, customer, now).await?;
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
        for (booking, waiting) in found {
            let terms = catalogue.as_ref().map(|catalogue| catalogue.terms(&booking));
            bookings.push(RemindedBooking { business: self.id, booking, waiting, terms });
        }
        Ok(bookings)
    }
}

/// The next bookings that take place, however many others lie between them; with whether it waits to be sent.
async fn live(read: &impl Read, customer: CustomerId, now: Timestamp) -> Result<Vec<(Booking, bool)>, Trouble> {
    let from = Some(documents::time_sort(now));
    let mut list = List { from, limit: MOST, ..List::all(spaces::customer(customer), Booking::KIND) };
    loop {
        let found = read.list(&list).await?;
        let all = found.len() < list.limit;
        let booking = |document: Document| {
            // One that a newer program wrote must not silence the others.
            let booking = documents::decode::<Booking>(&document).ok()?;
            booking.state.is_live().then_some((booking, document.provisional))
        };
        let mut live: Vec<_> = found.into_iter().filter_map(booking).collect();
        if all || live.len() >= MOST {
            live.truncate(MOST);
            return Ok(live);
        }
        list.limit *= 2;
    }
}
