//! Folds everything known about an escrow into what follows from it.

use std::{
    collections::{HashMap, HashSet},
    hash::Hash,
};

use alloy_primitives::{Address, B256};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::{
    event::{self, Event},
    ledger::{self, Entry},
    state::{Escrow, State, apply},
};
use crate::{
    chain::{Log, LogKey, Said},
    words::words,
};

/// A log, and what else is known about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The log.
    pub log: Log,
    /// Whether a registered factory emitted it. Only such a factory can create an escrow, and it can do nothing else.
    pub from_factory: bool,
    /// Whether its block is not part of the chain, according to all statements.
    pub removed: bool,
    /// When its inclusion was last stated.
    pub said: Said,
    /// When it was received.
    pub received_at: DateTime<Utc>,
}

/// Outcome of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It led to this state.
    Applied(State),
    /// It could not be applied, for the reason with this code.
    Anomaly(&'static str),
    /// Its block is no longer part of the chain.
    Removed,
}

words! {
    /// Outcome of an event.
    EventOutcome {
        /// It is part of the state.
        Applied = "applied",
        /// It contradicts what came before, and has no effect.
        Anomaly = "anomaly",
        /// Its block is no longer part of the chain.
        Removed = "removed",
    }
}

impl Outcome {
    /// In a word, and in a second one that says more: which state, or why not.
    pub fn words(&self) -> (EventOutcome, &'static str) {
        match self {
            Self::Applied(state) => (EventOutcome::Applied, state.word()),
            Self::Anomaly(code) => (EventOutcome::Anomaly, code),
            Self::Removed => (EventOutcome::Removed, EventOutcome::Removed.word()),
        }
    }
}

/// One event on the way, in the order of the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Where it is.
    pub log: Log,
    /// Name of the event in the contract.
    pub name: &'static str,
    /// Its parameters; null if they cannot be decoded.
    pub parameters: Value,
    /// Its outcome.
    pub outcome: Outcome,
    /// When it was received.
    pub received_at: DateTime<Utc>,
}

/// Result of the fold.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Folded {
    /// The escrow; `None` if nothing that counts has created it.
    pub escrow: Option<Escrow>,
    /// The factory that created it.
    pub factory: Option<Address>,
    /// Block of the event that created it.
    pub created_block: i64,
    /// Highest block with an applied event.
    pub last_block: i64,
    /// Every event, applied or not.
    pub steps: Vec<Step>,
    /// Every entry that the ledger should have.
    pub entries: Vec<Entry>,
    /// Number of logs that contradict others: another block at the same height or with the same transaction is claimed, or another
    /// log of their own block was removed. While there are any, nothing about the escrow is final.
    pub contradictions: usize,
}

/// A block that contains logs of an escrow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// Its height.
    pub number: i64,
    /// Its hash.
    pub hash: B256,
    /// Whether any of them was applied: an anomaly says nothing about how far the chain has come.
    pub applied: bool,
    /// Whether any of them was removed: then the block is not part of the chain, whatever is said about its other logs, of this
    /// escrow or of another.
    pub removed: bool,
    /// When the first of them was received.
    pub heard_at: DateTime<Utc>,
}

impl Folded {
    /// Number of events that contradict what came before.
    pub fn anomalies(&self) -> usize {
        self.steps.iter().filter(|step| matches!(step.outcome, Outcome::Anomaly(_))).count()
    }

    /// Whether every event was applied, i.e. none was reversed.
    pub fn all_applied(&self) -> bool {
        self.steps.iter().all(|step| matches!(step.outcome, Outcome::Applied(_)))
    }

    /// Which of these events, identified by block and index, are no longer applied.
    pub fn taken_back(&self, applied: &[(B256, i64)]) -> Vec<(B256, i64)> {
        let still = |event: &&(B256, i64)| {
            self.steps.iter().any(|step| {
                (step.log.key.block_hash, step.log.key.log_index) == **event
                    && matches!(step.outcome, Outcome::Applied(_))
            })
        };
        applied.iter().filter(|event| !still(event)).copied().collect()
    }

