//! Opening and working hours as civil times of day.

use std::{fmt, str::FromStr};

use jiff::{
    Timestamp,
    civil::{Date, Time, Weekday},
};
use serde::{Deserialize, Serialize};

use crate::{PlaceId, Zone, calendar::Span};

/// A stretch of one day, written `09:00-17:30`. When the end is not after the start it ends on the next day, so
/// `22:00-02:00` is four hours and `18:00-00:00` ends at midnight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[serde(try_from = "String", into = "String")]
#[ts(as = "String")]
pub struct Hours {
    /// First minute.
    pub from: Time,
    /// The minute after the last.
    pub to: Time,
}

crate::schema::string_schema!(Hours, "09:00-17:30");

/// Not of the form `HH:MM-HH:MM`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("hours are written HH:MM-HH:MM, not {0:?}")]
pub struct HoursError(String);

impl Hours {
    /// The instants these hours cover when they begin on `date` in `zone`. On a day with a clock change the stretch is
    /// as much longer or shorter as the clock says.
    pub fn on(&self, date: Date, zone: &Zone) -> Span {
        let last = if self.to > self.from { date } else { date.tomorrow().unwrap_or(date) };
        let from: Timestamp = zone.at(date.to_datetime(self.from));
        let to: Timestamp = zone.at(last.to_datetime(self.to));
        Span { from, to: to.max(from) }
    }
}

impl FromStr for Hours {
    type Err = HoursError;
    fn from_str(text: &str) -> Result<Self, HoursError> {
        let error = || HoursError(text.to_owned());
        let time = |part: &str| -> Option<Time> {
            let (hour, minute) = part.split_once(':')?;
            if hour.len() != 2 || minute.len() != 2 {
                return None;
            }
            Time::new(hour.parse().ok()?, minute.parse().ok()?, 0, 0).ok()
        };
        let (from, to) = text.split_once('-').ok_or_else(error)?;
        Ok(Self { from: time(from).ok_or_else(error)?, to: time(to).ok_or_else(error)? })
    }
}

impl TryFrom<String> for Hours {
    type Error = HoursError;
    fn try_from(text: String) -> Result<Self, HoursError> {
        text.parse()
    }
}

impl From<Hours> for String {
    fn from(hours: Hours) -> String {
        hours.to_string()
    }
}

impl fmt::Display for Hours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.from.strftime("%H:%M"), self.to.strftime("%H:%M"))
    }
}

/// A day of the week, ISO 8601 order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum Day {
    Mon,
    Tue,
    Wed,
    Thu,
    Fri,
    Sat,
    Sun,
}

impl From<Weekday> for Day {
    fn from(day: Weekday) -> Self {
        match day {
            Weekday::Monday => Self::Mon,
            Weekday::Tuesday => Self::Tue,
            Weekday::Wednesday => Self::Wed,
            Weekday::Thursday => Self::Thu,
            Weekday::Friday => Self::Fri,
            Weekday::Saturday => Self::Sat,
            Weekday::Sunday => Self::Sun,
        }
    }
}

/// Hours that somebody works every week at one place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Shift {
    /// Where.
    pub place: PlaceId,
    /// On which days of the week.
    pub days: Vec<Day>,
    /// Within which hours.
    pub hours: Vec<Hours>,
}

/// One date on which the weekly shifts do not hold; what stands here replaces them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Exception {
    /// The date, at the place.
    pub date: Date,
    /// Where the hours are worked; needed only when there are any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub place: Option<PlaceId>,
    /// Hours on that date; none means a day off.
    #[serde(default)]
    pub hours: Vec<Hours>,
}
