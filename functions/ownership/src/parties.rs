//! Owners who are no investors.

use fundrail_api::{
    common::Page,
    ownership::{CreateOwnershipParty, OwnershipParty, ScreenOwnershipParty},
};
use fundrail_domain::{Error, Result, ids::OwnerId};
use fundrail_platform::{Answer, Context, Order, db::Db, random};
use fundrail_store::ownership as store;
use serde_json::json;
use uuid::Uuid;

use crate::answers;

const NO_PARTY: Error = Error::NotFound { what: "party" };

/// `POST /v1/ownership/parties`
pub(crate) async fn create(cx: &Context) -> Result<Answer<OwnershipParty>> {
    let new = cx.body_of::<CreateOwnershipParty>(cx.now())?;
    let id: OwnerId = random::new_id();
    let db = cx.db().await?;
    let made = db
        .transaction(async |db| {
            store::add_party(db, id, (&new).into()).await?;
            let detail = json!({ "kind": new.kind });
            cx.audit(db, "ownership.party_created", ("ownership_party", id.to_string()), detail).await?;
            existing(db, id).await
        })
        .await?;
    created(&made)
}

/// `GET /v1/ownership/parties`
pub(crate) async fn list(cx: &Context) -> Result<Answer<Page<OwnershipParty>>> {
    let mut query = cx.query()?;
    let page = query.page(Order::Descending);
    query.finish()?;
    let db = cx.db().await?;
    let parties = store::parties(&db, &page).await?.into_iter().map(answers::party).collect();
    Answer::ok(&Page::from_rows(parties, page.limit, |party: &OwnershipParty| party.id.to_string()))
}

/// `GET /v1/ownership/parties/{id}`
pub(crate) async fn read(cx: &Context) -> Result<Answer<OwnershipParty>> {
    let id: OwnerId = cx.param("id")?;
    cx.query()?.finish()?;
    let db = cx.db().await?;
    Answer::ok(&existing(&db, id).await?)
}

/// `POST /v1/ownership/parties/{id}/screenings`
pub(crate) async fn screen(cx: &Context) -> Result<Answer<OwnershipParty>> {
    let id: OwnerId = cx.param("id")?;
    let screening = cx.body_of::<ScreenOwnershipParty>(cx.now())?;
    let recorded = Uuid::now_v7();
    let db = cx.db().await?;
    let party = db
        .transaction(async |db| {
            existing(db, id).await?;
            let (outcome, source) = (screening.outcome, screening.source.as_str());
            store::add_party_screening(db, recorded, id, outcome, screening.screened_at, source).await?;
            let detail = json!({ "screening_id": recorded, "outcome": outcome });
            cx.audit(db, "ownership.party_screened", ("ownership_party", id.to_string()), detail).await?;
            existing(db, id).await
        })
        .await?;
    created(&party)
}

async fn existing(db: &Db, id: OwnerId) -> Result<OwnershipParty> {
    store::party(db, id).await?.map(answers::party).ok_or(NO_PARTY)
}

fn created(party: &OwnershipParty) -> Result<Answer<OwnershipParty>> {
    Answer::created(&format!("/v1/ownership/parties/{}", party.id), party)
}
