//! Loads a business from a file.
//!
//! **Invariant:** nothing of a file that is refused is in force. **Invariant:** what a business offers is in force as a
//! whole, and before the business answers at the file's hosts. These are two commits, for the hosts are kept in the
//! operator's realm: when only the first succeeds, whoever applies is told so ([`NotApplied::Halfway`]), and a second
//! time does the rest. **Invariant:** what is in force is not written again, so that no device pulls what it has.
//! **Invariant:** who gives nothing is not written: everybody can read the catalogue. Only whoever has appointments to
//! come stays in it, so that these can be moved.

mod file;

use std::{collections::BTreeMap, fmt, sync::Arc};

use domain::{
    Business, CalendarDay, CalendarId, Category, Place, ServiceId, Staff, StaffId, Timestamp, calendar::utc_date,
    catalogue::Catalogue,
};
use portal::{
    documents::{self, Kind},
    spaces,
};
use store::{Batch, CommitError, Engine, Guard, List, Store as _, Write};

use crate::{
    app::SystemClock,
    hosting::{Entry, Hosting},
};

/// What was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// The business's name.
    pub business: String,
    /// Documents that are new or differ.
    pub written: usize,
    /// Documents that are gone.
    pub deleted: usize,
    /// Documents that were as they are.
    pub unchanged: usize,
    /// Services that are booked online and wait for the business's yes (C10).
    pub on_request: usize,
}

impl fmt::Display for Applied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { business, written, deleted, unchanged, on_request: _ } = self;
        write!(f, "{business}: {written} written, {deleted} deleted, {unchanged} unchanged")
    }
}

