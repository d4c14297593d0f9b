//! What stands on the display, and how to have it taken away.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use client::reminder::ReminderKey;
use tauri::async_runtime::{JoinHandle, spawn};
use tokio::sync::Notify;

use crate::reminders::board::Unshown;

/// What stands on the display. Each clone speaks of the same.
#[derive(Clone, Default)]
pub(super) struct Open(Arc<Mutex<Shown>>);

#[derive(Default)]
struct Shown {
    /// What has each taken away, and who does that.
    watched: HashMap<ReminderKey, (Arc<Notify>, JoinHandle<()>)>,
    /// Nothing is to stand there any more.
    ended: bool,
}

impl Open {
    /// Keeps what is shown now. `watch` takes it away when it is notified, and ends once it is gone.
    ///
    /// # Errors
    /// [`Unshown`] after the [`end`](Self::end): then it is taken away at once.
    pub(super) fn put<W>(&self, key: ReminderKey, watch: impl FnOnce(Arc<Notify>) -> W) -> Result<(), Unshown>
    where
        W: Future<Output = ()> + Send + 'static,
    {
        let taken = Arc::new(Notify::new());
        // Until it is kept, its watch cannot find that it has gone.
        let mut shown = self.lock();
        let watch = spawn(watch(Arc::clone(&taken)));
        if shown.ended {
            taken.notify_one();
            return Err(Unshown("the app ends".to_owned()));
        }
        shown.watched.insert(key, (taken, watch));
        Ok(())
    }

    /// Has one taken away. Answers whether it was there.
    pub(super) fn take_down(&self, key: &ReminderKey) -> bool {
        let open = self.lock().watched.remove(key);
        open.inspect(|(taken, _)| taken.notify_one()).is_some()
    }

    /// The one that is taken away by this has gone. Another may stand in its place by now.
    pub(super) fn gone(&self, taken: &Arc<Notify>) {
        self.lock().watched.retain(|_, (other, _)| !Arc::ptr_eq(other, taken));
    }

    /// Has all taken away, and whatever is shown after this. Answers with what was there, each with what ends once it
    /// has gone.
    pub(super) fn end(&self) -> Vec<(ReminderKey, JoinHandle<()>)> {
        let mut shown = self.lock();
        shown.ended = true;
        let open = shown.watched.drain();
        open.map(|(key, (taken, watch))| {
            taken.notify_one();
            (key, watch)
        })
        .collect()
    }

    fn lock(&self) -> MutexGuard<'_, Shown> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::{sync::mpsc, time::timeout};

    use super::*;
    use crate::reminders::tests::reminder;

    #[tokio::test]
    async fn at_the_end_all_is_taken_away_and_nothing_comes_after() {
        let key = |number| reminder(number, "2026-08-28T16:00:00Z".parse().unwrap()).key;
        let (says, mut gone) = mpsc::unbounded_channel();
        let open = Open::default();
        let put = |number| {
            let (says, own) = (says.clone(), open.clone());
            open.put(key(number), move |taken| async move {
                taken.notified().await;
                own.gone(&taken);
                says.send(number).unwrap();
            })
        };
        for number in 1..=3 {
            put(number).unwrap();
        }
        assert!(open.take_down(&key(2)), "it was there");
        assert!(!open.take_down(&key(2)), "and is not any more");
        assert_eq!(gone.recv().await, Some(2), "who watches it takes it away");

        let mut left = open.end();
        left.sort_by_key(|(key, _)| *key);
        let keys: Vec<_> = left.iter().map(|(key, _)| *key).collect();
        assert_eq!(keys, [key(1), key(3)], "what was there is known, to be shown again");
        for (_, watch) in left {
            timeout(Duration::from_secs(20), watch).await.expect("it is waited for").unwrap();
        }
        let mut went = [gone.try_recv().unwrap(), gone.try_recv().unwrap()];
        went.sort_unstable();
        assert_eq!(went, [1, 3], "by then it has gone");

        assert!(put(4).is_err(), "it does not count as shown");
        let went = timeout(Duration::from_secs(20), gone.recv()).await.expect("it does not stay");
        assert_eq!(went, Some(4), "what comes too late is taken away as well");
    }
}
