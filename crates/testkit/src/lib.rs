//! What the end-to-end tests share: the server as a program of its own ([`Program`]), people who use it over HTTP
//! ([`Person`]), and a PostgreSQL server that can be stopped ([`Cluster`]).
//!
//! Nothing here stands in for anything: the program is the one that operators run, the disk is a real one, and people
//! sign in with the digits of a mail.

mod cluster;
mod person;
mod program;

pub use cluster::{Cluster, address};
pub use person::{Answered, Person, Sent, digits};
pub use program::Program;
