//! The people on both sides of an appointment.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    CustomerId, PlaceId, ServiceId, StaffId,
    hours::{Exception, Shift},
};

/// Somebody who gives services.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
pub struct Staff {
    /// The id.
    pub id: StaffId,
    /// What customers read.
    pub name: String,
    /// For example "Senior stylist".
    #[serde(default)]
    pub role: String,
    /// A sentence or two.
    #[serde(default)]
    pub about: String,
    /// Services this person gives.
    pub skills: Vec<ServiceId>,
    /// Weekly working hours.
    pub shifts: Vec<Shift>,
    /// Dates that differ from the week.
    #[serde(default)]
    pub exceptions: Vec<Exception>,
}

impl Staff {
    /// The places where this person ever works, each once.
    pub fn works_in(&self) -> BTreeSet<&PlaceId> {
        let weekly = self.shifts.iter().map(|shift| &shift.place);
        weekly.chain(self.exceptions.iter().filter_map(|exception| exception.place.as_ref())).collect()
    }

    /// Whether this person ever works at a place.
    pub fn works_at(&self, place: &PlaceId) -> bool {
        self.shifts.iter().any(|shift| &shift.place == place)
            || self.exceptions.iter().any(|exception| exception.place.as_ref() == Some(place))
    }
}

/// A customer as the business knows them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
pub struct Profile {
    /// The id, also the name of the customer's space.
    pub id: CustomerId,
    /// Empty until the customer says it.
    #[serde(default)]
    pub name: String,
    /// Where mails go and what signs in.
    pub email: String,
    /// As typed; empty when unknown.
    #[serde(default)]
    pub phone: String,
    /// Since when.
    pub created: Timestamp,
}
