//! Assets and their prices.

use chrono::{DateTime, Utc};
use fundrail_domain::{
    Result,
    fund::DealingFrequency,
    ids::{AssetId, FundId, ShareClassId},
    money::Currency,
    price::{self, AssetClass, AssetFilter, AssetRef, Quote, Symbol},
};
use rust_decimal::Decimal;

use crate::{Asked, Connection};

rows! {
    /// The latest price of an asset.
    #[derive(Debug, Clone)]
    pub struct LatestPrice {
        /// Symbol of the asset.
        pub symbol: String,
        /// Asset class.
        pub asset_class: AssetClass,
        /// Currency of the price.
        pub currency: Currency,
        /// Price of one unit, in the currency.
        pub price: Decimal,
        /// Source of the price.
        pub source: String,
        /// When the price applied.
        pub as_of: DateTime<Utc>,
        /// For a share class: how often it is valued.
        pub dealing_frequency: Option<DealingFrequency>,
    }

    /// Something that has a price.
    #[derive(Debug, Clone)]
    pub struct Asset {
        /// The id.
        pub id: AssetId,
        /// Its symbol.
        pub symbol: String,
        /// Name.
        pub name: String,
        /// Asset class.
        pub asset_class: AssetClass,
        /// Currency of its prices.
        pub currency: Currency,
        /// The fund, for a share class.
        pub fund_id: Option<FundId>,
        /// The share class that it is.
        pub share_class_id: Option<ShareClassId>,
    }
}

impl From<LatestPrice> for Quote {
    fn from(row: LatestPrice) -> Self {
        Self {
            stale_after: price::stale_after(row.asset_class, &row.source, row.dealing_frequency),
            asset: row.symbol,
            price: row.price,
            currency: row.currency,
            as_of: row.as_of,
            source: row.source,
        }
    }
}

statements! { "prices";
    /// The latest price of an asset, by id or symbol.
    optional latest_price(id: Option<AssetId>, symbol: Option<&Symbol>) -> LatestPrice;

    /// Latest prices by symbol.
    page latest_prices(class: Option<AssetClass>, currency: Option<Currency>) -> LatestPrice, by "symbol" ("text": Symbol);

    /// Assets by symbol.
    page assets_of(class: Option<AssetClass>, currency: Option<Currency>) -> Asset, by "a.symbol" ("text": Symbol);
}

/// The latest price of an asset, if it ever had one.
///
/// # Errors
/// Those of the connection.
pub async fn quote(db: &impl Connection, asset: &AssetRef) -> Result<Option<Quote>> {
    let row = match asset {
        AssetRef::Id(id) => latest_price(db, Some(*id), None).await,
        AssetRef::Symbol(symbol) => latest_price(db, None, Some(symbol)).await,
    };
    Ok(row?.map(Quote::from))
}

/// Latest prices by symbol, one more than `limit` if there are more.
///
/// # Errors
/// Those of the connection.
pub async fn quotes(db: &impl Connection, filter: &AssetFilter, page: &Asked<Symbol>) -> Result<Vec<Quote>> {
    let rows = latest_prices(db, page, filter.asset_class, filter.currency).await?;
    Ok(rows.into_iter().map(Quote::from).collect())
}

/// Assets by symbol, one more than `limit` if there are more.
///
/// # Errors
/// Those of the connection.
pub async fn assets(db: &impl Connection, filter: &AssetFilter, page: &Asked<Symbol>) -> Result<Vec<Asset>> {
    assets_of(db, page, filter.asset_class, filter.currency).await
}
