//! `spin:key-value`, kept in Redis. Stock Spin keeps the default store in SQLite, or in Redis if so configured.
//!
//! Stores are distinguished by a prefix of application and label, so that several can share a server.

use std::sync::Arc;

use ::redis::{Cmd, FromRedisValue, RedisError};
use wasmtime::component::{Accessor, FutureReader, Resource, StreamReader};

use crate::{
    bindings::spin::key_value::key_value::{Error, Host, HostStore, HostStoreWithStore},
    interfaces::{
        lookup,
        redis::{RedisServer, describe},
    },
    state::{HANDLES, Spin, State},
};

/// Number of keys that Redis examines per step of listing.
const SCAN: usize = 1000;

/// What a component's handle stands for.
#[expect(unreachable_pub, reason = "the bindings export it again")]
#[derive(Clone)]
pub struct Store {
    server: Arc<RedisServer>,
    prefix: Arc<str>,
}

impl Store {
    fn key(&self, key: &str) -> String {
        format!("{}{key}", self.prefix)
    }

    async fn run<R: FromRedisValue>(&self, command: &Cmd) -> Result<R, Error> {
        let other = |error: &RedisError| Error::Other(describe(error));
        let mut shared = self.server.shared().await.map_err(|error| other(&error))?;
        let outcome = command.query_async(&mut shared.open.connection).await;
        if outcome.as_ref().is_err_and(RedisError::is_unrecoverable_error) {
            self.server.forget(&shared);
        }
        outcome.map_err(|error| other(&error))
    }

    async fn keys(&self) -> Result<Vec<String>, Error> {
        let pattern = format!("{}*", escaped(&self.prefix));
        let mut keys = Vec::new();
        let mut cursor = 0_u64;
        loop {
            let mut scan = ::redis::cmd("SCAN");
            scan.arg(cursor).arg("MATCH").arg(&pattern).arg("COUNT").arg(SCAN);
            let (next, found): (u64, Vec<String>) = self.run(&scan).await?;
            keys.extend(found.iter().filter_map(|key| key.strip_prefix(&*self.prefix)).map(str::to_owned));
            if next == 0 {
                // A scan may return a key twice.
                keys.sort_unstable();
                keys.dedup();
                return Ok(keys);
            }
            cursor = next;
        }
    }
}

/// `text` as a Redis pattern that matches only that text.
fn escaped(text: &str) -> String {
    let special = |c: char| matches!(c, '*' | '?' | '[' | ']' | '^' | '\\');
    text.chars().flat_map(|c| special(c).then_some('\\').into_iter().chain([c])).collect()
}

impl Host for State {}

impl HostStore for State {
    async fn drop(&mut self, handle: Resource<Store>) -> wasmtime::Result<()> {
        self.table.delete(handle)?;
        self.open.key_value = self.open.key_value.saturating_sub(1);
        Ok(())
    }
}

impl<T: Send> HostStoreWithStore<T> for Spin {
    async fn open(
        accessor: &Accessor<T, Self>,
        label: String,
    ) -> wasmtime::Result<Result<Resource<Store>, Error>> {
        accessor.with(|mut access| {
            let state = access.get();
            if !state.component.key_value_stores.contains(&label) {
                return Ok(Err(Error::AccessDenied));
            }
            let Some(address) = &state.component.key_value_address else {
                return Ok(Err(Error::NoSuchStore));
            };
            let server = match state.services.redis.server(address) {
                Ok(server) => server,
                Err(error) => return Ok(Err(Error::Other(describe(&error)))),
            };
            if state.open.key_value >= HANDLES {
                return Ok(Err(Error::StoreTableFull));
            }
            state.open.key_value += 1;
            let prefix = format!("spin-kv:{}:{label}:", state.component.application).into();
            Ok(Ok(state.table.push(Store { server, prefix })?))
        })
    }

    async fn get(
        accessor: &Accessor<T, Self>,
        handle: Resource<Store>,
        key: String,
    ) -> wasmtime::Result<Result<Option<Vec<u8>>, Error>> {
        let store = lookup(accessor, &handle)?;
        Ok(store.run(&Cmd::get(store.key(&key))).await)
    }

    async fn set(
        accessor: &Accessor<T, Self>,
        handle: Resource<Store>,
        key: String,
        value: Vec<u8>,
    ) -> wasmtime::Result<Result<(), Error>> {
        let store = lookup(accessor, &handle)?;
        Ok(store.run(&Cmd::set(store.key(&key), value)).await)
    }

    async fn delete(
        accessor: &Accessor<T, Self>,
        handle: Resource<Store>,
        key: String,
    ) -> wasmtime::Result<Result<(), Error>> {
        let store = lookup(accessor, &handle)?;
        Ok(store.run::<u64>(&Cmd::del(store.key(&key))).await.map(drop))
    }

    async fn exists(
        accessor: &Accessor<T, Self>,
        handle: Resource<Store>,
        key: String,
    ) -> wasmtime::Result<Result<bool, Error>> {
        let store = lookup(accessor, &handle)?;
        Ok(store.run(&Cmd::exists(store.key(&key))).await)
    }

    async fn get_keys(
        accessor: &Accessor<T, Self>,
        handle: Resource<Store>,
    ) -> wasmtime::Result<(StreamReader<String>, FutureReader<Result<(), Error>>)> {
        let store = lookup(accessor, &handle)?;
        let (keys, outcome) = match store.keys().await {
            Ok(keys) => (keys, Ok(())),
            Err(error) => (Vec::new(), Err(error)),
        };
        accessor.with(|mut access| {
            let keys = StreamReader::new(&mut access, keys)?;
            let outcome = FutureReader::new(&mut access, async move { wasmtime::error::Ok(outcome) })?;
            Ok((keys, outcome))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn patterns_are_escaped() {
        assert_eq!(escaped("a*b?[c]\\"), "a\\*b\\?\\[c\\]\\\\");
    }
}
