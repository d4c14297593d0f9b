//! Opening and working hours as civil times of day.

use std::{fmt, str::FromStr};

use jiff::civil::{Date, Time, Weekday};
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
    /// as much longer or shorter as the clock says: at every instant of it the clock at the place shows a time within
    /// these hours, also when one of them is skipped or comes twice.
    pub fn on(&self, date: Date, zone: &Zone) -> Span {
        let last = if self.to > self.from { date } else { date.tomorrow().unwrap_or(date) };
        let from = zone.opens(date.to_datetime(self.from));
        let to = zone.closes(last.to_datetime(self.to));
        Span { from, to: to.max(from) }
    }
}

impl FromStr for Hours {
    type Err = HoursError;
    fn from_str(text: &str) -> Result<Self, HoursError> {
        let error = || HoursError(text.to_owned());
        let time = |part: &str| -> Option<Time> {
            let (hour, minute) = part.split_once(':')?;
            // Digits only: Rust's integers would also take `+9`.
            if ![hour, minute].iter().all(|part| part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit())) {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_are_written_in_one_way() {
        for good in ["09:00-17:30", "22:00-02:00", "00:00-00:00", "18:00-00:00"] {
            assert_eq!(good.parse::<Hours>().unwrap().to_string(), good, "{good} reads and writes the same");
        }
        let bad = [
            "",
            "09:00",
            "9:00-17:00",
            "+9:00-17:00",
            "09:00-24:00",
            "09:60-10:00",
            "09:00 - 10:00",
            "09:00-10:00-11:00",
            "09:00:00-10:00:00",
            "٠٩:00-10:00",
        ];
        for bad in bad {
            assert!(bad.parse::<Hours>().is_err(), "{bad:?} is not of the form HH:MM-HH:MM");
        }
    }

    /// Zone, date, hours, the instants, and why.
    const DAYS: &[(&str, &str, &str, &str, &str, &str)] = &[
        ("Europe/Berlin", "2026-07-01", "09:00-17:30", "2026-07-01T07:00Z", "2026-07-01T15:30Z", "a summer day"),
        ("Europe/Berlin", "2026-07-01", "22:00-02:00", "2026-07-01T20:00Z", "2026-07-02T00:00Z", "into the next day"),
        ("Europe/Berlin", "2026-07-01", "00:00-00:00", "2026-06-30T22:00Z", "2026-07-01T22:00Z", "round the clock"),
        // 2026-03-29, 02:00 to 03:00 is skipped.
        ("Europe/Berlin", "2026-03-29", "00:00-06:00", "2026-03-28T23:00Z", "2026-03-29T04:00Z", "an hour shorter"),
        (
            "Europe/Berlin",
            "2026-03-29",
            "02:30-06:00",
            "2026-03-29T01:00Z",
            "2026-03-29T04:00Z",
            "begins after the gap",
        ),
        ("Europe/Berlin", "2026-03-29", "00:00-02:30", "2026-03-28T23:00Z", "2026-03-29T01:00Z", "ends before the gap"),
        ("Europe/Berlin", "2026-03-29", "02:00-03:00", "2026-03-29T01:00Z", "2026-03-29T01:00Z", "does not exist"),
        ("Europe/Berlin", "2026-03-29", "02:30-03:15", "2026-03-29T01:00Z", "2026-03-29T01:15Z", "what is left of it"),
        // 2026-10-25, 02:00 to 03:00 comes twice.
        ("Europe/Berlin", "2026-10-25", "00:00-06:00", "2026-10-24T22:00Z", "2026-10-25T05:00Z", "an hour longer"),
        (
            "Europe/Berlin",
            "2026-10-25",
            "02:00-06:00",
            "2026-10-25T00:00Z",
            "2026-10-25T05:00Z",
            "from the first 02:00",
        ),
        (
            "Europe/Berlin",
            "2026-10-25",
            "02:30-06:00",
            "2026-10-25T01:30Z",
            "2026-10-25T05:00Z",
            "from the second 02:30",
        ),
        ("Europe/Berlin", "2026-10-25", "00:00-02:30", "2026-10-24T22:00Z", "2026-10-25T00:30Z", "to the first 02:30"),
        ("Europe/Berlin", "2026-10-25", "00:00-03:00", "2026-10-24T22:00Z", "2026-10-25T02:00Z", "03:00 comes once"),
        // Half an hour: skipped on 2026-10-04 from 02:00, twice on 2026-04-05 from 01:30.
        (
            "Australia/Lord_Howe",
            "2026-10-04",
            "01:00-03:00",
            "2026-10-03T14:30Z",
            "2026-10-03T16:00Z",
            "half an hour less",
        ),
        (
            "Australia/Lord_Howe",
            "2026-04-05",
            "01:00-03:00",
            "2026-04-04T14:00Z",
            "2026-04-04T16:30Z",
            "half an hour more",
        ),
    ];

    #[test]
    fn a_clock_change_makes_hours_as_much_longer_or_shorter_as_the_clock_says() {
        for (zone, date, hours, from, to, why) in DAYS {
            let span = hours.parse::<Hours>().unwrap().on(date.parse().unwrap(), &zone.parse().unwrap());
            let expected = Span { from: from.parse().unwrap(), to: to.parse().unwrap() };
            assert_eq!(span, expected, "{hours} on {date} in {zone}: {why}");
        }
    }
}
