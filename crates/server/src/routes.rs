//! One file a use case.

pub(crate) mod counter;
pub(crate) mod execute;
pub(crate) mod feed;
pub(crate) mod health;
pub(crate) mod hello;
pub(crate) mod links;
pub(crate) mod mailbox;
pub(crate) mod openapi;
pub(crate) mod pass;
pub(crate) mod passkit;
pub(crate) mod password;
pub(crate) mod pokes;
pub(crate) mod pull;
pub(crate) mod push;
pub(crate) mod sign_in;
pub(crate) mod ui;
pub(crate) mod view;
