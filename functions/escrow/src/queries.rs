//! All SQL of this function. Row-level security leaves only what the tenant may see.

use fundrail_api::escrow::{
    Dispute, DisputeState, Escrow, EscrowChange, EscrowState, EventOutcome, LedgerAccount, LedgerEntry,
    TimelineEvent,
};
use fundrail_domain::{
    Error,
    escrow::{Finality, State, deadline},
    input::FromText,
    reference::WalletAddress,
    time::rfc3339,
};
use fundrail_platform::{
    Asked, Result,
    db::{Db, Row},
    ordered, params,
};
use uuid::Uuid;

/// What a list leaves out.
pub(crate) struct Filter {
    /// Escrows in other states.
    pub(crate) state: Option<State>,
    /// Escrows on other chains.
    pub(crate) chain_id: Option<i64>,
    /// This one and newer ones.
    pub(crate) page: Asked,
}

/// Whether blocks are claimed that contradict those of the escrow `e`: by its own logs, or at one of its heights by others'.
macro_rules! contradicted {
    () => {
        "(e.contradictions > 0 or exists (select from escrow_event own join chain_block other \
            on other.chain_id = e.chain_id and other.block_number = own.block_number \
            and other.block_hash <> own.block_hash \
            where own.escrow_id = e.id and own.outcome <> 'removed'))"
    };
}

macro_rules! select_escrow {
    ($rest:literal) => {
        concat!(
            "select e.id, e.chain_id, e.address, e.factory, e.order_id, e.buyer, e.seller, e.arbiter, e.token, \
             e.amount::text as amount, e.deadline::text as deadline, e.state, e.funded::text as funded, \
             e.released::text as released, e.refunded::text as refunded, e.balance::text as balance, \
             e.dispute_state, e.dispute_by, e.dispute_reason, e.anomalies, e.created_block, e.last_block, \
             rfc3339(e.created_at) as created_at, rfc3339(e.changed_at) as changed_at, \
             c.head_block, c.confirmations, ",
            contradicted!(),
            " as contradicted from escrow e join chain c on c.id = e.chain_id where e.present ",
            $rest
        )
    };
}

/// The escrow with this id, in a list of at most one.
pub(crate) async fn by_id(db: &Db, id: Uuid, chain_id: Option<i64>) -> Result<Vec<Escrow>> {
    const SQL: &str = select_escrow!("and e.id = $1 and ($2::bigint is null or e.chain_id = $2)");
    db.query(SQL, params![id, chain_id], escrow).await
}

/// The escrows at this address, one a chain; not more than two.
pub(crate) async fn by_address(
    db: &Db,
    address: WalletAddress,
    chain_id: Option<i64>,
) -> Result<Vec<Escrow>> {
    const SQL: &str =
        select_escrow!("and e.address = $1 and ($2::bigint is null or e.chain_id = $2) limit 2");
    db.query(SQL, params![lower(address), chain_id], escrow).await
}

/// The id of the escrow with this id, if it is to be seen.
pub(crate) async fn identify_by_id(db: &Db, id: Uuid, chain_id: Option<i64>) -> Result<Vec<Uuid>> {
    const SQL: &str =
        "select id from escrow where present and id = $1 and ($2::bigint is null or chain_id = $2)";
    db.query(SQL, params![id, chain_id], |row| row.get("id")).await
}

/// The ids of the escrows at this address; not more than two.
pub(crate) async fn identify_by_address(
    db: &Db,
    address: WalletAddress,
    chain_id: Option<i64>,
) -> Result<Vec<Uuid>> {
    const SQL: &str = "select id from escrow where present and address = $1 and ($2::bigint is null or chain_id = $2) limit 2";
    db.query(SQL, params![lower(address), chain_id], |row| row.get("id")).await
}

