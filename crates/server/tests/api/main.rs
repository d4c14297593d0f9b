//! The real server on a port of its own, through HTTP, with the real engine on a folder of its own.

#![allow(clippy::unwrap_used, reason = "in a test, what is not there is a failure")]

mod apply;
// As the store's tests do: one file of the testkit, which otherwise knows the server from outside.
#[allow(dead_code, unreachable_pub)]
#[path = "../../../testkit/src/cluster.rs"]
mod cluster;
mod commands;
mod connection;
mod counter;
mod description;
mod failure;
mod feed;
mod intruder;
mod limits;
mod links;
mod mails;
mod migrate;
mod pass;
mod problems;
mod program;
mod restore;
mod sign_in;
mod slow;
mod smtp;
mod support;
mod sync;
mod unchanged;
