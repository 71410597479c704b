//! The catalogue: funds, their share classes, issuers.

use chrono::{DateTime, NaiveDate, Utc};
use fundrail_domain::{
    Result,
    fund::{
        Dealing, DealingFrequency, DistributionPolicy, FundFilter, FundStatus, Isin, SearchText, Strategy,
        TokenStandard,
    },
    ids::{AssetId, FundId, IssuerId, NavId, ShareClassId, TenantId},
    input::FromText,
    money::{Currency, Money},
    reference::{Country, WalletAddress},
};
use rust_decimal::Decimal;
use serde::Deserialize;

use crate::{Asked, Connection, Json, nav::Nav};

parameters! {
    /// Filter for a list of funds: a [`FundFilter`].
    #[derive(Debug, Clone)]
    pub struct Narrowed<'a> {
        /// The strategy.
        pub strategy: Option<Strategy>,
        /// Domicile of the fund.
        pub domicile: Option<Country>,
        /// Trading status of the fund.
        pub status: Option<FundStatus>,
        /// Issuer of the fund.
        pub issuer: Option<IssuerId>,
        /// Currency of a share class; currency, chain and minimum must match one and the same.
        pub currency: Option<Currency>,
        /// A chain on which it is tokenised.
        pub chain: Option<i64>,
        /// Upper limit for the minimum initial subscription.
        pub min_subscription_max: Option<Decimal>,
        /// Search words in lower case.
        pub text: Option<&'a str>,
        /// The same, if they are an ISIN.
        pub isin: Option<Isin>,
        /// Whether only the funds of the connection's tenant are wanted, with drafts and what is deleted.
        pub own: bool,
    }
}

rows! {
    /// A fund, as shown in lists.
    #[derive(Debug, Clone)]
    pub struct FundSummary {
        /// The id.
        pub id: FundId,
        /// Name.
        pub name: String,
        /// Issuer of the fund.
        pub issuer_id: IssuerId,
        /// The name of the issuer.
        pub issuer_name: String,
        /// Investment strategy.
        pub strategy: Strategy,
        /// Domicile.
        pub domicile: Country,
        /// Legal form under the law of its domicile.
        pub legal_form: String,
        /// Trading status.
        pub status: FundStatus,
        /// Base currency.
        pub base_currency: Currency,
        /// Launch date.
        pub launched_on: NaiveDate,
        /// When any of this last changed.
        pub updated_at: DateTime<Utc>,
        /// Its share classes, ordered by id.
        pub share_classes: Json<Vec<ShareClassSummary>>,
    }

    /// A fund without its share classes.
    #[derive(Debug, Clone)]
    pub struct Fund {
        /// The id.
        pub id: FundId,
        /// Name.
        pub name: String,
        /// Issuer of the fund.
        pub issuer_id: IssuerId,
        /// The name of the issuer.
        pub issuer_name: String,
        /// Investment strategy.
        pub strategy: Strategy,
        /// Domicile.
        pub domicile: Country,
        /// Legal form under the law of its domicile.
        pub legal_form: String,
        /// Trading status.
        pub status: FundStatus,
        /// Base currency.
        pub base_currency: Currency,
        /// Short description.
        pub description: String,
        /// Launch date.
        pub launched_on: NaiveDate,
        /// When any of this last changed.
        pub updated_at: DateTime<Utc>,
        /// Number of its version.
        pub version: i64,
        /// When it was deleted.
        pub deleted_at: Option<DateTime<Utc>>,
        /// The tenant that keeps it.
        pub issuer_tenant_id: TenantId,
    }

    /// A share class with its tokens and its latest net asset value.
    #[derive(Debug, Clone)]
    pub struct ShareClass {
        /// The id.
        pub id: ShareClassId,
        /// Name within the fund.
        pub name: String,
        /// Symbol of the corresponding asset.
        pub symbol: Option<String>,
        /// Currency of its shares, and of the amounts here.
        pub currency: Currency,
        /// Its ISIN, if it has one.
        pub isin: Option<String>,
        /// Trading status.
        pub status: FundStatus,
        /// Minimum initial subscription.
        pub min_first_subscription: Decimal,
        /// Minimum subsequent subscription.
        pub min_further_subscription: Decimal,
        /// Annual fee on the net assets; in basis points, like the other fees.
        pub management_fee_bps: i32,
        /// Fee on gains.
        pub performance_fee_bps: i32,
        /// Fee on the amount subscribed.
        pub subscription_fee_bps: i32,
        /// Fee on the amount redeemed.
        pub redemption_fee_bps: i32,
        /// Distribution policy.
        pub distribution_policy: DistributionPolicy,
        /// Codes of the rule sets that decide who may hold it.
        pub rule_sets: Vec<String>,
        /// Launch date.
        pub launched_on: NaiveDate,
        /// Valuation frequency.
        pub dealing_frequency: DealingFrequency,
        /// How far a value may move without approval by a second person, in basis points.
        pub nav_move_limit_bps: i32,
        /// Decimal places of a number of shares.
        pub decimals: i32,
        /// Dealing terms.
        pub dealing: Json<Dealing>,
        /// Number of its version.
        pub version: i64,
        /// When it was deleted.
        pub deleted_at: Option<DateTime<Utc>>,
        /// Its tokens.
        pub tokens: Json<Vec<Token>>,
        /// Version of the latest value. This and the following are null before the first value; see [`Self::latest_nav`].
        pub nav_id: Option<NavId>,
        /// Its valuation day.
        pub nav_date: Option<NaiveDate>,
        /// Value per share.
        pub nav_per_share: Option<Decimal>,
        /// When it was published.
        pub nav_published_at: Option<DateTime<Utc>>,
        /// Source of the price.
        pub nav_source: Option<String>,
    }

    /// An issuer of funds.
    #[derive(Debug, Clone)]
    pub struct Issuer {
        /// The id.
        pub id: IssuerId,
        /// Name.
        pub name: String,
        /// Country in which it is established.
        pub country: Country,
        /// Its Legal Entity Identifier, if it has one.
        pub lei: Option<String>,
        /// Website.
        pub website: Option<String>,
        /// Short description.
        pub description: String,
        /// Number of its funds in the catalogue.
        pub fund_count: i64,
        /// When any of this last changed.
        pub updated_at: DateTime<Utc>,
        /// Number of its version.
        pub version: i64,
    }

    /// A share class issued by the connection's tenant.
    #[derive(Debug, Clone)]
    pub struct OwnShareClass {
        /// Currency of its shares.
        pub currency: Currency,
        /// Launch date.
        pub launched_on: NaiveDate,
        /// How far a value may move without approval by a second person, in basis points.
        pub nav_move_limit_bps: i32,
        /// The corresponding asset, if there is one.
        pub asset_id: Option<AssetId>,
        /// Symbol of that asset.
        pub symbol: Option<String>,
    }
}

