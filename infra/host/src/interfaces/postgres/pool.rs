//! Postgres connections: as in Spin at most 64 per address, and cleaned between one component and the next.
//!
//! Every core keeps the idle connections that it used last, so that a request finds one on its own core. The limit of 64 applies
//! to the process: only when it is reached does a core take another core's idle connection.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_postgres::{NoTls, Statement, config::SslMode};

use super::query::describe;
use crate::{
    interfaces::tls::{RootCertificate, postgres_connector},
    log,
};

/// Maximum number of connections per address for the process, in use and idle.
const CONNECTIONS: usize = 64;

/// Number of prepared statements that a connection remembers.
const STATEMENTS: usize = 256;

/// How long cleaning a connection may take before it is closed instead.
const CLEANING: Duration = Duration::from_secs(5);

/// How long a server may take to accept a connection, if the address does not say.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// What deadpool's `Clean` runs between users, which is what components know from Spin.
const CLEAN: &str = "close all; set session authorization default; reset all; unlisten *; \
                     select pg_advisory_unlock_all(); discard temp; discard sequences";

/// The addresses of the process, each with its connections on all cores.
pub(crate) struct Budgets {
    cores: usize,
    addresses: Mutex<HashMap<Key, Arc<Address>>>,
}

/// The connections of one core.
pub(crate) struct PostgresPools {
    core: usize,
    /// Whether a returned connection is first rolled back.
    rollback: bool,
    budgets: Arc<Budgets>,
    /// The part of `budgets` that this core has used, so that cores do not contend for one lock.
    known: Mutex<HashMap<Key, Arc<Address>>>,
}

/// The connection string, and the root certificate that came with it.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Key {
    address: String,
    root: Option<RootCertificate>,
}

struct Address {
    key: Key,
    config: tokio_postgres::Config,
    /// A permit for each connection in use or being cleaned: its holder may take an idle connection or open one.
    in_use: Arc<Semaphore>,
    /// Number of open connections, including idle ones.
    open: AtomicUsize,
    /// The idle ones, by core, with the most recently used last.
    idle: Vec<Mutex<Vec<Arc<Open>>>>,
}

/// An open connection.
struct Open {
    client: tokio_postgres::Client,
    statements: Mutex<HashMap<Box<str>, Statement>>,
    slot: Slot,
}

/// The right to have a connection open.
struct Slot(Arc<Address>);

/// A connection used by a component. Dropping it cleans and returns it.
pub(crate) struct Client {
    open: Arc<Open>,
    /// Taken when dropped.
    permit: Option<OwnedSemaphorePermit>,
    /// Number of running statements; those still running when it is dropped are cancelled.
    running: AtomicUsize,
    core: usize,
    rollback: bool,
}

/// Counts a statement as running.
pub(super) struct Running<'a>(&'a AtomicUsize);

impl Budgets {
    /// For a process of `cores` cores.
    pub(crate) fn new(cores: usize) -> Self {
        Self { cores, addresses: Mutex::default() }
    }

    fn address(&self, key: &Key) -> Result<Arc<Address>, String> {
        let mut addresses = lock(&self.addresses);
        if let Some(address) = addresses.get(key) {
            return Ok(address.clone());
        }
        let mut config: tokio_postgres::Config = key.address.parse().map_err(|error| describe(&error))?;
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(CONNECT_TIMEOUT);
        }
        let address = Arc::new(Address {
            key: key.clone(),
            config,
            in_use: Arc::new(Semaphore::new(CONNECTIONS)),
            open: AtomicUsize::new(0),
            idle: (0..self.cores).map(|_| Mutex::default()).collect(),
        });
        addresses.insert(key.clone(), address.clone());
        Ok(address)
    }
}

impl PostgresPools {
    /// The pools of `core`; with `rollback`, a transaction ends with the component that began it.
    pub(crate) fn new(core: usize, rollback: bool, budgets: Arc<Budgets>) -> Self {
        Self { core, rollback, budgets, known: Mutex::default() }
    }

    /// A clean connection to `address`; waits for one if all are in use. The error is a text for the component.
    pub(crate) async fn get(&self, address: &str, root: Option<RootCertificate>) -> Result<Client, String> {
        let key = Key { address: address.to_owned(), root };
        let known = lock(&self.known).get(&key).cloned();
        let address = if let Some(address) = known {
            address
        } else {
            let address = self.budgets.address(&key)?;
            lock(&self.known).insert(key, address.clone());
            address
        };
        let permit = address.in_use.clone().acquire_owned().await.map_err(|closed| closed.to_string())?;
        let open = address.take(self.core).await?;
        Ok(Client {
            open,
            permit: Some(permit),
            running: AtomicUsize::new(0),
            core: self.core,
            rollback: self.rollback,
        })
    }
}

