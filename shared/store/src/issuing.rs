//! Issuers, funds and share classes as their issuer writes them.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use fundrail_domain::{
    Error, Result,
    fund::{
        DealingFrequency, DistributionPolicy, FundEntry, FundStatus, Isin, IssuerEntry, Known, NewToken,
        ShareClassEntry, Strategy, TokenStandard,
    },
    ids::{AssetId, FundId, IssuerId, ShareClassId},
    investor::Lei,
    money::Currency,
    price::Symbol,
    reference::{Country, WalletAddress},
};
use rust_decimal::Decimal;
use serde_json::Value;

use crate::{Connection, on_constraint};

parameters! {
    /// The fields of an issuer.
    #[derive(Debug, Clone)]
    pub struct IssuerFields<'a> {
        /// Name.
        pub name: &'a str,
        /// Country in which it is established.
        pub country: Country,
        /// Its Legal Entity Identifier.
        pub lei: Option<&'a Lei>,
        /// Website.
        pub website: Option<&'a str>,
        /// Short description.
        pub description: &'a str,
    }

    /// The fields of a fund.
    #[derive(Debug, Clone)]
    pub struct FundFields<'a> {
        /// Name.
        pub name: &'a str,
        /// Investment strategy.
        pub strategy: Strategy,
        /// Domicile.
        pub domicile: Country,
        /// Legal form.
        pub legal_form: &'a str,
        /// Base currency.
        pub base_currency: Currency,
        /// Short description.
        pub description: &'a str,
        /// Launch date.
        pub launched_on: NaiveDate,
    }

    /// The fields of a share class.
    #[derive(Debug, Clone)]
    pub struct ShareClassFields<'a> {
        /// Name within the fund.
        pub name: &'a str,
        /// Currency of its shares.
        pub currency: Currency,
        /// Its ISIN.
        pub isin: Option<Isin>,
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
        pub rule_sets: &'a [String],
        /// Launch date.
        pub launched_on: NaiveDate,
        /// Valuation frequency.
        pub dealing_frequency: DealingFrequency,
        /// How far a value may move without approval by a second person, in basis points.
        pub nav_move_limit_bps: i32,
        /// Decimal places of a number of shares.
        pub decimals: i32,
        /// Dealing terms: a [`fundrail_domain::fund::Dealing`].
        pub dealing: Value,
    }
}

rows! {
    /// What terms may refer to.
    #[derive(Debug, Clone)]
    pub struct KnownCodes {
        /// Codes of rule sets.
        pub rule_sets: Vec<String>,
        /// Codes of dealing calendars.
        pub calendars: Vec<String>,
        /// Those of the time zones asked for that exist.
        pub time_zones: Vec<String>,
    }

    /// The asset of a share class.
    #[derive(Debug, Clone)]
    pub struct AssetOfClass {
        /// The id.
        pub id: AssetId,
        /// Its symbol.
        pub symbol: String,
    }
}

