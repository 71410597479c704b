//! Escrows as seen by tenants. Row-level security shows only those that a tenant may see.

use chrono::{DateTime, Utc};
use fundrail_domain::{
    escrow::{Account, DisputeState, EventOutcome, State},
    ids::EscrowId,
    reference::WalletAddress,
};
use serde_json::Value;

use crate::Json;

rows! {
    /// An escrow in its current on-chain state, and how far its chain has come. Amounts are in whole base units of its token.
    #[derive(Debug, Clone)]
    pub struct Escrow {
        /// The id.
        pub id: EscrowId,
        /// EIP-155 id of its chain.
        pub chain_id: i64,
        /// Address of its contract.
        pub address: WalletAddress,
        /// Address of the contract that created it.
        pub factory: WalletAddress,
        /// The order that it settles.
        pub order_id: String,
        /// Wallet that pays.
        pub buyer: WalletAddress,
        /// Wallet that is paid.
        pub seller: WalletAddress,
        /// Wallet that decides disputes.
        pub arbiter: WalletAddress,
        /// Token that is paid in; none for the native coin of the chain.
        pub token: Option<WalletAddress>,
        /// Amount to be paid in.
        pub amount: String,
        /// Deadline in seconds of Unix time; may be beyond every calendar.
        pub deadline: u64,
        /// State.
        pub state: State,
        /// Total amount paid in.
        pub funded: String,
        /// Amount paid out to the seller.
        pub released: String,
        /// Amount returned to the buyer.
        pub refunded: String,
        /// Amount paid in and not yet paid out or returned.
        pub balance: String,
        /// Whether the latest dispute has been resolved; none if there was none.
        pub dispute_state: Option<DisputeState>,
        /// Party that raised it.
        pub dispute_by: Option<WalletAddress>,
        /// Reason.
        pub dispute_reason: Option<String>,
        /// Number of its events that contradict what came before.
        pub anomalies: i32,
        /// Block of the event that created it.
        pub created_block: i64,
        /// Block of the latest event that changed it.
        pub last_block: i64,
        /// When its creation became known.
        pub created_at: DateTime<Utc>,
        /// When the latest event that changed it became known.
        pub changed_at: DateTime<Utc>,
        /// How far its chain has come.
        pub head_block: i64,
        /// Number of blocks on top of an event that its chain requires for finality.
        pub confirmations: i32,
        /// Whether the chain contradicts itself here.
        pub contradicted: bool,
    }

    /// An event of an escrow, and how far its chain has come.
    #[derive(Debug, Clone)]
    pub struct Event {
        /// Name of the event in the contract.
        pub name: String,
        /// Its parameters; null if they cannot be decoded.
        pub parameters: Json<Value>,
        /// Its outcome.
        pub outcome: EventOutcome,
        /// The state after it, or why it could not be applied.
        pub detail: String,
        /// Height of the block.
        pub block_number: i64,
        /// Hash of the block.
        pub block_hash: String,
        /// Hash of its transaction.
        pub transaction_hash: String,
        /// Index of the log in the block.
        pub log_index: i64,
        /// When it was received.
        pub received_at: DateTime<Utc>,
        /// How far its chain has come.
        pub head_block: i64,
        /// Number of blocks on top of it required for finality.
        pub confirmations: i32,
        /// Whether the chain contradicts itself about the escrow.
        pub contradicted: bool,
    }

    /// A change of an event's outcome, including its first appearance.
    #[derive(Debug, Clone)]
    pub struct Change {
        /// Position among all changes.
        pub position: i64,
        /// The escrow.
        pub escrow_id: EscrowId,
        /// Name of the event in the contract.
        pub name: String,
        /// Its outcome.
        pub outcome: EventOutcome,
        /// The state after it, or why it could not be applied.
        pub detail: String,
        /// Height of the block.
        pub block_number: i64,
        /// Hash of the block.
        pub block_hash: String,
        /// Index of the log in the block.
        pub log_index: i64,
        /// When this was recorded.
        pub recorded_at: DateTime<Utc>,
    }

    /// An entry of an escrow's ledger. Amounts are in whole base units of its token.
    #[derive(Debug, Clone)]
    pub struct LedgerEntry {
        /// Number of the entry.
        pub id: i64,
        /// The user with that account.
        pub account: Account,
        /// The address behind the account.
        pub address: WalletAddress,
        /// Token; none for the native coin of the chain.
        pub token: Option<WalletAddress>,
        /// Amount coming in.
        pub debit: String,
        /// Amount going out.
        pub credit: String,
        /// Hash of the block of the event that it books.
        pub block_hash: String,
        /// Index of that event in the block.
        pub log_index: i64,
        /// The entry that this one reverses.
        pub reverses: Option<i64>,
        /// When it was written.
        pub recorded_at: DateTime<Utc>,
    }
}

statements! { "escrow";
    /// The escrows with an id or an address, on one chain or any: an address may occur once per chain, and two are enough to know
    /// that it is ambiguous.
    all escrows_named(id: Option<EscrowId>, address: Option<WalletAddress>, chain_id: Option<i64>) -> Escrow;

    /// Only their ids.
    all identify(id: Option<EscrowId>, address: Option<WalletAddress>, chain_id: Option<i64>) -> EscrowId;

    /// Escrows ordered by id and therefore by age.
    page escrows(state: Option<State>, chain_id: Option<i64>) -> Escrow, by "e.id" ("uuid": EscrowId);

    /// Events of an escrow after a position, in on-chain order.
    all timeline(escrow: EscrowId, block_number: i64, log_index: i64, block_hash: &str, limit: i64) -> Event;

    /// Changes after a position, of one escrow or of all.
    all changes(escrow: Option<EscrowId>, after: i64, limit: i64) -> Change;

    /// Entries of an escrow's ledger after one.
    all ledger(escrow: EscrowId, after: i64, limit: i64) -> LedgerEntry;
}
