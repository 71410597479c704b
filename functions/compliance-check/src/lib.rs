//! May this investor buy this share class for this amount?
//!
//! Loads the facts, lets `domain::compliance` decide, and stores the decision together with its basis. Asking again while the basis
//! is unchanged returns the same decision.

mod answers;
mod facts;
mod standing;

use chrono::{DateTime, Utc};
use fundrail_api::{
    common::Page,
    compliance::{self as api, Question, Replay, ReplayVerdict},
};
use fundrail_domain::{
    Error, Result,
    compliance::{self, Basis, Facts, Outcome, Stored, decide, snapshot::fingerprint},
    ids::{DecisionId, InvestorId, ShareClassId},
};
use fundrail_identity::serve;
use fundrail_platform::{Answer, Context, Order, Request, Route, db::Db, random, routes};
use fundrail_store::compliance::decisions::{self as store, Decided, Decision, NewDecision};
use serde_json::json;

static ROUTES: &[Route] = routes![
    api::CreateCheck => create as body, replayed by standing::replayed;
    api::ListChecks => list;
    api::ReadCheck => read;
    api::ReplayCheck => replay;
];

#[spin_sdk::http_service]
async fn handle(request: Request) -> fundrail_platform::Response {
    serve(request, "compliance-check", ROUTES).await
}

/// The question that this decision answers; none if what is stored of it cannot be read.
fn asked(decided: &Decided) -> Option<Question> {
    Some(Question {
        investor: decided.investor_id,
        share_class: decided.share_class_id,
        side: decided.side,
        quantity: decided.quantity()?,
    })
}

/// What a question is about, whatever its side and quantity.
fn subject(question: &Question) -> (ShareClassId, InvestorId) {
    (question.share_class, question.investor)
}

/// `POST /v1/compliance/checks`
async fn create(cx: &Context, question: Question) -> Result<Answer<api::Check>> {
    let db = cx.db().await?;
    let loaded = facts::load(&db, question).await?;
    let basis = Basis::new(&loaded.book.rules, loaded.facts, cx.now());
    let text = basis.canonical()?;
    let hash = fingerprint(&text);
    let decision = decide(&loaded.book.rules, &basis.facts, cx.now());
    if let Some(standing) = standing_now(cx, &db, &hash, &decision).await? {
        return Answer::ok(&answers::check(standing, None));
    }
    let id = random::new_id();
    let new = NewDecision::of(id, &decision, &basis.facts, (&text, &hash), cx.now())?;
    let kept = db.transaction(async |db| keep(cx, db, &basis.facts, &decision, new).await).await?;
    let check = answers::check(kept, None);
    if check.id == id {
        Answer::created(&format!("/v1/compliance/checks/{id}"), &check)
    } else {
        Answer::ok(&check)
    }
}

/// The decision on this basis that holds now, and ends no later than one made at this moment would, for example because of a rule
/// that has been announced since.
async fn standing_now(
    cx: &Context,
    db: &Db,
    hash: &str,
    fresh: &compliance::Decision,
) -> Result<Option<Decision>> {
    store::standing_decision(db, hash, cx.now(), fresh.ends_by_itself(cx.now())).await
}

/// Stores a decision and its audit row, or finds the one that somebody else has stored in the meantime.
async fn keep(
    cx: &Context,
    db: &Db,
    facts: &Facts,
    fresh: &compliance::Decision,
    new: NewDecision<'_>,
) -> Result<Decision> {
    let (id, hash) = (new.id, new.basis_sha256);
    store::lock_basis(db, hash).await?;
    if let Some(standing) = standing_now(cx, db, hash, fresh).await? {
        return Ok(standing);
    }
    store::insert_decision(db, new).await?;
    let detail = json!({
        "investor_id": facts.investor.id,
        "share_class_id": facts.share_class.id,
        "side": facts.order.side,
        "quantity": facts.order.quantity,
        "outcome": fresh.outcome,
        "basis_sha256": hash,
    });
    cx.audit(db, "compliance.decided", ("compliance_decision", id.to_string()), detail).await?;
    store::decision(db, id).await?.ok_or_else(|| Error::internal("a new decision is not there"))
}

