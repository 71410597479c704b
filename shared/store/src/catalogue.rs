//! The catalogue: funds, their share classes, issuers.

use chrono::{DateTime, NaiveDate, Utc};
use fundrail_domain::{
    Result,
    fund::{DealingFrequency, DistributionPolicy, FundFilter, FundStatus, Isin, SearchText, Strategy},
    ids::{FundId, IssuerId, ShareClassId},
    input::FromText,
    money::{Currency, Money},
    reference::{Country, WalletAddress},
};
use rust_decimal::Decimal;
use serde::Deserialize;
use uuid::Uuid;

use crate::{Asked, Connection, Json, nav::Nav};

parameters! {
    /// What a list of funds is narrowed to: a [`FundFilter`].
    #[derive(Debug, Clone)]
    pub struct Narrowed<'a> {
        /// The strategy.
        pub strategy: Option<Strategy>,
        /// Where the fund is domiciled.
        pub domicile: Option<Country>,
        /// The status of the fund.
        pub status: Option<FundStatus>,
        /// Who issues it.
        pub issuer: Option<IssuerId>,
        /// The currency of a share class: for this, chain and minimum have to hold for one and the same.
        pub currency: Option<Currency>,
        /// A chain on which it is a token.
        pub chain: Option<i64>,
        /// The largest first subscription that one can pay.
        pub min_subscription_max: Option<Decimal>,
        /// Words in lower case.
        pub text: Option<&'a str>,
        /// The same, when they are an ISIN.
        pub isin: Option<Isin>,
    }
}

rows! {
    /// A fund as a list shows it.
    #[derive(Debug, Clone)]
    pub struct FundSummary {
        /// Its id.
        pub id: FundId,
        /// Its name.
        pub name: String,
        /// Who issues it.
        pub issuer_id: IssuerId,
        /// The name of the issuer.
        pub issuer_name: String,
        /// What it puts its money into.
        pub strategy: Strategy,
        /// Where it is domiciled.
        pub domicile: Country,
        /// What it is in the law of its domicile.
        pub legal_form: String,
        /// Who may trade with it.
        pub status: FundStatus,
        /// What its books are in.
        pub base_currency: Currency,
        /// When it was launched.
        pub launched_on: NaiveDate,
        /// When any of this last changed.
        pub updated_at: DateTime<Utc>,
        /// Its share classes, by their ids.
        pub share_classes: Json<Vec<ShareClassSummary>>,
    }

    /// A fund, but for its share classes.
    #[derive(Debug, Clone)]
    pub struct Fund {
        /// Its id.
        pub id: FundId,
        /// Its name.
        pub name: String,
        /// Who issues it.
        pub issuer_id: IssuerId,
        /// The name of the issuer.
        pub issuer_name: String,
        /// What it puts its money into.
        pub strategy: Strategy,
        /// Where it is domiciled.
        pub domicile: Country,
        /// What it is in the law of its domicile.
        pub legal_form: String,
        /// Who may trade with it.
        pub status: FundStatus,
        /// What its books are in.
        pub base_currency: Currency,
        /// What it does, in a few sentences.
        pub description: String,
        /// When it was launched.
        pub launched_on: NaiveDate,
        /// When any of this last changed.
        pub updated_at: DateTime<Utc>,
    }

    /// A share class with its tokens and its newest net asset value.
    #[derive(Debug, Clone)]
    pub struct ShareClass {
        /// Its id.
        pub id: ShareClassId,
        /// Its name within the fund.
        pub name: String,
        /// What prices know it by.
        pub symbol: Option<String>,
        /// What its shares are priced in, and the amounts here.
        pub currency: Currency,
        /// Its ISIN, if it has one.
        pub isin: Option<String>,
        /// Who may trade with it.
        pub status: FundStatus,
        /// The least that a new holder subscribes for.
        pub min_first_subscription: Decimal,
        /// The least that a holder subscribes for from then on.
        pub min_further_subscription: Decimal,
        /// What it costs of the net assets, a year; in hundredths of a per cent, as are the other fees.
        pub management_fee_bps: i32,
        /// Of the gain.
        pub performance_fee_bps: i32,
        /// Of an amount subscribed.
        pub subscription_fee_bps: i32,
        /// Of an amount redeemed.
        pub redemption_fee_bps: i32,
        /// What becomes of its income.
        pub distribution_policy: DistributionPolicy,
        /// Codes of the rule sets that decide who may hold it.
        pub rule_sets: Vec<String>,
        /// When it was launched.
        pub launched_on: NaiveDate,
        /// How often it is valued.
        pub dealing_frequency: DealingFrequency,
        /// How far a value may move without a second person, in hundredths of a per cent.
        pub nav_move_limit_bps: i32,
        /// What it is on chains.
        pub tokens: Json<Vec<Token>>,
        /// Of the newest value: the version. This and what follows is null before the first value; see [`Self::latest_nav`].
        pub nav_id: Option<Uuid>,
        /// Its day.
        pub nav_date: Option<NaiveDate>,
        /// The value of a share.
        pub nav_per_share: Option<Decimal>,
        /// When it was published.
        pub nav_published_at: Option<DateTime<Utc>>,
        /// Who says so.
        pub nav_source: Option<String>,
    }

    /// An issuer of funds.
    #[derive(Debug, Clone)]
    pub struct Issuer {
        /// Its id.
        pub id: IssuerId,
        /// Its name.
        pub name: String,
        /// Where it is established.
        pub country: Country,
        /// Its Legal Entity Identifier, if it has one.
        pub lei: Option<String>,
        /// Where to read about it.
        pub website: Option<String>,
        /// What it does, in a few sentences.
        pub description: String,
        /// How many funds of it there are.
        pub fund_count: i64,
        /// When any of this last changed.
        pub updated_at: DateTime<Utc>,
    }

    /// A share class that the tenant of the connection issues.
    #[derive(Debug, Clone)]
    pub struct OwnShareClass {
        /// What its shares are priced in.
        pub currency: Currency,
        /// When it was launched.
        pub launched_on: NaiveDate,
        /// How far a value may move without a second person, in hundredths of a per cent.
        pub nav_move_limit_bps: i32,
        /// The asset that it is, if prices know it.
        pub asset_id: Option<Uuid>,
        /// What that is called.
        pub symbol: Option<String>,
    }
}

