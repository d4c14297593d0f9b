//! Commands and views over the real SQLite engine, one file a use case. `postgres.rs` has them over PostgreSQL.

// What the tests build on may panic as they may; only functions marked as tests are let off by the lint itself.
#![allow(clippy::unwrap_used)]

mod agenda;
mod book;
mod booking_view;
mod calendar;
mod cancel;
mod catalogue;
mod check_in;
mod contention;
mod feed;
mod memory;
mod pass;
mod profile;
mod reschedule;
mod salon;
mod wire;

/// An empty store in a folder that is empty too.
async fn store(folder: &std::path::Path) -> store::AnyStore {
    let url = format!("sqlite:{}", folder.join("salon.sqlite").display());
    store::Engine::open(&url).await.unwrap().realm("salon")
}
