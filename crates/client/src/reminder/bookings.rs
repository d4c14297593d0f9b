//! The bookings that may remind, as this device shows them.

use domain::{Booking, BookingId, CustomerId, Timestamp};
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

/// What there is to remind of.
#[derive(Default)]
pub(crate) struct Reminded {
    /// The next bookings that take place, in order of their start; those too that wait to be sent.
    pub(crate) bookings: Vec<RemindedBooking>,
    /// Are there, and this program cannot read them: nobody knows that what was shown of them is not true any more.
    pub(crate) unreadable: Vec<BookingId>,
}

impl Account {
    /// What there is to remind whoever is signed in of.
    pub(crate) async fn reminded(&self, now: Timestamp) -> Result<Reminded, Trouble> {
        let (shown, base) = self.look().await?;
        let Some(customer) = shown.desk.account.customer else { return Ok(Reminded::default()) };
        let read = Layered { base: &*base, overlay: &shown.preview.overlay };
        let Live { bookings: found, unreadable } = live(&read, customer, now).await?;
        if found.is_empty() {
            return Ok(Reminded { bookings: Vec::new(), unreadable });
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
        Ok(Reminded { bookings, unreadable })
    }
}

/// What was read of the bookings to come.
struct Live {
    /// Take place; with whether it waits to be sent.
    bookings: Vec<(Booking, bool)>,
    unreadable: Vec<BookingId>,
}

/// The next bookings that take place, however many others lie between them.
async fn live(read: &impl Read, customer: CustomerId, now: Timestamp) -> Result<Live, Trouble> {
    let from = Some(documents::time_sort(now));
    let mut list = List { from, limit: MOST, ..List::all(spaces::customer(customer), Booking::KIND) };
    loop {
        let found = read.list(&list).await?;
        let all = found.len() < list.limit;
        let (mut bookings, mut unreadable) = (Vec::new(), Vec::new());
        for document in found {
            match documents::decode::<Booking>(&document) {
                Ok(booking) if booking.state.is_live() => bookings.push((booking, document.provisional)),
                Ok(_) => {}
                // One that a newer program wrote must not silence the others.
                Err(_) => unreadable.extend(document.key.id.parse::<BookingId>()),
            }
        }
        if all || bookings.len() >= MOST {
            bookings.truncate(MOST);
            return Ok(Live { bookings, unreadable });
        }
        list.limit *= 2;
    }
}
