//! `GET /v1/funds` without filters, as `functions/fund-listing` answers it.

use std::{net::SocketAddr, time::Duration};

use axum::{
    body::Body,
    extract::{ConnectInfo, State},
    http::{HeaderMap, Method, Response, StatusCode},
};
use fundrail_api::{
    common::Page,
    funds::{FundSummary, IssuerRef},
};
use fundrail_domain::{fund::FundFilter, ids::FundId};
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};
use tokio_postgres::{Row, types::ToSql};
use uuid::Uuid;

use crate::{
    app::{App, Principal},
    cache::Keys,
    db::text_as,
    reply::{Reply, Seen, etag},
    source::list_after,
};

const QUERIES: &str = include_str!("../../../../functions/fund-listing/src/queries.rs");

/// How long the component caches a list.
const FRESH: Duration = Duration::from_hours(1);
/// Entries of a page that nobody has asked to be longer.
const LIMIT: usize = 20;

/// The component's statement.
pub(crate) fn statement() -> anyhow::Result<&'static str> {
    list_after(QUERIES, "async fn funds(")
}

/// What the component's cache key is made of.
#[derive(Default, Serialize)]
struct Question {
    filter: FundFilter,
    after: Option<FundId>,
    limit: usize,
}

/// The route.
pub(crate) async fn list(
    State(app): State<App>,
    ConnectInfo(address): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
) -> Response<Body> {
    let mut seen = Seen::new("fund-listing", "/v1/funds", Method::GET, &headers, address);
    let outcome = answer(&app, &headers, &mut seen).await;
    seen.answer(outcome)
}

async fn answer(app: &App, headers: &HeaderMap, seen: &mut Seen) -> anyhow::Result<Reply> {
    let principal = app.guard.admit(app, headers, seen, Some("funds:read")).await?;
    let keys = Keys::answer("funds", &Question { limit: LIMIT, ..Question::default() })?;
    let load = async {
        let funds = first_page(app, &principal).await?;
        Ok(to_raw_value(&Page::from_rows(funds, LIMIT, |fund| fund.id.to_string()))?)
    };
    let (page, outcome) = app.cache.read_through::<Box<RawValue>>(&keys, FRESH, load).await?;
    let reply = Reply::json(StatusCode::OK, &page)?;
    let tag = etag(reply.body());
    reply
        .with_header("etag", &tag)?
        .with_header("cache-status", outcome.cache_status())?
        .with_header("cache-control", "private, no-cache")
}

async fn first_page(app: &App, principal: &Principal) -> anyhow::Result<Vec<FundSummary>> {
    let db = app.db(principal).await?;
    let none: Option<&str> = None;
    let (no_id, no_chain, one_more) = (None::<Uuid>, None::<i64>, i64::try_from(LIMIT)? + 1);
    let parameters: [&(dyn ToSql + Sync); 11] =
        [&none, &none, &none, &no_id, &none, &no_chain, &none, &none, &none, &no_id, &one_more];
    let rows = db.query(app.statements.funds, &parameters).await?;
    rows.iter().map(read).collect()
}

fn read(row: &Row) -> anyhow::Result<FundSummary> {
    Ok(FundSummary {
        id: row.try_get("id")?,
        name: row.try_get("name")?,
        issuer: IssuerRef { id: row.try_get("issuer_id")?, name: row.try_get("issuer_name")? },
        strategy: text_as(row, "strategy")?,
        domicile: text_as(row, "domicile")?,
        legal_form: row.try_get("legal_form")?,
        status: text_as(row, "status")?,
        base_currency: text_as(row, "base_currency")?,
        launched_on: text_as(row, "launched_on")?,
        updated_at: row.try_get("updated_at")?,
        share_classes: serde_json::from_str(row.try_get("share_classes")?)?,
    })
}
