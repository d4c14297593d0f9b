//! Reminders: what the customer wants, what was shown, and what a press on one does.
//!
//! **Invariant:** what was pressed is done only to the booking as the reminder showed it. One that was moved or
//! cancelled since is opened, so that its customer sees it.

use std::{
    collections::BTreeSet,
    sync::atomic::{AtomicBool, Ordering},
};

use jiff::tz::TimeZone;
use portal::{CheckIn, Command, ConfirmAttendance};
use store::{Batch, Key, List, Read, Space, Store, Write, sqlite::SqliteStore};
use tokio::sync::Mutex;
use uuid::Uuid;

use super::{App, own_calendar::booking_of};
use crate::{
    Event, OwnCalendarCard, Receipt, Trouble,
    account::to_the_end,
    desk::{decode, json},
    reminder::{self, Reminder, ReminderAct, ReminderKey, ReminderPlan, ReminderSettings, ShownLog, ShownReminder},
};

/// What this device keeps about reminders, of all businesses.
pub(super) struct Reminding {
    store: SqliteStore,
    kept: Mutex<Kept>,
    /// What is shown is not seen, whatever the settings say.
    unseen: AtomicBool,
    /// A login starts the app.
    starts_at_login: AtomicBool,
    /// The app's owner is ending it.
    leaving: AtomicBool,
}

#[derive(Default)]
struct Kept {
    settings: ReminderSettings,
    log: ShownLog,
}

/// What came of a press on a reminder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answered {
    /// The command is kept, and will be sent.
    Given,
    /// The screen has to show the booking.
    Open,
}

impl Reminding {
    pub(super) async fn load(store: SqliteStore) -> Result<Self, Trouble> {
        let snapshot = store.snapshot().await?;
        // What a newer program wrote must not keep the app from opening: reminders are not worth that.
        let settings = match snapshot.get(&key("settings", "settings".to_owned())).await? {
            Some(document) => decode(&document).unwrap_or_default(),
            None => ReminderSettings::default(),
        };
        let pages = snapshot.list(&List::all(space(), "shown")).await?;
        let shown: Vec<ShownReminder> = pages.iter().filter_map(|page| decode(page).ok()).collect();
        drop(snapshot);
        Ok(Self {
            store,
            kept: Mutex::new(Kept { settings, log: ShownLog::new(shown) }),
            unseen: AtomicBool::new(false),
            starts_at_login: AtomicBool::new(false),
            leaving: AtomicBool::new(false),
        })
    }

    async fn write(&self, writes: Vec<Write>) -> Result<(), Trouble> {
        self.store.commit(Batch { writes, ..Batch::default() }).await?;
        Ok(())
    }
}

impl App {
    /// Which reminders are wanted on this device.
    pub async fn reminder_settings(&self) -> ReminderSettings {
        self.inner.reminding.kept.lock().await.settings.clone()
    }

    /// Says which reminders are wanted on this device. Plan anew afterwards.
    ///
    /// # Errors
    /// [`Trouble::NotAcceptable`] for hours or minutes out of bounds, [`Trouble::Storage`].
    pub async fn set_reminder_settings(&self, settings: ReminderSettings) -> Result<(), Trouble> {
        settings.check()?;
        let app = self.clone();
        to_the_end(async move {
            let reminding = &app.inner.reminding;
            let mut kept = reminding.kept.lock().await;
            let body = json(&settings);
            reminding.write(vec![page(key("settings", "settings".to_owned()), String::new(), Some(body))]).await?;
            kept.settings = settings;
            // Events in the customer's own calendar ring when we do not.
            app.look_at_calendar();
            Ok(())
        })
        .await
    }

    /// Says whether reminders are seen on this device at all; they are until somebody says otherwise. Where they are not,
    /// the events that are kept remind.
    pub fn set_reminders_seen(&self, seen: bool) {
        self.note(&self.inner.reminding.unseen, !seen);
    }

    /// Says whether the app starts at login; it does not until somebody says so. An app that does not come back after a
    /// restart of the device leaves the events that are kept to remind as well. Say it before [`start`](Self::start):
    /// they would all be written for nothing.
    pub fn set_starts_at_login(&self, starts: bool) {
        self.note(&self.inner.reminding.starts_at_login, starts);
    }

    fn note(&self, what: &AtomicBool, is: bool) {
        if what.swap(is, Ordering::Relaxed) != is {
            self.look_at_calendar();
            let _ = self.inner.surroundings.events.send(Event::Reminding);
        }
    }

    /// The app's owner ends it: until it is opened again the events that are kept remind. Stops the app; answers when
    /// they are written.
    ///
    /// # Errors
    /// [`Trouble::Storage`], also when a calendar that appointments are kept in cannot be used: then nobody reminds.
    pub async fn leave(&self) -> Result<(), Trouble> {
        // First what would go on to write in the other way.
        self.stop().await;
        self.inner.reminding.leaving.store(true, Ordering::Relaxed);
        self.tend_calendar().await?;
        match self.own_calendar().await? {
            OwnCalendarCard { on: true, problem: Some(problem), .. } => {
                Err(Trouble::Storage { detail: format!("the customer's own calendar: {problem:?}") })
            }
            _ => Ok(()),
        }
    }

