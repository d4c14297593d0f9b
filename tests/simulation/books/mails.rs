//! For everything that happened there is one letter, and for nothing else.

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
    /// Each change of a booking was told once, and so was each wish to sign in that was answered and served in time.
    pub(super) async fn mails_tell(&self, bookings: &[Booking], asked: &Letters) -> Result<(), String> {
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
        let mut expected = BTreeMap::new();
        for booking in bookings {
            for change in 0..booking.ledger.len() {
                expected.insert((format!("{}@datebook", booking.id), change.to_string()), 1);
            }
        }
        if told != expected {
            let missing: Vec<_> = expected.iter().filter(|(key, _)| !told.contains_key(*key)).collect();
            let stray: Vec<_> = told.iter().filter(|(key, count)| expected.get(*key) != Some(*count)).collect();
            return Err(format!("the letters lack {missing:?} and have {stray:?} for nothing or twice"));
        }
        let missing: Vec<_> = asked.owed.difference(&signed_in).collect();
        if !missing.is_empty() {
            return Err(format!("letters to sign in were promised and lack: {missing:?}"));
        }
        if signed_in.len() > asked.most {
            return Err(format!("{} letters to sign in, and {} asked for one", signed_in.len(), asked.most));
        }
        Ok(())
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
