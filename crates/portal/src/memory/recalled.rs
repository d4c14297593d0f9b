//! A moment of a store, read with a memory.

use std::sync::{Arc, Mutex};

use domain::{CalendarId, Calendars, Date, Refusal, Timestamp, availability::DayState};
use store::{Document, Key, List, Page, Pull, Read, Space, StoreError, UniqueKey};

use super::{By, Memory, answers::Answer, lock, states::Asked};
use domain::availability::whole_minute;

use crate::{Context, Failure, MonthQuery, View, catalogue::Catalogue, source::Source, spaces, view};

/// A moment of a store, with the memory of what was read before. Notes which spaces were read as a whole, and whether
/// anything else was.
pub struct Recalled<'a, R> {
    memory: &'a Memory,
    read: R,
    trusts: bool,
    noted: Mutex<Noted>,
}

/// What an answer was made of.
#[derive(Default)]
struct Noted {
    spaces: Vec<(Space, u64)>,
    /// Single documents were read as well: the versions above do not tell the whole story.
    more: bool,
}

impl<'a, R: Pull> Recalled<'a, R> {
    pub(super) fn new(memory: &'a Memory, read: R) -> Self {
        Self { memory, read, trusts: false, noted: Mutex::default() }
    }

    /// Takes what should be new for new, if it may: see [`Source::trusts`].
    pub(crate) fn trusting(self, trusts: bool) -> Self {
        Self { trusts, ..self }
    }

    /// Answers a view as JSON text, from memory if it was answered before and nothing it was made of has changed.
    ///
    /// # Errors
    /// As [`view`](crate::view()).
    pub async fn answer(self, context: &Context, question: View) -> Result<Result<Arc<str>, Refusal>, Failure> {
        let minute = whole_minute(context.now);
        let public = question.is_public();
        if public {
            let kept = lock(&self.memory.answers).get(minute, &question);
            if let Some(kept) = kept
                && self.read.versions(&kept.spaces).await? == kept.versions
            {
                return Ok(Ok(Arc::clone(&kept.text)));
            }
        }
        let screen = match view(&self, context, &question).await? {
            Ok(screen) => screen,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let text: Arc<str> = serde_json::to_string(&screen).expect("screens are made of maps with text keys").into();
        let noted = std::mem::take(&mut *lock(&self.noted));
        if public && !noted.more {
            let (spaces, versions) = noted.spaces.into_iter().unzip();
            let answer = Answer { spaces, versions, text: Arc::clone(&text) };
            lock(&self.memory.answers).put(minute, question, answer);
        }
        Ok(Ok(text))
    }

    fn note(&self, spaces: impl IntoIterator<Item = (Space, u64)>) {
        let mut noted = lock(&self.noted);
        for (space, version) in spaces {
            if noted.spaces.iter().all(|(known, _)| *known != space) {
                noted.spaces.push((space, version));
            }
        }
    }

    /// The version of the catalogue that was read, if it was.
    fn version_of_the_catalogue(&self) -> Option<u64> {
        let catalogue = spaces::catalogue();
        lock(&self.noted).spaces.iter().find(|(space, _)| *space == catalogue).map(|(_, version)| *version)
    }

    fn note_more(&self) {
        lock(&self.noted).more = true;
    }
}

impl<R: Pull> Source for Recalled<'_, R> {
    fn trusts(&self) -> bool {
        self.trusts
    }

    async fn catalogue(&self) -> Result<Arc<Catalogue>, Failure> {
        let (version, catalogue) = self.memory.catalogue(&self.read).await?;
        self.note([(spaces::catalogue(), version)]);
        Ok(catalogue)
    }

    async fn calendars(&self, calendars: &[CalendarId], (first, _): (Date, Date)) -> Result<Calendars, Failure> {
        let (found, versions) = self.memory.calendars(&self.read, calendars, first).await?;
        self.note(versions);
        Ok(found)
    }

    fn states<'b>(
        &self,
        question: &MonthQuery,
        now: Timestamp,
        dates: &[Date],
        by: impl Fn(Date) -> By<'b>,
        decide: impl Fn(Date) -> DayState,
    ) -> Vec<DayState> {
        let Some(catalogue) = self.version_of_the_catalogue().filter(|_| question.moving.is_none()) else {
            return dates.iter().map(|date| decide(*date)).collect();
        };
        let asked = Asked { question: MonthQuery { month: None, ..question.clone() }, catalogue };
        let by: Vec<By<'_>> = dates.iter().map(|date| by(*date)).collect();
        let kept: Vec<Option<DayState>> = {
            let kept = lock(&self.memory.states);
            dates.iter().zip(&by).map(|(date, by)| kept.get(now, &asked, *date, by)).collect()
        };
        let mut fresh = Vec::new();
        let states = dates.iter().zip(by).zip(kept).map(|((date, by), kept)| {
            kept.unwrap_or_else(|| {
                let state = decide(*date);
                fresh.push((*date, by, state.clone()));
                state
            })
        });
        let states = states.collect();
        if !fresh.is_empty() {
            lock(&self.memory.states).put(now, &asked, fresh);
        }
        states
    }
}

impl<R: Pull> Read for Recalled<'_, R> {
    async fn get(&self, key: &Key) -> Result<Option<Document>, StoreError> {
        self.note_more();
        self.read.get(key).await
    }

    async fn list(&self, list: &List) -> Result<Vec<Document>, StoreError> {
        self.note_more();
        self.read.list(list).await
    }

    async fn find(&self, key: &UniqueKey) -> Result<Option<Key>, StoreError> {
        self.note_more();
        self.read.find(key).await
    }

    async fn versions(&self, spaces: &[Space]) -> Result<Vec<u64>, StoreError> {
        self.note_more();
        self.read.versions(spaces).await
    }

    async fn spaces(&self, prefix: &str) -> Result<Vec<Space>, StoreError> {
        self.note_more();
        self.read.spaces(prefix).await
    }
}

impl<R: Pull> Pull for Recalled<'_, R> {
    async fn pull(&self, space: &Space, after: u64, limit: usize) -> Result<Page, StoreError> {
        self.note_more();
        self.read.pull(space, after, limit).await
    }
}
