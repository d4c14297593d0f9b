//! The sample business as a server gives it to a device, and customers with as many bookings as wanted.

use std::path::Path;

use domain::{
    Booking, BookingId, BookingState, Business, CalendarDay, CalendarId, Category, Claim, CustomerId, Money, Place,
    Profile, Resource, Service, Span, Staff, Timestamp,
    booking::{By, Change, LedgerEntry, Names, Reference},
    calendar::utc_date,
};
use portal::{documents, spaces};
use protocol::{Changed, Hello, SpaceChanges};
use store::Write;

/// The file of the sample business.
#[derive(serde::Deserialize)]
pub(crate) struct Shop {
    pub(crate) business: Business,
    pub(crate) categories: Vec<Category>,
    pub(crate) places: Vec<Place>,
    #[serde(default)]
    pub(crate) resources: Vec<Resource>,
    pub(crate) services: Vec<Service>,
    pub(crate) staff: Vec<Staff>,
}

impl Shop {
    pub(crate) fn sample() -> Self {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/business.toml");
        toml::from_str(&std::fs::read_to_string(file).unwrap()).unwrap()
    }

    pub(crate) fn hello(&self) -> Hello {
        Hello {
            app: "datebook".to_owned(),
            version: "0.1.0".to_owned(),
            zones: domain::zone::database_version().to_owned(),
            name: self.business.name.clone(),
            tagline: self.business.tagline.clone(),
            logo: String::new(),
            colour: self.business.colour.clone(),
            demo_email: None,
            wallets: Vec::new(),
        }
    }

    pub(crate) fn catalogue(&self) -> SpaceChanges {
        let space = spaces::catalogue();
        let mut writes = vec![documents::write(space.clone(), &self.business)];
        writes.extend(self.categories.iter().map(|value| documents::write(space.clone(), value)));
        writes.extend(self.places.iter().map(|value| documents::write(space.clone(), value)));
        writes.extend(self.resources.iter().map(|value| documents::write(space.clone(), value)));
        writes.extend(self.services.iter().map(|value| documents::write(space.clone(), value)));
        writes.extend(self.staff.iter().map(|value| documents::write(space.clone(), value)));
        changes(1, writes)
    }

    /// Everybody's calendar for three months: two hours of each day are taken.
    #[allow(dead_code)] // the measurement of views uses it
    pub(crate) fn calendars(&self, from: Timestamp) -> Vec<SpaceChanges> {
        let from = utc_date(from);
        let of = |id: CalendarId, number: u64| {
            let day = |after: i32| {
                let date = from.checked_add(jiff::Span::new().days(after)).unwrap();
                let claim = |hour: i8| {
                    let start = date.at(hour, 0, 0, 0).to_zoned(jiff::tz::TimeZone::UTC).unwrap().timestamp();
                    let id =
                        BookingId(uuid::Uuid::from_u128(u128::from(number) << 32 | u128::from(after.cast_unsigned())));
                    let span = Span { from: start, to: start + jiff::SignedDuration::from_hours(1) };
                    Claim { id, span, session: None }
                };
                let claims = CalendarDay { claims: vec![claim(9), claim(13)] };
                documents::write_day(spaces::calendar_day(&id, date), &claims)
            };
            changes(1, (0..92).map(day).collect())
        };
        let staff = self.staff.iter().map(|staff| CalendarId::Staff(staff.id.clone()));
        let resources = self.resources.iter().map(|resource| CalendarId::Resource(resource.id.clone()));
        staff.chain(resources).zip(1..).map(|(id, number)| of(id, number)).collect()
    }

    /// A booking of some service, of the first person who gives it.
    pub(crate) fn booking(&self, customer: CustomerId, number: u64, from: Timestamp) -> Booking {
        let service = &self.services[usize::try_from(number).unwrap() % self.services.len()];
        let staff = self.staff.iter().find(|staff| staff.skills.contains(&service.id)).unwrap();
        let place = self.places.iter().find(|place| staff.works_at(&place.id)).unwrap();
        let variant = &service.variants[0];
        let id = BookingId(uuid::Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000 + u128::from(number)));
        let span = Span { from, to: from + jiff::SignedDuration::from_mins(i64::from(variant.minutes)) };
        let cancelled = number.is_multiple_of(7);
        Booking {
            id,
            reference: Reference::numbered(id.0.as_u128() as u64),
            customer,
            service: service.id.clone(),
            variant: variant.id.clone(),
            staff: staff.id.clone(),
            staff_chosen: true,
            place: place.id.clone(),
            names: Names {
                service: service.name.clone(),
                variant: variant.name.clone(),
                staff: staff.name.clone(),
                place: place.name.clone(),
                address: place.address.join(", "),
                location: place.location,
            },
            span,
            zone: place.zone.clone(),
            claims: Vec::new(),
            party: 1,
            state: if cancelled { BookingState::Cancelled } else { BookingState::Confirmed },
            price: variant.price,
            paid: Money::new(0, variant.price.currency),
            note: String::new(),
            moves: 0,
            revision: 0,
            ledger: vec![LedgerEntry { at: from, by: By::Customer, change: Change::Booked { start: from } }],
        }
    }
}

pub(crate) fn profile(customer: CustomerId, created: Timestamp) -> Profile {
    Profile { id: customer, name: "Ada".to_owned(), email: "ada@example.org".to_owned(), phone: String::new(), created }
}

/// Writes into one space as a server tells of them.
pub(crate) fn changes(version: u64, writes: Vec<Write>) -> SpaceChanges {
    let space = writes[0].key.space.to_string();
    let change = |write: Write| Changed {
        kind: write.key.kind,
        id: write.key.id,
        version,
        sort: write.sort,
        body: write.body.map(Into::into),
    };
    SpaceChanges { space, version, changes: writes.into_iter().map(change).collect() }
}
