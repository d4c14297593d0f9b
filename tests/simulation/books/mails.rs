//! For everything that happened there is one letter, and for nothing else. Only a letter that was overtaken may lack: what
//! it was to tell was not true any more, and the letter about what came after it is there.

use std::collections::{BTreeMap, BTreeSet};

use domain::Booking;
use serde::Deserialize;

use uuid::Uuid;

use super::Books;
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
    pub(super) async fn mails_tell(&self, bookings: &[Booking], asked: &Letters) -> Result<(u64, u64), String> {
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
            let last = booking.ledger.len() - 1;
            for change in 0..=last {
                let name = (format!("{}@datebook", booking.id), change.to_string());
                match told.remove(&name) {
                    Some(1) => sent += 1,
                    None if change < last => overtaken += 1,
                    count => return Err(format!("the change {name:?} of {last} has {count:?} letters")),
                }
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

/// The attempt that a letter's link is for: its token begins with it.
fn attempt(text: &str) -> Option<Uuid> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric());
    words.filter(|word| word.len() == 32).find_map(|word| Uuid::try_parse(word).ok())
}

fn line(text: &str, name: &str) -> String {
    text.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default().trim().to_owned()
}
