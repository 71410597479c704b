//! Assets and prices: `/v1/assets…` and `/v1/prices…`.

use crate::{common::Page, endpoint::endpoints};
use chrono::{DateTime, Utc};
use fundrail_domain::{
    ids::{AssetId, FundId, ShareClassId},
    money::Currency,
    price::{AssetClass, Quote},
    time::rfc3339,
};
use serde::{Deserialize, Serialize};

/// Something that has a price.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Asset {
    /// Id of the asset.
    #[cfg_attr(feature = "openapi", schema(value_type = uuid::Uuid))]
    pub id: AssetId,
    /// Symbol, as used in URLs.
    #[cfg_attr(feature = "openapi", schema(example = "AAPL", pattern = "^[A-Z0-9][A-Z0-9.-]{0,19}$"))]
    pub symbol: String,
    /// Name.
    #[cfg_attr(feature = "openapi", schema(example = "Apple Inc."))]
    pub name: String,
    /// Class of asset.
    pub asset_class: AssetClass,
    /// Currency of its prices (ISO 4217).
    #[cfg_attr(feature = "openapi", schema(value_type = String, pattern = "^[A-Z]{3}$", example = "USD"))]
    pub currency: Currency,
    /// The fund that it is a share of; null if it is not a share of a listed fund.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<uuid::Uuid>, required))]
    pub fund_id: Option<FundId>,
    /// The share class that it is; null under the same condition as `fund_id`.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<uuid::Uuid>, required))]
    pub share_class_id: Option<ShareClassId>,
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
    /// Currency of the price (ISO 4217).
    #[cfg_attr(feature = "openapi", schema(value_type = String, pattern = "^[A-Z]{3}$", example = "USD"))]
    pub currency: Currency,
    /// Source of the price: `historical:…` is a real price of a past day, `demonstration` is made up for a development
    /// environment, and `nav:…` is a published net asset value.
    #[cfg_attr(feature = "openapi", schema(example = "historical:quandl-wiki"))]
    pub source: String,
    /// When the price applied: RFC 3339, UTC. For a net asset value, the start of its valuation day, whenever it was published.
    #[cfg_attr(feature = "openapi", schema(format = "date-time"))]
    pub as_of: String,
    /// Age of the price when this response was made, in milliseconds since `as_of`.
    #[cfg_attr(feature = "openapi", schema(minimum = 0))]
    pub age_ms: u64,
    /// Whether the price is too old to be today's. The threshold depends on the source: for a net asset value it is 7 days (14
    /// for a share class valued weekly, 46 monthly, 137 quarterly), for a `historical:…` close 7 days, for `demonstration` a day,
    /// and for any other source an hour for a coin and 5 days for a stock.
    pub stale: bool,
}

impl Price {
    /// The response for a quote at a given moment.
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

endpoints! {
    "prices", "Assets and their latest prices. Every price states its source, time and age.";
    schemas();

    /// List assets
    ///
    /// Everything that has a price, ordered by symbol. Requires the permission `prices:read`.
    get "/v1/assets" list_assets ListAssets -> Page<Asset>,
    [permission("prices:read")],
    params(
        ("asset_class" = inline(Option<AssetClass>), Query, description = "Only assets of this class."),
        ("currency" = Option<String>, Query, pattern = "^[A-Z]{3}$", example = "USD", description = "Only assets priced in this currency (ISO 4217)."),
        ("order" = Option<String>, Query, pattern = "^(asc|desc)$", example = "asc", description = "Sort order; `asc` (by symbol) by default."),
        ("limit" = Option<i32>, Query, minimum = 1, maximum = 100, example = 20, description = "Maximum number of entries per page; 20 by default."),
        ("starting_after" = Option<String>, Query, pattern = "^[A-Za-z0-9][A-Za-z0-9.-]{0,19}$", description = "`next` of the previous page: a symbol."),
        ("if-none-match" = Option<String>, Header, description = "Entity tag of a known response."),
    ),
    responses(
        (status = 200, description = "A page of assets.", body = Page<Asset>, headers( ("etag" = String, description = "Entity tag of this response."))),
        (status = 304, description = "Not modified."),
    );

    /// List the latest prices
    ///
    /// Ordered by symbol. An asset that never had a price is omitted; one whose latest price is old is included and marked
    /// `stale`. Requires the permission `prices:read`.
    get "/v1/prices" list_prices ListPrices -> Page<Price>,
    [permission("prices:read")],
    params(
        ("asset_class" = inline(Option<AssetClass>), Query, description = "Only assets of this class."),
        ("currency" = Option<String>, Query, pattern = "^[A-Z]{3}$", example = "USD", description = "Only prices in this currency (ISO 4217)."),
        ("order" = Option<String>, Query, pattern = "^(asc|desc)$", example = "asc", description = "Sort order; `asc` (by symbol) by default."),
        ("limit" = Option<i32>, Query, minimum = 1, maximum = 100, example = 20, description = "Maximum number of entries per page; 20 by default."),
        ("starting_after" = Option<String>, Query, pattern = "^[A-Za-z0-9][A-Za-z0-9.-]{0,19}$", description = "`next` of the previous page: a symbol."),
        ("if-none-match" = Option<String>, Header, description = "Entity tag of a known response. The age of the prices is not part of it."),
    ),
    responses(
        (status = 200, description = "A page of prices.", body = Page<Price>, headers( ("etag" = String, description = "Weak entity tag. It does not depend on the age of the prices, but changes when one of them becomes stale."), ("cache-status" = String, description = "Whether the response came from the cache (RFC 9211)."))),
        (status = 304, description = "No price has changed."),
    );

    /// Read the latest price of an asset
    ///
    /// An old price is returned as well, marked `stale`. `age_ms` says how old it is. Requires the
    /// permission `prices:read`.
    get "/v1/prices/{asset}" read_price ReadPrice -> Price,
    [permission("prices:read")],
    params(
        ("asset" = String, Path, example = "AAPL", pattern = "^([A-Za-z0-9][A-Za-z0-9.-]{0,19}|[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12})$", description = "Symbol (in any case) or id of the asset."),
        ("if-none-match" = Option<String>, Header, description = "Entity tag of a known response. The age of the price is not part of it."),
    ),
    responses(
        (status = 200, description = "The price.", body = Price, headers( ("etag" = String, description = "Weak entity tag. It does not depend on the age of the price, but changes when the price becomes stale."), ("cache-status" = String, description = "Whether the response came from the cache (RFC 9211)."))),
        (status = 304, description = "The price has not changed."),
        (status = 404, description = "No such asset, or it never had a price."),
    );
}
