//! Rules: versioned data, each with the law that it comes from.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::{
    clock::{Clock, Period},
    predicate::Predicate,
};
use crate::{Error, Result, investor::EvidenceKind, stored, words::words};

words! {
    /// Side of an order, from the investor's point of view.
    Side {
        /// Subscribes for new shares of the fund.
        Subscribe = "subscribe",
        /// Receives shares from another holder: subject to the same rules as a subscription, but no new shares are issued.
        Receive = "receive",
        /// Transfers shares to another holder, who is checked as the receiver.
        Transfer = "transfer",
        /// Redeems shares.
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
    /// Outcome of a decision, in order of severity.
    Outcome {
        /// Nothing stands against it.
        Allow = "allow",
        /// Needs manual review.
        Review = "review",
        /// Not permitted.
        Deny = "deny",
    }
}

words! {
    /// Outcome for an order that does not meet a rule.
    OnFail {
        /// Needs manual review.
        Review = "review",
        /// Not permitted.
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

/// Confirmation that somebody has compared the list in a rule with its source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Review {
    /// Date of the review.
    pub reviewed_on: NaiveDate,
    /// Last day before the next review is due. After it, whatever the rule would allow needs manual review.
    pub next_review_on: NaiveDate,
}

/// One version of a rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Stable name, e.g. `us.506c.accredited`.
    pub id: String,
    /// Incremented when its content changes. Of the versions in force, the highest is binding.
    pub version: u32,
    /// Law or document that the rule comes from.
    pub source: String,
    /// Orders that it looks at.
    pub applies_to: Vec<Side>,
    /// Condition that must hold.
    pub predicate: Predicate,
    /// Start of its validity.
    #[serde(serialize_with = "crate::time::serialize")]
    pub effective_from: DateTime<Utc>,
    /// End of its validity.
    #[serde(default, serialize_with = "crate::time::serialize_optional")]
    pub effective_to: Option<DateTime<Utc>>,
    /// Evidence that it accepts; if empty, any.
    pub evidence: Vec<EvidenceKind>,
    /// Number of calendar months after which evidence is stale; if days are given too, they are added.
    #[serde(default)]
    pub evidence_max_age_months: Option<u32>,
    /// Number of days after which evidence is stale.
    pub evidence_max_age_days: Option<u32>,
    /// Outcome for an order that does not meet it, or for which the evidence is missing or stale.
    pub on_fail: OnFail,
    /// Explanation for an investor who does not meet it.
    pub message: String,
    /// The last review of its list, if it contains one that is maintained by others.
    #[serde(default)]
    pub review: Option<Review>,
}

impl Rule {
    /// Reads a stored rule, and checks that it makes sense.
    ///
    /// # Errors
    /// [`Error::Internal`] naming the rule that this version cannot read: no order may get past a rule that way.
    pub fn from_stored(text: &str) -> Result<Self> {
        let rule: Self = stored::read(text, "rule")?;
        let wrong = |wrong| Error::internal(format!("the rule {} {}: {wrong}", rule.id, rule.version));
        rule.predicate.check().map_err(wrong)?;
        Ok(rule)
    }

    /// Maximum age of evidence; `None` accepts any age.
    pub fn evidence_max_age(&self) -> Option<Period> {
        Period::given(self.evidence_max_age_months, self.evidence_max_age_days)
    }

    /// Whether it looks at such orders: every rule for subscriptions also applies to receiving shares.
    pub fn looks_at(&self, side: Side) -> bool {
        let also = if side == Side::Receive { Side::Subscribe } else { side };
        self.applies_to.iter().any(|one| *one == side || *one == also)
    }

    /// Whether it is in force now.
    pub fn in_force(&self, clock: &Clock) -> bool {
        clock.reached(Some(self.effective_from)) && !clock.reached(self.effective_to)
    }
}

/// The rules in force for an order now: the highest version of each, by name.
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
