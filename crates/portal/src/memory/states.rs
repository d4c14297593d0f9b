//! What was said of single dates of a month.
//!
//! A booking changes one or two calendar days. Of a month's dates all others are as they were, and that is seen by the
//! identity of the parsed days that they were decided by: a day that changed was parsed anew.

use std::{collections::HashMap, sync::Arc};

use domain::{CalendarDay, Date, Timestamp, availability::DayState};

use crate::MonthQuery;

/// Most questions whose dates are kept.
const MOST: usize = 1_024;

/// All that is kept, by question.
#[derive(Default)]
pub(super) struct States(HashMap<Asked, HashMap<Date, Stated>>);

/// What decides about a date besides the calendars.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct Asked {
    /// Without its month.
    pub(super) question: MonthQuery,
    pub(super) minute: Timestamp,
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
    pub(super) fn get(&self, asked: &Asked, date: Date, by: &By<'_>) -> Option<DayState> {
        let stated = self.0.get(asked)?.get(&date)?;
        let same = |(kept, now): (&Option<Arc<CalendarDay>>, &Option<&Arc<CalendarDay>>)| match (kept, now) {
            (Some(kept), Some(now)) => Arc::ptr_eq(kept, now),
            (None, None) => true,
            _ => false,
        };
        let same = stated.by.len() == by.len() && stated.by.iter().zip(by).all(same);
        same.then(|| stated.state.clone())
    }

    /// Keeps what was said.
    pub(super) fn put(&mut self, asked: &Asked, fresh: Vec<(Date, By<'_>, DayState)>) {
        if self.0.len() >= MOST && !self.0.contains_key(asked) {
            // Those of other minutes are of no use any more.
            self.0.retain(|kept, _| kept.minute == asked.minute);
            if self.0.len() >= MOST {
                self.0.clear();
            }
        }
        let dates = self.0.entry(asked.clone()).or_default();
        for (date, by, state) in fresh {
            let by = by.into_iter().map(Option::<&Arc<_>>::cloned).collect();
            dates.insert(date, Stated { by, state });
        }
    }
}
