//! The threads that answer.
//!
//! Whoever takes an answer in hand lets another one watch the network: without that, one long answer keeps all that come
//! after it waiting although there is a processor without work (docs/adr/0025). And where the server has all of a
//! small machine's processors, each of these threads stays on one of its own ([`seats`]). What nobody waits for is done
//! [`aside`].

pub(crate) mod aside;
#[cfg(target_os = "linux")]
mod seats;

use tokio::runtime::{Builder, Runtime};

/// Whether this program was built to hand the watch on: .cargo/config.toml asks for it, flags of one's own take its place.
pub(crate) fn hands_on() -> bool {
    cfg!(tokio_unstable)
}

/// The threads.
///
/// # Errors
/// When the system gives none.
pub(crate) fn runtime() -> std::io::Result<Runtime> {
    let mut threads = Builder::new_multi_thread();
    #[cfg(tokio_unstable)]
    threads.enable_eager_driver_handoff();
    threads.enable_all();
    #[cfg(target_os = "linux")]
    if let Some(seats) = seats::Seats::here() {
        return seats.seat(&mut threads);
    }
    threads.build()
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_server_is_built_to_hand_the_watch_on() {
        assert!(
            super::hands_on(),
            "flags of one's own (RUSTFLAGS) have taken the place of those in .cargo/config.toml"
        );
    }
}
