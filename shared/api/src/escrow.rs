//! Escrows: `/v1/escrows…`.

use crate::{common::Page, endpoint::endpoints};
use fundrail_domain::{
    escrow::{Account, DisputeState, EventOutcome, State},
    ids::EscrowId,
    reference::WalletAddress,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// An escrow in its current on-chain state. Amounts are in whole base units of its token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Escrow {
    /// Id of the escrow.
    #[cfg_attr(feature = "openapi", schema(value_type = uuid::Uuid))]
    pub id: EscrowId,
    /// EIP-155 id of its chain.
    #[cfg_attr(feature = "openapi", schema(minimum = 1, example = 31337))]
    pub chain_id: i64,
    /// Address of its contract.
    #[cfg_attr(feature = "openapi", schema(value_type = String, pattern = "^0x[0-9a-fA-F]{40}$"))]
    pub address: WalletAddress,
    /// Address of the contract that created it.
    #[cfg_attr(feature = "openapi", schema(value_type = String, pattern = "^0x[0-9a-fA-F]{40}$"))]
    pub factory: WalletAddress,
    /// The order that it settles.
    #[cfg_attr(feature = "openapi", schema(pattern = "^0x[0-9a-f]{64}$"))]
    pub order_id: String,
    /// Wallet that pays.
    #[cfg_attr(feature = "openapi", schema(value_type = String, pattern = "^0x[0-9a-fA-F]{40}$"))]
    pub buyer: WalletAddress,
    /// Wallet that is paid.
    #[cfg_attr(feature = "openapi", schema(value_type = String, pattern = "^0x[0-9a-fA-F]{40}$"))]
    pub seller: WalletAddress,
    /// Wallet that decides disputes.
    #[cfg_attr(feature = "openapi", schema(value_type = String, pattern = "^0x[0-9a-fA-F]{40}$"))]
    pub arbiter: WalletAddress,
    /// Token that is paid in; null for the native coin of the chain.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, required, pattern = "^0x[0-9a-fA-F]{40}$"))]
    pub token: Option<WalletAddress>,
    /// Amount to be paid in.
    #[cfg_attr(feature = "openapi", schema(pattern = r"^\d{1,78}$", example = "250000000000"))]
    pub amount: String,
    /// Deadline: RFC 3339, UTC; null if it is after the year 9999.
    #[cfg_attr(feature = "openapi", schema(required, format = "date-time"))]
    pub deadline: Option<String>,
    /// State of the escrow.
    pub state: State,
    /// Total amount paid in.
    #[cfg_attr(feature = "openapi", schema(pattern = r"^\d{1,78}$", example = "250000000000"))]
    pub funded: String,
    /// Amount paid out to the seller.
    #[cfg_attr(feature = "openapi", schema(pattern = r"^\d{1,78}$", example = "0"))]
    pub released: String,
    /// Amount returned to the buyer.
    #[cfg_attr(feature = "openapi", schema(pattern = r"^\d{1,78}$", example = "0"))]
    pub refunded: String,
    /// Amount paid in and not yet paid out or returned.
    #[cfg_attr(feature = "openapi", schema(pattern = r"^\d{1,78}$", example = "250000000000"))]
    pub balance: String,
    /// The latest dispute; null if there was none.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub dispute: Option<Dispute>,
    /// Number of its events that contradict what came before or was announced later. The timeline shows them.
    #[cfg_attr(feature = "openapi", schema(minimum = 0, example = 0))]
    pub anomalies: i32,
    /// Whether the chain contradicts itself about this escrow: a second block has been announced at a height where the escrow has
    /// events, or for one of its transactions, and neither has been removed; or a log in one of its blocks has been removed, of
    /// this escrow or of another. The latest announcement prevails (of two for one moment, always the same), a block that has lost
    /// one log counts with none of this escrow's, and nothing is final while this lasts.
    pub contradicted: bool,
    /// Block of the event that created it.
    #[cfg_attr(feature = "openapi", schema(minimum = 0))]
    pub created_block: i64,
    /// Block of the latest event that changed it.
    #[cfg_attr(feature = "openapi", schema(minimum = 0))]
    pub last_block: i64,
    /// Number of blocks by which the chain has advanced since, according to applied events.
    #[cfg_attr(feature = "openapi", schema(minimum = 0))]
    pub confirmations: i64,
    /// Whether it has enough confirmations for its chain to count as final, and nothing contradicts it. Can become false again if
    /// blocks are removed.
    pub r#final: bool,
    /// When its creation became known: RFC 3339, UTC.
    #[cfg_attr(feature = "openapi", schema(format = "date-time"))]
    pub created_at: String,
    /// When the latest event that changed it became known: RFC 3339, UTC.
    #[cfg_attr(feature = "openapi", schema(format = "date-time"))]
    pub changed_at: String,
}

