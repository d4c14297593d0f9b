//! What a person can ask for. A command is data with an id; it means the same on the device and on the server.
//!
//! **Invariant:** the text after `@` is the command's version. A change that old programs would misread gets a new
//! version beside the old one, and the old one stays readable. A field that this program does not know makes a command
//! one that it does not know: what somebody asks for is done as a whole or refused (`docs/adr/0024-newer-documents.md`).

use domain::{BookingId, FeedSecret, PlaceId, ServiceId, StaffId, Timestamp, VariantId};
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
    /// "I'm coming" (Y07).
    #[serde(rename = "confirm_attendance@1")]
    ConfirmAttendance(ConfirmAttendance),
    /// "I'm late".
    #[serde(rename = "running_late@1")]
    RunningLate(RunningLate),
    /// "I'm here" (Y10).
    #[serde(rename = "check_in@1")]
    CheckIn(CheckIn),
    /// The customer's name and telephone number.
    #[serde(rename = "update_profile@1")]
    UpdateProfile(UpdateProfile),
    /// A calendar feed where there is none (Y12).
    #[serde(rename = "turn_feed_on@1")]
    TurnFeedOn(TurnFeedOn),
    /// Another link for the calendar feed; the former one opens nothing any more.
    #[serde(rename = "renew_feed@1")]
    RenewFeed(RenewFeed),
    /// The end of the calendar feed.
    #[serde(rename = "turn_feed_off@1")]
    TurnFeedOff,
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

/// "I'm coming" (Y07): said once for a time, with one tap.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConfirmAttendance {
    /// To which.
    pub booking: BookingId,
}

/// "I'm late". The booking stays as it is; the counter sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RunningLate {
    /// For which.
    pub booking: BookingId,
    /// By how many minutes, 5 to 60; the last word counts.
    pub minutes: u16,
}

/// "I'm here", said inside the window around the start (Y10).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CheckIn {
    /// To which.
    pub booking: BookingId,
    /// The place whose code at the door was scanned; nothing when a button was pressed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub place: Option<PlaceId>,
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

/// A calendar feed where there is none (Y12). Whoever asks makes the secret, so that it works without a network.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TurnFeedOn {
    /// What opens it: random, never used before.
    pub secret: FeedSecret,
}

/// Another link for the calendar feed (Y12).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RenewFeed {
    /// What opens it from now on: random, never used before.
    pub secret: FeedSecret,
}
