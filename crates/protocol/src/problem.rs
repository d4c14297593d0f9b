//! Errors on the wire (RFC 9457, with a stable code).

use domain::Refusal;
use serde::{Deserialize, Serialize};

/// What went wrong. Content type `application/problem+json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
pub struct Problem {
    /// The stable code.
    pub code: Code,
    /// For a developer's eyes; never shown to customers.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[ts(optional, as = "Option<_>")]
    pub detail: String,
    /// The rules' answer, when `code` is `refused`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub refusal: Option<Refusal>,
}

/// Why a request got no answer. HTTP status in parentheses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// The body is not what it should be (400).
    BadRequest,
    /// No session, or one that has ended (401).
    NotSignedIn,
    /// The email address, password, code or link does not open anything, or not any more (403).
    WrongCredentials,
    /// The request comes from another site's page (403).
    CrossSite,
    /// There is nothing at this address (404).
    NotFound,
    /// This address takes another method (405).
    MethodNotAllowed,
    /// A device's command numbers do not follow on each other (409).
    OutOfOrder,
    /// This device's id belongs to another customer (409). Nothing was spent: make a new id and ask again.
    DeviceTaken,
    /// The body is larger than the server takes (413).
    TooLarge,
    /// The body is not JSON (415).
    WrongContentType,
    /// The rules say no (422); see `refusal`.
    Refused,
    /// Too many attempts; come back after `Retry-After` (429).
    TooManyAttempts,
    /// The server broke; trying again may help (500).
    ServerError,
    /// The server has too much to do; come back after `Retry-After` (503).
    Busy,
}
