//! The same commands and views over the real PostgreSQL engine: what [`main.rs`](./main.rs) has, but for the wire, which
//! knows no engine.
//!
//! A server is needed: `scripts/postgres cargo nextest run -p datebook-portal --features postgres` starts one.

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

/// An empty store: a realm of its own in the one database. The folder is for engines that are files.
async fn store(_: &std::path::Path) -> store::AnyStore {
    let url = std::env::var("DATEBOOK_TEST_POSTGRES")
        .expect("DATEBOOK_TEST_POSTGRES names no server: run the tests as `scripts/postgres cargo nextest run …`");
    let engine = store::Engine::open(&url).await.expect("the server is there");
    engine.realm(&uuid::Uuid::now_v7().to_string())
}
