//! A zone's clock as a VTIMEZONE (RFC 5545, section 3.6.5), and times on it.
//!
//! **Invariant:** every time that is written on a zone's clock is the same instant to a reader who knows nothing of the
//! zone but what the file says. **Invariant:** a time that comes twice is never written on a zone's clock.
//!
//! Design: the changes of the clock come from the zone database that also decided the booking. Those that are needed,
//! from the last one before the first event until a year after the last, are written: what repeats for three years or
//! more on the same weekday of a month as one yearly rule, which is the form that Outlook understands best, and every
//! other one by itself. Rules are looked for only as far as [`AHEAD`], and end where the database ends them.

use domain::{Timestamp, Zone};
use jiff::{
    SignedDuration,
    civil::{DateTime, Weekday},
    tz::{Dst, Offset, TimeZone},
};

use super::lines::{Lines, escaped, utc};

/// How far beyond the last event rules are looked for, so that five years of each are seen.
const AHEAD: SignedDuration = SignedDuration::from_hours(24 * 366 * 5);
/// How far beyond the last event changes are written: whoever drags the event in their calendar drags it not much
/// further.
const AFTER: SignedDuration = SignedDuration::from_hours(24 * 366);
/// From how many years on something is a rule.
const RULE: usize = 3;
/// Longer than from one year's change to the next year's.
const YEAR_AND_MORE: SignedDuration = SignedDuration::from_hours(24 * 400);

/// A time on a zone's clock as `20261127T140000`; nothing when the clock shows it twice, or when the zone is UTC itself.
pub(super) fn local(at: Timestamp, zone: &Zone) -> Option<String> {
    let zoned = zone.zoned(at);
    let ambiguous = zoned.time_zone().to_ambiguous_timestamp(zoned.datetime()).is_ambiguous();
    (!is_utc(zone) && !ambiguous).then(|| civil(zoned.datetime()))
}

/// Whether times of this zone are written in UTC, which needs no VTIMEZONE.
pub(super) fn is_utc(zone: &Zone) -> bool {
    matches!(zone.name(), "UTC" | "Etc/UTC" | "Etc/UCT" | "UCT" | "Zulu" | "Etc/Zulu" | "Universal" | "Etc/Universal")
}

/// Writes what a reader must know of a zone to read times from one instant to another.
pub(super) fn write(lines: &mut Lines, zone: &Zone, (from, to): (Timestamp, Timestamp)) {
    let zone_of = zone.zoned(from);
    let (base, changes) = changes(zone_of.time_zone(), from, far(to, AHEAD));
    let (needed, seen) = (far(to, AFTER), far(to, AHEAD));
    lines.component("VTIMEZONE", |lines| {
        lines.put("TZID", zone.name());
        base.write(lines, None);
        for run in runs(changes) {
            let until = (far(run.last().at, YEAR_AND_MORE) <= seen).then(|| run.last().at);
            match run.rule() {
                Some(rule) if run.first().at <= needed => {
                    let until = until.map(|at| format!(";UNTIL={}", utc(at))).unwrap_or_default();
                    run.first().write(lines, Some(&format!("{rule}{until}")));
                }
                Some(_) => {}
                None => run.changes.iter().filter(|change| change.at <= needed).for_each(|change| {
                    change.write(lines, None);
                }),
            }
        }
    });
}

/// One change of the clock, an observance's beginning.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Change {
    at: Timestamp,
    before: Offset,
    after: Offset,
    name: String,
    daylight: bool,
}

impl Change {
    /// What the clock shows at the change, still by the old offset, as DTSTART has it.
    fn onset(&self) -> DateTime {
        self.before.to_datetime(self.at)
    }

    fn write(&self, lines: &mut Lines, rule: Option<&str>) {
        lines.component(if self.daylight { "DAYLIGHT" } else { "STANDARD" }, |lines| {
            lines.put("DTSTART", &civil(self.onset()));
            lines.put("TZOFFSETFROM", &offset(self.before));
            lines.put("TZOFFSETTO", &offset(self.after));
            lines.put("TZNAME", &escaped(&self.name));
            if let Some(rule) = rule {
                lines.put("RRULE", rule);
            }
        });
    }
}

