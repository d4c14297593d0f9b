//! What the screens may ask: one command for each method of [`client::App`], and nothing of its own.
//!
//! Errors cross as [`Trouble`]: a code and facts, never a sentence.

use client::{
    BookingId, BusinessCard, CheckInCode, Command, CommandId, Link, LinkSent, Notice, Opening, Receipt, Reply, Trouble,
    View, Waiting,
    reminder::{ReminderSettings, Reminding},
};
use tauri::{AppHandle, State, ipc::Invoke};
use uuid::Uuid;

use crate::calendar::commands::*;
use crate::wallet::*;
use crate::{device::Device, links::Links, reminders::Bell, touch, updater};

type Answer<T> = Result<T, Trouble>;

/// All commands, by their names.
pub(crate) fn all() -> impl Fn(Invoke) -> bool + Send + Sync + 'static {
    tauri::generate_handler![
        opening,
        businesses,
        current,
        select,
        connect,
        disconnect,
        view,
        execute,
        check_in_code,
        outbox,
        withdraw,
        notices,
        dismiss,
        request_link,
        sign_in_with_digits,
        sign_in_with_code,
        sign_in_with_password,
        set_password,
        sign_out,
        sync_now,
        pending_link,
        drawn,
        reminders,
        set_reminders,
        reminding,
        at_login,
        set_at_login,
        update_ready,
        update_now,
        own_calendar,
        keep_in_calendar,
        look_at_calendar,
        moved_events,
        put_event_back,
        clashes,
        add_to_calendar,
        add_to_wallet,
    ]
}

#[tauri::command]
async fn opening(device: State<'_, Device>) -> Answer<Opening> {
    device.app().await?.opening().await
}

#[tauri::command]
async fn businesses(device: State<'_, Device>) -> Answer<Vec<BusinessCard>> {
    device.app().await?.businesses().await
}

#[tauri::command]
async fn current(device: State<'_, Device>) -> Answer<Option<Uuid>> {
    device.app().await?.current().await
}

#[tauri::command]
async fn select(device: State<'_, Device>, business: Uuid) -> Answer<()> {
    device.app().await?.select(business).await
}

#[tauri::command]
async fn connect(device: State<'_, Device>, address: String) -> Answer<BusinessCard> {
    device.app().await?.connect(&address).await
}

#[tauri::command]
async fn disconnect(
    device: State<'_, Device>,
    bell: State<'_, Bell>,
    business: Uuid,
    lose_waiting: bool,
) -> Answer<()> {
    device.app().await?.disconnect(business, lose_waiting).await?;
    // Its reminders go with it, also those that the system has already.
    bell.ring();
    Ok(())
}

#[tauri::command]
async fn view(device: State<'_, Device>, business: Uuid, view: View) -> Answer<Reply> {
    device.app().await?.view(business, view).await
}

#[tauri::command]
async fn execute(app: AppHandle, device: State<'_, Device>, business: Uuid, command: Command) -> Answer<Receipt> {
    let is_felt = touch::is_felt(&command);
    let receipt = device.app().await?.execute(business, command).await?;
    touch::feel(&app, is_felt(&receipt));
    Ok(receipt)
}

#[tauri::command]
async fn check_in_code(device: State<'_, Device>, business: Uuid, booking: BookingId) -> Answer<CheckInCode> {
    device.app().await?.check_in_code(business, booking).await
}

#[tauri::command]
async fn outbox(device: State<'_, Device>, business: Uuid) -> Answer<Vec<Waiting>> {
    device.app().await?.outbox(business).await
}

#[tauri::command]
async fn withdraw(device: State<'_, Device>, business: Uuid, id: CommandId) -> Answer<()> {
    device.app().await?.withdraw(business, id).await
}

#[tauri::command]
async fn notices(device: State<'_, Device>, business: Uuid) -> Answer<Vec<Notice>> {
    device.app().await?.notices(business).await
}

#[tauri::command]
async fn dismiss(device: State<'_, Device>, business: Uuid, id: CommandId) -> Answer<()> {
    device.app().await?.dismiss(business, id).await
}

