//! The code that a customer's device shows at the counter (Z08).
//!
//! **Invariant:** a code says nothing that is not in it signed, and is worth nothing after a few minutes: it names one
//! booking at one place, and whoever photographs it has it for that long only.
//!
//! Layout, numbers in network byte order; base64url without padding when it is text:
//!
//! | bytes | what |
//! |---|---|
//! | 1 | version, 1 |
//! | 8 | the business: the start of the SHA-256 of its address as the device knows it |
//! | 16 | the booking |
//! | 8 | the key: the start of the SHA-256 of its public half |
//! | 8 | when it was signed, in seconds since 1970 |
//! | 2 | for how many seconds it holds |
//! | 8 | random, so that two codes are never the same |
//! | 1 and as many as it says | the place |
//! | 64 | Ed25519 signature (RFC 8032) over [`CONTEXT`] and everything before |
//!
//! Signing and checking need keys and are elsewhere: here are bytes only.

use jiff::Timestamp;
use uuid::Uuid;

use crate::{BookingId, PlaceId};

/// What is signed begins with this, so that no signature made for something else passes for a check-in.
pub const CONTEXT: &[u8] = b"datebook check-in 1\n";

/// How long a code holds, in seconds.
pub const SECONDS: u16 = 120;

/// The longest that a code may say it holds; what claims more was not made by this app.
pub const MOST_SECONDS: u16 = 600;

/// How far a device's clock may be ahead of the counter's, in seconds.
pub const SKEW: i64 = 120;

/// Bytes of an Ed25519 signature.
pub const SIGNATURE: usize = 64;

const VERSION: u8 = 1;
const HEAD: usize = 1 + 8 + 16 + 8 + 8 + 2 + 8 + 1;

/// What a code says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// The start of the SHA-256 of the business's address.
    pub business: [u8; 8],
    /// Which booking.
    pub booking: BookingId,
    /// The start of the SHA-256 of the public key.
    pub key: [u8; 8],
    /// When it was signed; whole seconds.
    pub issued: Timestamp,
    /// For how many seconds it holds.
    pub seconds: u16,
    /// Random.
    pub nonce: [u8; 8],
    /// Where the booking is.
    pub place: PlaceId,
}

/// Why bytes are not a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// They are not what [`Token::bytes`] and a signature make.
    #[error("not a check-in code")]
    Malformed,
    /// They are of another version.
    #[error("a check-in code of another version")]
    Version,
}

/// Why a code does not hold at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotNow {
    /// Its time is over.
    #[error("the code has expired")]
    Expired,
    /// It was signed in the future, or claims to hold longer than any code does.
    #[error("the code is not from now")]
    Future,
}

impl Token {
    /// What is signed, without [`CONTEXT`].
    pub fn bytes(&self) -> Vec<u8> {
        let place = self.place.as_str().as_bytes();
        let mut bytes = Vec::with_capacity(HEAD + place.len() + SIGNATURE);
        bytes.push(VERSION);
        bytes.extend(self.business);
        bytes.extend(self.booking.0.as_bytes());
        bytes.extend(self.key);
        bytes.extend(self.issued.as_second().to_be_bytes());
        bytes.extend(self.seconds.to_be_bytes());
        bytes.extend(self.nonce);
        // Names of places have at most 64 characters, all of them ASCII.
        bytes.push(u8::try_from(place.len()).unwrap_or(u8::MAX));
        bytes.extend(place);
        bytes
    }

    /// Reads a code and its signature. Nothing of it is true before the signature was checked.
    ///
    /// # Errors
    /// When they are not exactly what a device makes.
    pub fn read(bytes: &[u8]) -> Result<(Self, [u8; SIGNATURE]), TokenError> {
        let mut rest = Rest(bytes);
        let [version] = rest.take()?;
        if version != VERSION {
            return Err(TokenError::Version);
        }
        let token = Self {
            business: rest.take()?,
            booking: BookingId(Uuid::from_bytes(rest.take()?)),
            key: rest.take()?,
            issued: Timestamp::from_second(i64::from_be_bytes(rest.take()?)).map_err(|_| TokenError::Malformed)?,
            seconds: u16::from_be_bytes(rest.take()?),
            nonce: rest.take()?,
            place: {
                let [length] = rest.take()?;
                let name = rest.cut(usize::from(length))?;
                let name = std::str::from_utf8(name).map_err(|_| TokenError::Malformed)?;
                name.parse().map_err(|_| TokenError::Malformed)?
            },
        };
        let signature = rest.take()?;
        if rest.0.is_empty() { Ok((token, signature)) } else { Err(TokenError::Malformed) }
    }

    /// Whether it holds at a moment.
    ///
    /// # Errors
    /// When it does not, and in which direction.
    pub fn holds(&self, now: Timestamp) -> Result<(), NotNow> {
        let age = now.as_second() - self.issued.as_second();
        if age < -SKEW || self.seconds > MOST_SECONDS {
            return Err(NotNow::Future);
        }
        if age > i64::from(self.seconds) { Err(NotNow::Expired) } else { Ok(()) }
    }
}

struct Rest<'a>(&'a [u8]);

impl<'a> Rest<'a> {
    fn cut(&mut self, length: usize) -> Result<&'a [u8], TokenError> {
        let (head, tail) = self.0.split_at_checked(length).ok_or(TokenError::Malformed)?;
        self.0 = tail;
        Ok(head)
    }

    fn take<const N: usize>(&mut self) -> Result<[u8; N], TokenError> {
        self.cut(N)?.try_into().map_err(|_| TokenError::Malformed)
    }
}
