//! What happens to a file: submission, review, approval, rejection.

use fundrail_api::kyc::KycFile;
use fundrail_domain::{
    Error, Result,
    ids::{InvestorId, UserId},
    investor::file::{Declaration, FileEvent, FileState, NewApproval, complete, valid_until},
};
use fundrail_platform::{Answer, Context, db::Db};
use fundrail_store::kyc::{self as store, File};
use serde_json::json;
use uuid::Uuid;

use crate::{
    answers::{self, created, shown},
    file::{self, advance, hold},
};

/// `POST /v1/investors/{id}/kyc/submission`
pub(crate) async fn submit(cx: &Context, declaration: Declaration) -> Result<Answer<KycFile>> {
    let id: InvestorId = cx.param("id")?;
    let db = cx.db().await?;
    let submitted = db
        .transaction(async |db| {
            let file = hold(cx, db, id).await?;
            file.state.after(FileEvent::Submitted)?;
            let investor = file::investor(db, id).await?;
            complete(&investor.recorded.profile, &file::documents(db, id).await?, cx.now())?;
            let risk = file::risk(db, &investor.recorded, declaration.politically_exposed).await?;
            advance(cx, db, id, (file.state, FileEvent::Submitted), |transition| {
                transition.politically_exposed = Some(declaration.politically_exposed);
                transition.source_of_funds = Some(&declaration.source_of_funds);
                transition.risk = Some(risk.rating);
                transition.risk_factors = Some(file::words(&risk));
            })
            .await?;
            answers::file(db, id).await
        })
        .await?;
    shown(&submitted)
}

/// `POST /v1/investors/{id}/kyc/review`
pub(crate) async fn review(cx: &Context) -> Result<Answer<KycFile>> {
    happens(cx, FileEvent::ReviewBegun, None).await
}

/// `POST /v1/investors/{id}/kyc/return`
pub(crate) async fn send_back(cx: &Context, reason: String) -> Result<Answer<KycFile>> {
    happens(cx, FileEvent::Returned, Some(&reason)).await
}

/// `POST /v1/investors/{id}/kyc/rejection`
pub(crate) async fn reject(cx: &Context, reason: String) -> Result<Answer<KycFile>> {
    cx.principal()?.person()?;
    happens(cx, FileEvent::Rejected, Some(&reason)).await
}

/// `POST /v1/investors/{id}/kyc/reopening`
pub(crate) async fn reopen(cx: &Context, reason: String) -> Result<Answer<KycFile>> {
    happens(cx, FileEvent::Reopened, Some(&reason)).await
}

/// Something happens to a file that needs nothing but its state.
async fn happens(cx: &Context, event: FileEvent, reason: Option<&str>) -> Result<Answer<KycFile>> {
    let id: InvestorId = cx.param("id")?;
    let db = cx.db().await?;
    let after = db
        .transaction(async |db| {
            let file = hold(cx, db, id).await?;
            advance(cx, db, id, (file.state, event), |transition| transition.reason = reason).await?;
            answers::file(db, id).await
        })
        .await?;
    shown(&after)
}

/// `POST /v1/investors/{id}/kyc/approval`
pub(crate) async fn approve(cx: &Context, approval: NewApproval) -> Result<Answer<KycFile>> {
    let id: InvestorId = cx.param("id")?;
    let (person, _) = cx.principal()?.person()?;
    let db = cx.db().await?;
    let approved = db
        .transaction(async |db| {
            let file = hold(cx, db, id).await?;
            file.state.after(FileEvent::Approved)?;
            let declared = may_approve(db, id, &file, (person, &approval)).await?;
            let (investor, documents) = (file::investor(db, id).await?, file::documents(db, id).await?);
            complete(&investor.recorded.profile, &documents, cx.now())?;
            let risk = file::risk(db, &investor.recorded, declared).await?;
            let rating = risk.at_least(approval.risk)?;
            advance(cx, db, id, (file.state, FileEvent::Approved), |transition| {
                transition.risk = Some(rating);
                transition.risk_factors = Some(file::words(&risk));
                transition.submission_id = Some(approval.submission_id);
                transition.submitted_by = file.submitted_by;
                transition.valid_until = Some(valid_until(cx.now().date_naive(), rating, &documents));
            })
            .await?;
            answers::file(db, id).await
        })
        .await?;
    shown(&approved)
}

/// A second person, of the very submission that waits, while it is still what was submitted and nothing is left open. Answers with
/// whether it declares that a politically exposed person is involved.
async fn may_approve(
    db: &Db,
    id: InvestorId,
    file: &File,
    (person, approval): (UserId, &NewApproval),
) -> Result<bool> {
    let authors = store::authors(db, id, file).await?;
    let authors = authors.ok_or_else(|| Error::internal("a file in review was never submitted"))?;
    authors.check_second(person, store::permitted_since(db, person).await?)?;
    if file.submission_id != Some(approval.submission_id) || !file.is_as_it_was() {
        let detail = "the file is no longer what you name: read it again";
        return Err(Error::conflict("kyc_file_changed", detail));
    }
    if store::requests(db, id).await?.iter().any(store::Request::is_open) {
        let detail = "a request for information has not been answered; withdraw it if it no longer matters";
        return Err(Error::conflict("kyc_request_open", detail));
    }
    Ok(file.politically_exposed.unwrap_or(true))
}

/// `POST /v1/investors/{id}/kyc/requests`
pub(crate) async fn request(cx: &Context, question: String) -> Result<Answer<KycFile>> {
    let id: InvestorId = cx.param("id")?;
    let request = Uuid::now_v7();
    let db = cx.db().await?;
    let asked = db
        .transaction(async |db| {
            let file = hold(cx, db, id).await?;
            if !matches!(file.state, FileState::Submitted | FileState::InReview) {
                let detail = format!("the file is {}, and not under review", file.state);
                return Err(Error::conflict("kyc_state", detail));
            }
            store::add_request(db, request, id, &question, file::actor(cx, db).await?.person).await?;
            let subject = ("investor", id.to_string());
            cx.audit(db, "kyc.information_requested", subject, json!({ "request_id": request })).await?;
            answers::file(db, id).await
        })
        .await?;
    created(&asked)
}

/// `POST /v1/investors/{id}/kyc/requests/{request_id}/withdrawal`
pub(crate) async fn withdraw_request(cx: &Context) -> Result<Answer<KycFile>> {
    let (id, request): (InvestorId, Uuid) = (cx.param("id")?, cx.param("request_id")?);
    let db = cx.db().await?;
    let withdrawn = db
        .transaction(async |db| {
            hold(cx, db, id).await?;
            let changed = store::withdraw_request(db, id, request).await?;
            request_is_over(db, id, request, changed).await?;
            let subject = ("investor", id.to_string());
            cx.audit(db, "kyc.request_withdrawn", subject, json!({ "request_id": request })).await?;
            answers::file(db, id).await
        })
        .await?;
    shown(&withdrawn)
}

/// Checks that a request has been answered or withdrawn just now.
///
/// # Errors
/// [`Error::NotFound`] if there is none, [`Error::Conflict`] if it was over before.
pub(crate) async fn request_is_over(db: &Db, id: InvestorId, request: Uuid, changed: u64) -> Result<()> {
    if changed == 1 {
        return Ok(());
    }
    if store::has_request(db, id, request).await? {
        return Err(Error::conflict("kyc_request_over", "it has already been answered or withdrawn"));
    }
    Err(Error::NotFound { what: "request" })
}
