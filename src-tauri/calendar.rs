//! The calendar of the operating system, behind the device's [`OwnCalendar`], and one appointment handed to whatever
//! program the owner has for it (E17, Z06, Z07).
//!
//! | system | kept by the app | handed over |
//! |---|---|---|
//! | Linux | Evolution Data Server over D-Bus, when the desktop has it | `.ics` file to the default program |
//! | macOS | EventKit | `.ics` file |
//! | iOS | EventKit | EventKit |
//! | Windows | a calendar of the app's own in the system's store | `.ics` file |
//! | Android | – | the calendar's own page for a new event |

#[cfg(target_os = "android")]
mod android;
#[cfg(target_vendor = "apple")]
mod apple;
pub(crate) mod commands;
#[cfg(not(any(target_os = "ios", target_os = "android")))]
mod file;
#[cfg(target_os = "linux")]
mod linux;
#[cfg(windows)]
mod windows;

use std::sync::Arc;

use client::{
    OwnCalendar, Trouble,
    own_calendar::{Entry, HandedOver},
};
use tauri::AppHandle;

/// The calendar that appointments can be kept in, if this device has one. Asks its owner nothing yet.
pub(crate) fn find() -> Option<Arc<dyn OwnCalendar>> {
    #[cfg(target_os = "linux")]
    return linux::Evolution::find().map(|calendar| Arc::new(calendar) as Arc<dyn OwnCalendar>);
    #[cfg(target_vendor = "apple")]
    return Some(Arc::new(apple::EventKit));
    #[cfg(windows)]
    return Some(Arc::new(windows::AppointmentStore));
    #[cfg(not(any(target_os = "linux", target_vendor = "apple", windows)))]
    None
}

/// Gives one appointment to the program that its owner has for appointments.
pub(crate) fn hand_over(app: &AppHandle, folder: &std::path::Path, entry: &Entry) -> Result<HandedOver, Trouble> {
    #[cfg(target_os = "android")]
    let handed = {
        let _ = folder;
        android::offer(app, entry).map(|()| HandedOver::Opened)
    };
    #[cfg(target_os = "ios")]
    let handed = {
        let _ = (app, folder);
        client::own_calendar::enter_once(&apple::EventKit, entry).map_err(|error| error.to_string())
    };
    #[cfg(not(any(target_os = "ios", target_os = "android")))]
    let handed = file::open(app, folder, entry).map(|()| HandedOver::Opened);
    handed.map_err(|detail| {
        tracing::warn!(%detail, "an appointment could not be handed over");
        Trouble::Storage { detail }
    })
}
