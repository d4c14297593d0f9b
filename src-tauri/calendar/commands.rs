//! What the screens may ask about the customer's own calendar.

use client::{BookingId, Civil, Clash, MovedEvent, OwnCalendarCard, Trouble, own_calendar::HandedOver};
use tauri::{AppHandle, State};
use uuid::Uuid;

use crate::device::Device;

type Answer<T> = Result<T, Trouble>;

#[tauri::command]
pub(crate) async fn own_calendar(device: State<'_, Device>) -> Answer<OwnCalendarCard> {
    device.app().await?.own_calendar().await
}

#[tauri::command]
pub(crate) async fn keep_in_calendar(device: State<'_, Device>, on: bool) -> Answer<OwnCalendarCard> {
    device.app().await?.keep_in_calendar(on).await
}

/// Whoever comes back to the app may have been in their calendar.
#[tauri::command]
pub(crate) async fn look_at_calendar(device: State<'_, Device>) -> Answer<()> {
    device.app().await?.look_at_calendar();
    Ok(())
}

#[tauri::command]
pub(crate) async fn moved_events(device: State<'_, Device>, business: Uuid) -> Answer<Vec<MovedEvent>> {
    device.app().await?.moved_events(business).await
}

#[tauri::command]
pub(crate) async fn put_event_back(device: State<'_, Device>, business: Uuid, booking: BookingId) -> Answer<()> {
    device.app().await?.put_event_back(business, booking).await
}

#[tauri::command]
pub(crate) async fn clashes(
    device: State<'_, Device>,
    from: Civil,
    to: Civil,
    moving: Option<BookingId>,
) -> Answer<Vec<Clash>> {
    device.app().await?.clashes(from, to, moving).await
}

/// Hands one appointment to the program that its owner has for appointments (E17).
#[tauri::command]
pub(crate) async fn add_to_calendar(
    app: AppHandle,
    device: State<'_, Device>,
    business: Uuid,
    booking: BookingId,
) -> Answer<HandedOver> {
    let entry = device.app().await?.calendar_entry(business, booking).await?;
    let folder = device.folder().ok_or(Trouble::Server)?;
    let folder = folder.to_owned();
    // A phone may ask its owner first, and wait for the answer.
    let handed = tauri::async_runtime::spawn_blocking(move || super::hand_over(&app, &folder, &entry)).await;
    handed.map_err(|error| Trouble::Storage { detail: error.to_string() })?
}
