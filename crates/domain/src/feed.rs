//! The customer's calendar feed (Y12): appointments that a calendar program reads by itself.

use std::{fmt, str::FromStr};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What opens a feed: 256 random bits, base64url without padding, 43 characters. Whoever has it can read the feed.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
#[serde(try_from = "String", into = "String")]
#[ts(as = "String")]
#[schema(value_type = String, pattern = "^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$")]
pub struct FeedSecret(String);

/// The text is not a secret of a feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not the secret of a feed: 32 bytes in base64url without padding")]
pub struct NotASecret;

impl FeedSecret {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// It must not get into a log by accident.
impl fmt::Debug for FeedSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FeedSecret(…)")
    }
}

impl FromStr for FeedSecret {
    type Err = NotASecret;
    fn from_str(text: &str) -> Result<Self, NotASecret> {
        text.to_owned().try_into()
    }
}

impl TryFrom<String> for FeedSecret {
    type Error = NotASecret;
    fn try_from(text: String) -> Result<Self, NotASecret> {
        let fits = text.len() == 43 && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
        // 43 characters hold 258 bits; the last two are not there (RFC 4648, section 3.5).
        let whole = text.bytes().next_back().is_some_and(|last| b"AEIMQUYcgkosw048".contains(&last));
        if fits && whole { Ok(Self(text)) } else { Err(NotASecret) }
    }
}

impl From<FeedSecret> for String {
    fn from(secret: FeedSecret) -> Self {
        secret.0
    }
}

/// A customer's feed. There is none until the customer turns it on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Feed {
    /// What opens it. It is kept as it is, so that the customer finds the link again on each of their devices.
    pub secret: FeedSecret,
    /// Since when this secret opens it.
    pub since: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_32_bytes_in_one_form() {
        let good = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        assert_eq!(good.parse::<FeedSecret>().map(String::from).as_deref(), Ok(good), "RFC 7636, appendix B");
        let long = format!("{good}A");
        for (bad, why) in [
            ("", "nothing opens nothing"),
            (&good[1..], "too short"),
            (&long, "too long"),
            ("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXl", "bits beyond the 256th: a second form of the same"),
            ("dBjftJeZ4CVP+mB92K27uhbUJU1p1r/wW1gFWFOEjXk", "not for URLs"),
            ("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjé", "not ASCII"),
        ] {
            assert_eq!(bad.parse::<FeedSecret>(), Err(NotASecret), "{bad:?}: {why}");
        }
        let shown = format!("{:?}", good.parse::<FeedSecret>().unwrap());
        assert!(!shown.contains(good), "a log does not open anything");
    }
}
