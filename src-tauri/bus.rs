//! Who is there on the session bus. Nobody is started by asking.

use std::time::Duration;

use zbus::{
    blocking::{Connection, connection, fdo::DBusProxy, proxy},
    proxy::CacheProperties,
};

/// How long somebody may take to answer; the window waits for it.
const PATIENCE: Duration = Duration::from_secs(1);
const WATCHER: &str = "org.kde.StatusNotifierWatcher";
const NOTIFICATIONS: &str = "org.freedesktop.Notifications";

/// Whether somebody shows the icons of programs (StatusNotifierItem, "StatusNotifierWatcher"). That an icon could be
/// made says nothing: it is made also where nobody shows it.
pub(crate) fn shows_icons() -> bool {
    let ask = || -> zbus::Result<bool> {
        let bus = open()?;
        if !DBusProxy::new(&bus)?.name_has_owner(WATCHER.try_into()?)? {
            return Ok(false);
        }
        let watcher: proxy::Proxy<'_> = proxy::Builder::new(&bus)
            .destination(WATCHER)?
            .path("/StatusNotifierWatcher")?
            .interface(WATCHER)?
            .cache_properties(CacheProperties::No)
            .build()?;
        watcher.get_property("IsStatusNotifierHostRegistered")
    };
    ask().unwrap_or_else(|error| {
        tracing::debug!(%error, "nobody says whether there is a tray");
        false
    })
}

/// Whether somebody shows notifications, or would be started to.
pub(crate) fn shows_notifications() -> bool {
    let ask = || -> zbus::Result<bool> {
        let bus = open()?;
        let names = DBusProxy::new(&bus)?;
        Ok(names.name_has_owner(NOTIFICATIONS.try_into()?)?
            || names.list_activatable_names()?.iter().any(|name| name.as_str() == NOTIFICATIONS))
    };
    ask().unwrap_or_else(|error| {
        tracing::debug!(%error, "nobody says whether there are notifications");
        false
    })
}

fn open() -> zbus::Result<Connection> {
    connection::Builder::session()?.method_timeout(PATIENCE).build()
}
