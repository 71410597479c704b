//! Assets and their prices.

use std::fmt;

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{ids::parse_uuid, input::FromText, money::Currency, words::words};

words! {
    /// Kinds of assets.
    AssetClass {
        /// The coin of a chain, or a token that is used like one.
        Coin = "coin",
        /// A share of a listed company.
        Stock = "stock",
        /// A share class of a fund of the catalogue: its price is its published net asset value.
        FundShare = "fund_share",
    }
}

/// How an asset is named: one to twenty of A–Z, 0–9, dot and hyphen, the first one a letter or digit. Read in any case,
/// kept in upper case.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct Symbol(String);

impl Symbol {
    /// The symbol, upper case.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Symbol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromText for Symbol {
    fn from_text(text: &str) -> Result<Self, String> {
        let fits = (1..=20).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.' || b == b'-')
            && text.starts_with(|first: char| first.is_ascii_alphanumeric());
        if fits {
            Ok(Self(text.to_ascii_uppercase()))
        } else {
            Err("has to be a symbol such as AAPL or ETH".to_owned())
        }
    }
}

/// What a caller names an asset by. No symbol is as long as an id, so the two cannot be mistaken for each other.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum AssetRef {
    /// Its id.
    Id(Uuid),
    /// Its symbol.
    Symbol(Symbol),
}

impl fmt::Display for AssetRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => id.fmt(f),
            Self::Symbol(symbol) => symbol.fmt(f),
        }
    }
}

impl FromText for AssetRef {
    fn from_text(text: &str) -> Result<Self, String> {
        if let Ok(id) = parse_uuid(text) {
            return Ok(Self::Id(id));
        }
        let expected = |_| "has to be a symbol such as AAPL or ETH, or the id of an asset".to_owned();
        Symbol::from_text(text).map(Self::Symbol).map_err(expected)
    }
}

/// What a list of assets or prices is narrowed to. Equal filters have equal JSON: it is part of a cache key.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct AssetFilter {
    /// The kind of asset.
    pub asset_class: Option<AssetClass>,
    /// What its prices are in.
    pub currency: Option<Currency>,
}

/// A price as a source gave it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quote {
    /// Symbol of the asset.
    pub asset: String,
    /// Price of one unit, exactly as published, e.g. `430.47`.
    pub price: Decimal,
    /// What the price is in.
    pub currency: Currency,
    /// Who says so.
    pub source: String,
    /// When it was the price.
    pub as_of: DateTime<Utc>,
}

impl Quote {
    /// Its age in whole milliseconds; zero when the source's clock is ahead of ours.
    pub fn age_ms(&self, now: DateTime<Utc>) -> u64 {
        u64::try_from((now - self.as_of).num_milliseconds()).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_asset_is_named_by_symbol_or_id() {
        let symbol = |text: &str| AssetRef::Symbol(Symbol(text.to_owned()));
        assert_eq!(AssetRef::from_text("aapl"), Ok(symbol("AAPL")));
        assert_eq!(AssetRef::from_text("SRTB-I.USD"), Ok(symbol("SRTB-I.USD")));
        let id = "0198C004-0000-7000-8000-000000000001";
        assert_eq!(AssetRef::from_text(id).unwrap().to_string(), id.to_lowercase());
        for wrong in
            ["", "-A", "A B", "A/B", "ÄA", "A\0", "ABCDEFGHIJKLMNOPQRSTU", "0198c004000070008000000000000001"]
        {
            assert!(AssetRef::from_text(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_age_is_never_negative() {
        let at = |text: &str| crate::time::parse_rfc3339(text).unwrap();
        let quote = Quote {
            asset: "ETH".to_owned(),
            price: Decimal::ONE,
            currency: Currency::USD,
            source: "test".to_owned(),
            as_of: at("2026-01-01T00:00:00Z"),
        };
        assert_eq!(quote.age_ms(at("2026-01-01T00:00:01.5Z")), 1_500);
        assert_eq!(quote.age_ms(at("2025-12-31T23:59:59Z")), 0);
    }

    proptest! {
        #[test]
        fn what_is_read_as_an_asset_reads_back_as_the_same(text in ".{0,40}") {
            if let Ok(asset) = AssetRef::from_text(&text) {
                prop_assert_eq!(AssetRef::from_text(&asset.to_string()), Ok(asset));
            }
        }
    }
}
