//! Share classes and their tokens, as their issuer writes them.

use fundrail_api::{funds::ShareClass, issuing};
use fundrail_domain::{
    Error, Result,
    fund::{FundStatus, NewToken, StatusChange, chain_id},
    ids::{FundId, ShareClassId},
    patch::differences,
};
use fundrail_platform::{Answer, Context, db::Db, random};
use fundrail_store::{catalogue, issuing as store};
use serde_json::{Value, json};

use crate::{
    answers,
    desk::{NO_FUND, drop_cached, if_match, must_be_deleted, must_be_unused, must_stand, tag},
    entries, uncached,
};

const NO_CLASS: Error = Error::NotFound { what: "share class" };

/// `POST /v1/funds/{id}/share-classes`
pub(crate) async fn create(cx: &Context) -> Result<Answer<ShareClass>> {
    let (fund, id): (FundId, ShareClassId) = (cx.param("id")?, random::new_id());
    let db = cx.db().await?;
    let named = serde_json::from_slice(cx.raw_body()).ok().and_then(|body| zone_in(&body));
    let known = store::known_terms(&*db, named.into_iter().collect()).await?;
    let entry = cx.body_of::<issuing::CreateShareClass>(&known)?;
    let class = db
        .transaction(async |db| {
            must_stand(hold_fund(db, fund).await?.deleted_at.is_some())?;
            store::write_share_class(db, (id, fund, random::new_id()), &entry, false).await?;
            let detail = json!({ "fund_id": fund, "share_class": entry });
            written(cx, db, (fund, id), "share_class.created", detail).await
        })
        .await?;
    created(fund, &class)
}

/// `GET /v1/funds/{id}/share-classes/{class_id}`
pub(crate) async fn read(cx: &Context) -> Result<Answer<ShareClass>> {
    let (fund, id): (FundId, ShareClassId) = (cx.param("id")?, cx.param("class_id")?);
    cx.query()?.finish()?;
    uncached(cx, &answers::share_class(stored(&*cx.db().await?, fund, id).await?))
}

/// `PATCH /v1/funds/{id}/share-classes/{class_id}`
pub(crate) async fn update(cx: &Context, patch: Value) -> Result<Answer<ShareClass>> {
    let (fund, id): (FundId, ShareClassId) = (cx.param("id")?, cx.param("class_id")?);
    let db = cx.db().await?;
    let class = db
        .transaction(async |db| {
            let held = held(db, fund, id).await?;
            cx.check_if_match(&tag(&held.shown)?)?;
            must_stand(held.is_deleted)?;
            let before = entries::share_class(&held.row)?;
            let zones = zone_in(&patch).into_iter().chain([before.dealing.time_zone.clone()]).collect();
            let known = store::known_terms(db, zones).await?;
            let after = before.patched(&patch, held.row.status, &known)?;
            store::write_share_class(db, (id, fund, random::new_id()), &after, true).await?;
            let detail = json!({ "fund_id": fund, "changes": differences(&before, &after)? });
            written(cx, db, (fund, id), "share_class.updated", detail).await
        })
        .await?;
    Ok(Answer::ok(&class)?.with_etag(None))
}

/// `POST /v1/funds/{id}/share-classes/{class_id}/status`
pub(crate) async fn change_status(cx: &Context, change: StatusChange) -> Result<Answer<ShareClass>> {
    let (fund, id): (FundId, ShareClassId) = (cx.param("id")?, cx.param("class_id")?);
    let db = cx.db().await?;
    let class = db
        .transaction(async |db| {
            let held = held(db, fund, id).await?;
            if_match(cx, &held.shown)?;
            must_stand(held.is_deleted)?;
            let status = held.row.status.become_status(change.status)?;
            store::set_share_class_status(db, id, status).await?;
            let detail =
                json!({ "fund_id": fund, "from": held.row.status, "to": status, "reason": change.reason });
            written(cx, db, (fund, id), "share_class.status_changed", detail).await
        })
        .await?;
    Ok(Answer::ok(&class)?.with_etag(None))
}

/// `DELETE /v1/funds/{id}/share-classes/{class_id}`
pub(crate) async fn delete(cx: &Context) -> Result<Answer<()>> {
    let (fund, id): (FundId, ShareClassId) = (cx.param("id")?, cx.param("class_id")?);
    let db = cx.db().await?;
    db.transaction(async |db| {
        let held = held(db, fund, id).await?;
        cx.check_if_match(&tag(&held.shown)?)?;
        must_stand(held.is_deleted)?;
        must_be_unused(held.row.status)?;
        store::set_share_class_deleted(db, id, true).await?;
        let detail = json!({ "fund_id": fund, "status": held.row.status });
        written(cx, db, (fund, id), "share_class.deleted", detail).await
    })
    .await?;
    Answer::no_content()
}

