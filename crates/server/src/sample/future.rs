//! Appointments to come: real slots, taken one after the other.

use std::collections::BTreeMap;

use domain::{
    Booking, BookingId, BookingState, CalendarDay, CalendarId, Calendars, Catalogue, Claim, Date, Profile, Service,
    Timestamp, availability::Offer, booking::Claimed,
};
use jiff::{SignedDuration, ToSpan};
use portal::{documents, spaces};
use rand::{Rng, rngs::StdRng};
use store::Write;

use super::{Visit, history::who, pick, terms_of};

/// How far ahead people have booked.
const DAYS: i64 = 60;

/// The calendars while they fill.
pub(super) struct Future<'a> {
    catalogue: &'a Catalogue,
    now: Timestamp,
    days: BTreeMap<(CalendarId, Date), CalendarDay>,
}

impl<'a> Future<'a> {
    pub(super) fn new(catalogue: &'a Catalogue, now: Timestamp) -> Self {
        Self { catalogue, now, days: BTreeMap::new() }
    }

    /// What one customer has booked: one in four somebody has something to come; the demo customer has four visits.
    pub(super) fn of(
        &mut self,
        rng: &mut StdRng,
        profile: &Profile,
        demo: bool,
        ids: &mut impl FnMut() -> BookingId,
    ) -> anyhow::Result<Vec<Booking>> {
        let wishes: Vec<(&str, i64)> = match demo {
            true => vec![("cut", 1), ("facial", 6), ("morning-yoga", 9), ("gloss", 30)],
            // People book soon more often than late.
            false if rng.random_range(0..4) == 0 => {
                let near = rng.random_range(0..DAYS).min(rng.random_range(0..DAYS));
                vec![(pick(rng, &self.catalogue.services).map_or("cut", |service| service.id.as_str()), near)]
            }
            false => Vec::new(),
        };
        Ok(wishes.into_iter().filter_map(|wish| self.take(rng, profile, demo, wish, ids)).collect())
    }

    fn take(
        &mut self,
        rng: &mut StdRng,
        profile: &Profile,
        demo: bool,
        (service, days): (&str, i64),
        ids: &mut impl FnMut() -> BookingId,
    ) -> Option<Booking> {
        let catalogue = self.catalogue;
        let service: &Service = catalogue.services.iter().find(|known| known.id.as_str() == service)?;
        let variant = pick(rng, &service.variants)?;
        let terms = terms_of(catalogue, service);
        let staff = who(catalogue, &service.id);
        let places: Vec<_> = catalogue
            .places
            .iter()
            .filter(|place| service.is_given_at(&place.id) && staff.iter().any(|staff| staff.works_at(&place.id)))
            .collect();
        // The demo customer has one salon; the others go where they like.
        let place = if demo { places.last() } else { pick(rng, &places) }.copied()?;
        let offer = Offer {
            service,
            variant,
            place,
            terms: &terms,
            staff: staff.into_iter().filter(|staff| staff.works_at(&place.id)).collect(),
            resources: catalogue
                .resources
                .iter()
                .filter(|resource| resource.place == place.id && Some(&resource.kind) == service.needs.as_ref())
                .collect(),
            party: 1,
            moving: None,
        };
        // The first day from the wished one on that has a time.
        let first = place.zone.date(self.now).saturating_add(days.days());
        let (start, calendars) = (0..14).find_map(|later| {
            let date = first.saturating_add(later.days());
            let calendars = self.calendars(&offer, date);
            let (_, slots) = offer.day(&calendars, date, self.now);
            pick(rng, &slots).map(|slot| (slot.span.from, calendars))
        })?;
        let taking = offer.check(&calendars, start, self.now).ok()?;
        let person = catalogue.staff.iter().find(|staff| staff.id == taking.staff)?;
        let claims = taking
            .calendars
            .iter()
            .map(|calendar| Claimed { calendar: calendar.clone(), span: taking.claim })
            .collect();
        let visit = Visit {
            service,
            variant,
            staff: person,
            place,
            span: taking.span,
            claims,
            state: if terms.accept_automatically { BookingState::Confirmed } else { BookingState::AwaitingProvider },
            booked: self.now - SignedDuration::from_hours(rng.random_range(1..300)),
            note: "",
        };
        let booking = visit.booking(ids(), profile.id, Vec::new());
        for calendar in &taking.calendars {
            for day in taking.claim.days() {
                let claim = Claim { id: booking.id, span: taking.claim, session: taking.session.clone() };
                self.days.entry((calendar.clone(), day)).or_default().put(claim);
            }
        }
        Some(booking)
    }

    fn calendars(&self, offer: &Offer<'_>, date: Date) -> Calendars {
        let (from, to) = offer.days_to_load(date, date);
        let staff = offer.staff.iter().map(|staff| CalendarId::Staff(staff.id.clone()));
        let resources = offer.resources.iter().map(|resource| CalendarId::Resource(resource.id.clone()));
        let mut calendars = Calendars::default();
        for id in staff.chain(resources) {
            for (key, day) in self.days.range((id.clone(), from)..=(id.clone(), to)) {
                calendars.insert(key.0.clone(), key.1, day.clone());
            }
        }
        calendars
    }

    /// The calendars as documents.
    pub(super) fn days(self) -> impl Iterator<Item = Write> {
        self.days.into_iter().map(|((id, day), claims)| documents::write_day(spaces::calendar_day(&id, day), &claims))
    }
}
