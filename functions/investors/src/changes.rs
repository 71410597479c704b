//! Changes of an investor: its fields, a further wallet, a further classification.

use fundrail_api::investors::Investor;
use fundrail_domain::{
    Error, Result,
    ids::InvestorId,
    input::Object,
    investor::{Classification, Profile, Wallet},
};
use fundrail_platform::{Context, Reply, db::Db};
use serde_json::json;

use crate::{etag, existing, queries};

/// `PATCH /v1/investors/{id}`: a JSON Merge Patch (RFC 7396) of the fields, read again as a whole.
pub(crate) async fn update(cx: &Context) -> Result<Reply> {
    let id: InvestorId = cx.param("id")?;
    let patch = cx.json()?;
    let known = existing(cx, id).await?;
    let version = expected_version(cx, &known)?;
    let profile = Profile::patched(known.profile(), &patch, cx.now())?;
    let changed: Vec<&String> = patch.as_object().into_iter().flat_map(serde_json::Map::keys).collect();
    let db = cx.db().await?;
    let investor = db
        .transaction(async |db| {
            if !queries::update_investor(db, id, version, &profile).await? {
                return Err(Error::PreconditionFailed);
            }
            let subject = ("investor", id.to_string());
            cx.audit(db, "investor.updated", subject, json!({ "fields": changed })).await?;
            stored(db, id).await
        })
        .await?;
    Ok(Reply::ok(&investor)?.with_header("etag", &etag(investor.version)))
}

/// `POST /v1/investors/{id}/wallets`
pub(crate) async fn add_wallet(cx: &Context) -> Result<Reply> {
    let id: InvestorId = cx.param("id")?;
    let wallet = cx.parse(|mut body| {
        let wallet = Wallet::read(&mut body, cx.now());
        body.finish(|| wallet)
    })?;
    let db = cx.db().await?;
    let investor = db
        .transaction(async |db| {
            touch(db, id).await?;
            queries::insert_wallets(db, id, &[wallet]).await?;
            let detail = json!({ "chain_id": wallet.chain_id, "address": wallet.address });
            cx.audit(db, "investor.wallet_added", ("investor", id.to_string()), detail).await?;
            stored(db, id).await
        })
        .await?;
    created(&investor)
}

/// `POST /v1/investors/{id}/classifications`
pub(crate) async fn add_classification(cx: &Context) -> Result<Reply> {
    let id: InvestorId = cx.param("id")?;
    let classification = cx.parse(|mut body: Object<'_>| {
        let classification = Classification::read(&mut body, cx.now());
        body.finish(|| classification)
    })?;
    let db = cx.db().await?;
    let investor = db
        .transaction(async |db| {
            touch(db, id).await?;
            queries::insert_classifications(db, id, std::slice::from_ref(&classification)).await?;
            let detail = json!({ "kind": classification.kind, "evidence": classification.evidence });
            cx.audit(db, "investor.classified", ("investor", id.to_string()), detail).await?;
            stored(db, id).await
        })
        .await?;
    created(&investor)
}

/// The version that `If-Match` names, which has to be the one that is stored.
fn expected_version(cx: &Context, known: &Investor) -> Result<i64> {
    let given = cx.header("if-match").ok_or(Error::PreconditionRequired)?;
    let current = etag(known.version);
    let named = given.trim() == "*" || given.split(',').any(|tag| tag.trim() == current);
    if named { Ok(known.version) } else { Err(Error::PreconditionFailed) }
}

/// Counts a change of what belongs to an investor, and keeps others from changing it meanwhile.
async fn touch(db: &Db, id: InvestorId) -> Result<()> {
    if queries::touch_investor(db, id).await? { Ok(()) } else { Err(Error::NotFound { what: "investor" }) }
}

async fn stored(db: &Db, id: InvestorId) -> Result<Investor> {
    queries::investor(db, id).await?.ok_or(Error::NotFound { what: "investor" })
}

fn created(investor: &Investor) -> Result<Reply> {
    let location = format!("/v1/investors/{}", investor.id);
    Ok(Reply::created(&location, investor)?.with_header("etag", &etag(investor.version)))
}
