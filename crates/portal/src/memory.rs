//! What was read of a business's public spaces, parsed, for as long as it is true.
//!
//! **Invariant:** what is recalled is what reading would give: everything here is kept with the versions of the spaces it
//! was made of and used only when the moment that is read from has the same ones. Whoever asks at an older moment than
//! the one that is kept reads for himself.
//!
//! Design, in five layers. The catalogue is parsed once a version. Of a calendar the days since some date are kept;
//! when its version has risen, what changed since is pulled and only that is parsed. What was said of a date of a month is
//! kept with the parsed days it was decided by. A whole answer is kept with the spaces it was made of, noted by [`Recalled`]
//! while it was made, so that asking the same again costs one question for their versions. Answers about times are of whole
//! minutes and are kept for that minute. And what changed last is kept as it was read, for all the devices that come to pull
//! it. What this program has written itself is not read back ([`Memory::wrote`]).
//!
//! The versions are of one history: a memory belongs to one store, and ends with it.

mod answers;
mod calendars;
mod changes;
mod recalled;
mod states;
mod written;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::{Timestamp, availability::whole_minute};
use store::{Glance, Pull};

pub use recalled::Recalled;
pub(crate) use states::By;
pub(crate) use written::to_tell;

use crate::{Failure, View, catalogue::Catalogue, spaces};

use self::{answers::Answers, calendars::Kept, changes::Recent, states::States};

/// The memory of one business. Bounded: some thousand calendars and some megabytes of answers at most.
#[derive(Default)]
pub struct Memory {
    catalogue: Mutex<Option<(u64, Arc<Catalogue>)>>,
    calendars: Mutex<Kept>,
    answers: Mutex<Answers>,
    states: Mutex<States>,
    recent: Mutex<Recent>,
}

impl Memory {
    /// A moment of the store this memory belongs to, with the memory.
    pub fn recall<R: Pull>(&self, read: R) -> Recalled<'_, R> {
        Recalled::new(self, read)
    }

    /// What was answered to a view that everybody gets the same answer to, if it is known without a read that it still is
    /// the answer.
    pub fn known(&self, glance: &Glance, question: &View, now: Timestamp) -> Option<Arc<str>> {
        if !question.is_public() {
            return None;
        }
        let kept = lock(&self.answers).get(whole_minute(now), question)?;
        (glance.versions(&kept.spaces)? == kept.versions).then(|| Arc::clone(&kept.text))
    }

    /// The catalogue of a moment, and its version.
    async fn catalogue<R: Pull>(&self, read: &R) -> Result<(u64, Arc<Catalogue>), Failure> {
        let version = read.version(&spaces::catalogue()).await?;
        if let Some((kept, catalogue)) = &*lock(&self.catalogue)
            && *kept == version
        {
            return Ok((version, Arc::clone(catalogue)));
        }
        let catalogue = Arc::new(Catalogue::load(read).await?);
        let mut kept = lock(&self.catalogue);
        if kept.as_ref().is_none_or(|(kept, _)| *kept < version) {
            *kept = Some((version, Arc::clone(&catalogue)));
        }
        Ok((version, catalogue))
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
