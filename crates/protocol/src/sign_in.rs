//! Signing in: by a link in a mail, by the six digits beside it, or by password.
//!
//! **Invariant:** a link opens nothing on a device that did not ask for it. Who asks keeps a secret (PKCE, RFC 7636) and
//! must show it to turn the link's code, or the six digits, into a session.
//!
//! 1. The device makes a random `verifier` and sends its SHA-256 as `challenge` with the address: [`LinkRequest`].
//! 2. The mail's link opens a page with a button; only the button sends [`OpenLink`], and the answer's code goes to the
//!    app by `datebook://sign-in` or stays in the browser.
//! 3. The device sends [`TokenRequest`] with its verifier and the code or the digits.

use domain::{CustomerId, DeviceId, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Asks for a mail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
pub struct LinkRequest {
    /// Where to.
    #[schema(max_length = 254)]
    pub email: String,
    /// SHA-256 of the verifier, base64url without padding: 43 characters (RFC 7636, section 4.2).
    #[schema(min_length = 43, max_length = 43)]
    pub challenge: String,
    /// Whether the asker is the app, so that the link's page hands over to it.
    #[serde(default)]
    pub app: bool,
}

/// The answer is the same whether the address is known or not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
pub struct LinkSent {
    /// Names this attempt.
    pub attempt: Uuid,
    /// When link and digits stop working.
    pub expires: Timestamp,
}

/// The button on the link's page was pressed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
pub struct OpenLink {
    /// From the link.
    pub token: String,
}

/// What the link's page hands to whoever asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
pub struct LinkOpened {
    /// Names the attempt.
    pub attempt: Uuid,
    /// Works once, and only with the verifier.
    pub code: String,
    /// Whether the app asked; then the page opens `datebook://sign-in?…`.
    pub app: bool,
}

/// Asks for a session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
pub struct TokenRequest {
    /// The attempt.
    pub attempt: Uuid,
    /// The secret behind the challenge: 43 to 128 characters (RFC 7636, section 4.1).
    #[schema(min_length = 43, max_length = 128)]
    pub verifier: String,
    /// What the mail said.
    pub proof: Proof,
    /// The installation that asks; it keeps this id for as long as the same customer uses it.
    pub device: DeviceId,
    /// Whether the session is for a browser: then the token comes as a cookie only.
    #[serde(default)]
    pub browser: bool,
}

/// What a mail said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Proof {
    /// The code that came from the link's page.
    Code(String),
    /// The six digits, typed (Y18).
    Digits(String),
}

/// Signs in by password (A08).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
pub struct PasswordRequest {
    /// The address.
    #[schema(max_length = 254)]
    pub email: String,
    /// 1 to 200 characters.
    #[schema(max_length = 200)]
    pub password: String,
    /// As in [`TokenRequest`].
    pub device: DeviceId,
    /// As in [`TokenRequest`].
    #[serde(default)]
    pub browser: bool,
}

/// A session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
pub struct SignedIn {
    /// Who.
    pub customer: CustomerId,
    /// Opaque; nothing when the answer set a cookie instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub token: Option<String>,
    /// The last command number the server has from this device; the next is one more.
    #[ts(type = "number")]
    pub last: u64,
}

/// Sets or changes the password of whoever is signed in (A14, A15).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
pub struct NewPassword {
    /// The present one; needed only when there is one, and not in the first 15 minutes after a mail signed in.
    #[serde(default)]
    pub current: String,
    /// 10 to 200 characters.
    #[schema(min_length = 10, max_length = 200)]
    pub new: String,
}
