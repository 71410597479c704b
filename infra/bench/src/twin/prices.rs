//! `GET /v1/prices/{asset}`, as `functions/price-fetch` answers it.

use std::{net::SocketAddr, time::Duration};

use anyhow::{Context as _, anyhow};
use axum::{
    body::Body,
    extract::{ConnectInfo, Path, State},
    http::{HeaderMap, Method, Response, StatusCode},
};
use fundrail_api::prices::Price;
use fundrail_domain::{input::FromText as _, price::AssetRef};
use fundrail_kit::entity_tag;
use fundrail_store::prices as store;

use crate::{
    app::{App, Domain},
    cache::Keys,
    reply::{Reply, Seen, now},
};

/// How long the component caches a price.
const FRESH: Duration = Duration::from_secs(30);

/// The route.
pub(crate) async fn read(
    State(app): State<App>,
    ConnectInfo(address): ConnectInfo<SocketAddr>,
    Path(asset): Path<String>,
    headers: HeaderMap,
) -> Response<Body> {
    let mut seen = Seen::new("price-fetch", "/v1/prices/{asset}", Method::GET, &headers, address);
    let outcome = answer(&app, &asset, &headers, &mut seen).await;
    seen.answer(outcome)
}

async fn answer(app: &App, asset: &str, headers: &HeaderMap, seen: &mut Seen) -> anyhow::Result<Reply> {
    let principal = app.guard.admit(app, headers, seen, Some("prices:read")).await?;
    let now = now();
    let asset = AssetRef::from_text(asset).map_err(|wrong| anyhow!(wrong))?;
    let load = async {
        let db = app.db(Domain::Prices, &principal).await?;
        store::quote(&db, &asset).await?.context("there is no such price")
    };
    let keys = Keys::shared(&format!("price:{asset}"));
    let (quote, outcome) = app.cache.read_through(&keys, FRESH, load).await?;
    let tag = entity_tag::strong(&serde_json::to_vec(&(&quote, quote.is_stale(now)))?);
    Reply::json(StatusCode::OK, &Price::of(&quote, now))?
        .with_header("etag", &format!("W/{tag}"))?
        .with_header("cache-status", outcome.cache_status())?
        .with_header("cache-control", "private, no-cache")
}
