//! Read-through caching with the platform's own scripts and keys, so that both sides share what is cached.

use std::time::Duration;

use fundrail_kit::envelope;
use redis::{Script, Value, aio::MultiplexedConnection};
use serde::{Serialize, de::DeserializeOwned};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::redis as store;

const LOOK: &str = include_str!("../../../../shared/platform/src/lua/cache_look.lua");
const STORE: &str = include_str!("../../../../shared/platform/src/lua/cache_store.lua");

/// What came of looking into the cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    Hit,
    Miss,
}

impl Outcome {
    /// As a `Cache-Status` header.
    pub(crate) fn cache_status(self) -> &'static str {
        match self {
            Self::Hit => "fundrail; hit",
            Self::Miss => "fundrail; fwd=miss; stored",
        }
    }
}

/// The platform's cache.
pub(crate) struct Cache {
    redis: MultiplexedConnection,
    look: Script,
    store: Script,
}

/// Value, lease and perhaps group, as the scripts take them.
pub(crate) struct Keys(Vec<String>);

impl Keys {
    /// Of a value that all tenants share.
    pub(crate) fn shared(name: &str) -> Self {
        Self(vec![format!("cache:{name}"), format!("cache:{name}:lease")])
    }

    /// Of the answer to a question of a group.
    pub(crate) fn answer(group: &str, question: &impl Serialize) -> anyhow::Result<Self> {
        let digest = Sha256::digest(serde_json::to_vec(question)?);
        let digest = hex::encode(digest.get(..16).unwrap_or(&digest));
        let Self(mut keys) = Self::shared(&format!("{group}:{digest}"));
        keys.push(format!("cache:{group}"));
        Ok(Self(keys))
    }
}

impl Cache {
    /// A cache on this connection.
    pub(crate) fn new(redis: MultiplexedConnection) -> Self {
        Self { redis, look: Script::new(LOOK), store: Script::new(STORE) }
    }

    /// The cached value, or what `load` brings.
    pub(crate) async fn read_through<T: Serialize + DeserializeOwned>(
        &self,
        Keys(keys): &Keys,
        ttl: Duration,
        load: impl Future<Output = anyhow::Result<T>>,
    ) -> anyhow::Result<(T, Outcome)> {
        let token = Uuid::now_v7().to_string();
        let looked = store::run(&self.redis, &self.look, keys, &[token.as_bytes(), b"5000"]).await?;
        if let [Value::Int(1), value] = looked.as_slice()
            && let Some(value) = store::bytes(value).and_then(envelope::open)
        {
            return Ok((value, Outcome::Hit));
        }
        let value = load.await?;
        if let Some(sealed) = envelope::seal(&value) {
            let generation = looked.get(1).and_then(store::bytes).unwrap_or_default();
            let stored = [generation, &sealed].concat();
            let mut noise = [0; 2];
            getrandom::fill(&mut noise)?;
            let ttl = envelope::jittered(ttl, u16::from_le_bytes(noise)).as_millis().to_string();
            let arguments: [&[u8]; 3] = [token.as_bytes(), &stored, ttl.as_bytes()];
            store::run(&self.redis, &self.store, keys, &arguments).await?;
        }
        Ok((value, Outcome::Miss))
    }
}
