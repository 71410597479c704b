//! Assets and prices: `/v1/assets…` and `/v1/prices…`.

use chrono::{DateTime, Utc};
use fundrail_domain::{
    money::Currency,
    price::{AssetClass, Quote},
    time::rfc3339,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What has a price.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Asset {
    /// Id of the asset.
    pub id: Uuid,
    /// How URLs name it.
    #[cfg_attr(feature = "openapi", schema(example = "AAPL", pattern = "^[A-Z0-9][A-Z0-9.-]{0,19}$"))]
    pub symbol: String,
    /// Its name.
    #[cfg_attr(feature = "openapi", schema(example = "Apple Inc."))]
    pub name: String,
    /// What kind of asset it is.
    pub asset_class: AssetClass,
    /// What its prices are in: ISO 4217.
    #[cfg_attr(feature = "openapi", schema(value_type = String, pattern = "^[A-Z]{3}$", example = "USD"))]
    pub currency: Currency,
    /// The fund that it is a share of; null for what is no share of a fund of the catalogue.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub fund_id: Option<Uuid>,
    /// The share class that it is; null like `fund_id`.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub share_class_id: Option<Uuid>,
}

/// The latest price of an asset.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Price {
    /// Symbol of the asset.
    #[cfg_attr(feature = "openapi", schema(example = "AAPL", pattern = "^[A-Z0-9][A-Z0-9.-]{0,19}$"))]
    pub asset: String,
    /// Price of one unit, exactly as published.
    #[cfg_attr(feature = "openapi", schema(example = "430.47", pattern = r"^\d{1,18}(\.\d{1,10})?$"))]
    pub price: String,
    /// What the price is in: ISO 4217.
    #[cfg_attr(feature = "openapi", schema(value_type = String, pattern = "^[A-Z]{3}$", example = "USD"))]
    pub currency: Currency,
    /// Who says so. `historical:…` is a real price of a past day, `demonstration` one that was made up for a development
    /// machine, `nav:…` a published net asset value.
    #[cfg_attr(feature = "openapi", schema(example = "historical:quandl-wiki"))]
    pub source: String,
    /// When it was the price: RFC 3339, UTC. Of a net asset value, the beginning of the day that it was worked out for, whenever
    /// it was published.
    #[cfg_attr(feature = "openapi", schema(format = "date-time"))]
    pub as_of: String,
    /// How old it was when this was answered, in milliseconds since `as_of`.
    #[cfg_attr(feature = "openapi", schema(minimum = 0))]
    pub age_ms: u64,
    /// Whether it is too old to be today's price. From which age on depends on its source: a net asset value is stale after five
    /// days (of a class that is valued weekly 12, monthly 46, quarterly 137), a `historical:…` close after five days, a
    /// `demonstration` after a day, any other price of a coin after an hour and of a stock after five days.
    pub stale: bool,
}

impl Price {
    /// A quote as it is answered at a moment.
    pub fn of(quote: &Quote, now: DateTime<Utc>) -> Self {
        Self {
            asset: quote.asset.clone(),
            price: quote.price.to_string(),
            currency: quote.currency,
            source: quote.source.clone(),
            as_of: rfc3339(quote.as_of),
            age_ms: quote.age_ms(now),
            stale: quote.is_stale(now),
        }
    }
}

/// The documentation of these routes.
#[cfg(feature = "openapi")]
pub fn openapi() -> utoipa::openapi::OpenApi {
    <documentation::Prices as utoipa::OpenApi>::openapi()
}

#[cfg(feature = "openapi")]
mod documentation {
    #![allow(dead_code, reason = "the functions are there for what the macro makes of them")]

    use fundrail_domain::price::AssetClass;
    use utoipa::OpenApi;

    use super::{Asset, Price};
    use crate::common::{Page, Problem};

