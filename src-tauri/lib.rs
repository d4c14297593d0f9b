//! The shell around the app: a window, the way between screens and device, deep links, the keychain. It holds no rules
//! and no SQL; what it does not pass on, it does not know.
//!
//! ```text
//! screens ──invoke──▶ commands ──▶ client::App ──events──▶ events ──emit "datebook"──▶ screens
//! datebook:// ──▶ links (kept until asked for)        client::Vault ◀── vault (keychain, or files)
//! ```

#[cfg(desktop)]
mod autostart;
#[cfg(target_os = "linux")]
mod bus;
mod calendar;
mod clock;
mod commands;
mod device;
mod events;
mod folder;
mod links;
#[cfg(desktop)]
mod quit;
mod reminders;
mod signals;
mod touch;
#[cfg(desktop)]
mod tray;
mod updater;
mod vault;
mod wallet;
#[cfg(windows)]
mod web_view;
mod window;

use std::{process::ExitCode, time::Duration};

use tauri::Manager;

/// How long syncing waits for the first screen. Some have nothing to wait for, and a hidden window draws none.
const FIRST: Duration = Duration::from_secs(2);

/// Where a phone's system comes in. Nobody there reads how it ended.
#[cfg(mobile)]
#[allow(missing_docs, unreachable_pub, reason = "of what the attribute writes")]
mod phone {
    #[tauri::mobile_entry_point]
    fn enter() {
        let _ = super::run();
    }
}

/// Runs the app until its window is closed.
pub fn run() -> ExitCode {
    start_log();
    // Two libraries bring a cryptography each; the program says which one counts. An error means it was said before.
    let _ = rustls::crypto::ring::default_provider().install_default();
    match shell().run(tauri::generate_context!()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            #[cfg(target_os = "linux")]
            quit::start_anew(&error);
            tracing::error!(%error, "the app could not start");
            ExitCode::FAILURE
        }
    }
}

fn start_log() {
    use std::io::{IsTerminal, stderr};
    use tracing_subscriber::EnvFilter;
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(stderr).with_ansi(stderr().is_terminal()).init();
}

fn shell() -> tauri::Builder<tauri::Wry> {
    let mut builder = tauri::Builder::default();
    #[cfg(desktop)]
    {
        // First of all plugins: a second start hands its link over before anything else of it runs.
        builder = builder
            .plugin(tauri_plugin_single_instance::init(|app, arguments, _| quit::started_again(app, arguments)))
            .plugin(window::memory())
            .plugin(quit::hand_over())
            .on_window_event(tray::heed);
    }
    #[cfg(any(windows, target_os = "macos"))]
    {
        builder = builder.plugin(autostart::plugin());
    }
    #[cfg(target_os = "macos")]
    {
        builder = builder.plugin(window::heed_dock());
    }
    #[cfg(mobile)]
    {
        builder = builder
            .plugin(tauri_plugin_notification::init())
            .plugin(tauri_plugin_haptics::init())
            .plugin(reminders::heed_return());
    }
    builder
        .plugin(tauri_plugin_deep_link::init())
        .plugin(tauri_plugin_opener::init())
        .manage(links::Links::default())
        .manage(reminders::Bell::default())
        .invoke_handler(commands::all())
        .setup(|app| {
            let app = app.handle();
            signals::obey(app);
            let device = device::Device::start(app);
            let folder = device.folder().map(ToOwned::to_owned);
            app.manage(device);
            // A restart into an update repeats the arguments of the first start; neither a session nor a link was it.
            let restarted = updater::restarted(folder.as_deref());
            let by_session = by_session() && !restarted;
            links::listen(app, restarted);
            links::claim(app);
            #[cfg(windows)]
            web_view::demand();
            // Who is started by the session may belong in the tray; that is known when the device is open.
            window::open(app, folder.as_deref(), !by_session)?;
            tracing::info!("the window is open");
            tauri::async_runtime::spawn(go_on(app.clone(), by_session));
            Ok(())
        })
}

/// Begins what waits for the device to be open: the icon in the tray if that is wanted, the window of an app that the
/// session has started and that has no icon to open it by, syncing, reminders, updates.
async fn go_on(handle: tauri::AppHandle, by_session: bool) {
    #[cfg(mobile)]
    let _ = by_session;
    let device = handle.state::<device::Device>();
    #[cfg(desktop)]
    {
        if let Ok(app) = device.app().await {
            put_icon_back(&handle, &app).await;
        }
        if by_session {
            if tray::stays(&handle).await {
                tracing::info!("the app waits in the tray");
            } else {
                window::to_front(&handle);
            }
        }
    }
    // Nobody sees the rest, and it wants the processor: what is looked at goes first.
    let _ = tokio::time::timeout(FIRST, device.first_screen()).await;
    updater::begin(&handle);
    if let Some(app) = device.opened().await {
        #[cfg(desktop)]
        {
            // It may have opened only now; an icon that is there is left alone.
            put_icon_back(&handle, &app).await;
            app.set_starts_at_login(autostart::will_start(&handle));
        }
        app.start().await;
        reminders::begin(&handle, app);
    }
}

/// Puts the icon into the tray where its owner wants it.
#[cfg(desktop)]
async fn put_icon_back(handle: &tauri::AppHandle, app: &client::App) {
    if app.reminder_settings().await.tray
        && let Err(trouble) = tray::put_back(handle).await
    {
        tracing::warn!(%trouble, "there is no icon in the tray");
    }
}

/// Whether nobody has started the app: the session has, by its arguments.
fn by_session() -> bool {
    #[cfg(desktop)]
    return autostart::by_session();
    #[cfg(mobile)]
    false
}
