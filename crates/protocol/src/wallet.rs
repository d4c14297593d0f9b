//! Passes for the wallets of phones.

use portal::PassOf;
use serde::{Deserialize, Serialize};

/// A wallet of a phone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Wallet {
    /// Apple Wallet.
    Apple,
    /// Google Wallet.
    Google,
}

/// Asks for a pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
pub struct AddPass {
    /// For which wallet; one of those that [`Hello::wallets`](crate::Hello::wallets) names.
    pub wallet: Wallet,
    /// What it shows.
    pub of: PassOf,
}

/// Where a wallet takes a pass from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
pub struct PassLink {
    /// To be opened at once: it works for some minutes, for whoever has it.
    pub url: String,
}