    #[derive(OpenApi)]
    #[openapi(
        paths(list_assets, list_prices, read_price),
        tags((name = "prices", description = "What has a price, and the latest one. Every price says its source, time and age."))
    )]
    pub(super) struct Prices;

    /// Lists what has a price, in the order of symbols.
    #[utoipa::path(
        get,
        path = "/v1/assets",
        operation_id = "list_assets",
        tag = "prices",
        security(("bearer" = [])),
        params(
            ("asset_class" = inline(Option<AssetClass>), Query, description = "The kind of asset."),
            ("currency" = Option<String>, Query, pattern = "^[A-Z]{3}$", example = "USD",
                description = "What its prices are in: ISO 4217."),
            ("order" = Option<String>, Query, pattern = "^(asc|desc)$", example = "asc", description = "`asc`, by symbol, when missing."),
            ("limit" = Option<i32>, Query, minimum = 1, maximum = 100, example = 20,
                description = "Entries a page; 20 when missing."),
            ("starting_after" = Option<String>, Query, pattern = "^[A-Za-z0-9][A-Za-z0-9.-]{0,19}$",
                description = "`next` of the page before: a symbol."),
            ("if-none-match" = Option<String>, Header, description = "Entity tag of a known answer."),
        ),
        responses(
            (status = 200, description = "A page of assets.", body = Page<Asset>, headers(
                ("etag" = String, description = "Tag of this answer."))),
            (status = 304, description = "Nothing has changed."),
        )
    )]
    const fn list_assets() {}

    /// Lists latest prices, in the order of symbols. An asset that never had a price is left out; one whose latest price is old
    /// is there, marked `stale`.
    #[utoipa::path(
        get,
        path = "/v1/prices",
        operation_id = "list_prices",
        tag = "prices",
        security(("bearer" = [])),
        params(
            ("asset_class" = inline(Option<AssetClass>), Query, description = "The kind of asset."),
            ("currency" = Option<String>, Query, pattern = "^[A-Z]{3}$", example = "USD",
                description = "What the prices are in: ISO 4217."),
            ("order" = Option<String>, Query, pattern = "^(asc|desc)$", example = "asc", description = "`asc`, by symbol, when missing."),
            ("limit" = Option<i32>, Query, minimum = 1, maximum = 100, example = 20,
                description = "Entries a page; 20 when missing."),
            ("starting_after" = Option<String>, Query, pattern = "^[A-Za-z0-9][A-Za-z0-9.-]{0,19}$",
                description = "`next` of the page before: a symbol."),
            ("if-none-match" = Option<String>, Header, description = "Entity tag of a known answer; the age of prices is not part of it."),
        ),
        responses(
            (status = 200, description = "A page of prices.", body = Page<Price>, headers(
                ("etag" = String, description = "Weak tag of these prices, whatever their age; another one once one of them is stale."),
                ("cache-status" = String, description = "Whether the cache had it (RFC 9211)."))),
            (status = 304, description = "No price has changed."),
        )
    )]
    const fn list_prices() {}

    /// Shows the latest price of an asset.
    #[utoipa::path(
        get,
        path = "/v1/prices/{asset}",
        operation_id = "read_price",
        tag = "prices",
        security(("bearer" = [])),
        params(
            ("asset" = String, Path, example = "AAPL", pattern = "^([A-Za-z0-9][A-Za-z0-9.-]{0,19}|[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12})$",
                description = "Its symbol, in any case, or its id."),
            ("if-none-match" = Option<String>, Header, description = "Entity tag of a known answer; the age of the price is not part of it."),
        ),
        responses(
            (status = 200, description = "The price.", body = Price, headers(
                ("etag" = String, description = "Weak tag of this price, whatever its age; another one once it is stale."),
                ("cache-status" = String, description = "Whether the cache had it (RFC 9211)."))),
            (status = 304, description = "The price has not changed."),
            (status = 404, description = "No such asset, or one that never had a price.", body = Problem, content_type = "application/problem+json"),
        )
    )]
    const fn read_price() {}
}
