//! Escrows: `/v1/escrows…`.

use fundrail_domain::reference::WalletAddress;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

/// An escrow as its chain has it. Amounts are whole base units of its token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Escrow {
    /// Id of the escrow.
    pub id: Uuid,
    /// Where it lives: EIP-155 id of the chain.
    #[cfg_attr(feature = "openapi", schema(minimum = 1, example = 31337))]
    pub chain_id: i64,
    /// Its contract.
    #[cfg_attr(feature = "openapi", schema(value_type = String, pattern = "^0x[0-9a-fA-F]{40}$"))]
    pub address: WalletAddress,
    /// The contract that made it.
    #[cfg_attr(feature = "openapi", schema(value_type = String, pattern = "^0x[0-9a-fA-F]{40}$"))]
    pub factory: WalletAddress,
    /// The order that it settles.
    #[cfg_attr(feature = "openapi", schema(pattern = "^0x[0-9a-f]{64}$"))]
    pub order_id: String,
    /// Who pays.
    #[cfg_attr(feature = "openapi", schema(value_type = String, pattern = "^0x[0-9a-fA-F]{40}$"))]
    pub buyer: WalletAddress,
    /// Who is paid.
    #[cfg_attr(feature = "openapi", schema(value_type = String, pattern = "^0x[0-9a-fA-F]{40}$"))]
    pub seller: WalletAddress,
    /// Who decides a dispute.
    #[cfg_attr(feature = "openapi", schema(value_type = String, pattern = "^0x[0-9a-fA-F]{40}$"))]
    pub arbiter: WalletAddress,
    /// What is paid with; null is the chain's own coin.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, required, pattern = "^0x[0-9a-fA-F]{40}$"))]
    pub token: Option<WalletAddress>,
    /// What has to be paid in.
    #[cfg_attr(feature = "openapi", schema(pattern = r"^\d{1,78}$", example = "250000000000"))]
    pub amount: String,
    /// Until when, RFC 3339 in UTC; null when that is after the year 9999.
    #[cfg_attr(feature = "openapi", schema(required, format = "date-time"))]
    pub deadline: Option<String>,
    /// Where it stands.
    pub state: EscrowState,
    /// Paid in, all in all.
    #[cfg_attr(feature = "openapi", schema(pattern = r"^\d{1,78}$", example = "250000000000"))]
    pub funded: String,
    /// Paid out to the seller.
    #[cfg_attr(feature = "openapi", schema(pattern = r"^\d{1,78}$", example = "0"))]
    pub released: String,
    /// Given back to the buyer.
    #[cfg_attr(feature = "openapi", schema(pattern = r"^\d{1,78}$", example = "0"))]
    pub refunded: String,
    /// Paid in and not yet out.
    #[cfg_attr(feature = "openapi", schema(pattern = r"^\d{1,78}$", example = "250000000000"))]
    pub balance: String,
    /// The last objection; null when there was none.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub dispute: Option<Dispute>,
    /// How many events of it contradict what went before, or what was said later; the timeline shows them.
    #[cfg_attr(feature = "openapi", schema(minimum = 0, example = 0))]
    pub anomalies: i32,
    /// Whether the chain contradicts itself here: at a height at which the escrow has events, or for a transaction of it, another
    /// block has been announced, and neither has been removed; or some of its events in a block have been removed, and others
    /// have not. What was said last counts; while this lasts, nothing is final.
    pub contradicted: bool,
    /// Block of the event that made it.
    #[cfg_attr(feature = "openapi", schema(minimum = 0))]
    pub created_block: i64,
    /// Block of the last event that changed it.
    #[cfg_attr(feature = "openapi", schema(minimum = 0))]
    pub last_block: i64,
    /// Blocks that the chain has come on since, by applied events.
    #[cfg_attr(feature = "openapi", schema(minimum = 0))]
    pub confirmations: i64,
    /// Whether they are as many as the chain needs for its events to count as final, and nothing contradicts them. It may become
    /// false again, when blocks are removed.
    pub r#final: bool,
    /// When its making became known: RFC 3339, UTC.
    #[cfg_attr(feature = "openapi", schema(format = "date-time"))]
    pub created_at: String,
    /// When the last event that changed it became known: RFC 3339, UTC.
    #[cfg_attr(feature = "openapi", schema(format = "date-time"))]
    pub changed_at: String,
}

