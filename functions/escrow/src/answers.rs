//! Escrows, their events and their ledger entries as shown in responses.

use fundrail_api::escrow as api;
use fundrail_domain::{
    escrow::{EventOutcome, Finality, deadline},
    time::rfc3339,
};
use fundrail_store::escrow::{Change, Escrow, Event, LedgerEntry};

/// An escrow.
pub(crate) fn escrow(row: Escrow) -> api::Escrow {
    let finality = Finality::of(row.last_block, row.head_block, row.confirmations, row.contradicted);
    let dispute = row.dispute_state.zip(row.dispute_by).map(|(state, by)| api::Dispute {
        state,
        by,
        reason: row.dispute_reason.unwrap_or_default(),
    });
    api::Escrow {
        id: row.id,
        chain_id: row.chain_id,
        address: row.address,
        factory: row.factory,
        order_id: row.order_id,
        buyer: row.buyer,
        seller: row.seller,
        arbiter: row.arbiter,
        token: row.token,
        amount: row.amount,
        deadline: deadline(row.deadline).map(rfc3339),
        state: row.state,
        funded: row.funded,
        released: row.released,
        refunded: row.refunded,
        balance: row.balance,
        dispute,
        anomalies: row.anomalies,
        contradicted: row.contradicted,
        created_block: row.created_block,
        last_block: row.last_block,
        confirmations: finality.confirmations,
        r#final: finality.is_final,
        created_at: rfc3339(row.created_at),
        changed_at: rfc3339(row.changed_at),
    }
}

/// An event of a timeline.
pub(crate) fn event(row: Event) -> api::TimelineEvent {
    let contradicted = row.contradicted || row.outcome == EventOutcome::Removed;
    let finality = Finality::of(row.block_number, row.head_block, row.confirmations, contradicted);
    api::TimelineEvent {
        id: event_id(row.block_number, row.log_index, &row.block_hash),
        name: row.name,
        parameters: row.parameters.0,
        outcome: row.outcome,
        detail: row.detail,
        block_number: row.block_number,
        block_hash: row.block_hash,
        transaction_hash: row.transaction_hash,
        log_index: row.log_index,
        r#final: finality.is_final,
        received_at: rfc3339(row.received_at),
    }
}

/// A change of an event's outcome.
pub(crate) fn change(row: Change) -> api::EscrowChange {
    api::EscrowChange {
        position: row.position,
        escrow_id: row.escrow_id,
        event_id: event_id(row.block_number, row.log_index, &row.block_hash),
        name: row.name,
        outcome: row.outcome,
        detail: row.detail,
        recorded_at: rfc3339(row.recorded_at),
    }
}

/// An entry of a ledger.
pub(crate) fn ledger_entry(row: LedgerEntry) -> api::LedgerEntry {
    api::LedgerEntry {
        id: row.id,
        account: row.account,
        address: row.address,
        token: row.token,
        debit: row.debit,
        credit: row.credit,
        block_hash: row.block_hash,
        log_index: row.log_index,
        reverses: row.reverses,
        recorded_at: rfc3339(row.recorded_at),
    }
}

/// The id of an event, which [`crate::cursor::Place`] reads.
fn event_id(block_number: i64, log_index: i64, block_hash: &str) -> String {
    format!("{block_number}-{log_index}-{block_hash}")
}
