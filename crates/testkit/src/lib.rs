//! What tests share: the server as a program of its own ([`Program`]), people who use it over HTTP ([`Person`]), a
//! PostgreSQL server that can be stopped ([`Cluster`]), a balancer before several servers ([`Balancer`]), the other end of a
//! mail's way ([`smtp`]), an authority for passes in Apple's place ([`Authority`]), and an appointment to begin with.
//!
//! Besides that authority nothing here stands in for anything: the program is the one that operators run, the disk is a real
//! one, and people sign in with the digits of a mail.

mod appointment;
mod authority;
mod balancer;
mod cluster;
mod person;
mod program;
pub mod smtp;

pub use appointment::appointment;
pub use authority::{Authority, PASS_TYPE, TEAM};
pub use balancer::Balancer;
pub use cluster::{Cluster, address};
pub use person::{Answered, Lost, Person, Sent, digits};
pub use program::{Program, on_its_own};
