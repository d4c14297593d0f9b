//! The suite on PostgreSQL, and what only PostgreSQL has.
//!
//! A server is needed: `scripts/postgres cargo nextest run -p datebook-store --features conformance,postgres` starts
//! one, empty, that is gone afterwards.

use uuid::Uuid;

use super::PostgresEngine;
use crate::{AnyStore, Engine};

/// The server's address.
fn url() -> String {
    std::env::var("DATEBOOK_TEST_POSTGRES").expect(
        "DATEBOOK_TEST_POSTGRES names no server: run the tests as `scripts/postgres cargo nextest run -p datebook-store \
         --features conformance,postgres`",
    )
}

/// A name for a realm that nobody has.
fn name() -> String {
    Uuid::new_v4().to_string()
}

async fn engine() -> PostgresEngine {
    PostgresEngine::open(&url()).await.expect("the server is there")
}

/// A realm of its own in the one database, as an operator's choice gives it.
async fn fresh() -> (AnyStore, ()) {
    let engine = Engine::open(&url()).await.expect("the server is there");
    (engine.realm(&name()), ())
}

crate::conformance!(fresh);

/// An engine on a database of its own.
async fn fresh_engine() -> (Engine, ()) {
    (Engine::open(&format::database().await).await.expect("the server is there"), ())
}

crate::engine_conformance!(fresh_engine);

mod connections;
mod deaf;
mod format;
mod others;
mod plans;
mod realms;
mod sequence;
mod sql;

/// A note in a space of customer 1.
fn note(id: &str, body: &str) -> crate::Write {
    crate::Write { key: key(id), sort: id.to_owned(), body: Some(body.into()), keys: Vec::new() }
}

fn key(id: &str) -> crate::Key {
    crate::Key { space: "customer/1".parse().unwrap(), kind: "note".to_owned(), id: id.to_owned() }
}

fn batch(writes: impl IntoIterator<Item = crate::Write>) -> crate::Batch {
    crate::Batch { writes: writes.into_iter().collect(), ..crate::Batch::default() }
}
