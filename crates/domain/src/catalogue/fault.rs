//! What can be wrong with a catalogue.

use std::fmt;

use serde::Serialize;

use crate::Currency;

/// One thing that is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// Where in the document, counted from 0, for example `services[3].variants[0].minutes`.
    pub path: String,
    /// What.
    #[serde(flatten)]
    pub kind: FaultKind,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.kind)
    }
}

impl std::error::Error for Fault {}

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(tag = "code", content = "facts", rename_all = "snake_case")]
pub enum FaultKind {
    /// An id or kind that nothing in the catalogue has.
    #[error("nothing is called {name:?}")]
    Unknown {
        /// As written.
        name: String,
    },
    /// The second thing of a kind with the same id.
    #[error("{id:?} is in use already")]
    Duplicate {
        /// As written.
        id: String,
    },
    /// A field that nothing has: misspelt, or of a newer program.
    #[error("is not known here")]
    UnknownField,
    /// Something must stand here.
    #[error("must not be empty")]
    Empty,
    /// A text with too many characters.
    #[error("has {length} characters, at most {most} are possible")]
    TooLong {
        /// Characters it has.
        length: usize,
        /// Characters it may have.
        most: usize,
    },
    /// A text of one line with a line break, a tab or another control character. Names go into the headers of mails.
    #[error("must be a single line without control characters")]
    ControlCharacter,
    /// A number that is too small or too large.
    #[error("is {value}, but must be {least} to {most}")]
    OutOfRange {
        /// As written.
        value: i64,
        /// Smallest possible.
        least: i64,
        /// Largest possible.
        most: i64,
    },
    /// A price in another currency than the business's.
    #[error("is in {found}, but the business's currency is {expected}")]
    OtherCurrency {
        /// As written.
        found: Currency,
        /// The business's.
        expected: Currency,
    },
    /// Not `#rrggbb`.
    #[error("is not a colour of the form #rrggbb")]
    NotAColour,
    /// Not a `data:` URL of an SVG, PNG or WebP image.
    #[error("is not a data: URL of an SVG, PNG or WebP image")]
    NotAnImage,
    /// An image that every customer would load, and that is too large for it.
    #[error("has {bytes} bytes, at most {most} are possible")]
    ImageTooLarge {
        /// Bytes the URL has.
        bytes: usize,
        /// Bytes it may have.
        most: usize,
    },
    /// Not an address that mail can be sent to.
    #[error("is not an email address")]
    NotAnEmail,
    /// The last day comes before the first.
    #[error("ends before it begins")]
    Backwards,
    /// Hours are worked on a date, but not said where.
    #[error("has hours but no place")]
    NoPlace,
}
