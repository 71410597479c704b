//! `cargo xtask up`.

mod host;
mod welcome;

use std::{
    net::{SocketAddr, TcpListener},
    process::Stdio,
    time::Duration,
};

use anyhow::{Context as _, bail};
use rustix::process::Signal;

use self::host::Host;
use crate::{
    cargo::{Components, Profile, Programs, Workspace},
    checkout::Checkout,
    dev_env::DevEnv,
    migrate,
    node::Contracts,
    process::{Daemon, DaemonSpec},
    progress::{complain, step},
    run_state::{self, ServiceLock, Started},
    services::{Anvil, Durability, Given, Home, Needs, Services, shared::note_services},
    spin_manifest::SpinManifest,
    wasm_toolchain::WasmToolchain,
};

/// The options of `up`.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Address to serve on; port 0 picks any free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:3000")]
    listen: SocketAddr,
    /// Build host and tools with optimisation across crates: takes minutes longer to compile, and runs a little faster
    #[arg(long)]
    release: bool,
}

/// Starts everything, and returns only if a part of it ends by itself, which is an error.
pub(crate) async fn run(checkout: &Checkout, options: &Options) -> anyhow::Result<()> {
    let profile = if options.release { Profile::Production } else { Profile::Native };
    let mut lock = take_lock(checkout).await?;
    check_address(options.listen)?;
    let toolchain = WasmToolchain::ensure(checkout).await?;
    let workspace = Workspace::read(checkout).await?;
    let mut env = DevEnv::open(checkout)?;
    env.check(checkout)?;

    // What waits for a compiler and what waits for a server do not disturb each other, and neither do the two compilations: their
    // target folders differ, and while one has a single large crate left the other has work for the remaining cores.
    let components = format!("components, by {}", toolchain.name());
    let components = step(&components, workspace.build_components(toolchain, Components::Functions));
    let programs = step("host and ticker", workspace.build_native(profile, Programs::Started));
    let chain = async { Ok(start_chain(checkout).await) };
    let (mut services, (), (), mut chain) =
        tokio::try_join!(ready_services(checkout, &mut lock, &mut env), components, programs, chain)?;
    env.point_at_chain(chain.as_ref().map(Anvil::url))?;

    let mut host = step("host", Host::start(checkout, profile, options.listen, env.file())).await?;
    let mut ticker = start_ticker(checkout, profile, services.redis_url.as_deref())?;
    lock.note(|running| {
        running.address = Some(host.address().to_owned());
        let programs = [("host", host.daemon()), ("ticker", &ticker)];
        let started = programs.map(|(name, daemon)| Started {
            name: name.to_owned(),
            identity: daemon.identity(),
            stop: Signal::TERM.as_raw(),
        });
        running.processes.splice(0..0, started.into_iter().chain(chain.as_ref().map(started_chain)));
    })?;
    host.becomes_healthy().await;
    welcome::say_welcome(host.address(), &mut env);

    Err(tokio::select! {
        error = host.ended() => error,
        error = ticker.ended() => error,
        error = services.ended() => error,
        error = chain_ended(&mut chain) => error,
    })
}

/// Starts the local chain, if Node.js is there: everything else works without it.
async fn start_chain(checkout: &Checkout) -> Option<Anvil> {
    let start = async {
        let Some(contracts) = Contracts::if_possible(checkout).await? else { return Ok(None) };
        let home = Home::of(checkout)?;
        Anvil::start(&contracts, &home).await.map(Some)
    };
    step("local chain", start).await.unwrap_or_else(|error| {
        complain(&format!("there is no local chain: {error:#}"));
        None
    })
}

fn started_chain(chain: &Anvil) -> Started {
    Started { name: "Anvil".to_owned(), identity: chain.identity(), stop: Signal::TERM.as_raw() }
}

async fn chain_ended(chain: &mut Option<Anvil>) -> anyhow::Error {
    match chain {
        Some(chain) => chain.ended().await,
        None => std::future::pending().await,
    }
}

/// Starts Postgres and Redis, and fills the database.
async fn ready_services(
    checkout: &Checkout,
    lock: &mut ServiceLock,
    env: &mut DevEnv,
) -> anyhow::Result<Services> {
    let home = Home::of(checkout)?;
    let starting = Services::start(Given::read()?, Needs::Both, &home, Durability::Kept);
    let services = step("Postgres and Redis", starting).await?;
    note_services(lock, &services)?;
    let database = migrate::prepare(checkout, &services.database_url, env);
    let database = step("migrations", database).await?;
    env.point_at(&database, services.redis_url.as_deref())?;
    step("seed", migrate::fill(checkout, &database, env)).await?;
    Ok(services)
}

async fn take_lock(checkout: &Checkout) -> anyhow::Result<ServiceLock> {
    if let Some(lock) = ServiceLock::take(checkout, "up").await? {
        return Ok(lock);
    }
    let running = run_state::running(checkout)?.unwrap_or_default();
    let process = running.xtask.map(|xtask| format!(" (process {})", xtask.pid)).unwrap_or_default();
    let address = running.address.map(|address| format!(", at http://{address}")).unwrap_or_default();
    bail!(
        "`cargo xtask {}` runs in this checkout already{process}{address}. End it by Ctrl-C there, or by \
         `cargo xtask down`",
        running.command
    )
}

/// Reports before anything is built that the address is in use.
fn check_address(listen: SocketAddr) -> anyhow::Result<()> {
    TcpListener::bind(listen)
        .map(drop)
        .with_context(|| format!("cannot listen on {listen}; `--listen` takes another address"))
}

fn start_ticker(checkout: &Checkout, profile: Profile, redis: Option<&str>) -> anyhow::Result<Daemon> {
    let redis = redis.context("there is no Redis")?;
    let manifest = SpinManifest::read(checkout)?;
    let channels = manifest.channels().collect::<Vec<_>>().join(",");
    Daemon::start(DaemonSpec {
        name: "the ticker",
        command: vec![profile.program(checkout, "fundrail-ticker").into()],
        environment: vec![
            ("REDIS_URL".to_owned(), redis.to_owned()),
            ("FUNDRAIL_TICK_CHANNELS".to_owned(), channels),
        ],
        user: None,
        stop: Signal::TERM,
        grace: Duration::from_secs(5),
        stdout: Stdio::inherit(),
        stderr: Stdio::inherit(),
    })
}
