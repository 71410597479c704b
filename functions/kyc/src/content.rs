//! What a file contains, and reading it.

use fundrail_api::{
    common::Page,
    kyc::{AddKycDocument, KycFile, KycFileSummary, KycTransition},
};
use fundrail_domain::{Error, Result, ids::InvestorId, input::whole_number};
use fundrail_platform::{Answer, Asked, Context, Order};
use fundrail_store::kyc as store;
use serde_json::json;
use uuid::Uuid;

use crate::{
    answers::{self, created, shown},
    decisions::request_is_over,
    file::{self, NO_INVESTOR, follow_edit, hold, note_author},
};

/// `GET /v1/investors/{id}/kyc`
pub(crate) async fn read(cx: &Context) -> Result<Answer<KycFile>> {
    let id: InvestorId = cx.param("id")?;
    cx.query()?.finish()?;
    let db = cx.db().await?;
    shown(&answers::file(&db, id).await?)
}

/// `GET /v1/investors/{id}/kyc/history`
pub(crate) async fn history(cx: &Context) -> Result<Answer<Page<KycTransition>>> {
    let id: InvestorId = cx.param("id")?;
    let mut query = cx.query()?;
    let (order, limit) = (query.order(Order::Descending), query.limit());
    let after = query.optional_as("starting_after", position);
    query.finish()?;
    let db = cx.db().await?;
    store::file(&db, id).await?.ok_or(NO_INVESTOR)?;
    let rows = store::transitions(&db, &Asked { order, limit, after }, id).await?;
    let history = rows.into_iter().map(answers::transition).collect::<Result<_>>()?;
    Answer::ok(&Page::from_rows(history, limit, |one: &KycTransition| one.position.to_string()))
}

/// Position of a transition: that of the last one that was seen.
fn position(text: &str) -> Result<i64, String> {
    whole_number(text).ok_or_else(|| "must be the position of a transition, a whole number from 0".to_owned())
}

/// `GET /v1/kyc/files`
pub(crate) async fn list(cx: &Context) -> Result<Answer<Page<KycFileSummary>>> {
    let mut query = cx.query()?;
    let state = query.optional("state");
    let page = query.page(Order::Descending);
    query.finish()?;
    let db = cx.db().await?;
    let rows = store::files(&db, &page, state).await?;
    let files = rows.into_iter().map(answers::summary).collect();
    Answer::ok(&Page::from_rows(files, page.limit, |file: &KycFileSummary| file.investor_id.to_string()))
}

/// `POST /v1/investors/{id}/kyc/documents`
pub(crate) async fn add_document(cx: &Context) -> Result<Answer<KycFile>> {
    let id: InvestorId = cx.param("id")?;
    let new = cx.body_of::<AddKycDocument>(cx.now())?;
    let document = Uuid::now_v7();
    let db = cx.db().await?;
    let added = db
        .transaction(async |db| {
            hold(cx, db, id).await?;
            store::add_document(db, document, id, (&new).into()).await?;
            note_author(cx, db, id).await?;
            let detail = json!({ "document_id": document, "kind": new.kind, "sha256": new.sha256 });
            cx.audit(db, "kyc.document_added", ("investor", id.to_string()), detail).await?;
            follow_edit(cx, db, id).await?;
            answers::file(db, id).await
        })
        .await?;
    created(&added)
}

/// `POST /v1/investors/{id}/kyc/documents/{document_id}/withdrawal`
pub(crate) async fn withdraw_document(cx: &Context, reason: String) -> Result<Answer<KycFile>> {
    let (id, document): (InvestorId, Uuid) = (cx.param("id")?, cx.param("document_id")?);
    let db = cx.db().await?;
    let withdrawn = db
        .transaction(async |db| {
            hold(cx, db, id).await?;
            if !store::has_document(db, id, document).await? {
                return Err(Error::NotFound { what: "document" });
            }
            if store::withdraw_document(db, document, &reason).await? == 0 {
                return Err(Error::conflict("already_revoked", "it has already been withdrawn"));
            }
            note_author(cx, db, id).await?;
            let detail = json!({ "document_id": document, "reason": reason });
            cx.audit(db, "kyc.document_withdrawn", ("investor", id.to_string()), detail).await?;
            follow_edit(cx, db, id).await?;
            answers::file(db, id).await
        })
        .await?;
    shown(&withdrawn)
}

/// `POST /v1/investors/{id}/kyc/requests/{request_id}/answer`
pub(crate) async fn answer_request(cx: &Context, answer: String) -> Result<Answer<KycFile>> {
    let (id, request): (InvestorId, Uuid) = (cx.param("id")?, cx.param("request_id")?);
    let db = cx.db().await?;
    let answered = db
        .transaction(async |db| {
            hold(cx, db, id).await?;
            let person = file::actor(cx, db).await?.person;
            let changed = store::answer_request(db, id, request, &answer, person).await?;
            request_is_over(db, id, request, changed).await?;
            note_author(cx, db, id).await?;
            let subject = ("investor", id.to_string());
            cx.audit(db, "kyc.request_answered", subject, json!({ "request_id": request })).await?;
            answers::file(db, id).await
        })
        .await?;
    shown(&answered)
}
