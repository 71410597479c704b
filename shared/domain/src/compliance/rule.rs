//! Rules: data, versioned, each with the law that it comes from.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{clock::Clock, predicate::Predicate};
use crate::{Error, Result, investor::EvidenceKind, stored, words::words};

words! {
    /// Which way an order goes, seen from the investor.
    Side {
        /// Takes over shares, be it from the fund or from another holder.
        Subscribe = "subscribe",
        /// Passes shares on to another holder, who is checked as one who subscribes.
        Transfer = "transfer",
        /// Gives shares back to the fund.
        Redeem = "redeem",
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
    /// After how many days evidence is stale.
    pub evidence_max_age_days: Option<u32>,
    /// What an order gets that does not meet it, or for which the evidence is missing or stale.
    pub on_fail: OnFail,
    /// What to tell whoever does not meet it.
    pub message: String,
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
    binding.into_values().filter(|rule| rule.applies_to.contains(&side)).collect()
}