/// A dispute raised by a party.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Dispute {
    /// Whether it has been resolved.
    pub state: DisputeState,
    /// Party that raised it.
    #[cfg_attr(feature = "openapi", schema(value_type = String, pattern = "^0x[0-9a-fA-F]{40}$"))]
    pub by: WalletAddress,
    /// Reason: 32 bytes chosen by the party, in hexadecimal.
    #[cfg_attr(feature = "openapi", schema(pattern = "^0x[0-9a-f]{64}$"))]
    pub reason: String,
}

/// An event of an escrow, in on-chain order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TimelineEvent {
    /// Identifier: block number, log index and block hash.
    #[cfg_attr(feature = "openapi", schema(pattern = r"^\d+-\d+-0x[0-9a-f]{64}$"))]
    pub id: String,
    /// Name of the event in the contract.
    #[cfg_attr(feature = "openapi", schema(example = "Funded"))]
    pub name: String,
    /// Parameters of the event; null if they could not be decoded.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Object>, required))]
    pub parameters: Value,
    /// The result.
    pub outcome: EventOutcome,
    /// The state after it, the reason why it could not be applied, or `removed`.
    #[cfg_attr(feature = "openapi", schema(example = "funded"))]
    pub detail: String,
    /// Height of the block.
    #[cfg_attr(feature = "openapi", schema(minimum = 0))]
    pub block_number: i64,
    /// Hash of the block.
    #[cfg_attr(feature = "openapi", schema(pattern = "^0x[0-9a-f]{64}$"))]
    pub block_hash: String,
    /// Hash of its transaction.
    #[cfg_attr(feature = "openapi", schema(pattern = "^0x[0-9a-f]{64}$"))]
    pub transaction_hash: String,
    /// Index of the log in the block.
    #[cfg_attr(feature = "openapi", schema(minimum = 0))]
    pub log_index: i64,
    /// Whether enough blocks have followed it for its chain, and nothing contradicts it.
    pub r#final: bool,
    /// When it was received: RFC 3339, UTC.
    #[cfg_attr(feature = "openapi", schema(format = "date-time"))]
    pub received_at: String,
}

/// A change of an event's outcome, including its first appearance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EscrowChange {
    /// Position among all changes. Positions increase, with gaps; none ever appears below one that has been returned.
    #[cfg_attr(feature = "openapi", schema(minimum = 1))]
    pub position: i64,
    /// The escrow.
    #[cfg_attr(feature = "openapi", schema(value_type = uuid::Uuid))]
    pub escrow_id: EscrowId,
    /// Id of the event in the timeline.
    #[cfg_attr(feature = "openapi", schema(pattern = r"^\d+-\d+-0x[0-9a-f]{64}$"))]
    pub event_id: String,
    /// Name of the event in the contract.
    #[cfg_attr(feature = "openapi", schema(example = "Funded"))]
    pub name: String,
    /// The result.
    pub outcome: EventOutcome,
    /// The state after it, the reason why it could not be applied, or `removed`.
    #[cfg_attr(feature = "openapi", schema(example = "funded"))]
    pub detail: String,
    /// When it was recorded: RFC 3339, UTC.
    #[cfg_attr(feature = "openapi", schema(format = "date-time"))]
    pub recorded_at: String,
}

