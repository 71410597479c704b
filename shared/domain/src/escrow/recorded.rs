//! The logs that the contracts have emitted on a chain, folded: `contracts/recorded.json`, which their own tests compare with what
//! they emit.

use alloy_primitives::{Address, B256, Bytes, U256};
use chrono::DateTime;
use serde::Deserialize;

use super::{Folded, Record, State, fold};
use crate::chain::{Log, LogKey, Said};

#[derive(Deserialize)]
struct Recorded {
    factory: Address,
    lives: Vec<Life>,
}

/// What happened to one escrow, and what the chain says of it in the end.
#[derive(Deserialize)]
struct Life {
    #[serde(rename = "life")]
    name: String,
    escrow: Address,
    /// By its own word.
    state: String,
    /// What it still has, by the word of the token.
    held: String,
    /// What the seller has received, by the word of the token.
    to_seller: String,
    logs: Vec<Emitted>,
}

#[derive(Deserialize)]
struct Emitted {
    address: Address,
    topics: Vec<B256>,
    data: Bytes,
}

fn recorded() -> Recorded {
    serde_json::from_str(include_str!("../../../../contracts/recorded.json")).unwrap()
}

fn folded(factory: Address, life: &Life) -> Folded {
    let records: Vec<Record> = (1..)
        .zip(&life.logs)
        .map(|(block, Emitted { address, topics, data })| Record {
            log: Log {
                key: LogKey { chain_id: 31337, block_hash: B256::from(U256::from(block)), log_index: 0 },
                block_number: block,
                transaction_hash: B256::from(U256::from(block)),
                address: *address,
                topics: topics.clone(),
                data: data.clone(),
            },
            from_factory: *address == factory,
            removed: false,
            said: Said::Timed(DateTime::UNIX_EPOCH),
            received_at: DateTime::UNIX_EPOCH,
        })
        .collect();
    fold(life.escrow, &records)
}

#[test]
fn what_the_contracts_emit_is_understood_and_ends_in_their_own_state() {
    let Recorded { factory, lives } = recorded();
    assert!(lives.len() >= 8);
    for life in &lives {
        let folded = folded(factory, life);
        assert_eq!((folded.anomalies(), folded.all_applied()), (0, true), "{}", life.name);
        let escrow = folded.escrow.unwrap();
        // The contract calls a dispute a state; here it stands beside the state.
        let (state, disputed) = match life.state.as_str() {
            "Created" => (State::Created, false),
            "Funded" => (State::Funded, false),
            "Disputed" => (State::Funded, true),
            "Released" => (State::Released, false),
            "Refunded" => (State::Refunded, false),
            "Expired" => (State::Expired, false),
            other => panic!("{other} is no state of the contract"),
        };
        assert_eq!((escrow.state, escrow.in_dispute()), (state, disputed), "{}", life.name);
        let amounts = (escrow.balance.to_string(), escrow.released.to_string());
        assert_eq!(amounts, (life.held.clone(), life.to_seller.clone()), "{}", life.name);
        assert_eq!(folded.factory, Some(factory), "{}", life.name);
    }
}

#[test]
fn further_events_of_the_contracts_change_nothing() {
    let Recorded { factory, lives } = recorded();
    let count = |life: &str| {
        let life = lives.iter().find(|known| known.name == life).unwrap();
        (life.logs.len(), folded(factory, life).steps.len())
    };
    assert_eq!(count("delivered against payment"), (5, 3), "DeliveryAgreed, Delivered");
    assert_eq!(count("disputed and divided"), (6, 4), "Withdrawn, twice");
}
