//! Read-through caching in Redis.
//!
//! Invariant: a value that was loaded before a drop is never stored after it. A reader who misses gets a lease (a random token
//! beside the key) and may store only while it stands; a drop deletes both. Without this, a reader that loaded just before a
//! write would put the old value back for a whole TTL.
//!
//! Without Redis, every read loads, and says so in `Cache-Status`.

use std::{future::Future, time::Duration};

use fundrail_domain::Result;
use fundrail_kit::envelope;
use serde::{Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};

use crate::{
    random,
    redis::{self, Script, Value},
};

/// Result of a look into the cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It was there.
    Hit,
    /// It was not there, and has been loaded.
    Miss,
    /// Redis did not respond, and it has been loaded.
    Bypass,
}

impl Outcome {
    /// As a `Cache-Status` header (RFC 9211).
    pub fn cache_status(self) -> &'static str {
        match self {
            Self::Hit => "fundrail; hit",
            Self::Miss => "fundrail; fwd=miss; stored",
            Self::Bypass => "fundrail; fwd=bypass; detail=cache-unavailable",
        }
    }
}

/// A key ([`crate::cache_keys`]). Nothing that belongs to a single tenant is cached; if it ever is, the tenant must be part of
/// its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    name: String,
    group: Option<String>,
}

impl Key {
    /// A value shared by all tenants, e.g. `price:{asset}`.
    pub(crate) fn shared(name: &str) -> Self {
        Self { name: format!("cache:{name}"), group: None }
    }

    /// The answer to one of the many questions of a group, e.g. a page of a list under some filters. Dropping the group's own key
    /// drops every answer in it, although nobody knows which there are.
    ///
    /// # Errors
    /// [`fundrail_domain::Error::Internal`] for a question that cannot be represented in JSON.
    pub(crate) fn answer(group: &Self, question: &impl Serialize) -> Result<Self> {
        let json = serde_json::to_vec(question)
            .map_err(|error| fundrail_domain::Error::internal(format!("no JSON: {error}")))?;
        let digest = Sha256::digest(json);
        let digest = hex::encode(digest.get(..16).unwrap_or(&digest));
        Ok(Self { name: format!("{}:{digest}", group.name), group: Some(group.name.clone()) })
    }

    /// As Redis knows it.
    pub fn as_str(&self) -> &str {
        &self.name
    }

    /// Value, lease and group, as passed to the scripts.
    fn keys(&self) -> Vec<String> {
        let mut keys = vec![self.name.clone(), format!("{}:lease", self.name)];
        keys.extend(self.group.clone());
        keys
    }
}

/// KEYS: value, lease, optionally a group. ARGV: token, lease in ms. Returns `{1, value}`, or `{0, generation}` after taking a
/// lease if there is none.
///
/// A group's key holds its generation, a token that never recurs. A stored value begins with the generation under which it was
/// loaded, and is only valid while that lasts. A day is longer than any TTL.
static LOOK: Script = Script::new(include_str!("lua/cache_look.lua"));

/// KEYS: value, lease. ARGV: token, value, TTL in ms. Stores if the lease is still the caller's.
static STORE: Script = Script::new(include_str!("lua/cache_store.lua"));

/// How long a loader may take before its value is no longer stored.
const LEASE: Duration = Duration::from_secs(5);

/// The cached value, or what `load` returns, which is then cached for about `ttl` (± 10 %, so that keys written together do not
/// expire together).
pub async fn read_through<T, F>(key: &Key, ttl: Duration, load: impl FnOnce() -> F) -> Result<(T, Outcome)>
where
    T: Serialize + DeserializeOwned,
    F: Future<Output = Result<T>>,
{
    let token = random::uuid().to_string();
    let keys = key.keys();
    let lease = i64::try_from(LEASE.as_millis()).unwrap_or(i64::MAX);
    let looked = redis::script(&LOOK, &keys, vec![redis::bytes(&token), redis::Argument::Int64(lease)]).await;
    let (outcome, generation) = match looked {
        Ok(values) => match found(&values) {
            Some(value) => return Ok((value, Outcome::Hit)),
            None => (Outcome::Miss, generation(&values)),
        },
        Err(_) => (Outcome::Bypass, Vec::new()),
    };
    let value = load().await?;
    if outcome == Outcome::Miss
        && let Some(stored) = envelope::seal(&value)
    {
        let stored = [generation, stored].concat();
        let ttl = envelope::jittered(ttl, random::bytes::<2>().map_or(0, u16::from_le_bytes));
        let ttl = i64::try_from(ttl.as_millis()).unwrap_or(i64::MAX);
        let arguments = vec![redis::bytes(&token), redis::bytes(stored), redis::Argument::Int64(ttl)];
        // If it cannot be stored, the next reader has to load it, nothing else.
        let _ = redis::script(&STORE, &keys, arguments).await;
    }
    Ok((value, outcome))
}

fn found<T: DeserializeOwned>(values: &[Value]) -> Option<T> {
    match values {
        [Value::Int64(1), Value::Binary(bytes)] => envelope::open(bytes),
        [Value::Int64(1), Value::Status(text)] => envelope::open(text.as_bytes()),
        _ => None,
    }
}

fn generation(looked: &[Value]) -> Vec<u8> {
    match looked {
        [Value::Int64(0), Value::Binary(bytes)] => bytes.clone(),
        [Value::Int64(0), Value::Status(text)] => text.clone().into_bytes(),
        _ => Vec::new(),
    }
}

/// Drops keys and whatever is being loaded for them. For workers: a handler uses [`crate::db::Db::drop_cached`] in the
/// transaction of its write, so that a drop cannot be lost.
pub async fn drop_keys(keys: &[String]) -> Result<()> {
    if keys.is_empty() {
        return Ok(());
    }
    let arguments =
        keys.iter().flat_map(|key| [redis::bytes(key), redis::bytes(format!("{key}:lease"))]).collect();
    redis::execute("DEL", arguments).await.map(drop)
}
