//! How an event shows that it is ours.
//!
//! **Invariant:** an event without our name counts as ours only if its address and its title are both what we gave it,
//! and it does not repeat. That our link or a booking's id stands somewhere in it says nothing: people paste links into
//! events of their own, and make new events out of old ones.

use domain::BookingId;
use serde::{Deserialize, Serialize};

use super::Entry;

/// Where an appointment is shown, below a server's address.
pub(super) const SHOWN_AT: &str = "/open/booking/";
/// Where its event said so before: such events are still ours.
const SHOWN_AT_ONCE: &str = "/agenda/";

/// What may stand before the booking's id in the link of an event of ours, the present one first.
pub const PLACES: [&str; 2] = [SHOWN_AT, SHOWN_AT_ONCE];

/// What an event of ours says that no other does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sign {
    /// Its address: the appointment's own page.
    pub link: String,
    /// Its title.
    pub title: String,
}

impl Sign {
    pub(super) fn of(entry: &Entry) -> Self {
        Self { link: entry.link.clone(), title: entry.title.clone() }
    }

    /// Whether this address is ours, as it is written or as it once was.
    fn is_at(&self, link: &str) -> bool {
        link == self.link || link == self.link.replacen(SHOWN_AT, SHOWN_AT_ONCE, 1)
    }
}

/// An appointment whose events are looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// Which.
    pub booking: BookingId,
    /// How its events look, and how they looked when they were last written.
    pub signs: Vec<Sign>,
}

impl Wanted {
    /// Whether an event with this address and title was made by us and is still what it was.
    pub fn made(&self, link: &str, title: &str) -> bool {
        self.signs.iter().any(|sign| sign.is_at(link.trim()) && plainly(&sign.title) == plainly(title))
    }
}

/// The address of an event in a calendar that has no other place for the revision: it stands behind the link's `#`.
pub fn marked(entry: &Entry) -> String {
    format!("{}#{}", entry.link, entry.revision)
}

/// Which of these appointments an event with this [`marked`] address and this title shows, and which revision of it.
/// Whether it repeats is for the caller to ask first.
pub fn of_marked(of: &[Wanted], address: &str, title: &str) -> Option<(BookingId, u32)> {
    let (link, revision) = address.split_once('#')?;
    let revision = revision.parse().ok()?;
    Some((of.iter().find(|wanted| wanted.made(link, title))?.booking, revision))
}

/// The booking in a [`marked`] address, whosever event it is.
pub fn booking_at(address: &str) -> Option<BookingId> {
    let (link, revision) = address.split_once('#')?;
    let _: u32 = revision.parse().ok()?;
    PLACES.iter().find_map(|place| link.rsplit_once(place)?.1.parse().ok())
}

/// A title without what calendars change about one: breaks, runs of spaces, what cannot be seen.
fn plainly(title: &str) -> String {
    let seen: String = title.chars().filter(|c| c.is_whitespace() || !c.is_control()).collect();
    seen.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_address_with_its_mark_and_our_title_are_ours() {
        let booking: BookingId = "01990000-0000-7000-8000-00000000002a".parse().unwrap();
        let link = format!("https://salon.example/open/booking/{booking}");
        let sign = |title: &str| Sign { link: link.clone(), title: title.to_owned() };
        let of = [Wanted { booking, signs: vec![sign("Cut · New name"), sign("Cut  · Old name\n")] }];
        let ours = |address: &str, title| of_marked(&of, address, title);
        let marked = format!("{link}#3");
        assert_eq!(ours(&marked, "Cut · New name"), Some((booking, 3)), "as it would be written now");
        assert_eq!(ours(&marked, "Cut · Old name"), Some((booking, 3)), "as it was written, spaces aside");
        assert_eq!(ours(&marked, "Bring the invoice"), None, "a copy with another title is its owner's");
        assert_eq!(ours(&link, "Cut · New name"), None, "a pasted link has no mark");
        assert_eq!(ours(&format!("{link}#mark"), "Cut · New name"), None, "nor is every mark ours");
        let elsewhere = format!("https://other.example/open/booking/{booking}#3");
        assert_eq!(ours(&elsewhere, "Cut · New name"), None, "another business's link is not ours");
    }

    #[test]
    fn an_event_with_the_address_of_before_is_still_ours() {
        let booking: BookingId = "01990000-0000-7000-8000-00000000002a".parse().unwrap();
        let link = format!("https://salon.example/open/booking/{booking}");
        let of = [Wanted { booking, signs: vec![Sign { link: link.clone(), title: "Cut".to_owned() }] }];
        let former = format!("https://salon.example/agenda/{booking}");
        assert_eq!(of_marked(&of, &format!("{former}#3"), "Cut"), Some((booking, 3)), "it is not entered again");
        assert!(of[0].made(&former, "Cut"), "its copies are told too");
        assert!(!of[0].made(&former, "Cut for Ben"), "as strictly as those of today");
        for (address, found) in [
            (format!("{link}#3"), Some(booking)),
            (format!("{former}#3"), Some(booking)),
            (link, None),
            (format!("https://salon.example/book/{booking}#3"), None),
        ] {
            assert_eq!(booking_at(&address), found, "{address}");
        }
    }
}
