//! Who is expected at a counter, with all it takes to check their codes without a network.
//!
//! **Invariant:** of a customer there is here what the counter needs to greet them: the name, the booking and the public
//! keys. No address, no telephone number, no note, no price. **Invariant:** an answer is bounded: [`MOST`] appointments,
//! those nearest to now, and [`KEYS`] keys of each customer.
//!
//! Every counter asks twice a minute. Calendars, names and sessions are asked for once each, however many there are; only
//! the bookings are looked up one by one, because a calendar does not say whose they are, and only those around now;
//! those of other places once ([`Whereabouts`]).

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

use domain::{
    Booking, BookingId, Business, CalendarDay, CustomerId, Place, PlaceId, Profile, Service, Span, Terms, Timestamp,
    calendar::utc_date,
};
use jiff::SignedDuration;
use portal::{
    documents::{self, Kind as _},
    spaces,
};
use protocol::{CounterDay, CounterPlace, Expected};
use store::{Document, Key, List, Order, Read, Space, Store as _, UniqueKey};

use super::{Counter, whereabouts::Whereabouts};
use crate::{
    app::{App, Hosted},
    attempt, document,
    fault::Fault,
    session::Session,
};

/// Most appointments in one answer. With names and keys that is about a megabyte.
const MOST: usize = 1000;
/// Most keys of one customer in one answer: those of the sessions that began last.
const KEYS: usize = 10;

