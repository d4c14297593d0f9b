//! Work at a node whose caller goes away: its future is dropped while it waits for the nth time, and the node lives on.
//!
//! On SQLite it waits for the lock of the file, which is held by the simulation whenever the work is polled, so that how
//! often it waits is no matter of how fast the machine is; what it has given to the writer by the time it is dropped takes
//! effect all the same. On PostgreSQL answers come when they come: there the work is dropped at its first wait.

use std::{
    pin::pin,
    sync::{
        Arc,
        mpsc::{Receiver, Sender, channel},
    },
    task::{Context, Wake, Waker},
};

use domain::Timestamp;
use rusqlite::Connection;
use store::{Engine, Store as _};
use tokio::runtime::Handle;

use crate::gate::STUCK;

/// What it takes.
pub(crate) struct Interrupted<'a> {
    runtime: &'a Handle,
    engine: &'a Engine,
    file: Option<&'a str>,
}

/// Tells whoever polls that there is a reason to.
struct Bell(Sender<()>);

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        // Nobody may be there any more.
        let _ = self.0.send(());
    }
}

impl<'a> Interrupted<'a> {
    /// Work at a node over this engine.
    pub(crate) fn new(runtime: &'a Handle, engine: &'a Engine, database: &'a str) -> Self {
        Self { runtime, engine, file: database.strip_prefix("sqlite:") }
    }

    /// Drops work at its nth wait. Says whether it came to its end before.
    pub(crate) fn run(&self, stops: u32, work: impl Future<Output = ()>) -> Result<bool, String> {
        let lock = self.file.map(Connection::open).transpose().map_err(|error| error.to_string())?;
        let hold = |held: bool| {
            let Some(lock) = &lock else { return Ok(()) };
            lock.execute_batch(if held { "BEGIN IMMEDIATE" } else { "ROLLBACK" }).map_err(|error| error.to_string())
        };
        if let Some(lock) = &lock {
            lock.busy_timeout(STUCK).map_err(|error| error.to_string())?;
        }
        let (bell, rings): (_, Receiver<()>) = channel();
        let waker = Waker::from(Arc::new(Bell(bell)));
        let within = self.runtime.enter();
        hold(true)?;
        let ended = {
            let mut work = pin!(work);
            let mut stop = 0;
            loop {
                stop += 1;
                if work.as_mut().poll(&mut Context::from_waker(&waker)).is_ready() {
                    break true;
                }
                if stop >= stops || lock.is_none() {
                    break false;
                }
                hold(false)?;
                rings.recv_timeout(STUCK).map_err(|_| "work at a node waits for what never comes")?;
                hold(true)?;
            }
        };
        hold(false)?;
        drop(within);
        if lock.is_some() {
            // Comes after all that the writer was given.
            let after = self.engine.realm("nobody");
            let none = after.lease("nothing", Timestamp::UNIX_EPOCH, Timestamp::UNIX_EPOCH, 1);
            self.runtime.block_on(none).map_err(|error| error.to_string())?;
        }
        Ok(ended)
    }
}
