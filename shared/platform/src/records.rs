//! Records in Redis of those whom requests may come from, and the marks that end them.
//!
//! Invariant: once a revocation has been acknowledged, no record lets anybody in. A revocation leaves a mark that a late writer of
//! an old record cannot overwrite. If the mark cannot be left because Redis is unavailable, a job leaves it as soon as Redis is
//! back; until then every instance asks Postgres.
//!
//! What is in a record is up to the guard, except that it begins with a number and `|`: a limit of requests per minute of its own,
//! or 0. It is read by [`crate::rates::count`], together with the limits.

use std::time::Duration;

use fundrail_domain::{Error, Result};

use crate::redis::{self, Argument, Script, Value};

/// A mark in place of a record. It outlives every access token and every reader that may still hold an old record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// It has ended: refuse.
    Revoked,
    /// It has changed: ask Postgres, and store nothing yet.
    Changed,
}

impl Mark {
    fn text(self) -> &'static str {
        match self {
            Self::Revoked => "!",
            Self::Changed => "~",
        }
    }

    fn kept(self) -> Duration {
        match self {
            Self::Revoked => Duration::from_mins(15),
            Self::Changed => Duration::from_secs(30),
        }
    }
}

/// KEYS: record. ARGV: record, TTL in ms. Stores unless there is a mark.
static STORE: Script = Script::new(include_str!("lua/record_store.lua"));

/// KEYS: records. ARGV: mark, TTL in ms. A revocation is final: a later change does not replace it.
static MARK: Script = Script::new(include_str!("lua/record_mark.lua"));

/// Stores a record. Best effort: without it the next request asks Postgres again.
pub async fn store(key: &str, record: Vec<u8>, kept: Duration) {
    let Ok(millis @ 1..) = i64::try_from(kept.as_millis()) else { return };
    let arguments = vec![redis::bytes(record), Argument::Int64(millis)];
    let _ = redis::script(&STORE, &[key.to_owned()], arguments).await;
}

/// Leaves a mark at every key. In a request, use [`crate::db::Db::mark`], which does it once everything is committed.
///
/// # Errors
/// Those of Redis.
pub async fn mark(keys: &[String], mark: Mark) -> Result<()> {
    if keys.is_empty() {
        return Ok(());
    }
    let kept = i64::try_from(mark.kept().as_millis()).unwrap_or(i64::MAX);
    let answer = redis::script(&MARK, keys, vec![redis::bytes(mark.text()), Argument::Int64(kept)]).await?;
    match answer.as_slice() {
        [Value::Int64(1)] => Ok(()),
        _ => Err(Error::internal("the marking script answered something else")),
    }
}
