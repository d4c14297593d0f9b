//! Carries out the plan of reminders: shows what is due, and looks again whenever something may have changed it.
//!
//! **Invariant:** nothing is shown from an old plan: every look asks the app anew, and only what that says is shown.
//! **Invariant:** what was shown is noted at once (see [`client::reminder`] for why not before); what could not be shown
//! is not noted, and tried again as long as it matters.
//! **Invariant:** what was taken down before it was read is not noted any more: should the change be undone, it comes again.
//! **Invariant:** so is what still stands on the display when the app ends, where that can be taken down: nobody would
//! hear what is pressed on it. It comes again at the next start, as long as it matters.
//! **Invariant:** whoever wants no notifications is asked once; after that only a reason to look again looks whether they
//! are allowed by now.
//!
//! Design. Between two looks the timer waits for the next reminder, but never longer than [`TICK`]: then it compares the
//! clock with the time that has passed for the program. They differ after a sleep (during which programs stand still) and
//! when somebody set the clock; both mean to look again. So a wake is noticed within seconds on every system, without
//! asking any of them. A change of the time zone needs nothing: reminders are due at instants, and words are made when a
//! reminder is shown.
//!
//! On phones the operating system shows reminders also while the app is not running: there a look hands over what comes
//! next, hands it over again when its words have changed or the system may have lost it, and takes back what is not
//! true any more, or what is due so late that a nearer one needs its place.

mod board;
#[cfg(desktop)]
mod desktop;
#[cfg(any(mobile, test))]
mod left;
#[cfg(any(mobile, test))]
mod parcel;
#[cfg(mobile)]
mod phone;
mod words;

use std::{sync::Arc, time::Duration};

use client::{
    Answered, App, Clock, Event, Trouble,
    reminder::{Reminder, ReminderPlan, ReminderProblem},
};
use tauri::{AppHandle, Manager};
use tokio::{
    sync::{
        Notify,
        broadcast::{self, error::RecvError},
        mpsc, watch,
    },
    time::Instant,
};

#[cfg(target_os = "linux")]
pub(crate) use self::desktop::put_away;
#[cfg(mobile)]
pub(crate) use self::phone::heed_return;
#[cfg(desktop)]
pub(crate) use self::words::say;

use self::board::{Board, Pressed};
use crate::{device::Device, events, links};

/// The longest wait between two comparisons of the clocks while something is still to come.
const TICK: Duration = Duration::from_secs(20);

/// The same when nothing is: only a clock that was far off can change that.
const IDLE: Duration = Duration::from_secs(300);

/// How far the clocks may differ for no reason.
const DRIFT: Duration = Duration::from_secs(3);

/// When to try again what could not be shown.
const AGAIN: Duration = Duration::from_secs(60);

/// Rings when there is a reason to look again, and knows how the last look went.
#[derive(Default)]
pub(crate) struct Bell {
    rope: Arc<Notify>,
    standing: Standing,
}

/// Why reminders cannot be shown, if they cannot.
type Standing = watch::Sender<Option<ReminderProblem>>;

impl Bell {
    pub(crate) fn ring(&self) {
        self.rope.notify_one();
    }

    /// Why nothing is shown at present, as far as was seen.
    pub(crate) fn problem(&self) -> Option<ReminderProblem> {
        *self.standing.borrow()
    }
}

/// How often it is looked whether the icon is still in the tray, where nobody says that it may have gone.
const TRAY: Duration = Duration::from_secs(300);

