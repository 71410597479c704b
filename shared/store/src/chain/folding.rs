//! What an escrow is folded from, and the result.

use alloy_primitives::{Address, B256, Bytes, U256};
use chrono::{DateTime, Utc};
use fundrail_domain::{
    Result,
    chain::{Log, LogKey, Said, Statement, statement},
    escrow::{Account, Block, Entry, Folded, Record, Standing, Step, ledger::Changes},
    ids::EscrowId,
    time::rfc3339,
};
use serde_json::{Value, json};

use crate::{Connection, Json};

rows! {
    /// A log of an escrow, or of its creation.
    #[derive(Debug, Clone)]
    pub struct LogRow {
        /// Hash of the block.
        pub block_hash: B256,
        /// Index within the block.
        pub log_index: i64,
        /// Height of the block.
        pub block_number: i64,
        /// Hash of the transaction that emitted it.
        pub transaction_hash: B256,
        /// Address of the contract that emitted it.
        pub address: Address,
        /// Hash of the event's signature, followed by its indexed parameters.
        pub topics: Vec<B256>,
        /// The other parameters.
        pub data: Bytes,
        /// When it was received.
        pub received_at: DateTime<Utc>,
        /// Everything that was said about it; none if it did not come with a message.
        pub statements: Option<Json<Vec<Statement>>>,
        /// Whether a registered factory emitted it.
        pub from_factory: bool,
    }

    /// An event of an escrow, by its position.
    #[derive(Debug, Clone)]
    pub struct EventKey {
        /// Hash of the block.
        pub block_hash: B256,
        /// Index within the block.
        pub log_index: i64,
    }

    /// A ledger entry that has not been reversed.
    #[derive(Debug, Clone)]
    pub struct StandingEntry {
        /// Number of the entry.
        pub id: i64,
        /// Hash of the block of the event that it books.
        pub block_hash: B256,
        /// Index of that event in the block.
        pub log_index: i64,
        /// The user with that account.
        pub account: Account,
        /// The address behind the account.
        pub address: Address,
        /// Token; none for the native coin of the chain.
        pub token: Option<Address>,
        /// Amount coming in.
        pub debit: U256,
        /// Amount going out.
        pub credit: U256,
    }
}

statements! { "chain";
    /// Every log of an escrow and of its creation. Locks the escrow until the end of the transaction.
    all logs_of(chain_id: i64, address: Address) -> LogRow;

    /// The events of an escrow that are applied and final at present.
    all final_events(chain_id: i64, address: Address) -> EventKey;

    /// The entries of an escrow's ledger that have not been reversed.
    all standing_entries(chain_id: i64, address: Address) -> StandingEntry;

    /// Writes an escrow; `id` becomes its id if it is new. Used by [`keep`].
    one store_escrow(id: EscrowId, document: Value) -> EscrowId;

    /// Withdraws an escrow whose creation has been removed, if it was known. Used by [`keep`].
    one withdraw_escrow(chain_id: i64, address: Address, document: Value) -> Option<EscrowId>;
}

impl LogRow {
    /// The log with what else is known about it, as needed by a fold.
    fn of_chain(self, chain_id: i64) -> Record {
        let statements = self.statements.map(|statements| statements.0).unwrap_or_default();
        Record {
            log: Log {
                key: LogKey { chain_id, block_hash: self.block_hash, log_index: self.log_index },
                block_number: self.block_number,
                transaction_hash: self.transaction_hash,
                address: self.address,
                topics: self.topics,
                data: self.data,
            },
            from_factory: self.from_factory,
            removed: !statement::is_included(&statements),
            said: statement::last_included(&statements).unwrap_or(Said::Heard(self.received_at, 0, 0)),
            received_at: self.received_at,
        }
    }
}

impl From<StandingEntry> for Standing {
    fn from(row: StandingEntry) -> Self {
        let entry = Entry {
            origin: (row.block_hash, row.log_index),
            account: row.account,
            address: row.address,
            token: row.token,
            debit: row.debit,
            credit: row.credit,
        };
        Self { id: row.id, entry }
    }
}

