//! Escrows as tenants see them. Row-level security leaves those that a tenant may see.

use chrono::{DateTime, Utc};
use fundrail_domain::{
    escrow::{Account, DisputeState, EventOutcome, State},
    ids::EscrowId,
    reference::WalletAddress,
};
use serde_json::Value;
use uuid::Uuid;

use crate::Json;

rows! {
    /// An escrow as its chain has it, beside how far that has come. Amounts are whole base units of its token.
    #[derive(Debug, Clone)]
    pub struct Escrow {
        /// Its id.
        pub id: EscrowId,
        /// The chain that it lives on (EIP-155).
        pub chain_id: i64,
        /// Its contract.
        pub address: WalletAddress,
        /// The contract that made it.
        pub factory: WalletAddress,
        /// The order that it settles.
        pub order_id: String,
        /// Who pays.
        pub buyer: WalletAddress,
        /// Who is paid.
        pub seller: WalletAddress,
        /// Who decides a dispute.
        pub arbiter: WalletAddress,
        /// What is paid with; none is the chain's own coin.
        pub token: Option<WalletAddress>,
        /// What has to be paid in.
        pub amount: String,
        /// Until when, in seconds of Unix time: it may lie beyond every calendar.
        pub deadline: u64,
        /// Where it stands.
        pub state: State,
        /// Paid in, all in all.
        pub funded: String,
        /// Paid out to the seller.
        pub released: String,
        /// Given back to the buyer.
        pub refunded: String,
        /// Paid in and not yet out.
        pub balance: String,
        /// Whether the last objection has been decided; none when there was none.
        pub dispute_state: Option<DisputeState>,
        /// Who raised it.
        pub dispute_by: Option<WalletAddress>,
        /// Why.
        pub dispute_reason: Option<String>,
        /// How many of its events contradict what went before.
        pub anomalies: i32,
        /// Block of the event that made it.
        pub created_block: i64,
        /// Block of the last event that changed it.
        pub last_block: i64,
        /// When its making became known.
        pub created_at: DateTime<Utc>,
        /// When the last event that changed it became known.
        pub changed_at: DateTime<Utc>,
        /// How far its chain has come.
        pub head_block: i64,
        /// How many blocks have to lie on top of an event of that chain for it to be final.
        pub confirmations: i32,
        /// Whether the chain contradicts itself here.
        pub contradicted: bool,
    }

    /// An event of an escrow, beside how far its chain has come.
    #[derive(Debug, Clone)]
    pub struct Event {
        /// As the contract calls it.
        pub name: String,
        /// Its parameters; null when they cannot be decoded.
        pub parameters: Json<Value>,
        /// What became of it.
        pub outcome: EventOutcome,
        /// The state after it, or why it could not be applied.
        pub detail: String,
        /// Height of its block.
        pub block_number: i64,
        /// Its block.
        pub block_hash: String,
        /// Its transaction.
        pub transaction_hash: String,
        /// Position in the block.
        pub log_index: i64,
        /// When it came in.
        pub received_at: DateTime<Utc>,
        /// How far its chain has come.
        pub head_block: i64,
        /// How many blocks have to lie on top of it for it to be final.
        pub confirmations: i32,
        /// Whether the chain contradicts itself at the escrow.
        pub contradicted: bool,
    }

    /// What became of an event: it has turned up, or its outcome has changed.
    #[derive(Debug, Clone)]
    pub struct Change {
        /// Where it stands among all changes.
        pub position: i64,
        /// The escrow.
        pub escrow_id: EscrowId,
        /// As the contract calls the event.
        pub name: String,
        /// What became of it.
        pub outcome: EventOutcome,
        /// The state after it, or why it could not be applied.
        pub detail: String,
        /// Height of its block.
        pub block_number: i64,
        /// Its block.
        pub block_hash: String,
        /// Position in the block.
        pub log_index: i64,
        /// When this was recorded.
        pub recorded_at: DateTime<Utc>,
    }

    /// A row of an escrow's ledger. Amounts are whole base units of its token.
    #[derive(Debug, Clone)]
    pub struct LedgerEntry {
        /// Number of the row.
        pub id: i64,
        /// Whose account it is.
        pub account: Account,
        /// The address behind the account.
        pub address: WalletAddress,
        /// In what; none is the chain's own coin.
        pub token: Option<WalletAddress>,
        /// What came in.
        pub debit: String,
        /// What went out.
        pub credit: String,
        /// Block of the event that it books.
        pub block_hash: String,
        /// Position of that event in the block.
        pub log_index: i64,
        /// The row that this one takes back.
        pub reverses: Option<i64>,
        /// When it was written.
        pub recorded_at: DateTime<Utc>,
    }
}

statements! { "escrow";
    /// The escrows of an id or of an address, on one chain or on any: of an address there may be one a chain, and two are as many
    /// as it takes to know that.
    all escrows_named(id: Option<EscrowId>, address: Option<WalletAddress>, chain_id: Option<i64>) -> Escrow;

    /// Their ids alone.
    all identify(id: Option<EscrowId>, address: Option<WalletAddress>, chain_id: Option<i64>) -> EscrowId;

    /// Escrows by their ids, which are as old as they are.
    page escrows(state: Option<State>, chain_id: Option<i64>) -> Escrow, by "e.id" ("uuid": Uuid);

    /// Events of an escrow behind a place, in the order of its chain.
    all timeline(escrow: EscrowId, block_number: i64, log_index: i64, block_hash: &str, limit: i64) -> Event;

    /// What became of events behind a position, of one escrow or of all.
    all changes(escrow: Option<EscrowId>, after: i64, limit: i64) -> Change;

    /// Rows of an escrow's ledger behind one.
    all ledger(escrow: EscrowId, after: i64, limit: i64) -> LedgerEntry;
}
