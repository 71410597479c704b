//! Logs of EVM chains, as webhooks deliver them and as they are kept.

use alloy_primitives::{Address, B256, Bytes};
use serde::Serialize;
use serde_json::Value;

use crate::{
    Error, FieldError, Result,
    input::{Object, one_of, parse_json},
};

/// Most logs of one delivery.
pub const MOST_LOGS: usize = 1000;
/// Most bytes of the data of one log.
pub const MOST_DATA: usize = 65_536;
/// A log has no more topics than the opcode `LOG4` gives it.
const MOST_TOPICS: usize = 4;

/// Reads the id of a chain from a query parameter.
///
/// # Errors
/// Says what it would have to be.
pub fn parse_chain_id(text: &str) -> Result<i64, String> {
    let id = text.parse::<i64>().ok().filter(|id| *id > 0);
    id.ok_or_else(|| "has to be the id of a chain (EIP-155), such as 1".to_owned())
}

/// Where a log stands. A block's hash belongs to one block, so this names a log for good, unlike a block's number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct LogKey {
    /// EIP-155 id of the chain.
    pub chain_id: i64,
    /// The block.
    pub block_hash: B256,
    /// Position within the block.
    pub log_index: i64,
}

/// A log. Written as JSON it is what the database takes in: hex in lower case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Log {
    /// Where it stands.
    #[serde(flatten)]
    pub key: LogKey,
    /// Height of the block.
    pub block_number: i64,
    /// The transaction that wrote it.
    pub transaction_hash: B256,
    /// The contract that wrote it.
    pub address: Address,
    /// The event's signature hash and its indexed parameters.
    pub topics: Vec<B256>,
    /// The other parameters, ABI-encoded.
    pub data: Bytes,
}

/// What a delivery says about a log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Delivered {
    /// The log.
    #[serde(flatten)]
    pub log: Log,
    /// That its block is no longer part of the chain.
    pub removed: bool,
    /// Where it stands in the body, as a JSON Pointer.
    #[serde(skip)]
    pub path: String,
}

/// Reads the body of a webhook: `{type: "chain.log", data}` or a list of these; `data` is a log or a list of logs.
///
/// # Errors
/// [`Error::Malformed`] for what is not JSON, [`Error::Invalid`] naming every wrong field of every log.
pub fn parse_delivery(body: &[u8]) -> Result<Vec<Delivered>> {
    let json = parse_json(body)?;
    let mut reader = Reader::default();
    match &json {
        Value::Array(messages) if messages.is_empty() => {
            reader.complain("", "has to have at least one entry");
        }
        Value::Array(messages) => {
            for (index, message) in messages.iter().enumerate() {
                reader.message(message, &format!("/{index}"));
            }
        }
        message => reader.message(message, ""),
    }
    reader.finish()
}

/// Gathers logs and complaints. Beyond [`MOST_LOGS`] nothing more is read.
#[derive(Default)]
struct Reader {
    logs: Vec<Delivered>,
    errors: Vec<FieldError>,
    seen: usize,
}

impl Reader {
    fn complain(&mut self, pointer: impl Into<String>, message: impl Into<String>) {
        self.errors.push(FieldError { pointer: pointer.into(), message: message.into() });
    }

    fn keep<T>(&mut self, read: Result<T>) -> Option<T> {
        match read {
            Ok(value) => Some(value),
            Err(Error::Invalid(errors)) => {
                self.errors.extend(errors);
                None
            }
            Err(other) => {
                self.complain("", other.to_string());
                None
            }
        }
    }

    fn message(&mut self, message: &Value, path: &str) {
        let Some(mut object) = self.keep(Object::nested(message, path)) else { return };
        let _ = object.required_as("type", one_of(&[("chain.log", ())]));
        // The specification recommends that a payload says when it was made. Nothing here depends on it.
        let _ = object.optional::<chrono::DateTime<chrono::Utc>>("timestamp");
        let data = object.required_as("data", Ok);
        let _ = self.keep(object.finish(|| Some(())));
        // Read even when the rest is wrong, so that all complaints come at once.
        if let Some(data) = data {
            self.data(data, path);
        }
    }

