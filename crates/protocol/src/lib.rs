//! The wire between device and server
