//! The commands, their options and their `--help` texts.

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::{
    benchmark, checkout::Checkout, doctor, down, lint, migrate, new_function, openapi, process,
    tests_command, up,
};

/// Builds, starts, tests and measures Fundrail on this machine. Needs nothing but Rust: whatever else is missing is installed if
/// permitted, or named together with the command that installs it.
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
    /// Start everything and stay in the foreground; Ctrl-C stops it
    ///
    /// Checks what is needed, starts Postgres and Redis, migrates and seeds the database, builds components and host, starts
    /// them, and prints the address and what to try. Settings and secrets are created once, in .local/dev.env.
    Up(up::Options),
    /// Run every test, with its own services, settings and database; needs no preparation
    ///
    /// With FUNDRAIL_URL=http://… the end-to-end tests run against that address instead, with the settings in FUNDRAIL_ENV_FILE;
    /// tests that need more than HTTP are skipped and listed.
    Test(tests_command::Options),
    /// Build components, host and tools, and print the sizes of the components
    Build(lint::BuildOptions),
    /// Compare the host with a native twin, and write target/bench/latest.json
    Bench(benchmark::Options),
    /// Create roles and database, and apply pending migrations
    Migrate,
    /// Fill the migrated database with development data; safe to repeat
    Seed,
    /// Stop what an `up` has left running, or a running one
    Down(down::Options),
    /// Report what is missing on this machine, and how to get it
    Doctor,
    /// Print the OpenAPI document, write it to a file, or check one
    Openapi(openapi::Options),
    /// Write what something new begins with
    #[command(subcommand)]
    New(new_function::New),
    /// Check formatting and lints, as CI does
    Lint,
    /// Create or drop a test database, as a copy of a migrated and seeded one; print its URLs as JSON
    #[command(hide = true)]
    Database(migrate::DatabaseOptions),
    /// Become another program, which ends when we do
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
        Command::New(new) => new_function::run(&checkout, &new).await.map(|()| ExitCode::SUCCESS),
        Command::Openapi(options) => openapi::run(&checkout, &options).await.map(|()| ExitCode::SUCCESS),
        Command::Database(options) => migrate::database(&checkout, options).await.map(|()| ExitCode::SUCCESS),
        Command::Child(child) => Err(process::child::exec(&child)),
    }
}