/// `GET /v1/compliance/checks`
async fn list(cx: &Context) -> Result<Answer<Page<api::CheckSummary>>> {
    let mut query = cx.query()?;
    let investor = query.optional::<InvestorId>("investor_id");
    let share_class = query.optional::<ShareClassId>("share_class_id");
    let outcome = query.optional::<Outcome>("outcome");
    let asked = query.page(Order::Descending);
    query.finish()?;
    let db = cx.db().await?;
    let rows = store::decisions(&db, &asked, investor, share_class, outcome).await?;
    let page = Page::from_rows(rows, asked.limit, |decided| decided.id.to_string());
    let stale = standing::all_stale_since(cx, &db, &page.data.iter().collect::<Vec<_>>()).await?;
    let data = page.data.into_iter().zip(stale).map(|(decided, since)| answers::summary(decided, since));
    Answer::ok(&Page { data: data.collect(), has_more: page.has_more, next: page.next })
}

/// `GET /v1/compliance/checks/{id}`: as it was decided, and whether it still stands.
async fn read(cx: &Context) -> Result<Answer<api::Check>> {
    let id: DecisionId = cx.param("id")?;
    cx.query()?.finish()?;
    let db = cx.db().await?;
    let decision = store::decision(&db, id).await?.ok_or(Error::NotFound { what: "check" })?;
    let stale_since = standing::stale_since(cx, &db, &decision.decided).await?;
    Ok(Answer::ok(&answers::check(decision, stale_since))?.with_etag(cx.header("if-none-match")))
}

/// `GET /v1/compliance/checks/{id}/replay`
async fn replay(cx: &Context) -> Result<Answer<api::Replay>> {
    let id: DecisionId = cx.param("id")?;
    cx.query()?.finish()?;
    let db = cx.db().await?;
    let decision = store::decision(&db, id).await?.ok_or(Error::NotFound { what: "check" })?;
    let stored = store::bases(&db, vec![id.0]).await?.pop().ok_or(Error::NotFound { what: "check" })?;
    let stale_since = standing::stale_since(cx, &db, &decision.decided).await?;
    Answer::ok(&match Basis::from_stored(&stored.basis, &decision.decided.basis_sha256) {
        Err(_) => unrepeated(&decision.decided, stale_since, ReplayVerdict::BasisChanged),
        Ok(Stored::OtherEngine(_)) => unrepeated(&decision.decided, stale_since, ReplayVerdict::OtherEngine),
        Ok(Stored::Ours(basis)) => compared(&decision, stale_since, &basis),
    })
}

/// The result for a decision that cannot be replayed.
fn unrepeated(decided: &Decided, stale_since: Option<DateTime<Utc>>, verdict: ReplayVerdict) -> Replay {
    Replay {
        id: decided.id,
        verdict,
        stored_outcome: decided.outcome,
        replayed_outcome: None,
        differing_rules: vec![],
        superseded: stale_since.is_some(),
        stale_since,
    }
}

/// What differs between a stored decision and its replay.
fn compared(stored: &Decision, stale_since: Option<DateTime<Utc>>, basis: &Basis) -> Replay {
    let Decision { decided, results } = stored;
    let again = basis.replay(decided.decided_at);
    let gone = results.iter().filter(|result| !again.results.contains(result));
    let new = again.results.iter().filter(|result| !results.contains(result));
    let mut differing_rules: Vec<String> = gone.chain(new).map(|result| result.rule.clone()).collect();
    differing_rules.sort();
    differing_rules.dedup();
    let facts = &basis.facts;
    let same_order = facts.investor.id == decided.investor_id
        && facts.share_class.id == decided.share_class_id
        && facts.order.side == decided.side
        && Some(facts.order.quantity) == decided.quantity();
    let same = same_order && differing_rules.is_empty() && again.outcome == decided.outcome;
    let verdict = if same { ReplayVerdict::Same } else { ReplayVerdict::Different };
    let replay = unrepeated(decided, stale_since, verdict);
    Replay { replayed_outcome: Some(again.outcome), differing_rules, ..replay }
}
