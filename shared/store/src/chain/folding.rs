//! What an escrow is folded from, and what it came to.

use alloy_primitives::{Address, B256, Bytes, U256};
use chrono::{DateTime, Utc};
use fundrail_domain::{
    Result,
    chain::{Log, LogKey, Statement, statement},
    escrow::{Account, Block, Entry, Folded, Record, Standing, Step, ledger::Changes},
    ids::EscrowId,
    time::rfc3339,
};
use serde_json::{Value, json};

use crate::{Connection, Json};

rows! {
    /// A log of an escrow, or of its making.
    #[derive(Debug, Clone)]
    pub struct LogRow {
        /// The block.
        pub block_hash: B256,
        /// Position within the block.
        pub log_index: i64,
        /// Height of the block.
        pub block_number: i64,
        /// The transaction that wrote it.
        pub transaction_hash: B256,
        /// The contract that wrote it.
        pub address: Address,
        /// The event's signature hash and its indexed parameters.
        pub topics: Vec<B256>,
        /// The other parameters.
        pub data: Bytes,
        /// When it came in.
        pub received_at: DateTime<Utc>,
        /// All that was said of it; none of one that came in by no message.
        pub statements: Option<Json<Vec<Statement>>>,
        /// Whether a factory that is registered wrote it.
        pub from_factory: bool,
    }

    /// An event of an escrow by its place.
    #[derive(Debug, Clone)]
    pub struct EventKey {
        /// The block.
        pub block_hash: B256,
        /// Position within the block.
        pub log_index: i64,
    }

    /// A row of a ledger that no other row has taken back.
    #[derive(Debug, Clone)]
    pub struct StandingEntry {
        /// Number of the row.
        pub id: i64,
        /// Block of the event that it books.
        pub block_hash: B256,
        /// Position of that event in the block.
        pub log_index: i64,
        /// Whose account it is.
        pub account: Account,
        /// The address behind the account.
        pub address: Address,
        /// In what; none is the chain's own coin.
        pub token: Option<Address>,
        /// What came in.
        pub debit: U256,
        /// What went out.
        pub credit: U256,
    }
}

statements! { "chain";
    /// Every log of an escrow, and of its making. Holds the escrow until the end of the transaction.
    all logs_of(chain_id: i64, address: Address) -> LogRow;

    /// The events of an escrow that were applied and are final as it stands.
    all final_events(chain_id: i64, address: Address) -> EventKey;

    /// The rows of an escrow's ledger that stand.
    all standing_entries(chain_id: i64, address: Address) -> StandingEntry;

    /// Writes an escrow down; `id` becomes its own where it is new. By [`keep`].
    one store_escrow(id: EscrowId, document: Value) -> EscrowId;

    /// Withdraws an escrow that nothing has made any more, if it was known. By [`keep`].
    one withdraw_escrow(chain_id: i64, address: Address, document: Value) -> Option<EscrowId>;
}

impl LogRow {
    /// The log with what else is known of it, as a fold takes it.
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
            said: statement::last_included(&statements).unwrap_or((self.received_at, 0, 0)),
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

/// What an escrow is folded from. Holds the escrow until the end of the transaction.
///
/// # Errors
/// Those of the connection.
pub async fn records(db: &impl Connection, chain_id: i64, address: Address) -> Result<Vec<Record>> {
    let logs = logs_of(db, chain_id, address).await?;
    Ok(logs.into_iter().map(|log| log.of_chain(chain_id)).collect())
}

/// The rows of an escrow's ledger that stand.
///
/// # Errors
/// Those of the connection.
pub async fn standing(db: &impl Connection, chain_id: i64, address: Address) -> Result<Vec<Standing>> {
    let entries = standing_entries(db, chain_id, address).await?;
    Ok(entries.into_iter().map(Standing::from).collect())
}

/// Writes down what a fold came to. When nothing that counts has made the escrow, it is withdrawn if it was known; where it is
/// new, `id` becomes its own.
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

/// Lower case, as the database has it.
fn text(address: Address) -> String {
    format!("{address:#x}")
}
