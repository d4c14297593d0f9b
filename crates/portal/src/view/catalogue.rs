//! The business and what it offers (C01, V01, V02, V04–V06).

use domain::{
    Category, CategoryId, Money, Place, PlaceId, Service, ServiceId, Staff, StaffId, Terms, VariantId, Zone,
    business::{Contact, Policy},
};
use serde::{Deserialize, Serialize};

use crate::{catalogue::Catalogue, no::No, source::Source};

/// The business and what it offers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
pub struct CatalogueView {
    /// The business's name.
    pub name: String,
    /// One line under the name; may be empty.
    pub tagline: String,
    /// A `data:` URL, or empty.
    pub logo: String,
    /// `#rrggbb`.
    pub colour: String,
    /// Shown first; may be empty.
    pub welcome: String,
    /// Shown before a booking is confirmed; may be empty.
    pub instructions: String,
    /// House rules.
    pub policies: Vec<Policy>,
    /// How to reach the business.
    pub contact: Contact,
    /// In the business's order.
    pub categories: Vec<Category>,
    /// By name within their category.
    pub services: Vec<ServiceView>,
    /// By name.
    pub staff: Vec<StaffView>,
    /// By name.
    pub places: Vec<PlaceView>,
}

/// A service that can be booked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
pub struct ServiceView {
    /// Its id.
    pub id: ServiceId,
    /// Where it stands.
    pub category: CategoryId,
    /// Its name.
    pub name: String,
    /// One or two sentences; may be empty.
    pub description: String,
    /// At least one.
    pub variants: Vec<VariantView>,
    /// Where it is given.
    pub places: Vec<PlaceId>,
    /// Who gives it, by name; the screen offers a choice only when `choose_staff`.
    pub staff: Vec<StaffId>,
    /// Whether customers may pick a person (C03).
    pub choose_staff: bool,
    /// Whether it can be booked by customers (C11).
    pub online_booking: bool,
    /// Whether a booking is confirmed at once (C10).
    pub accept_automatically: bool,
    /// How many people one session takes.
    pub capacity: u16,
}

/// One length or kind of a service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
pub struct VariantView {
    /// Its id.
    pub id: VariantId,
    /// Its name; empty when there is only one.
    pub name: String,
    /// How long it takes.
    pub minutes: u16,
    /// What one person pays.
    pub price: Money,
}

/// Somebody who gives services.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
pub struct StaffView {
    /// The id.
    pub id: StaffId,
    /// The name.
    pub name: String,
    /// For example "Senior stylist"; may be empty.
    pub role: String,
    /// A sentence or two; may be empty.
    pub about: String,
    /// Where this person works.
    pub places: Vec<PlaceId>,
}

/// Where services are given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
pub struct PlaceView {
    /// Its id.
    pub id: PlaceId,
    /// Its name.
    pub name: String,
    /// Lines of the postal address.
    pub address: Vec<String>,
    /// The zone its clocks show.
    pub zone: Zone,
    /// May be empty.
    pub phone: String,
}

pub(super) async fn answer<R: Source>(read: &R) -> Result<CatalogueView, No> {
    let catalogue = read.catalogue().await?;
    let Catalogue { business, services, staff, places, categories, .. } = &*catalogue;
    let mut places: Vec<Place> = places.values().cloned().collect();
    places.sort_by_cached_key(|place| (place.name.to_lowercase(), place.id.clone()));
    // Who gives nothing cannot be chosen. That nobody reads of them at all is up to whoever writes the catalogue.
    let mut staff: Vec<Staff> = staff
        .values()
        .filter(|person| person.skills.iter().any(|skill| services.contains_key(skill)))
        .cloned()
        .collect();
    staff.sort_by_cached_key(|person| (person.name.to_lowercase(), person.id.clone()));
    let mut services: Vec<Service> =
        services.values().filter(|service| !service.variants.is_empty()).cloned().collect();
    services.sort_by_cached_key(|service| {
        let category = categories.iter().position(|category| category.id == service.category);
        (category.unwrap_or(usize::MAX), service.name.to_lowercase(), service.id.clone())
    });
    Ok(CatalogueView {
        services: services
            .into_iter()
            .map(|service| {
                let terms = business.terms.of(&service.terms);
                ServiceView::of(service, &terms, &staff, &places)
            })
            .collect(),
        staff: staff.into_iter().map(|person| StaffView::of(person, &places)).collect(),
        places: places.into_iter().map(PlaceView::of).collect(),
        categories: categories.clone(),
        name: business.name.clone(),
        tagline: business.tagline.clone(),
        logo: business.logo.clone(),
        colour: business.colour.clone(),
        welcome: business.welcome.clone(),
        instructions: business.instructions.clone(),
        policies: business.policies.clone(),
        contact: business.contact.clone(),
    })
}

impl ServiceView {
    fn of(service: Service, terms: &Terms, staff: &[Staff], places: &[Place]) -> Self {
        let givers: Vec<&Staff> = staff.iter().filter(|person| person.skills.contains(&service.id)).collect();
        // A place where nobody gives it would only lead to an empty calendar.
        let given_at =
            |place: &Place| service.is_given_at(&place.id) && givers.iter().any(|person| person.works_at(&place.id));
        let places: Vec<PlaceId> =
            places.iter().filter(|place| given_at(place)).map(|place| place.id.clone()).collect();
        Self {
            // Without a place there would be no time to choose.
            online_booking: terms.online_booking && !places.is_empty(),
            places,
            staff: givers.iter().map(|person| person.id.clone()).collect(),
            choose_staff: terms.choose_staff,
            accept_automatically: terms.accept_automatically,
            capacity: service.capacity,
            variants: service
                .variants
                .into_iter()
                .map(|variant| VariantView {
                    id: variant.id,
                    name: variant.name,
                    minutes: variant.minutes,
                    price: variant.price,
                })
                .collect(),
            id: service.id,
            category: service.category,
            name: service.name,
            description: service.description,
        }
    }
}

impl StaffView {
    fn of(person: Staff, places: &[Place]) -> Self {
        Self {
            places: places.iter().filter(|place| person.works_at(&place.id)).map(|place| place.id.clone()).collect(),
            id: person.id,
            name: person.name,
            role: person.role,
            about: person.about,
        }
    }
}

impl PlaceView {
    fn of(place: Place) -> Self {
        Self { id: place.id, name: place.name, address: place.address, zone: place.zone, phone: place.phone }
    }
}
