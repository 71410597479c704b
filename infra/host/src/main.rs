//! `fundrail-host`: the command line.

use std::{net::SocketAddr, path::PathBuf, process::ExitCode, thread, time::Duration};

use clap::{Args, Parser, Subcommand};
use fundrail_host::{
    Manifest, Patience, log,
    up::{self, Options, Triggers},
};

/// Small and frequent allocations are most of the cost of a request outside of Wasm.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Runs Spin applications.
#[derive(Debug, Parser)]
#[command(version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run an application until interrupted
    Up(Up),
    /// Check whether a manifest is valid
    Check(From),
    /// Compile an application's components into the cache, so that the next start is fast
    Compile(Cached),
}

#[derive(Debug, Args)]
struct From {
    /// The manifest
    #[arg(long, value_name = "FILE", default_value = "spin.toml")]
    from: PathBuf,
}

#[derive(Debug, Args)]
struct Cached {
    #[command(flatten)]
    from: From,
    /// Folder for compiled components [default: .local/host-cache beside the manifest]
    #[arg(long, value_name = "FOLDER")]
    cache_dir: Option<PathBuf>,
    /// Minimum level of events to write
    #[arg(long, value_name = "LEVEL", default_value = "info")]
    log_level: log::Level,
}

#[derive(Debug, Args)]
struct Up {
    #[command(flatten)]
    cached: Cached,
    /// Address to listen on; port 0 picks a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:3000")]
    listen: SocketAddr,
    /// Values of variables: TOML if the name ends in .toml, otherwise lines SPIN_VARIABLE_NAME=value
    #[arg(long, value_name = "FILE")]
    variables_file: Option<PathBuf>,
    /// Number of cores to use [default: all]
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
    /// Which triggers to serve
    #[arg(long, value_name = "KIND", default_value = "all")]
    trigger: Triggers,
    /// Build components whose sources change, and replace them
    #[arg(long)]
    watch: bool,
    /// Leave transactions open when a component returns its Postgres connection, as stock Spin does
    #[arg(long)]
    no_rollback_on_return: bool,
    /// Redis for key-value stores [default: that of the Redis trigger]
    #[arg(long, value_name = "URL")]
    key_value_redis: Option<String>,
    /// Seconds that requests in progress may take when the host is stopped
    #[arg(long, value_name = "SECONDS", default_value_t = 30)]
    shutdown_timeout: u64,
    #[command(flatten)]
    clients: Clients,
}

/// Limits for clients.
#[derive(Debug, Args)]
struct Clients {
    /// Seconds that the head of a request may take from its first byte
    #[arg(long, value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=3600))]
    head_timeout: u64,
    /// Seconds that a connection may be idle
    #[arg(long, value_name = "SECONDS", default_value_t = 75, value_parser = clap::value_parser!(u64).range(1..=3600))]
    idle_timeout: u64,
    /// Seconds for which a client may read nothing of its response
    #[arg(long, value_name = "SECONDS", default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..=3600))]
    write_timeout: u64,
    /// Maximum number of connections, as far as the system has file descriptors for them
    #[arg(long, value_name = "NUMBER", default_value_t = 16_384, value_parser = clap::value_parser!(u32).range(1..))]
    max_connections: u32,
    /// Maximum number of connections from one address (for IPv6, a /64); 0 for no limit, as behind a proxy
    #[arg(long, value_name = "NUMBER", default_value_t = 1024)]
    max_connections_per_address: u32,
}

impl Clients {
    fn patience(&self) -> Patience {
        Patience {
            head: Duration::from_secs(self.head_timeout),
            idle: Duration::from_secs(self.idle_timeout),
            write: Duration::from_secs(self.write_timeout),
        }
    }
}

fn main() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Up(up) => run(&up),
        Command::Compile(cached) => up::compile(&options(&cached)),
        Command::Check(From { from }) => check(&from),
    };
    log::flush();
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(up: &Up) -> anyhow::Result<()> {
    let all = || thread::available_parallelism().map_or(1, usize::from);
    up::up(&Options {
        listen: up.listen,
        variables_file: up.variables_file.clone(),
        threads: up.threads.map_or_else(all, usize::from),
        triggers: up.trigger,
        watch: up.watch,
        rollback: !up.no_rollback_on_return,
        key_value_redis: up.key_value_redis.clone(),
        grace: Duration::from_secs(up.shutdown_timeout),
        patience: up.clients.patience(),
        connections: number(up.clients.max_connections),
        connections_of_one: Some(number(up.clients.max_connections_per_address)).filter(|most| *most > 0),
        ..options(&up.cached)
    })
}

fn number(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// Options shared by all commands that load an application; the rest are defaults.
fn options(cached: &Cached) -> Options {
    log::set_level(cached.log_level);
    let from = cached.from.from.clone();
    Options {
        cache_dir: cached.cache_dir.clone().unwrap_or_else(|| up::default_cache_dir(&from)),
        from,
        variables_file: None,
        listen: SocketAddr::from(([127, 0, 0, 1], 0)),
        threads: 1,
        triggers: Triggers::All,
        watch: false,
        rollback: true,
        key_value_redis: None,
        grace: Duration::ZERO,
        patience: Patience { head: Duration::ZERO, idle: Duration::ZERO, write: Duration::ZERO },
        connections: 0,
        connections_of_one: None,
    }
}

fn check(from: &std::path::Path) -> anyhow::Result<()> {
    let manifest = Manifest::load(from)?;
    log::info(
        "manifest_valid",
        &[("application", manifest.name.into()), ("components", manifest.components.len().into())],
    );
    Ok(())
}