statements! { "issuing";
    /// Whether the connection's tenant is one of the kind that keeps funds.
    one is_issuer() -> bool;

    /// What terms may refer to, of time zones those asked for.
    one known(zones: Vec<String>) -> KnownCodes;

    /// Locks an issuer of the connection's tenant until the end of the transaction.
    optional hold_issuer(id: IssuerId) -> IssuerId;

    /// Records an issuer of the connection's tenant.
    execute insert_issuer(id: IssuerId) { fields: IssuerFields<'_> };

    /// Changes an issuer.
    execute update_issuer(id: IssuerId) { fields: IssuerFields<'_> };

    /// The funds of an issuer of the connection's tenant.
    all funds_of_issuer(issuer: IssuerId) -> FundId;

    /// Locks a fund of the connection's tenant, and thereby its share classes, until the end of the transaction.
    optional hold_fund(id: FundId) -> FundId;

    /// Records a fund, as a draft.
    execute insert_fund(id: FundId, issuer: IssuerId) { fields: FundFields<'_> };

    /// Changes a fund.
    execute update_fund(id: FundId, issuer: IssuerId) { fields: FundFields<'_> };

    /// Changes the status of a fund.
    execute set_fund_status(id: FundId, status: FundStatus);

    /// Marks a fund as deleted, or as not deleted.
    execute set_fund_deleted(id: FundId, deleted: bool);

    /// Records a share class, as a draft.
    execute insert_share_class(id: ShareClassId, fund: FundId) { fields: ShareClassFields<'_> };

    /// Changes a share class.
    execute update_share_class(id: ShareClassId, fund: FundId) { fields: ShareClassFields<'_> };

    /// Changes the status of a share class.
    execute set_share_class_status(id: ShareClassId, status: FundStatus);

    /// Marks a share class as deleted, or as not deleted.
    execute set_share_class_deleted(id: ShareClassId, deleted: bool);

    /// Counts a change of what belongs to a share class.
    execute touch_share_class(id: ShareClassId);

    /// Gives a share class its symbol, or takes it away; a new asset gets the id.
    one name_asset(class: ShareClassId, id: AssetId, symbol: Option<&Symbol>) -> bool;

    /// Names the assets of a fund's share classes after it.
    all name_assets_of(fund: FundId) -> Option<String>;

    /// The assets of a fund's share classes.
    all assets_of_fund(fund: FundId) -> AssetOfClass;

    /// Records a token of a share class.
    execute add_token(
        class: ShareClassId,
        chain: i64,
        address: WalletAddress,
        decimals: i32,
        standard: TokenStandard,
    );

    /// Removes a token of a share class.
    execute remove_token(class: ShareClassId, chain: i64);
}

/// What terms may refer to. Of time zones it has those of `zones` that exist.
///
/// # Errors
/// Those of the connection.
pub async fn known_terms(db: &impl Connection, zones: Vec<String>) -> Result<Known> {
    let codes = known(db, zones).await?;
    let set = |codes: Vec<String>| codes.into_iter().collect::<BTreeSet<_>>();
    Ok(Known {
        rule_sets: set(codes.rule_sets),
        calendars: set(codes.calendars),
        time_zones: set(codes.time_zones),
    })
}

impl<'a> From<&'a IssuerEntry> for IssuerFields<'a> {
    fn from(entry: &'a IssuerEntry) -> Self {
        Self {
            name: &entry.name,
            country: entry.country,
            lei: entry.lei.as_ref(),
            website: entry.website.as_deref(),
            description: &entry.description,
        }
    }
}

impl<'a> From<&'a FundEntry> for FundFields<'a> {
    fn from(entry: &'a FundEntry) -> Self {
        Self {
            name: &entry.name,
            strategy: entry.strategy,
            domicile: entry.domicile,
            legal_form: &entry.legal_form,
            base_currency: entry.base_currency,
            description: &entry.description,
            launched_on: entry.launched_on,
        }
    }
}

impl<'a> ShareClassFields<'a> {
    fn of(entry: &'a ShareClassEntry) -> Result<Self> {
        let dealing = serde_json::to_value(&entry.dealing);
        Ok(Self {
            name: &entry.name,
            currency: entry.currency,
            isin: entry.isin,
            min_first_subscription: entry.min_first_subscription,
            min_further_subscription: entry.min_further_subscription,
            management_fee_bps: entry.fees.management_bps,
            performance_fee_bps: entry.fees.performance_bps,
            subscription_fee_bps: entry.fees.subscription_bps,
            redemption_fee_bps: entry.fees.redemption_bps,
            distribution_policy: entry.distribution_policy,
            rule_sets: &entry.rule_sets,
            launched_on: entry.launched_on,
            dealing_frequency: entry.dealing_frequency,
            nav_move_limit_bps: entry.nav_move_limit_bps,
            decimals: entry.decimals,
            dealing: dealing.map_err(|error| Error::internal(format!("no JSON: {error}")))?,
        })
    }
}

/// Records an issuer of the connection's tenant, or with `exists` changes it.
///
/// # Errors
/// [`Error::ConflictAt`] if another issuer has the name or the LEI.
pub async fn write_issuer(
    db: &impl Connection,
    id: IssuerId,
    entry: &IssuerEntry,
    exists: bool,
) -> Result<()> {
    let written = if exists {
        update_issuer(db, id, entry.into()).await
    } else {
        insert_issuer(db, id, entry.into()).await
    };
    written
        .map(drop)
        .map_err(on_constraint("issuer_name", || {
            taken("issuer_name_taken", "/name", "another issuer has this name")
        }))
        .map_err(on_constraint("issuer_lei", || taken("lei_taken", "/lei", "another issuer has this LEI")))
}

/// Records a fund as a draft, or with `exists` changes it.
///
/// # Errors
/// [`Error::ConflictAt`] if another fund of the issuer has the name.
pub async fn write_fund(db: &impl Connection, id: FundId, entry: &FundEntry, exists: bool) -> Result<()> {
    let written = if exists {
        update_fund(db, id, entry.issuer_id, entry.into()).await
    } else {
        insert_fund(db, id, entry.issuer_id, entry.into()).await
    };
    let name_taken = || taken("fund_name_taken", "/name", "another fund of the issuer has this name");
    written.map(drop).map_err(on_constraint("fund_name", name_taken))
}

/// Records a share class as a draft, or with `exists` changes it; and gives it its symbol. A new asset gets the id `asset`.
///
/// # Errors
/// [`Error::ConflictAt`] if another class of the fund has the name, another class the ISIN, or another asset the symbol.
pub async fn write_share_class(
    db: &impl Connection,
    (id, fund, asset): (ShareClassId, FundId, AssetId),
    entry: &ShareClassEntry,
    exists: bool,
) -> Result<()> {
    let fields = ShareClassFields::of(entry)?;
    let written = if exists {
        update_share_class(db, id, fund, fields).await
    } else {
        insert_share_class(db, id, fund, fields).await
    };
    written
        .map_err(on_constraint("share_class_name", || {
            taken("share_class_name_taken", "/name", "another share class of the fund has this name")
        }))
        .map_err(on_constraint("share_class_isin", || {
            taken("isin_taken", "/isin", "another share class has this ISIN")
        }))?;
    let symbol_taken = || taken("symbol_taken", "/symbol", "another asset has this symbol");
    name_asset(db, id, asset, entry.symbol.as_ref())
        .await
        .map(drop)
        .map_err(on_constraint("asset_symbol", symbol_taken))
}

/// Records a token of a share class.
///
/// # Errors
/// [`Error::ConflictAt`] if the class has a token on the chain, or another class one at the address.
pub async fn insert_token(db: &impl Connection, class: ShareClassId, token: NewToken) -> Result<()> {
    let NewToken { chain_id, address, decimals, standard } = token;
    add_token(db, class, chain_id, address, decimals, standard)
        .await
        .map(drop)
        .map_err(on_constraint("share_class_token_pkey", || {
            taken("token_chain_taken", "/chain_id", "the share class has a token on this chain")
        }))
        .map_err(on_constraint("share_class_token_address", || {
            taken("token_address_taken", "/address", "another share class has the token at this address")
        }))
}

/// The conflict of a field with something else that has the same.
fn taken(code: &'static str, pointer: &str, detail: &'static str) -> Error {
    let part = fundrail_domain::FieldError { pointer: pointer.to_owned(), message: "is taken".to_owned() };
    Error::ConflictAt { code, detail: detail.into(), parts: vec![part] }
}
