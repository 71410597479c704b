//! Evaluates predicates.
//!
//! The logic has four values, ordered from best to worst: met, doubtful, missing, not met. `all` takes the worst of its parts and
//! `any` the best; `not` swaps the two ends and leaves the middle.

mod evidence;
mod measure;
mod position;
mod who;

use super::{Clock, Facts, Period, Predicate, Rule};
use crate::investor::{ClassificationKind, EvidenceKind};

/// Answer to a question, ordered from best to worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// It holds.
    Met,
    /// Needs manual review.
    Doubtful,
    /// It would have to be shown, and the evidence is missing or stale.
    Missing,
    /// It does not hold.
    Unmet,
}

/// An answer with its reason. Reasons refer to fixed dates and amounts, never to "now", so that they stay true for as long as the
/// decision is valid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The answer.
    pub verdict: Verdict,
    /// The reason.
    pub reason: String,
}

impl Finding {
    fn met(reason: impl Into<String>) -> Self {
        Self { verdict: Verdict::Met, reason: reason.into() }
    }

    fn doubtful(reason: impl Into<String>) -> Self {
        Self { verdict: Verdict::Doubtful, reason: reason.into() }
    }

    fn missing(reason: impl Into<String>) -> Self {
        Self { verdict: Verdict::Missing, reason: reason.into() }
    }

    fn unmet(reason: impl Into<String>) -> Self {
        Self { verdict: Verdict::Unmet, reason: reason.into() }
    }

    fn met_if(holds: bool, reason: impl Into<String>) -> Self {
        if holds { Self::met(reason) } else { Self::unmet(reason) }
    }
}

/// What an evaluation may look at.
#[derive(Clone, Copy)]
pub struct Scope<'a> {
    /// The facts.
    pub facts: &'a Facts,
    /// The rule being evaluated, for the evidence that it accepts.
    pub rule: &'a Rule,
    /// The clock.
    pub clock: &'a Clock,
}

/// Which classifications are accepted, with which evidence.
#[derive(Clone, Copy)]
struct Wanted<'a> {
    any_of: &'a [ClassificationKind],
    /// Instead of the rule's; empty accepts any.
    evidence: &'a [EvidenceKind],
    /// Instead of the rule's.
    max_age: Option<Period>,
    /// Whether evidence counts beyond its own last day.
    even_expired: bool,
}

impl<'a> Wanted<'a> {
    /// What a question says and, where it says nothing, what its rule says.
    fn of(
        rule: &'a Rule,
        any_of: &'a [ClassificationKind],
        evidence: Option<&'a [EvidenceKind]>,
        max_age: Option<Period>,
    ) -> Self {
        let evidence = evidence.unwrap_or(&rule.evidence);
        Self { any_of, evidence, max_age: max_age.or_else(|| rule.evidence_max_age()), even_expired: false }
    }
}