/// Why nothing was done, or not everything.
#[derive(Debug, thiserror::Error)]
pub enum NotApplied {
    /// The file cannot be read as a business at all.
    #[error("{0}")]
    Unreadable(String),
    /// It can be read, but does not hold together.
    #[error("{} things to put right", .0.len())]
    Faults(Vec<domain::catalogue::Fault>),
    /// Another business answers at one of the hosts.
    #[error("another business answers at {0}")]
    HostTaken(String),
    /// Another business names no hosts either.
    #[error(
        "the business {0} names no hosts either, and of two such neither would answer: give one of them `hosts` before \
         the first table of its file, or was --name {0} meant?"
    )]
    NoHosts(String),
    /// The catalogue was changed, the hosts could not be.
    #[error(
        "what the business offers is in force as the file says, but at which hosts it answers could not be written: \
         apply the file again"
    )]
    Halfway(#[source] Box<NotApplied>),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] CommitError),
    /// What is stored cannot be read.
    #[error(transparent)]
    Failure(#[from] portal::Failure),
}

impl From<store::StoreError> for NotApplied {
    fn from(error: store::StoreError) -> Self {
        Self::Store(error.into())
    }
}

/// Brings a business into the form that a text gives it: TOML of a [`Catalogue`], and before the first table `hosts`,
/// which all businesses of a server but one have to name.
///
/// # Errors
/// See [`NotApplied`]. Nothing was changed then, but with [`NotApplied::Halfway`].
pub async fn apply(engine: &Engine, slug: &str, text: &str) -> Result<Applied, NotApplied> {
    // A business's name has the form of any other slug.
    let _: ServiceId = slug.parse().map_err(|error| NotApplied::Unreadable(format!("the name {slug:?} is {error}")))?;
    let (catalogue, hosts) = file::read(text)?;
    let hosting = Hosting::new(engine.clone(), Arc::new(SystemClock));
    let entry = Entry { slug: slug.to_owned(), hosts };
    let hosted = hosting.hosted(entry.clone());
    // First the catalogue, then the door: a business that answers has something to show.
    check(&hosting, &entry).await?;
    let applied = loop {
        let (batch, applied) = plan(&hosted.store.snapshot().await?, &catalogue, hosted.now()).await?;
        if batch.writes.is_empty() {
            break applied;
        }
        match hosted.store.commit(batch).await {
            Ok(_) => break applied,
            // Somebody else applies at the same moment; the last one counts.
            Err(CommitError::Changed(_)) => {}
            Err(error) => return Err(error.into()),
        }
    };
    let why: NotApplied = match hosting.put(&entry).await {
        Ok(_) => return Ok(applied),
        // Somebody was faster.
        Err(error @ CommitError::Taken(_)) => check(&hosting, &entry).await.err().unwrap_or(error.into()),
        Err(error) => error.into(),
    };
    let changed = applied.written + applied.deleted > 0;
    Err(if changed { NotApplied::Halfway(Box::new(why)) } else { why })
}

/// Whether no other business answers where this one is to answer.
async fn check(hosting: &Hosting, entry: &Entry) -> Result<(), NotApplied> {
    if let Some(host) = hosting.taken(entry).await? {
        return Err(NotApplied::HostTaken(host));
    }
    match hosting.also_without_hosts(entry).await? {
        Some(other) => Err(NotApplied::NoHosts(other)),
        None => Ok(()),
    }
}

/// What is written and what the business is then.
async fn plan<R: store::Read>(read: &R, catalogue: &Catalogue, now: Timestamp) -> Result<(Batch, Applied), NotApplied> {
    let mut wanted = BTreeMap::new();
    add(&mut wanted, [&catalogue.business]);
    add(&mut wanted, &catalogue.categories);
    add(&mut wanted, &catalogue.places);
    add(&mut wanted, &catalogue.resources);
    for person in &catalogue.staff {
        if !person.skills.is_empty() || is_expected(read, &person.id, now).await? {
            add(&mut wanted, [person]);
        }
    }
    add(&mut wanted, &catalogue.services);

    let mut batch = Batch::default();
    let business = catalogue.business.name.clone();
    let mut applied = Applied { business, written: 0, deleted: 0, unchanged: 0, on_request: on_request(catalogue) };
    for kind in
        [Business::KIND, Category::KIND, Place::KIND, domain::Resource::KIND, Staff::KIND, domain::Service::KIND]
    {
        for document in read.list(&List::all(spaces::catalogue(), kind)).await? {
            match wanted.remove(&document.key) {
                Some(write) if write.body.as_ref() == Some(&document.body) && write.sort == document.sort => {
                    applied.unchanged += 1;
                }
                Some(write) => {
                    batch.guards.push(Guard { key: document.key, version: document.version });
                    batch.writes.push(write);
                    applied.written += 1;
                }
                None => {
                    batch.guards.push(Guard { key: document.key.clone(), version: document.version });
                    batch.writes.push(crate::document::delete(document.key));
                    applied.deleted += 1;
                }
            }
        }
    }
    applied.written += wanted.len();
    batch.guards.extend(wanted.keys().map(|key| Guard { key: key.clone(), version: 0 }));
    batch.writes.extend(wanted.into_values());
    Ok((batch, applied))
}

/// How many services are booked online and wait for the business's yes.
fn on_request(catalogue: &Catalogue) -> usize {
    let terms = catalogue.services.iter().map(|service| catalogue.business.terms.of(&service.terms));
    terms.filter(|terms| terms.online_booking && !terms.accept_automatically).count()
}

/// Whether anything that a person does is still to come, or not over.
async fn is_expected<R: store::Read>(read: &R, person: &StaffId, now: Timestamp) -> Result<bool, NotApplied> {
    let calendar = spaces::calendar(&CalendarId::Staff(person.clone()));
    let from = Some(utc_date(now).to_string());
    for document in read.list(&List { from, ..List::all(calendar, documents::CALENDAR_DAY) }).await? {
        let day: CalendarDay = documents::decode(&document)?;
        if day.claims.iter().any(|claim| claim.span.to > now) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn add<'a, T: Kind + 'a>(wanted: &mut BTreeMap<store::Key, Write>, values: impl IntoIterator<Item = &'a T>) {
    for value in values {
        let write = documents::write(spaces::catalogue(), value);
        wanted.insert(write.key.clone(), write);
    }
}

#[cfg(test)]
mod tests {
    use store::{
        Read as _, StoreError,
        faults::{self, Planned, What, When},
    };

    use super::*;

    const BUSINESS: &str = include_str!("../tests/api/business.toml");

    #[tokio::test]
    async fn what_is_in_force_is_said_when_the_hosts_cannot_be_written() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("apply.sqlite").display());
        let engine = Engine::open(&url).await.unwrap();
        let fails_at = |write| {
            faults::plan(Some(Planned { write, what: What::Fails(StoreError::Busy), when: When::Before }));
        };
        let version = async || {
            let read = engine.realm(&crate::hosting::realm("main")).snapshot().await.unwrap();
            read.version(&spaces::catalogue()).await.unwrap()
        };
        let hosts = async || {
            let all = Hosting::new(engine.clone(), Arc::new(SystemClock)).all().await.unwrap();
            all.iter().map(|hosted| hosted.hosts.clone()).collect::<Vec<_>>()
        };

        fails_at(0);
        let failed = apply(&engine, "main", BUSINESS).await;
        assert!(matches!(failed, Err(NotApplied::Store(_))), "the catalogue comes first: {failed:?}");
        assert_eq!((version().await, hosts().await.len()), (0, 0), "nothing was changed");

        fails_at(1);
        match apply(&engine, "main", BUSINESS).await {
            Err(NotApplied::Halfway(why)) => assert!(matches!(*why, NotApplied::Store(_)), "and why: {why:?}"),
            other => panic!("half of it is in force: {other:?}"),
        }
        assert_eq!((version().await, hosts().await.len()), (1, 0), "the catalogue is there, and answers nowhere");
        let again = apply(&engine, "main", BUSINESS).await.expect("once more is all it takes");
        assert_eq!((again.written, again.deleted), (0, 0), "no device pulls what it has");
        assert_eq!(hosts().await, [Vec::<String>::new()], "and the business answers");

        fails_at(0);
        let failed = apply(&engine, "main", &format!("hosts = [\"one.example\"]\n{BUSINESS}")).await;
        assert!(matches!(failed, Err(NotApplied::Store(_))), "only the hosts differ, so nothing changes: {failed:?}");
        assert_eq!(hosts().await, [Vec::<String>::new()], "they are as they were");
    }
}
