//! The Redis connections of one core: one for each address, opened when first used and again when it broke.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use ::redis::{
    AsyncConnectionConfig, Client, ConnectionAddr, IntoConnectionInfo as _, RedisError, RedisResult,
    aio::MultiplexedConnection, io::tcp::TcpSettings,
};
use tokio::{net::TcpStream, task::JoinHandle};

/// How long the server may take to accept a connection. Spin has no limit here; a component cannot tell but by waiting.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// The servers that a core talks to, by address.
#[derive(Default)]
pub(crate) struct RedisPool(Mutex<HashMap<String, Arc<RedisServer>>>);

/// One address.
pub(crate) struct RedisServer {
    client: Client,
    shared: Mutex<Option<Shared>>,
    /// Held while connecting, so that a crowd makes one connection; with the number of the last one.
    connecting: tokio::sync::Mutex<u64>,
}

/// A connection. Commands of all clones share it.
#[derive(Clone)]
pub(crate) struct Open {
    pub(crate) connection: MultiplexedConnection,
    /// What moves its bytes, and ends when the server hangs up; unknown for encrypted connections.
    driver: Option<Arc<Driver>>,
}

struct Driver(JoinHandle<()>);

/// The connection that handles share, numbered so that a late failure of an earlier one does not take the next one away.
#[derive(Clone)]
pub(crate) struct Shared {
    pub(crate) open: Open,
    number: u64,
}

impl RedisPool {
    /// The server at `address`, `redis://…` or `rediss://…`; an error when that is no address.
    pub(crate) fn server(&self, address: &str) -> Result<Arc<RedisServer>, RedisError> {
        let mut servers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(server) = servers.get(address) {
            return Ok(server.clone());
        }
        let server = Arc::new(RedisServer {
            client: client(address)?,
            shared: Mutex::new(None),
            connecting: tokio::sync::Mutex::new(0),
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
        *self.shared.lock().unwrap_or_else(PoisonError::into_inner) = Some(shared.clone());
        Ok(shared)
    }

    /// A connection of one's own.
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

    /// Lets go of the shared connection, when it still is `broken`: the next caller opens another.
    pub(crate) fn forget(&self, broken: &Shared) {
        let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        if shared.as_ref().is_some_and(|current| current.number == broken.number) {
            *shared = None;
        }
    }

    /// The shared connection, unless the server has hung up meanwhile.
    fn current(&self) -> Option<Shared> {
        let shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
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

/// A client for `address` whose connections send small writes at once: they are requests that somebody waits for.
pub(crate) fn client(address: &str) -> Result<Client, RedisError> {
    let info = address.into_connection_info()?;
    Client::open(info.set_tcp_settings(TcpSettings::default().set_nodelay(true)))
}
