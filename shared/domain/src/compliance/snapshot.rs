//! The basis of a decision, stored so that the decision can be repeated years later.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{Clock, Decision, ENGINE, Facts, Rule, ShareClassFacts, decide, rule::binding};
use crate::{Error, Result};

/// Rules and facts of a decision. Its canonical text is what is stored and hashed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Basis {
    /// Version of the engine that made the decision.
    pub engine: u32,
    /// The rules that applied, in their versions.
    pub rules: Vec<Rule>,
    /// The facts.
    pub facts: Facts,
}

impl Basis {
    /// The basis of a decision on these facts: only those rules that are in force now. (A version that takes effect later limits
    /// `valid_until`, and makes a different basis when it does.)
    pub fn new(rules: &[Rule], facts: Facts, now: DateTime<Utc>) -> Self {
        let clock = Clock::at(now);
        let rules = binding(rules, facts.order.side, &clock).into_iter().cloned().collect();
        Self { engine: ENGINE, rules, facts }
    }

    /// Its canonical text: keys sorted, no white space, amounts as strings.
    ///
    /// # Errors
    /// [`Error::Internal`], which would be a defect: everything in it can be represented in JSON.
    pub fn canonical(&self) -> Result<String> {
        let value =
            serde_json::to_value(self).map_err(|error| Error::internal(format!("no JSON: {error}")))?;
        Ok(canonical_json(&value))
    }

    /// Reads a stored text, which must match the hash stored with it.
    ///
    /// # Errors
    /// [`Error::Internal`] if the text is not the one that was hashed, or is not a basis.
    pub fn from_stored(text: &str, sha256: &str) -> Result<Stored> {
        if fingerprint(text) != sha256 {
            return Err(Error::internal("a stored basis of a decision does not have its hash"));
        }
        let unreadable =
            |error| Error::internal(format!("a stored basis of a decision cannot be read: {error}"));
        let value: Value = serde_json::from_str(text).map_err(unreadable)?;
        // An older engine wrote other facts: unreadable does not mean changed.
        let engine = value.get("engine").and_then(Value::as_u64);
        if let Some(engine) =
            engine.and_then(|engine| u32::try_from(engine).ok()).filter(|one| *one != ENGINE)
        {
            return Ok(Stored::OtherEngine(engine));
        }
        serde_json::from_value(value).map(|basis| Stored::Ours(Box::new(basis))).map_err(unreadable)
    }

    /// How today's basis differs from this one; empty if they are the same.
    pub fn parts_changed(&self, today: &Self) -> Vec<Part> {
        let (then, now) = (&self.facts, &today.facts);
        let nav_aside = |class: &ShareClassFacts| ShareClassFacts { nav: None, ..class.clone() };
        let parts = [
            (Part::Rules, self.rules != today.rules),
            (Part::Investor, then.investor != now.investor),
            (Part::ShareClass, nav_aside(&then.share_class) != nav_aside(&now.share_class)),
            (Part::Nav, then.share_class.nav != now.share_class.nav),
            (Part::Lots, then.lots != now.lots || then.elsewhere != now.elsewhere),
            (Part::Register, then.register != now.register),
        ];
        parts.into_iter().filter(|(_, differs)| *differs).map(|(part, _)| part).collect()
    }

    /// Repeats the decision as of its time. The validity may come out longer than it was then, if rules that were not yet in
    /// force had limited it: they are not part of the basis.
    pub fn replay(&self, decided_at: DateTime<Utc>) -> Decision {
        decide(&self.rules, &self.facts, decided_at)
    }
}

/// Result of reading a stored basis.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stored {
    /// Written by this version of the engine.
    Ours(Box<Basis>),
    /// Written by another version, whose decisions this one cannot repeat.
    OtherEngine(u32),
}

/// A part of what a decision rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The rules in force.
    Rules,
    /// The investor.
    Investor,
    /// The share class, except for its value.
    ShareClass,
    /// The net asset value.
    Nav,
    /// The investor's holdings.
    Lots,
    /// The register of holders.
    Register,
}

/// SHA-256 of a text in hexadecimal.
pub fn fingerprint(text: &str) -> String {
    hex::encode(Sha256::digest(text))
}

/// JSON with sorted keys and without white space, whatever map serde_json was built with.
pub fn canonical_json(value: &Value) -> String {
    let mut text = String::new();
    write(value, &mut text);
    text
}

fn write(value: &Value, text: &mut String) {
    match value {
        Value::Object(fields) => {
            let fields: BTreeMap<&String, &Value> = fields.iter().collect();
            text.push('{');
            for (index, (key, value)) in fields.into_iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                text.push_str(&Value::String(key.clone()).to_string());
                text.push(':');
                write(value, text);
            }
            text.push('}');
        }
        Value::Array(items) => {
            text.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                write(item, text);
            }
            text.push(']');
        }
        plain => text.push_str(&plain.to_string()),
    }
}