/// Evaluates a predicate.
pub fn evaluate(predicate: &Predicate, scope: Scope<'_>) -> Finding {
    match predicate {
        Predicate::All { of } => all(of, scope),
        Predicate::Any { of } => any(of, scope),
        Predicate::Not { of } => not(of, scope),
        Predicate::PersonKind { is } => who::person_kind(scope, *is),
        Predicate::ResidentIn { areas } => who::resident_in(scope, areas),
        Predicate::RegionIn { regions } => who::region_in(scope, regions),
        Predicate::NationalOf { areas } => who::national_of(scope, areas),
        Predicate::NotUsPerson {} => who::not_us_person(scope),
        Predicate::NoTieTo { country, exempt } => who::no_tie_to(scope, *country, exempt),
        Predicate::ForAPerson { of } => for_a_person(of, scope),
        Predicate::Classified { any_of, evidence, max_age_months, max_age_days, even_expired } => {
            let max_age = Period::given(*max_age_months, *max_age_days);
            let wanted = Wanted::of(scope.rule, any_of, evidence.as_deref(), max_age);
            evidence::classified(scope, Wanted { even_expired: *even_expired, ..wanted })
        }
        Predicate::Figures { any_of, at_least, of, evidence, max_age_months, max_age_days } => {
            let max_age = Period::given(*max_age_months, *max_age_days);
            let wanted = Wanted::of(scope.rule, any_of, evidence.as_deref(), max_age);
            evidence::figures(scope, wanted, *at_least, of)
        }
        Predicate::OrderAtLeast { currency, natural, legal } => {
            position::worth_at_least(scope, *currency, (*natural, *legal), &[])
        }
        Predicate::InvestedAtLeast { currency, natural, legal, in_fund } => {
            let held = position::held(scope, *in_fund);
            position::worth_at_least(scope, *currency, (*natural, *legal), &held)
        }
        Predicate::ScreeningClear {} => evidence::screening_clear(scope),
        Predicate::KycCurrent {} => evidence::kyc_current(scope),
        Predicate::KycApproved {} => evidence::kyc_approved(scope),
        Predicate::WalletVerified {} => evidence::wallet_verified(scope),
        Predicate::BeneficialOwnersIdentified { percent } => evidence::owners_identified(scope, *percent),
        Predicate::ClassTakesOrders {} => position::class_takes_orders(scope),
        Predicate::MinimumSubscription { first, further } => {
            position::minimum_subscription(scope, *first, *further)
        }
        Predicate::MaximumHolding { amount, percent } => position::maximum_holding(scope, *amount, *percent),
        Predicate::HolderLimit { counts, limit, warn_from, look_through } => {
            let counted = position::holder_limit(scope, *counts, *limit, *warn_from);
            if *look_through { position::looking_through(scope, counted) } else { counted }
        }
        Predicate::HoldingPeriod { period } => position::holding_period(scope, *period),
        Predicate::HoldsEnough {} => position::holds_enough(scope),
        Predicate::DocumentAcknowledged { document } => evidence::document_acknowledged(scope, *document),
        Predicate::BenefitPlansBelow { percent } => position::benefit_plans_below(scope, *percent),
    }
}

fn all(parts: &[Predicate], scope: Scope<'_>) -> Finding {
    let findings: Vec<Finding> = parts.iter().map(|part| evaluate(part, scope)).collect();
    // Nothing follows from nothing: an empty `all` must not admit anybody.
    let verdict = findings.iter().map(|finding| finding.verdict).max().unwrap_or(Verdict::Unmet);
    let decisive = findings.iter().filter(|finding| finding.verdict == verdict);
    Finding { verdict, reason: joined(decisive, " and ") }
}

fn any(parts: &[Predicate], scope: Scope<'_>) -> Finding {
    let findings: Vec<Finding> = parts.iter().map(|part| evaluate(part, scope)).collect();
    let verdict = findings.iter().map(|finding| finding.verdict).min().unwrap_or(Verdict::Unmet);
    // If one part is met, it speaks for itself; if none is, every way that would have sufficed is worth knowing.
    let decisive =
        findings.iter().filter(|finding| verdict != Verdict::Met || finding.verdict == Verdict::Met);
    let separator = if verdict == Verdict::Met { " and " } else { "; or " };
    Finding { verdict, reason: joined(decisive, separator) }
}

fn not(part: &Predicate, scope: Scope<'_>) -> Finding {
    let Finding { verdict, reason } = evaluate(part, scope);
    let verdict = match verdict {
        Verdict::Met => Verdict::Unmet,
        Verdict::Unmet => Verdict::Met,
        middle => middle,
    };
    Finding { verdict, reason }
}

fn for_a_person(part: &Predicate, scope: Scope<'_>) -> Finding {
    match evaluate(part, scope) {
        Finding { verdict: Verdict::Met, reason } => Finding::doubtful(reason),
        other => other,
    }
}

fn joined<'a>(findings: impl Iterator<Item = &'a Finding>, separator: &str) -> String {
    let mut reasons: Vec<&str> = findings.map(|finding| finding.reason.as_str()).collect();
    reasons.dedup();
    reasons.join(separator)
}
