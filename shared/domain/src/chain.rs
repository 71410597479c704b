//! Logs of EVM chains, as delivered by webhooks and as stored.

use std::collections::HashMap;

use alloy_primitives::{Address, B256, Bytes};
use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use serde_json::Value;

use crate::{
    Error, FieldError, Result,
    input::{Object, parse_json},
};

pub mod statement;

pub use statement::{Said, Statement};

/// Maximum number of logs in one delivery.
pub const MOST_LOGS: usize = 1000;
/// Maximum number of errors reported for one delivery. Whoever made more of them finds the others by the same rule.
pub const MOST_ERRORS: usize = 100;
/// Maximum size of the data of one log in bytes.
pub const MOST_DATA: usize = 65_536;
/// Largest number accepted: beyond it, JSON readers that treat numbers as doubles no longer agree on them.
pub const MOST_NUMBER: i64 = (1 << 53) - 1;
/// The opcode `LOG4` gives a log at most this many topics.
const MOST_TOPICS: usize = 4;
/// How far the clock behind a message's time may be ahead of ours: as far as Standard Webhooks permits for a delivery attempt.
/// Anything beyond would be the last word on its log forever.
const AHEAD: TimeDelta = TimeDelta::minutes(5);

/// Reads the id of a chain from a query parameter.
///
/// # Errors
/// Says what it must be.
pub fn parse_chain_id(text: &str) -> Result<i64, String> {
    let id = crate::input::whole_number::<i64>(text).filter(|id| *id > 0);
    id.ok_or_else(|| "must be the id of a chain (EIP-155), such as 1".to_owned())
}

/// Where a log is. A block's hash belongs to one block, so this identifies a log permanently, unlike a block's number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct LogKey {
    /// EIP-155 id of the chain.
    pub chain_id: i64,
    /// Hash of the block.
    pub block_hash: B256,
    /// Index within the block.
    pub log_index: i64,
}

/// A log. Its JSON form is what the database accepts: hexadecimal in lower case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Log {
    /// Where it is.
    #[serde(flatten)]
    pub key: LogKey,
    /// Height of the block.
    pub block_number: i64,
    /// Hash of the transaction that emitted it.
    pub transaction_hash: B256,
    /// Address of the contract that emitted it.
    pub address: Address,
    /// Hash of the event's signature, followed by its indexed parameters.
    pub topics: Vec<B256>,
    /// The other parameters, ABI-encoded.
    pub data: Bytes,
}

/// What a delivery says about a log: that it is part of the chain, or no longer is. For what follows from that, see
/// [`statement`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Delivered {
    /// The log.
    #[serde(flatten)]
    pub log: Log,
    /// Whether its block has been removed from the chain.
    pub removed: bool,
    /// When that happened, according to the message.
    #[serde(serialize_with = "crate::time::serialize_optional")]
    pub said_at: Option<DateTime<Utc>>,
    /// Turn within the delivery, from 1: incremented whenever the delivery says something different about this log.
    pub turn: i32,
    /// Where it is in the body, as a JSON Pointer.
    #[serde(skip)]
    pub path: String,
}

/// Contents of a webhook body.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Delivery {
    /// Everything said about logs, in its order.
    pub logs: Vec<Delivered>,
    /// JSON Pointers of the messages about something else.
    pub ignored: Vec<String>,
}

/// Reads the body of a webhook: `{type: "chain.log", timestamp, data}` or a list of these; `data` is a log or a list of logs.
///
/// It comes from somebody whose formats grow without asking us: unknown fields are ignored, and so are messages of other types.
/// What we do know must be correct.
///
/// # Errors
/// [`Error::Malformed`] if it is not JSON, [`Error::Invalid`] naming every invalid field of every log, but at most
/// [`MOST_ERRORS`] of them.
pub fn parse_delivery(body: &[u8], now: DateTime<Utc>) -> Result<Delivery> {
    let json = parse_json(body)?;
    let mut reader = Reader { latest: now.checked_add_signed(AHEAD).unwrap_or(now), ..Reader::default() };
    match &json {
        Value::Array(messages) => {
            reader.list(messages, "", |reader, message, path| reader.message(message, &path));
        }
        message => reader.message(message, ""),
    }
    reader.finish()
}