/// `POST /v1/funds/{id}/share-classes/{class_id}/restore`
pub(crate) async fn restore(cx: &Context) -> Result<Answer<ShareClass>> {
    let (fund, id): (FundId, ShareClassId) = (cx.param("id")?, cx.param("class_id")?);
    let db = cx.db().await?;
    let class = db
        .transaction(async |db| {
            let held = held(db, fund, id).await?;
            if_match(cx, &held.shown)?;
            must_be_deleted(held.row.deleted_at.is_some())?;
            store::set_share_class_deleted(db, id, false).await?;
            let detail = json!({ "fund_id": fund, "status": held.row.status });
            written(cx, db, (fund, id), "share_class.restored", detail).await
        })
        .await?;
    Ok(Answer::ok(&class)?.with_etag(None))
}

/// `POST /v1/funds/{id}/share-classes/{class_id}/tokens`
pub(crate) async fn add_token(cx: &Context, token: NewToken) -> Result<Answer<ShareClass>> {
    let (fund, id): (FundId, ShareClassId) = (cx.param("id")?, cx.param("class_id")?);
    let db = cx.db().await?;
    let class = db
        .transaction(async |db| {
            let held = held(db, fund, id).await?;
            if_match(cx, &held.shown)?;
            must_stand(held.is_deleted)?;
            store::insert_token(db, id, token).await?;
            store::touch_share_class(db, id).await?;
            let detail = json!({ "fund_id": fund, "chain_id": token.chain_id, "address": token.address,
                "decimals": token.decimals, "standard": token.standard });
            written(cx, db, (fund, id), "share_class.token_added", detail).await
        })
        .await?;
    created(fund, &class)
}

/// `DELETE /v1/funds/{id}/share-classes/{class_id}/tokens/{chain_id}`
pub(crate) async fn remove_token(cx: &Context) -> Result<Answer<ShareClass>> {
    let (fund, id): (FundId, ShareClassId) = (cx.param("id")?, cx.param("class_id")?);
    let chain = chain_id(cx.param_text("chain_id")?).map_err(|wrong| Error::field("/chain_id", wrong))?;
    let db = cx.db().await?;
    let class = db
        .transaction(async |db| {
            let held = held(db, fund, id).await?;
            if_match(cx, &held.shown)?;
            must_stand(held.is_deleted)?;
            let tokens = &held.shown.tokens;
            let token = tokens.iter().find(|token| token.chain_id == chain);
            let token = token.ok_or(Error::NotFound { what: "token" })?;
            if held.row.status != FundStatus::Draft {
                return Err(Error::conflict("token_in_use", "only a draft can lose a token"));
            }
            store::remove_token(db, id, chain).await?;
            store::touch_share_class(db, id).await?;
            let detail = json!({ "fund_id": fund, "token": token });
            written(cx, db, (fund, id), "share_class.token_removed", detail).await
        })
        .await?;
    Ok(Answer::ok(&class)?.with_etag(None))
}

/// The time zone that a body names, if it could be one.
fn zone_in(body: &Value) -> Option<String> {
    let zone = body.pointer("/dealing/time_zone")?.as_str()?;
    let could_be = zone.len() <= 100 && zone.bytes().all(|byte| byte.is_ascii_graphic());
    could_be.then(|| zone.to_owned())
}

/// A share class of the caller's tenant, which nobody else changes until the transaction ends.
struct Held {
    row: catalogue::ShareClass,
    /// As its answer shows it.
    shown: ShareClass,
    /// Whether it or its fund is deleted.
    is_deleted: bool,
}

async fn held(db: &Db, fund: FundId, id: ShareClassId) -> Result<Held> {
    let fund_is_deleted = hold_fund(db, fund).await?.deleted_at.is_some();
    let row = stored(db, fund, id).await?;
    let shown = answers::share_class(row.clone());
    Ok(Held { is_deleted: fund_is_deleted || row.deleted_at.is_some(), row, shown })
}

/// Locks a fund of the caller's tenant, and with it all of its classes.
async fn hold_fund(db: &Db, fund: FundId) -> Result<catalogue::Fund> {
    store::hold_fund(db, fund).await?.ok_or(NO_FUND)?;
    catalogue::fund(db, fund, true).await?.ok_or(NO_FUND)
}

/// A share class that the caller may see.
async fn stored(db: &Db, fund: FundId, id: ShareClassId) -> Result<catalogue::ShareClass> {
    let classes = catalogue::share_classes(db, fund, true).await?;
    classes.into_iter().find(|class| class.id == id).ok_or(NO_CLASS)
}

/// What follows every write to a share class: the trail, the cache, the answer.
async fn written(
    cx: &Context,
    db: &Db,
    (fund, id): (FundId, ShareClassId),
    action: &'static str,
    detail: Value,
) -> Result<ShareClass> {
    cx.audit(db, action, ("share_class", id.to_string()), detail).await?;
    drop_cached(db, fund).await?;
    Ok(answers::share_class(stored(db, fund, id).await?))
}

fn created(fund: FundId, class: &ShareClass) -> Result<Answer<ShareClass>> {
    let location = format!("/v1/funds/{fund}/share-classes/{}", class.id);
    Ok(Answer::created(&location, class)?.with_etag(None))
}
