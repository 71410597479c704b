//! Rows of the database as shown in responses.

use fundrail_api::{
    common::Amount,
    funds::{
        Fees, Fund, FundSummary, Issuer, IssuerRef, Nav, NavProposal, NavVersion, ShareClass,
        ShareClassSummary, Token,
    },
};
use fundrail_domain::{money::Currency, time::rfc3339};
use fundrail_store::{catalogue, nav};
use rust_decimal::Decimal;

/// A fund in a list.
pub(crate) fn fund_summary(fund: catalogue::FundSummary) -> FundSummary {
    FundSummary {
        id: fund.id,
        name: fund.name,
        issuer: IssuerRef { id: fund.issuer_id, name: fund.issuer_name },
        strategy: fund.strategy,
        domicile: fund.domicile,
        legal_form: fund.legal_form,
        status: fund.status,
        base_currency: fund.base_currency,
        launched_on: fund.launched_on,
        updated_at: rfc3339(fund.updated_at),
        share_classes: fund.share_classes.0.into_iter().map(share_class_summary).collect(),
    }
}

fn share_class_summary(class: catalogue::ShareClassSummary) -> ShareClassSummary {
    let minimum = class.min_first_subscription;
    ShareClassSummary {
        id: class.id,
        name: class.name,
        currency: class.currency,
        status: class.status,
        min_first_subscription: amount(minimum.value, minimum.currency),
        chain_ids: class.chain_ids,
    }
}

/// A fund with its share classes.
pub(crate) fn fund(fund: catalogue::Fund, classes: Vec<catalogue::ShareClass>) -> Fund {
    Fund {
        id: fund.id,
        name: fund.name,
        issuer: IssuerRef { id: fund.issuer_id, name: fund.issuer_name },
        strategy: fund.strategy,
        domicile: fund.domicile,
        legal_form: fund.legal_form,
        status: fund.status,
        base_currency: fund.base_currency,
        description: fund.description,
        launched_on: fund.launched_on,
        updated_at: rfc3339(fund.updated_at),
        version: fund.version,
        deleted_at: fund.deleted_at.map(rfc3339),
        share_classes: classes.into_iter().map(share_class).collect(),
    }
}

/// A share class with its terms.
pub(crate) fn share_class(mut class: catalogue::ShareClass) -> ShareClass {
    let latest_nav = class.latest_nav();
    let currency = class.currency;
    ShareClass {
        id: class.id,
        name: class.name,
        symbol: class.symbol,
        currency,
        isin: class.isin,
        status: class.status,
        min_first_subscription: amount(class.min_first_subscription, currency),
        min_further_subscription: amount(class.min_further_subscription, currency),
        fees: Fees {
            management_bps: class.management_fee_bps,
            performance_bps: class.performance_fee_bps,
            subscription_bps: class.subscription_fee_bps,
            redemption_bps: class.redemption_fee_bps,
        },
        distribution_policy: class.distribution_policy,
        rule_sets: class.rule_sets,
        launched_on: class.launched_on,
        dealing_frequency: class.dealing_frequency,
        nav_move_limit_bps: class.nav_move_limit_bps,
        decimals: class.decimals,
        dealing: class.dealing.0,
        version: class.version,
        deleted_at: class.deleted_at.map(rfc3339),
        tokens: class.tokens.0.iter().map(token).collect(),
        latest_nav: latest_nav.map(|latest| nav(latest, currency)),
    }
}

fn token(token: &catalogue::Token) -> Token {
    Token {
        chain_id: token.chain_id,
        address: token.address,
        decimals: token.decimals,
        standard: token.standard,
    }
}

/// An issuer.
pub(crate) fn issuer(issuer: catalogue::Issuer) -> Issuer {
    Issuer {
        id: issuer.id,
        name: issuer.name,
        country: issuer.country,
        lei: issuer.lei,
        website: issuer.website,
        description: issuer.description,
        fund_count: issuer.fund_count,
        updated_at: rfc3339(issuer.updated_at),
        version: issuer.version,
    }
}

/// A net asset value, in the currency of its class.
pub(crate) fn nav(nav: nav::Nav, currency: Currency) -> Nav {
    Nav {
        id: nav.id,
        nav_date: nav.nav_date,
        per_share: amount(nav.per_share, currency),
        published_at: rfc3339(nav.published_at),
        source: nav.source,
    }
}

/// A version of a net asset value, in the currency of its class.
pub(crate) fn nav_version(version: nav::NavVersion, currency: Currency) -> NavVersion {
    NavVersion {
        id: version.id,
        position: version.position,
        nav_date: version.nav_date,
        per_share: amount(version.per_share, currency),
        published_at: rfc3339(version.published_at),
        source: version.source,
        replaces: version.replaces,
        reason: version.reason,
        replaced_by: version.replaced_by,
        approved: version.approved,
    }
}

/// A net asset value that waits, or waited, for approval.
pub(crate) fn nav_proposal(proposal: nav::Proposal) -> NavProposal {
    NavProposal {
        id: proposal.id,
        nav_date: proposal.nav_date,
        per_share: amount(proposal.per_share, proposal.currency),
        replaces: proposal.replaces,
        reason: proposal.reason,
        move_bps: proposal.move_bps,
        limit_bps: proposal.nav_move_limit_bps,
        state: proposal.state,
        proposed_by: proposal.proposed_by,
        proposed_at: rfc3339(proposal.proposed_at),
        decided_by: proposal.decided_by,
        decided_at: proposal.decided_at.map(rfc3339),
        decision_reason: proposal.decision_reason,
        nav_id: proposal.version_id,
    }
}

fn amount(value: Decimal, currency: Currency) -> Amount {
    Amount { value: value.to_string(), currency: currency.code().to_owned() }
}