/// The day of a counter.
pub(crate) async fn day(app: &App, hosted: &Hosted, counter: &Counter) -> Result<CounterDay, Fault> {
    let now = hosted.now();
    let read = hosted.store.snapshot().await?;
    let catalogue = catalogue(&read).await?;
    let gone = || Fault::new(protocol::Code::NotFound, "the counter's place is not in the catalogue any more");
    let place = catalogue.places.iter().find(|place| place.id == counter.place).ok_or_else(gone)?;
    let date = place.zone.date(now);
    let bookings = expected(&read, &catalogue, &hosted.whereabouts, &counter.place, now).await?;
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

/// A booking with its document, wherever it lies.
pub(crate) async fn found(read: &impl Read, id: BookingId) -> Result<Option<(Document, Booking)>, Fault> {
    let Some(key) = read.find(&UniqueKey::new("booking", id.to_string())).await? else { return Ok(None) };
    let Some(document) = read.get(&key).await? else { return Ok(None) };
    let booking = documents::decode(&document)?;
    Ok(Some((document, booking)))
}

/// The public keys of a customer's devices that are signed in at that moment.
pub(crate) async fn keys(read: &impl Read, customer: CustomerId, now: Timestamp) -> Result<Vec<String>, Fault> {
    let mut sessions = Vec::new();
    for document in read.list(&List::all(spaces::identity(customer), "session")).await? {
        sessions.push(documents::decode(&document)?);
    }
    Ok(keys_of(sessions, now))
}

/// The keys of the sessions that have not ended, the newest session's first, each once.
fn keys_of(mut sessions: Vec<Session>, now: Timestamp) -> Vec<String> {
    sessions.sort_by_key(|session| Reverse(session.created));
    let open = sessions.into_iter().filter(|session| session.expires > now);
    let mut seen = BTreeSet::new();
    open.filter_map(|session| session.check_in_key).filter(|key| seen.insert(key.clone())).collect()
}

pub(crate) struct Shelf {
    pub(crate) business: Business,
    pub(crate) places: Vec<Place>,
    pub(crate) services: Vec<Service>,
}

pub(crate) async fn catalogue(read: &impl Read) -> Result<Shelf, Fault> {
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
    fn terms(&self, booking: &Booking) -> Terms {
        let service = self.services.iter().find(|service| service.id == booking.service);
        terms_of(&self.business, service)
    }
}

/// The terms that hold for one booking, without the rest of the catalogue.
pub(crate) async fn terms(read: &impl Read, booking: &Booking) -> Result<Terms, Fault> {
    let business = attempt::business(read).await?;
    let key = Key { space: spaces::catalogue(), kind: Service::KIND.to_owned(), id: booking.service.to_string() };
    let service = document::read::<Service>(read, &key).await?;
    Ok(terms_of(&business, service.as_ref().map(|found| &found.value)))
}

fn terms_of(business: &Business, service: Option<&Service>) -> Terms {
    service.map_or_else(|| business.terms.clone(), |service| business.terms.of(&service.terms))
}

/// Who is expected at a place, the earliest first.
async fn expected(
    read: &impl Read,
    catalogue: &Shelf,
    whereabouts: &Whereabouts,
    place: &PlaceId,
    now: Timestamp,
) -> Result<Vec<Expected>, Fault> {
    // Yesterday and tomorrow too: so that whoever comes on the wrong day can be told which is the right one.
    let around = Span { from: now - SignedDuration::from_hours(36), to: now + SignedDuration::from_hours(48) };
    let mut bookings = Vec::new();
    for id in whereabouts.perhaps_at(place, claimed(read, around, now).await?) {
        if bookings.len() == MOST {
            break;
        }
        let Some((_, booking)) = found(read, id).await? else { continue };
        whereabouts.learn(id, &booking.place);
        if booking.place == *place && booking.span.overlaps(&around) {
            bookings.push(booking);
        }
    }
    let mut people = people(read, &bookings, now).await?;
    let line = |booking: Booking| {
        let person = people.entry(booking.customer).or_default();
        line(catalogue, booking, person, now)
    };
    let mut lines: Vec<Expected> = bookings.into_iter().map(line).collect();
    lines.sort_by(|a, b| (a.start.at, &a.reference).cmp(&(b.start.at, &b.reference)));
    Ok(lines)
}

/// The bookings that take time from anybody's calendar, the nearest to now first. Days are UTC days.
async fn claimed(read: &impl Read, around: Span, now: Timestamp) -> Result<Vec<BookingId>, Fault> {
    let days = List {
        from: Some(utc_date(around.from).to_string()),
        below: utc_date(around.to).tomorrow().ok().map(|day| day.to_string()),
        ..all(read.spaces("calendar/staff.").await?, documents::CALENDAR_DAY)
    };
    let mut nearest = BTreeSet::new();
    for document in read.list(&days).await? {
        let day: CalendarDay = documents::decode(&document)?;
        let near = day.claims.iter().filter(|claim| claim.span.overlaps(&around));
        nearest.extend(near.map(|claim| (claim.span.from.duration_since(now).abs(), claim.id)));
    }
    Ok(nearest.into_iter().map(|(_, id)| id).collect())
}

/// The documents of a kind in many spaces.
fn all(spaces: Vec<Space>, kind: &str) -> List {
    List { spaces, kind: kind.to_owned(), from: None, below: None, order: Order::Rising, limit: usize::MAX }
}

/// What a counter has to know of a customer.
#[derive(Default)]
struct Person {
    name: String,
    keys: Vec<String>,
}

/// The customers of some bookings.
async fn people(read: &impl Read, bookings: &[Booking], now: Timestamp) -> Result<BTreeMap<CustomerId, Person>, Fault> {
    let ids: BTreeSet<CustomerId> = bookings.iter().map(|booking| booking.customer).collect();
    let mut people: BTreeMap<CustomerId, Person> = BTreeMap::new();
    let profiles = all(ids.iter().copied().map(spaces::customer).collect(), Profile::KIND);
    for document in read.list(&profiles).await? {
        let profile: Profile = documents::decode(&document)?;
        people.entry(profile.id).or_default().name = profile.name;
    }
    let mut sessions: BTreeMap<CustomerId, Vec<Session>> = BTreeMap::new();
    for document in read.list(&all(ids.into_iter().map(spaces::identity).collect(), "session")).await? {
        let session: Session = documents::decode(&document)?;
        sessions.entry(session.customer).or_default().push(session);
    }
    for (customer, sessions) in sessions {
        let mut keys = keys_of(sessions, now);
        keys.truncate(KEYS);
        people.entry(customer).or_default().keys = keys;
    }
    Ok(people)
}

fn line(catalogue: &Shelf, booking: Booking, person: &Person, now: Timestamp) -> Expected {
    let window = booking.check_in_window(&catalogue.terms(&booking));
    let said = booking.attendance();
    Expected {
        keys: person.keys.clone(),
        booking: booking.id,
        customer: person.name.clone(),
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
    }
}

#[cfg(test)]
mod tests;
