//! The program `datebook-server`.

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    server::cli::Cli::parse().run().unwrap_or_else(|error| {
        // One line, whatever the environment wants to see of the stack.
        eprintln!("datebook-server: {error:#}");
        ExitCode::FAILURE
    })
}
