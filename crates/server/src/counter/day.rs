//! Who is expected at a counter, with all it takes to check their codes without a network.
//!
//! **Invariant:** of a customer there is here what the counter needs to greet them: the name, the booking and the public
//! keys. No address, no telephone number, no note, no price.

use std::collections::BTreeSet;

use domain::{Booking, BookingId, CalendarDay, Place, Profile, Span, Timestamp, calendar::utc_date};
use jiff::SignedDuration;
use portal::{documents, spaces};
use protocol::{CounterDay, CounterPlace, Expected};
use store::{AnySnapshot, Key, List, Read, Store as _, UniqueKey};

use super::Counter;
use crate::{
    app::{App, Hosted},
    document,
    fault::Fault,
    session::Session,
};

/// The day of a counter.
pub(crate) async fn day(app: &App, hosted: &Hosted, counter: &Counter) -> Result<CounterDay, Fault> {
    let now = hosted.now();
    let read = hosted.store.snapshot().await?;
    let catalogue = catalogue(&read).await?;
    let gone = || Fault::new(protocol::Code::NotFound, "the counter's place is not in the catalogue any more");
    let place = catalogue.places.iter().find(|place| place.id == counter.place).ok_or_else(gone)?;
    let date = place.zone.date(now);
    // Yesterday and tomorrow too: so that whoever comes on the wrong day can be told which is the right one.
    let around = Span { from: now - SignedDuration::from_hours(36), to: now + SignedDuration::from_hours(48) };
    let mut bookings = Vec::new();
    for id in claimed(&read, around).await? {
        let Some(booking) = booking(&read, id).await? else { continue };
        if booking.place == counter.place && booking.span.overlaps(&around) {
            bookings.push(expected(&read, &catalogue, booking, now).await?);
        }
    }
    bookings.sort_by(|a, b| (a.start.at, &a.reference).cmp(&(b.start.at, &b.reference)));
    Ok(CounterDay {
        counter: counter.label.clone(),
        business: catalogue.business.name,
        colour: catalogue.business.colour,
        place: counter.place.clone(),
        date,
        now,
        addresses: addresses(app, hosted),
        places: catalogue.places.into_iter().map(|place| CounterPlace { id: place.id, name: place.name }).collect(),
        bookings,
    })
}

/// The addresses at which a business answers, as devices know them.
pub(crate) fn addresses(app: &App, hosted: &Hosted) -> Vec<String> {
    let mut all = vec![hosted.origin(app)];
    for host in hosted.hosts.iter().skip(1) {
        let mut url = app.origin.clone();
        // A host that a URL cannot carry was refused when the business was applied.
        if url.set_host(Some(host)).is_ok() {
            all.push(url.as_str().trim_end_matches('/').to_owned());
        }
    }
    all
}

/// A booking, wherever it lies.
pub(crate) async fn booking(read: &AnySnapshot, id: BookingId) -> Result<Option<Booking>, Fault> {
    Ok(found(read, id).await?.map(|(_, booking)| booking))
}

/// A booking with its document.
pub(crate) async fn found(read: &AnySnapshot, id: BookingId) -> Result<Option<(store::Document, Booking)>, Fault> {
    let Some(key) = read.find(&UniqueKey::new("booking", id.to_string())).await? else { return Ok(None) };
    let Some(document) = read.get(&key).await? else { return Ok(None) };
    let booking = documents::decode(&document)?;
    Ok(Some((document, booking)))
}

/// The public keys of a customer's devices that are signed in at that moment.
pub(crate) async fn keys(
    read: &AnySnapshot,
    customer: domain::CustomerId,
    now: Timestamp,
) -> Result<Vec<String>, Fault> {
    let sessions = read.list(&List::all(spaces::identity(customer), "session")).await?;
    let mut keys = BTreeSet::new();
    for document in &sessions {
        let session: Session = documents::decode(document)?;
        if session.expires > now {
            keys.extend(session.check_in_key);
        }
    }
    Ok(keys.into_iter().collect())
}

pub(crate) struct Shelf {
    pub(crate) business: domain::Business,
    pub(crate) places: Vec<Place>,
    pub(crate) services: Vec<domain::Service>,
}

pub(crate) async fn catalogue(read: &AnySnapshot) -> Result<Shelf, Fault> {
    let key = Key { space: spaces::catalogue(), kind: "business".to_owned(), id: "business".to_owned() };
    let business = document::read(read, &key).await?.ok_or(portal::Failure::NoBusiness)?.value;
    let mut places = Vec::new();
    for document in read.list(&List::all(spaces::catalogue(), "place")).await? {
        places.push(documents::decode(&document)?);
    }
    let mut services = Vec::new();
    for document in read.list(&List::all(spaces::catalogue(), "service")).await? {
        services.push(documents::decode(&document)?);
    }
    Ok(Shelf { business, places, services })
}

impl Shelf {
    /// The terms that hold for a booking.
    pub(crate) fn terms(&self, booking: &Booking) -> domain::Terms {
        let service = self.services.iter().find(|service| service.id == booking.service);
        service.map_or_else(|| self.business.terms.clone(), |service| self.business.terms.of(&service.terms))
    }
}

/// The bookings that take time from anybody's calendar around now. Days are UTC days.
async fn claimed(read: &AnySnapshot, around: Span) -> Result<BTreeSet<BookingId>, Fault> {
    let mut ids = BTreeSet::new();
    for space in read.spaces("calendar/staff.").await? {
        let mut day = utc_date(around.from);
        while day <= utc_date(around.to) {
            let key = Key { space: space.clone(), kind: documents::CALENDAR_DAY.to_owned(), id: day.to_string() };
            if let Some(found) = document::read::<CalendarDay>(read, &key).await? {
                ids.extend(found.value.claims.iter().map(|claim| claim.id));
            }
            let Ok(next) = day.tomorrow() else { break };
            day = next;
        }
    }
    Ok(ids)
}

async fn expected(read: &AnySnapshot, catalogue: &Shelf, booking: Booking, now: Timestamp) -> Result<Expected, Fault> {
    let key = Key { space: spaces::customer(booking.customer), kind: "profile".to_owned(), id: "profile".to_owned() };
    let profile = document::read::<Profile>(read, &key).await?;
    let window = booking.check_in_window(&catalogue.terms(&booking));
    let said = booking.attendance();
    Ok(Expected {
        keys: keys(read, booking.customer, now).await?,
        booking: booking.id,
        customer: profile.map(|found| found.value.name).unwrap_or_default(),
        start: booking.zone.civil(booking.span.from),
        end: booking.zone.civil(booking.span.to),
        state: booking.state_at(now),
        opens: window.from,
        closes: window.to,
        coming: said.confirmed.is_some(),
        late: said.late,
        party: booking.party,
        reference: booking.reference,
        service: booking.names.service,
        staff: booking.names.staff,
    })
}
