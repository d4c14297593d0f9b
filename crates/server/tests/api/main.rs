//! The real server on a port of its own, through HTTP, with the real engine on a folder of its own.

mod apply;
mod commands;
mod description;
mod mails;
mod problems;
mod sign_in;
mod support;
mod sync;
