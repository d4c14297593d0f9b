//! What a person can ask for. A command is data with an id; it means the same on the device and on the server.
//!
//! **Invariant:** the text after `@` is the command's version. A change that old programs would misread gets a new
//! version beside the old one, and the old one stays readable.

use domain::{BookingId, PlaceId, ServiceId, StaffId, Timestamp, VariantId};
use serde::{Deserialize, Serialize};

/// What a person asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
#[serde(tag = "type")]
pub enum Command {
    /// A new appointment.
    #[serde(rename = "book@1")]
    Book(Book),
    /// An appointment's new time.
    #[serde(rename = "reschedule@1")]
    Reschedule(Reschedule),
    /// The end of an appointment.
    #[serde(rename = "cancel@1")]
    Cancel(Cancel),
    /// The customer's name and telephone number.
    #[serde(rename = "update_profile@1")]
    UpdateProfile(UpdateProfile),
    /// Nothing: stands in the place of a command that was withdrawn after it may have been sent.
    #[serde(rename = "withdrawn@1")]
    Withdrawn,
}

/// A new appointment (C01–C06).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Book {
    /// The id it will have. Made by whoever asks, so that later commands can name the booking before anybody said yes.
    pub booking: BookingId,
    /// What.
    pub service: ServiceId,
    /// In which length or kind.
    pub variant: VariantId,
    /// Where.
    pub place: PlaceId,
    /// With whom; nothing for whoever is free (C03).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub staff: Option<StaffId>,
    /// When.
    pub start: Timestamp,
    /// For how many people.
    #[serde(default = "one")]
    pub party: u16,
    /// Words to the business, at most 500 characters.
    #[serde(default)]
    pub note: String,
}

fn one() -> u16 {
    1
}

/// An appointment's new time. Person, variant, place and answers stay (F08–F11).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Reschedule {
    /// Which.
    pub booking: BookingId,
    /// The new start.
    pub start: Timestamp,
}

/// The end of an appointment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Cancel {
    /// Which.
    pub booking: BookingId,
    /// Why, in the customer's words, at most 500 characters; may be empty.
    #[serde(default)]
    pub reason: String,
}

/// Who the customer is (N01, N04). The email address is what signs in and changes elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateProfile {
    /// 1 to 100 characters.
    pub name: String,
    /// At most 40 characters; may be empty.
    #[serde(default)]
    pub phone: String,
}
