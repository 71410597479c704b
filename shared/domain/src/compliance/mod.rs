//! Compliance: may this investor buy this share class for this amount?
//!
//! [`decide`] is a pure function of rules, facts and time. Rules are data ([`Rule`]) that combine a closed set of questions
//! ([`Predicate`]); facts are everything that it may look at ([`Facts`]). A decision states how long it is valid: until the
//! earliest moment at which anything that it rests on could change merely because time passes.
//!
//! Invariants:
//! * The same rules, facts and time give the same decision, whatever the order of the rules.
//! * Until `valid_until`, the same facts give the same outcome.
//! * More evidence never turns an `allow` into anything else. (More facts may: an additional nationality is not evidence.)
//! * Nothing missing, stale or unknown ever allows: it counts as the rule's `on_fail`, or as `review`.
//!
//! The legal rules are a foundation to build on. The judgement of counsel prevails.

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

/// Version of the engine. Raise it whenever the same rules and facts would be answered differently: decisions of an older version
/// are then neither reused nor compared.
pub const ENGINE: u32 = 3;

/// Maximum validity of a decision in hours: facts can also change without our being told.
const MAX_VALIDITY_HOURS: i64 = 24;

/// Result of one rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RuleResult {
    /// Name of the rule.
    #[cfg_attr(feature = "openapi", schema(example = "us.506c.accredited"))]
    pub rule: String,
    /// Version of the rule.
    pub version: u32,
    /// Law or document that the rule comes from.
    #[cfg_attr(feature = "openapi", schema(example = "Regulation D, 17 CFR 230.506(c)"))]
    pub source: String,
    /// Outcome.
    pub outcome: Outcome,
    /// Explanation.
    pub message: String,
}

/// Result of all rules together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The worst of the results.
    pub outcome: Outcome,
    /// Result of each rule, ordered by name, followed by results from the engine itself.
    pub results: Vec<RuleResult>,
    /// When it expires: after `now`, and at most a day after.
    pub valid_until: DateTime<Utc>,
}

/// Makes the decision.
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
    /// The moment at which something that it rests on changes merely because time passes, even if a rule only begins to apply;
    /// `None` if that is beyond the maximum validity. No other decision on the same basis may be valid for longer.
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

/// A list maintained by others, e.g. of embargoed countries, allows nobody once its own review is overdue.
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

/// The engine's own results for an order.
fn own_result(rule: &str, message: impl Into<String>) -> RuleResult {
    RuleResult {
        rule: rule.to_owned(),
        version: ENGINE,
        source: "Fundrail".to_owned(),
        outcome: Outcome::Review,
        message: message.into(),
    }
}

/// What rules that could bind this side need from the register of holders; `None` if none looks at it.
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

/// Whether rules that could bind this side look at what the investor holds in other share classes of the fund.
pub fn fund_question(rules: &[Rule], side: Side) -> bool {
    rules.iter().any(|rule| rule.looks_at(side) && rule.predicate.needs_fund())
}

/// The evidence with which a holder counts as accredited in the register.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RegisterQuestion {
    /// One of these kinds; `None` accepts any.
    pub accepted: Option<Vec<EvidenceKind>>,
    /// Maximum age; `None` accepts any age.
    pub max_age: Option<Period>,
}

impl RegisterQuestion {
    /// Where several rules apply, the strictest prevails: counting somebody once too often errs on the safe side of the limit.
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
