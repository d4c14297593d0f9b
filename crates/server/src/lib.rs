//! The server that a business runs: HTTP, sign-in, sync, jobs, mails, operations, and the browser's UI.
//!
//! **Invariant:** nothing is remembered outside the store but what would not be missed: any node may stop at any time.
//! **Invariant:** a read by nobody in particular leaves nothing behind. **Invariant:** every error is a
//! [`protocol::Problem`].
//!
//! Start reading at `router` (every route on one screen). Each use case is one file in `routes`; sign-in is in `attempt`
//! and `session`, commands are in `verdict`, what happens afterwards is in `job` and `mail`.
//!
//! Not done yet: TLS certificates that are exchanged while the server runs; mails in other languages than English.

mod app;
mod apply;
mod attempt;
mod body;
pub mod cli;
mod counter;
mod crowd;
mod document;
mod door;
mod fault;
mod files;
mod front;
mod guesses;
mod head;
mod hosting;
mod hub;
mod in_path;
mod job;
mod life;
mod limit;
mod listeners;
mod mail;
mod mailbox;
mod migrate;
mod node;
mod openapi;
mod password;
mod patience;
mod prompt;
mod router;
mod routes;
mod sample;
mod secret;
mod serve;
mod session;
mod settings;
mod threads;
mod verdict;
mod wallet;

pub use app::Clock;
pub use apply::{Applied, NotApplied, apply};
pub use fault::{Fault, status};
pub use node::Node;
pub use openapi::description;
pub use serve::{Running, serve};
pub use settings::{Flags, Settings};