    fn data(&mut self, data: &Value, path: &str) {
        match data {
            Value::Array(logs) if logs.is_empty() => {
                self.complain(format!("{path}/data"), "has to have at least one entry");
            }
            Value::Array(logs) => {
                for (index, log) in logs.iter().enumerate() {
                    self.log(log, format!("{path}/data/{index}"));
                }
            }
            log => self.log(log, format!("{path}/data")),
        }
    }

    fn log(&mut self, log: &Value, path: String) {
        self.seen += 1;
        if self.seen > MOST_LOGS {
            return;
        }
        let read = Object::nested(log, path.clone()).and_then(|object| read_log(object, path));
        let read = self.keep(read);
        self.logs.extend(read);
    }

    fn finish(mut self) -> Result<Vec<Delivered>> {
        if self.seen > MOST_LOGS {
            self.complain("", format!("has to have at most {MOST_LOGS} logs"));
        }
        if self.errors.is_empty() { Ok(self.logs) } else { Err(Error::Invalid(self.errors)) }
    }
}

fn read_log(mut object: Object<'_>, path: String) -> Result<Delivered> {
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
        Some(Delivered {
            log: Log {
                key: LogKey {
                    chain_id: chain_id?,
                    block_hash: B256::from(block_hash?),
                    log_index: log_index?,
                },
                block_number: block_number?,
                transaction_hash: B256::from(transaction_hash?),
                address: Address::from(address?),
                topics: topics?,
                data: data?,
            },
            removed: removed?,
            path,
        })
    })
}

/// A whole number that a `bigint` holds.
fn whole(value: &Value, least: i64) -> Result<i64, String> {
    let expected = || format!("has to be a whole number from {least} to {}", i64::MAX);
    value.as_i64().filter(|number| *number >= least).ok_or_else(expected)
}

fn fixed<const N: usize>(value: &Value) -> Result<[u8; N], String> {
    let expected = || format!("has to be 0x and {} hexadecimal digits", 2 * N);
    let digits = value.as_str().and_then(|text| text.strip_prefix("0x")).ok_or_else(expected)?;
    let mut bytes = [0; N];
    hex::decode_to_slice(digits, &mut bytes).map_err(|_| expected())?;
    Ok(bytes)
}

fn data(value: &Value) -> Result<Bytes, String> {
    let expected = || format!("has to be 0x and hexadecimal digits of at most {MOST_DATA} bytes");
    let digits = value.as_str().and_then(|text| text.strip_prefix("0x")).ok_or_else(expected)?;
    let fits = digits.len() <= 2 * MOST_DATA;
    fits.then(|| hex::decode(digits).ok()).flatten().map(Bytes::from).ok_or_else(expected)
}