/// Escrows by their ids, one more than a page has when there are more.
pub(crate) async fn list(db: &Db, filter: &Filter) -> Result<Vec<Escrow>> {
    let sql = ordered!(
        filter.page.order,
        select_escrow!(
            "and ($1::text is null or e.state = $1) and ($2::bigint is null or e.chain_id = $2)"
        ),
        by "e.id" after "$3::uuid", "limit $4"
    );
    let (state, page) = (filter.state.map(State::as_str), &filter.page);
    db.query(sql, params![state, filter.chain_id, page.after, page.limit_and_one()], escrow).await
}

/// Events of an escrow after a place.
pub(crate) async fn timeline(
    db: &Db,
    escrow: Uuid,
    after: &crate::cursor::Place,
    limit: usize,
) -> Result<Vec<TimelineEvent>> {
    const SQL: &str = concat!(
        "select v.name, v.parameters, v.outcome, v.detail, v.block_number, v.block_hash, v.transaction_hash, \
         v.log_index, rfc3339(v.received_at) as received_at, c.head_block, c.confirmations, ",
        contradicted!(),
        " as contradicted from escrow_event v join escrow e on e.id = v.escrow_id join chain c on c.id = e.chain_id \
         where v.escrow_id = $1 and (v.block_number, v.log_index, v.block_hash) > ($2, $3, $4) \
         order by v.block_number, v.log_index, v.block_hash limit $5"
    );
    let parameters = params![escrow, after.block_number, after.log_index, &after.block_hash, count(limit)];
    db.query(SQL, parameters, |row| {
        let (block_number, log_index): (i64, i64) = (row.get("block_number")?, row.get("log_index")?);
        let block_hash: String = row.get("block_hash")?;
        let outcome = outcome(row)?;
        let finality = Finality::of(
            block_number,
            row.get("head_block")?,
            row.get("confirmations")?,
            row.get("contradicted")? || outcome == EventOutcome::Removed,
        );
        Ok(TimelineEvent {
            id: format!("{block_number}-{log_index}-{block_hash}"),
            name: row.get("name")?,
            parameters: row.json("parameters")?,
            outcome,
            detail: row.get("detail")?,
            block_number,
            block_hash,
            transaction_hash: row.get("transaction_hash")?,
            log_index,
            r#final: finality.is_final,
            received_at: row.get("received_at")?,
        })
    })
    .await
}

/// What became of events of the escrows that the tenant sees, after a position.
pub(crate) async fn changes(
    db: &Db,
    escrow: Option<Uuid>,
    after: i64,
    limit: usize,
) -> Result<Vec<EscrowChange>> {
    const SQL: &str = "select h.position, h.escrow_id, h.name, h.outcome, h.detail, h.block_number, h.block_hash, \
        h.log_index, rfc3339(h.recorded_at) as recorded_at \
        from escrow_change h \
        where h.position > $1 and ($2::uuid is null or h.escrow_id = $2) order by h.position limit $3";
    db.query(SQL, params![after, escrow, count(limit)], |row| {
        let (block_number, log_index): (i64, i64) = (row.get("block_number")?, row.get("log_index")?);
        let block_hash: String = row.get("block_hash")?;
        Ok(EscrowChange {
            position: row.get("position")?,
            escrow_id: row.get("escrow_id")?,
            event_id: format!("{block_number}-{log_index}-{block_hash}"),
            name: row.get("name")?,
            outcome: outcome(row)?,
            detail: row.get("detail")?,
            recorded_at: row.get("recorded_at")?,
        })
    })
    .await
}

fn outcome(row: &Row) -> Result<EventOutcome> {
    match row.get::<String>("outcome")?.as_str() {
        "applied" => Ok(EventOutcome::Applied),
        "anomaly" => Ok(EventOutcome::Anomaly),
        "removed" => Ok(EventOutcome::Removed),
        other => Err(Error::internal(format!("`{other}` is no outcome"))),
    }
}