impl Address {
    /// A connection for the holder of a permit: an idle one of `core`, a new one, or another core's idle one.
    async fn take(self: &Arc<Self>, core: usize) -> Result<Arc<Open>, String> {
        loop {
            if let Some(open) = self.idle.get(core).and_then(take_live) {
                return Ok(open);
            }
            if let Some(slot) = Slot::take(self) {
                return self.connect(slot).await;
            }
            if let Some(open) = self.idle.iter().find_map(take_live) {
                return Ok(open);
            }
            // All are open and none is idle, so one of them is just being closed: its slot is free in a moment.
            tokio::task::yield_now().await;
        }
    }

    async fn connect(&self, slot: Slot) -> Result<Arc<Open>, String> {
        let client = if self.config.get_ssl_mode() == SslMode::Disable {
            let (client, connection) = self.config.connect(NoTls).await.map_err(|error| describe(&error))?;
            tokio::spawn(drive(connection));
            client
        } else {
            let tls = postgres_connector(self.key.root.as_ref())?;
            let (client, connection) = self.config.connect(tls).await.map_err(|error| describe(&error))?;
            tokio::spawn(drive(connection));
            client
        };
        Ok(Arc::new(Open { client, statements: Mutex::default(), slot }))
    }
}

impl Slot {
    fn take(address: &Arc<Address>) -> Option<Self> {
        let another = |open| (open < CONNECTIONS).then_some(open + 1);
        address.open.fetch_update(Ordering::Relaxed, Ordering::Relaxed, another).ok()?;
        Some(Self(address.clone()))
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.0.open.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The last connection that still works; drops the others.
fn take_live(idle: &Mutex<Vec<Arc<Open>>>) -> Option<Arc<Open>> {
    let mut idle = lock(idle);
    while let Some(open) = idle.pop() {
        if !open.client.is_closed() {
            return Some(open);
        }
    }
    None
}

/// Moves a connection's bytes until it ends.
async fn drive<S, T>(connection: tokio_postgres::Connection<S, T>)
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin,
    T: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin,
{
    if let Err(error) = connection.await {
        log::warn("postgres_connection_lost", &[("problem", describe(&error).into())]);
    }
}

impl Client {
    pub(super) fn client(&self) -> &tokio_postgres::Client {
        &self.open.client
    }

    /// `sql`, prepared, and whether it already was.
    pub(super) async fn prepare(&self, sql: &str) -> Result<(Statement, bool), tokio_postgres::Error> {
        let remembered = lock(&self.open.statements).get(sql).cloned();
        if let Some(statement) = remembered {
            return Ok((statement, true));
        }
        let statement = self.open.client.prepare(sql).await?;
        let mut statements = lock(&self.open.statements);
        if statements.len() >= STATEMENTS {
            statements.clear();
        }
        statements.insert(sql.into(), statement.clone());
        Ok((statement, false))
    }

    /// Forgets the statement prepared from `sql`.
    pub(super) fn forget(&self, sql: &str) {
        lock(&self.open.statements).remove(sql);
    }

    /// Marks a statement as running until the guard is dropped.
    pub(super) fn running(&self) -> Running<'_> {
        self.running.fetch_add(1, Ordering::Relaxed);
        Running(&self.running)
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        let Some(permit) = self.permit.take() else { return };
        if self.open.client.is_closed() {
            return;
        }
        let open = self.open.clone();
        let interrupted = *self.running.get_mut() > 0;
        let (core, rollback) = (self.core, self.rollback);
        // Without delaying the request: whoever asks for a connection in the meantime gets another one.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(give_back(open, permit, core, rollback, interrupted));
        }
    }
}

/// Cleans a connection and adds it to the idle ones of `core`. Without a rollback, an open transaction stays open for the next
/// user, as in Spin; if it has failed, cleaning fails too, and the connection is closed.
async fn give_back(
    open: Arc<Open>,
    permit: OwnedSemaphorePermit,
    core: usize,
    rollback: bool,
    interrupted: bool,
) {
    if interrupted {
        let cancel = open.client.cancel_token();
        let address = &open.slot.0;
        let outcome = if address.config.get_ssl_mode() == SslMode::Disable {
            cancel.cancel_query(NoTls).await
        } else if let Ok(tls) = postgres_connector(address.key.root.as_ref()) {
            cancel.cancel_query(tls).await
        } else {
            Ok(())
        };
        if outcome.is_err() {
            return;
        }
    }
    // `begin` first: a `rollback` without a transaction puts a warning in Postgres' log, and that would be nearly every time.
    let clean = if rollback { format!("begin; rollback; {CLEAN}") } else { CLEAN.to_owned() };
    let cleaned = tokio::time::timeout(CLEANING, open.client.batch_execute(&clean)).await;
    if matches!(cleaned, Ok(Ok(())))
        && let Some(idle) = open.slot.0.clone().idle.get(core)
    {
        lock(idle).push(open);
    }
    drop(permit);
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
