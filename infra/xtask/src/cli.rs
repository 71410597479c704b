//! The commands, their options and what `--help` says of them.

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::{
    benchmark, checkout::Checkout, doctor, down, lint, migrate, openapi, process, tests_command, up,
};

/// Builds, starts, tests and measures Fundrail on this machine. Needs Rust and nothing else: what is missing is installed
/// where that is allowed, else named with the command that installs it.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", version, disable_help_subcommand = true)]
#[command(after_help = "Environment:
  DATABASE_URL            a Postgres server, by a role that may create roles and databases; a private one without it
  REDIS_URL               a Redis server; a private one without it
  FUNDRAIL_DATABASE       the name of the database (fundrail)
  FUNDRAIL_INSTALL=never  installs nothing, and says what to install
  FUNDRAIL_WASM_TOOLCHAIN rustup or debian: what compiles the components, instead of whatever is found
  FUNDRAIL_ENV_FILE       the file of settings and secrets (.local/dev.env)")]
pub(crate) struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What xtask can do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Starts the whole suite and stays in the foreground; Ctrl-C ends all of it
    ///
    /// Checks what is needed, starts Postgres and Redis, migrates and seeds the database, builds components and host,
    /// starts them, and says where the suite answers and what to try. Settings and secrets are made once, in
    /// .local/dev.env.
    Up(up::Options),
    /// Runs every test, with services, settings and database of its own; needs nothing done first
    ///
    /// With FUNDRAIL_URL=http://… the end-to-end tests run against what answers there instead, FUNDRAIL_ENV_FILE naming its
    /// settings; cases that need more than HTTP are skipped, and named.
    Test(tests_command::Options),
    /// Builds components, host and tools, and says how large the components are
    Build(lint::BuildOptions),
    /// Measures the host beside a native twin, and writes target/bench/latest.json
    Bench(benchmark::Options),
    /// Creates roles and database, and applies what has not been applied of migrations/
    Migrate,
    /// Fills the migrated database with development data; again and again without harm
    Seed,
    /// Ends what an `up` has left running, or one that runs
    Down(down::Options),
    /// Says what is missing on this machine, and how to get it
    Doctor,
    /// Prints the OpenAPI document, writes it to a file, or checks one
    Openapi(openapi::Options),
    /// Checks formatting and lints, as CI does
    Lint,
    /// Creates or drops a database of a test, as a copy of a migrated and seeded one; prints its URLs as JSON
    #[command(hide = true)]
    Database(migrate::DatabaseOptions),
    /// Becomes another program, which ends when we do
    #[command(hide = true)]
    Child(process::child::Child),
}

/// Runs a command.
pub(crate) async fn run(command: Command) -> anyhow::Result<ExitCode> {
    let checkout = Checkout::find()?;
    match command {
        Command::Up(options) => Box::pin(up::run(&checkout, &options)).await.map(|()| ExitCode::SUCCESS),
        Command::Test(options) => Box::pin(tests_command::run(&checkout, &options)).await,
        Command::Build(options) => lint::build(&checkout, &options).await.map(|()| ExitCode::SUCCESS),
        Command::Bench(options) => {
            Box::pin(benchmark::run(&checkout, &options)).await.map(|()| ExitCode::SUCCESS)
        }
        Command::Migrate => migrate::migrate(&checkout).await.map(|()| ExitCode::SUCCESS),
        Command::Seed => migrate::seed(&checkout).await.map(|()| ExitCode::SUCCESS),
        Command::Down(options) => down::run(&checkout, &options).await.map(|()| ExitCode::SUCCESS),
        Command::Doctor => doctor::run(&checkout).await,
        Command::Lint => lint::lint(&checkout).await.map(|()| ExitCode::SUCCESS),
        Command::Openapi(options) => openapi::run(&checkout, &options).await.map(|()| ExitCode::SUCCESS),
        Command::Database(options) => migrate::database(&checkout, options).await.map(|()| ExitCode::SUCCESS),
        Command::Child(child) => Err(process::child::exec(&child)),
    }
}
