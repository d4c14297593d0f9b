//! The mailbox of a demonstration: the mails that would have been sent, for everybody to read.
//!
//! **Invariant:** without `--demo` nothing is ever written here and nothing can be read.

use domain::Timestamp;
use serde::{Deserialize, Serialize};
use store::{Batch, JobId, Key, List, Order, Read as _, Space, Store as _, Write};

use crate::{app::Hosted, document, fault::Fault, mail::Mail};

/// How many mails are shown.
const SHOWN: usize = 200;
/// How many places there are. Jobs take them in turns, each new mail the place of an old one, so that nobody ever has to
/// look for what is to go; of so many jobs enough are mails.
const PLACES: i64 = 512;

/// A mail as it would have arrived.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct Letter {
    /// The same for every attempt to send it.
    pub(crate) id: String,
    /// When it was sent.
    #[schema(value_type = String, format = DateTime)]
    pub(crate) at: Timestamp,
    /// Whom it is for.
    pub(crate) to: String,
    /// Who sends it.
    pub(crate) from: String,
    /// Its subject.
    pub(crate) subject: String,
    /// Its plain text.
    pub(crate) text: String,
    /// Its HTML.
    pub(crate) html: String,
    /// Its files.
    pub(crate) attachments: Vec<Attached>,
}

/// A file in a mail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct Attached {
    /// Its name.
    pub(crate) name: String,
    /// Its content type.
    pub(crate) content_type: String,
    /// What is in it.
    pub(crate) text: String,
}

fn space() -> Space {
    "mailbox".parse().expect("a plain word is the name of a space")
}

/// Puts the mail of a job in. The same mail twice is there once.
pub(crate) async fn put(hosted: &Hosted, name: &str, job: JobId, mail: &Mail) -> Result<(), Fault> {
    let at = hosted.now();
    let letter = Letter {
        id: name.to_owned(),
        at,
        to: mail.to.clone(),
        from: mail.from_name.clone(),
        subject: mail.subject.clone(),
        text: mail.text.clone(),
        html: mail.html.clone(),
        attachments: mail
            .calendar
            .iter()
            .map(|calendar| Attached {
                name: "appointment.ics".to_owned(),
                content_type: format!("text/calendar; charset=utf-8; method={}", calendar.method.name()),
                text: calendar.text.clone(),
            })
            .collect(),
    };
    let key = Key { space: space(), kind: "letter".to_owned(), id: format!("{:03}", job.0.rem_euclid(PLACES)) };
    let write = Write { sort: format!("{at:.9}"), ..document::write(key, &letter, Vec::new()) };
    hosted.store.commit(Batch { writes: vec![write], ..Batch::default() }).await?;
    Ok(())
}

/// The mails, the newest first.
pub(crate) async fn read(hosted: &Hosted) -> Result<Vec<Letter>, Fault> {
    let read = hosted.store.snapshot().await?;
    let letters = read.list(&newest()).await?;
    Ok(letters.iter().map(portal::documents::decode).collect::<Result<_, _>>()?)
}

fn newest() -> List {
    List { order: Order::Falling, limit: SHOWN, ..List::all(space(), "letter") }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use store::Engine;

    use super::*;
    use crate::{
        app::SystemClock,
        hosting::{Entry, Hosting},
    };

    fn mail(number: i64) -> Mail {
        Mail {
            to: "ada@example.org".to_owned(),
            to_name: String::new(),
            from_name: "Salon".to_owned(),
            reply_to: String::new(),
            subject: format!("Mail {number}"),
            text: String::new(),
            html: String::new(),
            calendar: None,
        }
    }

    #[tokio::test]
    async fn a_new_mail_takes_the_place_of_an_old_one() {
        let folder = tempfile::tempdir().unwrap();
        let engine = Engine::open(&format!("sqlite:{}", folder.path().join("mailbox.sqlite").display())).await.unwrap();
        let hosting = Hosting::new(engine, Arc::new(SystemClock));
        let hosted = hosting.hosted(Entry { slug: "salon".to_owned(), hosts: Vec::new() });
        for number in 1..=2 * PLACES {
            put(&hosted, &format!("salon.{number}"), JobId(number), &mail(number)).await.unwrap();
        }
        for _ in 0..2 {
            put(&hosted, "salon.again", JobId(2 * PLACES + 1), &mail(0)).await.unwrap();
        }
        let shown = read(&hosted).await.unwrap();
        assert_eq!(shown.len(), SHOWN, "the newest are shown");
        assert_eq!(shown[0].subject, "Mail 0", "the last is the first");
        assert_eq!(shown[1].subject, format!("Mail {}", 2 * PLACES), "the same mail twice is there once");
        let snapshot = hosted.store.snapshot().await.unwrap();
        let all = snapshot.list(&List::all(space(), "letter")).await.unwrap();
        assert_eq!(all.len() as i64, PLACES, "and there are never more than there are places");
    }
}
