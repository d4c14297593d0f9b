//! What the end-to-end tests share: the server as a program of its own ([`Program`]), and people who use it over HTTP
//! ([`Person`]).
//!
//! Nothing here stands in for anything: the program is the one that operators run, the disk is a real one, and people
//! sign in with the digits of a mail.

mod person;
mod program;

pub use person::{Person, Sent, digits};
pub use program::Program;