    /// The blocks with its logs, by height. If nothing that counts has created the escrow, only that of a removed creation: logs of
    /// unknown contracts say nothing about the chain, or else anybody who can emit one could make all others final.
    pub fn blocks(&self) -> Vec<Block> {
        let mut blocks: Vec<Block> = Vec::new();
        let is_made = self.escrow.is_some();
        // A registered factory is no unknown contract, even if what it emitted has been removed.
        let counts =
            |step: &&Step| is_made || (step.outcome == Outcome::Removed && step.name == "EscrowCreated");
        for step in self.steps.iter().filter(counts) {
            let (number, hash) = (step.log.block_number, step.log.key.block_hash);
            let applied = matches!(step.outcome, Outcome::Applied(_));
            let removed = step.outcome == Outcome::Removed;
            match blocks.iter_mut().rev().find(|block| (block.number, block.hash) == (number, hash)) {
                Some(block) => {
                    block.applied |= applied;
                    block.removed |= removed;
                    block.heard_at = block.heard_at.min(step.received_at);
                }
                None => blocks.push(Block { number, hash, applied, removed, heard_at: step.received_at }),
            }
        }
        blocks
    }
}

/// Folds the logs of the escrow at `address`. Their order does not matter, but none may appear twice.
///
/// The creation comes first, even if a factory emits its log after the escrow's own in the same transaction.
pub fn fold(address: Address, records: &[Record]) -> Folded {
    let mut events: Vec<_> =
        records.iter().filter_map(|record| Some((record, meaning(address, record)?))).collect();
    events.sort_by_key(|(record, event)| {
        let made_later = !matches!(event, Ok(Event::Created(_)));
        (made_later, record.log.block_number, record.log.key.log_index, record.log.key.block_hash)
    });
    let gone: HashSet<B256> =
        records.iter().filter(|record| record.removed).map(|record| record.log.key.block_hash).collect();
    let standing = uncontradicted(records, &gone);
    let contradicted = |record: &&Record| !record.removed && !standing.contains(&record.log.key);
    let contradictions = records.iter().filter(contradicted).count();
    let mut folded = Folded { contradictions, ..Folded::default() };
    for (record, event) in events {
        let outcome = if record.removed {
            Outcome::Removed
        } else if gone.contains(&record.log.key.block_hash) {
            Outcome::Anomaly("block_removed")
        } else if standing.contains(&record.log.key) {
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

/// What a record says about the escrow at `address`; `None` if nothing.
fn meaning(address: Address, record: &Record) -> Option<Result<Event, event::Undecodable>> {
    let event = event::decode(&record.log).transpose()?;
    let concerns = match &event {
        Ok(Event::Created(terms)) => record.from_factory && terms.escrow == address,
        Err(undecodable) if undecodable.name == "EscrowCreated" => record.from_factory,
        _ => !record.from_factory && record.log.address == address,
    };
    concerns.then_some(event)
}

/// The logs that count. A chain contains either all logs of a block or none: if some of them have been removed, the block is gone,
/// and the rest of the news is still on its way, in one direction or the other. A chain has one block at a height, and includes a
/// transaction once: if there are two and neither has been removed, the removal of one is still on its way; until then the one
/// announced last counts, so that money is not counted twice.
fn uncontradicted(records: &[Record], gone: &HashSet<B256>) -> HashSet<LogKey> {
    let standing = records.iter().filter(|record| !gone.contains(&record.log.key.block_hash));
    let of_height = said_last(standing.clone(), |log| log.block_number);
    let is_block =
        |record: &&Record| of_height.get(&record.log.block_number) == Some(&record.log.key.block_hash);
    let included_in = said_last(standing.clone().filter(is_block), |log| log.transaction_hash);
    let counts = standing
        .filter(is_block)
        .filter(|record| included_in.get(&record.log.transaction_hash) == Some(&record.log.key.block_hash));
    counts.map(|record| record.log.key).collect()
}

/// Among the blocks of logs with an equal `key`, the one announced last. Of two that were announced for the same moment neither is
/// more likely: the hash decides, so that it is the same one whichever arrives first. Either way, nothing there is final.
fn said_last<'a, K: Eq + Hash>(
    records: impl Iterator<Item = &'a Record>,
    key: impl Fn(&Log) -> K,
) -> HashMap<K, B256> {
    let mut last: HashMap<K, (Said, B256)> = HashMap::new();
    for record in records {
        let said = (record.said, record.log.key.block_hash);
        let known = last.entry(key(&record.log)).or_insert(said);
        *known = said.max(*known);
    }
    last.into_iter().map(|(key, (_, block))| (key, block)).collect()
}
