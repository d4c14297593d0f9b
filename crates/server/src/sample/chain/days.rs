//! Working days full of visits.

use domain::{Date, Place, Span, Timestamp, hours::Hours};
use jiff::{SignedDuration, ToSpan as _, civil::Weekday};
use rand::{Rng as _, rngs::StdRng};

use super::Choice;

/// When everybody works.
pub(super) const HOURS: &str = "09:00-18:00";
/// On which days.
pub(super) const WORKING: [Weekday; 6] =
    [Weekday::Monday, Weekday::Tuesday, Weekday::Wednesday, Weekday::Thursday, Weekday::Friday, Weekday::Saturday];

/// How many days the history goes back, and how many lie ahead.
const BACK: i64 = 3 * 365;
const AHEAD: i64 = 60;

/// The working hours of the past and of what lies ahead.
pub(super) struct Days {
    shifts: Vec<Span>,
    /// By working day how many parts of the whole come before it: two for a day of the past, one for one that lies ahead.
    parts: Vec<usize>,
    step: SignedDuration,
    /// Steps of the grid in the shortest shift, those of the shortest visit, and those of most.
    steps: u16,
    shortest: u16,
    usual: u16,
}

impl Days {
    pub(super) fn around(now: Timestamp, place: &Place, choices: &[Choice<'_>], step: u16) -> Self {
        let hours: Hours = HOURS.parse().expect("hours");
        let today = place.zone.date(now);
        let dates = (-BACK..=AHEAD).map(|day| (day, today.saturating_add(day.days())));
        let dates: Vec<(i64, Date)> = dates.filter(|(_, date)| WORKING.contains(&date.weekday())).collect();
        let shifts: Vec<Span> = dates.iter().map(|(_, date)| hours.on(*date, &place.zone)).collect();
        let mut parts = vec![0];
        for (day, _) in &dates {
            parts.push(parts.last().copied().unwrap_or(0) + if *day < 0 { 2 } else { 1 });
        }
        let shortest = choices.iter().map(Choice::steps).min().unwrap_or(1).max(1);
        let minutes = shifts.iter().map(|shift| shift.to.duration_since(shift.from).as_mins()).min().unwrap_or(0);
        let steps = u16::try_from(minutes / i64::from(step)).unwrap_or(u16::MAX);
        let sum: usize = choices.iter().map(|choice| usize::from(choice.steps())).sum();
        let usual = u16::try_from(sum / choices.len().max(1)).unwrap_or(u16::MAX);
        Self { shifts, parts, step: SignedDuration::from_mins(i64::from(step)), steps, shortest, usual }
    }

    /// The first instant of the history.
    pub(super) fn since(&self) -> Timestamp {
        self.shifts.first().map_or(Timestamp::UNIX_EPOCH, |shift| shift.from)
    }

    /// How many visits one person can have in all.
    pub(super) fn most(&self) -> u32 {
        let days = u32::try_from(self.parts.last().copied().unwrap_or(0) / 2).unwrap_or(u32::MAX);
        // One less on every day, as the days do not share evenly.
        days.saturating_mul(u32::from(self.steps / self.shortest).saturating_sub(1)).max(1)
    }

    /// Gives one person so many visits, spread evenly over the days.
    pub(super) fn fill(
        &self,
        rng: &mut StdRng,
        choices: &[Choice<'_>],
        visits: usize,
        mut put: impl FnMut(usize, Timestamp),
    ) {
        let all = self.parts.last().copied().unwrap_or(0).max(1);
        for (day, shift) in self.shifts.iter().enumerate() {
            let count = visits * self.parts[day + 1] / all - visits * self.parts[day] / all;
            let (mut at, mut left) = (0, u16::try_from(count).unwrap_or(u16::MAX));
            while left > 0 {
                let room = self.steps.saturating_sub(at);
                // Whoever comes later must find room as well; and nobody takes more than twice a fair share.
                let most = room.saturating_sub((left - 1) * self.shortest).min((2 * room / left).max(self.shortest));
                let at_first = rng.random_range(0..choices.len());
                let mut fitting = (0..choices.len()).map(|next| (at_first + next) % choices.len());
                let Some(choice) = fitting.find(|choice| choices[*choice].steps() <= most) else { return };
                let spare = room.saturating_sub((left - 1) * self.usual.max(self.shortest) + choices[choice].steps());
                at += rng.random_range(0..=spare / left);
                put(choice, shift.from + self.step * i32::from(at + choices[choice].before));
                at += choices[choice].steps();
                left -= 1;
            }
        }
    }
}