/// The observance that holds at an instant, and the changes after it.
fn changes(zone: &TimeZone, from: Timestamp, until: Timestamp) -> (Change, Vec<Change>) {
    let epoch = Timestamp::UNIX_EPOCH;
    let instant = SignedDuration::from_nanos(1);
    let mut changes = zone
        .preceding(far(from, instant))
        .take(1)
        .chain(zone.following(from).take_while(|change| change.timestamp() <= until))
        .map(|change| {
            let at = change.timestamp();
            let earlier = zone.to_offset_info(at.saturating_sub(instant).unwrap_or(Timestamp::MIN));
            let (before, after) = (earlier.offset(), change.offset());
            // Ireland's law calls the winter the exception, and Morocco's the month of fasting: readers expect summer to
            // be the time that is ahead.
            let seasonal = earlier.dst() == Dst::Yes || change.dst() == Dst::Yes;
            let name = change.abbreviation().to_owned();
            Change { at, before, after, name, daylight: seasonal && after > before }
        })
        .peekable();
    // Some readers cannot go back before 1970, and none has to.
    let stale = |change: &Change| change.at < epoch && epoch < from;
    let first = changes.next_if(|change| change.at <= from && !stale(change));
    let base = first.unwrap_or_else(|| {
        changes.next_if(|change| change.at <= from);
        let info = zone.to_offset_info(from);
        let at = if epoch < from {
            info.offset().to_timestamp(DateTime::constant(1970, 1, 1, 0, 0, 0, 0)).unwrap_or(epoch)
        } else {
            from.saturating_sub(SignedDuration::from_hours(24)).unwrap_or(Timestamp::MIN)
        };
        let name = info.abbreviation().to_owned();
        Change { at: at.min(from), before: info.offset(), after: info.offset(), name, daylight: false }
    });
    (base, changes.collect())
}

/// Changes of following years that are alike.
struct Run {
    changes: Vec<Change>,
    /// Which weekdays of the month they all fall on: 1 the first, -1 the last.
    places: Vec<i8>,
}

impl Run {
    fn first(&self) -> &Change {
        &self.changes[0]
    }

    fn last(&self) -> &Change {
        &self.changes[self.changes.len() - 1]
    }

    /// Takes a change in if it goes on as those before.
    fn takes(&mut self, next: &Change) -> bool {
        let (last, onset) = (self.last().onset(), next.onset());
        let same = |a: &Change, b: &Change| {
            (a.before, a.after, &a.name, a.daylight) == (b.before, b.after, &b.name, b.daylight)
        };
        let alike = same(self.last(), next)
            && last.year() + 1 == onset.year()
            && (last.month(), last.weekday(), last.time()) == (onset.month(), onset.weekday(), onset.time());
        let places: Vec<i8> = places(onset).into_iter().filter(|place| self.places.contains(place)).collect();
        if !alike || places.is_empty() {
            return false;
        }
        self.places = places;
        self.changes.push(next.clone());
        true
    }

    /// The yearly rule, if there is one.
    fn rule(&self) -> Option<String> {
        let place = self.places.iter().find(|place| **place == -1).or(self.places.first())?;
        let onset = self.first().onset();
        let day = weekday(onset.weekday());
        let rule = || format!("FREQ=YEARLY;BYMONTH={};BYDAY={place}{day}", onset.month());
        (self.changes.len() >= RULE).then(rule)
    }
}

/// Changes in runs, in the order of their beginnings.
fn runs(changes: Vec<Change>) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for change in changes {
        // Only the latest of a kind can go on; earlier ones lack the year before.
        if !runs.iter_mut().any(|run| run.takes(&change)) {
            let places = places(change.onset());
            runs.push(Run { changes: vec![change], places });
        }
    }
    runs
}

/// A date's places among the same weekdays of its month, from the beginning and from the end.
fn places(at: DateTime) -> Vec<i8> {
    let (day, days) = (at.day(), at.date().days_in_month());
    vec![(day - 1) / 7 + 1, -((days - day) / 7 + 1)]
}

fn weekday(day: Weekday) -> &'static str {
    match day {
        Weekday::Monday => "MO",
        Weekday::Tuesday => "TU",
        Weekday::Wednesday => "WE",
        Weekday::Thursday => "TH",
        Weekday::Friday => "FR",
        Weekday::Saturday => "SA",
        Weekday::Sunday => "SU",
    }
}

fn civil(at: DateTime) -> String {
    at.strftime("%Y%m%dT%H%M%S").to_string()
}

/// `+0100`; seconds only where there are some (section 3.3.14).
fn offset(offset: Offset) -> String {
    let (sign, seconds) = (if offset.is_negative() { '-' } else { '+' }, offset.seconds().unsigned_abs());
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if seconds == 0 {
        format!("{sign}{hours:02}{minutes:02}")
    } else {
        format!("{sign}{hours:02}{minutes:02}{seconds:02}")
    }
}

fn far(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.saturating_add(by).unwrap_or(Timestamp::MAX)
}