/// An entry in the double-entry ledger. Entries never change: to take one back, a reversing entry is added.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LedgerEntry {
    /// Number of the entry; increases within an escrow.
    #[cfg_attr(feature = "openapi", schema(minimum = 1))]
    pub id: i64,
    /// Account that it is booked to.
    pub account: Account,
    /// Address behind the account.
    #[cfg_attr(feature = "openapi", schema(value_type = String, pattern = "^0x[0-9a-fA-F]{40}$"))]
    pub address: WalletAddress,
    /// Token; null for the native coin of the chain.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, required, pattern = "^0x[0-9a-fA-F]{40}$"))]
    pub token: Option<WalletAddress>,
    /// Amount coming in.
    #[cfg_attr(feature = "openapi", schema(pattern = r"^\d{1,78}$"))]
    pub debit: String,
    /// Amount going out.
    #[cfg_attr(feature = "openapi", schema(pattern = r"^\d{1,78}$"))]
    pub credit: String,
    /// Hash of the block of the event that it books.
    #[cfg_attr(feature = "openapi", schema(pattern = "^0x[0-9a-f]{64}$"))]
    pub block_hash: String,
    /// Index of that event in the block.
    #[cfg_attr(feature = "openapi", schema(minimum = 0))]
    pub log_index: i64,
    /// The entry that this one reverses; null for an original entry.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub reverses: Option<i64>,
    /// When it was written: RFC 3339, UTC.
    #[cfg_attr(feature = "openapi", schema(format = "date-time"))]
    pub recorded_at: String,
}

