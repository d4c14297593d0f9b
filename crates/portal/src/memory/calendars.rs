//! Calendars that were read before.

use std::{collections::HashMap, sync::Arc};

use domain::{CalendarDay, CalendarId, Calendars, Date, calendar::Days};
use jiff::ToSpan;
use store::{Pull, Space};

use super::{Memory, lock};
use crate::{
    Failure,
    documents::{self, CALENDAR_DAY},
    source, spaces,
};

/// Most calendars that are kept.
const MOST: usize = 2_048;
/// Most documents of one page of changes.
const PAGE: usize = 512;
/// Most days of a calendar that are kept when it changes, before those that are over go.
const DAYS: usize = 400;
/// Days before the one that was asked for that are kept a while longer then.
const BEHIND: i64 = 31;

/// All that is kept, by the calendar's space.
pub(super) type Kept = HashMap<Space, Calendar>;

/// The days of one calendar since a date.
#[derive(Clone)]
pub(super) struct Calendar {
    version: u64,
    from: Date,
    days: Arc<Days>,
    /// What the days were that the last commit has written, if they are known of the version before.
    former: Option<Arc<[Written]>>,
}

/// A day, and its claims if it has any.
pub(super) type Written = (Date, Option<Arc<CalendarDay>>);

impl Calendar {
    /// Whether it can be said how it was one version ago. Whoever asks while a commit is made is that far behind.
    fn was_at(&self, version: u64) -> bool {
        self.former.is_some() && self.version.checked_sub(1) == Some(version)
    }

    fn back(self) -> Self {
        let mut days = self.days;
        put(Arc::make_mut(&mut days), self.former.iter().flat_map(|former| former.iter().cloned()));
        Self { version: self.version - 1, from: self.from, days, former: None }
    }
}

fn put(days: &mut Days, written: impl Iterator<Item = Written>) {
    for (date, day) in written {
        match day {
            Some(day) => days.insert(date, day),
            None => days.remove(&date),
        };
    }
}

impl Memory {
    /// The calendars of a moment with all days from `first` on, and the versions of their spaces.
    pub(super) async fn calendars<R: Pull>(
        &self,
        read: &R,
        calendars: &[CalendarId],
        first: Date,
    ) -> Result<(Calendars, Vec<(Space, u64)>), Failure> {
        let names: Vec<Space> = calendars.iter().map(spaces::calendar).collect();
        let versions = read.versions(&names).await?;
        let mut known: Vec<Option<Calendar>> = {
            let kept = lock(&self.calendars);
            names.iter().map(|name| kept.get(name).cloned()).collect()
        };
        let mut unknown = Vec::new();
        let mut fresh = Vec::new();
        for (at, (calendar, version)) in calendars.iter().zip(&versions).enumerate() {
            match &mut known[at] {
                Some(kept) if kept.from <= first && kept.version == *version => {}
                Some(kept) if kept.from <= first && kept.was_at(*version) => {
                    known[at] = known[at].take().map(Calendar::back);
                }
                Some(kept) if kept.from <= first && kept.version < *version => {
                    catch_up(read, &names[at], kept, *version, first).await?;
                    fresh.push(at);
                }
                _ => unknown.push((at, calendar.clone())),
            }
        }
        if !unknown.is_empty() {
            for (at, _) in &unknown {
                known[*at] = Some(Calendar { version: versions[*at], from: first, days: Arc::default(), former: None });
                fresh.push(*at);
            }
            let wanted: Vec<CalendarId> = unknown.iter().map(|(_, calendar)| calendar.clone()).collect();
            let places: HashMap<&CalendarId, usize> = unknown.iter().map(|(at, calendar)| (calendar, *at)).collect();
            for (calendar, day, claims) in source::days(read, &wanted, first, None).await? {
                if let Some(kept) = places.get(&calendar).and_then(|at| known[*at].as_mut()) {
                    Arc::make_mut(&mut kept.days).insert(day, Arc::new(claims));
                }
            }
        }
        if !fresh.is_empty() {
            self.keep(fresh.iter().filter_map(|at| Some((names[*at].clone(), known[*at].clone()?))));
        }
        let mut found = Calendars::default();
        for (calendar, kept) in calendars.iter().zip(known) {
            if let Some(kept) = kept {
                found.share(calendar.clone(), kept.days);
            }
        }
        Ok((found, names.into_iter().zip(versions).collect()))
    }

    fn keep(&self, fresh: impl Iterator<Item = (Space, Calendar)>) {
        let mut kept = lock(&self.calendars);
        for (name, calendar) in fresh {
            let newer = kept.get(&name).is_none_or(|old| {
                old.version < calendar.version || (old.version == calendar.version && calendar.from < old.from)
            });
            if !newer {
                continue;
            }
            if kept.len() >= MOST && !kept.contains_key(&name) {
                // Rather forget one than grow: it is read again when it is asked for.
                let Some(victim) = kept.keys().next().cloned() else { continue };
                kept.remove(&victim);
            }
            kept.insert(name, calendar);
        }
    }
}

/// Takes over the days that the commit after version `before` has written; nothing where a day has no claims any more.
pub(super) fn follow(kept: &mut Kept, space: &Space, before: u64, mut written: Vec<Written>) {
    // Of those with many days some may go, which whoever asks next sees to.
    let Some(kept) = kept.get_mut(space).filter(|kept| kept.version == before && kept.days.len() <= DAYS) else {
        return;
    };
    written.retain(|(date, _)| *date >= kept.from);
    kept.former = Some(written.iter().map(|(date, _)| (*date, kept.days.get(date).cloned())).collect());
    put(Arc::make_mut(&mut kept.days), written.into_iter());
    kept.version += 1;
}

/// Takes over what changed since the version that is kept, up to `version`, that of the moment.
async fn catch_up<R: Pull>(
    read: &R,
    space: &Space,
    kept: &mut Calendar,
    version: u64,
    first: Date,
) -> Result<(), Failure> {
    let oldest = first.saturating_sub(BEHIND.days());
    kept.former = None;
    let days = Arc::make_mut(&mut kept.days);
    // Only when there are many: whoever asks for a month far ahead is no reason to forget this one.
    if days.len() > DAYS && kept.from < oldest {
        *days = days.split_off(&oldest);
        kept.from = oldest;
    }
    while kept.version < version {
        let page = read.pull(space, kept.version, PAGE).await?;
        for change in page.changes.iter().filter(|change| change.kind == CALENDAR_DAY) {
            let Ok(day) = change.id.parse::<Date>() else { continue };
            if day < kept.from {
                continue;
            }
            match &change.body {
                Some(body) => days.insert(day, Arc::new(documents::parse(CALENDAR_DAY, &change.id, body)?)),
                None => days.remove(&day),
            };
        }
        kept.version = page.version;
        if !page.more {
            break;
        }
    }
    Ok(())
}
