//! Putting it together: load, listen, run a core on each thread, replace and stop.

use std::{
    io,
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    sync::Arc,
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};
use serde_json::json;
use tokio::{
    net::TcpSocket,
    signal::unix::{SignalKind, signal},
    sync::watch,
};

use crate::{
    admission::Admission,
    app::{App, Loader},
    balance::Balance,
    cache::Cache,
    core::Core,
    engine,
    guarded::Patience,
    interfaces::{
        postgres::{Budgets, PostgresPools},
        tls::install_crypto_provider,
    },
    log,
    manifest::Manifest,
    variables,
    watch::Watcher,
};

/// Backlog of connections to be accepted, per core.
const BACKLOG: u32 = 1024;

/// Which triggers are served.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Triggers {
    /// `[[trigger.http]]`
    Http,
    /// `[[trigger.redis]]`
    Redis,
    /// Both.
    All,
}

/// How to run the host.
#[derive(Debug, Clone)]
pub struct Options {
    /// The manifest.
    pub from: PathBuf,
    /// A file with values of variables.
    pub variables_file: Option<PathBuf>,
    /// Where compiled components are kept.
    pub cache_dir: PathBuf,
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// How many cores to use.
    pub threads: usize,
    /// What to serve.
    pub triggers: Triggers,
    /// Whether to build and replace when sources change.
    pub watch: bool,
    /// Whether a returned Postgres connection is rolled back.
    pub rollback: bool,
    /// The Redis for key-value stores, if not the application's.
    pub key_value_redis: Option<String>,
    /// How long requests in progress may take when the host stops.
    pub grace: Duration,
    /// How long connections wait for their clients.
    pub patience: Patience,
    /// Maximum number of connections.
    pub connections: usize,
    /// Maximum number from one address; `None` for no limit.
    pub connections_of_one: Option<usize>,
}

/// Runs the application until SIGINT or SIGTERM, and then until requests in progress have finished.
pub fn up(options: &Options) -> Result<()> {
    let started = Instant::now();
    install_crypto_provider();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let _entered = runtime.enter();
    let loader = loader(options)?;
    let manifest = Manifest::load(&options.from)?;
    let app = Arc::new(load(&loader, &manifest, options)?);
    let mut listeners = match options.triggers {
        Triggers::Redis => Vec::new(),
        Triggers::Http | Triggers::All => listen(options.listen, options.threads)?,
    };
    let address = listeners.first().map(TcpListener::local_addr).transpose()?;

    let (apps, _) = watch::channel(app.clone());
    let (stop, _) = watch::channel(false);
    let budgets = Arc::new(Budgets::new(options.threads));
    let (balance, handed_over) = Balance::new(options.threads);
    let admission = Admission::new(options.connections, options.connections_of_one);
    let mut cores = Vec::new();
    for (index, handed_over) in handed_over.into_iter().enumerate() {
        let core = Core {
            index,
            cores: options.threads,
            listener: listeners.pop(),
            admission: admission.clone(),
            patience: options.patience,
            balance: balance.clone(),
            handed_over,
            postgres: PostgresPools::new(index, options.rollback, budgets.clone()),
            redis: options.triggers != Triggers::Http,
            apps: apps.subscribe(),
            stop: stop.subscribe(),
            grace: options.grace,
        };
        cores.push(thread::Builder::new().name(format!("core-{index}")).spawn(move || core.run())?);
    }
    announce(&app, address, options, started);
    drop(app);

    let watcher = options.watch.then(|| Watcher::start(&manifest)).transpose()?;
    let outcome = runtime.block_on(supervise(options, &loader, &apps, &cores, watcher));
    // Cores that are gone need not be told.
    let _ = stop.send(true);
    for core in cores {
        match core.join() {
            Ok(ended) => ended.context("a core failed")?,
            Err(_) => bail!("a core panicked"),
        }
    }
    log::info("stopped", &[]);
    outcome
}

