//! What an investor has shown: classifications, identity, screening, wallets, owners, documents.

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::{Finding, Scope};
use crate::{
    compliance::{
        clock::{Period, end_of, start_of},
        predicate::Threshold,
    },
    investor::{
        Classification, ClassificationKind, Document, EvidenceKind, Kind, KycStatus, ScreeningOutcome,
    },
};

pub(super) fn classified(
    scope: Scope<'_>,
    any_of: &[ClassificationKind],
    evidence: Option<&[EvidenceKind]>,
    max_age_days: Option<u32>,
) -> Finding {
    match usable(scope, any_of, evidence, max_age_days) {
        Ok(found) => found.first().map_or_else(
            || Finding::missing(absent(any_of)),
            |one| Finding::met(format!("{} by {} of {}", one.kind, one.evidence, one.issued_on)),
        ),
        Err(finding) => finding,
    }
}

pub(super) fn figures(
    scope: Scope<'_>,
    any_of: &[ClassificationKind],
    at_least: u32,
    thresholds: &[Threshold],
) -> Finding {
    let found = match usable(scope, any_of, None, None) {
        Ok(found) => found,
        Err(finding) => return finding,
    };
    let best =
        found.into_iter().map(|one| enough(one, at_least, thresholds)).min_by_key(|found| found.verdict);
    best.unwrap_or_else(|| Finding::missing(absent(any_of)))
}

/// Whether one classification shows enough of the numbers.
fn enough(classification: &Classification, at_least: u32, thresholds: &[Threshold]) -> Finding {
    let (mut met, mut unknown) = (Vec::new(), Vec::new());
    for threshold in thresholds {
        match classification.figures.get(&threshold.figure) {
            None => unknown.push(threshold.figure.word()),
            Some(amount) if threshold.is_met_by(*amount) => met.push(threshold.figure.word()),
            Some(_) => {}
        }
    }
    let wanted = usize::try_from(at_least).unwrap_or(usize::MAX);
    let (kind, issued_on) = (classification.kind, classification.issued_on);
    if met.len() >= wanted {
        Finding::met(format!("{kind} of {issued_on} shows {}", met.join(", ")))
    } else if met.len() + unknown.len() >= wanted {
        Finding::missing(format!("{kind} of {issued_on} does not say {}", unknown.join(", ")))
    } else {
        Finding::unmet(format!("{kind} of {issued_on} meets {} of {wanted} thresholds", met.len()))
    }
}

/// The classifications of these kinds whose evidence is accepted and fresh, or why there is none.
fn usable<'a>(
    scope: Scope<'a>,
    any_of: &[ClassificationKind],
    evidence: Option<&[EvidenceKind]>,
    max_age_days: Option<u32>,
) -> Result<Vec<&'a Classification>, Finding> {
    let accepted = evidence.unwrap_or(&scope.rule.evidence);
    let max_age_days = max_age_days.or(scope.rule.evidence_max_age_days);
    let of_kind: Vec<&Classification> =
        scope.facts.investor.classifications.iter().filter(|one| any_of.contains(&one.kind)).collect();
    if of_kind.is_empty() {
        return Err(Finding::missing(absent(any_of)));
    }
    let shown: Vec<&Classification> =
        of_kind.into_iter().filter(|one| accepted.is_empty() || accepted.contains(&one.evidence)).collect();
    if shown.is_empty() {
        let accepted: Vec<&str> = accepted.iter().map(|kind| kind.word()).collect();
        return Err(Finding::missing(format!("needs evidence by {}", accepted.join(" or "))));
    }
    let fresh: Vec<&Classification> = shown
        .iter()
        .copied()
        .filter(|one| holds(scope, one.issued_on, one.expires_on, max_age_days))
        .collect();
    if fresh.is_empty() {
        let latest = shown.iter().map(|one| one.issued_on).max();
        let latest = latest.map_or_else(String::new, |day| format!(" of {day}"));
        return Err(Finding::missing(format!("the evidence{latest} is not in force or too old")));
    }
    Ok(fresh)
}

fn absent(any_of: &[ClassificationKind]) -> String {
    let kinds: Vec<&str> = any_of.iter().map(|kind| kind.word()).collect();
    format!("no classification as {}", kinds.join(" or "))
}

/// Whether evidence of a day is in force: begun, not expired, not older than allowed.
fn holds(
    scope: Scope<'_>,
    issued_on: NaiveDate,
    expires_on: Option<NaiveDate>,
    max_age_days: Option<u32>,
) -> bool {
    let clock = scope.clock;
    let stale = max_age_days.is_some_and(|days| {
        clock.reached(end_of(issued_on).and_then(|first_day_over| Period::days(days).end(first_day_over)))
    });
    clock.reached(Some(start_of(issued_on)))
        && !expires_on.is_some_and(|day| clock.reached(end_of(day)))
        && !stale
}

