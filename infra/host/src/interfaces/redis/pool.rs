//! The Redis connections of one core: one for each address, opened when first used and again when it broke.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use ::redis::{
    AsyncConnectionConfig, Client, IntoConnectionInfo as _, RedisError, RedisResult,
    aio::MultiplexedConnection, io::tcp::TcpSettings,
};

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

/// A connection, numbered so that a late failure of an earlier one does not take the next one away.
#[derive(Clone)]
pub(crate) struct Shared {
    pub(crate) connection: MultiplexedConnection,
    number: u64,
}

impl RedisPool {
    /// The server at `address`, `redis://…` or `rediss://…`; an error when that is no address.
    pub(crate) fn server(&self, address: &str) -> Result<Arc<RedisServer>, RedisError> {
        let mut servers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(server) = servers.get(address) {
            return Ok(server.clone());
        }
        let server = Arc::new(RedisServer::new(address)?);
        servers.insert(address.to_owned(), server.clone());
        Ok(server)
    }
}

impl RedisServer {
    fn new(address: &str) -> Result<Self, RedisError> {
        Ok(Self {
            client: client(address)?,
            shared: Mutex::new(None),
            connecting: tokio::sync::Mutex::new(0),
        })
    }

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
        let shared = Shared { connection: self.connect().await?, number: *last_number };
        *self.shared.lock().unwrap_or_else(PoisonError::into_inner) = Some(shared.clone());
        Ok(shared)
    }

    /// A connection of one's own.
    pub(crate) async fn connect(&self) -> RedisResult<MultiplexedConnection> {
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(CONNECT_TIMEOUT))
            .set_response_timeout(None);
        self.client.get_multiplexed_async_connection_with_config(&config).await
    }

    /// Lets go of the shared connection, when it still is `broken`: the next caller opens another.
    pub(crate) fn forget(&self, broken: &Shared) {
        let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        if shared.as_ref().is_some_and(|current| current.number == broken.number) {
            *shared = None;
        }
    }

    fn current(&self) -> Option<Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// A client for `address` whose connections send small writes at once: they are requests that somebody waits for.
pub(crate) fn client(address: &str) -> Result<Client, RedisError> {
    let info = address.into_connection_info()?;
    Client::open(info.set_tcp_settings(TcpSettings::default().set_nodelay(true)))
}
