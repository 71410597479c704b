//! Decisions as answers show them.

use chrono::{DateTime, Utc};
use fundrail_api::{
    common::Amount,
    compliance::{Check, CheckSummary},
};
use fundrail_store::compliance::decisions::{Decided, Decision};

/// A decision, and since when it no longer stands.
pub(crate) fn check(decision: Decision, stale_since: Option<DateTime<Utc>>) -> Check {
    let Decision { decided, results } = decision;
    Check {
        id: decided.id,
        investor_id: decided.investor_id,
        share_class_id: decided.share_class_id,
        side: decided.side,
        amount: amount(decided.amount, decided.currency),
        units: decided.units,
        outcome: decided.outcome,
        results,
        decided_at: decided.decided_at,
        valid_until: decided.valid_until,
        basis_sha256: decided.basis_sha256,
        superseded: stale_since.is_some(),
        stale_since,
    }
}

/// The same as a list shows it.
pub(crate) fn summary(decided: Decided, stale_since: Option<DateTime<Utc>>) -> CheckSummary {
    CheckSummary {
        id: decided.id,
        investor_id: decided.investor_id,
        share_class_id: decided.share_class_id,
        side: decided.side,
        amount: amount(decided.amount, decided.currency),
        units: decided.units,
        outcome: decided.outcome,
        decided_at: decided.decided_at,
        valid_until: decided.valid_until,
        superseded: stale_since.is_some(),
        stale_since,
    }
}

fn amount(value: Option<String>, currency: Option<String>) -> Option<Amount> {
    value.zip(currency).map(|(value, currency)| Amount { value, currency })
}
