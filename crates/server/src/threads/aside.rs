//! A thread for work that nobody waits for.
//!
//! However much of it there is, whoever answers goes first: on Linux the thread has a tenth of what others get wherever
//! they want the same processor (nice 10, setpriority(2)). So it falls behind where there is too much to do, but does not
//! stop.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        OnceLock,
        mpsc::{self, Sender},
    },
    thread,
};

use tokio::{
    runtime::{Handle, RuntimeFlavor},
    sync::oneshot,
};

/// A tenth of the weight of whoever answers.
#[cfg(target_os = "linux")]
const NICE: i32 = 10;

type Work = Box<dyn FnOnce() + Send>;

/// The thread, which begins with the first work and ends with its last handle.
#[derive(Default)]
pub(crate) struct Aside(OnceLock<Option<Sender<Work>>>);

/// The work was not done: it panicked.
pub(crate) struct Undone;

impl Aside {
    /// Does work after all that came before, one piece at a time. Where the caller's thread is the only one, as in a
    /// simulation, or the system gives no other, it is done there.
    pub(crate) async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Undone> {
        if !Handle::try_current().is_ok_and(|threads| threads.runtime_flavor() == RuntimeFlavor::MultiThread) {
            return Ok(work());
        }
        let Some(queue) = self.0.get_or_init(begin) else { return Ok(work()) };
        let (reply, answer) = oneshot::channel();
        let work = Box::new(move || {
            // Whoever asked may have gone.
            let _ = reply.send(work());
        });
        queue.send(work).map_err(|_| Undone)?;
        answer.await.map_err(|_| Undone)
    }
}

fn begin() -> Option<Sender<Work>> {
    let (queue, waiting) = mpsc::channel::<Work>();
    let life = move || {
        come_last();
        for work in waiting {
            // Who panics has said so; it is the asker's misfortune, not that of those who wait behind.
            let _ = catch_unwind(AssertUnwindSafe(work));
        }
    };
    let begun = thread::Builder::new().name("aside".to_owned()).spawn(life);
    begun.inspect_err(|error| tracing::error!(%error, "there is no thread for mails")).is_ok().then_some(queue)
}

/// Without it everything works, only others wait longer.
fn come_last() {
    #[cfg(target_os = "linux")]
    {
        super::seats::anywhere();
        let _ = rustix::process::setpriority_process(None, NICE);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn work_is_done_on_one_thread_that_others_go_before() {
        let (aside, before) = (Aside::default(), priority());
        let place = || (thread::current().id(), priority());
        let (first, own) = aside.run(place).await.ok().unwrap();
        let (second, _) = aside.run(place).await.ok().unwrap();
        assert_eq!(first, second, "one thread");
        assert_ne!(first, thread::current().id(), "another one than the asker's");
        #[cfg(target_os = "linux")]
        assert_eq!(own, NICE.max(before), "others go first");
        assert_eq!(priority(), before, "the asker stays what it was");
        let _ = own;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn who_panics_does_not_take_the_others_along() {
        let aside = Aside::default();
        let broken: Result<(), _> = aside.run(|| panic!("a template is broken")).await;
        assert!(broken.is_err(), "the asker is told");
        assert!(aside.run(|| 7).await.is_ok_and(|seven| seven == 7), "the next one is done");
    }

    #[tokio::test]
    async fn where_there_is_one_thread_it_is_done_there() {
        let done = Aside::default().run(|| thread::current().id()).await;
        assert!(done.is_ok_and(|thread| thread == thread::current().id()));
    }

    fn priority() -> i32 {
        #[cfg(unix)]
        return rustix::process::getpriority_process(None).unwrap();
        #[cfg(not(unix))]
        return 0;
    }
}