/// Where an escrow stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum EscrowState {
    /// Made, and not yet paid in full.
    Created,
    /// Holds at least what was agreed.
    Funded,
    /// The seller has been paid.
    Released,
    /// The buyer has the money back.
    Refunded,
    /// The deadline passed first.
    Expired,
}

/// An objection of a party.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Dispute {
    /// Whether it is still to be decided.
    pub state: DisputeState,
    /// Who raised it.
    #[cfg_attr(feature = "openapi", schema(value_type = String, pattern = "^0x[0-9a-fA-F]{40}$"))]
    pub by: WalletAddress,
    /// Why: 32 bytes of the party's choosing, in hex.
    #[cfg_attr(feature = "openapi", schema(pattern = "^0x[0-9a-f]{64}$"))]
    pub reason: String,
}

/// Whether an objection has been decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum DisputeState {
    /// It has not.
    Open,
    /// It has.
    Resolved,
}

/// An event of an escrow, in the order of the chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TimelineEvent {
    /// Where it stands: block number, position in the block, block hash.
    #[cfg_attr(feature = "openapi", schema(pattern = r"^\d+-\d+-0x[0-9a-f]{64}$"))]
    pub id: String,
    /// As the contract calls it.
    #[cfg_attr(feature = "openapi", schema(example = "Funded"))]
    pub name: String,
    /// Its parameters; null when they cannot be decoded.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Object>, required))]
    pub parameters: Value,
    /// What became of it.
    pub outcome: EventOutcome,
    /// The state after it; why it could not be applied; or `removed`.
    #[cfg_attr(feature = "openapi", schema(example = "funded"))]
    pub detail: String,
    /// Height of its block.
    #[cfg_attr(feature = "openapi", schema(minimum = 0))]
    pub block_number: i64,
    /// Its block.
    #[cfg_attr(feature = "openapi", schema(pattern = "^0x[0-9a-f]{64}$"))]
    pub block_hash: String,
    /// Its transaction.
    #[cfg_attr(feature = "openapi", schema(pattern = "^0x[0-9a-f]{64}$"))]
    pub transaction_hash: String,
    /// Position in the block.
    #[cfg_attr(feature = "openapi", schema(minimum = 0))]
    pub log_index: i64,
    /// Whether enough blocks have been seen on top of it for the chain, and nothing contradicts it.
    pub r#final: bool,
    /// When it came in: RFC 3339, UTC.
    #[cfg_attr(feature = "openapi", schema(format = "date-time"))]
    pub received_at: String,
}

/// What became of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum EventOutcome {
    /// It is part of the state.
    Applied,
    /// It contradicts what went before, and is part of nothing.
    Anomaly,
    /// Its block is no longer part of the chain.
    Removed,
}

/// What became of an event: it has turned up, or its outcome has changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EscrowChange {
    /// Where it stands among all changes. Rises, with gaps; none turns up below one that has been seen.
    #[cfg_attr(feature = "openapi", schema(minimum = 1))]
    pub position: i64,
    /// The escrow.
    pub escrow_id: Uuid,
    /// Id of the event in the timeline.
    #[cfg_attr(feature = "openapi", schema(pattern = r"^\d+-\d+-0x[0-9a-f]{64}$"))]
    pub event_id: String,
    /// As the contract calls it.
    #[cfg_attr(feature = "openapi", schema(example = "Funded"))]
    pub name: String,
    /// What became of it.
    pub outcome: EventOutcome,
    /// The state after it; why it could not be applied; or `removed`.
    #[cfg_attr(feature = "openapi", schema(example = "funded"))]
    pub detail: String,
    /// When it was recorded: RFC 3339, UTC.
    #[cfg_attr(feature = "openapi", schema(format = "date-time"))]
    pub recorded_at: String,
}

