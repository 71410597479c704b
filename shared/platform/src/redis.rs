//! Redis: one persistent connection per instance, a deadline for every call, and a circuit breaker.
//!
//! A Redis that is gone costs a request less than a millisecond. One that is frozen costs the time needed to find out, and no
//! more: a timeout is final, is never retried, and opens the breaker, so that nobody else waits until one request tries a second
//! later. An instance only knows about itself. Our host, configured with `redis_timeout_ms` in the manifest, notices sooner and
//! for all instances and cores at once, and checks itself whether Redis is back, so that no request waits a second time. On stock
//! Spin each instance waits for [`DEADLINE`] at most once a second.
//!
//! Nothing that money, compliance or audit depends on is kept only in Redis.

use std::{cell::RefCell, rc::Rc, time::Duration};

use fundrail_domain::{Error, Result};
use fundrail_kit::breaker::Breaker;
use spin_sdk::redis::{Connection, RedisParameter, RedisResult};

use crate::{config, log, time::within};

pub use spin_sdk::redis::{RedisParameter as Argument, RedisResult as Value};

/// Maximum wait for a reply. Redis replies in well under a millisecond; if it takes this long, it is frozen or gone. Longer than
/// the manifest's `redis_timeout_ms`, so that our host is the first to notice.
const DEADLINE: Duration = Duration::from_millis(250);

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
/// [`Error::Unavailable`] if Redis cannot be reached or does not reply in time, or the breaker is open.
pub async fn execute(command: &str, arguments: Vec<RedisParameter>) -> Result<Vec<RedisResult>> {
    execute_made(command, &|| arguments.clone()).await
}

/// [`execute`] with arguments that are created when needed: a connection consumes them, and a second one may need them too.
async fn execute_made(command: &str, make: &dyn Fn() -> Vec<RedisParameter>) -> Result<Vec<RedisResult>> {
    if !BREAKER.with_borrow_mut(|breaker| breaker.admits(now_ms())) {
        return Err(Error::unavailable("cache", "the breaker is open"));
    }
    let outcome = match kept() {
        // A persistent connection may have died in the meantime: then once more on a new one. Every command we send may run
        // twice. After a timeout there is no retry.
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
            let opened = BREAKER.with_borrow_mut(|breaker| breaker.failed(now_ms()));
            Err(given_up(text, opened))
        }
        Err(Failure::Silent(text)) => {
            BREAKER.with_borrow_mut(|breaker| breaker.tripped(now_ms()));
            Err(given_up(text, true))
        }
    }
}

/// Redis is unavailable: drops the connection, and logs if the breaker has opened.
fn given_up(text: String, opened: bool) -> Error {
    KEPT.with_borrow_mut(Option::take);
    if opened {
        log::line(log::Level::Warn, "the redis breaker opened", &[("error", text.clone().into())]);
    }
    Error::unavailable("cache", text)
}

/// Runs a Lua script by its hash, sending its text only if Redis does not know it. Scripts return a flat list of fixed length
/// without nil: Spin flattens nested ones.
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
    /// Creates it from its text.
    pub const fn new(source: &'static str) -> Self {
        Self { source, sha1: std::sync::OnceLock::new() }
    }

    fn sha1(&self) -> &str {
        use sha1::{Digest, Sha1};
        self.sha1.get_or_init(|| hex::encode(Sha1::digest(self.source)))
    }
}

enum Failure {
    /// The connection is no longer usable.
    Connection(String),
    /// No reply: Redis is frozen, or the network swallows what is sent.
    Silent(String),
    /// Redis understood and refused.
    Refused(String),
}

fn kept() -> Option<Rc<Connection>> {
    KEPT.with_borrow(Clone::clone)
}

async fn fresh_call(command: &str, arguments: Vec<RedisParameter>) -> Result<Vec<RedisResult>, Failure> {
    let address = config::text("redis_url").await.map_err(|error| Failure::Connection(error.to_string()))?;
    let opened = within(DEADLINE, Connection::open(address)).await;
    let connection = match opened {
        None => return Err(Failure::Silent("no connection in time".to_owned())),
        Some(Err(error)) => return Err(unanswered(error.to_string())),
        Some(Ok(connection)) => Rc::new(connection),
    };
    let outcome = call(&connection, command, arguments).await;
    if !matches!(outcome, Err(Failure::Connection(_) | Failure::Silent(_))) {
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
        None => Err(Failure::Silent("no answer in time".to_owned())),
        Some(Ok(values)) => Ok(values),
        Some(Err(error)) => {
            let text = error.to_string();
            // Spin passes on text only. These mark a reply by Redis itself, as opposed to a broken connection.
            let answered =
                ["NOSCRIPT", "NoScript", "WRONGTYPE", "ResponseError", "ERR ", "An error was signalled"]
                    .iter()
                    .any(|mark| text.contains(mark));
            let gone = ["LOADING", "BusyLoading", "READONLY", "MASTERDOWN", "broken", "Broken"];
            if answered && !gone.iter().any(|mark| text.contains(mark)) {
                Err(Failure::Refused(text))
            } else {
                Err(unanswered(text))
            }
        }
    }
}

/// What it means that the host got no reply for us: judging by its text, either Redis is silent or the connection has broken.
fn unanswered(text: String) -> Failure {
    if text.contains("Redis is silent") { Failure::Silent(text) } else { Failure::Connection(text) }
}

fn now_ms() -> i64 {
    crate::time::now().timestamp_millis()
}
