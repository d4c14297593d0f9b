//! Calendars: who or what is taken when. A calendar says nothing about customers.

use std::{collections::BTreeMap, fmt, str::FromStr, sync::Arc};

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use serde::{Deserialize, Serialize};

use crate::{
    BookingId,
    id::{IdError, PlaceId, ResourceId, StaffId},
};

/// A stretch of time, the end not included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
pub struct Span {
    /// First instant.
    pub from: Timestamp,
    /// The instant after the last.
    pub to: Timestamp,
}

impl Span {
    /// Whether the two share an instant.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.from < other.to && other.from < self.to
    }

    /// Whether all of `other` lies within.
    pub fn contains(&self, other: &Self) -> bool {
        self.from <= other.from && other.to <= self.to
    }

    /// The UTC dates the stretch touches, at most 32.
    pub fn days(&self) -> Vec<Date> {
        let first = utc_date(self.from);
        let mut days = vec![first];
        while let Some(next) = days.last().and_then(|day| day.tomorrow().ok())
            && days.len() < 32
            && utc_midnight(next) < self.to
        {
            days.push(next);
        }
        days
    }
}

/// The UTC date of an instant.
pub fn utc_date(at: Timestamp) -> Date {
    at.to_zoned(TimeZone::UTC).date()
}

fn utc_midnight(day: Date) -> Timestamp {
    day.to_zoned(TimeZone::UTC).map(|zoned| zoned.timestamp()).unwrap_or(Timestamp::MAX)
}

/// Whose calendar: a person's or a resource's.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ts_rs::TS)]
#[serde(try_from = "String", into = "String")]
#[ts(as = "String")]
pub enum CalendarId {
    /// `staff.anna`
    Staff(StaffId),
    /// `resource.room-1`
    Resource(ResourceId),
}

crate::schema::string_schema!(CalendarId, "staff.anna");

impl fmt::Display for CalendarId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Staff(id) => write!(f, "staff.{id}"),
            Self::Resource(id) => write!(f, "resource.{id}"),
        }
    }
}

impl FromStr for CalendarId {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        match text.split_once('.') {
            Some(("staff", id)) => id.parse().map(Self::Staff),
            Some(("resource", id)) => id.parse().map(Self::Resource),
            _ => Err(IdError::Slug),
        }
    }
}

impl TryFrom<String> for CalendarId {
    type Error = IdError;
    fn try_from(text: String) -> Result<Self, IdError> {
        text.parse()
    }
}

impl From<CalendarId> for String {
    fn from(id: CalendarId) -> String {
        id.to_string()
    }
}

/// A stretch of a calendar that is taken, buffers included.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// The booking that took it. Who reads the calendar reads the id; it tells a stranger nothing but when it was made.
    pub id: BookingId,
    /// When.
    pub span: Span,
    /// Set when others may join: they must ask for the same session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<Session>,
}

/// What a claim of a service with room for several people shares: claims of the same session overlap up to its capacity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// `service/variant`; with the same start and place it names one class.
    pub of: String,
    /// Where. Claims of older programs do not say so: they are of the place that is asked about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<PlaceId>,
    /// Start of the class, without buffers.
    pub start: Timestamp,
    /// Seats this claim takes.
    pub seats: u16,
}

/// One UTC day of one calendar. A claim that touches two UTC days stands in both.
///
/// Why UTC days: they are only shards of the time axis. No change of a zone, a law or a clock can move a claim to
/// another document.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CalendarDay {
    /// Unordered.
    pub claims: Vec<Claim>,
}

impl CalendarDay {
    /// Adds a claim, or replaces the one with the same id.
    pub fn put(&mut self, claim: Claim) {
        self.remove(claim.id);
        self.claims.push(claim);
    }

    /// Takes a claim away. Nothing happens when it is not there.
    pub fn remove(&mut self, id: BookingId) {
        self.claims.retain(|claim| claim.id != id);
    }
}

/// Days of one calendar. Cheap to copy: the days are shared.
pub type Days = BTreeMap<Date, Arc<CalendarDay>>;

/// The calendar days that a question of availability looks at. A day that is not here has no claims.
#[derive(Debug, Clone, Default)]
pub struct Calendars {
    days: BTreeMap<CalendarId, Arc<Days>>,
}

impl Calendars {
    /// Adds one day, in place of the one that was there.
    pub fn insert(&mut self, calendar: CalendarId, day: Date, claims: CalendarDay) {
        Arc::make_mut(self.days.entry(calendar).or_default()).insert(day, Arc::new(claims));
    }

    /// Adds a calendar's days as they are, in place of those that were there; nothing is copied.
    pub fn share(&mut self, calendar: CalendarId, days: Arc<Days>) {
        self.days.insert(calendar, days);
    }

    /// One day, if it has claims.
    pub fn day(&self, calendar: &CalendarId, day: Date) -> Option<&CalendarDay> {
        self.days.get(calendar)?.get(&day).map(|day| &**day)
    }

    /// The days from `first` to `last` of all calendars, calendar by calendar and day by day: the same places for the
    /// same calendars, and the same [`Arc`] for as long as a day is the same.
    pub fn shared(&self, (first, last): (Date, Date)) -> Vec<Option<&Arc<CalendarDay>>> {
        let dates = std::iter::successors(Some(first), |date| date.tomorrow().ok()).take_while(|date| *date <= last);
        let dates: Vec<Date> = dates.collect();
        self.days.values().flat_map(|days| dates.iter().map(|date| days.get(date))).collect()
    }

    /// The claims of a calendar that overlap a stretch. A claim that stands in two days may come twice.
    pub fn claims<'a>(&'a self, calendar: &CalendarId, span: Span) -> impl Iterator<Item = &'a Claim> + use<'a> {
        let (first, last) = (utc_date(span.from), utc_date(span.to.max(span.from)));
        let days = self.days.get(calendar);
        days.into_iter()
            .flat_map(move |days| days.range(first..=last))
            .flat_map(|(_, day)| &day.claims)
            .filter(move |claim| claim.span.overlaps(&span))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_stretch_lies_in_every_utc_day_it_touches() {
        let days =
            |from, to| Span { from: at(from), to: at(to) }.days().iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(days("2026-11-27T10:00Z", "2026-11-27T11:00Z"), ["2026-11-27"]);
        assert_eq!(days("2026-11-27T23:30Z", "2026-11-28T00:30Z"), ["2026-11-27", "2026-11-28"]);
        assert_eq!(days("2026-11-27T23:00Z", "2026-11-28T00:00Z"), ["2026-11-27"], "the end is not included");
    }

    #[test]
    fn stretches_that_only_touch_do_not_overlap() {
        let a = Span { from: at("2026-11-27T10:00Z"), to: at("2026-11-27T11:00Z") };
        let b = Span { from: at("2026-11-27T11:00Z"), to: at("2026-11-27T12:00Z") };
        assert!(!a.overlaps(&b) && !b.overlaps(&a), "one visit may begin when the other ends");
    }
}