/// Compiles the components of a manifest into the cache.
pub fn compile(options: &Options) -> Result<()> {
    let manifest = Manifest::load(&options.from)?;
    let (compiled, all) = loader(options)?.compile(&manifest)?;
    log::info("compiled", &[("compiled", json!(compiled)), ("components", json!(all))]);
    Ok(())
}

fn loader(options: &Options) -> Result<Loader> {
    let context = || format!("{} cannot be used as cache", options.cache_dir.display());
    Ok(Loader {
        engine: engine::start().map_err(anyhow::Error::from)?,
        cache: Cache::open(&options.cache_dir).with_context(context)?,
        scratch: options.cache_dir.join("files"),
        key_value_address: options.key_value_redis.clone(),
    })
}

fn load(loader: &Loader, manifest: &Manifest, options: &Options) -> Result<App> {
    let environment = |name: &str| std::env::var(name).ok();
    let values = variables::resolve(&manifest.variables, environment, options.variables_file.as_deref())?;
    loader.load(manifest, &values)
}

/// One listener per core, all on one port. The kernel distributes connections over them.
fn listen(address: SocketAddr, count: usize) -> Result<Vec<TcpListener>> {
    let context = || format!("cannot listen on {address}");
    // Listeners that share a port would also share it with those of a host that is already running: first make sure that it is
    // free.
    let probe = TcpListener::bind(address).with_context(context)?;
    let address = probe.local_addr()?;
    drop(probe);
    let shared = || -> io::Result<TcpListener> {
        let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
        socket.set_reuseaddr(true)?;
        socket.set_reuseport(true)?;
        socket.bind(address)?;
        socket.listen(BACKLOG)?.into_std()
    };
    (0..count).map(|_| shared().with_context(context)).collect()
}

fn announce(app: &App, address: Option<SocketAddr>, options: &Options, started: Instant) {
    let milliseconds = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    log::info(
        "listening",
        &[
            ("address", json!(address.map(|address| address.to_string()))),
            ("application", json!(app.name)),
            ("components", json!(app.components.len())),
            ("channels", json!(app.subscriptions.iter().map(|one| &one.channel).collect::<Vec<_>>())),
            ("threads", json!(options.threads)),
            ("milliseconds", json!(milliseconds)),
        ],
    );
}

/// Waits for a signal, and replaces the application when sources change.
async fn supervise(
    options: &Options,
    loader: &Loader,
    apps: &watch::Sender<Arc<App>>,
    cores: &[JoinHandle<io::Result<()>>],
    mut watcher: Option<Watcher>,
) -> Result<()> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut check = tokio::time::interval(Duration::from_secs(1));
    loop {
        tokio::select! {
            _ = interrupt.recv() => break,
            _ = terminate.recv() => break,
            _ = check.tick() => {
                if cores.iter().any(JoinHandle::is_finished) {
                    bail!("a core ended by itself");
                }
            }
            changed = Watcher::changed(watcher.as_mut()) => {
                match reload(options, loader, &changed) {
                    Ok((app, manifest)) => {
                        apps.send_replace(Arc::new(app));
                        watcher = Some(Watcher::start(&manifest)?);
                        log::info("swapped", &[]);
                    }
                    // The running application keeps running until the sources are valid again.
                    Err(error) => log::error("not_swapped", &[("problem", json!(format!("{error:#}")))]),
                }
            }
        }
    }
    log::info("stopping", &[]);
    Ok(())
}

/// Builds the components whose sources have changed, and reloads the application.
fn reload(options: &Options, loader: &Loader, changed: &crate::watch::Changes) -> Result<(App, Manifest)> {
    let manifest = Manifest::load(&options.from)?;
    changed.build(&manifest)?;
    let app = load(loader, &manifest, options)?;
    Ok((app, manifest))
}

/// The default folder for compiled components: beside the manifest.
pub fn default_cache_dir(manifest: &Path) -> PathBuf {
    manifest.parent().unwrap_or(Path::new("")).join(".local/host-cache")
}
