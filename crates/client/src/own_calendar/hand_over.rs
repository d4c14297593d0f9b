//! One appointment for a calendar that this app does not look after (E17).

use serde::{Deserialize, Serialize};

use super::{CalendarError, Entry, Nature, OwnCalendar, Sign, Wanted, around};

/// What became of an appointment that was handed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "snake_case")]
pub enum HandedOver {
    /// Another program has it and shows it.
    Opened,
    /// It is in the calendar; nothing shows it by itself.
    Entered,
    /// The calendar's owner did not let us. They can change that in the system's settings.
    Denied,
}

/// Enters an appointment, or brings the event up to date that shows it already. One that its owner made repeat stays as
/// it is. Asks the owner for leave when they were never asked.
///
/// # Errors
/// What the calendar says, without [`CalendarError::Denied`].
pub fn enter_once(calendar: &dyn OwnCalendar, entry: &Entry) -> Result<HandedOver, CalendarError> {
    match enter(calendar, entry) {
        Ok(()) => Ok(HandedOver::Entered),
        Err(CalendarError::Denied) => Ok(HandedOver::Denied),
        Err(error) => Err(error),
    }
}

fn enter(calendar: &dyn OwnCalendar, entry: &Entry) -> Result<(), CalendarError> {
    calendar.open()?;
    let wanted = [Wanted { booking: entry.booking, signs: vec![Sign::of(entry)] }];
    let held = calendar.held(&wanted, around([entry.span], entry.span.from))?;
    let held: Vec<_> = held.into_iter().filter(|held| held.booking == entry.booking).collect();
    if held.iter().any(|held| held.nature == Nature::Series) {
        return Ok(());
    }
    match held.iter().find(|held| held.nature == Nature::Ours) {
        Some(held) => calendar.update(&held.handle, entry),
        None => calendar.insert(entry),
    }
}
