//! The program `datebook-server`.
fn main() {}