/// A share class, as shown in lists of funds.
#[derive(Debug, Clone, Deserialize)]
pub struct ShareClassSummary {
    /// The id.
    pub id: ShareClassId,
    /// Name within the fund.
    pub name: String,
    /// Currency of its shares.
    pub currency: Currency,
    /// Trading status.
    pub status: FundStatus,
    /// Minimum initial subscription.
    pub min_first_subscription: Money,
    /// Chains on which it is tokenised (EIP-155), in order.
    pub chain_ids: Vec<i64>,
}

/// The token of a share class on one chain.
#[derive(Debug, Clone, Deserialize)]
pub struct Token {
    /// EIP-155 id of the chain.
    pub chain_id: i64,
    /// Address of its contract.
    pub address: WalletAddress,
    /// Number of decimal places of the token.
    pub decimals: i32,
    /// Interface of the contract.
    pub standard: TokenStandard,
}

impl ShareClass {
    /// Extracts the latest net asset value; none before the first one.
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
    page funds_of { narrowed: Narrowed<'_> } -> FundSummary, by "f.id" ("uuid": FundId);

    /// A fund of the catalogue; with `own`, also one that the connection's tenant keeps as a draft or has deleted.
    optional fund(id: FundId, own: bool) -> Fund;

    /// The share classes of a fund, ordered by id; with `own`, also those that the connection's tenant keeps as drafts or has
    /// deleted.
    all share_classes(fund: FundId, own: bool) -> ShareClass;

    /// A share class of a fund, if the connection's tenant issues it.
    optional own_share_class(id: ShareClassId, fund: FundId) -> OwnShareClass;

    /// Currency of a share class of a fund.
    optional currency_of_class(id: ShareClassId, fund: FundId) -> Currency;

    /// Issuers by id.
    page issuers() -> Issuer, by "i.id" ("uuid": IssuerId);

    /// An issuer.
    optional issuer(id: IssuerId) -> Issuer;
}

/// Funds by id, one more than `limit` if there are more.
///
/// # Errors
/// Those of the connection.
pub async fn funds(
    db: &impl Connection,
    filter: &FundFilter,
    page: &Asked<FundId>,
) -> Result<Vec<FundSummary>> {
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
        own: filter.own,
    };
    funds_of(db, page, narrowed).await
}

/// The text as an ISIN, if it is one.
fn isin(text: &str) -> Option<Isin> {
    Isin::from_text(&text.to_uppercase()).ok()
}
