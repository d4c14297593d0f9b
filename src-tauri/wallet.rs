//! Hands a pass to whatever the system opens such addresses with: a phone's wallet, or the browser.

use client::{PassOf, Trouble, Wallet};
use tauri::{AppHandle, State};
use tauri_plugin_opener::OpenerExt;
use uuid::Uuid;

use crate::device::Device;

/// Has the server make a pass, and opens where the wallet takes it.
#[tauri::command]
pub(crate) async fn add_to_wallet(
    app: AppHandle,
    device: State<'_, Device>,
    business: Uuid,
    wallet: Wallet,
    of: PassOf,
) -> Result<(), Trouble> {
    let link = device.app().await?.pass_link(business, wallet, of).await?;
    app.opener().open_url(link, None::<&str>).map_err(|error| {
        // The address opens the pass for whoever has it: only why it was not opened is written down.
        tracing::warn!(%error, "nothing on this system opens a pass's address");
        Trouble::Server
    })
}
