//! `spin:redis`: connections of a core to one address are a single multiplexed one.
//!
//! A component cannot tell, except for commands that change or block a connection (`MULTI`, `SELECT`, `BLPOP` …): the first of
//! them on a handle moves that handle to a connection of its own.

mod command;
mod pool;

use std::{sync::Arc, time::Duration};

use ::redis::{Cmd, ErrorKind, FromRedisValue, RedisError};
use serde_json::json;
use wasmtime::component::{Accessor, Resource};

use crate::{
    allowed::Destination,
    bindings::spin::redis::redis::{
        Error, Host, HostConnection, HostConnectionWithStore, Payload, RedisParameter, RedisResult,
    },
    interfaces::lookup,
    log,
    state::{HANDLES, Spin, State},
};

pub(crate) use command::describe;
use pool::Open;
pub(crate) use pool::{RedisPool, RedisServer, client};

/// What a component's handle stands for.
#[expect(unreachable_pub, reason = "the bindings export it again")]
#[derive(Clone)]
pub struct Connection(Arc<Handle>);

struct Handle {
    server: Arc<RedisServer>,
    /// How long the server may take to reply (`redis_timeout_ms`).
    patience: Option<Duration>,
    /// Set once the handle has needed a connection of its own.
    own: tokio::sync::OnceCell<Open>,
}

impl Connection {
    /// Runs `command` within the component's time limit. Commands that block a connection may take as long as they say.
    async fn run<R: FromRedisValue>(&self, command: Cmd, needs_own: bool) -> Result<R, RedisError> {
        match self.0.patience {
            Some(patience) if !needs_own => {
                self.0.server.answer_within(patience, self.send(command, needs_own)).await
            }
            _ => self.send(command, needs_own).await,
        }
    }

    /// Runs `command`, on a connection of the handle's own if others would notice it.
    async fn send<R: FromRedisValue>(&self, command: Cmd, needs_own: bool) -> Result<R, RedisError> {
        if needs_own || self.0.own.initialized() {
            let mut own = self.0.own.get_or_try_init(|| self.0.server.connect()).await?.clone();
            return command.query_async(&mut own.connection).await;
        }
        let mut shared = self.0.server.shared().await?;
        let outcome = command.query_async(&mut shared.open.connection).await;
        if outcome.as_ref().is_err_and(RedisError::is_unrecoverable_error) {
            self.0.server.forget(&shared);
        }
        outcome
    }
}

/// An error as passed on by Spin: a text.
fn other(error: &RedisError) -> Error {
    Error::Other(describe(error))
}

impl Host for State {}

impl HostConnection for State {
    async fn drop(&mut self, handle: Resource<Connection>) -> wasmtime::Result<()> {
        self.table.delete(handle)?;
        self.open.redis = self.open.redis.saturating_sub(1);
        Ok(())
    }
}

/// Runs one command on a handle; `convert` creates the component's error.
async fn call<T: Send, R: FromRedisValue>(
    accessor: &Accessor<T, Spin>,
    handle: &Resource<Connection>,
    command: Cmd,
    convert: fn(&RedisError) -> Error,
) -> wasmtime::Result<Result<R, Error>> {
    let connection = lookup(accessor, handle)?;
    Ok(connection.run(command, false).await.map_err(|error| convert(&error)))
}

impl<T: Send> HostConnectionWithStore<T> for Spin {
    async fn open(
        accessor: &Accessor<T, Self>,
        address: String,
    ) -> wasmtime::Result<Result<Resource<Connection>, Error>> {
        let (component, services) = accessor.with(|mut access| {
            let state = access.get();
            (state.component.clone(), state.services.clone())
        });
        let destination = match Destination::parse(&address, "redis") {
            Ok(destination) => destination,
            Err(error) => return Ok(Err(Error::Other(error.to_string()))),
        };
        if !component.allowed.allows(&destination) {
            log::warn(
                "destination_refused",
                &[("component", json!(&*component.id)), ("destination", json!(destination.to_string()))],
            );
            return Ok(Err(Error::InvalidAddress));
        }
        let Ok(server) = services.redis.server(&address) else { return Ok(Err(Error::InvalidAddress)) };
        let patience = component.limits.redis_timeout;
        let opened = match patience {
            Some(patience) => server.answer_within(patience, server.shared()).await,
            None => server.shared().await,
        };
        if let Err(error) = opened {
            return Ok(Err(other(&error)));
        }
        let handle = Connection(Arc::new(Handle { server, patience, own: tokio::sync::OnceCell::new() }));
        accessor.with(|mut access| {
            let state = access.get();
            if state.open.redis >= HANDLES {
                return Ok(Err(Error::TooManyConnections));
            }
            state.open.redis += 1;
            Ok(Ok(state.table.push(handle)?))
        })
    }

    async fn publish(
        accessor: &Accessor<T, Self>,
        handle: Resource<Connection>,
        channel: String,
        payload: Payload,
    ) -> wasmtime::Result<Result<(), Error>> {
        call(accessor, &handle, Cmd::publish(channel, payload), other).await
    }

    async fn get(
        accessor: &Accessor<T, Self>,
        handle: Resource<Connection>,
        key: String,
    ) -> wasmtime::Result<Result<Option<Payload>, Error>> {
        call(accessor, &handle, Cmd::get(key), other).await
    }

    async fn set(
        accessor: &Accessor<T, Self>,
        handle: Resource<Connection>,
        key: String,
        value: Payload,
    ) -> wasmtime::Result<Result<(), Error>> {
        call(accessor, &handle, Cmd::set(key, value), other).await
    }

    async fn incr(
        accessor: &Accessor<T, Self>,
        handle: Resource<Connection>,
        key: String,
    ) -> wasmtime::Result<Result<i64, Error>> {
        call(accessor, &handle, Cmd::incr(key, 1), other).await
    }

    async fn del(
        accessor: &Accessor<T, Self>,
        handle: Resource<Connection>,
        keys: Vec<String>,
    ) -> wasmtime::Result<Result<u32, Error>> {
        call(accessor, &handle, Cmd::del(keys), other).await
    }

    async fn sadd(
        accessor: &Accessor<T, Self>,
        handle: Resource<Connection>,
        key: String,
        values: Vec<String>,
    ) -> wasmtime::Result<Result<u32, Error>> {
        let convert = |error: &RedisError| match error.kind() {
            ErrorKind::UnexpectedReturnType => Error::TypeError,
            _ => other(error),
        };
        call(accessor, &handle, Cmd::sadd(key, values), convert).await
    }

    async fn smembers(
        accessor: &Accessor<T, Self>,
        handle: Resource<Connection>,
        key: String,
    ) -> wasmtime::Result<Result<Vec<String>, Error>> {
        call(accessor, &handle, Cmd::smembers(key), other).await
    }

    async fn srem(
        accessor: &Accessor<T, Self>,
        handle: Resource<Connection>,
        key: String,
        values: Vec<String>,
    ) -> wasmtime::Result<Result<u32, Error>> {
        call(accessor, &handle, Cmd::srem(key, values), other).await
    }

    async fn execute(
        accessor: &Accessor<T, Self>,
        handle: Resource<Connection>,
        name: String,
        arguments: Vec<RedisParameter>,
    ) -> wasmtime::Result<Result<Vec<RedisResult>, Error>> {
        let connection = lookup(accessor, &handle)?;
        let needs_own = command::needs_own_connection(&name, &arguments);
        let outcome = connection.run(command::build(&name, arguments), needs_own).await;
        Ok(outcome.and_then(command::flatten).map_err(|error| other(&error)))
    }
}
