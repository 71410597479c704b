//! All that is known of an escrow, folded into what follows from it.

use std::collections::HashMap;

use alloy_primitives::{Address, B256};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::{
    event::{self, Event},
    ledger::{self, Entry},
    state::{Escrow, State, apply},
};
use crate::chain::Log;

/// A log, and what else is known of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The log.
    pub log: Log,
    /// Whether a factory that is registered wrote it. Only such a one can make an escrow, and nothing else.
    pub from_factory: bool,
    /// Whether its block is not part of the chain, by what was said of it last.
    pub removed: bool,
    /// When it came in.
    pub received_at: DateTime<Utc>,
}

/// What became of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It led to this state.
    Applied(State),
    /// It could not be applied, for the reason with this code.
    Anomaly(&'static str),
    /// Its block is no longer part of the chain.
    Removed,
}

/// One event on the way, in the order of the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Where it stands.
    pub log: Log,
    /// As the contract calls it.
    pub name: &'static str,
    /// Its parameters; null when they cannot be decoded.
    pub parameters: Value,
    /// What became of it.
    pub outcome: Outcome,
    /// When it came in.
    pub received_at: DateTime<Utc>,
}

/// What the logs come to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Folded {
    /// The escrow; `None` when nothing that counts has made it.
    pub escrow: Option<Escrow>,
    /// The factory that made it.
    pub factory: Option<Address>,
    /// Block of the event that made it.
    pub created_block: i64,
    /// Highest block of an event that was applied.
    pub last_block: i64,
    /// Every event, applied or not.
    pub steps: Vec<Step>,
    /// Every row that the ledger should have.
    pub entries: Vec<Entry>,
}

impl Folded {
    /// How many events contradict what went before.
    pub fn anomalies(&self) -> usize {
        self.steps.iter().filter(|step| matches!(step.outcome, Outcome::Anomaly(_))).count()
    }

    /// How far the chain has come at least: the highest block of an event of this escrow that has not been taken back. `None`
    /// when nothing that counts has made the escrow. Logs of contracts that nobody knows say nothing about the chain:
    /// whoever could raise its head by one would make every escrow of it final.
    pub fn head_block(&self) -> Option<i64> {
        self.escrow.as_ref()?;
        let standing = self.steps.iter().filter(|step| step.outcome != Outcome::Removed);
        standing.map(|step| step.log.block_number).max()
    }
}

/// Folds the logs of the escrow at `address`. Their order does not matter, but none may be there twice.
///
/// What made the escrow goes first, even where a factory writes its log after the escrow's own of the same transaction.
pub fn fold(address: Address, records: &[Record]) -> Folded {
    let mut events: Vec<_> =
        records.iter().filter_map(|record| Some((record, meaning(address, record)?))).collect();
    events.sort_by_key(|(record, event)| {
        let made_later = !matches!(event, Ok(Event::Created(_)));
        (made_later, record.log.block_number, record.log.key.log_index, record.log.key.block_hash)
    });
    let included = included_in(records);
    let mut folded = Folded::default();
    for (record, event) in events {
        let outcome = if record.removed {
            Outcome::Removed
        } else if included.get(&record.log.transaction_hash) == Some(&record.log.key.block_hash) {
            folded.take(record, event)
        } else {
            Outcome::Anomaly("superseded")
        };
        let (name, parameters) = match &event {
            Ok(event) => (event.name(), event.parameters()),
            Err(undecodable) => (undecodable.name, json!(null)),
        };
        let (log, received_at) = (record.log.clone(), record.received_at);
        folded.steps.push(Step { log, name, parameters, outcome, received_at });
    }
    folded.steps.sort_by_key(|step| (step.log.block_number, step.log.key.log_index, step.log.key.block_hash));
    folded
}

impl Folded {
    fn take(&mut self, record: &Record, event: Result<Event, event::Undecodable>) -> Outcome {
        let Ok(event) = event else { return Outcome::Anomaly("undecodable") };
        let transition = match apply(self.escrow.as_ref(), &event, record.received_at) {
            Ok(transition) => transition,
            Err(refusal) => return Outcome::Anomaly(refusal.code()),
        };
        if matches!(event, Event::Created(_)) {
            self.factory = Some(record.log.address);
            self.created_block = record.log.block_number;
        }
        self.last_block = self.last_block.max(record.log.block_number);
        let origin = (record.log.key.block_hash, record.log.key.log_index);
        let token = transition.escrow.terms.token;
        let rows = transition.movements.iter().flat_map(|movement| ledger::entries(origin, token, movement));
        self.entries.extend(rows);
        let state = transition.escrow.state;
        self.escrow = Some(transition.escrow);
        Outcome::Applied(state)
    }
}

/// What a record says about the escrow at `address`; `None` when nothing.
fn meaning(address: Address, record: &Record) -> Option<Result<Event, event::Undecodable>> {
    let event = event::decode(&record.log).transpose()?;
    let concerns = match &event {
        Ok(Event::Created(terms)) => record.from_factory && terms.escrow == address,
        Err(undecodable) if undecodable.name == "EscrowCreated" => record.from_factory,
        _ => !record.from_factory && record.log.address == address,
    };
    concerns.then_some(event)
}

/// The block that counts for each transaction. A chain includes a transaction once; when two blocks have it and neither
/// has been taken back yet, the removal of one is still on its way. Until then the higher block counts, so that money is
/// not counted twice.
fn included_in(records: &[Record]) -> HashMap<B256, B256> {
    let mut highest: HashMap<B256, (i64, B256)> = HashMap::new();
    for record in records.iter().filter(|record| !record.removed) {
        let place = (record.log.block_number, record.log.key.block_hash);
        let known = highest.entry(record.log.transaction_hash).or_insert(place);
        *known = place.max(*known);
    }
    highest.into_iter().map(|(transaction, (_, block))| (transaction, block)).collect()
}
