//! Passes, looked at by others: the signature by OpenSSL against an authority of the test's own, the rest by hand.

#![allow(clippy::unwrap_used)] // a test that cannot go on has failed

mod apple;
mod google;
mod sample;
