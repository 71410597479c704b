//! Escrows as recorded on their chains: state, timeline, ledger.
//!
//! The policies of the database decide who sees which escrow: a tenant sees those in which one of its proven wallets is buyer or
//! seller, and those of factories that it watches.

mod answers;
mod cursor;

use fundrail_api::{common::Page, escrow as api};
use fundrail_domain::{
    Error, chain::parse_chain_id, escrow::State, ids::EscrowId, input::FromText, reference::WalletAddress,
};
use fundrail_identity::serve;
use fundrail_platform::{Answer, Context, Order, Request, Result, Route, db::Db, routes};
use fundrail_store::{escrow as store, one_more};

use crate::cursor::Place;

static ROUTES: &[Route] = routes![
    api::ListEscrows => list;
    api::ListEscrowChanges => changes;
    api::ReadEscrow => read;
    api::ListEscrowEvents => timeline;
    api::ListEscrowLedger => ledger;
];

#[spin_sdk::http_service]
async fn handle(request: Request) -> fundrail_platform::Response {
    serve(request, "escrow", ROUTES).await
}

/// How a path names an escrow: by either of them.
struct Name {
    id: Option<EscrowId>,
    address: Option<WalletAddress>,
}

impl FromText for Name {
    fn from_text(text: &str) -> Result<Self, String> {
        if let Ok(id) = EscrowId::from_text(text) {
            return Ok(Self { id: Some(id), address: None });
        }
        let address = WalletAddress::from_text(text).map_err(|_| {
            "must be the id of an escrow, a UUID, or its address: 0x followed by 40 hexadecimal digits, in one case or \
             with a correct EIP-55 checksum"
                .to_owned()
        })?;
        Ok(Self { id: None, address: Some(address) })
    }
}

/// Shows one escrow.
async fn read(cx: &Context) -> Result<Answer<api::Escrow>> {
    let name: Name = cx.param("id")?;
    let mut query = cx.query()?;
    let chain_id = query.optional_as("chain_id", parse_chain_id);
    query.finish()?;
    let db = cx.db().await?;
    let escrow = only(store::escrows_named(&db, name.id, name.address, chain_id).await?)?;
    Ok(Answer::ok(&answers::escrow(escrow))?.with_etag(cx.header("if-none-match")))
}

/// Lists escrows by id, and therefore by age.
async fn list(cx: &Context) -> Result<Answer<Page<api::Escrow>>> {
    let mut query = cx.query()?;
    let state = query.optional::<State>("state");
    let chain_id = query.optional_as("chain_id", parse_chain_id);
    let asked = query.page(Order::Descending);
    query.finish()?;
    let db = cx.db().await?;
    let rows = store::escrows(&db, &asked, state, chain_id).await?;
    let rows = rows.into_iter().map(answers::escrow).collect();
    let page = Page::from_rows(rows, asked.limit, |escrow: &api::Escrow| escrow.id.to_string());
    Ok(Answer::ok(&page)?.with_etag(cx.header("if-none-match")))
}

/// Lists the events of an escrow in on-chain order.
async fn timeline(cx: &Context) -> Result<Answer<Page<api::TimelineEvent>>> {
    let name: Name = cx.param("id")?;
    let mut query = cx.query()?;
    let limit = query.limit();
    query.upwards();
    let chain_id = query.optional_as("chain_id", parse_chain_id);
    let after = query.optional::<Place>("starting_after").unwrap_or_default();
    query.finish()?;
    let db = cx.db().await?;
    let escrow = identify(&db, name, chain_id).await?;
    let (number, index) = (after.block_number, after.log_index);
    let rows = store::timeline(&db, escrow, number, index, &after.block_hash, one_more(limit)).await?;
    let rows = rows.into_iter().map(answers::event).collect();
    let page = Page::from_rows(rows, limit, |event: &api::TimelineEvent| event.id.clone());
    Ok(Answer::ok(&page)?.with_etag(cx.header("if-none-match")))
}

/// Lists the outcomes of events in the order in which they were recorded.
async fn changes(cx: &Context) -> Result<Answer<Page<api::EscrowChange>>> {
    let mut query = cx.query()?;
    let limit = query.limit();
    query.upwards();
    let escrow = query.optional::<EscrowId>("escrow_id");
    let after = query.optional_as("starting_after", cursor::parse_position).unwrap_or(0);
    query.finish()?;
    let db = cx.db().await?;
    let rows = store::changes(&db, escrow, after, one_more(limit)).await?;
    let rows = rows.into_iter().map(answers::change).collect();
    let page = Page::from_rows(rows, limit, |change: &api::EscrowChange| change.position.to_string());
    Ok(Answer::ok(&page)?.with_etag(cx.header("if-none-match")))
}

/// Lists the entries of an escrow's ledger in the order in which they were written.
async fn ledger(cx: &Context) -> Result<Answer<Page<api::LedgerEntry>>> {
    let name: Name = cx.param("id")?;
    let mut query = cx.query()?;
    let limit = query.limit();
    query.upwards();
    let chain_id = query.optional_as("chain_id", parse_chain_id);
    let after = query.optional_as("starting_after", cursor::parse_row).unwrap_or(0);
    query.finish()?;
    let db = cx.db().await?;
    let escrow = identify(&db, name, chain_id).await?;
    let rows = store::ledger(&db, escrow, after, one_more(limit)).await?;
    let rows = rows.into_iter().map(answers::ledger_entry).collect();
    let page = Page::from_rows(rows, limit, |entry: &api::LedgerEntry| entry.id.to_string());
    Ok(Answer::ok(&page)?.with_etag(cx.header("if-none-match")))
}

async fn identify(db: &Db, name: Name, chain_id: Option<i64>) -> Result<EscrowId> {
    only(store::identify(db, name.id, name.address, chain_id).await?)
}

/// The one that was found. A contract may have the same address on several chains.
fn only<T>(found: Vec<T>) -> Result<T> {
    let mut found = found.into_iter();
    match (found.next(), found.next()) {
        (None, _) => Err(Error::NotFound { what: "escrow" }),
        (Some(only), None) => Ok(only),
        (Some(_), Some(_)) => Err(Error::field(
            "/chain_id",
            "is required, because there is an escrow with this address on more than one chain",
        )),
    }
}