/// A share class as a list of funds shows it.
#[derive(Debug, Clone, Deserialize)]
pub struct ShareClassSummary {
    /// Its id.
    pub id: ShareClassId,
    /// Its name within the fund.
    pub name: String,
    /// What its shares are priced in.
    pub currency: Currency,
    /// Who may trade with it.
    pub status: FundStatus,
    /// The least that a new holder subscribes for.
    pub min_first_subscription: Money,
    /// Chains on which it is a token (EIP-155), in their order.
    pub chain_ids: Vec<i64>,
}

/// A share class as a token on a chain.
#[derive(Debug, Clone, Deserialize)]
pub struct Token {
    /// The chain (EIP-155).
    pub chain_id: i64,
    /// Its contract.
    pub address: WalletAddress,
    /// Decimal places of its base unit.
    pub decimals: i32,
}

impl ShareClass {
    /// Takes out the newest net asset value; none before the first one.
    pub fn latest_nav(&mut self) -> Option<Nav> {
        Some(Nav {
            id: self.nav_id?,
            nav_date: self.nav_date?,
            per_share: self.nav_per_share?,
            published_at: self.nav_published_at?,
            source: self.nav_source.take()?,
        })
    }
}

statements! { "catalogue";
    /// Funds by id.
    page funds_of { narrowed: Narrowed<'_> } -> FundSummary, by "f.id" ("uuid": Uuid);

    /// A fund.
    optional fund(id: FundId) -> Fund;

    /// The share classes of a fund, by their ids.
    all share_classes(fund: FundId) -> ShareClass;

    /// A share class of a fund, when the tenant of this connection issues it.
    optional own_share_class(id: ShareClassId, fund: FundId) -> OwnShareClass;

    /// What a share class of a fund is priced in.
    optional currency_of_class(id: ShareClassId, fund: FundId) -> Currency;

    /// Issuers by id.
    page issuers() -> Issuer, by "i.id" ("uuid": Uuid);

    /// An issuer.
    optional issuer(id: IssuerId) -> Issuer;
}

/// Funds by id, one more than `limit` when there are more.
///
/// # Errors
/// Those of the connection.
pub async fn funds(db: &impl Connection, filter: &FundFilter, page: &Asked) -> Result<Vec<FundSummary>> {
    let text = filter.text.as_ref().map(SearchText::as_str);
    let narrowed = Narrowed {
        strategy: filter.strategy,
        domicile: filter.domicile,
        status: filter.status,
        issuer: filter.issuer,
        currency: filter.currency,
        chain: filter.chain,
        min_subscription_max: filter.min_subscription_max,
        text,
        isin: text.and_then(isin),
    };
    funds_of(db, page, narrowed).await
}

/// The text as an ISIN, when it is one.
fn isin(text: &str) -> Option<Isin> {
    Isin::from_text(&text.to_uppercase()).ok()
}
