//! Who is there on the session bus. Nobody is started by asking.

use std::{sync::Arc, time::Duration};

use futures_util::StreamExt as _;
use tokio::sync::Notify;
use zbus::{
    MatchRule, MessageStream,
    blocking::{Connection, connection, fdo::DBusProxy, proxy},
    message::Type,
    proxy::CacheProperties,
};

/// How long somebody may take to answer; the window waits for it.
const PATIENCE: Duration = Duration::from_secs(1);
const BUS: &str = "org.freedesktop.DBus";
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

/// Notifies whenever [`shows_icons`] may have another answer, as long as the bus is there.
pub(crate) async fn hear_of_icons(changed: Arc<Notify>) {
    match news_of_icons().await {
        Ok(mut news) => {
            while news.next().await.is_some() {
                changed.notify_one();
            }
        }
        Err(error) => tracing::debug!(%error, "nobody will say when the tray goes"),
    }
}

/// What is said when a watcher comes or goes, or the first or last of those who show what it watches. A line of its own,
/// on which nothing else is said.
async fn news_of_icons() -> zbus::Result<MessageStream> {
    let bus = zbus::connection::Builder::session()?.method_timeout(PATIENCE).build().await?;
    let names = zbus::fdo::DBusProxy::new(&bus).await?;
    let signal = || MatchRule::builder().msg_type(Type::Signal);
    let owner = signal().sender(BUS)?.interface(BUS)?.member("NameOwnerChanged")?.add_arg(WATCHER)?;
    names.add_match_rule(owner.build()).await?;
    for member in ["StatusNotifierHostRegistered", "StatusNotifierHostUnregistered"] {
        names.add_match_rule(signal().interface(WATCHER)?.member(member)?.build()).await?;
    }
    Ok(bus.into())
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