/// Collects up to [`MOST_LOGS`] logs and up to [`MOST_ERRORS`] complaints. Beyond either, nothing more is read, so that a small
/// body stays cheap.
#[derive(Default)]
struct Reader {
    logs: Vec<Delivered>,
    ignored: Vec<String>,
    /// The latest statement about each log: whether it is removed, when that happened, and which turn it was.
    last: HashMap<LogKey, (bool, Option<DateTime<Utc>>, i32)>,
    /// The latest time that a message may give.
    latest: DateTime<Utc>,
    errors: Vec<FieldError>,
    seen: usize,
}

impl Reader {
    fn complain(&mut self, pointer: impl Into<String>, message: impl Into<String>) {
        if !self.is_full() {
            self.errors.push(FieldError { pointer: pointer.into(), message: message.into() });
        }
    }

    fn is_full(&self) -> bool {
        self.errors.len() >= MOST_ERRORS
    }

    fn keep<T>(&mut self, read: Result<T>) -> Option<T> {
        match read {
            Ok(value) => Some(value),
            Err(Error::Invalid(errors)) => {
                let room = MOST_ERRORS.saturating_sub(self.errors.len());
                self.errors.extend(errors.into_iter().take(room));
                None
            }
            Err(other) => {
                self.complain("", other.to_string());
                None
            }
        }
    }

    /// Reads the entries of a list of messages or logs. A list that is too long is rejected before any of it is read.
    fn list(&mut self, entries: &[Value], path: &str, read: impl Fn(&mut Self, &Value, String)) {
        if entries.is_empty() {
            return self.complain(path, "must have at least one entry");
        }
        if entries.len() > MOST_LOGS {
            return self.complain(path, format!("must have at most {MOST_LOGS} entries"));
        }
        for (index, entry) in entries.iter().enumerate() {
            if self.is_full() {
                break;
            }
            read(self, entry, format!("{path}/{index}"));
        }
    }

    fn message(&mut self, message: &Value, path: &str) {
        let Some(mut object) = self.keep(Object::nested(message, path).map_err(Error::from)) else { return };
        object.pass_over_unknown();
        let kind =
            object.required_as("type", |kind| kind.as_str().ok_or_else(|| "must be a string".to_owned()));
        if kind.is_some_and(|kind| kind != "chain.log") {
            return self.ignored.push(path.to_owned());
        }
        let said_at = object.optional::<DateTime<Utc>>("timestamp");
        if said_at.is_some_and(|said_at| said_at > self.latest) {
            object.complain("timestamp", "must not be more than five minutes in the future");
        }
        let data = object.required_as("data", Ok);
        let _ = self.keep(object.finish(|| Some(())));
        // Read even if the rest is invalid, so that all complaints come at once.
        if let Some(data) = data {
            self.data(data, said_at, path);
        }
    }

    fn data(&mut self, data: &Value, said_at: Option<DateTime<Utc>>, path: &str) {
        let path = format!("{path}/data");
        let count = data.as_array().map_or(1, Vec::len);
        let before = self.seen;
        self.seen = before.saturating_add(count);
        match data {
            // A list that is too long by itself already says so.
            _ if count <= MOST_LOGS && self.seen > MOST_LOGS => {
                // Reported once, at the first message that is too much.
                if before <= MOST_LOGS {
                    self.complain(path, format!("a delivery must have at most {MOST_LOGS} logs"));
                }
            }
            Value::Array(logs) => {
                self.list(logs, &path, |reader, log, path| reader.log(log, said_at, path));
            }
            log => self.log(log, said_at, path),
        }
    }