pub(super) fn screening_clear(scope: Scope<'_>) -> Finding {
    let Some(screening) = scope.facts.investor.screening else {
        return Finding::missing("the investor has not been screened");
    };
    let day = screening.screened_at.date_naive();
    match screening.outcome {
        ScreeningOutcome::Match => return Finding::unmet(format!("the screening of {day} found a match")),
        ScreeningOutcome::PossibleMatch => {
            return Finding::doubtful(format!("the screening of {day} found a possible match"));
        }
        ScreeningOutcome::Clear => {}
    }
    // What was found of who they were still speaks against them; that nothing was found no longer speaks for them.
    if scope.facts.investor.identity.screening_is_stale {
        return Finding::missing(format!("the screening of {day} was of an identity that has changed since"));
    }
    let stale = scope
        .rule
        .evidence_max_age_days
        .is_some_and(|days| scope.clock.reached(Period::days(days).end(screening.screened_at)));
    if stale || !scope.clock.reached(Some(screening.screened_at)) {
        return Finding::missing(format!("the screening of {day} is too old"));
    }
    Finding::met(format!("the screening of {day} found nothing"))
}

pub(super) fn kyc_current(scope: Scope<'_>) -> Finding {
    let Some(kyc) = scope.facts.investor.kyc else {
        return Finding::missing("the identity has not been verified");
    };
    match (kyc.status, kyc.verified_on) {
        (KycStatus::Rejected, _) => Finding::unmet("the verification of the identity was rejected"),
        (KycStatus::Verified, Some(day)) if scope.facts.investor.identity.verification_is_stale => {
            Finding::missing(format!("the verification of {day} was of an identity that has changed since"))
        }
        (KycStatus::Verified, Some(day)) => {
            if holds(scope, day, kyc.expires_on, scope.rule.evidence_max_age_days) {
                Finding::met(format!("the identity was verified on {day}"))
            } else {
                Finding::missing(format!("the verification of {day} has expired"))
            }
        }
        _ => Finding::missing("the verification of the identity is pending"),
    }
}

pub(super) fn wallet_verified(scope: Scope<'_>) -> Finding {
    let chains = &scope.facts.share_class.chains;
    if chains.is_empty() {
        return Finding::met("the share class has no token");
    }
    let wallets = || scope.facts.investor.wallets.iter().filter(|wallet| chains.contains(&wallet.chain_id));
    let verified =
        wallets().find(|wallet| wallet.verified_at.is_some_and(|at| scope.clock.reached(Some(at))));
    if let Some(wallet) = verified {
        return Finding::met(format!("wallet {} on chain {} is verified", wallet.address, wallet.chain_id));
    }
    let names: Vec<String> = chains.iter().map(u64::to_string).collect();
    let names = names.join(", ");
    Finding::missing(match wallets().next() {
        Some(_) => format!("no wallet on chain {names} is verified"),
        None => format!("there is no wallet on chain {names}"),
    })
}

pub(super) fn owners_identified(scope: Scope<'_>, percent: Decimal) -> Finding {
    let investor = &scope.facts.investor;
    if investor.kind == Kind::Natural {
        return Finding::met("a natural person has no owners");
    }
    let Some(owners) = &investor.beneficial_owners else {
        return Finding::missing("the beneficial owners are not recorded");
    };
    let large = owners.iter().filter(|owner| owner.percent >= percent);
    let (all, unidentified) =
        large.fold((0, 0), |(all, missing), owner| (all + 1, missing + usize::from(!owner.identified)));
    if unidentified == 0 {
        Finding::met(format!("owners of {percent} % or more: {all}, all identified"))
    } else {
        Finding::missing(format!(
            "owners of {percent} % or more: {all}, of these not identified: {unidentified}"
        ))
    }
}

pub(super) fn document_acknowledged(scope: Scope<'_>, document: Document) -> Finding {
    let class = scope.facts.share_class.id;
    let received = scope.facts.investor.acknowledgements.iter().find(|one| {
        one.document == document
            && one.share_class_id == class
            && scope.clock.reached(Some(one.acknowledged_at))
    });
    match received {
        Some(one) => Finding::met(format!("{document} received on {}", one.acknowledged_at.date_naive())),
        None => Finding::missing(format!("the receipt of {document} is not acknowledged")),
    }
}
