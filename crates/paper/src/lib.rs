//! What leaves as a file: so far the calendar file of an appointment.
//!
//! Nothing here knows a store or a network: values go in, text comes out.

pub mod icalendar;
