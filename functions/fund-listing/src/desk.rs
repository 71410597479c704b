//! Issuers and funds, as their issuer writes them.

use fundrail_api::funds::{Fund, Issuer};
use fundrail_domain::{
    Error, Result,
    fund::{FundEntry, FundStatus, IssuerEntry, StatusChange},
    ids::{FundId, IssuerId},
    patch::differences,
};
use fundrail_platform::{Answer, Context, cache_keys, db::Db, random};
use fundrail_store::{catalogue, issuing as store};
use serde::Serialize;
use serde_json::{Value, json};

use crate::{answers, entries};

pub(crate) const NO_FUND: Error = Error::NotFound { what: "fund" };
const NO_ISSUER: Error = Error::NotFound { what: "issuer" };

/// `POST /v1/issuers`
pub(crate) async fn create_issuer(cx: &Context, entry: IssuerEntry) -> Result<Answer<Issuer>> {
    let id: IssuerId = random::new_id();
    let db = cx.db().await?;
    let issuer = db
        .transaction(async |db| {
            must_be_issuer(db).await?;
            store::write_issuer(db, id, &entry, false).await?;
            cx.audit(db, "issuer.created", ("issuer", id.to_string()), json!({ "issuer": entry })).await?;
            db.drop_cached(&cache_keys::dropped_by_issuer([])).await?;
            stored_issuer(db, id).await
        })
        .await?;
    Ok(Answer::created(&format!("/v1/issuers/{id}"), &issuer)?.with_etag(None))
}

/// `PATCH /v1/issuers/{id}`
pub(crate) async fn update_issuer(cx: &Context, patch: Value) -> Result<Answer<Issuer>> {
    let id: IssuerId = cx.param("id")?;
    let db = cx.db().await?;
    let issuer = db
        .transaction(async |db| {
            store::hold_issuer(db, id).await?.ok_or(NO_ISSUER)?;
            let row = catalogue::issuer(db, id).await?.ok_or(NO_ISSUER)?;
            cx.check_if_match(&tag(&answers::issuer(row.clone()))?)?;
            let before = entries::issuer(&row)?;
            let after = before.patched(&patch)?;
            store::write_issuer(db, id, &after, true).await?;
            let detail = json!({ "changes": differences(&before, &after)? });
            cx.audit(db, "issuer.updated", ("issuer", id.to_string()), detail).await?;
            let funds = store::funds_of_issuer(db, id).await?;
            db.drop_cached(&cache_keys::dropped_by_issuer(funds)).await?;
            stored_issuer(db, id).await
        })
        .await?;
    Ok(Answer::ok(&issuer)?.with_etag(None))
}

/// `POST /v1/funds`
pub(crate) async fn create(cx: &Context, entry: FundEntry) -> Result<Answer<Fund>> {
    let id: FundId = random::new_id();
    let db = cx.db().await?;
    let fund = db
        .transaction(async |db| {
            must_be_issuer(db).await?;
            let issuer = store::hold_issuer(db, entry.issuer_id).await?;
            issuer.ok_or_else(|| Error::field("/issuer_id", "must be an issuer of your tenant"))?;
            store::write_fund(db, id, &entry, false).await?;
            cx.audit(db, "fund.created", ("fund", id.to_string()), json!({ "fund": entry })).await?;
            stored(db, id).await
        })
        .await?;
    Ok(Answer::created(&format!("/v1/funds/{id}"), &fund)?.with_etag(None))
}

/// `PATCH /v1/funds/{id}`
pub(crate) async fn update(cx: &Context, patch: Value) -> Result<Answer<Fund>> {
    let id: FundId = cx.param("id")?;
    let db = cx.db().await?;
    let fund = db
        .transaction(async |db| {
            let (row, shown) = held(db, id).await?;
            cx.check_if_match(&tag(&shown)?)?;
            must_stand(row.deleted_at.is_some())?;
            let before = entries::fund(&row);
            let after = before.patched(&patch, row.status)?;
            store::write_fund(db, id, &after, true).await?;
            store::name_assets_of(db, id).await?;
            written(cx, db, id, "fund.updated", json!({ "changes": differences(&before, &after)? })).await
        })
        .await?;
    Ok(Answer::ok(&fund)?.with_etag(None))
}

/// `POST /v1/funds/{id}/status`
pub(crate) async fn change_status(cx: &Context, change: StatusChange) -> Result<Answer<Fund>> {
    let id: FundId = cx.param("id")?;
    let db = cx.db().await?;
    let fund = db
        .transaction(async |db| {
            let (row, shown) = held(db, id).await?;
            if_match(cx, &shown)?;
            must_stand(row.deleted_at.is_some())?;
            let status = row.status.become_status(change.status)?;
            must_have_a_class(row.status, &shown)?;
            store::set_fund_status(db, id, status).await?;
            let detail = json!({ "from": row.status, "to": status, "reason": change.reason });
            written(cx, db, id, "fund.status_changed", detail).await
        })
        .await?;
    Ok(Answer::ok(&fund)?.with_etag(None))
}

