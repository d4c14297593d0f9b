//! What was said of single dates of a month.
//!
//! A booking changes one or two calendar days. Of a month's dates all others are as they were, and that is seen by the
//! identity of the parsed days that they were decided by: a day that changed was parsed anew.

use std::{collections::HashMap, sync::Arc};

use domain::{CalendarDay, Date, Timestamp, availability::DayState};

use crate::MonthQuery;

/// Most questions whose dates are kept.
const MOST: usize = 1_024;

/// All that is kept: of one minute, by question. Of a question there are no more dates than the horizon has, for those
/// beyond it and those that are over are never kept.
#[derive(Default)]
pub(super) struct States {
    minute: Timestamp,
    kept: HashMap<Asked, HashMap<Date, Stated>>,
}

/// What decides about a date besides the calendars.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct Asked {
    /// Without its month.
    pub(super) question: MonthQuery,
    /// The catalogue's version.
    pub(super) catalogue: u64,
}

/// What was said of one date.
struct Stated {
    /// The days it was decided by. They are held, so that no other day can come to lie at the same address.
    by: Vec<Option<Arc<CalendarDay>>>,
    state: DayState,
}

/// The calendar days that decide about a date, in an order that is always the same.
pub(crate) type By<'a> = Vec<Option<&'a Arc<CalendarDay>>>;

impl States {
    /// What was said of a date that was decided by the very same days.
    pub(super) fn get(&self, minute: Timestamp, asked: &Asked, date: Date, by: &By<'_>) -> Option<DayState> {
        let stated = self.kept.get(asked).filter(|_| self.minute == minute)?.get(&date)?;
        let same = |(kept, now): (&Option<Arc<CalendarDay>>, &Option<&Arc<CalendarDay>>)| match (kept, now) {
            (Some(kept), Some(now)) => Arc::ptr_eq(kept, now),
            (None, None) => true,
            _ => false,
        };
        let same = stated.by.len() == by.len() && stated.by.iter().zip(by).all(same);
        same.then(|| stated.state.clone())
    }

    /// Keeps what was said, and what of that minute was said before.
    pub(super) fn put(&mut self, minute: Timestamp, asked: &Asked, fresh: Vec<(Date, By<'_>, DayState)>) {
        let full = self.kept.len() >= MOST && !self.kept.contains_key(asked);
        if self.minute != minute || full {
            *self = Self { minute, ..Self::default() };
        }
        for (date, by, state) in fresh {
            // What the clock alone decides costs nothing to say again, and there is no end to such dates.
            if matches!(state, DayState::TooSoon | DayState::TooFar) {
                continue;
            }
            let by = by.into_iter().map(Option::<&Arc<_>>::cloned).collect();
            self.kept.entry(asked.clone()).or_default().insert(date, Stated { by, state });
        }
    }

    /// How many dates are kept.
    #[cfg(test)]
    fn dates(&self) -> usize {
        self.kept.values().map(HashMap::len).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(catalogue: u64) -> Asked {
        let question = MonthQuery {
            service: "cut".parse().unwrap(),
            variant: "usual".parse().unwrap(),
            place: "here".parse().unwrap(),
            staff: None,
            party: 1,
            moving: None,
            month: None,
        };
        Asked { question, catalogue }
    }

    #[test]
    fn strange_questions_take_no_room() {
        let minute = Timestamp::UNIX_EPOCH;
        let mut states = States::default();
        let dates = std::iter::successors(Some(Date::MIN), |date| date.tomorrow().ok()).take(10_000);
        let far = dates.map(|date| (date, Vec::new(), DayState::TooFar)).collect();
        states.put(minute, &asked(0), far);
        assert_eq!(states.dates(), 0, "what lies beyond the horizon is not kept");
        for catalogue in 0..10_000 {
            states.put(minute, &asked(catalogue), vec![(Date::MIN, Vec::new(), DayState::Full)]);
        }
        assert!(states.dates() <= MOST, "questions are counted");
        states.put(
            minute + jiff::SignedDuration::from_mins(1),
            &asked(1),
            vec![(Date::MIN, Vec::new(), DayState::Full)],
        );
        assert_eq!(states.dates(), 1, "a former minute's are of no use any more");
        assert_eq!(states.get(minute, &asked(1), Date::MIN, &Vec::new()), None, "and say nothing about another one");
    }
}
