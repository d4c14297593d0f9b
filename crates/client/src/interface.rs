//! What a screen asks of the app and is told by it. The browser's host answers with the same types.

use domain::{BookingId, CommandId, CustomerId, Refusal, Timestamp};
use portal::{Command, Outcome, Screen};
use protocol::Wallet;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A business the app is connected to (Z09).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
pub struct BusinessCard {
    /// Names it on this device.
    pub id: Uuid,
    /// Where its server is, for example `https://salon.example`.
    pub address: String,
    /// Its name, as of the last contact.
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
    pub wallets: Vec<Wallet>,
    /// Who is signed in.
    pub customer: Option<CustomerId>,
    /// How things stand with its server.
    pub connection: Connection,
    /// When everything was last known to be as the server has it.
    pub as_of: Option<Timestamp>,
    /// Whether the first sync has come through, so that an empty list means "none".
    pub ready: bool,
    /// How many commands wait for their verdict.
    pub waiting: u32,
    /// How many refusals the customer has not put away.
    pub refused: u32,
}

/// How things stand with a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "snake_case")]
pub enum Connection {
    /// It answers, and pokes arrive.
    Online,
    /// It is being asked.
    Connecting,
    /// It cannot be reached. The app goes on trying.
    Offline,
    /// It answers, and this device cannot keep what it says: there is no room, or its file fails. The app goes on trying.
    Storage,
    /// The session has ended: sign in again. What waits is kept.
    SessionEnded,
    /// The session's token cannot be read at present: the system's keychain is locked, or not there yet. Nothing has
    /// ended; the app goes on trying.
    Locked,
    /// This program is too old for the server.
    TooOld,
}

/// What a start shows: one question in place of three, one after the other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
pub struct Opening {
    /// The businesses on this device, in the order in which they were connected.
    pub businesses: Vec<BusinessCard>,
    /// The one that was chosen last.
    pub current: Option<Uuid>,
    /// What is to come there, the first page, or in the first business where none was chosen. Nothing where nobody is
    /// signed in, or where this device cannot say yet.
    pub agenda: Option<Reply>,
}

/// An answer to a view.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Reply {
    /// What to show.
    Screen {
        /// The screen.
        screen: Screen,
    },
    /// The rules say no.
    Refused {
        /// Why.
        refusal: Refusal,
    },
}

/// What became of a command just given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Receipt {
    /// It is kept, shows as waiting, and will be sent.
    Waiting {
        /// Names it.
        command: CommandId,
    },
    /// The server said yes (browser only: there nothing waits).
    Accepted {
        /// What it brought about.
        outcome: Outcome,
    },
    /// The rules say no, as far as this device knows. Nothing was kept or sent.
    Refused {
        /// Why, and what to do next.
        refusal: Refusal,
    },
}

/// A command that has no verdict yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
pub struct Waiting {
    /// Names it.
    pub id: CommandId,
    /// What was asked for.
    pub command: Command,
    /// When.
    pub given: Timestamp,
    /// Whether it may have reached the server already.
    pub sent: bool,
    /// Why the server will probably say no, as far as this device knows now.
    pub doubt: Option<Refusal>,
    /// A short name of what it is about, for example the service's.
    pub about: String,
}

/// A refusal that the customer has not put away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
pub struct Notice {
    /// The command's id.
    pub id: CommandId,
    /// What was asked for; pick an alternative by giving it again with another time and a new id.
    pub command: Command,
    /// Why not, and what to do next.
    pub refusal: Refusal,
    /// When the verdict came.
    pub at: Timestamp,
    /// A short name of what it is about.
    pub about: String,
}

/// Something a screen may want to know. A screen asks again for what it shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// What views answer may have changed.
    Changed {
        /// Of which business.
        business: Uuid,
    },
    /// A business's card changed: connection, counts, name.
    Card {
        /// Which business.
        business: Uuid,
    },
    /// A command got its verdict. Of one that was taken back and did not happen, nobody is told.
    Verdict {
        /// Of which business.
        business: Uuid,
        /// Which command.
        command: CommandId,
        /// Whether it took effect; if not, there is a notice.
        accepted: bool,
    },
    /// The customer moved an event in their own calendar, or a question about one was settled (Z06).
    Calendar {
        /// Of which business.
        business: Uuid,
    },
    /// Reminders can be shown again, or no more; or the events in the customer's own calendar ring, or no more.
    Reminding,
    /// A link has come; ask for it.
    Link,
}

/// What a link wants. The grammar of both its forms is in the module `link`. Nothing in it is believed: it says where
/// to go, and a screen asks before anything is done there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[serde(tag = "link", rename_all = "snake_case")]
pub enum Link {
    /// Get to know a business. The screen asks before anything is sent there.
    Connect {
        /// Its server.
        server: String,
    },
    /// Finish signing in.
    SignIn {
        /// The server that sent the mail.
        server: String,
        /// The attempt.
        attempt: Uuid,
        /// Works once, with this device's verifier.
        code: String,
    },
    /// Show a booking.
    Booking {
        /// Whose business it is at.
        server: String,
        /// Which.
        booking: BookingId,
    },
    /// What somebody shares with a guest.
    Guest {
        /// Whose business it is at.
        server: String,
        /// Opens what is shared, for whoever has it.
        token: String,
    },
    /// A gift card.
    GiftCard {
        /// Who sold it.
        server: String,
        /// What stands on it; worth money, so nobody writes it down on the way.
        code: String,
    },
    /// Check in, with what was scanned at the door.
    CheckIn {
        /// Whose door.
        server: String,
        /// Carried as it is; what it says is read elsewhere.
        token: String,
    },
    /// Back from paying.
    Payment {
        /// Who was paid.
        server: String,
        /// Which payment.
        payment: Uuid,
    },
    /// A link that this app does not understand; it says so kindly.
    Unknown,
}

/// Why the app could not do something. Never a sentence: the screen makes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, thiserror::Error)]
#[serde(tag = "code", content = "facts", rename_all = "snake_case")]
pub enum Trouble {
    /// The server cannot be reached.
    #[error("offline")]
    Offline,
    /// The address is not one of a server.
    #[error("bad address")]
    BadAddress,
    /// Something answers there, but not a Datebook server.
    #[error("not a datebook server")]
    NotDatebook,
    /// Plain HTTP is only for this machine itself.
    #[error("not encrypted")]
    NotEncrypted,
    /// Address, password, digits or link do not open anything.
    #[error("wrong credentials")]
    WrongCredentials,
    /// Sign in first.
    #[error("not signed in")]
    NotSignedIn,
    /// Too many attempts; wait so many seconds.
    #[error("too many attempts")]
    TooManyAttempts {
        /// Seconds.
        #[ts(type = "number")]
        wait: u64,
    },
    /// The link was asked for on another device, or long ago.
    #[error("no such attempt here")]
    NoAttempt,
    /// No such business on this device.
    #[error("no such business")]
    NoBusiness,
    /// It was sent already, or has its verdict.
    #[error("too late to withdraw")]
    TooLate,
    /// Commands still wait; signing out would lose them.
    #[error("{waiting} commands wait")]
    StillWaiting {
        /// How many.
        waiting: u32,
    },
    /// The text is not acceptable, for example a password that is too short.
    #[error("not acceptable")]
    NotAcceptable,
    /// This device's storage failed.
    #[error("storage failed: {detail}")]
    Storage {
        /// For a developer's eyes.
        detail: String,
    },
    /// The session's token cannot be read at present: the system's keychain is locked.
    #[error("the vault stays shut")]
    Locked,
    /// The server broke.
    #[error("the server failed")]
    Server,
}