    fn log(&mut self, log: &Value, said_at: Option<DateTime<Utc>>, path: String) {
        let read = Object::nested(log, path.clone()).map_err(Error::from).and_then(read_log);
        let Some((log, removed)) = self.keep(read) else { return };
        let turn = match self.last.get(&log.key) {
            Some((was, when, turn)) if (*was, *when) == (removed, said_at) => *turn,
            Some((.., turn)) => turn.saturating_add(1),
            None => 1,
        };
        self.last.insert(log.key, (removed, said_at, turn));
        self.logs.push(Delivered { log, removed, said_at, turn, path });
    }

    fn finish(self) -> Result<Delivery> {
        if self.errors.is_empty() {
            Ok(Delivery { logs: self.logs, ignored: self.ignored })
        } else {
            Err(Error::Invalid(self.errors))
        }
    }
}

fn read_log(mut object: Object<'_>) -> Result<(Log, bool)> {
    object.pass_over_unknown();
    let chain_id = object.required_as("chain_id", |value| whole(value, 1));
    let block_number = object.required_as("block_number", |value| whole(value, 0));
    let block_hash = object.required_as("block_hash", fixed::<32>);
    let transaction_hash = object.required_as("transaction_hash", fixed::<32>);
    let log_index = object.required_as("log_index", |value| whole(value, 0));
    let address = object.required_as("address", fixed::<20>);
    let topics = topics(&mut object);
    let data = object.required_as("data", data);
    let removed = object.required::<bool>("removed");
    object.finish(|| {
        let key = LogKey { chain_id: chain_id?, block_hash: B256::from(block_hash?), log_index: log_index? };
        let log = Log {
            key,
            block_number: block_number?,
            transaction_hash: B256::from(transaction_hash?),
            address: Address::from(address?),
            topics: topics?,
            data: data?,
        };
        Some((log, removed?))
    })
}

/// A whole number up to [`MOST_NUMBER`].
fn whole(value: &Value, least: i64) -> Result<i64, String> {
    let expected = || format!("must be a whole number from {least} to {MOST_NUMBER}");
    value.as_i64().filter(|number| (least..=MOST_NUMBER).contains(number)).ok_or_else(expected)
}

fn fixed<const N: usize>(value: &Value) -> Result<[u8; N], String> {
    let expected = || format!("must be 0x followed by {} hexadecimal digits", 2 * N);
    let digits = value.as_str().and_then(|text| text.strip_prefix("0x")).ok_or_else(expected)?;
    let mut bytes = [0; N];
    hex::decode_to_slice(digits, &mut bytes).map_err(|_| expected())?;
    Ok(bytes)
}

fn data(value: &Value) -> Result<Bytes, String> {
    let expected = || format!("must be 0x followed by hexadecimal digits for at most {MOST_DATA} bytes");
    let digits = value.as_str().and_then(|text| text.strip_prefix("0x")).ok_or_else(expected)?;
    let fits = digits.len() <= 2 * MOST_DATA;
    fits.then(|| hex::decode(digits).ok()).flatten().map(Bytes::from).ok_or_else(expected)
}

fn topics(object: &mut Object<'_>) -> Option<Vec<B256>> {
    let topics = object.required_as("topics", |value| match value {
        Value::Array(topics) if topics.len() <= MOST_TOPICS => Ok(topics),
        _ => Err(format!("must be a list of at most {MOST_TOPICS} topics")),
    })?;
    let mut read = Vec::with_capacity(topics.len());
    for (index, topic) in topics.iter().enumerate() {
        match fixed::<32>(topic) {
            Ok(topic) => read.push(B256::from(topic)),
            Err(message) => object.complain_below(&format!("/topics/{index}"), message),
        }
    }
    (read.len() == topics.len()).then_some(read)
}

#[cfg(test)]
mod tests;
