//! `GET /v1/funds` without filters, as `functions/fund-listing` answers it.

use std::{net::SocketAddr, time::Duration};

use axum::{
    body::Body,
    extract::{ConnectInfo, State},
    http::{HeaderMap, Method, Response, StatusCode},
};
use fundrail_api::{
    common::{Amount, Page},
    funds::{FundSummary, IssuerRef, ShareClassSummary},
};
use fundrail_domain::{fund::FundFilter, ids::FundId, time::rfc3339};
use fundrail_kit::entity_tag;
use fundrail_store::{Asked, Order, catalogue as store};
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};

use crate::{
    app::{App, Domain, Principal},
    cache::Keys,
    reply::{Reply, Seen},
};

/// How long the component caches a list.
const FRESH: Duration = Duration::from_hours(1);
/// Entries of a page that nobody has asked to be longer.
const LIMIT: usize = 20;

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
    let tag = entity_tag::strong(reply.body());
    reply
        .with_header("etag", &tag)?
        .with_header("cache-status", outcome.cache_status())?
        .with_header("cache-control", "private, no-cache")
}

async fn first_page(app: &App, principal: &Principal) -> anyhow::Result<Vec<FundSummary>> {
    let db = app.db(Domain::Catalogue, principal).await?;
    let page = Asked { order: Order::Ascending, limit: LIMIT, after: None };
    let funds = store::funds(&db, &FundFilter::default(), &page).await?;
    Ok(funds.into_iter().map(fund_summary).collect())
}

fn fund_summary(fund: store::FundSummary) -> FundSummary {
    FundSummary {
        id: fund.id,
        name: fund.name,
        issuer: IssuerRef { id: fund.issuer_id, name: fund.issuer_name },
        strategy: fund.strategy,
        domicile: fund.domicile,
        legal_form: fund.legal_form,
        status: fund.status,
        base_currency: fund.base_currency,
        launched_on: fund.launched_on,
        updated_at: rfc3339(fund.updated_at),
        share_classes: fund.share_classes.0.into_iter().map(share_class_summary).collect(),
    }
}

fn share_class_summary(class: store::ShareClassSummary) -> ShareClassSummary {
    let minimum = class.min_first_subscription;
    ShareClassSummary {
        id: class.id,
        name: class.name,
        currency: class.currency,
        status: class.status,
        min_first_subscription: Amount {
            value: minimum.value.to_string(),
            currency: minimum.currency.code().to_owned(),
        },
        chain_ids: class.chain_ids,
    }
}
