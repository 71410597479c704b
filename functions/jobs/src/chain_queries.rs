//! All SQL of `chain.apply`. Chain facts are no tenant's: they are read and written through functions of the database.

use std::str::FromStr;

use alloy_primitives::{Address, B256, Bytes, U256};
use chrono::{DateTime, Utc};
use fundrail_domain::{
    chain::{Log, LogKey, Statement, statement},
    escrow::{Account, Block, Entry, Folded, Outcome, Record, Standing, Step, ledger::Changes},
    time::rfc3339,
};
use fundrail_platform::{
    Error, Result,
    db::{Db, Row},
    params, random,
};
use serde_json::{Value, json};

/// A log that is not yet part of any escrow.
pub(crate) struct Pending {
    /// The chain.
    pub(crate) chain_id: i64,
    block_hash: String,
    log_index: i64,
    removal: bool,
    delivery: i64,
    /// The escrow that it is about; none when it is about none that is known.
    pub(crate) subject: Option<Address>,
}

/// Takes up to `wanted` pending logs. They stay pending until they are dropped.
pub(crate) async fn take(db: &Db, wanted: i32) -> Result<Vec<Pending>> {
    const SQL: &str =
        "select chain_id, block_hash, log_index, removal, delivery, subject from chain_pending_take($1)";
    db.query(SQL, params![wanted], |row| {
        let subject: Option<String> = row.get("subject")?;
        Ok(Pending {
            chain_id: row.get("chain_id")?,
            block_hash: row.get("block_hash")?,
            log_index: row.get("log_index")?,
            removal: row.get("removal")?,
            delivery: row.get("delivery")?,
            subject: subject.map(|text| parsed("subject", &text)).transpose()?,
        })
    })
    .await
}

/// Notes that pending logs have been taken account of.
pub(crate) async fn drop_pending(db: &Db, pending: &[Pending]) -> Result<()> {
    if pending.is_empty() {
        return Ok(());
    }
    let key = |pending: &Pending| {
        json!({
            "chain_id": pending.chain_id,
            "block_hash": pending.block_hash,
            "log_index": pending.log_index,
            "removal": pending.removal,
            "delivery": pending.delivery,
        })
    };
    let keys: Value = pending.iter().map(key).collect();
    db.one("select chain_pending_drop($1)", params![keys], |_| Ok(())).await
}

/// Every log of an escrow, and of its making. Holds the escrow until the end of the transaction.
pub(crate) async fn logs(db: &Db, chain_id: i64, address: Address) -> Result<Vec<Record>> {
    const SQL: &str = "select block_hash, log_index, block_number, transaction_hash, address, topics, data, \
        received_at, statements, from_factory from escrow_logs($1, $2)";
    db.query(SQL, params![chain_id, text(address)], |row| record(row, chain_id)).await
}

fn record(row: &Row, chain_id: i64) -> Result<Record> {
    let topics: Vec<Option<String>> = row.get("topics")?;
    let topics = topics.iter().flatten().map(|topic| parsed("topics", topic));
    let statements: Vec<Statement> = match row.get::<Option<String>>("statements")? {
        Some(_) => row.json("statements")?,
        None => Vec::new(),
    };
    let received_at = row.parse::<DateTime<Utc>>("received_at")?;
    Ok(Record {
        log: Log {
            key: LogKey {
                chain_id,
                block_hash: column(row, "block_hash")?,
                log_index: row.get("log_index")?,
            },
            block_number: row.get("block_number")?,
            transaction_hash: column(row, "transaction_hash")?,
            address: column(row, "address")?,
            topics: topics.collect::<Result<_>>()?,
            data: column::<Bytes>(row, "data")?,
        },
        from_factory: row.get("from_factory")?,
        removed: !statement::is_included(&statements),
        said: statement::last_included(&statements).unwrap_or((received_at, 0, 0)),
        received_at,
    })
}

/// The events of an escrow that were applied and are final as it stands.
pub(crate) async fn final_events(db: &Db, chain_id: i64, address: Address) -> Result<Vec<(B256, i64)>> {
    const SQL: &str = "select block_hash, log_index from escrow_final_events($1, $2)";
    db.query(SQL, params![chain_id, text(address)], |row| {
        Ok((column(row, "block_hash")?, row.get("log_index")?))
    })
    .await
}

/// The rows of an escrow's ledger that stand.
pub(crate) async fn standing(db: &Db, chain_id: i64, address: Address) -> Result<Vec<Standing>> {
    const SQL: &str = "select id, block_hash, log_index, account, address, token, debit, credit \
        from escrow_ledger_standing($1, $2)";
    db.query(SQL, params![chain_id, text(address)], |row| {
        let account: String = row.get("account")?;
        let account = Account::from_word(&account)
            .ok_or_else(|| Error::internal(format!("`{account}` is no account")))?;
        let token: Option<String> = row.get("token")?;
        let entry = Entry {
            origin: (column(row, "block_hash")?, row.get("log_index")?),
            account,
            address: column(row, "address")?,
            token: token.map(|token| parsed("token", &token)).transpose()?,
            debit: column::<U256>(row, "debit")?,
            credit: column::<U256>(row, "credit")?,
        };
        Ok(Standing { id: row.get("id")?, entry })
    })
    .await
}

/// Writes down what a fold came to. When nothing that counts has made the escrow, it is withdrawn if it was known.
pub(crate) async fn store(
    db: &Db,
    chain_id: i64,
    address: Address,
    folded: &Folded,
    changes: &Changes,
) -> Result<()> {
    const STORE: &str = "select escrow_store($1, $2)";
    const WITHDRAW: &str = "select escrow_withdraw($1, $2, $3)";
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
        db.one(STORE, params![random::new_id(), document], |_| Ok(())).await
    } else {
        db.one(WITHDRAW, params![chain_id, text(address), document], |_| Ok(())).await
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
        "state": escrow.state.as_str(),
        "funded": escrow.funded.to_string(),
        "released": escrow.released.to_string(),
        "refunded": escrow.refunded.to_string(),
        "balance": escrow.balance.to_string(),
        "dispute_state": escrow.dispute.map(|dispute| if dispute.open { "open" } else { "resolved" }),
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
    let (outcome, detail) = match step.outcome {
        Outcome::Applied(state) => ("applied", state.as_str()),
        Outcome::Anomaly(code) => ("anomaly", code),
        Outcome::Removed => ("removed", "removed"),
    };
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
        "account": entry.account.as_str(),
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

fn column<T: FromStr>(row: &Row, name: &'static str) -> Result<T> {
    parsed(name, &row.get::<String>(name)?)
}

fn parsed<T: FromStr>(name: &'static str, text: &str) -> Result<T> {
    text.parse().map_err(|_| Error::internal(format!("the column `{name}` is not as expected: {text}")))
}
