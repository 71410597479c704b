//! Escrows as their chains have them: state, timeline, ledger.
//!
//! Who sees which escrow is decided by the policies of the database: a tenant sees those in which one of its registered
//! wallets is buyer or seller, and those of factories that it watches.

mod cursor;
mod queries;

use fundrail_api::common::Page;
use fundrail_api::escrow as api;
use fundrail_domain::{
    Error, chain::parse_chain_id, escrow::State, input::FromText, reference::WalletAddress,
};
use fundrail_platform::{Context, Order, Reply, Request, Result, Route, db::Db, routes, serve};
use uuid::Uuid;

use crate::{cursor::Place, queries::Filter};

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

/// How a path names an escrow.
enum Name {
    Id(Uuid),
    Address(WalletAddress),
}

impl FromText for Name {
    fn from_text(text: &str) -> Result<Self, String> {
        if let Ok(id) = Uuid::from_text(text) {
            return Ok(Self::Id(id));
        }
        WalletAddress::from_text(text).map(Self::Address).map_err(|_| {
            "has to be the id of an escrow, a UUID, or its address: 0x and 40 hexadecimal digits, in one case or \
             with a right EIP-55 checksum"
                .to_owned()
        })
    }
}

/// Shows one escrow.
async fn read(cx: &Context) -> Result<Reply> {
    let name: Name = cx.param("id")?;
    let mut query = cx.query()?;
    let chain_id = query.optional_as("chain_id", parse_chain_id);
    query.finish()?;
    let db = cx.db().await?;
    let found = match name {
        Name::Id(id) => queries::by_id(&db, id, chain_id).await?,
        Name::Address(address) => queries::by_address(&db, address, chain_id).await?,
    };
    let escrow = only(found)?;
    Ok(Reply::ok(&escrow)?.with_etag(cx.header("if-none-match")))
}

/// Lists escrows by their ids, which are as old as they are.
async fn list(cx: &Context) -> Result<Reply> {
    let mut query = cx.query()?;
    let filter = Filter {
        state: query.optional_as("state", parse_state),
        chain_id: query.optional_as("chain_id", parse_chain_id),
        page: query.page(Order::Descending),
    };
    query.finish()?;
    let db = cx.db().await?;
    let rows = queries::list(&db, &filter).await?;
    let page = Page::from_rows(rows, filter.page.limit, |escrow| escrow.id.to_string());
    Ok(Reply::ok(&page)?.with_etag(cx.header("if-none-match")))
}

/// Lists the events of an escrow in the order of the chain.
async fn timeline(cx: &Context) -> Result<Reply> {
    let name: Name = cx.param("id")?;
    let mut query = cx.query()?;
    let limit = query.limit();
    query.upwards();
    let chain_id = query.optional_as("chain_id", parse_chain_id);
    let after = query.optional::<Place>("starting_after").unwrap_or_default();
    query.finish()?;
    let db = cx.db().await?;
    let escrow = identify(&db, name, chain_id).await?;
    let rows = queries::timeline(&db, escrow, &after, limit + 1).await?;
    let page = Page::from_rows(rows, limit, |event| event.id.clone());
    Ok(Reply::ok(&page)?.with_etag(cx.header("if-none-match")))
}

/// Lists what became of events, in the order in which it became so.
async fn changes(cx: &Context) -> Result<Reply> {
    let mut query = cx.query()?;
    let limit = query.limit();
    query.upwards();
    let escrow = query.optional::<Uuid>("escrow_id");
    let after = query.optional_as("starting_after", cursor::parse_position).unwrap_or(0);
    query.finish()?;
    let db = cx.db().await?;
    let rows = queries::changes(&db, escrow, after, limit + 1).await?;
    let page = Page::from_rows(rows, limit, |change| change.position.to_string());
    Ok(Reply::ok(&page)?.with_etag(cx.header("if-none-match")))
}

/// Lists the rows of an escrow's ledger in the order of their writing.
async fn ledger(cx: &Context) -> Result<Reply> {
    let name: Name = cx.param("id")?;
    let mut query = cx.query()?;
    let limit = query.limit();
    query.upwards();
    let chain_id = query.optional_as("chain_id", parse_chain_id);
    let after = query.optional_as("starting_after", cursor::parse_row).unwrap_or(0);
    query.finish()?;
    let db = cx.db().await?;
    let escrow = identify(&db, name, chain_id).await?;
    let rows = queries::ledger(&db, escrow, after, limit + 1).await?;
    let page = Page::from_rows(rows, limit, |entry| entry.id.to_string());
    Ok(Reply::ok(&page)?.with_etag(cx.header("if-none-match")))
}

async fn identify(db: &Db, name: Name, chain_id: Option<i64>) -> Result<Uuid> {
    only(match name {
        Name::Id(id) => queries::identify_by_id(db, id, chain_id).await?,
        Name::Address(address) => queries::identify_by_address(db, address, chain_id).await?,
    })
}

/// The one that was found. A contract may have the same address on several chains.
fn only<T>(found: Vec<T>) -> Result<T> {
    let mut found = found.into_iter();
    match (found.next(), found.next()) {
        (None, _) => Err(Error::NotFound { what: "escrow" }),
        (Some(only), None) => Ok(only),
        (Some(_), Some(_)) => Err(Error::field(
            "/chain_id",
            "is required here: there is an escrow with this address on more than one chain",
        )),
    }
}

fn parse_state(text: &str) -> Result<State, String> {
    State::ALL.into_iter().find(|state| state.as_str() == text).ok_or_else(|| {
        let words = State::ALL.map(State::as_str);
        format!("has to be one of {}", words.join(", "))
    })
}