/// Rows of an escrow's ledger after a row.
pub(crate) async fn ledger(db: &Db, escrow: Uuid, after: i64, limit: usize) -> Result<Vec<LedgerEntry>> {
    const SQL: &str = "select id, account, address, token, debit::text as debit, credit::text as credit, block_hash, \
        log_index, reverses, rfc3339(recorded_at) as recorded_at \
        from escrow_ledger_entry where escrow_id = $1 and id > $2 order by id limit $3";
    db.query(SQL, params![escrow, after, count(limit)], |row| {
        let account = match row.get::<String>("account")?.as_str() {
            "buyer" => LedgerAccount::Buyer,
            "seller" => LedgerAccount::Seller,
            "escrow" => LedgerAccount::Escrow,
            "other" => LedgerAccount::Other,
            other => return Err(Error::internal(format!("`{other}` is no account"))),
        };
        Ok(LedgerEntry {
            id: row.get("id")?,
            account,
            address: row.parse("address")?,
            token: row.parse_optional("token")?,
            debit: row.get("debit")?,
            credit: row.get("credit")?,
            block_hash: row.get("block_hash")?,
            log_index: row.get("log_index")?,
            reverses: row.get("reverses")?,
            recorded_at: row.get("recorded_at")?,
        })
    })
    .await
}

fn escrow(row: &Row) -> Result<Escrow> {
    let last_block: i64 = row.get("last_block")?;
    let contradicted = row.get("contradicted")?;
    let finality = Finality::of(last_block, row.get("head_block")?, row.get("confirmations")?, contradicted);
    let seconds: String = row.get("deadline")?;
    let seconds = seconds.parse().map_err(|_| Error::internal("the column `deadline` is no uint64"))?;
    Ok(Escrow {
        id: row.get("id")?,
        chain_id: row.get("chain_id")?,
        address: row.parse("address")?,
        factory: row.parse("factory")?,
        order_id: row.get("order_id")?,
        buyer: row.parse("buyer")?,
        seller: row.parse("seller")?,
        arbiter: row.parse("arbiter")?,
        token: row.parse_optional("token")?,
        amount: row.get("amount")?,
        deadline: deadline(seconds).map(rfc3339),
        state: state(&row.get::<String>("state")?)?,
        funded: row.get("funded")?,
        released: row.get("released")?,
        refunded: row.get("refunded")?,
        balance: row.get("balance")?,
        dispute: dispute(row)?,
        anomalies: row.get("anomalies")?,
        contradicted,
        created_block: row.get("created_block")?,
        last_block,
        confirmations: finality.confirmations,
        r#final: finality.is_final,
        created_at: row.get("created_at")?,
        changed_at: row.get("changed_at")?,
    })
}

fn state(word: &str) -> Result<EscrowState> {
    match word {
        "created" => Ok(EscrowState::Created),
        "funded" => Ok(EscrowState::Funded),
        "released" => Ok(EscrowState::Released),
        "refunded" => Ok(EscrowState::Refunded),
        "expired" => Ok(EscrowState::Expired),
        other => Err(Error::internal(format!("`{other}` is no state of an escrow"))),
    }
}

fn dispute(row: &Row) -> Result<Option<Dispute>> {
    let state = match row.get::<Option<String>>("dispute_state")?.as_deref() {
        None => return Ok(None),
        Some("open") => DisputeState::Open,
        Some("resolved") => DisputeState::Resolved,
        Some(other) => return Err(Error::internal(format!("`{other}` is no state of a dispute"))),
    };
    let by = row.get::<Option<String>>("dispute_by")?.unwrap_or_default();
    let by =
        WalletAddress::from_text(&by).map_err(|wrong| Error::internal(format!("`dispute_by` {wrong}")))?;
    Ok(Some(Dispute { state, by, reason: row.get::<Option<String>>("dispute_reason")?.unwrap_or_default() }))
}

/// As the database has addresses.
fn lower(address: WalletAddress) -> String {
    format!("{:#x}", address.0)
}

fn count(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}
