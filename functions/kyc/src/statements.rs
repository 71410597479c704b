//! What is stated of an investor, and what of it is revoked.

use fundrail_api::{
    common::Page,
    investors::{AddClassification, AddScreening, AddVerification, Investor, Revocation},
};
use fundrail_domain::{Error, Result, ids::InvestorId, investor::RevocationSubject};
use fundrail_platform::{Answer, Context, Order, random};
use fundrail_store::{investors::evidence, kyc};
use serde_json::json;
use uuid::Uuid;

use crate::{
    answers::{self, changed_investor as changed, created_investor as created},
    file::{NO_INVESTOR, actor, stored, touch},
};

/// `POST /v1/investors/{id}/classifications`
pub(crate) async fn add_classification(cx: &Context) -> Result<Answer<Investor>> {
    let id: InvestorId = cx.param("id")?;
    let classification = cx.body_of::<AddClassification>(cx.now())?;
    let db = cx.db().await?;
    let investor = db
        .transaction(async |db| {
            touch(cx, db, id).await?;
            let (all, by) = (std::slice::from_ref(&classification), actor(cx, db).await?);
            let ids = evidence::insert_classifications(db, id, all, by).await?;
            let detail = json!({ "classification_id": ids.first(), "kind": classification.kind,
                "evidence": classification.evidence });
            cx.audit(db, "investor.classified", ("investor", id.to_string()), detail).await?;
            stored(cx, db, id).await
        })
        .await?;
    created(investor)
}

/// `POST /v1/investors/{id}/verifications`
pub(crate) async fn add_verification(cx: &Context) -> Result<Answer<Investor>> {
    let id: InvestorId = cx.param("id")?;
    let stated = cx.body_of::<AddVerification>(cx.now())?;
    let db = cx.db().await?;
    let investor = db
        .transaction(async |db| {
            touch(cx, db, id).await?;
            let statement = evidence::insert_verification(db, id, &stated).await?;
            let detail = json!({ "verification_id": statement, "status": stated.status });
            cx.audit(db, "investor.verification_recorded", ("investor", id.to_string()), detail).await?;
            stored(cx, db, id).await
        })
        .await?;
    created(investor)
}

/// `POST /v1/investors/{id}/screenings`
pub(crate) async fn add_screening(cx: &Context) -> Result<Answer<Investor>> {
    let id: InvestorId = cx.param("id")?;
    let screening = cx.body_of::<AddScreening>(cx.now())?;
    let db = cx.db().await?;
    let investor = db
        .transaction(async |db| {
            touch(cx, db, id).await?;
            let statement = evidence::insert_screening(db, id, &screening).await?;
            let detail = json!({ "screening_id": statement, "outcome": screening.outcome });
            cx.audit(db, "investor.screening_recorded", ("investor", id.to_string()), detail).await?;
            stored(cx, db, id).await
        })
        .await?;
    created(investor)
}

/// `POST /v1/investors/{id}/classifications/{classification_id}/revocation`
pub(crate) async fn revoke_classification(cx: &Context, reason: String) -> Result<Answer<Investor>> {
    revoke(cx, RevocationSubject::Classification, cx.param("classification_id")?, &reason).await
}

/// `POST /v1/investors/{id}/verifications/{verification_id}/revocation`
pub(crate) async fn revoke_verification(cx: &Context, reason: String) -> Result<Answer<Investor>> {
    revoke(cx, RevocationSubject::Verification, cx.param("verification_id")?, &reason).await
}

/// `POST /v1/investors/{id}/screenings/{screening_id}/revocation`
pub(crate) async fn revoke_screening(cx: &Context, reason: String) -> Result<Answer<Investor>> {
    revoke(cx, RevocationSubject::Screening, cx.param("screening_id")?, &reason).await
}

async fn revoke(
    cx: &Context,
    subject: RevocationSubject,
    subject_id: Uuid,
    reason: &str,
) -> Result<Answer<Investor>> {
    let id: InvestorId = cx.param("id")?;
    let revocation = random::new_id();
    let db = cx.db().await?;
    let investor = db
        .transaction(async |db| {
            touch(cx, db, id).await?;
            if !evidence::belongs(db, id, subject, subject_id).await? {
                return Err(Error::NotFound { what: subject.word() });
            }
            if !evidence::revoke(db, id, (subject, subject_id), revocation, reason).await? {
                return Err(Error::conflict("already_revoked", "it has already been revoked"));
            }
            let detail = json!({ "revocation_id": revocation, "subject": subject, "subject_id": subject_id });
            cx.audit(db, action(subject), ("investor", id.to_string()), detail).await?;
            stored(cx, db, id).await
        })
        .await?;
    changed(investor)
}

/// What the audit trail calls a revocation.
fn action(subject: RevocationSubject) -> &'static str {
    match subject {
        RevocationSubject::Classification => "investor.classification_revoked",
        RevocationSubject::Verification => "investor.verification_revoked",
        RevocationSubject::Screening => "investor.screening_revoked",
        RevocationSubject::Wallet => "investor.wallet_removed",
    }
}

/// `GET /v1/investors/{id}/revocations`
pub(crate) async fn revocations(cx: &Context) -> Result<Answer<Page<Revocation>>> {
    let id: InvestorId = cx.param("id")?;
    let mut query = cx.query()?;
    let page = query.page(Order::Descending);
    query.finish()?;
    let db = cx.db().await?;
    kyc::file(&db, id).await?.ok_or(NO_INVESTOR)?;
    let rows = evidence::revocations(&db, &page, id).await?;
    let revocations = rows.into_iter().map(answers::revocation).collect();
    Answer::ok(&Page::from_rows(revocations, page.limit, |revocation: &Revocation| revocation.id.to_string()))
}