/// A row of the double-entry ledger. Rows are never changed: what is taken back is reversed by a further row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LedgerEntry {
    /// Number of the row; rises within an escrow.
    #[cfg_attr(feature = "openapi", schema(minimum = 1))]
    pub id: i64,
    /// Whose account it is.
    pub account: LedgerAccount,
    /// The address behind the account.
    #[cfg_attr(feature = "openapi", schema(value_type = String, pattern = "^0x[0-9a-fA-F]{40}$"))]
    pub address: WalletAddress,
    /// In what; null is the chain's own coin.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, required, pattern = "^0x[0-9a-fA-F]{40}$"))]
    pub token: Option<WalletAddress>,
    /// What came in.
    #[cfg_attr(feature = "openapi", schema(pattern = r"^\d{1,78}$"))]
    pub debit: String,
    /// What went out.
    #[cfg_attr(feature = "openapi", schema(pattern = r"^\d{1,78}$"))]
    pub credit: String,
    /// Block of the event that it books.
    #[cfg_attr(feature = "openapi", schema(pattern = "^0x[0-9a-f]{64}$"))]
    pub block_hash: String,
    /// Position of that event in the block.
    #[cfg_attr(feature = "openapi", schema(minimum = 0))]
    pub log_index: i64,
    /// The row that this one takes back; null for a first row.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub reverses: Option<i64>,
    /// When it was written: RFC 3339, UTC.
    #[cfg_attr(feature = "openapi", schema(format = "date-time"))]
    pub recorded_at: String,
}

/// Whose account a row belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum LedgerAccount {
    /// The buyer's.
    Buyer,
    /// The seller's.
    Seller,
    /// The escrow's own.
    Escrow,
    /// Somebody's who is neither.
    Other,
}

#[cfg(feature = "openapi")]
pub use documentation::openapi;

/// The routes as OpenAPI has them.
#[cfg(feature = "openapi")]
mod documentation {
    #![allow(dead_code, reason = "the functions are there for what the macro makes of them")]

    use super::{Escrow, EscrowChange, EscrowState, LedgerEntry, TimelineEvent};
    use crate::common::Page;

    /// The routes of escrows.
    pub fn openapi() -> utoipa::openapi::OpenApi {
        use utoipa::OpenApi as _;
        Escrows::openapi()
    }

