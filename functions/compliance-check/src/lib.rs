//! May this investor buy this share class for this amount?
//!
//! Loads the facts, lets `domain::compliance` decide, and keeps the decision with all that it rested on. Asking again while
//! nothing of that has changed answers with the same decision.

mod facts;
mod queries;
mod standing;

use fundrail_api::compliance as api;
use fundrail_api::{
    common::Page,
    compliance::{Check, Replay, ReplayVerdict},
};
use fundrail_domain::{
    Error, Result,
    compliance::{
        Basis, Decision, Outcome, Quantity, Side, Stored, decide, facts::units_above_zero,
        snapshot::fingerprint,
    },
    ids::{DecisionId, InvestorId, ShareClassId},
    money::Money,
};
use fundrail_platform::{Context, Order, Reply, Request, Route, db::Db, random, routes, serve};
use serde_json::json;

static ROUTES: &[Route] = routes![
    api::CreateCheck => create, replayed by standing::replayed;
    api::ListChecks => list;
    api::ReadCheck => read;
    api::ReplayCheck => replay;
];

#[spin_sdk::http_service]
async fn handle(request: Request) -> fundrail_platform::Response {
    serve(request, "compliance-check", ROUTES).await
}

/// What somebody asks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Question {
    pub(crate) investor: InvestorId,
    pub(crate) share_class: ShareClassId,
    pub(crate) side: Side,
    pub(crate) quantity: Quantity,
}

/// A decision that is about to be stored.
#[derive(Debug)]
pub(crate) struct NewDecision {
    pub(crate) id: DecisionId,
    pub(crate) decision: Decision,
    pub(crate) basis: String,
    pub(crate) basis_sha256: String,
}

/// `POST /v1/compliance/checks`
async fn create(cx: &Context) -> Result<Reply> {
    let question = question(cx)?;
    let db = cx.db().await?;
    let loaded = facts::load(&db, question).await?;
    let basis = Basis::new(&loaded.rules, loaded.facts, cx.now());
    let text = basis.canonical()?;
    let hash = fingerprint(&text);
    let decision = decide(&loaded.rules, &basis.facts, cx.now());
    if let Some(check) = queries::standing(&db, &hash, cx.now(), &decision).await? {
        return Reply::ok(&check);
    }
    let id = DecisionId(random::new_id());
    let new = NewDecision { id, decision, basis: text, basis_sha256: hash };
    let check = db.transaction(async |db| keep(cx, db, &basis, &new).await).await?;
    if check.id == id {
        Reply::created(&format!("/v1/compliance/checks/{id}"), &check)
    } else {
        Reply::ok(&check)
    }
}

/// Stores a decision and its audit row; or finds the one that somebody else has stored meanwhile.
async fn keep(cx: &Context, db: &Db, basis: &Basis, new: &NewDecision) -> Result<Check> {
    queries::lock(db, &new.basis_sha256).await?;
    if let Some(check) = queries::standing(db, &new.basis_sha256, cx.now(), &new.decision).await? {
        return Ok(check);
    }
    queries::insert_decision(db, &basis.facts, new, cx.now()).await?;
    let detail = json!({
        "investor_id": basis.facts.investor.id,
        "share_class_id": basis.facts.share_class.id,
        "side": basis.facts.order.side,
        "quantity": basis.facts.order.quantity,
        "outcome": new.decision.outcome,
        "basis_sha256": new.basis_sha256,
    });
    cx.audit(db, "compliance.decided", ("compliance_decision", new.id.to_string()), detail).await?;
    queries::check(db, new.id).await?.ok_or_else(|| Error::internal("a new decision is not there"))
}

/// `GET /v1/compliance/checks`
async fn list(cx: &Context) -> Result<Reply> {
    let mut query = cx.query()?;
    let filter = queries::Filter {
        investor: query.optional::<InvestorId>("investor_id"),
        share_class: query.optional::<ShareClassId>("share_class_id"),
        outcome: query.optional::<Outcome>("outcome"),
    };
    let page = query.page(Order::Descending);
    query.finish()?;
    let db = cx.db().await?;
    let mut rows = Vec::new();
    for (summary, hash) in queries::checks(&db, filter, &page).await? {
        rows.push(standing::summary_now(cx, &db, summary, &hash).await?);
    }
    Reply::ok(&Page::from_rows(rows, page.limit, |check| check.id.to_string()))
}

