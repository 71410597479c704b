//! Investors and their wallets.
//!
//! An investor belongs to the tenant that has recorded it. What is recorded is evidence, to which `kyc` adds; whether it suffices for
//! an order is what `compliance-check` says.

mod answers;
mod changes;
mod wallets;

use fundrail_api::{
    common::Page,
    investors::{self as api, Investor, InvestorSummary},
};
use fundrail_domain::{Error, Result, ids::InvestorId, input::FromText as _, investor::Lei};
use fundrail_identity::serve;
use fundrail_platform::{Answer, Context, Order, Principal, Request, Route, db::Db, random, routes};
use fundrail_store::{
    investors::{
        evidence,
        profiles::{self, Filter},
        wallets::insert_wallets,
    },
    kyc::{self, Actor},
};
use serde_json::json;

static ROUTES: &[Route] = routes![
    api::CreateInvestor => create;
    api::ListInvestors => list;
    api::ReadInvestor => read;
    api::UpdateInvestor => changes::update as body;
    api::AddWallet => wallets::add as body;
    api::ChallengeWallet => wallets::challenge;
    api::ProveWallet => wallets::prove as body;
    api::RemoveWallet => wallets::remove as body;
];

#[spin_sdk::http_service]
async fn handle(request: Request) -> fundrail_platform::Response {
    serve(request, "investors", ROUTES).await
}

/// `POST /v1/investors`
async fn create(cx: &Context) -> Result<Answer<api::Investor>> {
    let entry = cx.body_of::<api::CreateInvestor>(cx.now())?;
    let id = random::new_id();
    let db = cx.db().await?;
    let investor = db
        .transaction(async |db| {
            let tenant = cx.principal()?.tenant_id;
            profiles::insert_investor(db, tenant, id, &entry.profile).await?;
            insert_wallets(db, id, &entry.wallets).await?;
            let by = actor(cx, db).await?;
            evidence::insert_classifications(db, id, &entry.classifications, by).await?;
            if let Some(kyc) = &entry.kyc {
                evidence::insert_verification(db, id, kyc).await?;
            }
            if let Some(screening) = &entry.screening {
                evidence::insert_screening(db, id, screening).await?;
            }
            let detail = json!({ "kind": entry.profile.kind, "residence": entry.profile.residence });
            cx.audit(db, "investor.created", ("investor", id.to_string()), detail).await?;
            stored(cx, db, id).await
        })
        .await?;
    created(&investor)
}

/// `GET /v1/investors/{id}`
async fn read(cx: &Context) -> Result<Answer<api::Investor>> {
    cx.query()?.finish()?;
    let investor = answers::investor(existing(cx, cx.param("id")?).await?);
    Ok(Answer::ok(&investor)?.with_known_etag(&etag(investor.version), cx.header("if-none-match")))
}

/// `GET /v1/investors`
async fn list(cx: &Context) -> Result<Answer<Page<api::InvestorSummary>>> {
    let mut query = cx.query()?;
    let filter = Filter {
        kind: query.optional("kind"),
        residence: query.optional("residence"),
        name: query.optional_as("name", searched),
        lei: query.optional_as("lei", |text| Lei::from_text(&text.to_ascii_uppercase())),
        wallet: query.optional("wallet"),
    };
    let page = query.page(Order::Descending);
    query.finish()?;
    let db = cx.db().await?;
    let rows = profiles::investors(&db, &filter, &page).await?;
    let investors = rows.into_iter().map(answers::investor_summary).collect();
    Answer::ok(&Page::from_rows(investors, page.limit, |investor: &InvestorSummary| investor.id.to_string()))
}

/// Text that a name can be found by.
fn searched(text: &str) -> Result<String, String> {
    let fits = (1..=300).contains(&text.chars().count())
        && text.chars().any(char::is_alphanumeric)
        && !text.chars().any(char::is_control);
    if fits {
        Ok(text.to_owned())
    } else {
        Err("must be 1 to 300 characters, including a letter or digit".to_owned())
    }
}

/// The investor, of the caller's tenant.
pub(crate) async fn existing(cx: &Context, id: InvestorId) -> Result<profiles::Investor> {
    let db = cx.db().await?;
    profiles::investor(&db, id).await?.ok_or(NO_INVESTOR)
}

/// The investor, of the caller's tenant, locked until the transaction ends.
pub(crate) async fn held(db: &Db, id: InvestorId) -> Result<profiles::Investor> {
    profiles::hold_investor(db, id).await?;
    profiles::investor(db, id).await?.ok_or(NO_INVESTOR)
}

/// An investor that has just been written, as the answer has it. Whoever has written it does not approve it, and a KYC file whose
/// content has changed thereby goes back to being a draft.
pub(crate) async fn stored(cx: &Context, db: &Db, id: InvestorId) -> Result<Investor> {
    let Principal { user_id: person, api_key_id: key, .. } = *cx.principal()?;
    profiles::note_author(db, id, person, key).await?;
    if let Some(event) = kyc::follow_edit(db, id, actor(cx, db).await?).await? {
        cx.audit(db, event.action(), ("investor", id.to_string()), json!({})).await?;
    }
    profiles::investor(db, id).await?.map(answers::investor).ok_or(NO_INVESTOR)
}

/// Counts a change of what belongs to an investor, and locks it. A caller who names the version that they have seen (`If-Match`)
/// means that version: what they found out about the investor then must not be recorded about somebody whose data has changed.
pub(crate) async fn touch(cx: &Context, db: &Db, id: InvestorId) -> Result<()> {
    let before = profiles::touch_investor(db, id).await?.ok_or(NO_INVESTOR)?;
    cx.check_if_match_if_given(|| Ok(etag(before)))
}

/// Who acts: a person, or whoever is behind an API key.
pub(crate) async fn actor(cx: &Context, db: &Db) -> Result<Actor> {
    let principal = cx.principal()?;
    kyc::actor(db, principal.user_id, principal.api_key_id).await
}

const NO_INVESTOR: Error = Error::NotFound { what: "investor" };

/// 201 with the investor.
pub(crate) fn created(investor: &Investor) -> Result<Answer<Investor>> {
    let location = format!("/v1/investors/{}", investor.id);
    Ok(Answer::created(&location, investor)?.with_header("etag", &etag(investor.version)))
}

/// 200 with the investor.
pub(crate) fn changed(investor: &Investor) -> Result<Answer<Investor>> {
    Ok(Answer::ok(investor)?.with_header("etag", &etag(investor.version)))
}

/// The entity tag of a version of an investor.
pub(crate) fn etag(version: i64) -> String {
    format!("\"{version}\"")
}
