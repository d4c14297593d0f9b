//! Reminders: the plan by itself over a month of what may happen to a device, and on a device with the sample business.

#![allow(clippy::unwrap_used)] // a test that cannot go on has failed

#[allow(dead_code)] // made for more tests than these
#[path = "../device/phone.rs"]
mod phone;
#[allow(dead_code)]
#[path = "../device/script.rs"]
mod script;
#[allow(dead_code)]
#[path = "../device/shop.rs"]
mod shop;

mod days;
mod device;
mod month;
mod rules;
