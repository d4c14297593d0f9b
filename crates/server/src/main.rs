//! The program `datebook-server`.

use clap::Parser as _;

fn main() -> anyhow::Result<std::process::ExitCode> {
    server::cli::Cli::parse().run()
}