#[tauri::command]
async fn request_link(device: State<'_, Device>, business: Uuid, email: String) -> Answer<LinkSent> {
    device.app().await?.request_link(business, &email).await
}

#[tauri::command]
async fn sign_in_with_digits(device: State<'_, Device>, business: Uuid, digits: String) -> Answer<()> {
    device.app().await?.sign_in_with_digits(business, &digits).await
}

#[tauri::command]
async fn sign_in_with_code(device: State<'_, Device>, business: Uuid, attempt: Uuid, code: String) -> Answer<()> {
    device.app().await?.sign_in_with_code(business, attempt, &code).await
}

#[tauri::command]
async fn sign_in_with_password(
    device: State<'_, Device>,
    business: Uuid,
    email: String,
    password: String,
) -> Answer<()> {
    device.app().await?.sign_in_with_password(business, &email, &password).await
}

#[tauri::command]
async fn set_password(device: State<'_, Device>, business: Uuid, current: String, new: String) -> Answer<()> {
    device.app().await?.set_password(business, &current, &new).await
}

#[tauri::command]
async fn sign_out(device: State<'_, Device>, business: Uuid, lose_waiting: bool) -> Answer<()> {
    device.app().await?.sign_out(business, lose_waiting).await
}

#[tauri::command]
async fn sync_now(device: State<'_, Device>, business: Uuid) -> Answer<()> {
    device.app().await?.sync_now(business).await
}

/// The oldest link that no screen has asked for yet; asking takes it.
#[tauri::command]
fn pending_link(links: State<'_, Links>) -> Option<Link> {
    links.take()
}

/// A screen has painted the first answer: from now on the app can be used. Who measures the start reads it in the log.
#[tauri::command]
fn drawn(device: State<'_, Device>) {
    device.drawn();
}

#[tauri::command]
async fn reminders(device: State<'_, Device>) -> Answer<ReminderSettings> {
    Ok(device.app().await?.reminder_settings().await)
}

#[tauri::command]
async fn set_reminders(
    app: AppHandle,
    device: State<'_, Device>,
    bell: State<'_, Bell>,
    settings: ReminderSettings,
) -> Answer<()> {
    settings.check()?;
    // First what may fail: a tray that is not there is not remembered as wanted. One that is away at present keeps
    // nobody from other changes.
    #[cfg(desktop)]
    if settings.tray != device.app().await?.reminder_settings().await.tray {
        crate::tray::put(&app, settings.tray).await?;
    }
    #[cfg(mobile)]
    let _ = app;
    device.app().await?.set_reminder_settings(settings).await?;
    bell.ring();
    Ok(())
}

/// How reminding stands on this device. Looks anew, too: whoever asks may have changed something elsewhere.
#[tauri::command]
async fn reminding(app: AppHandle, device: State<'_, Device>, bell: State<'_, Bell>) -> Answer<Reminding> {
    bell.ring();
    #[cfg(desktop)]
    let stays = crate::tray::stays(&app).await;
    // A phone reminds also when the app has ended.
    #[cfg(mobile)]
    let (_, stays) = (app, true);
    Ok(Reminding { problem: bell.problem(), stays, events_ring: device.app().await?.events_ring().await? })
}

/// Whether the app starts at login; nothing where that is not for us to say.
#[tauri::command]
async fn at_login(app: AppHandle) -> Answer<Option<bool>> {
    #[cfg(desktop)]
    return crate::autostart::is_on(&app).map(Some);
    #[cfg(mobile)]
    {
        let _ = app;
        Ok(None)
    }
}

#[tauri::command]
async fn set_at_login(app: AppHandle, device: State<'_, Device>, on: bool) -> Answer<()> {
    #[cfg(desktop)]
    {
        crate::autostart::set(&app, on)?;
        device.app().await?.set_starts_at_login(on);
    }
    #[cfg(mobile)]
    let _ = (app, device, on);
    Ok(())
}

/// The version of this app that is here and only waits for a yes.
#[tauri::command]
fn update_ready(app: AppHandle) -> Option<String> {
    updater::ready(&app)
}

/// Puts it in place and starts it.
#[tauri::command(async)]
fn update_now(app: AppHandle) -> Answer<()> {
    updater::install(&app)
}
