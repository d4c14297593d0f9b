//! What a device learns of a server before it trusts it with anything.

use serde::{Deserialize, Serialize};

use crate::Wallet;

/// Who answers here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
pub struct Hello {
    /// Always `datebook`; anything else is not a Datebook server.
    pub app: String,
    /// The program's version.
    pub version: String,
    /// The release of the time zone database the server decides with.
    pub zones: String,
    /// The business's name.
    pub name: String,
    /// One line under it; may be empty.
    pub tagline: String,
    /// A `data:` URL, or empty.
    pub logo: String,
    /// `#rrggbb`.
    pub colour: String,
    /// The customer that a demonstration offers to sign in as. There only in a demonstration; then everybody can read
    /// its mails at `/mailbox`.
    pub demo_email: Option<String>,
    /// The wallets that there are passes for.
    #[serde(default)]
    pub wallets: Vec<Wallet>,
}
