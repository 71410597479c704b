//! Assets and their latest prices.
//!
//! Invariant: a cached price is returned without asking the database. The quote is cached; its age is computed for every response.

use fundrail_api::prices as api;
use std::time::Duration;

use fundrail_api::{
    common::Page,
    prices::{Asset, Price},
};
use fundrail_domain::price::{AssetFilter, AssetRef, Quote, Symbol};
use fundrail_identity::serve;
use fundrail_platform::{
    Answer, Asked, Context, Error, Order, Request, Result, Route, cache, cache_keys, routes,
};
use fundrail_store::prices as store;
use serde::Serialize;

static ROUTES: &[Route] = routes![
    api::ReadPrice => read_price;
    api::ListPrices => list_prices;
    api::ListAssets => list_assets;
];

/// How long a price may come from the cache.
const FRESH: Duration = Duration::from_secs(30);

#[spin_sdk::http_service]
async fn handle(request: Request) -> fundrail_platform::Response {
    serve(request, "price-fetch", ROUTES).await
}

/// `GET /v1/prices/{asset}`
async fn read_price(cx: &Context) -> Result<Answer<Price>> {
    let asset: AssetRef = cx.param("asset")?;
    cx.query()?.finish()?;
    let key = cache_keys::price(&asset);
    let load = || async {
        let db = cx.db().await?;
        store::quote(&db, &asset).await?.ok_or(Error::NotFound { what: "price" })
    };
    let (quote, outcome) = cache::read_through::<Quote, _>(&key, FRESH, load).await?;
    let answer = Answer::ok(&Price::of(&quote, cx.now()))?;
    tagged(answer, &(&quote, quote.is_stale(cx.now())), outcome, cx)
}

/// `GET /v1/prices`
async fn list_prices(cx: &Context) -> Result<Answer<Page<Price>>> {
    let question = Question::read(cx)?;
    let key = cache_keys::prices_answer(&question)?;
    let load = || async {
        let db = cx.db().await?;
        let rows = store::quotes(&db, &question.filter, &question.page).await?;
        Ok(Page::from_rows(rows, question.page.limit, |quote| quote.asset.clone()))
    };
    let (quotes, outcome) = cache::read_through::<Page<Quote>, _>(&key, FRESH, load).await?;
    let prices = Page {
        data: quotes.data.iter().map(|quote| Price::of(quote, cx.now())).collect(),
        has_more: quotes.has_more,
        next: quotes.next.clone(),
    };
    let stale: Vec<bool> = prices.data.iter().map(|price| price.stale).collect();
    tagged(Answer::ok(&prices)?, &(&quotes, stale), outcome, cx)
}

/// `GET /v1/assets`
async fn list_assets(cx: &Context) -> Result<Answer<Page<Asset>>> {
    let question = Question::read(cx)?;
    let db = cx.db().await?;
    let rows = store::assets(&db, &question.filter, &question.page).await?;
    let assets = rows.into_iter().map(shown).collect();
    let page = Page::from_rows(assets, question.page.limit, |asset: &Asset| asset.symbol.clone());
    let answer = Answer::ok(&page)?.with_etag(cx.header("if-none-match"));
    Ok(answer.with_header("cache-control", "private, no-cache"))
}

fn shown(asset: store::Asset) -> Asset {
    Asset {
        id: asset.id,
        symbol: asset.symbol,
        name: asset.name,
        asset_class: asset.asset_class,
        currency: asset.currency,
        fund_id: asset.fund_id,
        share_class_id: asset.share_class_id,
    }
}

/// What a list is asked for. Its JSON is part of a cache key.
#[derive(Serialize)]
struct Question {
    filter: AssetFilter,
    page: Asked<Symbol>,
}

impl Question {
    fn read(cx: &Context) -> Result<Self> {
        let mut query = cx.query()?;
        let filter =
            AssetFilter { asset_class: query.optional("asset_class"), currency: query.optional("currency") };
        let page = query.page(Order::Ascending);
        query.finish()?;
        Ok(Self { filter, page })
    }
}

/// Adds an entity tag over what does not depend on age, except for staleness. It is weak: two responses with the same tag can
/// differ in `age_ms`.
fn tagged<T>(
    answer: Answer<T>,
    lasting: &impl Serialize,
    outcome: cache::Outcome,
    cx: &Context,
) -> Result<Answer<T>> {
    let tag = Answer::<T>::etag(lasting)?;
    let answer = answer.with_known_etag(&tag, cx.header("if-none-match"));
    Ok(answer
        .with_header("etag", &format!("W/{tag}"))
        .with_header("cache-status", outcome.cache_status())
        .with_header("cache-control", "private, no-cache"))
}
