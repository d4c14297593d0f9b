//! The command line.

use std::{
    collections::HashSet,
    ffi::OsStr,
    fmt,
    io::{IsTerminal as _, Write as _},
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::Context as _;
use clap::CommandFactory as _;
use store::Engine;

use crate::{Flags, NotApplied, Settings, migrate::migrate, sample, serve, threads};

/// Variables that begin like the server's own and are not: the app, builds and tests go by them, and a server may be
/// started where they are set.
const OTHERS: [&str; 7] = [
    "DATEBOOK_APP_DATA",
    "DATEBOOK_CLOCK_SHIFT",
    "DATEBOOK_POSTGRES_FSYNC",
    "DATEBOOK_SERVER",
    "DATEBOOK_TEST_POSTGRES",
    "DATEBOOK_UPDATE_ENDPOINT",
    "DATEBOOK_UPDATE_KEY",
];

/// The server of Datebook, the app that looks after your appointments.
///
/// Every setting below can be given as a flag, as an environment variable or as a line of a TOML file (`log = "debug"`);
/// a flag wins over the environment, that over the file.
#[derive(clap::Parser)]
#[command(name = "datebook-server", version)]
pub struct Cli {
    /// The file with settings [default: datebook.toml, if it is there]
    #[arg(long, global = true, env = "DATEBOOK_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(flatten)]
    flags: Flags,
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Run the server until it is told to stop (Ctrl-C or SIGTERM)
    Serve,
    /// Load a business and what it offers from a TOML file; writes only what has changed, or nothing if anything is wrong
    Apply {
        /// The business
        file: PathBuf,
        /// Its name among this server's businesses: letters a to z, digits and hyphens
        #[arg(long, value_name = "NAME", default_value = "main")]
        name: String,
    },
    /// Give a loaded business sample customers with a history, for demonstrations and for trying out
    ///
    /// A business that has customers or appointments already is left as it is.
    ///
    /// With --bookings-per-customer the business becomes a chain: places of ten people each are added to what it offers,
    /// one person for every 7500 appointments, and every customer gets that many appointments with the people of one
    /// place: three years of past ones, and of the next sixty days as many as leave half of the time free. A million
    /// customers with ten appointments each take 1334 people in 134 places, and the time and disk of docs/scale.md.
    Sample {
        /// How many customers, the demo customer among them
        #[arg(long, value_name = "COUNT", default_value_t = 2_000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
        customers: u32,
        /// Make a chain in which every customer has so many appointments
        #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..=200))]
        bookings_per_customer: Option<u32>,
        /// The same seed gives the same people and appointments
        #[arg(long, value_name = "NUMBER", default_value_t = 1)]
        seed: u64,
        /// The business's name among this server's
        #[arg(long, value_name = "NAME", default_value = "main")]
        name: String,
    },
    /// Write a consistent copy of everything to a file while the server goes on working
    Backup {
        /// Where to; a former copy is replaced once the new one is complete
        file: PathBuf,
    },
    /// Put a copy in the place of everything there is, as a whole or not at all; servers may run and go on with the copy
    ///
    /// What was written since the copy was made is lost. Devices notice and pull everything anew.
    Restore {
        /// The copy, as `backup` wrote it
        file: PathBuf,
    },
    /// Move everything, or one business, to another database; stop the servers first
    Migrate {
        /// Where it is: sqlite:FILE or postgres://user:password@host/name
        #[arg(long, value_name = "URL", env = "DATEBOOK_MIGRATE_FROM", hide_env_values = true)]
        from: String,
        /// Where it goes, written the same way: a file, made when it is not there, or a PostgreSQL database, which has to
        /// be there; empty, or with --name at least without that business
        #[arg(long, value_name = "URL", env = "DATEBOOK_MIGRATE_TO", hide_env_values = true)]
        to: String,
        /// Only this one of the server's businesses
        #[arg(long, value_name = "NAME")]
        name: Option<String>,
    },
    /// Make, list and take back the counters where customers are checked in, and the codes for doors
    Counter {
        #[command(subcommand)]
        what: crate::counter::cli::What,
        /// The business's name among this server's
        #[arg(long, global = true, value_name = "NAME", default_value = "main")]
        name: String,
    },
    /// Print the description of the HTTP API (OpenAPI, JSON)
    Openapi,
}

impl Cli {
    /// Does what was asked for.
    ///
    /// # Errors
    /// In words, for whoever typed it.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        let settings = Settings::load(self.flags, self.config.as_deref())?;
        let filter = tracing_subscriber::EnvFilter::try_new(&settings.log).context("--log is not a filter")?;
        let colours = std::io::stderr().is_terminal();
        tracing_subscriber::fmt().with_env_filter(filter).with_ansi(colours).with_writer(std::io::stderr).init();
        for variable in unheeded() {
            tracing::warn!(variable, "there is no such setting: it is ignored");
        }
        if !threads::hands_on() {
            tracing::warn!("built without tokio_unstable: a long answer keeps short ones waiting (docs/adr/0025)");
        }
        let runtime = threads::runtime()?;
        runtime.block_on(async {
            match self.command {
                Command::Serve => run(settings).await,
                Command::Apply { file, name } => apply(&settings, file, &name).await,
                Command::Sample { customers, bookings_per_customer, seed, name } => {
                    let store = open_existing(&settings).await?.realm(&crate::hosting::realm(&name));
                    let (demo, now) = (&settings.demo_email, domain::Timestamp::now());
                    let filled = match bookings_per_customer {
                        None => sample::fill(&store, demo, customers, seed, now).await?,
                        Some(each) => sample::fill_chain(&store, demo, (customers, each), seed, now).await?,
                    };
                    say(&filled.to_string())
                }
                Command::Backup { file } => {
                    let engine = open_existing(&settings).await?;
                    engine.backup(&file).await?;
                    say(&format!("{} holds everything up to now", file.display()))
                }
                Command::Restore { file } => {
                    let place = Place::of(&settings);
                    let restored = Engine::restore(&settings.database(), &file).await;
                    restored.with_context(|| format!("{}: nothing was changed", file.display()))?;
                    let goes_on = if place.was_there { "; a server that runs goes on with it" } else { "" };
                    say(&format!("everything is as {} holds it, in {place}{goes_on}", file.display()))
                }
                Command::Migrate { from, to, name } => {
                    let migrated = migrate(from, to, name.as_deref()).await?;
                    say(&migrated.to_string())
                }
                Command::Counter { what, name } => {
                    let engine = open_existing(&settings).await?;
                    say(&crate::counter::cli::run(&settings, engine, &name, what).await?)
                }
                Command::Openapi => say(&crate::description()),
            }
        })
    }
}

