//! What an investor has shown: classifications, identity, screening, wallets, owners, documents.

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::{Finding, Scope, Wanted};
use crate::{
    compliance::{
        clock::{Clock, Period, end_of},
        facts::OwnerFacts,
        predicate::Threshold,
    },
    investor::{
        Classification, ClassificationKind, Document, FileDecision, Kind, KycStatus, ScreeningOutcome, Wallet,
    },
};

pub(super) fn classified(scope: Scope<'_>, wanted: Wanted<'_>) -> Finding {
    match usable(scope, wanted) {
        Ok(found) => found.first().map_or_else(
            || Finding::missing(absent(wanted.any_of)),
            |one| Finding::met(format!("{} by {} of {}", one.kind, one.evidence, one.issued_on)),
        ),
        Err(finding) => finding,
    }
}

pub(super) fn figures(
    scope: Scope<'_>,
    wanted: Wanted<'_>,
    at_least: u32,
    thresholds: &[Threshold],
) -> Finding {
    let found = match usable(scope, wanted) {
        Ok(found) => found,
        Err(finding) => return finding,
    };
    let best =
        found.into_iter().map(|one| enough(one, at_least, thresholds)).min_by_key(|found| found.verdict);
    best.unwrap_or_else(|| Finding::missing(absent(wanted.any_of)))
}

/// Whether the investor is shown to be accredited by evidence that the rule accepts and that is in force.
pub(super) fn accredited(scope: Scope<'_>) -> bool {
    usable(scope, Wanted::of(scope.rule, &[ClassificationKind::UsAccredited], None, None)).is_ok()
}

/// Whether one classification shows enough of the figures.
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

/// The classifications of the requested kinds whose evidence is accepted and in force, or why there is none.
fn usable<'a>(scope: Scope<'a>, wanted: Wanted<'_>) -> Result<Vec<&'a Classification>, Finding> {
    let all = scope.facts.investor.classifications.iter();
    let of_kind: Vec<&Classification> = all.filter(|one| wanted.any_of.contains(&one.kind)).collect();
    if of_kind.is_empty() {
        return Err(Finding::missing(absent(wanted.any_of)));
    }
    let accepted =
        |one: &&&Classification| wanted.evidence.is_empty() || wanted.evidence.contains(&one.evidence);
    let shown: Vec<&Classification> = of_kind.iter().filter(accepted).copied().collect();
    if shown.is_empty() {
        let accepted: Vec<&str> = wanted.evidence.iter().map(|kind| kind.word()).collect();
        return Err(Finding::missing(format!("needs evidence by {}", accepted.join(" or "))));
    }
    let (mut fresh, mut why) = (Vec::new(), None);
    for one in shown {
        let expires_on = one.expires_on.filter(|_| !wanted.even_expired);
        match standing(scope.clock, one.issued_on, expires_on, wanted.max_age) {
            Standing::InForce => fresh.push(one),
            other => why = why.max(Some((one.issued_on, other))),
        }
    }
    match why {
        Some((day, standing)) if fresh.is_empty() => {
            Err(Finding::missing(format!("the evidence of {day} {}", standing.said())))
        }
        _ => Ok(fresh),
    }
}

fn absent(any_of: &[ClassificationKind]) -> String {
    let kinds: Vec<&str> = any_of.iter().map(|kind| kind.word()).collect();
    format!("no classification as {}", kinds.join(" or "))
}

/// Where evidence is in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Standing {
    InForce,
    NotYet,
    Expired,
    TooOld,
}

impl Standing {
    /// As the end of a sentence about the evidence.
    fn said(self) -> &'static str {
        match self {
            Self::InForce => "is in force",
            Self::NotYet => "is not in force yet",
            Self::Expired => "has expired",
            Self::TooOld => "is too old",
        }
    }
}

/// Where evidence of a day is in time: its day has begun somewhere, and neither its last day nor its maximum age has passed.
fn standing(
    clock: &Clock,
    issued_on: NaiveDate,
    expires_on: Option<NaiveDate>,
    max_age: Option<Period>,
) -> Standing {
    // Every moment is asked for, whatever the results: each of them limits how long the decision is valid.
    let begun = clock.begun(issued_on);
    let expired = expires_on.is_some_and(|day| clock.reached(end_of(day)));
    let stale = max_age.is_some_and(|age| clock.reached(age.over_for_day(issued_on)));
    match (begun, expired, stale) {
        (false, ..) => Standing::NotYet,
        (_, true, _) => Standing::Expired,
        (_, _, true) => Standing::TooOld,
        _ => Standing::InForce,
    }
}