/// Begins to remind of what the app knows, as long as the program runs.
pub(crate) fn begin(handle: &AppHandle, app: App) {
    let (pressed, presses) = mpsc::unbounded_channel();
    #[cfg(desktop)]
    let board = desktop::Desktop::new(pressed, handle);
    #[cfg(mobile)]
    let board = phone::Phone::new(handle.clone(), pressed);
    let bell = handle.state::<Bell>();
    let (bell, standing) = (Arc::clone(&bell.rope), bell.standing.clone());
    let tray = Arc::new(Notify::new());
    #[cfg(target_os = "linux")]
    tauri::async_runtime::spawn(crate::bus::hear_of_icons(Arc::clone(&tray)));
    tauri::async_runtime::spawn(tell(handle.clone(), app.clone(), standing.subscribe(), tray));
    let clock = handle.state::<Device>().clock();
    tauri::async_runtime::spawn(answer(handle.clone(), app.clone(), presses));
    tauri::async_runtime::spawn(async move {
        let told = app.events();
        run(&app, &board, &*clock, told, &bell, &standing).await;
    });
}

/// Tells the screens when reminders can be shown again, or no more, and the app whether they are seen: now, and whenever
/// that may have changed. `tray` is notified when the icon may have come or gone.
async fn tell(handle: AppHandle, app: App, mut standing: watch::Receiver<Option<ReminderProblem>>, tray: Arc<Notify>) {
    loop {
        let problem = *standing.borrow_and_update();
        #[cfg(desktop)]
        app.set_starts_at_login(crate::autostart::will_start(&handle));
        app.set_reminders_seen(problem.is_none() && stays(&handle, &app).await);
        tokio::select! {
            changed = standing.changed() => match changed {
                Ok(()) => events::tell(&handle, &Event::Reminding),
                Err(_) => return,
            },
            () = tray.notified() => {}
            () = tokio::time::sleep(TRAY) => {}
        }
    }
}

/// Whether the app stays to remind when its window is closed, if it is to.
#[cfg(desktop)]
async fn stays(handle: &AppHandle, app: &App) -> bool {
    !app.reminder_settings().await.tray || crate::tray::stays(handle).await
}

/// A phone's system keeps what is to be shown.
#[cfg(mobile)]
#[expect(clippy::unused_async, reason = "a desktop has to ask")]
async fn stays(_handle: &AppHandle, _app: &App) -> bool {
    true
}

/// Does what is pressed on reminders.
async fn answer(handle: AppHandle, app: App, mut presses: mpsc::UnboundedReceiver<Pressed>) {
    while let Some(Pressed { reminder, act }) = presses.recv().await {
        tracing::info!(?act, "a reminder was pressed");
        match app.answer_reminder(&reminder, act).await {
            Ok(Answered::Given) => {}
            Ok(Answered::Open) => links::open_booking(&handle, reminder.business, reminder.key.booking),
            Err(trouble) => {
                tracing::warn!(%trouble, "what was pressed could not be done");
                links::open_booking(&handle, reminder.business, reminder.key.booking);
            }
        }
    }
}

/// Where plans come from and what was shown is noted: the app.
trait Planner {
    async fn plan(&self) -> Result<ReminderPlan, Trouble>;
    async fn shown(&self, reminder: &Reminder) -> Result<(), Trouble>;
    async fn taken_back(&self, reminder: &client::reminder::ReminderKey) -> Result<(), Trouble>;
}

impl Planner for App {
    async fn plan(&self) -> Result<ReminderPlan, Trouble> {
        self.reminders(&jiff::tz::TimeZone::system()).await
    }
    async fn shown(&self, reminder: &Reminder) -> Result<(), Trouble> {
        self.reminder_shown(reminder).await
    }
    async fn taken_back(&self, key: &client::reminder::ReminderKey) -> Result<(), Trouble> {
        self.reminder_taken_back(key).await
    }
}

/// Looks, waits, and looks again.
async fn run(
    planner: &impl Planner,
    board: &impl Board,
    clock: &dyn Clock,
    mut told: broadcast::Receiver<Event>,
    bell: &Notify,
    standing: &Standing,
) {
    loop {
        let next = look(planner, board, clock, standing).await;
        wait(clock, next, &mut told, bell).await;
    }
}

