//! `GET /v1/prices/{asset}`, as `functions/price-fetch` answers it.

use std::{net::SocketAddr, time::Duration};

use anyhow::{Context as _, anyhow};
use axum::{
    body::Body,
    extract::{ConnectInfo, Path, State},
    http::{HeaderMap, Method, Response, StatusCode},
};
use fundrail_api::prices::Price;
use fundrail_domain::{
    fund::DealingFrequency,
    input::FromText as _,
    price::{AssetRef, Quote, stale_after},
};

use crate::{
    app::App,
    cache::Keys,
    db::text_as,
    reply::{Reply, Seen, etag, now},
    source::literal_after,
};

const QUERIES: &str = include_str!("../../../../functions/price-fetch/src/queries.rs");

/// How long the component caches a price.
const FRESH: Duration = Duration::from_secs(30);

/// The component's statement.
pub(crate) fn statement() -> anyhow::Result<&'static str> {
    literal_after(QUERIES, "async fn quote(")
}

/// The route.
pub(crate) async fn read(
    State(app): State<App>,
    ConnectInfo(address): ConnectInfo<SocketAddr>,
    Path(asset): Path<String>,
    headers: HeaderMap,
) -> Response<Body> {
    let mut seen = Seen::new("price-fetch", "/v1/prices/:asset", Method::GET, &headers, address);
    let outcome = answer(&app, &asset, &headers, &mut seen).await;
    seen.answer(outcome)
}

async fn answer(app: &App, asset: &str, headers: &HeaderMap, seen: &mut Seen) -> anyhow::Result<Reply> {
    let principal = app.guard.admit(app, headers, seen, Some("prices:read")).await?;
    let now = now();
    let asset = AssetRef::from_text(asset).map_err(|wrong| anyhow!(wrong))?;
    let load = async {
        let db = app.db(&principal).await?;
        let (id, symbol) = match &asset {
            AssetRef::Id(id) => (Some(*id), None),
            AssetRef::Symbol(symbol) => (None, Some(symbol.as_str())),
        };
        let rows = db.query(app.statements.quote, &[&id, &symbol]).await?;
        let row = rows.first().context("there is no such price")?;
        let source: String = row.try_get("source")?;
        let dealing: Option<&str> = row.try_get("dealing_frequency")?;
        let dealing = dealing.map(DealingFrequency::from_text).transpose().map_err(|wrong| anyhow!(wrong))?;
        Ok(Quote {
            asset: row.try_get("symbol")?,
            price: text_as(row, "price")?,
            currency: text_as(row, "currency")?,
            as_of: text_as(row, "as_of")?,
            stale_after: stale_after(text_as(row, "asset_class")?, &source, dealing),
            source,
        })
    };
    let keys = Keys::shared(&format!("price:{asset}"));
    let (quote, outcome) = app.cache.read_through(&keys, FRESH, load).await?;
    let tag = etag(&serde_json::to_vec(&(&quote, quote.is_stale(now)))?);
    Reply::json(StatusCode::OK, &Price::of(&quote, now))?
        .with_header("etag", &format!("W/{tag}"))?
        .with_header("cache-status", outcome.cache_status())?
        .with_header("cache-control", "private, no-cache")
}
