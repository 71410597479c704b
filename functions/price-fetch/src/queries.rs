//! The SQL of assets and prices.

use fundrail_api::prices::Asset;
use fundrail_domain::{
    fund::DealingFrequency,
    price::{self, AssetFilter, AssetRef, Quote, Symbol},
};
use fundrail_platform::{
    Asked, Result,
    db::{Db, Row},
    ordered, params,
};

/// The latest price of an asset, if it ever had one.
pub(crate) async fn quote(db: &Db, asset: &AssetRef) -> Result<Option<Quote>> {
    const SQL: &str = "select symbol, asset_class, currency, price::text as price, source, rfc3339(as_of) as as_of, \
            dealing_frequency \
        from latest_price \
        where asset_id = $1 or symbol = $2";
    let (id, symbol) = match asset {
        AssetRef::Id(id) => (Some(*id), None),
        AssetRef::Symbol(symbol) => (None, Some(symbol.as_str())),
    };
    db.optional(SQL, params![id, symbol], read_quote).await
}

/// Latest prices by symbol, one more than `limit` when there are more.
pub(crate) async fn quotes(db: &Db, filter: &AssetFilter, page: &Asked<Symbol>) -> Result<Vec<Quote>> {
    let sql = ordered!(
        page.order,
        "select symbol, asset_class, currency, price::text as price, source, rfc3339(as_of) as as_of, \
            dealing_frequency \
        from latest_price \
        where ($1::text is null or asset_class = $1) \
          and ($2::text is null or currency = $2)",
        by "symbol" after "$3::text", "limit $4"
    );
    db.query(sql, list_parameters(filter, page), read_quote).await
}

/// Assets by symbol, one more than `limit` when there are more.
pub(crate) async fn assets(db: &Db, filter: &AssetFilter, page: &Asked<Symbol>) -> Result<Vec<Asset>> {
    let sql = ordered!(
        page.order,
        "select a.id, a.symbol, a.name, a.asset_class, a.currency, c.fund_id, a.share_class_id \
        from asset a \
        left join share_class c on c.id = a.share_class_id \
        where ($1::text is null or a.asset_class = $1) \
          and ($2::text is null or a.currency = $2)",
        by "a.symbol" after "$3::text", "limit $4"
    );
    db.query(sql, list_parameters(filter, page), |row| {
        Ok(Asset {
            id: row.get("id")?,
            symbol: row.get("symbol")?,
            name: row.get("name")?,
            asset_class: row.parse("asset_class")?,
            currency: row.parse("currency")?,
            fund_id: row.get("fund_id")?,
            share_class_id: row.get("share_class_id")?,
        })
    })
    .await
}

fn list_parameters(filter: &AssetFilter, page: &Asked<Symbol>) -> Vec<fundrail_platform::db::Parameter> {
    params![
        filter.asset_class.map(fundrail_domain::price::AssetClass::word),
        filter.currency.map(fundrail_domain::money::Currency::code),
        page.after.as_ref().map(Symbol::as_str),
        page.limit_and_one()
    ]
}

fn read_quote(row: &Row) -> Result<Quote> {
    let source: String = row.get("source")?;
    let dealing = row.parse_optional::<DealingFrequency>("dealing_frequency")?;
    Ok(Quote {
        asset: row.get("symbol")?,
        price: row.parse("price")?,
        currency: row.parse("currency")?,
        as_of: row.parse("as_of")?,
        stale_after: price::stale_after(row.parse("asset_class")?, &source, dealing),
        source,
    })
}
