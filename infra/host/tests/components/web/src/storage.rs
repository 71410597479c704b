//! Redis and key-value stores.

use serde::Deserialize;
use serde_json::{Value, json};
use spin_sdk::{
    key_value::Store,
    redis::{Connection, RedisParameter, RedisResult},
};

/// Commands to run one after the other on a connection of their own.
#[derive(Deserialize)]
struct Commands {
    address: String,
    commands: Vec<Vec<Value>>,
}

/// Runs commands; for each its flat results, or its error.
pub(crate) async fn redis(body: &[u8]) -> Result<Value, String> {
    let Commands { address, commands } = serde_json::from_slice(body).map_err(|error| error.to_string())?;
    let connection = Connection::open(address).await.map_err(|error| format!("{error:?}"))?;
    let mut answers = Vec::new();
    for command in commands {
        let mut parts = command.into_iter();
        let name = parts.next().and_then(|name| name.as_str().map(str::to_owned)).unwrap_or_default();
        let arguments: Vec<_> = parts.map(parameter).collect();
        answers.push(match connection.execute(name, arguments).await {
            Ok(results) => results.iter().map(result).collect(),
            Err(error) => json!({ "error": format!("{error:?}") }),
        });
    }
    Ok(Value::Array(answers))
}

fn parameter(value: Value) -> RedisParameter {
    match value {
        Value::Number(number) => RedisParameter::Int64(number.as_i64().unwrap_or_default()),
        Value::String(text) => RedisParameter::Binary(text.into_bytes()),
        other => RedisParameter::Binary(other.to_string().into_bytes()),
    }
}

fn result(result: &RedisResult) -> Value {
    match result {
        RedisResult::Nil => Value::Null,
        RedisResult::Status(status) => json!({ "status": status }),
        RedisResult::Int64(number) => json!(number),
        RedisResult::Binary(bytes) => json!(String::from_utf8_lossy(bytes)),
    }
}

/// What to do with a store.
#[derive(Deserialize)]
struct Access {
    label: String,
    set: Option<(String, String)>,
    get: Option<String>,
    delete: Option<String>,
}

/// Sets, gets and deletes as asked; then lists all keys.
pub(crate) async fn key_value(body: &[u8]) -> Result<Value, String> {
    let access: Access = serde_json::from_slice(body).map_err(|error| error.to_string())?;
    let problem = |error| format!("{error:?}");
    let store = Store::open(access.label).await.map_err(problem)?;
    if let Some((key, value)) = access.set {
        store.set(key, value).await.map_err(problem)?;
    }
    let mut found = Value::Null;
    if let Some(key) = access.get {
        let exists = store.exists(&key).await.map_err(problem)?;
        let value = store.get(&key).await.map_err(problem)?;
        found = json!({ "exists": exists, "value": value.map(|value| String::from_utf8_lossy(&value).into_owned()) });
    }
    if let Some(key) = access.delete {
        store.delete(key).await.map_err(problem)?;
    }
    let keys = store.get_keys().await.collect().await.map_err(problem)?;
    Ok(json!({ "found": found, "keys": keys }))
}
