//! For everything that happened there is one letter, and for nothing else; what is said of coming has none. Only a
//! letter that was overtaken may lack: what it was to tell was not true any more, and the letter about what came after
//! it is there, or the appointment is over.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::RangeInclusive,
};

use domain::{Booking, Timestamp, booking::Change};
use serde::Deserialize;

use uuid::Uuid;

use super::{Books, bookings::is_late};
use crate::letters::Letters;

#[derive(Deserialize)]
struct Letter {
    subject: String,
    text: String,
    attachments: Vec<Attached>,
}

#[derive(Deserialize)]
struct Attached {
    text: String,
}

impl Books {
    /// Each change of a booking was told once, and so was each wish to sign in that was answered and served in time. Says how
    /// many letters told of changes, and how many were overtaken.
    pub(super) async fn mails_tell(
        &self,
        bookings: &[Booking],
        asked: &Letters,
        now: Timestamp,
    ) -> Result<(u64, u64), String> {
        let space = "mailbox".parse().map_err(|_| "a name of a space")?;
        let letters: Vec<Letter> = self.all(space, "letter").await?;
        let (mut told, mut signed_in) = (BTreeMap::<(String, String), u32>::new(), BTreeSet::new());
        for letter in &letters {
            match letter.attachments.first() {
                Some(file) => *told.entry((line(&file.text, "UID:"), line(&file.text, "SEQUENCE:"))).or_default() += 1,
                None if letter.subject.starts_with("Sign in") => {
                    let attempt = attempt(&letter.text).ok_or("a letter to sign in has no link")?;
                    if !signed_in.insert(attempt) {
                        return Err(format!("the attempt {attempt} was sent two letters"));
                    }
                }
                None => return Err(format!("nobody asked for a letter about {:?}", letter.subject)),
            }
        }
        let (mut sent, mut overtaken) = (0, 0);
        for booking in bookings {
            let mut may_lack = booking.span.to <= now;
            for change in (0..booking.ledger.len()).rev() {
                if !has_letter(&booking.ledger[change].change) {
                    continue;
                }
                let name = |number: usize| (format!("{}@datebook", booking.id), number.to_string());
                let numbers = numbers(booking, change);
                match numbers.clone().rev().find_map(|number| told.remove(&name(number))) {
                    Some(1) => sent += 1,
                    None if may_lack => overtaken += 1,
                    count => return Err(format!("the change {numbers:?} of {booking:?} has {count:?} letters")),
                }
                may_lack = true;
            }
        }
        if !told.is_empty() {
            return Err(format!("nothing happened that these letters tell of: {told:?}"));
        }
        let missing: Vec<_> = asked.owed.difference(&signed_in).collect();
        if !missing.is_empty() {
            return Err(format!("letters to sign in were promised and lack: {missing:?}"));
        }
        if signed_in.len() > asked.most {
            return Err(format!("{} letters to sign in, and {} asked for one", signed_in.len(), asked.most));
        }
        Ok((sent, overtaken))
    }
}

fn has_letter(change: &Change) -> bool {
    matches!(change, Change::Booked { .. } | Change::Rescheduled { .. } | Change::Cancelled { .. })
}

/// The numbers that a change may have. Words of being late that are not in the ledger any more had numbers as well, and
/// stood beside those that are.
fn numbers(booking: &Booking, change: usize) -> RangeInclusive<usize> {
    let gone = (booking.revision as usize + 1).saturating_sub(booking.ledger.len());
    let (before, after) = booking.ledger.split_at(change);
    let least = if after.iter().any(is_late) { change } else { change + gone };
    let most = if before.iter().any(is_late) { change + gone } else { change };
    least..=most
}

/// The attempt that a letter's link is for: its token begins with it.
fn attempt(text: &str) -> Option<Uuid> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric());
    words.filter(|word| word.len() == 32).find_map(|word| Uuid::try_parse(word).ok())
}

fn line(text: &str, name: &str) -> String {
    text.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default().trim().to_owned()
}
