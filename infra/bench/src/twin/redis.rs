//! Redis, as `fundrail_platform::redis` uses it: scripts by their hash, a deadline on every call.

use std::time::Duration;

use anyhow::Context as _;
use redis::{AsyncConnectionConfig, Client, Script, Value, aio::MultiplexedConnection};

/// The platform's longest wait for an answer.
const DEADLINE: Duration = Duration::from_millis(500);

/// One connection for the whole process: requests are sent on it one behind the other, without waiting for answers.
pub(crate) async fn connect(url: &str) -> anyhow::Result<MultiplexedConnection> {
    let client = Client::open(url).context("the variable `redis_url` is not a URL")?;
    let config = AsyncConnectionConfig::new().set_response_timeout(Some(DEADLINE));
    client.get_multiplexed_async_connection_with_config(&config).await.context("cannot connect to Redis")
}

/// Runs a script; answers its flat list.
pub(crate) async fn run(
    connection: &MultiplexedConnection,
    script: &Script,
    keys: &[String],
    arguments: &[&[u8]],
) -> anyhow::Result<Vec<Value>> {
    let mut call = script.prepare_invoke();
    for key in keys {
        call.key(key);
    }
    for argument in arguments {
        call.arg(argument);
    }
    Ok(call.invoke_async(&mut connection.clone()).await?)
}

/// A text or bytes of an answer.
pub(crate) fn bytes(value: &Value) -> Option<&[u8]> {
    match value {
        Value::BulkString(bytes) => Some(bytes),
        Value::SimpleString(text) => Some(text.as_bytes()),
        _ => None,
    }
}
