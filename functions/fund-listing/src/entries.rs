//! What is stored of issuers, funds and share classes, as their issuer wrote it: what a patch is applied to.

use fundrail_domain::{
    Error, Result,
    fund::{Fees, FundEntry, Isin, IssuerEntry, ShareClassEntry},
    input::FromText,
    investor::Lei,
    price::Symbol,
};
use fundrail_store::catalogue;

/// An issuer.
pub(crate) fn issuer(row: &catalogue::Issuer) -> Result<IssuerEntry> {
    Ok(IssuerEntry {
        name: row.name.clone(),
        country: row.country,
        lei: read::<Lei>(row.lei.as_deref())?,
        website: row.website.clone(),
        description: row.description.clone(),
    })
}

/// A fund.
pub(crate) fn fund(row: &catalogue::Fund) -> FundEntry {
    FundEntry {
        issuer_id: row.issuer_id,
        name: row.name.clone(),
        strategy: row.strategy,
        domicile: row.domicile,
        legal_form: row.legal_form.clone(),
        base_currency: row.base_currency,
        description: row.description.clone(),
        launched_on: row.launched_on,
    }
}

/// A share class.
pub(crate) fn share_class(row: &catalogue::ShareClass) -> Result<ShareClassEntry> {
    Ok(ShareClassEntry {
        name: row.name.clone(),
        symbol: read::<Symbol>(row.symbol.as_deref())?,
        isin: read::<Isin>(row.isin.as_deref())?,
        currency: row.currency,
        min_first_subscription: row.min_first_subscription,
        min_further_subscription: row.min_further_subscription,
        fees: Fees {
            management_bps: row.management_fee_bps,
            performance_bps: row.performance_fee_bps,
            subscription_bps: row.subscription_fee_bps,
            redemption_bps: row.redemption_fee_bps,
        },
        distribution_policy: row.distribution_policy,
        rule_sets: row.rule_sets.clone(),
        launched_on: row.launched_on,
        dealing_frequency: row.dealing_frequency,
        nav_move_limit_bps: row.nav_move_limit_bps,
        decimals: row.decimals,
        dealing: row.dealing.0.clone(),
    })
}

fn read<T: FromText>(stored: Option<&str>) -> Result<Option<T>> {
    let read = stored.map(T::from_text).transpose();
    read.map_err(|wrong| Error::internal(format!("what is stored {wrong}")))
}
