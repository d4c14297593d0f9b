//! For everything that happened there is one letter, and for nothing else.

use std::collections::BTreeMap;

use domain::Booking;
use serde::Deserialize;

use super::Books;

#[derive(Deserialize)]
struct Letter {
    subject: String,
    attachments: Vec<Attached>,
}

#[derive(Deserialize)]
struct Attached {
    text: String,
}

impl Books {
    /// Each change of a booking was told once, and each sign-in.
    pub(super) async fn mails_tell(&self, bookings: &[Booking], sign_ins: usize) -> Result<(), String> {
        let space = "mailbox".parse().map_err(|_| "a name of a space")?;
        let letters: Vec<Letter> = self.all(space, "letter").await?;
        let (mut told, mut signed_in) = (BTreeMap::<(String, String), u32>::new(), 0);
        for letter in &letters {
            match letter.attachments.first() {
                Some(file) => *told.entry((line(&file.text, "UID:"), line(&file.text, "SEQUENCE:"))).or_default() += 1,
                None if letter.subject.starts_with("Sign in") => signed_in += 1,
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
        if signed_in != sign_ins {
            return Err(format!("{signed_in} letters for {sign_ins} sign-ins"));
        }
        Ok(())
    }
}

fn line(text: &str, name: &str) -> String {
    text.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default().trim().to_owned()
}
