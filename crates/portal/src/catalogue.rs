//! The public catalogue, parsed.

use std::collections::BTreeMap;

use domain::{Booking, Business, Category, Place, PlaceId, Resource, Service, ServiceId, Staff, StaffId, Terms};
use store::{List, Read};

use crate::{
    Failure,
    documents::{self, Kind},
    spaces,
    standing::Standing,
};

/// What a business offers, by whom, where and on which terms.
pub struct Catalogue {
    /// Who offers it.
    pub(crate) business: Business,
    /// What.
    pub(crate) services: BTreeMap<ServiceId, Service>,
    /// By whom.
    pub(crate) staff: BTreeMap<StaffId, Staff>,
    /// Where.
    pub(crate) places: BTreeMap<PlaceId, Place>,
    /// In what.
    pub(crate) resources: Vec<Resource>,
    /// Under which headings, in their order.
    pub(crate) categories: Vec<Category>,
}

impl Catalogue {
    /// Reads all of it: one list a kind.
    pub(crate) async fn load<R: Read + ?Sized>(read: &R) -> Result<Self, Failure> {
        let business: Vec<Business> = all(read).await?;
        let business = business.into_iter().next().ok_or(Failure::NoBusiness)?;
        let services: Vec<Service> = all(read).await?;
        let staff: Vec<Staff> = all(read).await?;
        let places: Vec<Place> = all(read).await?;
        Ok(Self {
            business,
            services: services.into_iter().map(|service| (service.id.clone(), service)).collect(),
            staff: staff.into_iter().map(|person| (person.id.clone(), person)).collect(),
            places: places.into_iter().map(|place| (place.id.clone(), place)).collect(),
            resources: all(read).await?,
            categories: all(read).await?,
        })
    }

    /// The terms that hold for a booking: its service's; the business's when the service is gone.
    pub fn terms(&self, booking: &Booking) -> Terms {
        self.standing(booking).terms
    }

    /// What is left of the things a booking names.
    pub(crate) fn standing(&self, booking: &Booking) -> Standing<'_> {
        Standing::new(
            &self.business,
            self.services.get(&booking.service),
            self.places.get(&booking.place),
            self.staff.get(&booking.staff),
        )
    }
}

/// All things of a kind.
async fn all<T: Kind, R: Read + ?Sized>(read: &R) -> Result<Vec<T>, Failure> {
    read.list(&List::all(spaces::catalogue(), T::KIND)).await?.iter().map(documents::decode).collect()
}