    /// Whether reminders come, and are seen, whatever becomes of the window and of the session.
    pub(super) async fn reminds_by_itself(&self) -> bool {
        let Reminding { unseen, starts_at_login, leaving, .. } = &self.inner.reminding;
        let is = |what: &AtomicBool| what.load(Ordering::Relaxed);
        !is(unseen) && !is(leaving) && self.reminder_settings().await.come_by_themselves(is(starts_at_login))
    }

    /// What reminding comes to now, over all businesses that can be read, on a device that is `here`. Nothing is shown by
    /// it.
    ///
    /// # Errors
    /// [`Trouble::Storage`] when there are businesses that were opened, and not one of them can be read.
    pub async fn reminders(&self, here: &TimeZone) -> Result<ReminderPlan, Trouble> {
        let now = self.inner.surroundings.clock.now();
        let accounts: Vec<_> = self.inner.accounts.read().await.values().cloned().collect();
        let (mut bookings, mut unreadable, mut unread) = (Vec::new(), BTreeSet::new(), Vec::new());
        for account in &accounts {
            match account.reminded(now).await {
                Ok(reminded) => {
                    bookings.extend(reminded.bookings);
                    unreadable.extend(reminded.unreadable);
                }
                // One business must not silence the others.
                Err(trouble) => {
                    tracing::warn!(%trouble, business = %account.id, "nothing can be read to remind of");
                    unread.push(trouble);
                }
            }
        }
        let incomplete = !unread.is_empty();
        if unread.len() == accounts.len()
            && let Some(trouble) = unread.pop()
        {
            return Err(trouble);
        }
        let kept = self.inner.reminding.kept.lock().await;
        let mut plan = reminder::plan(&bookings, &kept.settings, &kept.log, now, here);
        // What was not read is not gone.
        let shut: BTreeSet<Uuid> = self.inner.unread.read().await.keys().copied().collect();
        let of_shut = |entry: &&ShownReminder| entry.business.is_none_or(|business| shut.contains(&business));
        let shown = kept.log.entries().filter(|_| !shut.is_empty()).filter(of_shut);
        unreadable.extend(shown.map(|entry| entry.key.booking));
        plan.gone.retain(|key| !incomplete && !unreadable.contains(&key.booking));
        Ok(ReminderPlan { incomplete, ..plan })
    }

    /// Notes that a reminder was shown, or left with the operating system: it is not shown again, by this program or a
    /// later one. This program knows also when it could not be written down.
    ///
    /// # Errors
    /// [`Trouble::Storage`].
    pub async fn reminder_shown(&self, reminder: &Reminder) -> Result<(), Trouble> {
        let (app, reminder) = (self.clone(), reminder.clone());
        to_the_end(async move {
            let reminding = &app.inner.reminding;
            let mut kept = reminding.kept.lock().await;
            let Some((entry, forgotten)) = kept.log.note(&reminder) else { return Ok(()) };
            let mut writes = vec![page(entry_key(&entry), String::new(), Some(json(&entry)))];
            writes.extend(forgotten.iter().map(|old| page(entry_key(old), String::new(), None)));
            reminding.write(writes).await
        })
        .await
    }

    /// Takes back what [`reminder_shown`](Self::reminder_shown) noted, of a reminder that is not on the display any more, or
    /// never was, before anybody did anything about it: it may be shown again.
    ///
    /// # Errors
    /// [`Trouble::Storage`].
    pub async fn reminder_taken_back(&self, reminder: &ReminderKey) -> Result<(), Trouble> {
        let (app, reminder) = (self.clone(), *reminder);
        to_the_end(async move {
            let reminding = &app.inner.reminding;
            let mut kept = reminding.kept.lock().await;
            let Some(entry) = kept.log.take_back(&reminder) else { return Ok(()) };
            reminding.write(vec![page(entry_key(&entry), String::new(), None)]).await
        })
        .await
    }

    /// Does what was pressed on a reminder, or says that the booking has to be shown: because that was pressed, because
    /// the booking is another by now, or because the rules say no, which its screen explains.
    ///
    /// # Errors
    /// [`Trouble::NoBusiness`], [`Trouble::Storage`].
    pub async fn answer_reminder(&self, reminder: &Reminder, act: ReminderAct) -> Result<Answered, Trouble> {
        let booking = reminder.key.booking;
        let command = match act {
            ReminderAct::Open | ReminderAct::Late => return Ok(Answered::Open),
            ReminderAct::Coming => Command::ConfirmAttendance(ConfirmAttendance { booking }),
            ReminderAct::CheckIn => Command::CheckIn(CheckIn { booking, place: None }),
        };
        let account = self.account(reminder.business).await?;
        let same = booking_of(&account, booking).await?.is_some_and(|known| known.span.from == reminder.start);
        if !same {
            return Ok(Answered::Open);
        }
        Ok(match self.execute(reminder.business, command).await? {
            Receipt::Refused { .. } => Answered::Open,
            Receipt::Waiting { .. } | Receipt::Accepted { .. } => Answered::Given,
        })
    }
}

fn entry_key(entry: &ShownReminder) -> Key {
    key("shown", format!("{:020}", entry.number))
}

fn page(key: Key, sort: String, body: Option<String>) -> Write {
    Write { sort, body: body.map(Into::into), keys: Vec::new(), key }
}

fn key(kind: &str, id: String) -> Key {
    Key { space: space(), kind: kind.to_owned(), id }
}

fn space() -> Space {
    "reminders".parse().expect("a name of a space")
}