/// `DELETE /v1/funds/{id}`
pub(crate) async fn delete(cx: &Context) -> Result<Answer<()>> {
    let id: FundId = cx.param("id")?;
    let db = cx.db().await?;
    db.transaction(async |db| {
        let (row, shown) = held(db, id).await?;
        cx.check_if_match(&tag(&shown)?)?;
        must_stand(row.deleted_at.is_some())?;
        must_be_unused(row.status)?;
        store::set_fund_deleted(db, id, true).await?;
        written(cx, db, id, "fund.deleted", json!({ "status": row.status })).await
    })
    .await?;
    Answer::no_content()
}

/// `POST /v1/funds/{id}/restore`
pub(crate) async fn restore(cx: &Context) -> Result<Answer<Fund>> {
    let id: FundId = cx.param("id")?;
    let db = cx.db().await?;
    let fund = db
        .transaction(async |db| {
            let (row, shown) = held(db, id).await?;
            if_match(cx, &shown)?;
            must_be_deleted(row.deleted_at.is_some())?;
            store::set_fund_deleted(db, id, false).await?;
            written(cx, db, id, "fund.restored", json!({ "status": row.status })).await
        })
        .await?;
    Ok(Answer::ok(&fund)?.with_etag(None))
}

/// A fund that the caller may see, with drafts and what is deleted if they keep it.
pub(crate) async fn stored(db: &Db, id: FundId) -> Result<Fund> {
    let fund = catalogue::fund(db, id, true).await?.ok_or(NO_FUND)?;
    Ok(answers::fund(fund, catalogue::share_classes(db, id, true).await?))
}

async fn stored_issuer(db: &Db, id: IssuerId) -> Result<Issuer> {
    catalogue::issuer(db, id).await?.map(answers::issuer).ok_or(NO_ISSUER)
}

/// A fund of the caller's tenant, which nobody else changes until the transaction ends; and as its answer shows it.
async fn held(db: &Db, id: FundId) -> Result<(catalogue::Fund, Fund)> {
    store::hold_fund(db, id).await?.ok_or(NO_FUND)?;
    let row = catalogue::fund(db, id, true).await?.ok_or(NO_FUND)?;
    let shown = answers::fund(row.clone(), catalogue::share_classes(db, id, true).await?);
    Ok((row, shown))
}

/// What follows every write to a fund: the trail, the cache, the answer.
async fn written(cx: &Context, db: &Db, id: FundId, action: &'static str, detail: Value) -> Result<Fund> {
    cx.audit(db, action, ("fund", id.to_string()), detail).await?;
    drop_cached(db, id).await?;
    stored(db, id).await
}

/// Drops whatever is cached of a fund and its classes.
pub(crate) async fn drop_cached(db: &Db, id: FundId) -> Result<()> {
    let assets = store::assets_of_fund(db, id).await?;
    let assets = assets.iter().map(|asset| (asset.id, asset.symbol.as_str()));
    db.drop_cached(&cache_keys::dropped_by_fund(id, assets)).await
}

/// The entity tag of an answer. It covers all of it, and every version differs at least in its number.
pub(crate) fn tag<T: Serialize>(shown: &T) -> Result<String> {
    Answer::<T>::etag(shown)
}

/// Checks the version that the caller has seen, if they name one.
pub(crate) fn if_match(cx: &Context, shown: &impl Serialize) -> Result<()> {
    cx.check_if_match_if_given(|| tag(shown))
}

pub(crate) fn must_stand(is_deleted: bool) -> Result<()> {
    if is_deleted { Err(Error::conflict("deleted", "it is deleted; restore it first")) } else { Ok(()) }
}

pub(crate) fn must_be_deleted(is_deleted: bool) -> Result<()> {
    if is_deleted { Ok(()) } else { Err(Error::conflict("not_deleted", "it is not deleted")) }
}

pub(crate) fn must_be_unused(status: FundStatus) -> Result<()> {
    if status.may_be_deleted() {
        return Ok(());
    }
    let detail = format!("only a draft, or what is liquidated, can be deleted; this is {status}");
    Err(Error::conflict("still_in_use", detail))
}

/// Nothing appears in the catalogue that nobody could hold.
fn must_have_a_class(before: FundStatus, fund: &Fund) -> Result<()> {
    let published = |class: &fundrail_api::funds::ShareClass| {
        class.status != FundStatus::Draft && class.deleted_at.is_none()
    };
    if before != FundStatus::Draft || fund.share_classes.iter().any(published) {
        return Ok(());
    }
    Err(Error::conflict("fund_without_class", "the fund has no published share class; publish one first"))
}

async fn must_be_issuer(db: &Db) -> Result<()> {
    if store::is_issuer(db).await? {
        return Ok(());
    }
    Err(Error::NotReady {
        code: "issuer_required",
        detail: "only tenants of the kind `issuer` keep funds".into(),
    })
}
