//! Compliance: may this investor buy this share class for this amount?
//!
//! [`decide`] is a pure function of rules, facts and time. Rules are data ([`Rule`]) that combine a closed set of
//! questions ([`Predicate`]); facts are all that it may look at ([`Facts`]). A decision says until when it holds: the
//! earliest moment at which anything that it rests on could change by the mere passing of time.
//!
//! Invariants:
//! * The same rules, facts and time give the same decision, whatever order the rules come in.
//! * Until `valid_until` the same facts give the same outcome.
//! * More evidence never turns an `allow` into anything else. (Facts may: a further nationality is no evidence.)
//! * What is missing, stale or unknown never allows: it counts as the rule's `on_fail`, or as `review`.
//!
//! What the rules say about law is for building on. Counsel decides.

pub mod area;
pub mod clock;
pub mod evaluate;
pub mod facts;
pub mod predicate;
pub mod rule;
pub mod snapshot;
#[cfg(test)]
mod tests;

use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};

pub use area::Area;
pub use clock::{Clock, Period};
pub use facts::{
    Elsewhere, Facts, IdentityFacts, InvestorFacts, Lot, Nav, Order, Quantity, Register, ShareClassFacts,
};
pub use predicate::Predicate;
pub use rule::{OnFail, Outcome, Review, Rule, Side};
pub use snapshot::{Basis, Part, Stored};

use clock::end_of;
use evaluate::{Finding, Scope, Verdict, evaluate};

use crate::investor::EvidenceKind;

/// Version of the engine itself. Raise it when the same rules and facts would be answered differently: what an older one
/// has decided is then no longer reused, nor compared.
pub const ENGINE: u32 = 3;

/// Nothing holds for longer than this, in hours: facts also change without us being told.
const MAX_VALIDITY_HOURS: i64 = 24;

/// What one rule says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RuleResult {
    /// Its name.
    #[cfg_attr(feature = "openapi", schema(example = "us.506c.accredited"))]
    pub rule: String,
    /// Which version of it.
    pub version: u32,
    /// The law or document that it comes from.
    #[cfg_attr(feature = "openapi", schema(example = "Regulation D, 17 CFR 230.506(c)"))]
    pub source: String,
    /// What it says.
    pub outcome: Outcome,
    /// Why.
    pub message: String,
}

/// What the rules together say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The worst of the results.
    pub outcome: Outcome,
    /// What each rule says, in the order of their names; what the engine itself has to say comes last.
    pub results: Vec<RuleResult>,
    /// Until when it holds: after `now`, and at most a day after.
    pub valid_until: DateTime<Utc>,
}

/// Decides.
pub fn decide(rules: &[Rule], facts: &Facts, now: DateTime<Utc>) -> Decision {
    let clock = Clock::at(now);
    let mut results: Vec<RuleResult> = rule::binding(rules, facts.order.side, &clock)
        .into_iter()
        .map(|rule| apply(rule, facts, &clock))
        .collect();
    if results.is_empty() {
        results
            .push(own_result("fundrail.rules_bind", "no rule binds this order, so a person has to decide"));
    }
    if !facts.share_class.unknown_rule_sets.is_empty() {
        let names = facts.share_class.unknown_rule_sets.join(", ");
        let message = format!("the share class names rule sets that do not exist: {names}");
        results.push(own_result("fundrail.rule_sets_known", message));
    }
    let outcome = results.iter().map(|result| result.outcome).max().unwrap_or(Outcome::Review);
    let longest = longest_validity(now);
    let valid_until = clock.next().map_or(longest, |next| next.min(longest));
    Decision { outcome, results, valid_until }
}

fn longest_validity(now: DateTime<Utc>) -> DateTime<Utc> {
    now.checked_add_signed(Duration::hours(MAX_VALIDITY_HOURS)).unwrap_or(now)
}

impl Decision {
    /// The moment at which something that it rests on changes by the passing of time alone, be it only that a rule begins;
    /// `None` when that is further away than anything holds. No other decision on the same basis may hold beyond it.
    pub fn ends_by_itself(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        Some(self.valid_until).filter(|until| *until < longest_validity(now))
    }
}

fn apply(rule: &Rule, facts: &Facts, clock: &Clock) -> RuleResult {
    let finding = evaluate(&rule.predicate, Scope { facts, rule, clock });
    let (outcome, message) = match finding.verdict {
        Verdict::Met => unless_unreviewed(rule, finding, clock),
        Verdict::Doubtful => (Outcome::Review, format!("{} ({})", rule.message, finding.reason)),
        Verdict::Missing | Verdict::Unmet => {
            (Outcome::from(rule.on_fail), format!("{} ({})", rule.message, finding.reason))
        }
    };
    RuleResult { rule: rule.id.clone(), version: rule.version, source: rule.source.clone(), outcome, message }
}

/// A list that others keep, of embargoed countries say, allows nobody once its own review is overdue.
fn unless_unreviewed(rule: &Rule, finding: Finding, clock: &Clock) -> (Outcome, String) {
    match rule.review {
        Some(review) if clock.reached(end_of(review.next_review_on)) => {
            let (last, due) = (review.reviewed_on, review.next_review_on);
            let message =
                format!("{} (checked against its source on {last}, due again on {due})", rule.message);
            (Outcome::Review, message)
        }
        _ => (Outcome::Allow, finding.reason),
    }
}

/// What the engine itself has to say about an order.
fn own_result(rule: &str, message: impl Into<String>) -> RuleResult {
    RuleResult {
        rule: rule.to_owned(),
        version: ENGINE,
        source: "Fundrail".to_owned(),
        outcome: Outcome::Review,
        message: message.into(),
    }
}

/// What the register of holders has to be asked for by rules that could bind this side; `None` when none looks at it.
pub fn register_question(rules: &[Rule], side: Side) -> Option<RegisterQuestion> {
    let mut asking =
        rules.iter().filter(|rule| rule.looks_at(side) && rule.predicate.needs_register()).peekable();
    asking.peek()?;
    let mut question = RegisterQuestion::default();
    for rule in asking.filter(|rule| rule.predicate.counts_the_not_accredited()) {
        question.narrow(rule);
    }
    Some(question)
}

/// Whether rules that could bind this side look at what the investor holds of other classes of the fund.
pub fn fund_question(rules: &[Rule], side: Side) -> bool {
    rules.iter().any(|rule| rule.looks_at(side) && rule.predicate.needs_fund())
}

/// By which evidence a holder counts as accredited in the register.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RegisterQuestion {
    /// By one of these kinds; `None` accepts any.
    pub accepted: Option<Vec<EvidenceKind>>,
    /// Not older than so much; without it, of any age.
    pub max_age: Option<Period>,
}

impl RegisterQuestion {
    /// Of several rules the strictest holds: who is counted once too often errs on the side of the limit.
    fn narrow(&mut self, rule: &Rule) {
        if !rule.evidence.is_empty() {
            let accepted = self.accepted.get_or_insert_with(|| rule.evidence.clone());
            accepted.retain(|kind| rule.evidence.contains(kind));
        }
        self.max_age = match (self.max_age, rule.evidence_max_age()) {
            (Some(one), Some(other)) => Some(one.shorter(other)),
            (one, other) => one.or(other),
        };
    }
}
