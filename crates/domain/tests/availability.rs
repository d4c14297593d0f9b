//! Which times are free: by cases, on the days of a clock change, and by properties.

#![allow(clippy::unwrap_used, reason = "a test that cannot be built should panic, its builders included")]

#[path = "availability/cases.rs"]
mod cases;
#[path = "availability/clocks.rs"]
mod clocks;
#[path = "availability/properties.rs"]
mod properties;
#[path = "availability/shop.rs"]
mod shop;