/// The environment's variables that look like settings and are not: misspelt ones, it may be.
fn unheeded() -> Vec<String> {
    let cli = Cli::command();
    let arguments = cli.get_arguments().chain(cli.get_subcommands().flat_map(clap::Command::get_arguments));
    let known: HashSet<&OsStr> = arguments.filter_map(clap::Arg::get_env).chain(OTHERS.map(OsStr::new)).collect();
    let names = std::env::vars_os().map(|(name, _)| name).filter(|name| !known.contains(name.as_os_str()));
    names.filter_map(|name| name.into_string().ok()).filter(|name| name.starts_with("DATEBOOK_")).collect()
}

/// Where everything is: a command that makes it says so, for a wrong folder looks like a new disk.
struct Place {
    /// The file, unless it is in PostgreSQL.
    file: Option<PathBuf>,
    /// Whether there was anything before.
    was_there: bool,
}

impl Place {
    /// As it is now, before anything opens or makes it.
    fn of(settings: &Settings) -> Self {
        let file = settings.database().strip_prefix("sqlite:").map(PathBuf::from);
        let was_there = file.as_ref().is_none_or(|file| file.exists());
        Self { file: file.map(|file| std::path::absolute(&file).unwrap_or(file)), was_there }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A database's address may hold a password.
        let Some(file) = &self.file else { return f.write_str("the database") };
        let made = if self.was_there { "" } else { ", which was not there before and was made" };
        write!(f, "{}{made}", file.display())
    }
}

/// Opens the database of the settings, or makes it.
pub(crate) async fn open(settings: &Settings) -> anyhow::Result<Engine> {
    // Never the URL itself: it may hold a password.
    Engine::open(&settings.database()).await.context("cannot open the database")
}

async fn open_existing(settings: &Settings) -> anyhow::Result<Engine> {
    if let Some(path) = settings.database().strip_prefix("sqlite:") {
        anyhow::ensure!(Path::new(path).exists(), "{path} is not there: is --data the server's folder?");
    }
    open(settings).await
}

async fn run(settings: Settings) -> anyhow::Result<ExitCode> {
    let running = serve(settings).await?;
    say(&format!("listening on {}", running.url))?;
    asked_to_stop().await?;
    running.stop().await;
    Ok(ExitCode::SUCCESS)
}

async fn apply(settings: &Settings, file: PathBuf, name: &str) -> anyhow::Result<ExitCode> {
    let text = std::fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
    let place = Place::of(settings);
    let engine = open(settings).await?;
    match crate::apply(&engine, name, &text).await {
        Ok(applied) => {
            let done = say(&format!("{applied}, in {place}"))?;
            if applied.on_request > 0 {
                eprintln!(
                    "{}: services that are only asked for (accept_automatically = false): {}; the screen on which a \
                     business says yes is not there yet, so what is asked for stays a request",
                    file.display(),
                    applied.on_request
                );
            }
            let store = engine.realm(&crate::hosting::realm(name));
            match crate::counter::cli::without_place(&store).await {
                Ok(lines) => {
                    for line in lines {
                        say(&line)?;
                    }
                }
                // The file is in force all the same.
                Err(error) => tracing::warn!(error = format!("{error:#}"), "the counters' places cannot be looked at"),
            }
            Ok(done)
        }
        Err(NotApplied::Faults(faults)) => {
            for fault in &faults {
                eprintln!("{}: {fault}", file.display());
            }
            eprintln!("{} to put right; nothing was changed", faults.len());
            Ok(ExitCode::FAILURE)
        }
        Err(halfway @ NotApplied::Halfway(_)) => Err(halfway).with_context(|| file.display().to_string()),
        Err(other) => Err(other).with_context(|| format!("{}: nothing was changed", file.display())),
    }
}

fn say(line: &str) -> anyhow::Result<ExitCode> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}

async fn asked_to_stop() -> std::io::Result<()> {
    #[cfg(unix)]
    {
        let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
        tokio::select! {
            _ = terminate.recv() => Ok(()),
            done = tokio::signal::ctrl_c() => done,
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await
}
