//! Android: the calendar program's own page for a new event, filled in. Its owner saves it there, so no leave is needed
//! to read or write their calendar, and none is asked for.

use client::own_calendar::Entry;
use jni::{
    JNIEnv,
    errors::Result,
    objects::{JObject, JValue},
};
use tauri::{AppHandle, Manager};

/// Opens the page. Whether there is a calendar program the system says itself.
pub(super) fn offer(app: &AppHandle, entry: &Entry) -> std::result::Result<(), String> {
    let window = app.webview_windows().into_values().next().ok_or("there is no window")?;
    let entry = entry.clone();
    let offered = window.with_webview(move |webview| {
        webview.jni_handle().exec(move |env, activity, _| {
            if let Err(error) = insert(env, activity, &entry) {
                // An exception that stays would end the app at its next call.
                let _ = env.exception_clear();
                tracing::warn!(%error, "the calendar did not open");
            }
        });
    });
    offered.map_err(|error| error.to_string())
}

/// `Intent(ACTION_INSERT, Events.CONTENT_URI)` with the names of `CalendarContract.EXTRA_EVENT_*` and `EventsColumns`.
fn insert(env: &mut JNIEnv<'_>, activity: &JObject<'_>, entry: &Entry) -> Result<()> {
    let uri = env.new_string("content://com.android.calendar/events")?;
    let uri = env
        .call_static_method("android/net/Uri", "parse", "(Ljava/lang/String;)Landroid/net/Uri;", &[(&uri).into()])?
        .l()?;
    let action = env.new_string("android.intent.action.INSERT")?;
    let types = "(Ljava/lang/String;Landroid/net/Uri;)V";
    let intent = env.new_object("android/content/Intent", types, &[(&action).into(), (&uri).into()])?;
    for (key, value) in [("title", &entry.title), ("eventLocation", &entry.place), ("description", &entry.notes)] {
        let (key, value) = (env.new_string(key)?, env.new_string(value)?);
        let types = "(Ljava/lang/String;Ljava/lang/String;)Landroid/content/Intent;";
        env.call_method(&intent, "putExtra", types, &[(&key).into(), (&value).into()])?;
    }
    for (key, at) in [("beginTime", entry.span.from), ("endTime", entry.span.to)] {
        let key = env.new_string(key)?;
        let types = "(Ljava/lang/String;J)Landroid/content/Intent;";
        env.call_method(&intent, "putExtra", types, &[(&key).into(), JValue::Long(at.as_millisecond())])?;
    }
    env.call_method(activity, "startActivity", "(Landroid/content/Intent;)V", &[(&intent).into()])?;
    Ok(())
}
