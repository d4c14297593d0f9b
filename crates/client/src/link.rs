//! Links into the app. Anybody can make one, so nothing in them is believed and nothing happens by opening one.
//!
//! Each has two forms that mean the same. The app's own (`datebook://`) opens the app where it is installed. The HTTPS
//! one (`S` is the server's origin) is what stands in mails, on passes and on doors: it opens the app where the system
//! knows that the two belong together, and elsewhere the server's page, which offers both ways on.
//!
//! | What | The app's form: `datebook://` and | HTTPS form: `S` and |
//! |---|---|---|
//! | get to know a business | `connect?server=S` | `/open/connect` |
//! | finish signing in | `sign-in?server=S&attempt=UUID&code=CODE` | `/open/sign-in/UUID#code=CODE` |
//! | show a booking | `booking?server=S&booking=UUID` | `/open/booking/UUID` |
//! | what is shared with a guest | `guest?server=S&token=TOKEN` | `/open/guest#token=TOKEN` |
//! | a gift card | `gift-card?server=S&code=CODE` | `/open/gift-card#code=CODE` |
//! | check in | `check-in?server=S&token=TOKEN` | `/open/check-in#token=TOKEN` |
//! | back from paying | `payment?server=S&payment=UUID` | `/open/payment/UUID` |
//!
//! `S` is `https://`, a host and perhaps a port, or `http://` to this device itself. UUIDs are written in lower case with
//! hyphens. A CODE is base64url, at most 200 characters; a TOKEN may hold `.` and `~` as well, at most 1,000. In the
//! app's form, values are percent-encoded where they must be, and each is there exactly once.
//!
//! **Invariant:** both forms are read to the same [`Link`], and whatever is not exactly of the grammar is
//! [`Link::Unknown`]. The only thing not looked at is what follows `?` in the HTTPS form: mail programs and payment
//! providers add to it what they like, and nothing of ours is there.
//! **Invariant:** what works for whoever has it stands behind `#`, which no browser sends and no server writes down.
//!
//! A server makes the same forms (`crates/server/src/routes/links.rs`); the pairs in `tests/fuzz/links/corpus.json` hold
//! both sides to one grammar.

use std::collections::BTreeMap;

use domain::BookingId;
use url::{Url, form_urlencoded};
use uuid::Uuid;

use crate::{Link, address};

/// More than any link that is meant.
const LONGEST: usize = 4096;

/// Base64url or hexadecimal of a secret.
const LONGEST_CODE: usize = 200;

/// What a device signs at the counter has some 250 characters.
const LONGEST_TOKEN: usize = 1_000;

/// Reads a link in either form. Whatever is not exactly a link this app knows is [`Link::Unknown`].
pub fn open_link(text: &str) -> Link {
    read(text).unwrap_or(Link::Unknown)
}

fn read(text: &str) -> Option<Link> {
    if text.len() > LONGEST {
        return None;
    }
    let url = Url::parse(text).ok()?;
    if !url.username().is_empty() || url.password().is_some() {
        return None;
    }
    let (kind, values) = if url.scheme() == "datebook" { app_form(&url)? } else { web_form(&url)? };
    values.link(&kind)
}

/// `datebook://KIND?server=…&…`
fn app_form(url: &Url) -> Option<(String, Values)> {
    // Some systems put a slash after the host.
    let plain = matches!(url.path(), "" | "/") && url.port().is_none() && url.fragment().is_none();
    let values = Values::of(url.query().unwrap_or_default())?;
    plain.then(|| url.host_str().map(ToOwned::to_owned)).flatten().map(|kind| (kind, values))
}

/// `https://HOST/open/KIND[/UUID][#NAME=…]`
fn web_form(url: &Url) -> Option<(String, Values)> {
    let mut segments = url.path_segments()?;
    if segments.next()? != "open" {
        return None;
    }
    let kind = segments.next()?.to_owned();
    let mut values = Values::of(url.fragment().unwrap_or_default())?;
    let in_path = match kind.as_str() {
        "sign-in" => Some("attempt"),
        "booking" => Some("booking"),
        "payment" => Some("payment"),
        _ => None,
    };
    if let Some(name) = in_path {
        values.put(name, segments.next()?.to_owned())?;
    }
    if segments.next().is_some() {
        return None;
    }
    values.put("server", url.origin().ascii_serialization())?;
    Some((kind, values))
}

/// The named values of a link, each taken once.
struct Values(BTreeMap<String, String>);

impl Values {
    fn of(encoded: &str) -> Option<Self> {
        let mut values = Self(BTreeMap::new());
        for (name, value) in form_urlencoded::parse(encoded.as_bytes()) {
            values.put(&name, value.into_owned())?;
        }
        Some(values)
    }

    /// A name that comes twice could be read one way here and another way elsewhere.
    fn put(&mut self, name: &str, value: String) -> Option<()> {
        self.0.insert(name.to_owned(), value).is_none().then_some(())
    }

    fn link(mut self, kind: &str) -> Option<Link> {
        let server = address::of_url(&self.0.remove("server")?).ok()?;
        let link = match kind {
            "connect" => Link::Connect { server },
            "sign-in" => Link::SignIn { server, attempt: self.uuid("attempt")?, code: self.code("code")? },
            "booking" => Link::Booking { server, booking: BookingId(self.uuid("booking")?) },
            "guest" => Link::Guest { server, token: self.token("token")? },
            "gift-card" => Link::GiftCard { server, code: self.code("code")? },
            "check-in" => Link::CheckIn { server, token: self.token("token")? },
            "payment" => Link::Payment { server, payment: self.uuid("payment")? },
            _ => return None,
        };
        // What is left over was meant for another version of this app, or for somebody else.
        self.0.is_empty().then_some(link)
    }

    fn uuid(&mut self, name: &str) -> Option<Uuid> {
        let text = self.0.remove(name)?;
        // Only the one way to write it: no braces, no URN, no capitals.
        Uuid::try_parse(&text).ok().filter(|uuid| uuid.to_string() == text)
    }

    fn code(&mut self, name: &str) -> Option<String> {
        self.text(name, LONGEST_CODE, |byte| matches!(byte, b'-' | b'_'))
    }

    fn token(&mut self, name: &str) -> Option<String> {
        self.text(name, LONGEST_TOKEN, |byte| matches!(byte, b'-' | b'_' | b'.' | b'~'))
    }

    fn text(&mut self, name: &str, longest: usize, also: impl Fn(u8) -> bool) -> Option<String> {
        let text = self.0.remove(name)?;
        let fits = (1..=longest).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || also(b));
        fits.then_some(text)
    }
}

#[cfg(test)]
mod tests;