    #[derive(utoipa::OpenApi)]
    #[openapi(
        paths(list_escrows, list_escrow_changes, read_escrow, list_escrow_events, list_escrow_ledger),
        tags((name = "escrows", description = "What is paid through contracts on chains, as the chains have it."))
    )]
    struct Escrows;

    /// Lists escrows, newest first
    ///
    /// Needs the permission `escrows:read`. Shows those in which a registered wallet of the tenant's investors is buyer or
    /// seller, and those made by a contract that the tenant watches.
    #[utoipa::path(
        get,
        path = "/v1/escrows",
        operation_id = "list_escrows",
        tag = "escrows",
        security(("bearer" = [])),
        params(
            ("state" = inline(Option<EscrowState>), Query, description = "Where they stand."),
            ("chain_id" = Option<i64>, Query, minimum = 1, example = 31337, description = "The chain that they live on (EIP-155)."),
            ("order" = Option<String>, Query, pattern = "^(asc|desc)$", example = "asc", description = "`desc`, the newest first, when missing."),
            ("limit" = Option<i32>, Query, minimum = 1, maximum = 100, example = 20,
                description = "Entries a page; 20 when missing."),
            ("starting_after" = Option<uuid::Uuid>, Query, description = "`next` of the page before."),
            ("if-none-match" = Option<String>, Header, description = "Entity tag of a known answer."),
        ),
        responses(
            (status = 200, description = "A page of escrows.", body = Page<Escrow>,
                headers(("etag" = String, description = "Tag of this answer."))),
            (status = 304, description = "Nothing has changed."),
        )
    )]
    const fn list_escrows() {}

    /// Lists what became of events, in the order in which it became so
    ///
    /// Needs the permission `escrows:read`. For those who follow: remember the last `position`, and ask for what comes after
    /// it. Timelines are in the order of their chains, into which late events are sorted; here they come last.
    #[utoipa::path(
        get,
        path = "/v1/escrows/changes",
        operation_id = "list_escrow_changes",
        tag = "escrows",
        security(("bearer" = [])),
        params(
            ("escrow_id" = Option<uuid::Uuid>, Query, description = "Of one escrow alone."),
            ("order" = Option<String>, Query, pattern = "^asc$", example = "asc", description = "`asc`: it goes up alone, from its beginning on."),
            ("limit" = Option<i32>, Query, minimum = 1, maximum = 100, example = 20,
                description = "Entries a page; 20 when missing."),
            ("starting_after" = Option<i64>, Query, minimum = 0, description = "Position of the last change that was seen."),
            ("if-none-match" = Option<String>, Header, description = "Entity tag of a known answer."),
        ),
        responses(
            (status = 200, description = "A page of changes, ascending.", body = Page<EscrowChange>,
                headers(("etag" = String, description = "Tag of this answer."))),
            (status = 304, description = "Nothing has changed."),
        )
    )]
    const fn list_escrow_changes() {}

    /// Shows an escrow
    ///
    /// Needs the permission `escrows:read`.
    #[utoipa::path(
        get,
        path = "/v1/escrows/{id}",
        operation_id = "read_escrow",
        tag = "escrows",
        security(("bearer" = [])),
        params(
            ("id" = String, Path, example = "0x9fe46736679d2d9a65f0992f2272de9f3c7fa6e0",
                description = "Id of the escrow, or address of its contract."),
            ("chain_id" = Option<i64>, Query, minimum = 1, example = 31337,
                description = "The chain, when contracts on several have this address."),
            ("if-none-match" = Option<String>, Header, description = "Entity tag of a known answer."),
        ),
        responses(
            (status = 200, description = "The escrow.", body = Escrow,
                headers(("etag" = String, description = "Tag of this answer."))),
            (status = 304, description = "Nothing has changed."),
        )
    )]
    const fn read_escrow() {}

    /// Lists the events of an escrow in the order of the chain
    ///
    /// Needs the permission `escrows:read`. Shows what was taken back and what could not be applied as well.
    #[utoipa::path(
        get,
        path = "/v1/escrows/{id}/timeline",
        operation_id = "list_escrow_events",
        tag = "escrows",
        security(("bearer" = [])),
        params(
            ("id" = String, Path, example = "0x9fe46736679d2d9a65f0992f2272de9f3c7fa6e0",
                description = "Id of the escrow, or address of its contract."),
            ("chain_id" = Option<i64>, Query, minimum = 1, example = 31337,
                description = "The chain, when contracts on several have this address."),
            ("order" = Option<String>, Query, pattern = "^asc$", example = "asc", description = "`asc`: it goes up alone, from its beginning on."),
            ("limit" = Option<i32>, Query, minimum = 1, maximum = 100, example = 20,
                description = "Entries a page; 20 when missing."),
            ("starting_after" = Option<String>, Query, pattern = r"^\d{1,18}-\d{1,18}-0x[0-9a-f]{64}$",
                description = "`next` of the page before."),
            ("if-none-match" = Option<String>, Header, description = "Entity tag of a known answer."),
        ),
        responses(
            (status = 200, description = "A page of events.", body = Page<TimelineEvent>,
                headers(("etag" = String, description = "Tag of this answer."))),
            (status = 304, description = "Nothing has changed."),
        )
    )]
    const fn list_escrow_events() {}

    /// Lists the double-entry ledger of an escrow in the order of its writing
    ///
    /// Needs the permission `escrows:read`. Debits and credits of an escrow are equal at any time.
    #[utoipa::path(
        get,
        path = "/v1/escrows/{id}/ledger",
        operation_id = "list_escrow_ledger",
        tag = "escrows",
        security(("bearer" = [])),
        params(
            ("id" = String, Path, example = "0x9fe46736679d2d9a65f0992f2272de9f3c7fa6e0",
                description = "Id of the escrow, or address of its contract."),
            ("chain_id" = Option<i64>, Query, minimum = 1, example = 31337,
                description = "The chain, when contracts on several have this address."),
            ("order" = Option<String>, Query, pattern = "^asc$", example = "asc", description = "`asc`: it goes up alone, from its beginning on."),
            ("limit" = Option<i32>, Query, minimum = 1, maximum = 100, example = 20,
                description = "Entries a page; 20 when missing."),
            ("starting_after" = Option<i64>, Query, minimum = 1, description = "`next` of the page before."),
            ("if-none-match" = Option<String>, Header, description = "Entity tag of a known answer."),
        ),
        responses(
            (status = 200, description = "A page of rows.", body = Page<LedgerEntry>,
                headers(("etag" = String, description = "Tag of this answer."))),
            (status = 304, description = "Nothing has changed."),
        )
    )]
    const fn list_escrow_ledger() {}
}
