//! The public catalogue, read whole or in parts.

use std::collections::BTreeMap;

use domain::{Booking, Business, Place, PlaceId, Service, ServiceId, Staff, StaffId};
use store::{Key, List, Read};

use crate::{
    Failure,
    documents::{self, Kind},
    spaces,
    standing::Standing,
};

/// What bookings name, by id.
pub(crate) struct Catalogue {
    /// Who offers it.
    pub(crate) business: Business,
    /// What.
    pub(crate) services: BTreeMap<ServiceId, Service>,
    /// By whom.
    pub(crate) staff: BTreeMap<StaffId, Staff>,
    /// Where.
    pub(crate) places: BTreeMap<PlaceId, Place>,
}

impl Catalogue {
    /// Reads all of it: one list a kind.
    pub(crate) async fn load<R: Read>(read: &R) -> Result<Self, Failure> {
        let business = business(read).await?;
        let services: Vec<Service> = all(read).await?;
        let staff: Vec<Staff> = all(read).await?;
        let places: Vec<Place> = all(read).await?;
        Ok(Self {
            business,
            services: services.into_iter().map(|service| (service.id.clone(), service)).collect(),
            staff: staff.into_iter().map(|person| (person.id.clone(), person)).collect(),
            places: places.into_iter().map(|place| (place.id.clone(), place)).collect(),
        })
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

/// The business itself.
pub(crate) async fn business<R: Read>(read: &R) -> Result<Business, Failure> {
    one(read, "business").await?.ok_or(Failure::NoBusiness)
}

/// One thing of the catalogue.
pub(crate) async fn one<T: Kind, R: Read>(read: &R, id: &str) -> Result<Option<T>, Failure> {
    let key = Key { space: spaces::catalogue(), kind: T::KIND.to_owned(), id: id.to_owned() };
    read.get(&key).await?.as_ref().map(documents::decode).transpose()
}

/// All things of a kind.
pub(crate) async fn all<T: Kind, R: Read>(read: &R) -> Result<Vec<T>, Failure> {
    read.list(&List::all(spaces::catalogue(), T::KIND)).await?.iter().map(documents::decode).collect()
}
