//! Which reminders a customer wants on this device.

use serde::{Deserialize, Serialize};

use crate::Trouble;

/// The longest that "hours before" may mean.
const MOST_HOURS: u8 = 48;

/// The longest way, in minutes.
const MOST_TRAVEL: u16 = 720;

/// Which reminders this device shows. They are this device's own: another may want others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
pub struct ReminderSettings {
    /// The day before, at the same time.
    pub day_before: bool,
    /// So many hours before, 1 to 48; nothing for none.
    pub hours_before: Option<u8>,
    /// When to leave for a way of so many minutes, 1 to 720 (Z15); nothing for none. The customer sets it; nobody is
    /// asked where they are.
    pub travel: Option<u16>,
    /// Whether closing the window leaves the app in the tray, where it goes on reminding. Means nothing on phones.
    pub tray: bool,
}

/// A day and two hours before; no tray unless asked for.
impl Default for ReminderSettings {
    fn default() -> Self {
        Self { day_before: true, hours_before: Some(2), travel: None, tray: false }
    }
}

impl ReminderSettings {
    /// Whether reminders come whatever becomes of the window and of the session: on a phone the system keeps them, on a
    /// desktop the app has to stay in the tray, and to be back by itself after a restart of the device, because it
    /// `starts_at_login`.
    pub fn come_by_themselves(&self, starts_at_login: bool) -> bool {
        let any = self.day_before || self.hours_before.is_some() || self.travel.is_some();
        any && (self.tray && starts_at_login || cfg!(any(target_os = "ios", target_os = "android")))
    }

    /// Whether hours and minutes are within their bounds.
    ///
    /// # Errors
    /// [`Trouble::NotAcceptable`].
    pub fn check(&self) -> Result<(), Trouble> {
        let hours = self.hours_before.is_none_or(|hours| (1..=MOST_HOURS).contains(&hours));
        let travel = self.travel.is_none_or(|minutes| (1..=MOST_TRAVEL).contains(&minutes));
        if hours && travel { Ok(()) } else { Err(Trouble::NotAcceptable) }
    }
}
