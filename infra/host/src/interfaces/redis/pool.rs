//! The Redis connections of one core: one per address, opened on first use and reopened when broken.

use std::{
    collections::HashMap,
    pin::pin,
    sync::{
        Arc, LazyLock, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use ::redis::{
    AsyncConnectionConfig, Client, ConnectionAddr, ErrorKind, IntoConnectionInfo as _, RedisError,
    RedisResult, aio::MultiplexedConnection, io::tcp::TcpSettings,
};
use serde_json::json;
use tokio::{net::TcpStream, task::JoinHandle, time::timeout};

use crate::log;

/// How long the server may take to accept a connection. Spin has no limit here; a component can only tell by waiting.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// A busy core has not looked at its sockets for as long: how much longer a reply may then take.
const SECOND_LOOK: Duration = Duration::from_millis(25);

/// How often a silent server is probed.
const PROBE_EVERY: Duration = Duration::from_millis(250);

/// How long a probe may take.
const PROBE_TIMEOUT: Duration = Duration::from_secs(1);

/// Which servers are silent, for the whole process: once one core has waited in vain, no other waits.
static SILENCES: LazyLock<Mutex<HashMap<String, Arc<Silence>>>> = LazyLock::new(Mutex::default);

/// Whether a server is silent.
#[derive(Default)]
struct Silence(AtomicBool);

/// Ends a silence when dropped, even if the core that probes for its end stops earlier.
struct Ends(Arc<Silence>);

/// The servers that a core talks to, by address.
#[derive(Default)]
pub(crate) struct RedisPool(Mutex<HashMap<String, Arc<RedisServer>>>);

/// One address.
pub(crate) struct RedisServer {
    client: Client,
    shared: Mutex<Option<Shared>>,
    /// Held while connecting, so that many callers create one connection; contains the number of the last one.
    connecting: tokio::sync::Mutex<u64>,
    silence: Arc<Silence>,
    address: String,
}

/// A connection. Commands of all clones share it.
#[derive(Clone)]
pub(crate) struct Open {
    pub(crate) connection: MultiplexedConnection,
    /// The task that moves its bytes, and ends when the server hangs up; unknown for encrypted connections.
    driver: Option<Arc<Driver>>,
}

struct Driver(JoinHandle<()>);

/// The connection that handles share, numbered so that a late failure of an earlier one does not remove the next.
#[derive(Clone)]
pub(crate) struct Shared {
    pub(crate) open: Open,
    number: u64,
}

impl RedisPool {
    /// The server at `address`, `redis://…` or `rediss://…`; an error if that is not an address.
    pub(crate) fn server(&self, address: &str) -> Result<Arc<RedisServer>, RedisError> {
        let mut servers = lock(&self.0);
        if let Some(server) = servers.get(address) {
            return Ok(server.clone());
        }
        let server = Arc::new(RedisServer {
            client: client(address)?,
            shared: Mutex::new(None),
            connecting: tokio::sync::Mutex::new(0),
            silence: lock(&SILENCES).entry(address.to_owned()).or_default().clone(),
            address: address.to_owned(),
        });
        servers.insert(address.to_owned(), server.clone());
        Ok(server)
    }
}

impl RedisServer {
    /// The connection that all handles share.
    pub(crate) async fn shared(&self) -> RedisResult<Shared> {
        if let Some(shared) = self.current() {
            return Ok(shared);
        }
        let mut last_number = self.connecting.lock().await;
        if let Some(shared) = self.current() {
            return Ok(shared); // somebody else was first
        }
        *last_number += 1;
        let shared = Shared { open: self.connect().await?, number: *last_number };
        *lock(&self.shared) = Some(shared.clone());
        Ok(shared)
    }

    /// Does `work`, which needs a reply from the server, within `patience`. A server that does not reply is silent for every core
    /// until it replies again: until then this fails at once.
    pub(crate) async fn answer_within<T>(
        self: &Arc<Self>,
        patience: Duration,
        work: impl Future<Output = RedisResult<T>>,
    ) -> RedisResult<T> {
        if self.silence.0.load(Ordering::Relaxed) {
            return Err(silent("it has not answered before"));
        }
        let mut work = pin!(work);
        for wait in [patience, SECOND_LOOK] {
            if let Ok(done) = timeout(wait, &mut work).await {
                return done;
            }
        }
        self.note_silence();
        Err(silent("no answer in time"))
    }

    /// Drops the useless connection, and probes the server from now on.
    fn note_silence(self: &Arc<Self>) {
        *lock(&self.shared) = None;
        if !self.silence.0.swap(true, Ordering::Relaxed) {
            log::warn("redis_silent", &[("server", json!(self.server_name()))]);
            tokio::spawn(self.clone().wait_for_an_answer());
        }
    }

    async fn wait_for_an_answer(self: Arc<Self>) {
        let _ends = Ends(self.silence.clone());
        loop {
            tokio::time::sleep(PROBE_EVERY).await;
            let probe = async {
                let mut open = self.connect().await?;
                ::redis::cmd("PING").query_async::<()>(&mut open.connection).await
            };
            // An error is a reply too, if it comes soon: nobody is kept waiting.
            if timeout(PROBE_TIMEOUT, probe).await.is_ok() {
                log::info("redis_answers", &[("server", json!(self.server_name()))]);
                return;
            }
        }
    }

    /// The address without anything that must not be logged.
    fn server_name(&self) -> &str {
        self.address.rsplit('@').next().unwrap_or_default()
    }

    /// A separate connection.
    pub(crate) async fn connect(&self) -> RedisResult<Open> {
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(CONNECT_TIMEOUT))
            .set_response_timeout(None);
        let info = self.client.get_connection_info();
        let ConnectionAddr::Tcp(host, port) = info.addr() else {
            let connection = self.client.get_multiplexed_async_connection_with_config(&config).await?;
            return Ok(Open { connection, driver: None });
        };
        let connecting = async {
            let stream = TcpStream::connect((host.as_str(), *port)).await?;
            stream.set_nodelay(true)?;
            MultiplexedConnection::new_with_config(info.redis_settings(), stream, config).await
        };
        let connected = tokio::time::timeout(CONNECT_TIMEOUT, connecting).await;
        let (connection, driver) = connected.map_err(std::io::Error::from)??;
        Ok(Open { connection, driver: Some(Arc::new(Driver(tokio::spawn(driver)))) })
    }

    /// Drops the shared connection if it is still `broken`: the next caller opens another.
    pub(crate) fn forget(&self, broken: &Shared) {
        let mut shared = lock(&self.shared);
        if shared.as_ref().is_some_and(|current| current.number == broken.number) {
            *shared = None;
        }
    }

    /// The shared connection, unless the server has hung up in the meantime.
    fn current(&self) -> Option<Shared> {
        let shared = lock(&self.shared);
        shared.as_ref().filter(|shared| !shared.open.is_over()).cloned()
    }
}

impl Open {
    fn is_over(&self) -> bool {
        self.driver.as_ref().is_some_and(|driver| driver.0.is_finished())
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Drop for Ends {
    fn drop(&mut self) {
        self.0.0.store(false, Ordering::Relaxed);
    }
}

/// What components are told about a server that does not reply; they may look for its first words.
fn silent(detail: &str) -> RedisError {
    RedisError::from((ErrorKind::Io, "Redis is silent", detail.to_owned()))
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A client for `address` whose connections send small writes at once: they are requests that somebody waits for.
pub(crate) fn client(address: &str) -> Result<Client, RedisError> {
    let info = address.into_connection_info()?;
    Client::open(info.set_tcp_settings(TcpSettings::default().set_nodelay(true)))
}
