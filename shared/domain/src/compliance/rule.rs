//! Rules: data, versioned, each with the law that it comes from.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::{
    clock::{Clock, Period},
    predicate::Predicate,
};
use crate::{Error, Result, investor::EvidenceKind, stored, words::words};

words! {
    /// Which way an order goes, seen from the investor.
    Side {
        /// Buys new shares of the fund.
        Subscribe = "subscribe",
        /// Takes over shares of another holder: what binds who subscribes binds who receives, but no new shares are made.
        Receive = "receive",
        /// Passes shares on to another holder, who is checked as one who receives.
        Transfer = "transfer",
        /// Gives shares back to the fund.
        Redeem = "redeem",
    }
}

impl Side {
    /// Whether the investor holds more afterwards.
    pub fn adds(self) -> bool {
        matches!(self, Self::Subscribe | Self::Receive)
    }
}

words! {
    /// What a decision says. Ordered by severity.
    Outcome {
        /// Nothing stands against it.
        Allow = "allow",
        /// A person has to decide.
        Review = "review",
        /// It must not be.
        Deny = "deny",
    }
}

words! {
    /// What an order gets whose rule is not met.
    OnFail {
        /// A person has to decide.
        Review = "review",
        /// It must not be.
        Deny = "deny",
    }
}

impl From<OnFail> for Outcome {
    fn from(on_fail: OnFail) -> Self {
        match on_fail {
            OnFail::Review => Self::Review,
            OnFail::Deny => Self::Deny,
        }
    }
}

/// That somebody has compared what a rule lists with where the list comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Review {
    /// When they did.
    pub reviewed_on: NaiveDate,
    /// The last day before it has to be done anew: after it, what the rule would allow is for a person.
    pub next_review_on: NaiveDate,
}

/// One version of a rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Stable name, e.g. `us.506c.accredited`.
    pub id: String,
    /// Counts up when its content changes. Of the versions in force the highest binds.
    pub version: u32,
    /// The law or document that it comes from.
    pub source: String,
    /// The orders that it looks at.
    pub applies_to: Vec<Side>,
    /// What has to hold.
    pub predicate: Predicate,
    /// From when it binds.
    #[serde(serialize_with = "crate::time::serialize")]
    pub effective_from: DateTime<Utc>,
    /// From when it no longer binds.
    #[serde(default, serialize_with = "crate::time::serialize_optional")]
    pub effective_to: Option<DateTime<Utc>>,
    /// Evidence that it accepts; empty accepts any.
    pub evidence: Vec<EvidenceKind>,
    /// After how many calendar months evidence is stale; together with days, the days are added to these.
    #[serde(default)]
    pub evidence_max_age_months: Option<u32>,
    /// After how many days evidence is stale.
    pub evidence_max_age_days: Option<u32>,
    /// What an order gets that does not meet it, or for which the evidence is missing or stale.
    pub on_fail: OnFail,
    /// What to tell whoever does not meet it.
    pub message: String,
    /// The last review of what it lists, where it lists what others decide about.
    #[serde(default)]
    pub review: Option<Review>,
}

impl Rule {
    /// Reads a rule as it is stored, and checks that it makes sense.
    ///
    /// # Errors
    /// [`Error::Internal`] naming the rule that this version cannot read: an order is never let in past a rule.
    pub fn from_stored(text: &str) -> Result<Self> {
        let rule: Self = stored::read(text, "rule")?;
        let wrong = |wrong| Error::internal(format!("the rule {} {}: {wrong}", rule.id, rule.version));
        rule.predicate.check().map_err(wrong)?;
        Ok(rule)
    }

    /// How old evidence may be; without it, any age.
    pub fn evidence_max_age(&self) -> Option<Period> {
        Period::given(self.evidence_max_age_months, self.evidence_max_age_days)
    }

    /// Whether it looks at such orders: whatever binds who subscribes binds who receives, too.
    pub fn looks_at(&self, side: Side) -> bool {
        let also = if side == Side::Receive { Side::Subscribe } else { side };
        self.applies_to.iter().any(|one| *one == side || *one == also)
    }

    /// Whether it binds now.
    pub fn in_force(&self, clock: &Clock) -> bool {
        clock.reached(Some(self.effective_from)) && !clock.reached(self.effective_to)
    }
}

/// The rules that bind an order now: of each, the highest version in force, by name.
///
/// The outcome does not depend on the order of `rules`.
pub fn binding<'a>(rules: &'a [Rule], side: Side, clock: &Clock) -> Vec<&'a Rule> {
    let mut binding: std::collections::BTreeMap<&str, &Rule> = std::collections::BTreeMap::new();
    for rule in rules.iter().filter(|rule| rule.in_force(clock)) {
        let highest = binding.entry(&rule.id).or_insert(rule);
        if rule.version > highest.version {
            *highest = rule;
        }
    }
    binding.into_values().filter(|rule| rule.looks_at(side)).collect()
}