/// `GET /v1/compliance/checks/{id}`: as it was decided, and whether it still stands.
async fn read(cx: &Context) -> Result<Reply> {
    let id: DecisionId = cx.param("id")?;
    cx.query()?.finish()?;
    let db = cx.db().await?;
    let check = queries::check(&db, id).await?.ok_or(Error::NotFound { what: "check" })?;
    let check = standing::now(cx, &db, check).await?;
    Ok(Reply::ok(&check)?.with_etag(cx.header("if-none-match")))
}

/// `GET /v1/compliance/checks/{id}/replay`
async fn replay(cx: &Context) -> Result<Reply> {
    let id: DecisionId = cx.param("id")?;
    cx.query()?.finish()?;
    let db = cx.db().await?;
    let check = queries::check(&db, id).await?.ok_or(Error::NotFound { what: "check" })?;
    let text = queries::basis(&db, id).await?.ok_or(Error::NotFound { what: "check" })?;
    let check = standing::now(cx, &db, check).await?;
    let nothing = |verdict| Replay {
        id,
        verdict,
        stored_outcome: check.outcome,
        replayed_outcome: None,
        differing_rules: vec![],
        superseded: check.superseded,
        stale_since: check.stale_since,
    };
    match Basis::from_stored(&text, &check.basis_sha256) {
        Err(_) => Reply::ok(&nothing(ReplayVerdict::BasisChanged)),
        Ok(Stored::OtherEngine(_)) => Reply::ok(&nothing(ReplayVerdict::OtherEngine)),
        Ok(Stored::Ours(basis)) => Reply::ok(&compared(&check, &basis, &basis.replay(check.decided_at))),
    }
}

/// What differs between a stored decision and the same taken again.
fn compared(check: &Check, basis: &Basis, decision: &Decision) -> Replay {
    let stored = check.results.iter().filter(|result| !decision.results.contains(result));
    let replayed = decision.results.iter().filter(|result| !check.results.contains(result));
    let mut differing_rules: Vec<String> = stored.chain(replayed).map(|result| result.rule.clone()).collect();
    differing_rules.sort();
    differing_rules.dedup();
    let facts = &basis.facts;
    let same_order = facts.investor.id == check.investor_id
        && facts.share_class.id == check.share_class_id
        && facts.order.side == check.side
        && Some(facts.order.quantity) == standing::quantity(check.amount.as_ref(), check.units.as_deref());
    let same = same_order && differing_rules.is_empty() && decision.outcome == check.outcome;
    Replay {
        id: check.id,
        verdict: if same { ReplayVerdict::Same } else { ReplayVerdict::Different },
        stored_outcome: check.outcome,
        replayed_outcome: Some(decision.outcome),
        differing_rules,
        superseded: check.superseded,
        stale_since: check.stale_since,
    }
}

fn question(cx: &Context) -> Result<Question> {
    cx.parse(|mut body| {
        let investor = body.required::<InvestorId>("investor_id");
        let share_class = body.required::<ShareClassId>("share_class_id");
        let side = body.required::<Side>("side");
        let amount = body.optional_object("amount", Money::positive);
        let units = body.optional_as("units", units_above_zero);
        match (body.has("amount"), body.has("units")) {
            (false, false) => body.complain("amount", "is required, unless the order is in units"),
            (true, true) => body.complain("units", "cannot be given together with an amount"),
            _ => {}
        }
        let quantity = amount.map(Quantity::Amount).or(units.map(Quantity::Units));
        body.finish(|| {
            Some(Question {
                investor: investor?,
                share_class: share_class?,
                side: side?,
                quantity: quantity?,
            })
        })
    })
}
