//! Quiet time: everybody reaches everybody, and says what there is to say.

use super::{FAILED, World, network::NOTHING};

/// After so many milliseconds each, somebody looks for jobs. First soon enough for mails that work for a quarter of an
/// hour, when whoever was held up no longer has them, whatever the nodes' clocks show; then within as long as a job that
/// failed often waits for.
const JOBS: [i64; 6] = [0, 70_000, JOBS_AGAIN, JOBS_AGAIN, JOBS_AGAIN, JOBS_AGAIN];
const JOBS_AGAIN: i64 = 20 * 60 * 1000;

impl World {
    /// Lets everything come to its end. Afterwards nobody waits for anybody, and devices are off.
    pub(crate) fn quiet(&mut self) -> Result<(), String> {
        self.parted.clear();
        for device in &self.devices {
            device.remove_fuse();
        }
        while let Some(call) = self.calls.pop() {
            self.resume(call)?;
        }
        for device in 0..self.devices.len() {
            // What is still under way arrives, the oldest first, whether or not anybody still waits for it.
            while !self.flights.is_empty() {
                let flight = self.flights.remove(0);
                self.arrive(flight, 0, NOTHING)?;
            }
            if self.waiting[device].is_some() {
                self.answer(device, None, Err(client::transport::NoAnswer("quiet".to_owned())))?;
            }
        }
        while !self.flights.is_empty() {
            let flight = self.flights.remove(0);
            self.arrive(flight, 0, NOTHING)?;
        }
        for device in 0..self.devices.len() {
            self.settle_in(device)?;
        }
        // What the counter was answered once is answered the same again.
        self.settle(true);
        while let Some(flight) = self.flights.pop() {
            self.arrive(flight, 0, NOTHING)?;
        }
        // First everybody says what they want, then everybody hears what came of it.
        for _ in 0..2 {
            for device in 0..self.devices.len() {
                if self.devices[device].busy() {
                    return Err(format!("device {device} is still busy when all is said"));
                }
                let failed = self.tally.of(FAILED);
                self.devices[device].sync();
                self.through(device)?;
                if self.tally.of(FAILED) != failed {
                    return Err(format!("device {device} cannot sync when all is quiet"));
                }
            }
        }
        for (round, wait) in JOBS.into_iter().enumerate() {
            self.time.pass(wait);
            let node = round % self.nodes.len();
            while self.work(node, NOTHING)? {}
        }
        for device in &mut self.devices {
            let waiting = device.outbox()?;
            if !waiting.is_empty() {
                return Err(format!("still waiting when all is quiet: {waiting:?}"));
            }
            // So that its file can be looked at.
            device.stop();
        }
        Ok(())
    }

    /// Ends everybody's programs.
    pub(crate) fn end(&mut self) {
        for device in &mut self.devices {
            device.stop();
        }
        for slot in &mut self.nodes {
            slot.node = None;
            self.runtime.block_on(slot.engine.close());
        }
    }
}