/// Shows what is due, and notes whether it can. Answers how long there is nothing to do if nothing changes; nothing for
/// ever.
async fn look(planner: &impl Planner, board: &impl Board, clock: &dyn Clock, standing: &Standing) -> Option<Duration> {
    // Also when nothing is due: better to know it now than on the day.
    let mut problem = board.problem().await;
    let plan = match planner.plan().await {
        Ok(plan) => plan,
        Err(trouble) => {
            tracing::warn!(%trouble, "reminders could not be planned");
            return Some(AGAIN);
        }
    };
    for key in &plan.gone {
        if board.take_down(key).await {
            note(planner.taken_back(key).await);
        }
    }
    let shelf = board.shelf(&plan.noted()).await;
    let placed = plan.placed(&shelf.waiting, shelf.places);
    let mut failed = plan.incomplete;
    let anew = placed.stay.into_iter().filter(|reminder| shelf.unsure.contains(&reminder.key));
    let pins: Vec<_> = plan.now.iter().chain(placed.again).chain(anew).chain(placed.leave).collect();
    if !pins.is_empty() && !board.may_show().await {
        // Asking again would not help. The settings ring the bell; so does coming back from those of the system.
        tracing::info!("reminders are not allowed to show");
        stands(standing, Some(ReminderProblem::Refused));
        return None;
    }
    for key in &placed.back {
        if board.take_down(key).await {
            note(planner.taken_back(key).await);
        }
    }
    for reminder in pins {
        if !show(planner, board, reminder, clock).await {
            failed = true;
            problem = Some(ReminderProblem::Unshown);
        }
    }
    stands(standing, problem);
    let now = clock.now();
    let next = plan.next.first().map(|next| Duration::try_from(next.key.due.duration_since(now)).unwrap_or_default());
    if failed { Some(next.map_or(AGAIN, |next| next.min(AGAIN))) } else { next }
}

fn stands(standing: &Standing, problem: Option<ReminderProblem>) {
    standing.send_if_modified(|known| std::mem::replace(known, problem) != problem);
}

async fn show(planner: &impl Planner, board: &impl Board, reminder: &Reminder, clock: &dyn Clock) -> bool {
    let words = words::of(reminder, clock.now().max(reminder.key.due), &jiff::tz::TimeZone::system());
    match board.pin(reminder, words).await {
        Ok(()) => {
            tracing::info!(kind = ?reminder.key.kind, due = %reminder.key.due, "a reminder is shown");
            note(planner.shown(reminder).await);
            true
        }
        Err(error) => {
            tracing::warn!(%error, "a reminder could not be shown");
            false
        }
    }
}

/// What could not be written down is known as long as this program runs.
fn note(result: Result<(), Trouble>) {
    if let Err(trouble) = result {
        tracing::warn!(%trouble, "a reminder could not be noted");
    }
}

/// Waits until there is a reason to look again.
async fn wait(clock: &dyn Clock, next: Option<Duration>, told: &mut broadcast::Receiver<Event>, bell: &Notify) {
    let (began, read) = (Instant::now(), clock.now());
    let tick = if next.is_some() { TICK } else { IDLE };
    loop {
        let left = next.map_or(tick, |next| next.saturating_sub(began.elapsed()).min(tick));
        tokio::select! {
            event = told.recv() => match event {
                // More may have happened than this; one look sees it all.
                Ok(Event::Changed { .. }) | Err(RecvError::Lagged(_)) => {
                    *told = told.resubscribe();
                    return;
                }
                Ok(_) => {}
                // The app is gone, and the program with it.
                Err(RecvError::Closed) => std::future::pending().await,
            },
            () = bell.notified() => return,
            () = tokio::time::sleep(left) => {}
        }
        let passed = began.elapsed();
        let by_clock = clock.now().duration_since(read);
        let honest = Duration::try_from(by_clock).is_ok_and(|by_clock| by_clock.abs_diff(passed) < DRIFT);
        if !honest || next.is_some_and(|next| next <= passed) {
            return;
        }
    }
}

#[cfg(test)]
mod tests;
