//! A whole business in one document: what `datebook-server apply business.toml` reads.
//!
//! **Invariant:** a catalogue without faults can be stored and offered: every id it names exists, and no number in it
//! makes the rules wait for ever or count past their range.
//!
//! Reading refuses what is not a value at all (an unknown zone, a latitude beyond the pole, hours of another form).
//! [`Catalogue::check`] finds what single values cannot know, and finds all of it at once. Fields that nothing is called
//! by are found by whoever reads what an operator has written: to a program, they are what a newer one says.

mod check;
mod fault;

use serde::{Deserialize, Serialize};

pub use self::fault::{Fault, FaultKind};
use crate::{Business, Category, Place, Resource, Service, Staff};

/// Everything a business offers, by whom, where and on which terms.
///
/// In TOML: one table `[business]` and a list of tables for each of the others, for example `[[services]]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Catalogue {
    /// Who it is and on which terms it works.
    pub business: Business,
    /// Headings, in any order.
    #[serde(default)]
    pub categories: Vec<Category>,
    /// Where services are given.
    #[serde(default)]
    pub places: Vec<Place>,
    /// Rooms, chairs and machines.
    #[serde(default)]
    pub resources: Vec<Resource>,
    /// Who gives services, in any order.
    #[serde(default)]
    pub staff: Vec<Staff>,
    /// What can be booked.
    #[serde(default)]
    pub services: Vec<Service>,
}

impl Catalogue {
    /// Everything that is wrong, in the order of the document; empty when it can be used.
    pub fn check(&self) -> Vec<Fault> {
        check::faults(self)
    }
}
