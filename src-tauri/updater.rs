//! Updates that an operator offers for the app they hand out: looked for at the start and once a day, fetched and checked
//! in the background, put in place when the customer says so.
//!
//! **Invariant:** a build that was told no key and no address (`plugins.updater` of the configuration, see
//! `scripts/package`) asks nobody, and one without the feature `updater` has no such part at all.
//! **Invariant:** only what the operator's key has signed is kept, and the signature counts for the version that was
//! announced with it: an old package cannot be passed off as a new one.
//!
//! A package of the system's own kind (`.deb`, `.rpm`) is better updated by the system; phones have their stores.

use std::path::Path;

use client::Trouble;
use tauri::AppHandle;

#[cfg(all(desktop, feature = "updater"))]
mod offered;

/// Begins to look, if the operator has said where.
pub(crate) fn begin(app: &AppHandle) {
    #[cfg(all(desktop, feature = "updater"))]
    offered::begin(app);
    #[cfg(not(all(desktop, feature = "updater")))]
    let _ = app;
}

/// Whether this start is the one into a version that [`install`] has put in place: then its arguments are of the start
/// before. The app's folder says so once.
pub(crate) fn restarted(folder: Option<&Path>) -> bool {
    #[cfg(all(desktop, feature = "updater"))]
    return folder.is_some_and(offered::restarted);
    #[cfg(not(all(desktop, feature = "updater")))]
    {
        let _ = folder;
        false
    }
}

/// The version that is here and only waits for a yes.
pub(crate) fn ready(app: &AppHandle) -> Option<String> {
    #[cfg(all(desktop, feature = "updater"))]
    return offered::ready(app);
    #[cfg(not(all(desktop, feature = "updater")))]
    {
        let _ = app;
        None
    }
}

/// Puts the waiting version in place and starts it. Nothing happens if none waits.
///
/// # Errors
/// [`Trouble::Storage`] when it cannot be written where the app lies; the app that runs stays as it is.
pub(crate) fn install(app: &AppHandle) -> Result<(), Trouble> {
    #[cfg(all(desktop, feature = "updater"))]
    return offered::install(app);
    #[cfg(not(all(desktop, feature = "updater")))]
    {
        let _ = app;
        Ok(())
    }
}
