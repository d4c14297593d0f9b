//! A small business to ask for times.

use domain::{
    BookingId, CalendarId, Calendars, Claim, Date, Place, Resource, Service, Span, Staff, Terms, Timestamp, Variant,
    availability::{NotFree, Offer, Taking},
    hours::{Day, Exception, Shift},
};

/// Everything an [`Offer`] looks at.
pub(crate) struct Shop {
    pub(crate) service: Service,
    pub(crate) place: Place,
    pub(crate) terms: Terms,
    pub(crate) staff: Vec<Staff>,
    pub(crate) resources: Vec<Resource>,
    pub(crate) calendars: Calendars,
    pub(crate) party: u16,
    pub(crate) moving: Option<BookingId>,
    pub(crate) now: Timestamp,
}

const WEEK: [Day; 7] = [Day::Mon, Day::Tue, Day::Wed, Day::Thu, Day::Fri, Day::Sat, Day::Sun];

impl Shop {
    /// One place and an hour's visit every half hour, with no notice and a horizon of a year. Nobody works yet.
    pub(crate) fn new(zone: &str, now: &str) -> Self {
        let service = serde_json::json!({
            "id": "massage", "category": "body", "name": "Massage",
            "variants": [{ "id": "hour", "minutes": 60, "price": { "minor": 6000, "currency": "EUR" } }],
        });
        let place = serde_json::json!({ "id": "here", "name": "Here", "address": ["Street 1"], "zone": zone });
        Self {
            service: serde_json::from_value(service).unwrap(),
            place: serde_json::from_value(place).unwrap(),
            terms: Terms { every: 30, notice: 0, horizon: 366, ..Terms::default() },
            staff: Vec::new(),
            resources: Vec::new(),
            calendars: Calendars::default(),
            party: 1,
            moving: None,
            now: now.parse().unwrap(),
        }
    }

    /// Somebody who works the same hours on every day of the week.
    pub(crate) fn with_staff(mut self, id: &str, hours: &[&str]) -> Self {
        let shifts = if hours.is_empty() {
            Vec::new()
        } else {
            let hours = hours.iter().map(|hours| hours.parse().unwrap()).collect();
            vec![Shift { place: self.place.id.clone(), days: WEEK.to_vec(), hours }]
        };
        self.staff.push(Staff {
            id: id.parse().unwrap(),
            name: id.to_owned(),
            role: String::new(),
            about: String::new(),
            skills: vec![self.service.id.clone()],
            shifts,
            exceptions: Vec::new(),
        });
        self
    }

    /// A date on which the person added last works other hours, or none.
    pub(crate) fn with_exception(mut self, date: &str, place: Option<&str>, hours: &[&str]) -> Self {
        self.staff.last_mut().unwrap().exceptions.push(Exception {
            date: date.parse().unwrap(),
            place: place.map(|place| place.parse().unwrap()),
            hours: hours.iter().map(|hours| hours.parse().unwrap()).collect(),
        });
        self
    }

    /// A room that the service needs from now on.
    pub(crate) fn with_room(mut self, id: &str) -> Self {
        self.service.needs = Some("room".to_owned());
        self.resources.push(Resource {
            id: id.parse().unwrap(),
            name: id.to_owned(),
            kind: "room".to_owned(),
            place: self.place.id.clone(),
        });
        self
    }

    pub(crate) fn with_closure(mut self, from: &str, to: &str) -> Self {
        let closure = serde_json::json!({ "from": from, "to": to, "reason": "Holidays" });
        self.place.closed.push(serde_json::from_value(closure).unwrap());
        self
    }

    pub(crate) fn variant(&mut self) -> &mut Variant {
        &mut self.service.variants[0]
    }

    pub(crate) fn offer(&self) -> Offer<'_> {
        Offer {
            service: &self.service,
            variant: &self.service.variants[0],
            place: &self.place,
            terms: &self.terms,
            staff: self.staff.iter().collect(),
            resources: self.resources.iter().collect(),
            party: self.party,
            moving: self.moving,
        }
    }

    /// Checks a start and puts what it takes into the calendars.
    pub(crate) fn take(&mut self, start: Timestamp) -> Result<(BookingId, Taking), NotFree> {
        let taking = self.offer().check(&self.calendars, start, self.now)?;
        let id = BookingId::new();
        for calendar in &taking.calendars {
            self.put(calendar, Claim { id, span: taking.claim, session: taking.session.clone() });
        }
        Ok((id, taking))
    }

    /// Takes time that has nothing to do with the offer.
    pub(crate) fn block(&mut self, calendar: &str, from: Timestamp, to: Timestamp) {
        let claim = Claim { id: BookingId::new(), span: Span { from, to }, session: None };
        self.put(&calendar.parse().unwrap(), claim);
    }

    pub(crate) fn put(&mut self, calendar: &CalendarId, claim: Claim) {
        for day in claim.span.days() {
            let mut claims = self.calendars.day(calendar, day).cloned().unwrap_or_default();
            claims.put(claim.clone());
            self.calendars.insert(calendar.clone(), day, claims);
        }
    }

    /// The starts of a date as people there read them.
    pub(crate) fn times(&self, date: &str) -> Vec<String> {
        let (_, slots) = self.offer().day(&self.calendars, date.parse().unwrap(), self.now);
        slots.iter().map(|slot| self.place.civil(slot.span.from).time).collect()
    }

    /// The instant of a civil time at the place.
    pub(crate) fn at(&self, civil: &str) -> Timestamp {
        self.place.zone.at(civil.parse().unwrap())
    }
}

pub(crate) fn date(text: &str) -> Date {
    text.parse().unwrap()
}