endpoints! {
    "escrows", "Payments through on-chain escrow contracts, as recorded on their chains.";
    schemas();

    /// List escrows
    ///
    /// Newest first. Returns those in which a registered wallet of one of the tenant's investors is buyer or seller, and those
    /// created by a contract that the tenant watches. Requires the permission `escrows:read`.
    get "/v1/escrows" list_escrows ListEscrows -> Page<Escrow>,
    [permission("escrows:read")],
    params(
        ("state" = inline(Option<State>), Query, description = "Only escrows in this state."),
        ("chain_id" = Option<i64>, Query, minimum = 1, example = 31337, description = "Only escrows on this chain (EIP-155)."),
        ("order" = Option<String>, Query, pattern = "^(asc|desc)$", example = "asc", description = "Sort order; `desc` (newest first) by default."),
        ("limit" = Option<i32>, Query, minimum = 1, maximum = 100, example = 20, description = "Maximum number of entries per page; 20 by default."),
        ("starting_after" = Option<uuid::Uuid>, Query, description = "`next` of the previous page."),
        ("if-none-match" = Option<String>, Header, description = "Entity tag of a known response."),
    ),
    responses(
        (status = 200, description = "A page of escrows.", body = Page<Escrow>, headers(("etag" = String, description = "Entity tag of this response."))),
        (status = 304, description = "Not modified."),
    );

    /// List changes of escrows
    ///
    /// Changes are in the order in which they were recorded. To follow them, remember the last `position` and ask for what comes
    /// after it. A timeline is in on-chain order, so late events are sorted into it; here they come last. Requires the permission
    /// `escrows:read`.
    get "/v1/escrows/changes" list_escrow_changes ListEscrowChanges -> Page<EscrowChange>,
    [permission("escrows:read")],
    params(
        ("escrow_id" = Option<uuid::Uuid>, Query, description = "Only changes of this escrow."),
        ("order" = Option<String>, Query, pattern = "^asc$", example = "asc", description = "Sort order; always `asc`, from the beginning."),
        ("limit" = Option<i32>, Query, minimum = 1, maximum = 100, example = 20, description = "Maximum number of entries per page; 20 by default."),
        ("starting_after" = Option<i64>, Query, minimum = 0, description = "Position of the last change that you have read."),
        ("if-none-match" = Option<String>, Header, description = "Entity tag of a known response."),
    ),
    responses(
        (status = 200, description = "A page of changes, in ascending order.", body = Page<EscrowChange>, headers(("etag" = String, description = "Entity tag of this response."))),
        (status = 304, description = "Not modified."),
    );

    /// Read an escrow
    ///
    /// Requires the permission `escrows:read`.
    get "/v1/escrows/{id}" read_escrow ReadEscrow -> Escrow,
    [permission("escrows:read")],
    params(
        ("id" = String, Path, example = "0x9fe46736679d2d9a65f0992f2272de9f3c7fa6e0", description = "Id of the escrow, or address of its contract."),
        ("chain_id" = Option<i64>, Query, minimum = 1, example = 31337, description = "The chain, if contracts on several chains have this address."),
        ("if-none-match" = Option<String>, Header, description = "Entity tag of a known response."),
    ),
    responses(
        (status = 200, description = "The escrow.", body = Escrow, headers(("etag" = String, description = "Entity tag of this response."))),
        (status = 304, description = "Not modified."),
    );

    /// List the events of an escrow
    ///
    /// Events are in on-chain order, and include those that were removed or could not be applied. Requires the permission
    /// `escrows:read`.
    get "/v1/escrows/{id}/timeline" list_escrow_events ListEscrowEvents -> Page<TimelineEvent>,
    [permission("escrows:read")],
    params(
        ("id" = String, Path, example = "0x9fe46736679d2d9a65f0992f2272de9f3c7fa6e0", description = "Id of the escrow, or address of its contract."),
        ("chain_id" = Option<i64>, Query, minimum = 1, example = 31337, description = "The chain, if contracts on several chains have this address."),
        ("order" = Option<String>, Query, pattern = "^asc$", example = "asc", description = "Sort order; always `asc`, from the beginning."),
        ("limit" = Option<i32>, Query, minimum = 1, maximum = 100, example = 20, description = "Maximum number of entries per page; 20 by default."),
        ("starting_after" = Option<String>, Query, pattern = r"^\d{1,18}-\d{1,18}-0x[0-9a-f]{64}$", description = "`next` of the previous page."),
        ("if-none-match" = Option<String>, Header, description = "Entity tag of a known response."),
    ),
    responses(
        (status = 200, description = "A page of events.", body = Page<TimelineEvent>, headers(("etag" = String, description = "Entity tag of this response."))),
        (status = 304, description = "Not modified."),
    );

    /// List the ledger of an escrow
    ///
    /// Entries are in the order in which they were written. The debits and credits of an escrow are equal at all times. Requires
    /// the permission `escrows:read`.
    get "/v1/escrows/{id}/ledger" list_escrow_ledger ListEscrowLedger -> Page<LedgerEntry>,
    [permission("escrows:read")],
    params(
        ("id" = String, Path, example = "0x9fe46736679d2d9a65f0992f2272de9f3c7fa6e0", description = "Id of the escrow, or address of its contract."),
        ("chain_id" = Option<i64>, Query, minimum = 1, example = 31337, description = "The chain, if contracts on several chains have this address."),
        ("order" = Option<String>, Query, pattern = "^asc$", example = "asc", description = "Sort order; always `asc`, from the beginning."),
        ("limit" = Option<i32>, Query, minimum = 1, maximum = 100, example = 20, description = "Maximum number of entries per page; 20 by default."),
        ("starting_after" = Option<i64>, Query, minimum = 1, description = "`next` of the previous page."),
        ("if-none-match" = Option<String>, Header, description = "Entity tag of a known response."),
    ),
    responses(
        (status = 200, description = "A page of ledger entries.", body = Page<LedgerEntry>, headers(("etag" = String, description = "Entity tag of this response."))),
        (status = 304, description = "Not modified."),
    );
}
