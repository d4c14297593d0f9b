//! The program `datebook-server`.

use std::process::ExitCode;

use clap::Parser as _;

/// Requests are made of many small pieces of memory, taken on one thread and given back on another; and what a thread has
/// given back is soon taken again by others.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    server::cli::Cli::parse().run().unwrap_or_else(|error| {
        // One line, whatever the environment wants to see of the stack.
        eprintln!("datebook-server: {error:#}");
        ExitCode::FAILURE
    })
}
