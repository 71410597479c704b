//! What is fuzzed: readers of what comes from outside. Each target takes any bytes and panics when an invariant breaks.
//!
//! `fuzz/` holds the [cargo-fuzz](https://rust-fuzz.github.io/book/cargo-fuzz.html) crate (it needs a nightly toolchain and
//! is no part of the workspace) and, in `fuzz/corpus/<target>/`, small inputs that are worth keeping. They are replayed by
//! `cargo test` natively, where a pointer has 64 bits, and by the end-to-end tests through the components, where it has 32.
//!
//! ```text
//! cargo install cargo-fuzz --locked
//! cd infra/fuzz && cargo +nightly fuzz run webhook_body -- -max_total_time=60
//! ```
#![allow(clippy::panic, reason = "a panic is how a target says that an invariant broke")]

use std::path::{Path, PathBuf};

use alloy_primitives::{Address, B256, Bytes};
use chrono::DateTime;
use fundrail_domain::{
    Error,
    chain::{self, Log, LogKey, Said},
    escrow::{self, Event, Record, Terms, event},
};
use fundrail_host::manifest::Manifest;

/// A target: its name, which is that of its corpus, and what it does with an input.
pub type Target = (&'static str, fn(&[u8]));

/// All of them.
pub const TARGETS: &[Target] =
    &[("webhook_body", webhook_body), ("event_log", event_log), ("manifest", manifest)];

/// The inputs of a target's corpus, in the order of their names.
///
/// # Errors
/// When the folder cannot be read.
pub fn corpus(target: &str) -> std::io::Result<Vec<(PathBuf, Vec<u8>)>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?;
    paths.sort();
    paths.into_iter().map(|path| std::fs::read(&path).map(|bytes| (path, bytes))).collect()
}

/// The body of a webhook. What is accepted survives being written and read again; what is refused names a field.
///
/// # Panics
/// When it does not.
pub fn webhook_body(body: &[u8]) {
    let now = chrono::DateTime::UNIX_EPOCH + chrono::TimeDelta::days(40_000);
    match chain::parse_delivery(body, now) {
        Ok(chain::Delivery { logs, ignored }) => {
            assert!(
                (1..=chain::MOST_LOGS).contains(&(logs.len() + ignored.len())),
                "an empty or endless delivery"
            );
            if logs.is_empty() {
                return;
            }
            let Ok(again) = serde_json::to_vec(&serde_json::json!({ "type": "chain.log", "data": logs }))
            else {
                panic!("a log that is no JSON");
            };
            let Ok(again) = chain::parse_delivery(&again, now) else {
                panic!("what was read is not read again")
            };
            assert!(
                logs.iter()
                    .zip(&again.logs)
                    .all(|(one, other)| one.log == other.log && one.removed == other.removed),
                "what was read is read differently again"
            );
        }
        Err(Error::Invalid(errors)) => {
            assert!(!errors.is_empty(), "refused without a complaint");
            assert!(errors.iter().all(|error| error.pointer.is_empty() || error.pointer.starts_with('/')));
        }
        Err(Error::Malformed { code, .. }) => assert_eq!(code, "malformed_json"),
        Err(other) => panic!("{other:?}"),
    }
}

/// A log of an escrow, decoded and folded: the first byte chooses the event, the second how many topics follow, 32 bytes
/// each; the rest is data.
///
/// # Panics
/// When what is decoded is encoded differently again, or money appears from nowhere.
pub fn event_log(input: &[u8]) {
    let log = log_from(input, Address::repeat_byte(0xe5));
    if let Ok(Some(event)) = event::decode(&log) {
        let (topics, data) = event.encode();
        let again = event::decode(&Log { topics, data, ..log.clone() });
        assert_eq!(again, Ok(Some(event)), "an event that does not survive its encoding");
    }
    let made = Event::Created(terms(log.address));
    let (topics, data) = made.encode();
    let key = LogKey { log_index: 0, ..log.key };
    let first = Log { key, address: Address::repeat_byte(0xfa), topics, data, ..log.clone() };
    let (address, received_at) = (log.address, DateTime::UNIX_EPOCH);
    let records = [(first, true), (log, false)].map(|(log, from_factory)| Record {
        log,
        from_factory,
        removed: false,
        said: Said::Timed(received_at),
        received_at,
    });
    let Some(folded) = escrow::fold(address, &records).escrow else { panic!("an escrow that was not made") };
    let out = folded.released.checked_add(folded.refunded).and_then(|out| out.checked_add(folded.balance));
    assert_eq!(out, Some(folded.funded), "money from nowhere");
}

/// The log that an input of [`event_log`] stands for, written by the contract at `address`.
pub fn log_from(input: &[u8], address: Address) -> Log {
    let (choice, rest) = input.split_first().map_or((0, input), |(first, rest)| (*first, rest));
    let (count, mut rest) = rest.split_first().map_or((0, rest), |(first, rest)| (*first, rest));
    let mut topics: Vec<B256> = signatures().get(usize::from(choice)).copied().into_iter().collect();
    while topics.len() < 4 && topics.len() <= usize::from(count) {
        let Some((topic, left)) = rest.split_first_chunk::<32>() else { break };
        topics.push(B256::from(*topic));
        rest = left;
    }
    let key = LogKey { chain_id: 31337, block_hash: B256::repeat_byte(1), log_index: 1 };
    let data = Bytes::copy_from_slice(rest.get(..chain::MOST_DATA).unwrap_or(rest));
    Log { key, block_number: 7, transaction_hash: B256::repeat_byte(2), address, topics, data }
}

fn terms(escrow: Address) -> Terms {
    Terms {
        escrow,
        order_id: B256::ZERO,
        buyer: Address::repeat_byte(0xb1),
        seller: Address::repeat_byte(0x5e),
        arbiter: Address::ZERO,
        token: None,
        amount: alloy_primitives::U256::from(100),
        deadline: 0,
    }
}

/// Signature hashes of all events.
fn signatures() -> Vec<B256> {
    let (party, zero) = (Address::ZERO, alloy_primitives::U256::ZERO);
    let events = [
        Event::Created(terms(party)),
        Event::Funded { from: party, amount: zero },
        Event::Released { to: party, amount: zero },
        Event::Refunded { to: party, amount: zero },
        Event::Expired,
        Event::Disputed { by: party, reason: B256::ZERO },
        Event::Resolved { to_seller: zero, to_buyer: zero },
    ];
    events.iter().filter_map(|event| event.encode().0.first().copied()).collect()
}

/// The text of a Spin manifest. What is refused names the file.
///
/// # Panics
/// When it does not.
pub fn manifest(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    if let Err(error) = Manifest::parse(text, Path::new("folder/spin.toml")) {
        assert!(error.to_string().contains("spin.toml"), "an error that does not name its file: {error}");
    }
}