pub(super) fn screening_clear(scope: Scope<'_>) -> Finding {
    let Some(screening) = scope.facts.investor.screening else {
        return Finding::missing("the investor has not been screened");
    };
    let (at, day) = (screening.screened_at, screening.screened_at.date_naive());
    match screening.outcome {
        ScreeningOutcome::Match => return Finding::unmet(format!("the screening of {day} found a match")),
        ScreeningOutcome::PossibleMatch => {
            return Finding::doubtful(format!("the screening of {day} found a possible match"));
        }
        ScreeningOutcome::Clear => {}
    }
    // Findings about an earlier identity still count against them; the absence of findings no longer counts in their favour.
    if scope.facts.investor.identity.screening_is_stale {
        return Finding::missing(format!("the screening of {day} was of an identity that has changed since"));
    }
    if !scope.clock.happened(at) {
        return Finding::missing(format!("the screening of {day} lies ahead"));
    }
    if scope.rule.evidence_max_age().is_some_and(|age| scope.clock.reached(age.end(at))) {
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
            match standing(scope.clock, day, kyc.expires_on, scope.rule.evidence_max_age()) {
                Standing::InForce => Finding::met(format!("the identity was verified on {day}")),
                other => Finding::missing(format!("the verification of {day} {}", other.said())),
            }
        }
        _ => Finding::missing("the verification of the identity is pending"),
    }
}

pub(super) fn kyc_approved(scope: Scope<'_>) -> Finding {
    let investor = &scope.facts.investor;
    let Some(file) = investor.file else {
        return match investor.kyc.map(|kyc| kyc.status) {
            Some(KycStatus::Rejected) => Finding::unmet("the verification of the identity was rejected"),
            Some(KycStatus::Verified) => Finding::missing(
                "the identity is declared to be verified, but no second person has approved the KYC file",
            ),
            _ => Finding::missing("the KYC file of the investor is not approved"),
        };
    };
    let day = file.decided_on;
    if file.decision == FileDecision::Rejected {
        return Finding::unmet(format!("the KYC file was rejected on {day}"));
    }
    if file.contradicted {
        let what = format!("the identity was rejected after the KYC file was approved on {day}");
        return Finding::unmet(what);
    }
    if file.stale {
        let what = format!("the KYC file approved on {day} was of an identity that has changed since");
        return Finding::missing(what);
    }
    match standing(scope.clock, day, file.valid_until, scope.rule.evidence_max_age()) {
        Standing::InForce => Finding::met(format!("the KYC file was approved on {day}")),
        other => Finding::missing(format!("the approval of the KYC file on {day} {}", other.said())),
    }
}

pub(super) fn wallet_verified(scope: Scope<'_>) -> Finding {
    let chains = &scope.facts.share_class.chains;
    if chains.is_empty() {
        return Finding::met("the share class has no token");
    }
    let wallets = || scope.facts.investor.wallets.iter().filter(|wallet| chains.contains(&wallet.chain_id));
    let proven = || wallets().filter(|wallet| wallet.verified_at.is_some_and(|at| scope.clock.happened(at)));
    if let Some(wallet) = proven().find(|wallet| !wallet.proof_is_stale) {
        return Finding::met(format!("wallet {} on chain {} is verified", wallet.address, wallet.chain_id));
    }
    if let Some(wallet) = proven().next() {
        let Wallet { address, chain_id, .. } = wallet;
        let what = "was proven for an identity that has changed since";
        return Finding::missing(format!("wallet {address} on chain {chain_id} {what}"));
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
        return Finding::missing("who owns and who controls the investor is not recorded");
    };
    let large = owners.iter().filter(|owner| owner.percent >= percent);
    let (all, unidentified) =
        large.fold((0, 0), |(all, missing), owner| (all + 1, missing + usize::from(!owner.identified)));
    if unidentified > 0 {
        let what = format!("owners of {percent} % or more: {all}, of these not identified: {unidentified}");
        return Finding::missing(what);
    }
    // An owner of more than half decides who manages, so nobody else is required unless somebody else is named.
    let named = owners.iter().any(|owner| owner.controls);
    let half = Decimal::new(50, 0);
    let in_control = |owner: &&OwnerFacts| if named { owner.controls } else { owner.percent > half };
    let identified = owners.iter().filter(in_control).any(|owner| owner.identified);
    let what = format!("owners of {percent} % or more: {all}, all identified");
    match (identified, named) {
        (true, _) => Finding::met(format!("{what}; who controls the investor is identified")),
        (false, true) => Finding::missing(format!("{what}; who controls the investor is not identified")),
        (false, false) => Finding::missing(format!("{what}; nobody is named who controls the investor")),
    }
}

pub(super) fn document_acknowledged(scope: Scope<'_>, document: Document) -> Finding {
    let class = scope.facts.share_class.id;
    let received = scope.facts.investor.acknowledgements.iter().find(|one| {
        one.document == document && one.share_class_id == class && scope.clock.happened(one.acknowledged_at)
    });
    match received {
        Some(one) => Finding::met(format!("{document} received on {}", one.acknowledged_at.date_naive())),
        None => Finding::missing(format!("the receipt of {document} is not acknowledged")),
    }
}
