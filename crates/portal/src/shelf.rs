//! One service at one place with everything that decides when it can be had, read with few reads.

use domain::{
    BookingId, CalendarId, Calendars, Civil, Date, Place, PlaceId, Refusal, Resource, Service, ServiceId, Staff,
    StaffId, Terms, Timestamp, Variant, VariantId,
    availability::{NotFree, Offer, Slot},
    refusal::{Alternative, Noun},
};
use jiff::ToSpan;
use std::sync::Arc;

use crate::{Failure, catalogue::Catalogue, no::No, source::Source};

/// Most alternatives that a refusal offers.
const ALTERNATIVES: usize = 6;
/// With fewer alternatives than this, those of other people are offered too.
const FEW: usize = 3;
/// How many days after the wanted one are searched for alternatives.
const DAYS_AFTER: i64 = 14;

/// One service at one place.
pub(crate) struct Shelf {
    pub(crate) service: Service,
    pub(crate) variant: Variant,
    pub(crate) place: Place,
    pub(crate) terms: Terms,
    /// What the service needs, at this place.
    resources: Vec<Resource>,
    catalogue: Arc<Catalogue>,
}

/// Who is to give the service.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Who<'a> {
    /// Whoever can.
    Anybody,
    /// A person the customer picked (C03).
    Chosen(&'a StaffId),
    /// The person a booking has already; nobody else, whatever became of skills and choices since (F08). Whoever writes
    /// the catalogue keeps those in it who have bookings to come.
    Kept(&'a StaffId),
}

impl Shelf {
    /// Reads what a question about a service at a place needs.
    pub(crate) async fn load<R: Source>(
        read: &R,
        service: &ServiceId,
        variant: &VariantId,
        place: &PlaceId,
    ) -> Result<Self, No> {
        let missing = |what| Refusal::NotFound { what };
        let catalogue = read.catalogue().await?;
        let service = catalogue.services.get(service).ok_or(missing(Noun::Service))?.clone();
        let variant = service.variant(variant).ok_or(missing(Noun::Variant))?.clone();
        let place = catalogue.places.get(place).ok_or(missing(Noun::Place))?.clone();
        let needed = |resource: &&Resource| service.needs.as_ref() == Some(&resource.kind);
        let resources = catalogue.resources_at(&place.id).iter().filter(needed).cloned().collect();
        Ok(Self { terms: catalogue.business.terms.of(&service.terms), service, variant, place, resources, catalogue })
    }

    /// What must hold for a new booking besides a free time.
    pub(crate) fn admits(&self, party: u16) -> Result<(), Refusal> {
        if !self.terms.online_booking {
            return Err(Refusal::SwitchedOff { act: domain::refusal::Act::Book });
        }
        if !self.service.is_given_at(&self.place.id) {
            return Err(Refusal::PlaceNotOffered);
        }
        if !(1..=self.service.capacity).contains(&party) {
            return Err(Refusal::PartyTooLarge { most: self.service.capacity });
        }
        Ok(())
    }

    /// The people who may give it.
    pub(crate) fn candidates(&self, who: Who<'_>) -> Result<Vec<&Staff>, Refusal> {
        let known = |id: &StaffId| self.catalogue.staff.get(id).ok_or(Refusal::NotFound { what: Noun::Staff });
        match who {
            Who::Anybody => Ok(self.catalogue.people_at(&self.place.id).filter(|person| self.can(person)).collect()),
            Who::Chosen(id) => {
                let person = known(id)?;
                if self.terms.choose_staff && self.can(person) {
                    Ok(vec![person])
                } else {
                    Err(Refusal::StaffNotOffered)
                }
            }
            Who::Kept(id) => Ok(vec![known(id)?]),
        }
    }

    /// The person with that id.
    pub(crate) fn person(&self, id: &StaffId) -> Option<&Staff> {
        self.catalogue.staff.get(id)
    }

    /// The question itself.
    pub(crate) fn offer<'a>(&'a self, staff: Vec<&'a Staff>, party: u16, moving: Option<BookingId>) -> Offer<'a> {
        Offer {
            service: &self.service,
            variant: &self.variant,
            place: &self.place,
            terms: &self.terms,
            staff,
            resources: self.resources.iter().collect(),
            party,
            moving,
        }
    }

    fn can(&self, person: &Staff) -> bool {
        person.skills.contains(&self.service.id) && person.works_at(&self.place.id)
    }
}

/// Reads what decides about the civil dates `from` to `to` that are not over: the calendars of all people and resources.
pub(crate) async fn calendars<R: Source>(
    read: &R,
    offer: &Offer<'_>,
    (from, to): (Date, Date),
    now: Timestamp,
) -> Result<Calendars, Failure> {
    // Nothing is offered in the past: its claims decide about nothing.
    let from = from.max(date_of(offer, now));
    if to < from {
        return Ok(Calendars::default());
    }
    let people = offer.staff.iter().map(|person| CalendarId::Staff(person.id.clone()));
    let resources = offer.resources.iter().map(|resource| CalendarId::Resource(resource.id.clone()));
    let calendars: Vec<CalendarId> = people.chain(resources).collect();
    read.calendars(&calendars, offer.days_to_load(from, to)).await
}

/// The civil date at the place of a wanted start.
pub(crate) fn date_of(offer: &Offer<'_>, start: Timestamp) -> Date {
    offer.place.zone.date(start)
}

/// Puts a start that cannot be had into words, with the next best times. `others` is asked too when the offer itself has
/// few.
pub(crate) async fn refusal<R: Source>(
    read: &R,
    offer: &Offer<'_>,
    others: Option<&Offer<'_>>,
    (wanted, why): (Timestamp, NotFree),
    now: Timestamp,
) -> Result<Refusal, Failure> {
    let civil = |at: Timestamp| -> Civil { offer.place.civil(at) };
    Ok(match why {
        NotFree::TooFar(latest) => Refusal::TooFar { latest: civil(latest) },
        NotFree::TooSoon(earliest) => Refusal::TooSoon {
            earliest: civil(earliest),
            alternatives: alternatives(read, offer, others, wanted.max(earliest), now).await?,
        },
        NotFree::Taken => Refusal::SlotTaken {
            wanted: civil(wanted),
            alternatives: alternatives(read, offer, others, wanted, now).await?,
        },
    })
}

async fn alternatives<R: Source>(
    read: &R,
    offer: &Offer<'_>,
    others: Option<&Offer<'_>>,
    around: Timestamp,
    now: Timestamp,
) -> Result<Vec<Alternative>, Failure> {
    let mut slots = nearest(read, offer, around, now).await?;
    if let Some(others) = others.filter(|_| slots.len() < FEW) {
        for slot in nearest(read, others, around, now).await? {
            if slots.iter().all(|known| known.span.from != slot.span.from) {
                slots.push(slot);
            }
        }
        slots.sort_by_key(|slot| slot.span.from.duration_since(around).abs());
        slots.truncate(ALTERNATIVES);
    }
    let alternative = |slot: Slot| {
        let staff = slot.staff.into_iter().next()?;
        Some(Alternative { start: offer.place.civil(slot.span.from), staff })
    };
    Ok(slots.into_iter().filter_map(alternative).collect())
}

async fn nearest<R: Source>(
    read: &R,
    offer: &Offer<'_>,
    around: Timestamp,
    now: Timestamp,
) -> Result<Vec<Slot>, Failure> {
    let from = date_of(offer, around);
    let to = from.saturating_add(DAYS_AFTER.days());
    let calendars = calendars(read, offer, (from, to), now).await?;
    Ok(offer.nearest(&calendars, around, (from, to), now, ALTERNATIVES))
}
