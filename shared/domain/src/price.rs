//! Assets and their prices.

use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::{
    fund::DealingFrequency,
    ids::AssetId,
    input::{FromText, parse_uuid},
    money::Currency,
    words::words,
};

words! {
    /// Asset class.
    AssetClass {
        /// Native coin of a chain, or a token that is used like one.
        Coin = "coin",
        /// Share of a listed company.
        Stock = "stock",
        /// Share class of a fund in the catalogue; its price is its published net asset value.
        FundShare = "fund_share",
    }
}

/// Symbol of an asset: 1 to 20 of A–Z, 0–9, dot and hyphen, beginning with a letter or digit. Read in any case, stored in upper
/// case.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct Symbol(String);

impl Symbol {
    /// The symbol, in upper case.
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
            Err("must be a symbol such as AAPL or ETH".to_owned())
        }
    }
}

/// How a caller refers to an asset. No symbol is as long as an id, so the two cannot be confused.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum AssetRef {
    /// The id.
    Id(AssetId),
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
            return Ok(Self::Id(AssetId(id)));
        }
        let expected = |_| "must be a symbol such as AAPL or ETH, or the id of an asset".to_owned();
        Symbol::from_text(text).map(Self::Symbol).map_err(expected)
    }
}

/// Filter for a list of assets or prices. Equal filters have equal JSON, which is part of a cache key.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct AssetFilter {
    /// Asset class.
    pub asset_class: Option<AssetClass>,
    /// Currency of its prices.
    pub currency: Option<Currency>,
}

/// A price as given by its source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quote {
    /// Symbol of the asset.
    pub asset: String,
    /// Price of one unit, exactly as published, e.g. `430.47`.
    pub price: Decimal,
    /// Currency of the price.
    pub currency: Currency,
    /// Source of the price.
    pub source: String,
    /// When the price applied; for a net asset value, the start of its valuation day.
    pub as_of: DateTime<Utc>,
    /// Age in seconds from which it is stale.
    pub stale_after: i64,
}

/// How far a source's clock may be ahead of ours.
const AHEAD: TimeDelta = TimeDelta::minutes(5);

/// Age in seconds from which a price is no longer today's, depending on its source and on what it is a price of. `dealing` is the
/// valuation frequency of a share class; a net asset value is published a day or more after its valuation day.
///
/// * A net asset value, without a calendar of dealing days: until the next one is published even if holidays come between. From the
///   Thursday before Easter the next dealing day is Tuesday, whose value is published on Wednesday: 7 days for a share class valued
///   daily, and likewise around Christmas. A week and these for a weekly one; 46 for a monthly and 137 for a quarterly one: a period
///   and half as much again for the valuation.
/// * `historical:…`, the close of a past trading day: 7 days, for the same reason.
/// * `demonstration`, made up for a development environment: a day.
/// * Any other source: an hour for coins, which trade around the clock; 5 days for stocks.
pub fn stale_after(class: AssetClass, source: &str, dealing: Option<DealingFrequency>) -> i64 {
    const HOUR: i64 = 3600;
    const DAY: i64 = 24 * HOUR;
    /// From one value to the publication of the next, over the longest usual row of holidays.
    const OVER_HOLIDAYS: i64 = 7 * DAY;
    match (class, dealing) {
        (_, Some(DealingFrequency::Weekly)) => 7 * DAY + OVER_HOLIDAYS,
        (_, Some(DealingFrequency::Monthly)) => 46 * DAY,
        (_, Some(DealingFrequency::Quarterly)) => 137 * DAY,
        (_, Some(DealingFrequency::Daily)) | (AssetClass::FundShare, None) => OVER_HOLIDAYS,
        _ if source == "demonstration" => DAY,
        (AssetClass::Coin, None) if !source.starts_with("historical:") => HOUR,
        _ if source.starts_with("historical:") => OVER_HOLIDAYS,
        (AssetClass::Coin | AssetClass::Stock, None) => 5 * DAY,
    }
}

impl Quote {
    /// Age in whole milliseconds; zero if the source's clock is ahead of ours.
    pub fn age_ms(&self, now: DateTime<Utc>) -> u64 {
        u64::try_from((now - self.as_of).num_milliseconds()).unwrap_or(0)
    }

    /// Whether it is too old to be today's price, or lies in the future.
    pub fn is_stale(&self, now: DateTime<Utc>) -> bool {
        let age = now - self.as_of;
        age.num_seconds() > self.stale_after || age < -AHEAD
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
            stale_after: 3600,
        };
        assert_eq!(quote.age_ms(at("2026-01-01T00:00:01.5Z")), 1_500);
        assert_eq!(quote.age_ms(at("2025-12-31T23:59:59Z")), 0);
        for (now, stale) in [
            ("2026-01-01T01:00:00Z", false),
            ("2026-01-01T01:00:01Z", true),
            ("2025-12-31T23:55:00Z", false),
            ("2025-12-31T23:54:59Z", true),
        ] {
            assert_eq!(quote.is_stale(at(now)), stale, "{now}");
        }
    }

    #[test]
    fn a_price_grows_stale_by_its_source_and_a_value_by_how_often_its_class_is_valued() {
        let days = |class, source, dealing| stale_after(class, source, dealing) / 86_400;
        let share = AssetClass::FundShare;
        for (dealing, limit) in [
            (DealingFrequency::Daily, 7),
            (DealingFrequency::Weekly, 14),
            (DealingFrequency::Monthly, 46),
            (DealingFrequency::Quarterly, 137),
        ] {
            assert_eq!(days(share, "nav:issuer", Some(dealing)), limit);
        }
        assert_eq!(days(AssetClass::Stock, "historical:quandl-wiki", None), 7);
        assert_eq!(
            days(AssetClass::Stock, "exchange", None),
            5,
            "from a Thursday's close to a Tuesday's opening"
        );
        assert_eq!(days(AssetClass::Coin, "demonstration", None), 1);
        assert_eq!(stale_after(AssetClass::Coin, "exchange", None), 3600);
    }

    #[test]
    fn a_value_outlasts_easter_and_christmas_until_the_next_one_is_published() {
        let at = |text: &str| crate::time::parse_rfc3339(text).unwrap();
        let quote = |nav_date: &str, dealing| Quote {
            asset: "SRTB".to_owned(),
            price: Decimal::ONE,
            currency: Currency::EUR,
            source: "nav:issuer".to_owned(),
            as_of: at(&format!("{nav_date}T00:00:00Z")),
            stale_after: stale_after(AssetClass::FundShare, "nav:issuer", Some(dealing)),
        };
        let daily = DealingFrequency::Daily;
        for (nav_date, dealing, published_on) in [
            // Good Friday is 26 March 2027 and Easter Monday the 29th.
            ("2027-03-25", daily, "2027-03-31"),
            // 25 and 26 December 2025 are Thursday and Friday.
            ("2025-12-24", daily, "2025-12-30"),
            // 25 and 26 December 2027 are a weekend, whose holidays the United Kingdom observes on Monday and Tuesday.
            ("2027-12-24", daily, "2027-12-30"),
            // A class valued on Fridays is valued on the Tuesday after Easter instead.
            ("2027-03-19", DealingFrequency::Weekly, "2027-03-31"),
        ] {
            let quote = quote(nav_date, dealing);
            assert!(!quote.is_stale(at(&format!("{published_on}T23:59:59Z"))), "{nav_date}");
        }
        assert!(
            quote("2027-03-25", daily).is_stale(at("2027-04-01T00:00:01Z")),
            "one that is a day late is missing"
        );
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
