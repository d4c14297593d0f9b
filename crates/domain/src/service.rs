//! What is on offer.

use serde::{Deserialize, Serialize};

use crate::{CategoryId, Money, PlaceId, ResourceId, ServiceId, TermsPatch, VariantId};

/// A heading in the catalogue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
pub struct Category {
    /// Its id.
    pub id: CategoryId,
    /// What customers read.
    pub name: String,
    /// Place in the list, smallest first.
    #[serde(default)]
    pub order: u16,
}

/// Something that can be booked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
pub struct Service {
    /// Its id.
    pub id: ServiceId,
    /// Where it stands in the catalogue.
    pub category: CategoryId,
    /// What customers read.
    pub name: String,
    /// One or two sentences.
    #[serde(default)]
    pub description: String,
    /// Lengths and kinds; at least one.
    pub variants: Vec<Variant>,
    /// Where it is given; empty means at every place.
    #[serde(default)]
    pub places: Vec<PlaceId>,
    /// Minutes kept free before the visit.
    #[serde(default)]
    pub buffer_before: u16,
    /// Minutes kept free after the visit.
    #[serde(default)]
    pub buffer_after: u16,
    /// How many people one session takes; 1 for a service given to one person.
    #[serde(default = "one")]
    pub capacity: u16,
    /// The kind of room or machine it needs, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub needs: Option<String>,
    /// Where this service differs from the business's terms.
    #[serde(default)]
    pub terms: TermsPatch,
}

fn one() -> u16 {
    1
}

impl Service {
    /// The variant with that id.
    pub fn variant(&self, id: &VariantId) -> Option<&Variant> {
        self.variants.iter().find(|variant| &variant.id == id)
    }

    /// Whether it is given at a place.
    pub fn is_given_at(&self, place: &PlaceId) -> bool {
        self.places.is_empty() || self.places.contains(place)
    }
}

/// One length or kind of a service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
pub struct Variant {
    /// Its id, unique within the service.
    pub id: VariantId,
    /// What customers read; empty when there is only one.
    #[serde(default)]
    pub name: String,
    /// How long the visit takes, 1 to 1440 minutes, buffers not included.
    pub minutes: u16,
    /// What one person pays.
    pub price: Money,
}

/// A room, chair or machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
pub struct Resource {
    /// Its id.
    pub id: ResourceId,
    /// What customers read.
    pub name: String,
    /// What services ask for, for example `treatment-room`.
    pub kind: String,
    /// Where it stands.
    pub place: PlaceId,
}
