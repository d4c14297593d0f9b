//! The mailbox of a demonstration: the mails that would have been sent, for everybody to read.
//!
//! **Invariant:** without `--demo` nothing is ever written here and nothing can be read.

use domain::Timestamp;
use serde::{Deserialize, Serialize};
use store::{Batch, Key, List, Order, Read as _, Space, Store as _, Write};

use crate::{app::Hosted, document, fault::Fault, mail::Mail};

/// How many mails are shown, and kept for long.
const KEPT: usize = 200;
/// After about how many mails the oldest are taken out: looking at all of them for each would cost more than the mail.
const OVER: u64 = 64;

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

/// Puts a mail in. The same mail twice is there once.
pub(crate) async fn put(hosted: &Hosted, name: &str, mail: &Mail) -> Result<(), Fault> {
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
    let key = Key { space: space(), kind: "letter".to_owned(), id: name.to_owned() };
    let write = Write { sort: format!("{at:.9}"), ..document::write(key, &letter, Vec::new()) };
    let committed = hosted.store.commit(Batch { writes: vec![write], ..Batch::default() }).await?;
    if committed.spaces.iter().any(|(_, version)| version % OVER == 0) {
        clear_out(hosted).await?;
    }
    Ok(())
}

/// Takes the oldest out when there are more than are kept.
async fn clear_out(hosted: &Hosted) -> Result<(), Fault> {
    let read = hosted.store.snapshot().await?;
    let letters = read.list(&List { limit: usize::MAX, ..newest() }).await?;
    drop(read);
    let writes: Vec<Write> = letters.into_iter().skip(KEPT).map(|old| document::delete(old.key)).collect();
    if !writes.is_empty() {
        hosted.store.commit(Batch { writes, ..Batch::default() }).await?;
    }
    Ok(())
}

/// The mails, the newest first.
pub(crate) async fn read(hosted: &Hosted) -> Result<Vec<Letter>, Fault> {
    let read = hosted.store.snapshot().await?;
    let letters = read.list(&newest()).await?;
    Ok(letters.iter().map(portal::documents::decode).collect::<Result<_, _>>()?)
}

fn newest() -> List {
    List { order: Order::Falling, limit: KEPT, ..List::all(space(), "letter") }
}