fn topics(object: &mut Object<'_>) -> Option<Vec<B256>> {
    let topics = object.required_as("topics", |value| match value {
        Value::Array(topics) if topics.len() <= MOST_TOPICS => Ok(topics),
        _ => Err(format!("has to be a list of at most {MOST_TOPICS} topics")),
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
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn log() -> Value {
        json!({
            "chain_id": 31337,
            "block_number": 7,
            "block_hash": format!("0x{}", "aB".repeat(32)),
            "transaction_hash": format!("0x{}", "02".repeat(32)),
            "log_index": 0,
            "address": "0x5FbDB2315678afecb367f032d93F642f64180aa3",
            "topics": [format!("0x{}", "03".repeat(32))],
            "data": "0x0A",
            "removed": false,
        })
    }

    fn message(data: impl Into<Value>) -> Value {
        json!({"type": "chain.log", "data": data.into()})
    }

    fn parse(body: &Value) -> Result<Vec<Delivered>> {
        parse_delivery(body.to_string().as_bytes())
    }

    fn pointers(body: &Value) -> Vec<String> {
        match parse(body) {
            Err(Error::Invalid(errors)) => errors.into_iter().map(|error| error.pointer).collect(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn one_log_or_lists_of_them_are_read() {
        for (body, count) in [
            (message(log()), 1),
            (message(json!([log(), log()])), 2),
            (json!([message(log()), message(json!([log(), log()]))]), 3),
        ] {
            assert_eq!(parse(&body).unwrap().len(), count);
        }
    }

    #[test]
    fn what_goes_into_the_database_is_in_lower_case() {
        let delivered = parse(&message(log())).unwrap();
        let mut expected = log();
        expected["block_hash"] = format!("0x{}", "ab".repeat(32)).into();
        expected["address"] = "0x5fbdb2315678afecb367f032d93f642f64180aa3".into();
        expected["data"] = "0x0a".into();
        assert_eq!(serde_json::to_value(&delivered[0]).unwrap(), expected);
    }

    #[test]
    fn every_wrong_field_of_every_log_is_named() {
        let mut wrong = log();
        for field in [
            "chain_id",
            "block_number",
            "block_hash",
            "transaction_hash",
            "log_index",
            "address",
            "data",
            "removed",
        ] {
            wrong[field] = json!("x");
        }
        wrong["topics"] = json!(["0x", 7]);
        wrong["more"] = json!(1);
        let found = pointers(&json!([message(log()), message(wrong), {"type": "other", "data": 1}]));
        let expected = [
            "/1/data/chain_id",
            "/1/data/block_number",
            "/1/data/block_hash",
            "/1/data/transaction_hash",
            "/1/data/log_index",
            "/1/data/address",
            "/1/data/topics/0",
            "/1/data/topics/1",
            "/1/data/data",
            "/1/data/removed",
            "/1/data/more",
            "/2/type",
            "/2/data",
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn every_field_is_required() {
        let names: Vec<String> = log().as_object().unwrap().keys().cloned().collect();
        for name in names {
            let mut without = log();
            without.as_object_mut().unwrap().remove(&name);
            assert_eq!(pointers(&message(without)), [format!("/data/{name}")]);
        }
        assert_eq!(pointers(&json!({})), ["/type", "/data"]);
    }

    #[test]
    fn numbers_are_whole_and_fit() {
        for wrong in [
            json!(-1),
            json!(1.0),
            json!(1.5),
            json!(9_223_372_036_854_775_808_u64),
            json!("0x1"),
            json!(null),
        ] {
            let mut body = log();
            body["block_number"] = wrong;
            assert_eq!(pointers(&message(body)), ["/data/block_number"]);
        }
        let mut body = log();
        body["block_number"] = json!(i64::MAX);
        assert!(parse(&message(body)).is_ok());
    }

    #[test]
    fn lists_are_bounded() {
        assert_eq!(pointers(&json!([])), [""]);
        assert_eq!(pointers(&message(json!([]))), ["/data"]);
        assert_eq!(pointers(&message(json!(vec![log(); MOST_LOGS + 1]))), [""]);
        let mut body = log();
        body["topics"] = json!(vec![format!("0x{}", "03".repeat(32)); 5]);
        body["data"] = format!("0x{}", "00".repeat(MOST_DATA + 1)).into();
        assert_eq!(pointers(&message(body)), ["/data/topics", "/data/data"]);
    }

    #[test]
    fn what_is_no_json_is_malformed() {
        for body in ["", "{", "[1,]", "{\"type\":1,\"type\":1}", "\u{0}"] {
            assert!(matches!(parse_delivery(body.as_bytes()), Err(Error::Malformed { .. })), "{body}");
        }
        for body in ["1", "null", "\"x\"", "[1]"] {
            assert!(matches!(parse_delivery(body.as_bytes()), Err(Error::Invalid(_))), "{body}");
        }
    }

    proptest! {
        #[test]
        fn no_body_makes_the_reader_panic(body in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = parse_delivery(&body);
        }
    }
}
