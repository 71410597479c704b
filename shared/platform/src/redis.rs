//! Redis: one kept connection an instance, a deadline on every call, and a breaker, so that a frozen or absent Redis
//! costs a request milliseconds.
//!
//! Nothing that money, compliance or audit depends on lives only in Redis.

use std::{cell::RefCell, rc::Rc, time::Duration};

use fundrail_domain::{Error, Result, breaker::Breaker};
use spin_sdk::redis::{Connection, RedisParameter, RedisResult};

use crate::{config, log, time::within};

pub use spin_sdk::redis::{RedisParameter as Argument, RedisResult as Value};

/// Longest wait for an answer. Redis answers in well under a millisecond; what takes this long is frozen or gone.
const DEADLINE: Duration = Duration::from_millis(500);

thread_local! {
    static KEPT: RefCell<Option<Rc<Connection>>> = const { RefCell::new(None) };
    static BREAKER: RefCell<Breaker> = const { RefCell::new(Breaker::closed()) };
}

/// An argument of text or bytes.
pub fn bytes(value: impl AsRef<[u8]>) -> RedisParameter {
    RedisParameter::Binary(value.as_ref().to_vec())
}

/// Runs one command.
///
/// # Errors
/// [`Error::Unavailable`] when Redis cannot be reached, does not answer in time, or the breaker is open.
pub async fn execute(command: &str, arguments: Vec<RedisParameter>) -> Result<Vec<RedisResult>> {
    execute_made(command, &|| arguments.clone()).await
}

/// [`execute`] with arguments that are made when they are needed: a connection takes them for itself, and a second one
/// may need them too.
async fn execute_made(command: &str, make: &dyn Fn() -> Vec<RedisParameter>) -> Result<Vec<RedisResult>> {
    if BREAKER.with_borrow(|breaker| breaker.is_open(now_ms())) {
        return Err(Error::unavailable("cache", "the breaker is open"));
    }
    let outcome = match kept() {
        // A kept connection may have died since: then once more on a new one. Every command we send may run twice.
        Some(connection) => match call(&connection, command, make()).await {
            Err(Failure::Connection(_)) => fresh_call(command, make()).await,
            other => other,
        },
        None => fresh_call(command, make()).await,
    };
    match outcome {
        Ok(values) => {
            BREAKER.with_borrow_mut(Breaker::succeeded);
            Ok(values)
        }
        Err(Failure::Refused(text)) => Err(Error::internal(format!("redis refused {command}: {text}"))),
        Err(Failure::Connection(text)) => {
            KEPT.with_borrow_mut(Option::take);
            let opened = BREAKER.with_borrow_mut(|breaker| breaker.failed(now_ms()));
            if opened {
                log::line(log::Level::Warn, "the redis breaker opened", &[("error", text.clone().into())]);
            }
            Err(Error::unavailable("cache", text))
        }
    }
}

/// Runs a Lua script by its hash, sending its text only when Redis does not know it. Scripts answer with a flat list of
/// fixed length without nil: Spin flattens nested ones.
pub async fn script(
    script: &Script,
    keys: &[String],
    arguments: Vec<RedisParameter>,
) -> Result<Vec<RedisResult>> {
    let all = |first: &str| {
        let mut all = Vec::with_capacity(2 + keys.len() + arguments.len());
        all.extend([bytes(first), RedisParameter::Int64(i64::try_from(keys.len()).unwrap_or(i64::MAX))]);
        all.extend(keys.iter().map(bytes));
        all.extend(arguments.iter().cloned());
        all
    };
    match execute_made("EVALSHA", &|| all(script.sha1())).await {
        Err(Error::Internal { context }) if context.contains("NOSCRIPT") || context.contains("NoScript") => {
            execute_made("EVAL", &|| all(script.source)).await
        }
        other => other,
    }
}

/// A Lua script.
pub struct Script {
    source: &'static str,
    sha1: std::sync::OnceLock<String>,
}

impl Script {
    /// From its text.
    pub const fn new(source: &'static str) -> Self {
        Self { source, sha1: std::sync::OnceLock::new() }
    }

    fn sha1(&self) -> &str {
        use sha1::{Digest, Sha1};
        self.sha1.get_or_init(|| hex::encode(Sha1::digest(self.source)))
    }
}

enum Failure {
    /// The connection is of no more use.
    Connection(String),
    /// Redis understood and said no.
    Refused(String),
}

fn kept() -> Option<Rc<Connection>> {
    KEPT.with_borrow(Clone::clone)
}

async fn fresh_call(command: &str, arguments: Vec<RedisParameter>) -> Result<Vec<RedisResult>, Failure> {
    let address = config::text("redis_url").await.map_err(|error| Failure::Connection(error.to_string()))?;
    let opened = within(DEADLINE, Connection::open(address)).await;
    let connection = match opened {
        None => return Err(Failure::Connection("no connection in time".to_owned())),
        Some(Err(error)) => return Err(Failure::Connection(error.to_string())),
        Some(Ok(connection)) => Rc::new(connection),
    };
    let outcome = call(&connection, command, arguments).await;
    if !matches!(outcome, Err(Failure::Connection(_))) {
        KEPT.with_borrow_mut(|kept| *kept = Some(connection));
    }
    outcome
}

async fn call(
    connection: &Connection,
    command: &str,
    arguments: Vec<RedisParameter>,
) -> Result<Vec<RedisResult>, Failure> {
    match within(DEADLINE, connection.execute(command, arguments)).await {
        None => Err(Failure::Connection("no answer in time".to_owned())),
        Some(Ok(values)) => Ok(values),
        Some(Err(error)) => {
            let text = error.to_string();
            // Spin hands on only text. These are the marks of an answer by Redis itself, as against a broken connection.
            let answered =
                ["NOSCRIPT", "NoScript", "WRONGTYPE", "ResponseError", "ERR ", "An error was signalled"]
                    .iter()
                    .any(|mark| text.contains(mark));
            let gone = ["LOADING", "BusyLoading", "READONLY", "MASTERDOWN", "broken", "Broken"];
            if answered && !gone.iter().any(|mark| text.contains(mark)) {
                Err(Failure::Refused(text))
            } else {
                Err(Failure::Connection(text))
            }
        }
    }
}

fn now_ms() -> i64 {
    crate::time::now().timestamp_millis()
}

/// The first value of an answer as bytes.
pub fn first_bytes(values: Vec<RedisResult>) -> Option<Vec<u8>> {
    match values.into_iter().next() {
        Some(RedisResult::Binary(bytes)) => Some(bytes),
        Some(RedisResult::Status(text)) => Some(text.into_bytes()),
        _ => None,
    }
}
