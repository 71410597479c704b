//! Whether a decision that was taken still stands, as of the moment in which somebody reads it.

use chrono::{DateTime, Utc};
use fundrail_api::{
    common::Amount,
    compliance::{Check, CheckSummary},
};
use fundrail_domain::{
    Error, Result,
    compliance::{Basis, Part, Quantity, Rule, Stored, snapshot::fingerprint},
    ids::DecisionId,
    input::FromText as _,
    money::{Currency, Money},
};
use fundrail_platform::{Context, Reply, db::Db};
use serde_json::Value;

use crate::{
    Question,
    facts::{self, Loaded},
    queries,
};

/// What of a decision says whether it stands.
#[derive(Debug, Clone, Copy)]
struct Decided<'a> {
    id: DecisionId,
    /// What was asked; none where what is stored of it makes no sense.
    question: Option<Question>,
    at: DateTime<Utc>,
    valid_until: DateTime<Utc>,
    basis_sha256: &'a str,
}

/// The decision with what is to be said of it now.
///
/// # Errors
/// Those of loading the facts; not those which say that they are no longer there.
pub(crate) async fn now(cx: &Context, db: &Db, mut check: Check) -> Result<Check> {
    let question = quantity(check.amount.as_ref(), check.units.as_deref()).map(|quantity| Question {
        investor: check.investor_id,
        share_class: check.share_class_id,
        side: check.side,
        quantity,
    });
    let decided = Decided {
        id: check.id,
        question,
        at: check.decided_at,
        valid_until: check.valid_until,
        basis_sha256: &check.basis_sha256,
    };
    check.stale_since = stale_since(cx, db, decided).await?;
    check.superseded = check.stale_since.is_some();
    Ok(check)
}

/// Like [`now`], of a decision as a list shows it.
///
/// # Errors
/// Like [`now`].
pub(crate) async fn summary_now(
    cx: &Context,
    db: &Db,
    mut check: CheckSummary,
    basis_sha256: &str,
) -> Result<CheckSummary> {
    let question = quantity(check.amount.as_ref(), check.units.as_deref()).map(|quantity| Question {
        investor: check.investor_id,
        share_class: check.share_class_id,
        side: check.side,
        quantity,
    });
    let decided = Decided {
        id: check.id,
        question,
        at: check.decided_at,
        valid_until: check.valid_until,
        basis_sha256,
    };
    check.stale_since = stale_since(cx, db, decided).await?;
    check.superseded = check.stale_since.is_some();
    Ok(check)
}

/// Since when it no longer stands, as far as is known; none while it does.
async fn stale_since(cx: &Context, db: &Db, decided: Decided<'_>) -> Result<Option<DateTime<Utc>>> {
    let changed = match decided.question {
        Some(question) => match facts::load(db, question).await {
            Ok(loaded) => changed_at(cx, db, decided, loaded).await?,
            Err(Error::NotFound { .. } | Error::Invalid(_)) => Some(cx.now()),
            Err(error) => return Err(error),
        },
        None => Some(cx.now()),
    };
    let over = Some(decided.valid_until).filter(|until| *until <= cx.now());
    Ok(changed.into_iter().chain(over).min())
}

/// The answer to a question that was asked before under the same `Idempotency-Key`: the decision that was stored then, and
/// whether it still stands.
pub(crate) async fn replayed(cx: &Context, reply: Reply) -> Result<Reply> {
    let unreadable = || Error::internal("a stored answer names no decision");
    let stored: Value = serde_json::from_slice(reply.body()).map_err(|_| unreadable())?;
    let id = stored.get("id").and_then(Value::as_str).and_then(|id| DecisionId::from_text(id).ok());
    let db = cx.db().await?;
    let check = queries::check(&db, id.ok_or_else(unreadable)?).await?.ok_or_else(unreadable)?;
    let check = now(cx, &db, check).await?;
    reply.with_body(&check)
}

/// When what the decision rests on has first changed, as far as is known; `None` while it is the same.
async fn changed_at(
    cx: &Context,
    db: &Db,
    decided: Decided<'_>,
    loaded: Loaded,
) -> Result<Option<DateTime<Utc>>> {
    let Loaded { facts, rules, mut changed } = loaded;
    let investor = facts.investor.id;
    let today = Basis::new(&rules, facts, cx.now());
    if fingerprint(&today.canonical()?) == decided.basis_sha256 {
        return Ok(None);
    }
    let stored = queries::basis(db, decided.id).await?.unwrap_or_default();
    let parts = match Basis::from_stored(&stored, decided.basis_sha256) {
        Ok(Stored::Ours(then)) => then.parts_changed(&today),
        Ok(Stored::OtherEngine(_)) | Err(_) => vec![],
    };
    if parts.contains(&Part::Investor) {
        let first = queries::investor_changed(db, investor, decided.at).await?;
        changed.investor = first.or(changed.investor);
    }
    let times = parts.iter().filter_map(|part| match part {
        Part::Rules => Some(rules_changed(&rules, decided.at, cx.now(), changed.rules)),
        Part::Investor => changed.investor,
        Part::ShareClass => Some(changed.share_class),
        Part::Nav => changed.nav,
        Part::Lots => changed.lots,
        Part::Register => None,
    });
    // A time before the decision is not that of the change; then all that is known is that it has happened by now.
    let first = times.filter(|at| *at >= decided.at && *at <= cx.now()).min();
    Ok(Some(first.unwrap_or_else(|| cx.now())))
}

/// When other rules came to bind: one came into force or ended, or somebody changed them.
fn rules_changed(
    rules: &[Rule],
    decided_at: DateTime<Utc>,
    now: DateTime<Utc>,
    changed: DateTime<Utc>,
) -> DateTime<Utc> {
    let turns = rules.iter().flat_map(|rule| [Some(rule.effective_from), rule.effective_to]).flatten();
    turns.chain([changed]).filter(|at| *at > decided_at && *at <= now).min().unwrap_or(changed)
}

/// For how much the order was, without zeros at its end.
pub(crate) fn quantity(amount: Option<&Amount>, units: Option<&str>) -> Option<Quantity> {
    match (amount, units) {
        (Some(Amount { value, currency }), None) => {
            let (value, currency) = (value.parse().ok()?, Currency::from_text(currency).ok()?);
            Some(Quantity::Amount(Money { value, currency }))
        }
        (None, Some(units)) => Some(Quantity::Units(units.parse().ok()?)),
        _ => None,
    }
}
