//! Investors, their wallets and classifications.
//!
//! An investor belongs to the tenant that has recorded it. What is recorded is evidence; whether it suffices for an order
//! is what `compliance-check` says.

mod changes;
mod queries;

use fundrail_api::{common::Page, investors::Investor};
use fundrail_domain::{
    Error, Result,
    ids::InvestorId,
    investor::{Kind, Profile},
    reference::Country,
};
use fundrail_platform::{Context, Reply, Request, Route, handler, random, serve};
use serde_json::json;

static ROUTES: &[Route] = &[
    Route::post("/v1/investors", handler!(create)).permission("investors:write").idempotent(),
    Route::get("/v1/investors", handler!(list)).permission("investors:read"),
    Route::get("/v1/investors/:id", handler!(read)).permission("investors:read"),
    Route::patch("/v1/investors/:id", handler!(changes::update)).permission("investors:write"),
    Route::post("/v1/investors/:id/wallets", handler!(changes::add_wallet))
        .permission("investors:write")
        .idempotent(),
    Route::post("/v1/investors/:id/classifications", handler!(changes::add_classification))
        .permission("investors:write")
        .idempotent(),
];

#[spin_sdk::http_service]
async fn handle(request: Request) -> fundrail_platform::Response {
    serve(request, "investors", ROUTES).await
}

/// `POST /v1/investors`
async fn create(cx: &Context) -> Result<Reply> {
    let profile = cx.parse(|body| Profile::read(body, cx.now()))?;
    let id = InvestorId(random::new_id());
    let db = cx.db().await?;
    let investor = db
        .transaction(async |db| {
            queries::insert_investor(db, cx.principal()?.tenant_id, id, &profile).await?;
            queries::insert_wallets(db, id, &profile.wallets).await?;
            queries::insert_classifications(db, id, &profile.classifications).await?;
            let detail = json!({ "kind": profile.kind, "residence": profile.residence });
            cx.audit(db, "investor.created", ("investor", id.to_string()), detail).await?;
            queries::investor(db, id).await?.ok_or_else(|| Error::internal("a new investor is not there"))
        })
        .await?;
    Ok(Reply::created(&format!("/v1/investors/{id}"), &investor)?
        .with_header("etag", &etag(investor.version)))
}

/// `GET /v1/investors/{id}`
async fn read(cx: &Context) -> Result<Reply> {
    cx.query()?.finish()?;
    let investor = existing(cx, cx.param("id")?).await?;
    Ok(Reply::ok(&investor)?.with_known_etag(&etag(investor.version), cx.header("if-none-match")))
}

/// `GET /v1/investors`
async fn list(cx: &Context) -> Result<Reply> {
    let mut query = cx.query()?;
    let (kind, residence) = (query.optional::<Kind>("kind"), query.optional::<Country>("residence"));
    let (after, limit) = (query.optional::<InvestorId>("starting_after"), query.limit());
    query.finish()?;
    let db = cx.db().await?;
    let rows = queries::investors(&db, kind, residence, after, limit).await?;
    Reply::ok(&Page::from_rows(rows, limit, |investor| investor.id.to_string()))
}

/// The investor, of the caller's tenant.
async fn existing(cx: &Context, id: InvestorId) -> Result<Investor> {
    let db = cx.db().await?;
    queries::investor(&db, id).await?.ok_or(Error::NotFound { what: "investor" })
}

/// The entity tag of a version of an investor.
fn etag(version: i64) -> String {
    format!("\"{version}\"")
}