/// What an escrow is folded from. Locks the escrow until the end of the transaction.
///
/// # Errors
/// Those of the connection.
pub async fn records(db: &impl Connection, chain_id: i64, address: Address) -> Result<Vec<Record>> {
    let logs = logs_of(db, chain_id, address).await?;
    Ok(logs.into_iter().map(|log| log.of_chain(chain_id)).collect())
}

/// The entries of an escrow's ledger that have not been reversed.
///
/// # Errors
/// Those of the connection.
pub async fn standing(db: &impl Connection, chain_id: i64, address: Address) -> Result<Vec<Standing>> {
    let entries = standing_entries(db, chain_id, address).await?;
    Ok(entries.into_iter().map(Standing::from).collect())
}

/// Writes the result of a fold. If nothing that counts has created the escrow, it is withdrawn if it was known; if it is new,
/// `id` becomes its id.
///
/// # Errors
/// Those of the connection.
pub async fn keep(
    db: &impl Connection,
    id: EscrowId,
    (chain_id, address): (i64, Address),
    folded: &Folded,
    changes: &Changes,
) -> Result<()> {
    let escrow = escrow(chain_id, folded);
    let made = escrow.is_some();
    let document = json!({
        "escrow": escrow,
        "blocks": folded.blocks().iter().map(block).collect::<Value>(),
        "events": folded.steps.iter().map(step).collect::<Value>(),
        "reversals": changes.reversals,
        "entries": changes.entries.iter().map(entry).collect::<Value>(),
    });
    if made {
        store_escrow(db, id, document).await.map(drop)
    } else {
        withdraw_escrow(db, chain_id, address, document).await.map(drop)
    }
}

fn escrow(chain_id: i64, folded: &Folded) -> Option<Value> {
    let (escrow, factory) = (folded.escrow.as_ref()?, folded.factory?);
    let terms = &escrow.terms;
    Some(json!({
        "chain_id": chain_id,
        "address": text(terms.escrow),
        "factory": text(factory),
        "order_id": terms.order_id.to_string(),
        "buyer": text(terms.buyer),
        "seller": text(terms.seller),
        "arbiter": text(terms.arbiter),
        "token": terms.token.map(text),
        "amount": terms.amount.to_string(),
        "deadline": terms.deadline.to_string(),
        "state": escrow.state.word(),
        "funded": escrow.funded.to_string(),
        "released": escrow.released.to_string(),
        "refunded": escrow.refunded.to_string(),
        "balance": escrow.balance.to_string(),
        "dispute_state": escrow.dispute.map(|dispute| dispute.state()),
        "dispute_by": escrow.dispute.map(|dispute| text(dispute.by)),
        "dispute_reason": escrow.dispute.map(|dispute| dispute.reason.to_string()),
        "anomalies": folded.anomalies(),
        "contradictions": folded.contradictions,
        "created_block": folded.created_block,
        "last_block": folded.last_block,
        "created_at": rfc3339(escrow.created_at),
        "changed_at": rfc3339(escrow.changed_at),
    }))
}

fn block(block: &Block) -> Value {
    json!({
        "number": block.number,
        "hash": block.hash,
        "applied": block.applied,
        "removed": block.removed,
        "heard_at": rfc3339(block.heard_at),
    })
}

fn step(step: &Step) -> Value {
    let (outcome, detail) = step.outcome.words();
    json!({
        "block_number": step.log.block_number,
        "log_index": step.log.key.log_index,
        "block_hash": step.log.key.block_hash,
        "transaction_hash": step.log.transaction_hash,
        "name": step.name,
        "parameters": step.parameters.to_string(),
        "outcome": outcome,
        "detail": detail,
        "received_at": rfc3339(step.received_at),
    })
}

fn entry(entry: &Entry) -> Value {
    json!({
        "block_hash": entry.origin.0,
        "log_index": entry.origin.1,
        "account": entry.account.word(),
        "address": text(entry.address),
        "token": entry.token.map(text),
        "debit": entry.debit.to_string(),
        "credit": entry.credit.to_string(),
    })
}

/// Lower case, as in the database.
fn text(address: Address) -> String {
    format!("{address:#x}")
}
