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
    /// Who works where, and what there is.
    there: BTreeMap<PlaceId, There>,
    /// Under which headings, in their order.
    pub(crate) categories: Vec<Category>,
}

/// What a place has.
#[derive(Default)]
struct There {
    /// Those who ever work there, in the order of their ids.
    people: Vec<StaffId>,
    resources: Vec<Resource>,
}

impl Catalogue {
    /// Reads all of it: one list a kind.
    pub(crate) async fn load<R: Read + ?Sized>(read: &R) -> Result<Self, Failure> {
        let business: Vec<Business> = all(read).await?;
        let business = business.into_iter().next().ok_or(Failure::NoBusiness)?;
        let services: Vec<Service> = all(read).await?;
        let staff: Vec<Staff> = all(read).await?;
        let places: Vec<Place> = all(read).await?;
        let staff = staff.into_iter().map(|person| (person.id.clone(), person)).collect();
        let there = there(&staff, all(read).await?);
        Ok(Self {
            business,
            services: services.into_iter().map(|service| (service.id.clone(), service)).collect(),
            staff,
            places: places.into_iter().map(|place| (place.id.clone(), place)).collect(),
            there,
            categories: all(read).await?,
        })
    }

    /// Those who ever work at a place, in the order of their ids. It costs what the place has, not what the business has.
    pub(crate) fn people_at(&self, place: &PlaceId) -> impl Iterator<Item = &Staff> {
        let people = self.there.get(place).map(|there| there.people.as_slice()).unwrap_or_default();
        people.iter().filter_map(|id| self.staff.get(id))
    }

    /// The rooms and devices of a place.
    pub(crate) fn resources_at(&self, place: &PlaceId) -> &[Resource] {
        self.there.get(place).map(|there| there.resources.as_slice()).unwrap_or_default()
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

/// People and resources by place.
fn there(staff: &BTreeMap<StaffId, Staff>, resources: Vec<Resource>) -> BTreeMap<PlaceId, There> {
    let mut all: BTreeMap<PlaceId, There> = BTreeMap::new();
    for person in staff.values() {
        for place in person.works_in() {
            all.entry(place.clone()).or_default().people.push(person.id.clone());
        }
    }
    for resource in resources {
        all.entry(resource.place.clone()).or_default().resources.push(resource);
    }
    all
}

/// All things of a kind.
async fn all<T: Kind, R: Read + ?Sized>(read: &R) -> Result<Vec<T>, Failure> {
    read.list(&List::all(spaces::catalogue(), T::KIND)).await?.iter().map(documents::decode).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_has_those_who_ever_work_there() {
        let person = |id: &str, shifts: &[&str], exception: Option<&str>| -> (StaffId, Staff) {
            let shift = |place: &&str| serde_json::json!({"place": place, "days": [], "hours": []});
            let shifts: Vec<serde_json::Value> = shifts.iter().map(shift).collect();
            let exceptions = serde_json::json!([{"date": "2026-03-03", "place": exception}, {"date": "2026-03-04"}]);
            let staff = serde_json::json!({
                "id": id, "name": id, "skills": [], "shifts": shifts, "exceptions": exceptions
            });
            (id.parse().unwrap(), serde_json::from_value(staff).unwrap())
        };
        let staff = BTreeMap::from([
            person("zoe", &["mitte"], None),
            person("ben", &["mitte", "west", "mitte"], Some("mitte")),
            person("cara", &["west"], Some("mitte")),
            person("dan", &[], None),
        ]);
        let room = |id: &str, place: &str| Resource {
            id: id.parse().unwrap(),
            name: id.to_owned(),
            kind: "room".to_owned(),
            place: place.parse().unwrap(),
        };
        let all = there(&staff, vec![room("one", "mitte"), room("two", "west"), room("three", "mitte")]);
        for place in ["mitte", "west", "nowhere"].map(|place| place.parse::<PlaceId>().unwrap()) {
            let looked: Vec<&StaffId> = staff.values().filter(|one| one.works_at(&place)).map(|one| &one.id).collect();
            let kept: Vec<&StaffId> = all.get(&place).into_iter().flat_map(|there| &there.people).collect();
            assert_eq!(kept, looked, "at {place}, whoever works there, once and in the order of ids");
        }
        let rooms: Vec<&str> = all[&"mitte".parse().unwrap()].resources.iter().map(|one| &*one.name).collect();
        assert_eq!(rooms, ["one", "three"], "and what stands there");
    }
}
